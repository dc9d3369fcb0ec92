"""Personal tokens: keys for programs, with chosen rights and an end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.consortium.rules.office import Actor
from app.consortium.rules.permission import RIGHTS, Placement, may
from app.consortium.store import tokens as store
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import Invalid, NotAllowed, NotFound, Refused
from app.trail import actions as trail

LONGEST_LIFE = timedelta(days=365)


def make_token(
    actor: Actor, name: str, rights: Sequence[str], *, token: str, expires_at: datetime, now: datetime
) -> int:
    """Keep the hash of a new token for the actor herself; its id. `token` is shown once and never kept.

    Raises Refused(Invalid) for an empty name, an unknown right or none, an end in the past or over a year away.
    """
    if not may(actor, "token.change", Placement(holder_ids=frozenset({actor.person_id}))):
        raise Refused(NotAllowed("token.change"))
    return _keep(actor, actor.person_id, name, rights, token, expires_at, now)


def make_token_for(
    person_id: int, name: str, rights: Sequence[str], *, token: str, expires_at: datetime, now: datetime
) -> int:
    """The same by an operator at the command line, who acts as nobody of the consortium."""
    return _keep(None, person_id, name, rights, token, expires_at, now)


def revoke_token(actor: Actor, token_id: int, now: datetime) -> None:
    """End one of the actor's own tokens at once. Raises Refused(NotFound) for others' and for ended ones."""
    if not may(actor, "token.change", Placement(holder_ids=frozenset({actor.person_id}))):
        raise Refused(NotAllowed("token.change"))
    if not store.revoke(actor.person_id, token_id, now):
        raise Refused(NotFound())
    trail.record_by(
        actor,
        "token.revoke",
        now=now,
        kind="api_token",
        object_id=token_id,
    )


def _keep(
    actor: Actor | None,
    person_id: int,
    name: str,
    rights: Sequence[str],
    token: str,
    expires_at: datetime,
    now: datetime,
) -> int:
    wrong = []
    if not name.strip():
        wrong.append(Invalid("token_name", "missing"))
    elif len(name.strip()) > 80:
        wrong.append(Invalid("token_name", "too_long"))
    if not rights:
        wrong.append(Invalid("rights", "missing"))
    elif not set(rights) <= set(RIGHTS):
        wrong.append(Invalid("rights", "unknown"))
    if expires_at <= now:
        wrong.append(Invalid("expires_on", "past"))
    elif expires_at > now + LONGEST_LIFE + timedelta(days=1):
        wrong.append(Invalid("expires_on", "over_a_year"))
    if wrong:
        raise Refused(wrong)
    chosen = [right for right in RIGHTS if right in rights]
    token_id = store.add(person_id, secret_hash(token), name.strip(), " ".join(chosen), now, expires_at)
    trail.record_by(
        actor,
        "token.make",
        now=now,
        kind="api_token",
        object_id=token_id,
        after={"person": person_id, "name": name.strip(), "rights": chosen, "expires_at": expires_at},
    )
    return token_id
