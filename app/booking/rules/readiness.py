"""Readiness: which units of the town somebody may use as she stands, and what she lacks for the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.booking.rules.eligibility import lacking
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.standing import Standing
from app.booking.rules.wish import Sought


@dataclass(frozen=True, slots=True)
class Readiness:
    """Who asks, for which member, and what is asked and on file; None where nothing is asked of anybody."""

    person_id: int
    member_id: int | None
    standing: Standing | None

    def lacks(self, unit_ids: Sequence[int], slot: Slot) -> list[tuple[int, str]]:
        """What she has not for using these together then: which unit asks for what."""
        if self.standing is None:
            return []
        wants = tuple(Want(unit_id) for unit_id in unit_ids)
        asked = Asked(wants, (slot,), "teaching", "…", self.member_id or 0, self.person_id)
        return lacking(slot.span, asked, self.standing)

    def lacking(self, units: Iterable[Sought], slot: Slot) -> frozenset[int]:
        """The units for which she lacks something at this time; like units of a lab are judged once."""
        standing = self.standing
        if standing is None:
            return frozenset()
        named = {each.reach.id for each in standing.qualifications if each.reach.kind == "unit"}
        named |= {each.scope_id or 0 for each in standing.restrictions if each.scope == "unit"} | set(standing.beside)
        judged: dict[object, bool] = {}
        found = set()
        for unit in units:
            if unit.id not in standing.units:
                continue
            alike = unit.id if unit.id in named else (unit.lab_id, unit.side, standing.duties[unit.id])
            if alike not in judged:
                judged[alike] = bool(self.lacks([unit.id], slot))
            if judged[alike]:
                found.add(unit.id)
        return frozenset(found)


NOTHING_ASKED = Readiness(0, None, None)
