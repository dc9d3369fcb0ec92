"""Faults on pages: the list, a fault's own page, what its keeper says of it, and what becomes of the bookings it hits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import DateTimeLocalInput

from app.booking.actions import fault_hits
from app.booking.actions import faults as actions
from app.booking.actions import form as choosing
from app.booking.actions import instead as moving
from app.booking.actions.faults import Seen
from app.booking.actions.instead import Hit, Way
from app.booking.rules.conflict import Taken
from app.booking.store import faults as booking_store
from app.booking.store import listing as names
from app.booking.store import looking
from app.consortium.rules.permission import may_enter
from app.consortium.rules.scope import scope
from app.database import transaction
from app.entrypoints import clock, exports, gate, wording
from app.entrypoints.formats import moment_text, named, slot_text, span_text
from app.entrypoints.web.attempts import flash_all, status_of
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.booking.form import cleaned, local_from_text
from app.entrypoints.web.booking.sheet import unit_line
from app.entrypoints.web.listing import MOST_EXPORTED, asked_sort, asked_word, listed, shown_version
from app.entrypoints.wording import faults as fault_words
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import ChangedMeanwhile, NotFound, Reason, Refused
from app.foundation.timespan import at_local, local
from app.timetable.rules.faults import CAUSES, SEVERITIES, STATES, UNUSABLE, Ending, Fault, Finding
from app.timetable.store import faults as store
from app.timetable.store.faults import FaultLine, Sought

MOST_WITH_A_WAY = 12
"""For so many of the bookings in its way the page says where they could go; the others are looked at when pressed."""


def moment_of(text: str | None) -> datetime | None:
    """`2026-09-22T09:55` on the wall clock as an instant; None where it is empty or cannot be read."""
    found = local_from_text(text or "")
    return at_local(*found) if found else None


def local_value(moment: datetime | None) -> str:
    return f"{local(moment):%Y-%m-%dT%H:%M}" if moment else ""


class MomentField(StringField):
    """A day and a time of the wall clock."""

    widget = DateTimeLocalInput()


class FindingForm(FlaskForm):
    """What the keeper finds."""

    began_at = MomentField(lazy_gettext("Broken since"), [InputRequired()])
    expected_until = MomentField(
        lazy_gettext("Expected until"),
        [Optional()],
        description=lazy_gettext(
            "Leave it empty while nobody knows; it then stays blocked until you say that it works."
        ),
    )
    severity = RadioField(lazy_gettext("How bad"), validators=[InputRequired()], validate_choice=False)
    cause = SelectField(lazy_gettext("Cause"), validate_choice=False)
    quantity = IntegerField(lazy_gettext("How many of them"), [Optional(), NumberRange(1, 10_000)])

    def offer(self) -> None:
        self.severity.choices = [(each, fault_words.severity_name(each)) for each in SEVERITIES]
        self.cause.choices = [(each, fault_words.cause_name(each)) for each in CAUSES]

    def finding(self, before: Fault) -> Finding:
        # The page shows whole minutes: a beginning that was left as it was is kept to the second.
        began = before.began_at
        if self.began_at.data != local_value(began):
            began = moment_of(self.began_at.data) or datetime.max.replace(tzinfo=began.tzinfo)
        until = moment_of(self.expected_until.data)
        if until is None and (self.expected_until.data or "").strip():
            until = before.began_at  # cannot be read: refused as not lying ahead
        return Finding(began, until, self.severity.data or "", self.cause.data or "", self.quantity.data or 1)


@web.get("/faults")
@gate.needs("fault.see")
def faults() -> Response | tuple[str, int]:
    """The faults of one's bases, and those one reported oneself; what is open first."""
    who = actor()
    within = booking_store.within(scope(who, "fault.see"))
    sought = Sought(
        state=asked_word("state", ("open", *STATES)),
        cause=asked_word("cause", CAUSES),
        base_id=id_from_text(request.args.get("base", "")),
        unit_id=id_from_text(request.args.get("unit", "")),
        text=asked_word("text"),
    )
    sort = asked_sort(store.SORTS, "")
    if chosen := exports.wanted():
        return exports.as_file(
            chosen, gettext("Faults"), _head(), _rows(store.lines(sought, within, sort, MOST_EXPORTED))
        )
    shown = listed(store.count(sought, within), lambda limit, offset: store.lines(sought, within, sort, limit, offset))
    return page(
        "fault/list.html",
        shown=shown,
        sought=sought,
        narrowed=sought != Sought(),
        bases=looking.bases(clock.today()) if may_enter(who, "fault.change") else [],
        states=[("open", gettext("Open"))] + [(each, fault_words.state_name(each)) for each in STATES],
        causes=[(each, fault_words.cause_name(each)) for each in CAUSES],
        words=fault_words,
        named=named,
        moment_text=moment_text,
    )


def _head() -> list[str]:
    return [
        gettext("Number"),
        gettext("Unit"),
        gettext("Code"),
        gettext("Lab"),
        gettext("Base"),
        gettext("State"),
        gettext("How bad"),
        gettext("Cause"),
        gettext("What is wrong"),
        gettext("Reported by"),
        gettext("Reported at"),
        gettext("Broken since"),
        gettext("Expected until"),
        gettext("Works again since"),
        gettext("What was done"),
        gettext("Who pays"),
    ]


def _rows(lines: Sequence[FaultLine]) -> Iterator[list[exports.Cell]]:
    for line in lines:
        fault = line.fault
        yield [
            fault.id,
            named(line),
            line.code,
            named(Named(line.lab_zh, line.lab_en)),
            named(Named(line.base_zh, line.base_en)),
            fault_words.state_name(fault.state),
            fault_words.severity_name(fault.severity),
            fault_words.cause_name(fault.cause),
            fault.words,
            line.reporter,
            fault.reported_at,
            fault.began_at,
            fault.expected_until,
            fault.ended_at,
            fault.answer,
            fault.cost_source,
        ]


class Named:
    """A name in both languages."""

    def __init__(self, name_zh: str, name_en: str) -> None:
        self.name_zh, self.name_en = name_zh, name_en


# ── one of them ──


@web.get("/faults/<id:fault_id>")
@gate.needs("fault.see")
def fault(fault_id: int) -> tuple[str, int]:
    """How it stands; for its keeper what it is in the way of, and what can be done about each."""
    return _show(fault_id)


def _show(
    fault_id: int, reasons: Sequence[Reason] = (), status: int = 200, form: FindingForm | None = None
) -> tuple[str, int]:
    now = clock.now()
    seen = actions.seen(actor(), fault_id, now)
    kept = seen.fault
    if form is None:
        form = FindingForm(formdata=None)
        form.began_at.data, form.expected_until.data = local_value(kept.began_at), local_value(kept.expected_until)
        form.severity.data, form.cause.data, form.quantity.data = kept.severity, kept.cause, kept.quantity
        if kept.state == "reported":
            form.quantity.data = 1
    form.offer()
    line = store.lines(Sought(unit_id=kept.unit_id), store.only(fault_id), "", 1)[0]
    return page(
        "fault/fault.html",
        status,
        seen=seen,
        fault=kept,
        line=line,
        form=form,
        rows=hit_rows(seen.hits, [], now),
        past=_past(seen),
        now_value=local_value(now),
        reasons=wording.sentences(reasons),
        words=fault_words,
        causes=[(each, fault_words.cause_name(each)) for each in CAUSES],
        named=named,
        moment_text=moment_text,
        span_text=span_text,
    )


def _past(seen: Seen) -> list[tuple[int, str]]:
    """The bookings it was in the way of and is no more, and what became of each."""
    here = {hit.booking.id for hit in seen.hits}
    outcomes = {"moved": gettext("Moved"), "cancelled": gettext("Cancelled"), "": gettext("No longer in its way")}
    return [(each.booking_id, outcomes[each.outcome]) for each in seen.told.values() if each.booking_id not in here]


def way_text(way: Way, units: dict[int, Any]) -> str:
    """车床2（同一时间） or another time."""
    there = gettext(", ").join(
        f"{named(units[want.unit_id])} · {unit_line(units[want.unit_id])}"
        for want in way.wants
        if want.unit_id in units
    )
    if way.same_time:
        return gettext("%(units)s, at the same time", units=there)
    when = gettext("; ").join(slot_text(slot.span, slot.periods) for slot in list(way.slots.values())[:3])
    return when if way.same_units else gettext("%(units)s, %(when)s", units=there, when=when)


def _way_words(found: list[Way] | None, units: dict[int, Any]) -> str | None:
    """Where it could go; empty where there is nothing, None where nobody has looked yet."""
    if found is None:
        return None
    return way_text(found[0], units) if found else ""


@web.post("/faults/<id:fault_id>/confirm")
@gate.needs("fault.change")
def confirm_fault(fault_id: int) -> Response | tuple[str, int]:
    who, now, version, form = actor(), clock.now(), shown_version(), FindingForm()
    form.offer()
    before = actions.seen(who, fault_id, now)
    if not form.validate_on_submit():
        return _show(fault_id, status=422, form=form)
    finding = form.finding(before.fault)
    return _said(
        fault_id,
        lambda: actions.confirm(who, fault_id, version, finding, now=now),
        gettext("It is confirmed: whoever has booked it in that time is told, and nobody else can book it.")
        if finding.severity == UNUSABLE
        else gettext("It is confirmed; it can still be booked and used."),
        form,
    )


class EndingForm(FlaskForm):
    """How a fault ended."""

    ended_at = MomentField(lazy_gettext("Works again since"), [Optional()])
    cause = SelectField(lazy_gettext("Cause"), validate_choice=False)
    words = TextAreaField(lazy_gettext("What was done"), [Optional(), Length(max=1000)])
    cost_source = StringField(lazy_gettext("Who pays"), [Optional(), Length(max=200)])


@web.post("/faults/<id:fault_id>/repair")
@gate.needs("fault.change")
def repair_fault(fault_id: int) -> Response | tuple[str, int]:
    who, now, version, form = actor(), clock.now(), shown_version(), EndingForm()
    form.cause.choices = [(each, each) for each in CAUSES]
    if not form.validate_on_submit():
        flash(gettext("Please check these entries"), "problem")
        return _show(fault_id, status=422)
    ended_at = moment_of(form.ended_at.data)
    if ended_at is None or form.ended_at.data == local_value(now):
        ended_at = now
    ending = Ending(
        ended_at,
        form.cause.data or "",
        cleaned(form.words.data or "", 1000),
        cleaned(form.cost_source.data or "", 200),
    )
    return _said(
        fault_id,
        lambda: actions.repair(who, fault_id, version, ending, now=now),
        gettext("It works again: the time is free, and everybody concerned is told."),
    )


@web.post("/faults/<id:fault_id>/dismiss")
@gate.needs("fault.change")
def dismiss_fault(fault_id: int) -> Response | tuple[str, int]:
    who, now, version = actor(), clock.now(), shown_version()
    words = cleaned(request.form.get("words", ""), 1000)
    return _said(
        fault_id,
        lambda: actions.dismiss(who, fault_id, version, words, now=now),
        gettext("The report is put aside; whoever made it reads your words."),
    )


def _said(
    fault_id: int, do: Callable[[], Any], said: str, form: FindingForm | None = None
) -> Response | tuple[str, int]:
    try:
        transaction(do)
    except Refused as refused:
        if any(isinstance(reason, NotFound) for reason in refused.reasons):
            raise
        stale = any(isinstance(reason, ChangedMeanwhile) for reason in refused.reasons)
        return _show(fault_id, refused.reasons, status_of(refused.reasons), None if stale else form)
    flash(said, "done")
    return redirect(f"/faults/{fault_id}", 303)


# ── the bookings in its way ──


@web.post("/faults/<id:fault_id>/bookings")
@gate.needs("fault.change")
def settle_hits(fault_id: int) -> Response:
    """Move or cancel one booking in its way, or all of them, each by itself; what came of each is said."""
    who, now = actor(), clock.now()
    seen = actions.seen(who, fault_id, now)
    chosen, deed = request.form.get("booking", ""), request.form.get("deed", "")
    words = cleaned(request.form.get("note", ""), 400) or gettext("%(unit)s is out of order.", unit=named(seen.unit))
    number = id_from_text(chosen)
    hits = [hit for hit in seen.hits if (chosen == "all" and not hit.whole_room) or hit.booking.id == number]
    version = shown_version() if chosen != "all" else 0
    if not hits:
        flash(gettext("Nothing is in this booking's way any more."), "problem")
    for hit in hits:
        _settle(fault_id, hit, deed, version or hit.booking.version, words, now)
    return redirect(f"/faults/{fault_id}", 303)


def _settle(fault_id: int, hit: Hit, deed: str, version: int, words: str, now: datetime) -> None:
    who, number = actor(), hit.booking.id
    settle_one(
        hit,
        deed,
        lambda: fault_hits.move(who, fault_id, number, version, now=now),
        lambda: fault_hits.cancel(who, fault_id, number, version, words, now=now),
    )


def settle_one(hit: Hit, deed: str, move: Callable[[], tuple[Any, Way]], cancel: Callable[[], Any]) -> None:
    """Move or cancel one booking, in a transaction of its own, and say what came of it on the next page."""
    try:
        if deed == "move":
            _, way = transaction(move)
            units = choosing.places([want.unit_id for want in way.wants])
            said = gettext("“%(title)s” is moved: %(where)s.", title=hit.booking.title, where=way_text(way, units))
        else:
            transaction(cancel)
            said = ngettext(
                "“%(title)s”: %(num)s date is cancelled.",
                "“%(title)s”: %(num)s dates are cancelled.",
                len(hit.dates),
                title=hit.booking.title,
            )
    except Refused as refused:
        flash(gettext("“%(title)s” stays as it is:", title=hit.booking.title), "problem")
        flash_all(refused.reasons)
    else:
        flash(said, "done")


@dataclass(frozen=True, slots=True)
class HitRow:
    """A booking that something is in the way of, whose it is, and where it could go."""

    hit: Hit
    way: str | None
    """Empty where there is nothing, None where nobody has looked yet."""
    holder: str
    member: str


def hit_rows(hits: Sequence[Hit], blocked: Sequence[Taken], now: datetime) -> list[HitRow]:
    """A line for each, the first dozen with where they could go."""
    if not hits:
        return []
    ways = {hit.booking.id: moving.ways(hit, blocked, now, 1) for hit in hits[:MOST_WITH_A_WAY] if not hit.whole_room}
    people = names.people([hit.booking.holder_id for hit in hits])
    members = names.members([hit.booking.member_id for hit in hits])
    units = choosing.places([want.unit_id for found in ways.values() for way in found for want in way.wants])
    return [
        HitRow(
            hit,
            _way_words(ways.get(hit.booking.id), units),
            people.get(hit.booking.holder_id, ""),
            named(members[hit.booking.member_id]) if hit.booking.member_id in members else "",
        )
        for hit in hits
    ]
