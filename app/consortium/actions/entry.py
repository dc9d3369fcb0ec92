"""Coming in and going out: recognise a cookie or token, sign in and out, choose whom to act for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.consortium.actions import passwords
from app.consortium.rules import entry as rules
from app.consortium.rules.entry import Endurance, LockedOut, WrongPassword
from app.consortium.rules.office import Presence
from app.consortium.rules.passwords import is_too_old
from app.consortium.store import credentials
from app.consortium.store import entry as store
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import NotFound, Reason, Refused
from app.foundation.timespan import local_day
from app.trail import actions as trail

LONGEST_SECRET = 200
DEVICE_ROWS_KEPT = timedelta(days=30)
LINK_LIVES = timedelta(days=7)


def new_secret() -> str:
    """256 random bits, as text that fits a cookie and an address."""
    return secrets.token_urlsafe(32)


# ── who is asking ──


def recognise_cookie(cookie: str, now: datetime, address: str, endurance: Endurance) -> Presence | None:
    """Who is signed in with this cookie; None when it was signed out, has run out, or the account is closed."""
    if not _could_be_secret(cookie):
        return None
    found = store.presence_by_cookie(secret_hash(cookie), local_day(now), address)
    if found is None:
        return None
    present, started_at = found
    assert present.seen_at
    return None if rules.is_over(started_at, present.seen_at, endurance, now) else present


def recognise_token(token: str, now: datetime, address: str) -> Presence | None:
    """Whose personal token this is; None when it is revoked, has run out, or the account is closed."""
    if not _could_be_secret(token):
        return None
    return store.presence_by_token(secret_hash(token), local_day(now), now, address)


def needs_noting(present: Presence, now: datetime) -> bool:
    """Whether this use should be noted: a device's or a token's last use is kept to the minute."""
    return present.seen_at is None or now >= present.seen_at + rules.SEEN_EVERY


def note_use(present: Presence, now: datetime) -> None:
    """Note that the device or token was used now. No deed, so it leaves no trail."""
    if present.sign_in_id is not None:
        store.note_device_seen(present.sign_in_id, now)
    elif present.token_id is not None:
        store.note_token_used(present.token_id, now)


# ── signing in and out ──


@dataclass(frozen=True, slots=True)
class Checked:
    """What comparing a password gave, before the transaction that lets the person in."""

    email: str
    person_id: int | None
    password_hash: str
    is_right: bool
    stronger_hash: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """How a sign-in ended: a reason why not; else the person is in, or must first set a new password by `link`."""

    person_id: int | None = None
    reason: Reason | None = None
    link: str = ""
    locale: str = "zh"


def check_password(email: str, password: str, now: datetime, address: str, *, cheap: bool) -> Checked:
    """Compare, reading only. While the door is locked nothing is compared: a guess then tells nothing."""
    email = plain_email(email)
    whos = _whos(email, address)
    locked = any(rules.is_locked(each, now) for each in credentials.failures(list(whos)).values())
    found = None if locked else credentials.credentials(email)
    password_hash = found[1] if found else ""
    is_right = not locked and passwords.matches(password_hash, password, cheap=cheap)
    stronger = ""
    if is_right and passwords.is_outdated(password_hash, cheap=cheap):
        stronger = passwords.hashed(password, cheap=cheap)
    return Checked(email, found[0] if found else None, password_hash, is_right, stronger)


def sign_in(
    checked: Checked, *, cookie: str, device: str, address: str, now: datetime, policy: str, link: str = ""
) -> Entered:
    """Let the person in, or count the failure; one entry in the trail either way.

    Answers instead of raising, because a failure is kept too. `link` becomes a single-use link to a new password
    where the policy says the old one is too old.
    """
    reason, kept = proved(checked, address, now)
    if reason is not None or kept is None:
        _tell(checked, now, address, "locked" if isinstance(reason, LockedOut) else "failed")
        return Entered(reason=reason)
    assert checked.person_id
    if checked.stronger_hash:
        credentials.keep_stronger_hash(checked.person_id, checked.stronger_hash)
    if is_too_old(kept[1], policy, now):
        credentials.close_links(checked.person_id, now)
        credentials.add_link(checked.person_id, secret_hash(link), checked.person_id, now, now + timedelta(minutes=30))
        _tell(checked, now, address, "too_old")
        return Entered(checked.person_id, link=link)
    present = store.presence_of(checked.person_id, None, local_day(now))
    store.forget_old_sign_ins(checked.person_id, now - DEVICE_ROWS_KEPT)
    sign_in_id = store.add_sign_in(
        checked.person_id,
        secret_hash(cookie),
        present.actor.member_id if present else None,
        device[:200],
        address[:64],
        now,
    )
    trail.record(
        "sign_in",
        now=now,
        person_id=checked.person_id,
        member_id=present.actor.member_id if present else None,
        address=address[:64],
        kind="sign_in",
        object_id=sign_in_id,
        after={"device": device[:200]},
    )
    return Entered(checked.person_id, locale=present.locale if present else "zh")


def proved(checked: Checked, address: str, now: datetime) -> tuple[Reason | None, credentials.Password | None]:
    """Why a compared password proves nothing (LockedOut; WrongPassword, which is counted), else the password as it is kept.

    Where it is right the account's failures are forgotten. Whoever asks tells the trail.
    """
    whos = _whos(checked.email, address)
    counted = credentials.hold_failures(list(whos), now)
    closed_until = [each.locked_until for each in counted.values() if rules.is_locked(each, now)]
    if closed_until:
        return LockedOut(max(each for each in closed_until if each)), None
    kept = credentials.password_of(checked.person_id) if checked.person_id else None
    if not checked.is_right or kept is None or kept[0] != checked.password_hash or not kept[2]:
        for who, throttle in whos.items():
            credentials.keep_failures(who, rules.after_failure(counted.get(who), throttle, now))
        credentials.forget_failures_before(now - timedelta(days=1))
        return WrongPassword(), None
    credentials.forget_failures(_account(checked.email))
    return None, kept


def sign_out(present: Presence, now: datetime) -> None:
    """End this device's sign-in."""
    assert present.sign_in_id
    store.end_sign_ins(person_id=present.person_id, now=now, only=present.sign_in_id)
    trail.record(
        "sign_out",
        now=now,
        person_id=present.person_id,
        member_id=present.actor.member_id,
        address=present.address[:64],
        kind="sign_in",
        object_id=present.sign_in_id,
    )


def act_for(present: Presence, member_id: int, now: datetime) -> None:
    """From now on this device acts for that member. Raises Refused(NotFound) where she holds no office there.

    Choosing the same member again changes nothing and leaves no entry.
    """
    if present.sign_in_id is None or present.acting_for(member_id) is None:
        raise Refused(NotFound())
    before = store.acting_member_of(present.sign_in_id)
    if before == member_id:
        return
    store.set_acting(present.sign_in_id, member_id)
    trail.record(
        "sign_in.act_for",
        now=now,
        person_id=present.person_id,
        member_id=member_id,
        address=present.address[:64],
        kind="sign_in",
        object_id=present.sign_in_id,
        before={"member": before},
        after={"member": member_id},
    )


def plain_email(email: str) -> str:
    return email.strip().lower()


def _tell(checked: Checked, now: datetime, address: str, result: str) -> None:
    trail.record(
        "sign_in",
        now=now,
        person_id=None,
        address=address[:64],
        kind="person",
        object_id=checked.person_id,
        after={"name": checked.email[:200]},
        result=result,
    )


def _account(email: str) -> str:
    return secret_hash(f"account {email}")


def _whos(email: str, address: str) -> dict[str, rules.Throttle]:
    return {_account(email): rules.PER_ACCOUNT, secret_hash(f"address {address}"): rules.PER_ADDRESS}


def _could_be_secret(text: str) -> bool:
    return text.isascii() and 20 <= len(text) <= LONGEST_SECRET
