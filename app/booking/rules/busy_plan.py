"""What of an uploaded calendar is new, moved, gone, changed by hand here, or in the way of something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.booking.rules.busy import Choices, Entry, Reading, print_of, title_for, uid_print
from app.foundation.refusal import Reason
from app.foundation.timespan import EARLIEST, LATEST, Span, local_day

MOST_CHANGES = 2_000
"""Changes that one upload may make; a shorter time makes it fewer."""

ADD, MOVE, REMOVE, CLASH, EDITED, BAD, CUT = "add", "move", "remove", "clash", "edited", "bad", "cut"
CHANGES = (REMOVE, MOVE, ADD)
"""In the order in which they are made: what frees time comes first."""


@dataclass(frozen=True, slots=True)
class TooManyChanges(Reason):
    """The calendar would change `count` entries at once; `most` are possible."""

    code = "too_many_changes"
    kind = "invalid"
    count: int
    most: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry of this calendar as it stands here. `says` is the print of what the file last said of it."""

    thing_id: int
    version: int
    uid: str
    occurrence: str
    says: str
    span: Span
    title: str
    is_over: bool
    """Lifted or cancelled by hand here."""
    is_altered: bool = False
    """Its place or the number of its dates was changed by hand here."""
    date_id: int = 0

    @property
    def is_edited(self) -> bool:
        return self.is_over or self.is_altered or self.says != print_of(self.span, self.title)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the plan. `standing` is what stands now, `entry` what the file says."""

    what: str
    entry: Entry | None = None
    standing: Standing | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def row(self) -> int:
        return self.entry.row if self.entry else 0

    @property
    def start(self) -> datetime:
        if self.entry is not None:
            return self.entry.span.start
        return self.standing.span.start if self.standing else EARLIEST


@dataclass(slots=True)
class Plan:
    """What applying a file would do."""

    steps: list[Step] = field(default_factory=list)
    same: int = 0

    def of(self, what: str) -> list[Step]:
        return [step for step in self.steps if step.what == what]

    @property
    def changes(self) -> list[Step]:
        """What is to be done, in an order in which none stands in the next one's way: what goes makes room, then what moves.

        What moves earlier begins with the first, what moves later with the last, so that a whole row can be shifted.
        """
        moves = self.of(MOVE)
        earlier = [step for step in moves if step.standing and step.start <= step.standing.span.start]
        later = [step for step in moves if step not in earlier]
        return [*self.of(REMOVE), *earlier, *reversed(later), *self.of(ADD)]


def plan(choices: Choices, reading: Reading, standing: Sequence[Standing], last: datetime = LATEST) -> Plan:
    """What makes the place equal to the file: same entries stay, others move, come or go; edits by hand are kept.

    Entries of a bad UID are left as they stand, and so is what begins at `last` or later. A repeated entry whose times
    were all moved is recognised by its UID: its times move in order, those that stay on their day first.
    """
    found = Plan()
    bad = {uid_print(each.uid) for each in reading.bad}
    known = {(each.uid, each.occurrence): each for each in standing if each.span.start < last}
    left: dict[str, list[Entry]] = {}
    for entry in reading.entries:
        uid = uid_print(entry.uid)
        if uid in bad:
            continue
        here = known.pop((uid, entry.occurrence), None)
        if here is None:
            left.setdefault(uid, []).append(entry)
        else:
            _compare(found, choices, entry, here)
    gone: dict[str, list[Standing]] = {}
    for here in known.values():
        if here.uid not in bad:
            gone.setdefault(here.uid, []).append(here)
    for uid, entries in left.items():
        for entry, match in _paired(entries, [each for each in gone.get(uid, ()) if not each.is_edited]):
            if match is None:
                found.steps.append(Step(ADD, entry))
            else:
                gone[uid].remove(match)
                _compare(found, choices, entry, match)
    for here in (each for several in gone.values() for each in several):
        if not here.is_over:
            found.steps.append(Step(EDITED if here.is_edited else REMOVE, standing=here))
    found.steps.sort(key=lambda step: (step.start, step.row))
    return found


def _compare(found: Plan, choices: Choices, entry: Entry, here: Standing) -> None:
    says = print_of(entry.span, title_for(choices, entry))
    if says == here.says:
        found.same += 1
        if here.is_edited:
            found.steps.append(Step(EDITED, entry, here))
    elif here.is_edited:
        found.steps.append(Step(EDITED, entry, here))
    else:
        found.steps.append(Step(MOVE, entry, here))


def _paired(entries: Sequence[Entry], here: Sequence[Standing]) -> Iterable[tuple[Entry, Standing | None]]:
    by_day = {local_day(each.span.start): each for each in here}
    rest: list[Entry] = []
    used: set[int] = set()
    for entry in sorted(entries, key=lambda each: each.span):
        match = by_day.get(local_day(entry.span.start))
        if match is not None and match.thing_id not in used:
            used.add(match.thing_id)
            yield entry, match
        else:
            rest.append(entry)
    free = sorted((each for each in here if each.thing_id not in used), key=lambda each: each.span)
    for number, entry in enumerate(rest):
        yield entry, free[number] if number < len(free) else None


def with_clashes(planned: Plan, reasons: Mapping[int, Sequence[Reason]]) -> Plan:
    """The plan with the steps that something stands against (by their place in it) turned into clashes."""
    steps = [
        replace(step, what=CLASH, reasons=tuple(reasons[number])) if reasons.get(number) else step
        for number, step in enumerate(planned.steps)
    ]
    return Plan(steps, planned.same)
