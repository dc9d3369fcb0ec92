"""What the calendar's pages share: whose calendar a form is about, who may set it, clock times as people write them."""

from __future__ import annotations

from flask import abort
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.consortium.store import members as member_store
from app.entrypoints import clock
from app.entrypoints.formats import named
from app.entrypoints.web.blueprint import actor
from app.foundation.identifiers import id_from_text
from app.timetable.actions.record import may_set_calendar


class CalendarForm(FlaskForm):
    """Whose it is and how it is called: what terms and bell tables have in common."""

    whose = SelectField(lazy_gettext("Whose"))
    name_zh = StringField(lazy_gettext("Chinese name"), [InputRequired(), Length(max=80)])
    name_en = StringField(lazy_gettext("English name"), [InputRequired(), Length(max=80)])
    version = HiddenField()

    def offer(self, keep: int | None, *, fixed: bool) -> None:
        """The choices of `whose`: what this person may set; of a kept thing only its own."""
        choices = [keep] if fixed else [each for each in owners() if may_set_calendar(actor(), each)]
        names = member_names()
        self.whose.flags.required = True
        self.whose.choices = [(str(each or ""), names.get(each, gettext("The whole consortium"))) for each in choices]

    @property
    def member_id(self) -> int | None:
        return id_from_text(self.whose.data or "")

    @property
    def stated_version(self) -> int:
        return id_from_text(self.version.data or "") or 0


def owners() -> list[int | None]:
    """Whose calendars this person could set: the consortium's, and those of the members she holds offices for."""
    return [None, *sorted({office.member_id for office in actor().appointments})]


def member_names() -> dict[int | None, str]:
    return {member.id: named(member) for member in member_store.members(today=clock.today())}


def only_whose_calendar_it_is(member_id: int | None) -> None:
    if not may_set_calendar(actor(), member_id):
        abort(403)


def minute_of(text: str) -> int | None:
    """`08:05`, `8:05` or `0805` as minutes after 0:00; 24:00 ends a day; None where it is no time."""
    plain = text.strip().replace("：", ":")
    hour, colon, minute = plain.partition(":")
    if not colon and len(plain) == 4:
        hour, minute = plain[:2], plain[2:]
    if len(hour) not in (1, 2) or len(minute) != 2 or not (hour + minute).isascii() or not (hour + minute).isdigit():
        return None
    found = int(hour) * 60 + int(minute)
    return found if int(minute) < 60 and found <= 24 * 60 else None


def clock_of(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
