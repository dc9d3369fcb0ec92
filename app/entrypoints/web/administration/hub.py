"""The hub of administration: every page of it that one may open."""

from __future__ import annotations

from flask_babel import gettext

from app.consortium.rules.permission import may, may_enter
from app.entrypoints import gate
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.shell import exists


def _hub() -> list[tuple[str, str, str, str, str]]:
    """Address, name, what it is for, icon, and the deed that opens it."""
    return [
        (
            "/admin/members",
            gettext("Members"),
            gettext("Organisations, their names, codes and dates"),
            "bases",
            "member.see",
        ),
        (
            "/admin/people",
            gettext("People"),
            gettext("Invite, appoint, make links to passwords")
            if may_enter(actor(), "person.invite")
            else gettext("Who is here, and which offices each holds"),
            "people",
            "person.see",
        ),
        (
            "/admin/appointments",
            gettext("Appointments"),
            gettext("Who holds which office, for whom, from when until when"),
            "account",
            "appointment.change",
        ),
        (
            "/admin/terms",
            gettext("Terms"),
            gettext("Teaching weeks and when they begin"),
            "calendar",
            "calendar.change",
        ),
        (
            "/inbox",
            gettext("To decide"),
            gettext("Requests that wait for an answer, and those answered"),
            "inbox",
            "inbox.see",
        ),
        (
            "/bases",
            gettext("Opening hours and closures"),
            gettext("Choose a base, then its hours or its maintenance"),
            "bases",
            "opening.change",
        ),
        (
            "/faults",
            gettext("Faults"),
            gettext("What is broken, whom it concerns, and downtime by cause"),
            "warning",
            "fault.change",
        ),
        ("/admin/periods", gettext("Class periods"), gettext("Bell tables of the members"), "clock", "calendar.change"),
        (
            "/admin/days",
            gettext("Days off and make-up days"),
            gettext("What an organisation decided of single days; national holidays"),
            "calendar",
            "calendar.change",
        ),
        (
            "/bases/exchange",
            gettext("Catalogue in tables"),
            gettext("Import and export by Excel or CSV"),
            "download",
            "catalogue.exchange",
        ),
        (
            "/admin/settings",
            gettext("Settings"),
            gettext("How soon, how long, how much: the numbers in force"),
            "lock",
            "setting.change",
        ),
        (
            "/order",
            gettext("Who goes before whom"),
            gettext("The order of purposes, now and before"),
            "sort",
            "order.see",
        ),
        (
            "/displacements",
            gettext("Displacements"),
            gettext("Who gave way to whom, and the appeals"),
            "repeat",
            "displacement.see",
        ),
        (
            "/admin/messages",
            gettext("Messages"),
            gettext("What goes out, what could not, and why"),
            "mail",
            "outbox.read",
        ),
        (
            "/admin/webhooks",
            gettext("Group robots"),
            gettext("WeCom, DingTalk and Feishu groups"),
            "people",
            "robot.change",
        ),
        ("/admin/jobs", gettext("Jobs"), gettext("What runs by the clock, and how it went"), "clock", "job.see"),
        (
            "/imports",
            gettext("Imports"),
            gettext("Bring in timetables and calendars"),
            "download",
            "timetable.import",
        ),
        (
            "/admin/agreements",
            gettext("Agreements"),
            gettext("Who may use what belongs to whom, with which guarantor"),
            "copy",
            "agreement.see",
        ),
        (
            "/admin/qualifications",
            gettext("Admissions and authorisations"),
            gettext("What people are admitted, trained and authorised for"),
            "people",
            "person.invite",
        ),
        (
            "/credit",
            gettext("Credit and restrictions"),
            gettext("Who is restricted where, why, and who appeals"),
            "people",
            "conduct.see",
        ),
        ("/admin/trail", gettext("Trail"), gettext("Who did what, sealed against changes"), "search", "trail.read"),
    ]


@web.get("/admin")
@gate.needs("administration.see")
def admin() -> tuple[str, int]:
    """Where an administrator goes from; only what is open to her."""
    who = actor()
    places = [place for place in _hub() if may(who, place[4]) and exists(place[0])]
    return page("consortium/hub.html", places=places)
