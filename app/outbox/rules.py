"""What a message is: to whom, which template, which plain facts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person. `occasion` names the change it tells of; it makes the mark, so a repeat is the same."""

    person_id: int
    template: str
    occasion: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        return hashlib.sha256(f"{self.person_id}/{self.template}/{self.occasion}".encode()).hexdigest()[:40]
