"""Planning busy times: what an uploaded calendar would change where it is to go, judged as the deeds themselves will."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from app.booking.actions import closing
from app.booking.actions.situation import HORIZON, situation, usual_limits
from app.booking.rules import busy as rules
from app.booking.rules import busy_plan as plans
from app.booking.rules.busy import Choices, Entry, Reading
from app.booking.rules.busy_plan import Plan, Standing, Step
from app.booking.rules.conflict import Situation, Taken, reasons_against_all, reasons_by_slot
from app.booking.rules.plain_reasons import plain_reason
from app.booking.rules.request import Asked, Claim, Slot, Want, claims
from app.booking.store import busy as store
from app.booking.store.imports import Planned
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.foundation.refusal import Reason, Refused
from app.foundation.timespan import DAY, Span, local_day, local_midnight


def last_day(now: datetime) -> date:
    """The last day that can be taken in."""
    return local_day(now + HORIZON) - DAY


def end_of(choices: Choices, now: datetime) -> datetime:
    """Where what is taken in ends."""
    return local_midnight((choices.until_on or last_day(now)) + DAY)


def make_plan(actor: Actor, choices: Choices, reading: Reading, unit_ids: Sequence[int], now: datetime) -> Plan:
    """What applying would do now; a fixed number of queries, whatever the file says."""
    member_id = actor.member_id or 0
    calendar = rules.calendar_key(choices, member_id)
    is_booking = choices.kind == "booking"
    standing = (
        store.standing_bookings(calendar, member_id, unit_ids, now)
        if is_booking
        else store.standing_closures(calendar, now)
    )
    planned = plans.plan(choices, reading, standing, end_of(choices, now))
    if len(planned.changes) > plans.MOST_CHANGES:
        raise Refused(plans.TooManyChanges(len(planned.changes), plans.MOST_CHANGES))
    coming = [number for number, step in enumerate(planned.steps) if step.what in (plans.ADD, plans.MOVE)]
    if not coming:
        return planned
    leaving = [step.standing for step in planned.steps if step.what in (plans.MOVE, plans.REMOVE) and step.standing]
    judge = _judge_bookings if is_booking else _judge_closures
    return plans.with_clashes(planned, judge(actor, choices, unit_ids, planned, coming, leaving, now))


def _judge_closures(
    _actor: Actor,
    _choices: Choices,
    unit_ids: Sequence[int],
    planned: Plan,
    coming: Sequence[int],
    leaving: Sequence[Standing],
    _now: datetime,
) -> dict[int, Sequence[Reason]]:
    claimed = closing.claims_of(unit_ids, catalogue.units(unit_ids))
    entries = _entries(planned, coming)
    held = store.taken(
        [claim.unit_id for claim in claimed],
        _hull(entries.values()),
        except_dates=[],
        except_closures=[each.thing_id for each in leaving],
    )
    found: dict[int, Sequence[Reason]] = {}
    for number, entry in entries.items():
        reasons = closing.blocking(claimed, held, entry.span)
        if reasons:
            found[number] = reasons
        else:
            held += _taken_by(claimed, entry.span, "closure")
    return found


def _judge_bookings(
    actor: Actor,
    choices: Choices,
    unit_ids: Sequence[int],
    planned: Plan,
    coming: Sequence[int],
    leaving: Sequence[Standing],
    now: datetime,
) -> dict[int, Sequence[Reason]]:
    entries, wants = _entries(planned, coming), wants_of(unit_ids)
    asked = _asked(actor, choices, wants, next(iter(entries.values())))
    real = situation(asked, usual_limits(now))
    if reasons := reasons_against_all(asked, real):
        raise Refused(reasons)
    claimed = claims(asked.wants, real.units)
    held = store.taken(
        [claim.unit_id for claim in claimed],
        _hull(entries.values()),
        except_dates=[each.date_id for each in leaving],
        except_closures=[],
    )
    found: dict[int, Sequence[Reason]] = {}
    for number, entry in entries.items():
        near = [
            each for each in held if each.span.start < entry.span.end + DAY and entry.span.start - DAY < each.span.end
        ]
        judged_in = Situation(real.units, real.openings, near, real.limits, real.owner_side)
        (reasons,) = reasons_by_slot(_asked(actor, choices, wants, entry), judged_in)
        if reasons:
            found[number] = reasons
        else:
            held += _taken_by(claimed, entry.span, "booking")
    return found


def _entries(planned: Plan, numbers: Sequence[int]) -> dict[int, Entry]:
    """The entries that want a place; of those of one calendar that run into each other, what begins first has it."""
    return {number: entry for number in numbers if (entry := planned.steps[number].entry) is not None}


def _hull(entries: Any) -> Span:
    spans = [entry.span for entry in entries]
    return Span(min(span.start for span in spans) - DAY, max(span.end for span in spans) + DAY)


def _taken_by(claimed: Sequence[Claim], span: Span, cause: str) -> list[Taken]:
    return [Taken(each.unit_id, each.taken_by(span), each.quantity, each.exclusive, cause) for each in claimed]


def wants_of(unit_ids: Sequence[int]) -> tuple[Want, ...]:
    """Busy is all of it: every station, every machine of a pool."""
    return tuple(Want(unit.id, unit.capacity) for unit in catalogue.units(unit_ids).values())


def _asked(actor: Actor, choices: Choices, wants: tuple[Want, ...], entry: Entry) -> Asked:
    return Asked(
        wants=wants,
        slots=(Slot(entry.span),),
        purpose=choices.purpose,
        title=rules.title_for(choices, entry),
        member_id=actor.member_id or 0,
        holder_id=actor.person_id,
    )


# ── what is kept of a plan ──


def item(choices: Choices, step: Step) -> Planned:
    facts: dict[str, Any] = {"reasons": [plain_reason(reason) for reason in step.reasons]}
    if step.entry is not None:
        facts["entry"] = {
            "uid": step.entry.uid,
            "occurrence": step.entry.occurrence,
            "said": step.entry.title,
            "title": rules.title_for(choices, step.entry),
            "span": _plain_span(step.entry.span),
        }
    if step.standing is not None:
        here = step.standing
        facts["standing"] = {
            "id": here.thing_id,
            "version": here.version,
            "date": here.date_id,
            "title": here.title,
            "span": _plain_span(here.span),
            "is_over": here.is_over,
        }
    return Planned(step.row, step.what, facts, told=step.what not in plans.CHANGES)


def _plain_span(span: Span) -> list[str]:
    return [span.start.isoformat(), span.end.isoformat()]


def span_from(plain: Sequence[str]) -> Span:
    return Span(datetime.fromisoformat(plain[0]), datetime.fromisoformat(plain[1]))
