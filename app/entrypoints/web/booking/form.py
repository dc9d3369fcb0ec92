"""The booking form: what may be typed, what it means, and nothing about whether it can be had."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.booking.rules.request import PURPOSES, Want
from app.booking.rules.series import InPeriods, TimeOfDay, by_periods
from app.booking.rules.standing import DECLARATIONS
from app.entrypoints.wording.booking import purpose_name
from app.foundation.identifiers import id_from_text
from app.timetable.rules.bell import Bells, Period
from app.timetable.rules.weeks import LONGEST_TEXT

PERIODS, CLOCK = "periods", "clock"
ONCE, WEEKS, UNTIL, DATES = "once", "weeks", "until", "dates"

MOST_UNITS_READ = 100
MOST_DATES_READ = 1_000
LARGEST_QUANTITY = 100_000
MOST_DAYS_LONG = 60
"""More is not even judged; how long a booking may really be is a rule's business."""
EARLIEST_YEAR, LATEST_YEAR = 2000, 2200

_LOCAL = re.compile(r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::\d{2})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def readable(_form: FlaskForm, field: Any) -> None:
    """No control characters, no halves of characters: databases differ on them."""
    if field.data and _CONTROL.search(field.data):
        raise ValidationError(gettext("This contains characters that cannot be kept."))


def cleaned(text: str, most: int) -> str:
    """A short text from outside any form: without what cannot be kept, cut to so many characters."""
    return _CONTROL.sub("", text).strip()[:most]


def asked_page(values: Any) -> int:
    """`?page=`; what is no number is the first page, what is too large the last."""
    text = values.get("page", "")
    if not (text.isascii() and text.isdigit()):
        return 1
    return int(text) if len(text) < 9 else 10**9


def sane_day(_form: FlaskForm, field: Any) -> None:
    if field.data is not None and not EARLIEST_YEAR <= field.data.year <= LATEST_YEAR:
        raise ValidationError(gettext("This year is not one to book in."))


def required() -> InputRequired:
    return InputRequired(lazy_gettext("Please fill this in."))


class AboutForm(FlaskForm):
    """What a booking is for."""

    purpose = SelectField(lazy_gettext("Purpose"), validators=[required()])
    title = StringField(
        lazy_gettext("Title"),
        validators=[required(), Length(max=120, message=lazy_gettext("At most 120 characters.")), readable],
    )
    headcount = IntegerField(
        lazy_gettext("Head count"),
        validators=[Optional(), NumberRange(1, 100_000, message=lazy_gettext("A number from 1 to 100,000."))],
    )
    note = TextAreaField(
        lazy_gettext("Note for the keeper"),
        validators=[Length(max=2000, message=lazy_gettext("At most 2,000 characters.")), readable],
    )

    sixteen = BooleanField(lazy_gettext("All learners are 16 or older"))
    not_first_year = BooleanField(lazy_gettext("No learner is in the first year"))

    @property
    def declared(self) -> frozenset[str]:
        """What is stated of the learners; birth dates are asked of nobody."""
        return frozenset(what for what in DECLARATIONS if self[what].data)

    def offer_purposes(self) -> None:
        self.purpose.choices = [(code, purpose_name(code)) for code in PURPOSES]


class WhenForm(FlaskForm):
    """One day and a time of day, in class periods or by the clock."""

    day = DateField(lazy_gettext("Date"), validators=[required(), sane_day])
    mode = RadioField(
        lazy_gettext("Time"),
        choices=[(PERIODS, lazy_gettext("Class periods")), (CLOCK, lazy_gettext("Clock times"))],
        default=PERIODS,
        validate_choice=False,
    )
    first = SelectField(lazy_gettext("From period"), validate_choice=False)
    last = SelectField(lazy_gettext("To period"), validate_choice=False)
    start = TimeField(lazy_gettext("Start"), validators=[Optional()])
    end = TimeField(lazy_gettext("End"), validators=[Optional()])
    end_day = DateField(lazy_gettext("Ends on another day"), validators=[Optional(), sane_day])

    def offer_periods(self, periods: Sequence[Period]) -> None:
        """The periods to choose from; where there are none, only the clock remains."""
        choices = [(str(period.number), period_label(period)) for period in periods]
        self.first.choices = self.last.choices = choices
        for one in (self.first, self.last, self.start, self.end):
            one.flags.required = True
        if not periods:
            self.mode.data = CLOCK

    def time_of_day(self, bells: Bells) -> TimeOfDay | InPeriods | None:
        """What was chosen, or None with the error put on its field."""
        return self._in_periods(bells) if self.mode.data == PERIODS and self.first.choices else self.clock_time()

    def chosen_periods(self) -> tuple[int, int] | None:
        """First and last period, or None with the error put on its field."""
        first, last = id_from_text(self.first.data or ""), id_from_text(self.last.data or "")
        if first is None or last is None:
            _say(self.first, gettext("Please choose the class periods."))
            return None
        if first > last:
            _say(self.last, gettext("The last period must not come before the first."))
            return None
        return first, last

    def _in_periods(self, bells: Bells) -> InPeriods | None:
        chosen = self.chosen_periods()
        if chosen is None or self.day.data is None or self.day.errors:
            return None
        found = by_periods(bells, self.day.data, *chosen)
        if found is None:
            _say(self.last, gettext("There are no such class periods on that day."))
        return found

    def clock_time(self) -> TimeOfDay | None:
        """The time by the clock, or None with the error put on its field."""
        start, end = self.start.data, self.end.data
        for field in (self.start, self.end):
            if field.data is None and not field.errors:
                _say(field, gettext("Please fill this in."))
        if start is None or end is None or self.day.data is None:
            return None
        days = (self.end_day.data - self.day.data).days if self.end_day.data and not self.end_day.errors else 0
        if days > MOST_DAYS_LONG:
            _say(self.end_day, gettext("That is too long for one booking."))
            return None
        until = _minute(end) + 24 * 60 * days
        if until == 0:
            until = 24 * 60
        if until <= _minute(start):
            _say(self.end, gettext("The end must be after the start."))
            return None
        return TimeOfDay(_minute(start), until)


class BookingForm(WhenForm, AboutForm):
    """Everything a new booking can be asked with. Units and dates to leave out are read beside it."""

    when = StringField(
        lazy_gettext("When, in words"),
        validators=[Length(max=LONGEST_TEXT, message=lazy_gettext("At most 400 characters.")), readable],
    )
    when_was = HiddenField()
    picks_were = HiddenField()
    """Words and pickers as they were shown: which of them the person has changed since is the one that counts."""
    term = SelectField(lazy_gettext("Term"), validate_choice=False)
    calendar = SelectField(lazy_gettext("By the calendar of"), validate_choice=False)
    keep_lost = BooleanField(lazy_gettext("Book these dates all the same"))
    repeat = RadioField(
        lazy_gettext("Repeat"),
        choices=[
            (ONCE, lazy_gettext("Once")),
            (WEEKS, lazy_gettext("Every week…")),
            (UNTIL, lazy_gettext("Every week until")),
        ],
        default=ONCE,
        validate_choice=False,
    )
    weekday = SelectMultipleField(lazy_gettext("Weekdays"), validate_choice=False)
    week = SelectMultipleField(lazy_gettext("Teaching weeks"), validate_choice=False)
    until = DateField(lazy_gettext("Until"), validators=[Optional(), sane_day])
    holder = SelectField(lazy_gettext("On behalf of"), validate_choice=False)
    key = HiddenField()
    acting = HiddenField()
    """The member she acted for when the form was shown; she may have changed that in another window."""

    def fresh_key(self) -> None:
        """A new random key: what is sent with it is done once."""
        self.key.data = secrets.token_urlsafe(18)

    def sound_key(self) -> str:
        """The key as it was shown, or a new one where it was tampered with."""
        key = self.key.data or ""
        if not re.fullmatch(r"[A-Za-z0-9_-]{8,64}", key):
            self.fresh_key()
        return self.key.data or ""

    def holder_id(self, default: int) -> int | None:
        """For whom: the person herself unless somebody else was chosen; None for what is no id."""
        return id_from_text(self.holder.data) if self.holder.data else default


@dataclass(frozen=True, slots=True)
class Read:
    """What is read beside the form's own fields: units with quantities, dates chosen one by one, dates to leave out."""

    wants: tuple[Want, ...]
    dates: tuple[date, ...] = ()
    leave_out: frozenset[date] = frozenset()
    problems: tuple[str, ...] = ()


def read_beside(values: Any) -> Read:
    """From a werkzeug MultiDict: `unit` (repeated), `quantity_<unit>`, `on` and `leave_out` (repeated days)."""
    problems: list[str] = []
    wants: dict[int, Want] = {}
    for text in values.getlist("unit")[: MOST_UNITS_READ + 1]:
        unit_id = id_from_text(text.strip())
        if unit_id is None:
            problems.append(gettext("One of the units cannot be read."))
            continue
        quantity = _quantity(values.get(f"quantity_{unit_id}", ""), problems)
        if quantity is not None:
            wants[unit_id] = Want(unit_id, quantity)
    if len(wants) > MOST_UNITS_READ:
        problems.append(gettext("These are too many units at once."))
    return Read(
        tuple(wants.values()),
        tuple(sorted(set(_days(values.getlist("on"), problems)))),
        frozenset(_days(values.getlist("leave_out"), problems)),
        tuple(dict.fromkeys(problems)),
    )


def _quantity(text: str, problems: list[str]) -> int | None:
    text = text.strip()
    if not text:
        return 1
    quantity = id_from_text(text)
    if quantity is None or quantity > LARGEST_QUANTITY:
        problems.append(gettext("A quantity must be a whole number of at least 1."))
        return None
    return quantity


def _days(texts: Sequence[str], problems: list[str]) -> list[date]:
    found = []
    for text in texts[:MOST_DATES_READ]:
        try:
            day = date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            day = None
        if day is None or not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            problems.append(gettext("One of the dates cannot be read."))
        else:
            found.append(day)
    return found


def local_from_text(text: str) -> tuple[date, int] | None:
    """`2026-09-22T09:55` → the day and the minute of its clock (24:00 is allowed), or None."""
    match = _LOCAL.fullmatch(text.strip()) if len(text) <= 32 else None
    if match is None:
        return None
    year, month, day, hour, minute = (int(each) for each in match.groups())
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR or minute > 59 or hour * 60 + minute > 24 * 60:
        return None
    return found, hour * 60 + minute


def fill_when(form: WhenForm, day: date, start: int, end_day: date, end: int, periods: Sequence[Period]) -> None:
    """Put a time into the form: as class periods where it is exactly such, else by the clock."""
    form.day.data = day
    first = next((period.number for period in periods if period.start_minute == start), None)
    last = next((period.number for period in periods if period.end_minute == end), None)
    if end_day == day and first is not None and last is not None and first <= last:
        form.mode.data, form.first.data, form.last.data = PERIODS, str(first), str(last)
    else:
        form.mode.data = CLOCK
    form.start.data = time(start // 60 % 24, start % 60)
    form.end.data = time(end // 60 % 24, end % 60)
    form.end_day.data = end_day if end_day > day and end % (24 * 60) else None


def period_label(period: Period) -> str:
    return gettext(
        "Period %(number)s  %(start)s–%(end)s",
        number=period.number,
        start=f"{period.start_minute // 60:02d}:{period.start_minute % 60:02d}",
        end=f"{period.end_minute // 60:02d}:{period.end_minute % 60:02d}",
    )


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _say(field: Any, sentence: str) -> None:
    field.errors = [*field.errors, sentence]
