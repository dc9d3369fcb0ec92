"""What people can do about their own account: set a password, change their words, sign devices out, take their records."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.consortium.actions.entry import Checked, proved
from app.consortium.actions.people import tidy
from app.consortium.rules.entry import LinkSpent, LockedOut, WrongPassword
from app.consortium.rules.membership import PersonForm, reasons_against_person
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.consortium.store import credentials, offices
from app.consortium.store import entry as entry_store
from app.consortium.store import people as store
from app.consortium.store import tokens as tokens_store
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.trail import actions as trail

LOCALES = ("zh", "en")


def set_password_by_link(link: str, password_hash: str, *, address: str, now: datetime) -> int:
    """Use a link up: the new password stands, every device is signed out; whose it was.

    Judging and hashing the password came before, outside the transaction. Raises Refused(LinkSpent).
    """
    person_id = credentials.spend_link(secret_hash(link), now)
    kept = store.find(person_id, lock=True) if person_id else None
    if kept is None or kept.disabled_at:
        raise Refused(LinkSpent())
    credentials.keep_password(kept.id, password_hash, now)
    credentials.close_links(kept.id, now)
    entry_store.end_sign_ins(person_id=kept.id, now=now)
    trail.record(
        "password.set_by_link",
        now=now,
        person_id=kept.id,
        address=address[:64],
        kind="person",
        object_id=kept.id,
        after={"first": not kept.has_password},
    )
    return kept.id


def change_password(
    actor: Actor, sign_in_id: int | None, checked: Checked, password_hash: str, *, address: str, now: datetime
) -> Reason | None:
    """A new password; every other device is signed out, tokens and calendar addresses made before open nothing.

    `checked` is what comparing the old password gave. Answers with the reason why not, for a wrong one is counted as at
    the door: WrongPassword, LockedOut. Raises Refused(NotAllowed).
    """
    _own(actor)
    reason, _ = proved(checked, address, now)
    if reason is not None or checked.person_id != actor.person_id:
        result = "locked" if isinstance(reason, LockedOut) else "failed"
        trail.record_by(actor, "password.change", now=now, kind="person", object_id=actor.person_id, result=result)
        return reason or WrongPassword()
    credentials.keep_password(actor.person_id, password_hash, now)
    entry_store.end_sign_ins(person_id=actor.person_id, now=now, except_for=sign_in_id)
    credentials.close_links(actor.person_id, now)
    _tell(actor, "password.change", now, "person", actor.person_id)
    return None


def change_words(actor: Actor, version: int, name: str, phone: str, locale: str, now: datetime) -> None:
    """Own name, telephone and language of messages. Raises Refused(Invalid, ChangedMeanwhile, NotAllowed)."""
    _own(actor)
    kept = store.find(actor.person_id, lock=True)
    if kept is None:
        raise Refused(NotFound())
    form = tidy(PersonForm(kept.email, name, phone))
    reasons = reasons_against_person(form)
    if locale not in LOCALES:
        reasons.append(Invalid("locale", "unknown"))
    if reasons:
        raise Refused(reasons)
    if not store.keep(actor.person_id, version, form, locale):
        raise Refused(ChangedMeanwhile(kept.version))
    before = {"name": kept.name, "phone": kept.phone, "locale": kept.locale}
    after = {"name": form.name, "phone": form.phone, "locale": locale}
    _tell(actor, "account.change", now, "person", actor.person_id, before, after)


def sign_device_out(actor: Actor, sign_in_id: int, now: datetime) -> None:
    """Sign one of the actor's own devices out. Raises Refused(NotFound) for others' and for ended ones."""
    _own(actor)
    if not entry_store.end_sign_ins(person_id=actor.person_id, now=now, only=sign_in_id):
        raise Refused(NotFound())
    _tell(actor, "sign_out.device", now, "sign_in", sign_in_id)


def sign_others_out(actor: Actor, sign_in_id: int | None, now: datetime) -> int:
    """Sign every other device out; how many there were. Where there is none, nothing changes."""
    _own(actor)
    ended = entry_store.end_sign_ins(person_id=actor.person_id, now=now, except_for=sign_in_id)
    if ended:
        _tell(actor, "sign_out.others", now, "person", actor.person_id, after={"devices": ended})
    return len(ended)


def own_records(actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything the consortium keeps about the actor herself (PIPL art. 45: access and copy)."""
    kept = store.find(actor.person_id)
    assert kept
    ever = datetime.min.replace(tzinfo=now.tzinfo)
    return {
        "person": asdict(kept),
        "appointments": [asdict(each) for each in offices.offices_of([actor.person_id])[actor.person_id]],
        "devices": [asdict(each) for each in entry_store.devices(actor.person_id, ever, ever)],
        "tokens": [asdict(each) for each in tokens_store.tokens_of(actor.person_id, now)],
    }


def _own(actor: Actor) -> None:
    if not may(actor, "account.change", Placement(holder_ids=frozenset({actor.person_id}))):
        raise Refused(NotAllowed("account.change"))


def _tell(
    actor: Actor, deed: str, now: datetime, kind: str, object_id: int, before: object = None, after: object = None
) -> None:
    trail.record_by(actor, deed, now=now, kind=kind, object_id=object_id, before=before, after=after)
