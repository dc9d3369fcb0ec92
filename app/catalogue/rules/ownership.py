"""Ownership (产权): shares that add up to exactly 100 % at every instant, and the parties a thing takes from above it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.foundation.refusal import Invalid, Reason

WHOLE = 10_000
"""All of a thing, in hundredths of a percent: the unit in which shares are kept."""

PARTS = ("host", "operator", "keeper")
MOST_STAKES = 200


@dataclass(frozen=True, slots=True)
class Stake:
    """A member's share (hundredths of a percent) on the days [from_on, until_on); without an end it goes on."""

    member_id: int
    share: int
    from_on: date
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class SharesNotWhole(Reason):
    """On the days [from_on, until_on) the shares make `share` hundredths of a percent instead of 10,000."""

    code = "shares_not_whole"
    kind = "invalid"
    from_on: date
    until_on: date | None
    share: int


@dataclass(frozen=True, slots=True)
class OwnerTwice(Reason):
    """One member has two shares at the same time, from `from_on` on."""

    code = "owner_twice"
    kind = "invalid"
    member_id: int
    from_on: date


def reasons_against_stakes(stakes: Sequence[Stake]) -> list[Reason]:
    """Every reason why these cannot be the owners of one thing; none at all is no reason (it takes those above it).

    From the first day on the shares make the whole on each day, for ever; one member holds one share at a time.
    """
    found: list[Reason] = []
    if len(stakes) > MOST_STAKES:
        return [Invalid("share", "too_many")]
    for stake in stakes:
        if not 1 <= stake.share <= WHOLE:
            found.append(Invalid("share", "out_of_range"))
        if stake.until_on is not None and stake.until_on <= stake.from_on:
            found.append(Invalid("until_on", "backward"))
    if found:
        return list(dict.fromkeys(found))
    found += [SharesNotWhole(start, end, total) for start, end, total in stretches(stakes) if total != WHOLE]
    found += [OwnerTwice(member_id, day) for member_id, day in _doubled(stakes)]
    return found


def stretches(stakes: Iterable[Stake]) -> list[tuple[date, date | None, int]]:
    """The days from the first stake on, cut where the sum of shares changes: (from, until, sum). The last has no end."""
    changes: dict[date, int] = {}
    for stake in stakes:
        changes[stake.from_on] = changes.get(stake.from_on, 0) + stake.share
        if stake.until_on is not None:
            changes[stake.until_on] = changes.get(stake.until_on, 0) - stake.share
    result: list[tuple[date, date | None, int]] = []
    total = 0
    for day in sorted(changes):
        before, total = total, total + changes[day]
        if result and before == total:
            continue
        if result:
            result[-1] = (result[-1][0], day, before)
        result.append((day, None, total))
    return result


def owners_on(day: date, *levels: Sequence[Stake]) -> tuple[Stake, ...]:
    """Who owns on a day: the thing's own stakes if it has any then, else those of the lab, else those of the base."""
    for stakes in levels:
        there = tuple(stake for stake in stakes if stake.holds(day))
        if there:
            return tuple(sorted(there, key=lambda stake: (-stake.share, stake.member_id)))
    return ()


def parties(*levels: Mapping[str, int]) -> dict[str, int]:
    """Host, operator and keeping member of a thing: its own where it has one, else from the next level up."""
    found: dict[str, int] = {}
    for level in levels:
        for part in PARTS:
            if part in level:
                found.setdefault(part, level[part])
    return found


def _doubled(stakes: Sequence[Stake]) -> list[tuple[int, date]]:
    found = []
    last: dict[int, Stake] = {}
    for stake in sorted(stakes, key=lambda stake: (stake.member_id, stake.from_on)):
        before = last.get(stake.member_id)
        if before is not None and (before.until_on is None or stake.from_on < before.until_on):
            found.append((stake.member_id, stake.from_on))
        last[stake.member_id] = stake
    return found
