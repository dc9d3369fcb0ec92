"""The directory: who is here, and every office that is held."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext
from werkzeug.wrappers import Response

from app.catalogue.store import belongings
from app.consortium.rules.membership import KeptOffice
from app.consortium.rules.office import ROLES
from app.consortium.rules.permission import may
from app.consortium.rules.scope import scope
from app.consortium.store import members as members_store
from app.consortium.store import offices
from app.consortium.store import people as store
from app.consortium.store.offices import WantedOffices
from app.consortium.store.people import Wanted
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import named
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.listing import MOST_EXPORTED, asked_sort, asked_word, listed
from app.entrypoints.web.titles import account_state, account_states, role_choices, role_title
from app.foundation.identifiers import id_from_text


@web.get("/admin/people")
@gate.needs("person.see")
def people() -> Response | tuple[str, int]:
    """The people this office may see, to filter, sort, page through and take along."""
    who, today = actor(), clock.today()
    seen = scope(who, "person.see")
    wanted = Wanted(
        text=asked_word("text"),
        member_id=id_from_text(asked_word("member")),
        role=asked_word("role", ROLES),
        state=asked_word("state", store.STATES),
        sort=asked_sort(store.SORTS, "name"),
    )
    chosen = exports.wanted()
    if chosen:
        found = store.people(seen, wanted, today, MOST_EXPORTED)
        return exports.as_file(chosen, gettext("People"), _people_head(), _people_rows(found, today))
    shown = listed(
        store.count(seen, wanted, today), lambda limit, offset: store.people(seen, wanted, today, limit, offset)
    )
    held = offices.offices_of([each.id for each in shown.rows])
    return page(
        "consortium/people.html",
        shown=shown,
        held={key: to_be_shown(values, today) for key, values in held.items()},
        members=members_by_id(),
        choices=[each for each in members_store.current(today) if seen.everything or each.id in seen.member_ids],
        roles=role_choices(),
        states=account_states(),
        role_title=role_title,
        account_state=account_state,
        named=named,
        may_invite=may(who, "person.invite"),
    )


def _people_head() -> list[str]:
    head = [gettext("Full name"), gettext("E-mail"), gettext("Telephone"), gettext("Account"), gettext("Offices today")]
    return [*head, gettext("Here since")]


def _people_rows(found: list[Any], today: date) -> Any:
    members = members_by_id()
    held = offices.offices_of([each.id for each in found])
    for each in found:
        words = [
            f"{role_title(office.role)} ({named(members[office.member_id])})"
            for office in to_be_shown(held[each.id], today)
        ]
        yield each.name, each.email, each.phone, account_state(each)[1], "; ".join(words), each.created_at


def members_by_id() -> dict[int, Any]:
    return {each.id: each for each in members_store.members(today=clock.today())}


def to_be_shown(held: list[KeptOffice], today: date) -> list[KeptOffice]:
    """Offices in force, of members this actor may see people of: what she is elsewhere is not told."""
    seen = scope(actor(), "person.see")
    return [
        office
        for office in held
        if office.from_on <= today
        and not office.is_over(today)
        and (seen.everything or office.member_id in seen.member_ids)
    ]


@web.get("/admin/appointments")
@gate.needs("appointment.change")
def appointments() -> Response | tuple[str, int]:
    """Who holds which office: by member, role, base and whether it is in force."""
    who, today = actor(), clock.today()
    seen = scope(who, "person.see")
    members = None if seen.everything else sorted(seen.member_ids)
    member_id = id_from_text(asked_word("member"))
    if member_id is not None:
        members = [member_id] if members is None or member_id in members else []
    wanted = WantedOffices(
        today=today,
        member_ids=None if members is None else tuple(members),
        role=asked_word("role", ROLES),
        base_id=id_from_text(asked_word("base")),
        standing=asked_word("standing", ("in_force", "coming", "over", "any"), default="in_force"),
        sort=asked_sort(offices.SORTS, "person"),
    )
    by_id, bases = members_by_id(), belongings.base_names()
    chosen = exports.wanted()
    if chosen:
        head = [gettext("Full name"), gettext("E-mail"), gettext("Office"), gettext("For"), gettext("Base")]
        found = offices.holders(wanted, MOST_EXPORTED)
        rows = (
            (
                each.name,
                each.email,
                role_title(each.office.role),
                named(by_id[each.office.member_id]),
                named(bases[each.office.base_id]) if each.office.base_id in bases else "",
                each.office.from_on,
                each.office.until_on - timedelta(days=1) if each.office.until_on else None,
            )
            for each in found
        )
        return exports.as_file(chosen, gettext("Appointments"), [*head, gettext("From"), gettext("Last day")], rows)
    shown = listed(offices.count_holders(wanted), lambda limit, offset: offices.holders(wanted, limit, offset))
    return page(
        "consortium/appointments.html",
        shown=shown,
        members=by_id,
        bases=bases,
        choices=[each for each in by_id.values() if seen.everything or each.id in seen.member_ids],
        standing=wanted.standing,
        roles=role_choices(),
        role_title=role_title,
        named=named,
        today=today,
        one_day=timedelta(days=1),
    )
