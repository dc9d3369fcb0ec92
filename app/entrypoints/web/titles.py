"""Titles: how the consortium's codes are called on pages: roles, kinds of members, deeds of the trail, states of accounts."""

from __future__ import annotations

from flask_babel import gettext

from app.consortium.rules.membership import KeptPerson
from app.consortium.rules.office import MEMBER_KINDS, ROLES


def role_title(role: str) -> str:
    titles = {
        "administrator": gettext("Consortium administrator"),
        "security": gettext("Security administrator"),
        "auditor": gettext("Auditor"),
        "council": gettext("Council member"),
        "member_admin": gettext("Member's administrator"),
        "base_head": gettext("Head of base"),
        "keeper": gettext("Keeper"),
        "safety": gettext("Safety officer"),
        "booker": gettext("Booker (teacher, trainer)"),
        "learner": gettext("Learner"),
        "approver": gettext("Approver"),
        "finance": gettext("Finance"),
        "reviewer": gettext("Reviewer of purchases"),
    }
    return titles.get(role, role)


def role_choices() -> list[tuple[str, str]]:
    return [(role, role_title(role)) for role in ROLES]


def kind_title(kind: str) -> str:
    titles = {
        "government": gettext("Government"),
        "park": gettext("Industrial park"),
        "school": gettext("School"),
        "company": gettext("Company"),
        "institute": gettext("Institute"),
    }
    return titles.get(kind, kind)


def kind_choices() -> list[tuple[str, str]]:
    return [(kind, kind_title(kind)) for kind in MEMBER_KINDS]


def right_title(right: str) -> str:
    titles = {
        "read": gettext("Read what I may read"),
        "book": gettext("Make, change and cancel bookings"),
        "approve": gettext("Answer requests"),
    }
    return titles.get(right, right)


def account_state(person: KeptPerson) -> tuple[str, str]:
    """The sign for the state macro, and its word."""
    if person.disabled_at:
        return "off", gettext("Closed")
    if not person.has_password:
        return "waiting", gettext("Invited, no password yet")
    return "on", gettext("Open")


def account_states() -> list[tuple[str, str]]:
    return [
        ("open", gettext("Open")),
        ("invited", gettext("Invited, no password yet")),
        ("disabled", gettext("Closed")),
        ("no_office", gettext("Without an office today")),
    ]


def deed_title(deed: str) -> str:
    """A deed of the trail in words; a deed without words of its own is shown by its code."""
    return _deeds().get(deed, deed)


def deed_choices() -> list[tuple[str, str]]:
    return sorted(_deeds().items(), key=lambda pair: pair[1])


def object_title(kind: str) -> str:
    titles = {
        "person": gettext("Person"),
        "member": gettext("Member"),
        "appointment": gettext("Office"),
        "sign_in": gettext("Device"),
        "api_token": gettext("Token"),
        "setting": gettext("Setting"),
        "booking": gettext("Booking"),
        "closure": gettext("Closure"),
        "feed": gettext("Calendar address"),
        "base": gettext("Base"),
        "lab": gettext("Lab"),
        "unit": gettext("Unit"),
        "term": gettext("Term"),
        "opening": gettext("Opening hours"),
        "standby": gettext("Waiting list entry"),
        "date": gettext("Booked date"),
        "restriction": gettext("Restriction"),
        "qualification": gettext("Qualification"),
        "agreement": gettext("Agreement"),
        "proposal": gettext("Proposal"),
        "displacement": gettext("Displacement"),
        "order": gettext("Order of purposes"),
        "delivery": gettext("Message"),
        "robot": gettext("Group robot"),
        "screen": gettext("Door screen"),
        "import": gettext("Import"),
        "lesson": gettext("Lesson"),
    }
    return titles.get(kind, kind)


def result_title(result: str) -> str:
    titles = {
        "done": gettext("Done"),
        "failed": gettext("Wrong password"),
        "locked": gettext("Refused: too many tries"),
        "too_old": gettext("Password too old"),
    }
    return titles.get(result, result)


def _deeds() -> dict[str, str]:
    return {
        "sign_in": gettext("Signed in"),
        "sign_in.act_for": gettext("Chose whom to act for"),
        "sign_out": gettext("Signed out"),
        "sign_out.device": gettext("Signed a device out"),
        "sign_out.others": gettext("Signed the other devices out"),
        "password.set_by_link": gettext("Set a password by a link"),
        "password.change": gettext("Changed the password"),
        "account.change": gettext("Changed own account"),
        "token.make": gettext("Made a token"),
        "token.revoke": gettext("Revoked a token"),
        "member.add": gettext("Added a member"),
        "member.change": gettext("Changed a member"),
        "member.leave": gettext("Noted a member's leaving"),
        "person.invite": gettext("Invited a person"),
        "person.link": gettext("Made a link to a password"),
        "person.change": gettext("Changed a person"),
        "person.disable": gettext("Closed an account"),
        "person.enable": gettext("Opened an account again"),
        "appointment.give": gettext("Gave an office"),
        "appointment.end": gettext("Ended an office"),
        "setting.change": gettext("Changed a setting"),
        "booking.request": gettext("Asked for a booking"),
        "booking.change": gettext("Changed a booking"),
        "booking.cancel": gettext("Cancelled a booking"),
        "booking.approve": gettext("Approved a booking"),
        "booking.escalate": gettext("Passed a request on to whoever stands above"),
        "booking.propose_time": gettext("Proposed another time"),
        "booking.accept_time": gettext("Took another time"),
        "booking.decline_time": gettext("Declined another time"),
        "booking.withdraw_time": gettext("Took a proposed time back"),
        "delegation.change": gettext("Named a stand-in"),
        "delegation.end": gettext("Ended a stand-in"),
        "chain.change": gettext("Changed who must agree"),
        "booking.refuse": gettext("Refused a booking"),
        "booking.displace": gettext("Displaced a booking"),
        "displacement.appeal": gettext("Appealed against a displacement"),
        "displacement.answer": gettext("Answered an appeal"),
        "order.publish": gettext("Published an order of purposes"),
        "booking.import": gettext("Imported a booking"),
        "import.add": gettext("Brought a file to import"),
        "import.plan": gettext("Planned an import"),
        "import.apply": gettext("Applied an import"),
        "import.drop": gettext("Left an import alone"),
        "import.name": gettext("Said what a name in timetables means"),
        "lesson.place": gettext("Placed a lesson"),
        "lesson.change": gettext("Changed a lesson"),
        "lesson.withdraw": gettext("Took a lesson away"),
        "closure.add": gettext("Closed for a time"),
        "closure.lift": gettext("Lifted a closure"),
        "feed.add": gettext("Subscribed a calendar"),
        "feed.rotate": gettext("Renewed a calendar's address"),
        "feed.revoke": gettext("Ended a calendar's address"),
        "catalogue.add": gettext("Added to the catalogue"),
        "catalogue.change": gettext("Changed the catalogue"),
        "catalogue.share": gettext("Changed who owns what"),
        "catalogue.exchange": gettext("Imported into the catalogue"),
        "calendar.change": gettext("Changed terms, class periods or single days"),
        "holiday.change": gettext("Changed the national holidays"),
        "opening.change": gettext("Changed opening hours"),
        "presence.arrive": gettext("Noted that somebody came"),
        "presence.leave": gettext("Noted that somebody left"),
        "presence.correct": gettext("Put right who came when"),
        "presence.give_back": gettext("Gave the rest of a time back"),
        "presence.release": gettext("Gave on what nobody came for"),
        "presence.judge": gettext("Judged a use"),
        "presence.excuse": gettext("Excused what was judged"),
        "restriction.impose": gettext("Restricted somebody by hand"),
        "restriction.confirm": gettext("Put a restriction in force"),
        "restriction.dismiss": gettext("Did not follow a proposed restriction"),
        "restriction.lift": gettext("Lifted a restriction"),
        "restriction.appeal": gettext("Appealed against a restriction"),
        "restriction.answer": gettext("Answered an appeal against a restriction"),
        "waiting.wait": gettext("Stood in the waiting list"),
        "waiting.change": gettext("Changed what is waited for"),
        "waiting.withdraw": gettext("Left the waiting list"),
        "waiting.past": gettext("Waited in vain"),
        "waiting.offer": gettext("Held a freed time for the next in the line"),
        "waiting.accept": gettext("Took a time that was held"),
        "waiting.declined": gettext("Let a held time pass"),
        "waiting.expired": gettext("A held time was not answered"),
        "passing.propose": gettext("Proposed a hand-over or an exchange"),
        "passing.withdraw": gettext("Took a proposal back"),
        "passing.decline": gettext("Declined a proposal"),
        "booking.hand_over": gettext("Took a booking over"),
        "booking.swap": gettext("Exchanged a time"),
        "limits.change": gettext("Changed limits on booking"),
        "qualification.give": gettext("Gave an admission, training or authorisation"),
        "qualification.revoke": gettext("Took an admission, training or authorisation back"),
        "agreement.file": gettext("Put an agreement on file"),
        "agreement.end": gettext("Ended an agreement"),
        "account.choose_messages": gettext("Chose how to be told"),
        "outbox.send_again": gettext("Sent a message again"),
        "outbox.send_all_again": gettext("Sent all dead messages again"),
        "outbox.drop": gettext("Gave a message up"),
        "robot.add": gettext("Added a group robot"),
        "robot.change": gettext("Changed a group robot"),
        "robot.end": gettext("Ended a group robot"),
        "robot.try": gettext("Tried a group robot"),
        "screen.change": gettext("Made or ended a door screen"),
    }
