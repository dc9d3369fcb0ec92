"""Pages: busy times from an uploaded calendar: choose what they become, say what is unclear, look, apply."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.booking.actions import busy
from app.booking.actions.busy_plan import end_of, last_day, span_from
from app.booking.rules.busy import LONGEST_NAME, Choices, Reading, choices_from
from app.booking.rules.plain_reasons import reason_from
from app.booking.rules.request import PURPOSES
from app.booking.store import feeds as places
from app.booking.store import imports
from app.booking.store.imports import KeptImport, KeptItem
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, is_chinese, moment_text, named, span_text
from app.entrypoints.icsfiles.bounds import (
    MOST_BYTES,
    MOST_COMPONENTS,
    MOST_DATES,
    MOST_OCCURRENCES,
    ZONES,
    UnreadableCalendar,
)
from app.entrypoints.icsfiles.reading import read_calendar
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.wording.booking import purpose_name
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import ChangedMeanwhile, Refused

AT_ONCE, STEP = 200, 100
"""Changes that are made as one; a longer plan goes on in steps, each of them whole."""
MOST_SHOWN = 200
MOST_MEGABYTES = MOST_BYTES // 1_000_000
_THING = re.compile(r"(base|lab|unit)-([0-9]{1,10})")


class CalendarForm(FlaskForm):
    """Which place a calendar is of, what its entries become, and what it is called."""

    what = SelectField(lazy_gettext("Place"), [InputRequired()], validate_choice=False)
    kind = RadioField(
        lazy_gettext("What the entries become"),
        [InputRequired()],
        choices=[
            ("booking", lazy_gettext("Bookings of mine: the place is taken then")),
            ("closure", lazy_gettext("Closures: nobody can book then")),
            ("maintenance", lazy_gettext("Maintenance: nobody can book then")),
        ],
        default="booking",
    )
    purpose = SelectField(lazy_gettext("Purpose of the bookings"), [InputRequired()], default="teaching")
    name = StringField(lazy_gettext("Name of the calendar"), [InputRequired(), Length(max=LONGEST_NAME)])
    until_on = DateField(lazy_gettext("Last day to take in"), [Optional()])

    def choices(self) -> Choices | None:
        """What was said, or None for a place that no honest form sends."""
        found = _THING.fullmatch(self.what.data or "")
        number = id_from_text(found[2]) if found else None
        if not found or not number:
            return None
        return Choices(
            found[1], number, self.kind.data or "", self.name.data or "", self.purpose.data or "", self.until_on.data
        )


@web.get("/imports/calendar")
@gate.needs("busy.import")
def busy_times() -> tuple[str, int]:
    """The form for a calendar file."""
    return _form(CalendarForm(formdata=None, what=request.args.get("what", "")))


@web.post("/imports/calendar")
@gate.needs("busy.import")
def bring_busy_times() -> tuple[str, int] | Response:
    """Read a calendar file and plan what it would change; nothing of the place is changed."""
    form, who, now = CalendarForm(), actor(), clock.now()
    form.purpose.choices = _purposes()
    upload, choices = request.files.get("file"), form.choices()
    content = upload.stream.read(MOST_BYTES + 1) if upload else b""
    problems = [] if choices else [gettext("Please choose a place.")]
    if not upload or not upload.filename:
        problems.append(gettext("Please choose a file."))
    if not form.validate_on_submit() or choices is None or problems:
        return _form(form, problems, 422)
    try:
        busy.check(who, choices, now)
        reading = read_calendar(content, now=now, end=end_of(choices, now), zones={})
        name = (upload.filename if upload else "") or ""
        made = transaction(lambda: busy.bring_in(who, choices, _plain_name(name), content, reading, now=now))
    except UnreadableCalendar as error:
        return _form(form, [file_problem(error.problem)], 422)
    except Refused as refused:
        return _form(form, wording.sentences(refused.reasons), status_of(refused.reasons))
    return redirect(f"/imports/calendar/{made}", 303)


@web.get("/imports/calendar/<id:calendar_id>")
@gate.needs("busy.import")
def busy_import(calendar_id: int) -> tuple[str, int]:
    """What the file would change, or what became of it; before that, which zones it means."""
    return _show(busy.find(actor(), calendar_id))


@web.post("/imports/calendar/<id:calendar_id>")
@gate.needs("busy.import")
def answer_busy_import(calendar_id: int) -> tuple[str, int] | Response:
    """Say which zones are meant, and see the plan."""
    who, now = actor(), clock.now()
    kept = busy.find(who, calendar_id)
    choices = choices_from(kept.choices)
    zones = _said_zones(choices, imports.content(calendar_id), now) if kept.state == "read" else None
    if zones is None:
        return _show(kept, [gettext("Please choose a zone for each of these.")], 422)
    said = Choices(**{**_parts(choices), "zones": zones})
    try:
        reading = read_calendar(imports.content(calendar_id), now=now, end=end_of(said, now), zones=zones)
        transaction(lambda: busy.answer(who, calendar_id, kept.version, said, reading, now=now))
    except Refused as refused:
        return _show(busy.find(who, calendar_id), wording.sentences(refused.reasons), status_of(refused.reasons))
    return redirect(f"/imports/calendar/{calendar_id}", 303)


@web.post("/imports/calendar/<id:calendar_id>/apply")
@gate.needs("busy.import")
def apply_busy_import(calendar_id: int) -> tuple[str, int] | Response:
    """Make the changes that were shown: up to two hundred as one, more in steps that go on where they stopped."""
    who, now = actor(), clock.now()
    version = id_from_text(request.form.get("version", "")) or 0
    kept = busy.find(who, calendar_id)
    uids = [str(uuid.uuid4()) for _ in range(AT_ONCE if kept.total <= AT_ONCE else STEP)]
    try:
        after = transaction(lambda: busy.apply(who, calendar_id, version, now=now, uids=uids))
    except Refused as refused:
        return _show(busy.find(who, calendar_id), wording.sentences(refused.reasons), status_of(refused.reasons))
    if after.state == "applied":
        flash(gettext("Done: the calendar is taken in."), "done")
    return redirect(f"/imports/calendar/{calendar_id}", 303)


@web.post("/imports/calendar/<id:calendar_id>/drop")
@gate.needs("busy.import")
def drop_busy_import(calendar_id: int) -> tuple[str, int] | Response:
    """Forget an upload that was not carried out."""
    who, now = actor(), clock.now()
    version = id_from_text(request.form.get("version", "")) or 0
    try:
        transaction(lambda: busy.drop(who, calendar_id, version, now=now))
    except Refused as refused:
        if any(isinstance(reason, ChangedMeanwhile) for reason in refused.reasons):
            return _show(busy.find(who, calendar_id), wording.sentences(refused.reasons), 409)
        raise
    flash(gettext("The upload is forgotten; nothing was changed."), "done")
    return redirect("/imports/calendar", 303)


# ── showing ──


def _form(form: CalendarForm, reasons: list[str] | None = None, status: int = 200) -> tuple[str, int]:
    today = clock.today()
    found = _THING.fullmatch(form.what.data or "")
    base_id = id_from_text(request.values.get("base", ""))
    if base_id is None and found and (number := id_from_text(found[2])):
        base_id = places.base_of(found[1], number)
    bases = places.bases_to_choose(today)
    if base_id is None and len(bases) == 1:
        base_id = bases[0].id
    form.what.choices = _places(bases, base_id) if base_id else []
    form.purpose.choices = _purposes()
    return page(
        "imports/calendar.html",
        status,
        form=form,
        reasons=reasons or [],
        bases=[(each.id, named(each)) for each in bases],
        chosen_base=base_id,
        most_megabytes=MOST_MEGABYTES,
        last_day=day_text(last_day(clock.now())),
    )


def _places(bases: list[places.Choice], base_id: int) -> list[tuple[str, str]]:
    base = next((each for each in bases if each.id == base_id), None)
    if base is None:
        return []
    found = [(f"base-{base_id}", gettext("All of %(base)s", base=named(base)))]
    for each in places.things_to_choose(base_id, clock.today()):
        lab = each.lab_zh if is_chinese() or not each.lab_en else each.lab_en
        found.append((f"{each.scope}-{each.id}", f"{lab} · {named(each)}" if lab else named(each)))
    return found


def _purposes() -> list[tuple[str, str]]:
    return [(code, purpose_name(code)) for code in PURPOSES]


def _show(kept: KeptImport, reasons: list[str] | None = None, status: int = 200) -> tuple[str, int]:
    choices = choices_from(kept.choices)
    key = (choices.scope, choices.scope_id)
    name_zh, name_en = or_404(places.names([key]).get(key))
    place = name_zh if is_chinese() or not name_en else name_en
    values: dict[str, Any] = {
        "kept": kept,
        "choices": choices,
        "place": place,
        "place_url": f"/{choices.scope}s/{choices.scope_id}",
        "reasons": reasons or [],
        "when": moment_text(kept.made_at),
    }
    if kept.state == "read":
        reading = _read_again(kept, choices)
        values |= {
            "asked_zones": [(number, zone) for number, zone in enumerate(reading.unknown_zones)],
            "zones": ZONES,
            "suggested": reading.suggested_zone or "Asia/Shanghai",
        }
        return page("imports/calendar_zones.html", status, **values)
    items = imports.items(kept.id)
    values |= {
        "told": kept.columns,
        "groups": {
            what: [_line(item, choices) for item in items if item.what == what and "reasons" not in item.outcome]
            for what in {item.what for item in items}
        },
        "failed": [_line(item, choices) for item in items if item.is_done and "reasons" in item.outcome],
        "last_day": day_text(end_of(choices, clock.now()).date()),
        "most_shown": MOST_SHOWN,
        "step": STEP,
        "at_once": AT_ONCE,
    }
    return page("imports/calendar_plan.html", status, **values)


def _read_again(kept: KeptImport, choices: Choices) -> Reading:
    now = clock.now()
    return read_calendar(imports.content(kept.id), now=now, end=end_of(choices, now), zones={})


def _line(item: KeptItem, choices: Choices) -> dict[str, Any]:
    entry, here = item.facts.get("entry"), item.facts.get("standing")
    reasons = item.outcome.get("reasons") or item.facts.get("reasons") or []
    thing = item.outcome.get("id") or (here or {}).get("id")
    return {
        "row": item.row,
        "title": (entry or {}).get("said") or (here or item.facts).get("title", ""),
        "when": span_text(span_from(entry["span"])) if entry else "",
        "was": span_text(span_from(here["span"])) if here else "",
        "is_over": bool(here and here.get("is_over")),
        "why": wording.sentences([reason_from(each) for each in reasons]) if reasons else [],
        "problem": entry_problem(item.facts["problem"]) if "problem" in item.facts else "",
        "url": f"/bookings/{thing}" if thing and choices.kind == "booking" else "",
    }


def _said_zones(choices: Choices, content: bytes, now: Any) -> dict[str, str] | None:
    """A zone for every name that was asked about, or None."""
    asked = read_calendar(content, now=now, end=end_of(choices, now), zones={}).unknown_zones
    said = {zone: request.form.get(f"zone-{number}", "") for number, zone in enumerate(asked)}
    return said if all(each in ZONES for each in said.values()) else None


def _parts(choices: Choices) -> dict[str, Any]:
    return {name: getattr(choices, name) for name in ("scope", "scope_id", "kind", "name", "purpose", "until_on")}


def _plain_name(name: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in name).split()) or "calendar.ics"


def file_problem(problem: str) -> str:
    """Why a file is not taken, in a sentence."""
    texts = {
        "too_large": gettext("The file is larger than %(most)s MB.", most=MOST_MEGABYTES),
        "empty": gettext("The file is empty."),
        "encoding": gettext("The characters of this file cannot be read. Save it in UTF-8."),
        "not_a_calendar": gettext("This is not a calendar file: it does not begin with BEGIN:VCALENDAR."),
        "cut_off": gettext("The file ends in the middle. Please export it again."),
        "too_many_components": gettext("There are more than %(most)s entries in this file.", most=MOST_COMPONENTS),
        "too_many_occurrences": gettext(
            "The entries of this file repeat too often: more than %(most)s times in all can not be taken in.",
            most=MOST_OCCURRENCES,
        ),
        "too_many_zones": gettext("The file names too many time zones that nobody knows."),
    }
    return texts.get(problem, gettext("This calendar file is broken and cannot be read."))


def entry_problem(problem: str) -> str:
    """Why an entry is not taken, in a sentence."""
    texts = {
        "no_uid": gettext("It has no UID, so it could not be recognised again."),
        "no_start": gettext("It has no beginning."),
        "no_length": gettext("It has no length: it ends when it begins, or before."),
        "too_long": gettext("It lasts longer than 7 days."),
        "too_far": gettext("It begins more than 5 years from now, before or after."),
        "too_many_dates": gettext("It names more than %(most)s dates one by one.", most=MOST_DATES),
        "rule_frequency": gettext(
            "It repeats by the second, minute or hour; only days, weeks, months, years are taken."
        ),
        "rule_interval": gettext("It repeats at an interval that is not between 1 and 52."),
        "rule_count": gettext("It repeats more than 400 times, or says both how often and until when."),
        "rule_until": gettext("It repeats until a day more than 2 years away, or one that does not exist."),
        "rule_part": gettext(
            "It repeats by a rule that is not taken (by hour, by position, several rules, or exceptions)."
        ),
        "rule_unreadable": gettext("Its repetition cannot be read."),
    }
    return texts.get(problem, gettext("It is broken and cannot be read."))
