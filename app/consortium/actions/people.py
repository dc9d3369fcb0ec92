"""What people can do about people: invite, change, close and open accounts, give and end offices, make links.

An actor of None is whoever works at the server's command line: may do all, holds no account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from app.consortium.actions.entry import LINK_LIVES, plain_email
from app.consortium.rules.membership import (
    AccountClosed,
    KeptOffice,
    KeptPerson,
    NotYourself,
    OfficeForm,
    PersonForm,
    as_changed_by,
    as_seen_by,
    deed_to_appoint,
    end_of,
    of_member,
    reasons_against_office,
    reasons_against_person,
)
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.store import credentials, offices
from app.consortium.store import entry as entry_store
from app.consortium.store import members as members_store
from app.consortium.store import people as store
from app.consortium.store import tokens as tokens_store
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import local_day
from app.trail import actions as trail


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was invited, and whether the link is good for anything: she may have had an account already."""

    person_id: int
    is_new: bool


def invite(
    actor: Actor | None, form: PersonForm, office: OfficeForm, *, link: str, locale: str, now: datetime
) -> Invited:
    """An account and its first office; `link` lets her set a password once, within a week.

    Where somebody with this e-mail is here already she gets the office, and the link opens nothing.
    Raises Refused(Invalid, NotAllowed, AlreadyHolds, AccountClosed).
    """
    _may_appoint(actor, office, "person.invite")
    form = tidy(form)
    member = members_store.find(office.member_id, lock=True)
    known = store.person_id_of(form.email)
    kept = store.find(known, lock=True) if known else None
    held = offices.offices_of([known])[known] if known else []
    reasons = reasons_against_person(form)
    reasons += reasons_against_office(office, held, member)
    if reasons:
        raise Refused(reasons)
    if known:
        assert kept
        if kept.disabled_at:
            raise Refused(AccountClosed())
        office_id = offices.appoint(known, office)
        _tell(actor, "appointment.give", now, "appointment", office_id, None, {"person": known, **asdict(office)})
        return Invited(known, is_new=False)
    person_id = store.add(form, locale, now)
    offices.appoint(person_id, office)
    credentials.add_link(person_id, secret_hash(link), actor.person_id if actor else None, now, now + LINK_LIVES)
    _tell(actor, "person.invite", now, "person", person_id, None, {**asdict(form), "office": asdict(office)})
    return Invited(person_id, is_new=True)


def make_link(actor: Actor | None, person_id: int, *, link: str, now: datetime) -> None:
    """A new single-use link to a password, for an invitation gone astray or a forgotten password; older ones are spent.

    Raises Refused(NotFound, NotAllowed, AccountClosed).
    """
    kept, _ = _kept(actor, person_id, "person.change", now)
    if kept.disabled_at:
        raise Refused(AccountClosed())
    credentials.close_links(person_id, now)
    credentials.add_link(person_id, secret_hash(link), actor.person_id if actor else None, now, now + LINK_LIVES)
    _tell(actor, "person.link", now, "person", person_id)


def change(actor: Actor, person_id: int, version: int, form: PersonForm, now: datetime) -> None:
    """New words about a person. Raises Refused(NotFound, NotAllowed, ChangedMeanwhile, Invalid)."""
    kept, _ = _kept(actor, person_id, "person.change", now)
    form = tidy(form)
    if reasons := reasons_against_person(form):
        raise Refused(reasons)
    if not store.keep(person_id, version, form):
        raise Refused(ChangedMeanwhile(kept.version))
    before = {"email": kept.email, "name": kept.name, "phone": kept.phone}
    _tell(actor, "person.change", now, "person", person_id, before, asdict(form))


def disable(actor: Actor, person_id: int, now: datetime) -> None:
    """Close an account at once: devices, tokens, links and calendar addresses open nothing from the next request on.

    Raises Refused(NotFound, NotAllowed, NotYourself). Closing a closed one changes nothing.
    """
    kept, _ = _kept(actor, person_id, "person.disable", now)
    if person_id == actor.person_id:
        raise Refused(NotYourself())
    if kept.disabled_at:
        return
    store.set_disabled(person_id, now)
    entry_store.end_sign_ins(person_id=person_id, now=now)
    credentials.close_links(person_id, now)
    tokens_store.revoke_all(person_id, now)
    _tell(actor, "person.disable", now, "person", person_id)


def enable(actor: Actor, person_id: int, now: datetime) -> None:
    """Open a closed account again; its old devices and tokens stay shut. Raises Refused(NotFound, NotAllowed)."""
    kept, _ = _kept(actor, person_id, "person.disable", now)
    if kept.disabled_at is None:
        return
    store.set_disabled(person_id, None)
    _tell(actor, "person.enable", now, "person", person_id)


def appoint(actor: Actor, person_id: int, office: OfficeForm, now: datetime) -> int:
    """Give an office; its id. Raises Refused(NotFound, NotAllowed, Invalid, AlreadyHolds, AccountClosed)."""
    member = members_store.find(office.member_id, lock=True)
    kept = store.find(person_id, lock=True)
    held = offices.offices_of([person_id])[person_id]
    if kept is None or not may(actor, "person.see", as_seen_by(person_id, held, actor.member_id)):
        raise Refused(NotFound())
    _may_appoint(actor, office, "appointment.change")
    reasons = reasons_against_office(office, held, member)
    if kept.disabled_at:
        reasons.append(AccountClosed())
    if reasons:
        raise Refused(reasons)
    office_id = offices.appoint(person_id, office)
    after = {"person": person_id, **asdict(office)}
    _tell(actor, "appointment.give", now, "appointment", office_id, None, after)
    return office_id


def end_office(actor: Actor, office_id: int, now: datetime) -> int:
    """End an office today: yesterday was its last day. Answers whose it was.

    Raises Refused(NotFound, NotAllowed, NotYourself). Ending an ended one changes nothing.
    """
    office = offices.find_office(office_id)
    if office is not None:
        store.find(office.person_id, lock=True)
        office = offices.find_office(office_id)
    held: Sequence[KeptOffice] = offices.offices_of([office.person_id])[office.person_id] if office else ()
    if office is None or not may(actor, "person.see", as_seen_by(office.person_id, held, actor.member_id)):
        raise Refused(NotFound())
    deed = deed_to_appoint(office.role)
    if not may(actor, deed, of_member(office.member_id)):
        raise Refused(NotAllowed(deed))
    if office.person_id == actor.person_id:
        raise Refused(NotYourself())
    today = local_day(now)
    if office.is_over(today):
        return office.person_id
    until_on = end_of(office, today)
    offices.end_office(office_id, until_on)
    _tell(actor, "appointment.end", now, "appointment", office_id, asdict(office), {"until_on": until_on})
    return office.person_id


def tidy(form: PersonForm) -> PersonForm:
    return PersonForm(plain_email(form.email), form.name.strip(), form.phone.strip())


def _may_appoint(actor: Actor | None, office: OfficeForm, deed: str) -> None:
    if actor is None:
        return
    deeds = {deed, deed_to_appoint(office.role)}
    refused: list[Reason] = [
        NotAllowed(each) for each in sorted(deeds) if not may(actor, each, of_member(office.member_id))
    ]
    if refused:
        raise Refused(refused)


def _kept(actor: Actor | None, person_id: int, deed: str, now: datetime) -> tuple[KeptPerson, list[KeptOffice]]:
    kept = store.find(person_id, lock=True)
    held = offices.offices_of([person_id])[person_id]
    if kept is None:
        raise Refused(NotFound())
    if actor is None:
        return kept, held
    if not may(actor, "person.see", as_seen_by(person_id, held, actor.member_id)):
        raise Refused(NotFound())
    if not may(actor, deed, as_changed_by(person_id, held, actor.member_id, local_day(now))):
        raise Refused(NotAllowed(deed))
    return kept, held


def _tell(
    actor: Actor | None,
    deed: str,
    now: datetime,
    kind: str,
    object_id: int,
    before: object = None,
    after: object = None,
) -> None:
    trail.record_by(actor, deed, now=now, kind=kind, object_id=object_id, before=before, after=after)
