"""Rows of chains of approval, and of what each party answered, to values and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from app.booking.rules.chain import LATER, WAITING, WITHDRAWN, Part, Step
from app.booking.tables.approvals import ChainStep, PartyAnswer
from app.booking.tables.bookings import Approval, BookingDate
from app.catalogue.tables import TrainingBase
from app.database import session

Chains = Mapping[str, Sequence[Step]]
"""A base's or a unit's own chains by kind of requester."""


def chains(base_ids: Collection[int], unit_ids: Collection[int]) -> dict[tuple[str, int], dict[str, list[Step]]]:
    """The chains these bases and units have of their own; one query."""
    rows: Iterable[Any] = session().execute(
        select(
            ChainStep.base_id,
            ChainStep.unit_id,
            ChainStep.kind,
            ChainStep.parties,
            ChainStep.rule,
            ChainStep.hours,
            ChainStep.silence,
        )
        .where(or_(ChainStep.base_id.in_(sorted(base_ids)), ChainStep.unit_id.in_(sorted(unit_ids))))
        .order_by(ChainStep.kind, ChainStep.step)
    )
    found: dict[tuple[str, int], dict[str, list[Step]]] = {}
    for base_id, unit_id, kind, parties, rule, hours, silence in rows:
        thing = ("base", base_id) if base_id is not None else ("unit", unit_id)
        step = Step(tuple(parties.split()), rule, hours, silence)
        found.setdefault(thing, {}).setdefault(kind, []).append(step)
    return found


def set_chain(scope: str, scope_id: int, kind: str, steps: Sequence[Step]) -> None:
    """A new chain of a base or a unit for this kind of requester, in place of the one there was; no steps: none."""
    column = ChainStep.base_id if scope == "base" else ChainStep.unit_id
    session().execute(delete(ChainStep).where(column == scope_id, ChainStep.kind == kind))
    rows = [
        {
            f"{scope}_id": scope_id,
            "kind": kind,
            "step": number,
            "parties": " ".join(step.parties),
            "rule": step.rule,
            "hours": step.hours,
            "silence": step.silence,
        }
        for number, step in enumerate(steps, 1)
    ]
    if rows:
        session().execute(insert(ChainStep), rows)


def calendar_members(base_ids: Collection[int]) -> dict[int, int]:
    """By whose calendar each of these bases counts working days: the one it chose, else its host's."""
    rows = session().execute(
        select(TrainingBase.id, func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id)).where(
            TrainingBase.id.in_(sorted(base_ids))
        )
    )
    return {row[0]: row[1] for row in rows}


# ── answers ──

_PART = (
    PartyAnswer.step,
    PartyAnswer.rule,
    PartyAnswer.seat,
    PartyAnswer.party,
    PartyAnswer.hours,
    PartyAnswer.silence,
    PartyAnswer.state,
    PartyAnswer.raised,
    PartyAnswer.base_id,
    PartyAnswer.kind,
    PartyAnswer.id,
    PartyAnswer.asked_at,
    PartyAnswer.due_at,
    PartyAnswer.decided_by,
    PartyAnswer.for_person,
    PartyAnswer.decided_at,
    PartyAnswer.reason,
    PartyAnswer.note,
)


def answers(booking_ids: Collection[int]) -> dict[int, list[Part]]:
    """How the chains of these bookings stand, the round that counts; one query, none where nothing is asked for."""
    found: dict[int, list[Part]] = {booking_id: [] for booking_id in booking_ids}
    if not found:
        return found
    newest: dict[int, int] = {}
    rows: Iterable[Any] = session().execute(
        select(PartyAnswer.booking_id, PartyAnswer.round, *_PART)
        .where(PartyAnswer.booking_id.in_(sorted(booking_ids)))
        .order_by(PartyAnswer.round.desc(), PartyAnswer.base_id, PartyAnswer.step, PartyAnswer.id)
    )
    for booking_id, number, *rest in rows:
        if newest.setdefault(booking_id, number) == number:
            found[booking_id].append(Part(*rest))
    return found


def add_answers(booking_id: int, parts: Sequence[Part], *, same_round: bool = False) -> None:
    """Keep the answers of a new round; with `same_round`, more of the present one."""
    last: int = (
        session()
        .execute(select(func.coalesce(func.max(PartyAnswer.round), 0)).where(PartyAnswer.booking_id == booking_id))
        .scalar_one()
    )
    session().execute(
        insert(PartyAnswer),
        [
            {
                "booking_id": booking_id,
                "base_id": part.base_id,
                "round": last if same_round else last + 1,
                "step": part.step,
                "rule": part.rule,
                "seat": part.seat,
                "party": part.party,
                "raised": part.raised,
                "kind": part.kind,
                "hours": part.hours,
                "silence": part.silence,
                "state": part.state,
                "asked_at": part.asked_at,
                "due_at": part.due_at,
                "note": part.note,
                "decided_by": part.decided_by,
                "for_person": part.for_person,
                "decided_at": part.decided_at,
                "reason": part.reason,
            }
            for part in parts
        ],
    )


def ask_part(part: Part) -> None:
    """Ask for an answer, now and by whom the part says."""
    session().execute(
        update(PartyAnswer)
        .where(PartyAnswer.id == part.id)
        .values(state=WAITING, party=part.party, raised=part.raised, asked_at=part.asked_at, due_at=part.due_at)
    )


def set_answers(
    part_ids: Collection[int],
    state: str,
    now: datetime,
    *,
    by: int | None = None,
    for_person: int | None = None,
    note: str = "",
    reason: str | None = None,
) -> None:
    if part_ids:
        session().execute(
            update(PartyAnswer)
            .where(PartyAnswer.id.in_(sorted(part_ids)))
            .values(state=state, decided_by=by, for_person=for_person, decided_at=now, note=note, reason=reason)
        )


def set_due(part_ids: Collection[int], due_at: datetime) -> None:
    session().execute(update(PartyAnswer).where(PartyAnswer.id.in_(sorted(part_ids))).values(due_at=due_at))


def let_off(booking_id: int, now: datetime) -> None:
    """Nobody is asked any more."""
    session().execute(
        update(PartyAnswer)
        .where(PartyAnswer.booking_id == booking_id, PartyAnswer.state.in_((LATER, WAITING)))
        .values(state=WITHDRAWN, decided_at=now)
    )


def due(now: datetime) -> list[int]:
    """The bookings for which somebody's time to answer is over."""
    query = select(PartyAnswer.booking_id).where(PartyAnswer.state == WAITING, PartyAnswer.due_at <= now).distinct()
    return sorted(session().scalars(query))


def begun(now: datetime) -> list[int]:
    """The bookings that still wait for answers though the last of their waiting dates has begun."""
    last = (
        select(func.max(BookingDate.starts_at))
        .where(BookingDate.booking_id == Approval.booking_id, BookingDate.state == WAITING)
        .correlate(Approval)
        .scalar_subquery()
    )
    query = select(Approval.booking_id).where(Approval.state == WAITING, last <= now).distinct()
    return sorted(session().scalars(query))
