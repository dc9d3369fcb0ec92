"""What people can ask of the trail: record a deed, verify the chains, do a keyed request once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from app.foundation.identifiers import canonical, secret_hash
from app.foundation.refusal import KeyUsedOtherwise, Refused
from app.trail import store
from app.trail.rules import FIRST_HASH, Deed, chain_of, faults, seal


class Doer(Protocol):
    """Whoever does a deed, as far as the trail cares."""

    @property
    def person_id(self) -> int: ...

    @property
    def member_id(self) -> int | None: ...

    @property
    def address(self) -> str: ...


def record(
    deed: str,
    *,
    now: datetime,
    person_id: int | None,
    member_id: int | None = None,
    address: str = "",
    kind: str = "",
    object_id: int | None = None,
    before: Any = None,
    after: Any = None,
    result: str = "done",
) -> None:
    """Add one entry, in the transaction of the change itself. Call it last: it locks the end of a chain."""
    entry = Deed(
        at=now,
        person_id=person_id,
        member_id=member_id,
        address=address,
        deed=deed,
        object_kind=kind,
        object_id=object_id,
        before=canonical(before),
        after=canonical(after),
        result=result,
    )
    chain = chain_of(person_id)
    length, last_hash = store.chain_end(chain)
    store.append(chain, seal(entry, length + 1, last_hash))


def record_by(
    who: Doer | None,
    deed: str,
    *,
    now: datetime,
    kind: str,
    object_id: int | None,
    before: Any = None,
    after: Any = None,
    result: str = "done",
) -> None:
    """The same for somebody's deed: who she is, for which member and from where stand in the entry. Nobody: a command."""
    record(
        deed,
        now=now,
        person_id=who.person_id if who else None,
        member_id=who.member_id if who else None,
        address=who.address if who else "",
        kind=kind,
        object_id=object_id,
        before=before,
        after=after,
        result=result,
    )


def verify() -> list[str]:
    """Every fault in the chains, as `chain/place`; an empty list means that nothing was changed or removed."""
    found = []
    for chain, length, last_hash in store.chains():
        place, previous = 0, FIRST_HASH
        for entry in store.sealed_entries(chain):
            found += [f"{chain}/{broken}" for broken in faults([entry], place, previous)]
            place, previous = entry.place, entry.hash
        if (place, previous) != (length, last_hash):
            found.append(f"{chain}/end")
    return found


def once(
    person_id: int, key: str | None, content: Any, now: datetime, do: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Do a keyed request once: the answer, and whether it is a repeat of an earlier one.

    Raises Refused(KeyUsedOtherwise) when the key came with other content before. Without a key it is simply done.
    """
    if not key:
        return do(), False
    body_hash = secret_hash(canonical(content))
    if not store.claim(person_id, key, body_hash, now):
        earlier = store.receipt(person_id, key)
        if earlier is None or earlier[0] != body_hash or earlier[1] is None:
            raise Refused(KeyUsedOtherwise())
        return json.loads(earlier[1]), True
    answer = do()
    store.keep_answer(person_id, key, canonical(answer))
    return answer, False
