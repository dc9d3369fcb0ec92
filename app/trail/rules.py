"""How the trail is sealed: each entry's hash covers its content and the hash before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from app.foundation.identifiers import canonical

CHAINS = 16
"""Entries hang in one of so many chains, by who acted, so that people do not queue for one chain's end."""

FIRST_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done. `before` and `after` are canonical JSON texts."""

    at: datetime
    person_id: int | None
    member_id: int | None
    address: str
    deed: str
    object_kind: str
    object_id: int | None
    before: str
    after: str
    result: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A deed in its place in a chain; places count from 1 without gaps."""

    deed: Deed
    place: int
    previous_hash: str
    hash: str


def chain_of(person_id: int | None) -> int:
    return (person_id or 0) % CHAINS


def seal(deed: Deed, place: int, previous_hash: str) -> Sealed:
    return Sealed(deed, place, previous_hash, _hash(deed, place, previous_hash))


def faults(entries: list[Sealed], place: int = 0, previous_hash: str = FIRST_HASH) -> list[int]:
    """The places whose entry was changed, or before which one is missing; empty means whole."""
    broken = []
    for entry in entries:
        place += 1
        if (
            entry.place != place
            or entry.previous_hash != previous_hash
            or entry.hash != _hash(entry.deed, entry.place, entry.previous_hash)
        ):
            broken.append(entry.place)
            place = entry.place
        previous_hash = entry.hash
    return broken


def _hash(deed: Deed, place: int, previous_hash: str) -> str:
    content = [
        previous_hash,
        place,
        deed.at.astimezone(UTC).isoformat(timespec="microseconds"),
        deed.person_id,
        deed.member_id,
        deed.address,
        deed.deed,
        deed.object_kind,
        deed.object_id,
        deed.before,
        deed.after,
        deed.result,
    ]
    return hashlib.sha256(canonical(content).encode()).hexdigest()
