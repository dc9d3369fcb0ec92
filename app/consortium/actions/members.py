"""What people can do about member organisations: add one, change it, note that it leaves."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime

from app.consortium.rules.membership import (
    KeptMember,
    MemberForm,
    of_member,
    reasons_against_leaving,
    reasons_against_member,
)
from app.consortium.rules.office import NOBODY, Actor
from app.consortium.rules.permission import may
from app.consortium.store import members as store
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Refused
from app.trail import actions as trail


def add(actor: Actor | None, form: MemberForm, now: datetime) -> int:
    """A new member organisation; its id. No actor: a command on the server. Raises Refused(Invalid, NotAllowed)."""
    if actor and not may(actor, "member.add"):
        raise Refused(NotAllowed("member.add"))
    form = tidy(form)
    if reasons := reasons_against_member(form, None):
        raise Refused(reasons)
    member_id = store.add(form)
    _tell(actor, "member.add", member_id, now, None, asdict(form))
    return member_id


def found(form: MemberForm, now: datetime) -> int:
    """A member added at the server's command line, for the first administrator to act for. Raises Refused(Invalid)."""
    form = tidy(form)
    if reasons := reasons_against_member(form, None):
        raise Refused(reasons)
    member_id = store.add(form)
    _tell(NOBODY, "member.add", member_id, now, None, asdict(form))
    return member_id


def change(actor: Actor, member_id: int, version: int, form: MemberForm, now: datetime) -> None:
    """New words about a member. Raises Refused(NotFound, NotAllowed, ChangedMeanwhile, Invalid)."""
    kept = _kept(actor, member_id, "member.change")
    form = tidy(form)
    if form.is_outside != kept.is_outside and not may(actor, "member.add"):
        raise Refused(NotAllowed("member.add"))
    if reasons := reasons_against_member(form, kept.left_on):
        raise Refused(reasons)
    if not store.keep(member_id, version, form):
        raise Refused(ChangedMeanwhile(kept.version))
    _tell(actor, "member.change", member_id, now, asdict(kept), asdict(form))


def leave(actor: Actor, member_id: int, version: int, left_on: date | None, now: datetime) -> None:
    """From `left_on` the member is no longer part of the consortium, and nobody acts for it; None takes that back.

    Its history stays. Raises Refused(NotFound, NotAllowed, ChangedMeanwhile, Invalid).
    """
    kept = _kept(actor, member_id, "member.leave")
    if left_on is not None and (reasons := reasons_against_leaving(kept.joined_on, left_on)):
        raise Refused(reasons)
    if not store.set_left_on(member_id, version, left_on):
        raise Refused(ChangedMeanwhile(kept.version))
    _tell(actor, "member.leave", member_id, now, {"left_on": kept.left_on}, {"left_on": left_on})


def tidy(form: MemberForm) -> MemberForm:
    """Without blanks around the words; the code in capitals, so that no two differ in case only."""
    return replace(form, code=form.code.strip().upper(), name_zh=form.name_zh.strip(), name_en=form.name_en.strip())


def _kept(actor: Actor, member_id: int, deed: str) -> KeptMember:
    kept = store.find(member_id, lock=True)
    if kept is None:
        raise Refused(NotFound())
    if not may(actor, deed, of_member(member_id)):
        raise Refused(NotAllowed(deed))
    return kept


def _tell(actor: Actor | None, deed: str, member_id: int, now: datetime, before: object, after: object) -> None:
    trail.record_by(
        actor,
        deed,
        now=now,
        kind="member",
        object_id=member_id,
        before=before,
        after=after,
    )
