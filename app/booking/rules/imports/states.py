"""States of an import, and the reason why something cannot be done in one of them."""

from __future__ import annotations

from dataclasses import dataclass

from app.foundation.refusal import Reason

STATES = ("read", "planned", "applying", "applied", "dropped")
"""Kept but not understood yet; looked at; being applied step by step; done; left alone."""


@dataclass(frozen=True, slots=True)
class NotThatFar(Reason):
    """The import is not in a state in which this can be done; `state` says which it is in."""

    code = "import_state"
    kind = "stale"
    state: str
