"""Restriction (限制): where a person may not book for a time, who decides so, and how she is heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.foundation.refusal import Invalid, Reason

SCOPES = ("all", "member", "base", "unit")
"""Everything; what a member owns, hosts, operates or keeps; a base; a unit."""

PROPOSED, IN_FORCE, DISMISSED, LIFTED = "proposed", "in_force", "dismissed", "lifted"
STATES = (PROPOSED, IN_FORCE, DISMISSED, LIFTED)
OVER = "over"
"""How a restriction reads whose time has passed; it is kept as in force until then."""

REPEATED, BY_HAND = "repeated", "by_hand"
CAUSES = (REPEATED, BY_HAND)

LONGEST_WORDS = 400
"""Characters of a reason, an appeal or an answer."""
LONGEST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Appeal:
    """What the person says against a restriction, and what was answered, by somebody else than who imposed it."""

    words: str
    at: datetime
    answer: str = ""
    answered_by: int | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Restriction:
    """One restriction, from its proposal on. `decided_by` None means the clock; `event_ids` are the events it rests on."""

    id: int
    person_id: int
    member_id: int | None
    scope: str
    scope_id: int | None
    cause: str
    why: str
    event_ids: tuple[int, ...]
    state: str
    proposed_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    from_at: datetime | None
    until_at: datetime | None
    ended_by: int | None
    ended_at: datetime | None
    ended_why: str
    appeal: Appeal | None
    version: int

    def is_in_force(self, at: datetime) -> bool:
        if self.state != IN_FORCE or self.from_at is None or self.until_at is None:
            return False
        return self.from_at <= at < self.until_at

    def standing(self, at: datetime) -> str:
        """The state in a word, also when its time has passed."""
        return OVER if self.state == IN_FORCE and self.until_at is not None and self.until_at <= at else self.state


@dataclass(frozen=True, slots=True)
class NotOneself(Reason):
    """Nobody decides about a restriction of her own."""

    code = "not_oneself"
    kind = "forbidden"


@dataclass(frozen=True, slots=True)
class SomebodyElse(Reason):
    """An appeal is answered by somebody else than who imposed the restriction."""

    code = "somebody_else"
    kind = "forbidden"


@dataclass(frozen=True, slots=True)
class RestrictionIs(Reason):
    """The restriction is not in a state in which this can be done; `state` says in which."""

    code = "restriction_is"
    kind = "stale"
    state: str


@dataclass(frozen=True, slots=True)
class AppealedAlready(Reason):
    """One appeal is made against a restriction; it waits for its answer, or has it."""

    code = "appealed_already"
    kind = "stale"


def covers(restriction: Restriction, unit_id: int, base_id: int, owner_member_ids: Iterable[int], at: datetime) -> bool:
    """Whether it is in the way of booking this unit, which stands in that base and belongs to these members, at `at`."""
    if not restriction.is_in_force(at):
        return False
    places: dict[str, set[int | None]] = {
        "all": {None},
        "member": set(owner_member_ids),
        "base": {base_id},
        "unit": {unit_id},
    }
    return restriction.scope_id in places[restriction.scope]


def reasons_against_words(field: str, words: str) -> list[Reason]:
    """A reason, an appeal or an answer says something, and not too much."""
    if not words.strip():
        return [Invalid(field, "missing")]
    return [Invalid(field, "too_long")] if len(words.strip()) > LONGEST_WORDS else []
