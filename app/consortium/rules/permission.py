"""Permission: the one table that says who may do what to what, and which fields each may see."""

from __future__ import annotations

from dataclasses import dataclass

from app.consortium.rules.office import Actor, Appointment

# Relations, in plain words:
#   own                the thing is about this person (she holds it, asked for it, is it)
#   own_organisation   it belongs to the member she acts for
#   owner_side         the member she acts for owns, hosts, operates or keeps it (and her office covers that base)
#   other_member       it is another member's
#   none               there is no particular thing (a list, a creation)
ANY = ("own", "own_organisation", "owner_side", "other_member", "none")
HERE = ("own_organisation", "owner_side", "none")

EVERYBODY = "everybody"
"""Stands for any signed-in person who holds an office."""


@dataclass(frozen=True, slots=True)
class Grant:
    """These roles may, in these relations, where the thing is in one of these states (empty: any state)."""

    roles: tuple[str, ...]
    relations: tuple[str, ...] = ANY
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a thing stands, in ids: whose it is. What an area tells permission instead of its own types."""

    holder_ids: frozenset[int] = frozenset()
    booking_member_id: int | None = None
    owner_member_ids: frozenset[int] = frozenset()
    base_ids: frozenset[int] = frozenset()
    state: str = ""


NOTHING = Placement()

ADMINISTRATOR = "administrator"
_ADMIN = Grant((ADMINISTRATOR,))
_BOOKERS = ("booker", "base_head", "keeper", "member_admin", "administrator")
_OPEN = ("waiting", "confirmed")
DECIDING = ("base_head", "keeper", "safety", "approver", "member_admin", "administrator")
"""Whoever may be asked whether somebody gets something, and may stand in for a colleague who is."""

POLICY: dict[str, tuple[Grant, ...]] = {
    # everybody's own
    "home.see": (Grant((EVERYBODY,)),),
    "account.change": (Grant((EVERYBODY,), ("own", "none")),),
    "token.change": (Grant((EVERYBODY,), ("own", "none")),),
    "feed.change": (Grant((EVERYBODY,), ("own", "none")),),
    "notice.see": (Grant((EVERYBODY,), ("own", "none")),),
    "notice.change": (Grant((EVERYBODY,), ("own", "none")),),
    # the consortium
    "member.see": (Grant((EVERYBODY,)),),
    "member.add": (_ADMIN,),
    "member.change": (_ADMIN, Grant(("member_admin",), ("own_organisation",))),
    "member.leave": (_ADMIN,),
    "person.see": (
        _ADMIN,
        Grant(("security", "auditor")),
        Grant(("member_admin",), ("own", "own_organisation", "none")),
        Grant((EVERYBODY,), ("own",)),
    ),
    "person.invite": (_ADMIN, Grant(("member_admin",), ("own_organisation", "none"))),
    "person.change": (_ADMIN, Grant(("member_admin",), ("own_organisation",)), Grant((EVERYBODY,), ("own",))),
    "person.disable": (
        Grant(("administrator", "security"), ("own_organisation", "owner_side", "other_member")),
        Grant(("member_admin",), ("own_organisation",)),
    ),
    "appointment.change_wide": (_ADMIN,),
    "appointment.change": (_ADMIN, Grant(("member_admin",), ("own_organisation", "none"))),
    "setting.change": (Grant(("administrator", "security")),),
    "trail.read": (Grant(("administrator", "auditor")),),
    "outbox.read": (_ADMIN,),
    "outbox.change": (_ADMIN,),
    "robot.change": (_ADMIN,),
    "job.see": (_ADMIN,),
    "figures.see": (Grant(("administrator", "council", "auditor")),),
    "administration.see": (Grant(("administrator", "security", "auditor", "member_admin", "base_head", "keeper")),),
    # what people and organisations must have
    "qualification.see": (
        Grant((EVERYBODY,), ("own", "none")),
        Grant(("member_admin",), ("own_organisation",)),
        Grant(("member_admin", "base_head", "keeper"), ("owner_side",)),
        Grant(("administrator", "auditor")),
    ),
    "qualification.give": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none"))),
    "qualification.revoke": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side",))),
    "agreement.see": (
        Grant(("administrator", "auditor", "council")),
        Grant(("member_admin", "base_head", "finance"), ("own_organisation", "owner_side", "none")),
    ),
    "agreement.change": (_ADMIN,),
    # the catalogue
    "catalogue.see": (Grant((EVERYBODY,)),),
    "catalogue.add": (_ADMIN, Grant(("member_admin", "base_head"), HERE)),
    "catalogue.change": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none"))),
    "catalogue.share": (_ADMIN, Grant(("member_admin",), ("owner_side",))),
    "catalogue.exchange": (_ADMIN, Grant(("member_admin", "base_head"), ("owner_side", "none"))),
    # when
    "calendar.change": (_ADMIN, Grant(("member_admin",), ("own_organisation", "none"))),
    "holiday.change": (_ADMIN,),
    "opening.change": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none"))),
    "limits.change": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none"))),
    "closure.change": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none"))),
    "fault.report": (Grant(_BOOKERS),),
    "fault.see": (
        Grant((EVERYBODY,), ("own", "none")),
        Grant(("member_admin", "base_head", "keeper"), ("owner_side",)),
        Grant(("administrator", "auditor")),
    ),
    "fault.change": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none"))),
    "downtime.see": (
        Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none")),
        Grant(("administrator", "auditor", "council")),
    ),
    "screen.change": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none"))),
    # booking
    "grid.see": (Grant((EVERYBODY,)),),
    "booking.request": (Grant(_BOOKERS),),
    "busy.import": (Grant(_BOOKERS, ("own", "none")),),
    "booking.request_for": (
        Grant(("member_admin", "base_head", "keeper"), ("own_organisation", "owner_side")),
        _ADMIN,
    ),
    "booking.see": (
        Grant((EVERYBODY,), ("own", "none")),
        Grant(("member_admin", "approver", "finance"), ("own_organisation",)),
        Grant(("member_admin", "base_head", "keeper", "safety", "finance"), ("owner_side",)),
        Grant(("administrator", "auditor")),
    ),
    "booking.change": (
        Grant(_BOOKERS, ("own",), _OPEN),
        Grant(("member_admin",), ("own_organisation",), _OPEN),
        Grant(("base_head", "keeper", "member_admin"), ("owner_side",), _OPEN),
        Grant(("administrator",), ANY, _OPEN),
    ),
    "waiting.change": (Grant(_BOOKERS, ("own", "none")),),
    # who came and left, and what that leads to
    "presence.mark": (
        Grant((EVERYBODY,), ("own", "none")),
        Grant(("base_head", "keeper", "member_admin"), ("owner_side", "none")),
        _ADMIN,
    ),
    "presence.keep": (_ADMIN, Grant(("base_head", "keeper", "member_admin"), ("owner_side", "none"))),
    "credit.see": (Grant((EVERYBODY,), ("own", "none")),),
    "conduct.see": (
        Grant(("administrator", "auditor")),
        Grant(("member_admin",), HERE),
        Grant(("base_head", "keeper"), ("owner_side", "none")),
    ),
    "restriction.decide": (_ADMIN, Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none"))),
    "restriction.appeal": (Grant((EVERYBODY,), ("own", "none")),),
    # whose time it is gives it away: not whoever keeps the machine
    "booking.pass_on": (
        Grant(_BOOKERS, ("own",), _OPEN),
        Grant(("member_admin",), ("own_organisation",), _OPEN),
        Grant(("administrator",), ANY, _OPEN),
    ),
    "passing.answer": (Grant(_BOOKERS, ("own", "none")),),
    "booking.cancel": (
        Grant((EVERYBODY,), ("own",), _OPEN),
        Grant(("member_admin",), ("own_organisation",), _OPEN),
        Grant(("base_head", "keeper", "member_admin"), ("owner_side",), _OPEN),
        Grant(("administrator",), ANY, _OPEN),
    ),
    "booking.approve": (
        Grant(("base_head", "keeper", "member_admin"), ("owner_side", "none"), ("waiting",)),
        Grant(("administrator",), ANY, ("waiting",)),
    ),
    # who goes before whom
    "booking.displace": (_ADMIN, Grant(("base_head", "keeper", "member_admin"), ("owner_side", "none"))),
    "displacement.see": (
        Grant(("administrator", "council", "auditor")),
        Grant(("base_head", "keeper", "member_admin"), ("owner_side", "none")),
        Grant(("member_admin",), ("own_organisation",)),
        Grant((EVERYBODY,), ("own", "none")),
    ),
    "displacement.resettle": (Grant(_BOOKERS, ("own",)), Grant(("member_admin",), ("own_organisation",))),
    "displacement.appeal": (Grant((EVERYBODY,), ("own",)), Grant(("member_admin",), ("own_organisation",))),
    "displacement.answer": (_ADMIN, Grant(("member_admin",), ("owner_side",))),
    "order.see": (Grant((EVERYBODY,)),),
    "order.publish": (_ADMIN,),
    # `booking.approve` is the keepers' answer; each other party of a chain has a deed of its own
    "approval.answer": (Grant(DECIDING, ("own_organisation", "owner_side", "other_member", "none"), ("waiting",)),),
    "approval.department": (_ADMIN, Grant(("approver", "member_admin"), ("own_organisation",), ("waiting",))),
    "approval.owner": (_ADMIN, Grant(("base_head", "member_admin"), ("owner_side",), ("waiting",))),
    "approval.safety": (_ADMIN, Grant(("safety",), ("owner_side",), ("waiting",))),
    "approval.applicant_admin": (_ADMIN, Grant(("member_admin",), ("own_organisation",), ("waiting",))),
    "approval.owner_admin": (_ADMIN, Grant(("member_admin",), ("owner_side",), ("waiting",))),
    "approval.administrator": (_ADMIN,),
    "approval.withdraw_time": (Grant(DECIDING, ("own",)),),
    "booking.take_time": (Grant(_BOOKERS, ("own",), _OPEN),),
    "chain.change": (_ADMIN, Grant(("member_admin", "base_head"), ("owner_side", "none"))),
    "delegation.change": (Grant(DECIDING, ("own", "none")),),
    "refusal.see": (
        Grant(("administrator", "council", "auditor")),
        Grant(("member_admin", "base_head", "keeper"), ("owner_side", "none")),
    ),
    "inbox.see": (Grant(DECIDING),),
    "timetable.import": (_ADMIN, Grant(("member_admin",), ("own_organisation",))),
    "timetable.displace": (_ADMIN, Grant(("member_admin",), ("owner_side",))),
}

BOOKING_FIELDS: dict[str, frozenset[str]] = {
    "full": frozenset({"title", "purpose", "people", "note", "headcount", "member", "time", "units", "state"}),
    "organisation": frozenset({"title", "purpose", "people", "headcount", "member", "time", "units", "state"}),
    "busy": frozenset({"time", "units", "state"}),
}
"""What one may see of a booking. Busy is all that a stranger learns: that the time is taken."""


def relations(actor: Actor, thing: Placement) -> dict[str, frozenset[str]]:
    """For each role the actor holds now, the relations in which that office stands to the thing."""
    found: dict[str, set[str]] = {EVERYBODY: set()} if actor.appointments else {}
    personal = actor.person_id in thing.holder_ids
    for office in actor.appointments:
        here: set[str] = set()
        if thing == NOTHING or (not thing.booking_member_id and not thing.owner_member_ids and not thing.holder_ids):
            here.add("none")
        if thing.booking_member_id == office.member_id:
            here.add("own_organisation")
        if office.member_id in thing.owner_member_ids and (office.base_id is None or office.base_id in thing.base_ids):
            here.add("owner_side")
        if not here:
            here.add("other_member")
        if personal:
            here.add("own")
        found.setdefault(office.role, set()).update(here)
        found[EVERYBODY].update(here)
    return {role: frozenset(names) for role, names in found.items()}


def may(actor: Actor, deed: str, thing: Placement = NOTHING) -> bool:
    """Whether the actor may do this deed to this thing. An unknown deed is a KeyError, never a yes."""
    grants = POLICY[deed]
    if not actor.is_signed_in or (actor.rights is not None and not _right_covers(actor.rights, deed)):
        return False
    standing = relations(actor, thing)
    return any(
        (not grant.states or not thing.state or thing.state in grant.states)
        and any(standing.get(role, frozenset()).intersection(grant.relations) for role in grant.roles)
        for grant in grants
    )


def is_administrators(office: Appointment) -> bool:
    """Whether an office is that of the consortium's administrators, who may do what others may and more."""
    return office.role == ADMINISTRATOR


def may_enter(actor: Actor, deed: str) -> bool:
    """Whether any thing at all could let this actor do this deed: what the route gate asks before anything is read."""
    grants = POLICY[deed]
    if not actor.is_signed_in or (actor.rights is not None and not _right_covers(actor.rights, deed)):
        return False
    held = actor.roles | ({EVERYBODY} if actor.appointments else set())
    return any(held.intersection(grant.roles) for grant in grants)


RIGHTS = ("read", "book", "approve")
"""What an API token may be given."""

_RIGHT_OF: dict[str, str] = {
    "booking.request": "book",
    "booking.request_for": "book",
    "booking.change": "book",
    "booking.pass_on": "book",
    "waiting.change": "book",
    "passing.answer": "book",
    "setting.change": "approve",
    "limits.change": "approve",
    "presence.mark": "book",
    "restriction.appeal": "book",
    "presence.keep": "approve",
    "restriction.decide": "approve",
    "booking.cancel": "book",
    "booking.approve": "approve",
    "booking.displace": "approve",
    "displacement.answer": "approve",
    "displacement.resettle": "book",
    "displacement.appeal": "book",
    "order.publish": "approve",
    "approval.answer": "approve",
    "approval.department": "approve",
    "approval.owner": "approve",
    "approval.safety": "approve",
    "approval.applicant_admin": "approve",
    "approval.owner_admin": "approve",
    "approval.administrator": "approve",
    "approval.withdraw_time": "approve",
    "booking.take_time": "book",
    "feed.change": "book",
    "qualification.give": "approve",
    "qualification.revoke": "approve",
    "agreement.change": "approve",
    "chain.change": "approve",
    "fault.report": "book",
    "fault.change": "approve",
}


def _right_covers(rights: frozenset[str], deed: str) -> bool:
    """A token reads what its owner may read; it writes only what a right names, and never touches accounts."""
    if deed in _RIGHT_OF:
        return _RIGHT_OF[deed] in rights
    return deed.endswith(".see") and "read" in rights


def view_of_booking(actor: Actor, thing: Placement) -> frozenset[str]:
    """The fields of a booking this actor may see."""
    if may(actor, "booking.see", thing):
        return BOOKING_FIELDS["full"]
    if actor.member_id is not None and thing.booking_member_id == actor.member_id:
        return BOOKING_FIELDS["organisation"]
    return BOOKING_FIELDS["busy"]
