"""Standing: whose a thing is on a day, from its own owners and parties and those of what it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.catalogue.rules.ownership import Stake, owners_on, parties
from app.catalogue.rules.unit import Thing
from app.consortium.rules.permission import Placement


@dataclass(frozen=True, slots=True)
class Standing:
    """A thing and what it lies in, from itself up to its base, each with its own stakes and parties."""

    line: tuple[Thing, ...]
    stakes: Mapping[Thing, Sequence[Stake]]
    own_parties: Mapping[Thing, Mapping[str, int]]

    @property
    def thing(self) -> Thing:
        return self.line[0]

    @property
    def base_id(self) -> int:
        return self.line[-1].id

    def owners(self, day: date) -> tuple[Stake, ...]:
        return owners_on(day, *(self.stakes[each] for each in self.line))

    def parties(self) -> dict[str, int]:
        return parties(*(self.own_parties[each] for each in self.line))

    def owned_at(self, day: date) -> Thing | None:
        """Which of the line the owners on that day come from."""
        return next((each for each in self.line if any(stake.holds(day) for stake in self.stakes[each])), None)

    def member_ids(self) -> frozenset[int]:
        """Every member named on a page about it."""
        own = {member_id for each in self.line for member_id in self.own_parties[each].values()}
        return frozenset(own | {stake.member_id for each in self.line for stake in self.stakes[each]})

    def placement(self, day: date) -> Placement:
        """Its side is everybody that owns, hosts, operates or keeps it, or what it lies in, on that day."""
        members = {stake.member_id for each in self.line for stake in self.stakes[each] if stake.holds(day)}
        members |= {member_id for each in self.line for member_id in self.own_parties[each].values()}
        return Placement(owner_member_ids=frozenset(members), base_ids=frozenset({self.base_id}))

    def placement_of_owners(self, day: date) -> Placement:
        """When shares or parties are in question: its side is its owners on that day and its host, nobody else."""
        host = self.parties().get("host")
        members = {stake.member_id for stake in self.owners(day)} | ({host} if host else set())
        return Placement(owner_member_ids=frozenset(members), base_ids=frozenset({self.base_id}))
