"""Rows of ownership and of parties, to values and back; and which members stand on a thing's side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.catalogue.rules.ownership import Stake
from app.catalogue.rules.standing import Standing
from app.catalogue.rules.unit import Thing
from app.catalogue.tables import Lab, Ownership, Party, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.tables.people import Member
from app.database import session

_STAKE_COLUMNS = {"base": Ownership.base_id, "lab": Ownership.lab_id, "unit": Ownership.unit_id}
_PARTY_COLUMNS = {"lab": Party.lab_id, "unit": Party.unit_id}


def standing(thing: Thing) -> Standing | None:
    """Whose a thing is, or None where there is no such thing; at most four queries."""
    line = line_of(thing)
    return Standing(tuple(line), stakes(line), own_parties(line)) if line else None


def stakes(things: Iterable[Thing]) -> dict[Thing, list[Stake]]:
    """The stakes of each of these things, past and future ones included, in one query."""
    wanted = sorted(set(things))
    found: dict[Thing, list[Stake]] = {thing: [] for thing in wanted}
    if not wanted:
        return found
    for base_id, lab_id, unit_id, member_id, share, from_on, until_on in session().execute(
        select(
            Ownership.base_id,
            Ownership.lab_id,
            Ownership.unit_id,
            Ownership.member_id,
            Ownership.share,
            Ownership.from_on,
            Ownership.until_on,
        )
        .where(_any_of(_STAKE_COLUMNS, wanted))
        .order_by(Ownership.from_on, Ownership.share.desc(), Ownership.id)
    ):
        found[_thing(base_id, lab_id, unit_id)].append(Stake(member_id, share, from_on, until_on))
    return found


def set_stakes(thing: Thing, kept: Sequence[Stake]) -> None:
    """Keep these stakes in place of those before."""
    session().execute(delete(Ownership).where(_STAKE_COLUMNS[thing.kind] == thing.id))
    if kept:
        session().execute(
            insert(Ownership),
            [
                {
                    f"{thing.kind}_id": thing.id,
                    "member_id": stake.member_id,
                    "share": stake.share,
                    "from_on": stake.from_on,
                    "until_on": stake.until_on,
                }
                for stake in kept
            ],
        )


def own_parties(things: Iterable[Thing]) -> dict[Thing, dict[str, int]]:
    """The parties each thing has itself: all three for a base, for labs and units where they differ. Two queries."""
    wanted = sorted(set(things))
    found: dict[Thing, dict[str, int]] = {thing: {} for thing in wanted}
    base_ids = [thing.id for thing in wanted if thing.kind == "base"]
    if base_ids:
        columns = (TrainingBase.id, TrainingBase.host_id, TrainingBase.operator_id, TrainingBase.keeping_member_id)
        for base_id, host, operator, keeper in session().execute(select(*columns).where(TrainingBase.id.in_(base_ids))):
            found[Thing("base", base_id)] = {"host": host, "operator": operator, "keeper": keeper}
    below = [thing for thing in wanted if thing.kind != "base"]
    if below:
        for lab_id, unit_id, part, member_id in session().execute(
            select(Party.lab_id, Party.unit_id, Party.part, Party.member_id).where(_any_of(_PARTY_COLUMNS, below))
        ):
            found[_thing(None, lab_id, unit_id)][part] = member_id
    return found


def set_parties(thing: Thing, parties: Mapping[str, int]) -> None:
    """Keep these parties of a lab or unit, or of a base (all three), in place of those before."""
    if thing.kind == "base":
        session().execute(
            update(TrainingBase)
            .where(TrainingBase.id == thing.id)
            .values(host_id=parties["host"], operator_id=parties["operator"], keeping_member_id=parties["keeper"])
        )
        return
    session().execute(delete(Party).where(_PARTY_COLUMNS[thing.kind] == thing.id))
    if parties:
        session().execute(
            insert(Party),
            [{f"{thing.kind}_id": thing.id, "part": part, "member_id": member} for part, member in parties.items()],
        )


def line_of(thing: Thing) -> list[Thing]:
    """The thing and what it lies in, from itself up to its base; empty where there is no such thing."""
    if thing.kind == "base":
        known = session().scalar(select(TrainingBase.id).where(TrainingBase.id == thing.id))
        return [thing] if known else []
    if thing.kind == "lab":
        base_id = session().scalar(select(Lab.base_id).where(Lab.id == thing.id))
        return [thing, Thing("base", base_id)] if base_id else []
    row = (
        session()
        .execute(select(UnitRow.lab_id, Lab.base_id).join(Lab, Lab.id == UnitRow.lab_id).where(UnitRow.id == thing.id))
        .first()
    )
    return [thing, Thing("lab", row[0]), Thing("base", row[1])] if row else []


def known_members(member_ids: Iterable[int]) -> set[int]:
    """Which of these members exist."""
    return set(session().scalars(select(Member.id).where(Member.id.in_(sorted(set(member_ids))))))


def _thing(base_id: int | None, lab_id: int | None, unit_id: int | None) -> Thing:
    if base_id is not None:
        return Thing("base", base_id)
    return Thing("lab", lab_id) if lab_id is not None else Thing("unit", unit_id or 0)


def _any_of(columns: Mapping[str, InstrumentedAttribute[int | None]], things: Sequence[Thing]) -> ColumnElement[bool]:
    by_kind: dict[str, list[int]] = {}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing.id)
    return or_(*(columns[kind].in_(ids) for kind, ids in by_kind.items()))
