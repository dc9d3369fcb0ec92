"""What a message is: to whom, which template, which plain facts; and which kind of news its template brings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DIGEST = "outbox/digest"
"""The template of the daily digest; it is a mail only, never a notice."""
HANDED_OVER = "booking/handed_over"
"""To whom the booking was: its dates leave her calendar."""
TRIAL = "outbox/trial"
"""What a robot says when somebody tries it."""

KINDS = ("request", "answer", "change", "own", "other")
"""What people choose by: what waits for one's own answer, answers to requests, changes by others, what one did oneself,
everything else."""

_KIND_OF = {
    "booking/approved": "answer",
    "booking/granted_by_silence": "answer",
    "booking/refused": "answer",
    "booking/refused_taken": "answer",
    "booking/refused_unqualified": "answer",
    "booking/refused_unanswered": "answer",
    "booking/other_time": "answer",
    "booking/other_time_declined": "answer",
    "booking/to_decide": "request",
    "booking/escalated": "request",
    "booking/stand_in": "answer",
    "booking/changed": "change",
    "booking/cancelled": "change",
    "booking/asked": "own",
    "booking/confirmed": "own",
    HANDED_OVER: "answer",
    "booking/taken_over": "own",
    "booking/swapped": "answer",
    "waiting/offered": "answer",
    "waiting/declined": "own",
    "waiting/expired": "answer",
    "displacing/displaced": "answer",
    "displacing/appealed": "request",
    "displacing/answered": "answer",
    "passing/hand_over": "answer",
    "passing/swap": "answer",
    "passing/declined": "answer",
    "consortium/qualified": "answer",
    "consortium/revoked": "change",
    "consortium/ending": "other",
    "consortium/agreement_ending": "other",
    "usage/released": "change",
    "usage/excused": "answer",
    "consortium/restricted": "answer",
    "consortium/lifted": "answer",
    "consortium/appeal_upheld": "answer",
    "consortium/appeal_refused": "answer",
    "fault/confirmed": "answer",
    "fault/dismissed": "answer",
    "fault/repaired": "answer",
    "fault/yours_is_hit": "change",
    "fault/moved": "change",
    "fault/works_again": "change",
}


CALM = frozenset({"usage/judged"})
"""News that interrupts nobody: it is told in the daily digest, unless even that is not wanted."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person. `occasion` names the change it tells of; it makes the mark, so a repeat is the same."""

    person_id: int
    template: str
    occasion: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        return mark_of(f"{self.person_id}/{self.template}/{self.occasion}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is kept."""

    id: int
    mark: str
    person_id: int
    template: str
    occasion: str
    facts: dict[str, Any]
    posted_at: datetime
    read_at: datetime | None = None

    @property
    def kind(self) -> str:
        return kind_of(self.template, self.facts, self.person_id)

    @property
    def booking_id(self) -> int | None:
        """The booking it tells of, where it tells of one."""
        number = self.facts.get("booking")
        return number if isinstance(number, int) else None


def mark_of(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:40]


def kind_of(template: str, facts: dict[str, Any], person_id: int) -> str:
    """The kind of news. What somebody changed herself is her own doing, whatever the template."""
    kind = _KIND_OF.get(template, "other")
    return "own" if kind == "change" and facts.get("by") == person_id else kind
