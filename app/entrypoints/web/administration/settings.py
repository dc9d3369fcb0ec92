"""Settings pages: the numbers in force for everybody, and those that a base or a unit has of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import limiting
from app.catalogue.rules.unit import Thing
from app.catalogue.store import places, shares
from app.catalogue.store import units as catalogue
from app.consortium.actions import settings as actions
from app.consortium.rules.permission import may
from app.consortium.rules.settings import SETTINGS, Setting
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import named
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.wording import conduct as conduct_words
from app.entrypoints.wording.fields import problem_text
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Invalid, Refused

GROUPS = (
    ("limit", ("limit.lead_hours", "limit.lead_hours_others", "limit.horizon_days")),
    ("length", ("limit.shortest_minutes", "limit.longest_hours", "limit.block_minutes")),
    ("person", ("quota.person_week_hours", "quota.person_term_hours", "quota.person_dates_ahead")),
    (
        "member",
        (
            "quota.member_week_hours",
            "quota.member_term_hours",
            "quota.member_peak_percent",
            "peak.from_hour",
            "peak.until_hour",
        ),
    ),
    ("waiting", ("waiting.hold_hours",)),
    ("approval", ("approval.hours", "approval.silence_grants", "approval.from_hour", "approval.until_hour")),
    ("fault", ("fault.open_days",)),
    ("displace", ("displace.enabled", "displace.deadline_hours")),
    (
        "presence",
        (
            "presence.kept",
            "release.unclaimed",
            "grace.late_minutes",
            "grace.no_show_minutes",
            "grace.overrun_minutes",
            "grace.early_minutes",
            "extend.minutes",
            "judge.after_hours",
            "cancel.hours",
        ),
    ),
    (
        "credit",
        (
            "credit.start",
            "credit.cap",
            "credit.normal",
            "credit.no_show",
            "credit.late",
            "credit.early",
            "credit.overrun",
            "credit.late_cancel",
            "credit.no_feedback",
        ),
    ),
    (
        "restriction",
        ("restriction.after_events", "restriction.within_days", "restriction.days", "restriction.automatic"),
    ),
    (
        "eligibility",
        (
            "eligibility.agreement",
            "eligibility.guarantor",
            "eligibility.safety",
            "eligibility.training",
            "eligibility.authorisation",
            "eligibility.learners",
            "eligibility.inside",
            "eligibility.one_place",
            "eligibility.safety_score",
            "eligibility.months",
            "eligibility.remind_days",
        ),
    ),
)


@web.get("/admin/settings")
@gate.needs("setting.change")
def settings() -> tuple[str, int]:
    """Every number in force, with what it means and where its default comes from."""
    values = actions.settings_now()
    return _show_settings({name: str(value) for name, value in values.items()}, actions.mark_of(values), [], 200)


@web.post("/admin/settings")
@gate.needs("setting.change")
def change_settings() -> tuple[str, int] | Response:
    texts, mark = _texts(SETTINGS), request.form.get("mark", "")[:16]
    who, now = actor(), clock.now()
    values = {name: id_from_text(text) if text != "0" else 0 for name, text in texts.items()}
    reasons, status = _attempt(lambda: actions.set_all(who, mark, values, now=now))
    if reasons:
        return _show_settings(texts, mark, reasons, status)
    flash(gettext("The settings are kept. They hold for everything that is asked from now on."), "done")
    return redirect("/admin/settings", 303)


def _show_settings(texts: Mapping[str, str], mark: str, reasons: Sequence[str], status: int) -> tuple[str, int]:
    return page("settings/settings.html", status, groups=_groups(SETTINGS, texts), mark=mark, reasons=reasons)


@web.get("/bases/<id:base_id>/limits")
@gate.needs("limits.change")
def limits(base_id: int) -> tuple[str, int]:
    """The numbers that a base, or one of its units, has of its own."""
    scope, scope_id = _thing(base_id, request.args.get("unit", ""))
    kept = limiting.limits_now(scope, scope_id)
    texts = {name: str(kept[name]) if name in kept else "" for name in limiting.OWN}
    return _show_limits(base_id, scope, scope_id, texts, actions.mark_of(kept), [], 200)


@web.post("/bases/<id:base_id>/limits")
@gate.needs("limits.change")
def change_limits(base_id: int) -> tuple[str, int] | Response:
    scope, scope_id = _thing(base_id, request.form.get("unit", ""))
    texts, mark = _texts(limiting.OWN), request.form.get("mark", "")[:16]
    who, now = actor(), clock.now()
    values = {name: id_from_text(text) if text != "0" else 0 for name, text in texts.items() if text}
    reasons, status = _attempt(lambda: limiting.set_limits(who, scope, scope_id, mark, values, now=now))
    if reasons:
        return _show_limits(base_id, scope, scope_id, texts, mark, reasons, status)
    flash(gettext("The limits are kept. They hold for everything that is asked from now on."), "done")
    return redirect(f"/bases/{base_id}/limits" + (f"?unit={scope_id}" if scope == "unit" else ""), 303)


def _thing(base_id: int, unit: str) -> tuple[str, int]:
    """What the limits are of: the base, or a unit in it. Who is not on its side finds nothing here."""
    or_404(places.find_base(base_id))
    scope, scope_id = "base", base_id
    if unit:
        scope, scope_id = "unit", or_404(id_from_text(unit))
        found = or_404(catalogue.units([scope_id]).get(scope_id))
        or_404(found if found.base_id == base_id else None)
    standing = or_404(shares.standing(Thing(scope, scope_id)))
    or_404(standing if may(actor(), "limits.change", standing.placement(clock.today())) else None)
    return scope, scope_id


def _show_limits(
    base_id: int,
    scope: str,
    scope_id: int,
    texts: Mapping[str, str],
    mark: str,
    reasons: Sequence[str],
    status: int,
) -> tuple[str, int]:
    base = or_404(places.find_base(base_id))
    everywhere = actions.settings_now()
    of_base = {**everywhere, **limiting.limits_now("base", base_id)} if scope == "unit" else everywhere
    return page(
        "settings/limits.html",
        status,
        base_id=base_id,
        base_name=named(base.form),
        unit_id=scope_id if scope == "unit" else None,
        groups=_groups(limiting.OWN, texts, of_base),
        mark=mark,
        reasons=reasons,
    )


def _attempt(do: Callable[[], None]) -> tuple[list[str], int]:
    """Do it in a transaction; what was wrong with which number, and the status to show it with."""
    words = setting_words()
    try:
        transaction(do)
    except Refused as refused:
        return [
            f"{words[reason.field][0]}: {problem_text(reason.problem)}"
            if isinstance(reason, Invalid) and reason.field in words
            else wording.sentences([reason])[0]
            for reason in refused.reasons
        ], status_of(refused.reasons)
    return [], 200


def _texts(names: Iterable[str]) -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[:12] for name in names}


def _groups(names: Iterable[str], texts: Mapping[str, str], otherwise: Mapping[str, int] | None = None) -> list[Any]:
    known = set(names)
    titles = {
        "limit": gettext("How soon and how far ahead"),
        "length": gettext("How long, and in which blocks"),
        "person": gettext("How much for one person"),
        "member": gettext("How much for one member"),
        "waiting": gettext("Waiting list"),
        "approval": gettext("Approval"),
        "fault": gettext("Faults"),
        "displace": gettext("Who gives way"),
        "presence": gettext("Coming, leaving and cancelling"),
        "credit": gettext("Credit"),
        "restriction": gettext("Restriction"),
        "eligibility": gettext("What is asked of whoever books"),
    }
    return [
        (titles[group], [_line(SETTINGS[name], texts.get(name, ""), otherwise) for name in inside if name in known])
        for group, inside in GROUPS
        if any(name in known for name in inside)
    ]


def _line(setting: Setting, text: str, otherwise: Mapping[str, int] | None) -> dict[str, Any]:
    label, hint = setting_words()[setting.name]
    return {
        "name": setting.name,
        "label": label,
        "hint": hint,
        "unit": unit_words().get(setting.unit, ""),
        "choices": choice_words(setting),
        "text": text,
        "least": setting.least,
        "most": setting.most,
        "is_off_at_zero": setting.is_off_at_zero,
        "otherwise": setting.default if otherwise is None else otherwise[setting.name],
    }


def unit_words() -> dict[str, str]:
    return {
        "hours": gettext("hours"),
        "days": gettext("days"),
        "minutes": gettext("minutes"),
        "percent": gettext("percent"),
        "dates": gettext("dates"),
        "hour": gettext("o'clock"),
        "points": gettext("points"),
        "months": gettext("months"),
        "events": gettext("events"),
        "switch": gettext("1: yes, 0: no"),
    }


def choice_words(setting: Setting) -> list[str]:
    """What each number of a setting stands for that is chosen rather than written; empty for numbers that count."""
    choices = {
        "eligibility.agreement": [
            gettext("of nobody"),
            gettext("of organisations outside the consortium"),
            gettext("of everybody who is not on the owner's side"),
        ],
        "eligibility.learners": [
            gettext("no limits"),
            gettext("refused"),
            gettext("long and late hours need the keeper's approval"),
        ],
    }
    plain = [gettext("No"), gettext("Yes")] if setting.unit == "switch" else []
    return choices.get(setting.name, plain)


def setting_words() -> dict[str, tuple[str, str]]:
    """Each setting's name, and what it means; seen values come from rules that colleges have published."""
    return {
        "limit.lead_hours": (
            gettext("Ask at least this long before"),
            gettext("Everybody, the owner's side too. Seen elsewhere: 24 hours to 3 days."),
        ),
        "limit.lead_hours_others": (
            gettext("Others ask at least this long before"),
            gettext("Members who are not on the owner's side. Seen elsewhere: 2 days, 7 days for samples."),
        ),
        "limit.horizon_days": (
            gettext("Can be booked this far ahead"),
            gettext("Counted from now. A term is about 140 days."),
        ),
        "limit.shortest_minutes": (
            gettext("Shortest booking"),
            gettext("Seen elsewhere: 2 hours for costly machines."),
        ),
        "limit.longest_hours": (gettext("Longest booking"), gettext("One date, not a series.")),
        "limit.block_minutes": (
            gettext("Booked in blocks of"),
            gettext("Start and end lie on whole blocks after midnight: 60 means on the hour."),
        ),
        "quota.person_week_hours": (
            gettext("Hours in a week"),
            gettext("Clock hours of each unit, Monday to Sunday; waiting requests count, lessons do not."),
        ),
        "quota.person_term_hours": (gettext("Hours in a term"), gettext("The term of the member she books for.")),
        "quota.person_dates_ahead": (
            gettext("Coming dates at one time"),
            gettext("Each date of a series counts; what is over does not."),
        ),
        "quota.member_week_hours": (gettext("Hours in a week"), gettext("Of all the member's people together.")),
        "quota.member_term_hours": (gettext("Hours in a term"), gettext("Of all the member's people together.")),
        "quota.member_peak_percent": (
            gettext("Share of a unit's peak hours in a week"),
            gettext("For members who are not on the owner's side."),
        ),
        "fault.open_days": (
            gettext("Closed ahead while nobody knows how long"),
            gettext(
                "What is out of order without an expected end cannot be booked for so many days ahead, moved on day by day."
                " Our own default."
            ),
        ),
        "eligibility.agreement": (
            gettext("An agreement on file is asked"),
            gettext("With the owner of the unit or with the whole consortium, in force on the day of use."),
        ),
        "eligibility.guarantor": (
            gettext("Organisations outside need a guarantor"),
            gettext("Their agreement names a member that stands surety for them."),
        ),
        "eligibility.safety": (
            gettext("Safety admission is asked"),
            gettext("Of the person who holds the booking, valid on the day of use."),
        ),
        "eligibility.training": (gettext("Training is asked"), gettext("Valid on the day of use.")),
        "eligibility.authorisation": (
            gettext("Operator authorisation is asked"),
            gettext("Given by the keeper, valid on the day of use."),
        ),
        "eligibility.learners": (
            gettext("Learners in post internships"),
            gettext(
                "Nobody under 16 or in the first year; over 8 hours a day, or 22:00 to 6:00, as chosen "
                "(regulation on internships, 2021)."
            ),
        ),
        "eligibility.inside": (
            gettext("A whole lab asks what the things in it ask"),
            gettext(
                "Whoever books a lab whole gets its machines too, and needs what each of them asks with numbers of its own."
                " Our own default."
            ),
        ),
        "eligibility.one_place": (
            gettext("One person, one place"),
            gettext("Nobody holds two bookings at the same time; several units in one booking are one place."),
        ),
        "eligibility.safety_score": (
            gettext("Points to pass the safety examination"),
            gettext("Out of 100. Seen elsewhere: 90."),
        ),
        "eligibility.months": (
            gettext("Authorisations usually last"),
            gettext("What the form for giving them suggests."),
        ),
        "eligibility.remind_days": (
            gettext("Remind before something ends"),
            gettext("Admissions, trainings, authorisations and agreements; one message each."),
        ),
        "waiting.hold_hours": (
            gettext("A freed time is held for"),
            gettext("For the first in the line; at most half the time that is left until it begins."),
        ),
        "displace.enabled": (
            gettext("Bookings give way to higher ones"),
            gettext("By the published order. 0: at this place everybody keeps what she has."),
        ),
        "displace.deadline_hours": (
            gettext("They give way until"),
            gettext(
                "So many hours before they begin; after that everybody keeps what she has. 72 hours are three days."
            ),
        ),
        "approval.hours": (
            gettext("Time to answer a request"),
            gettext("Office hours of working days; then the next one up is asked. A chain may say otherwise."),
        ),
        "approval.silence_grants": (
            gettext("Silence is consent"),
            gettext("For what is shared with the other members: a request nobody answers in time is granted."),
        ),
        "approval.from_hour": (gettext("Office hours begin at"), gettext("On working days.")),
        "approval.until_hour": (gettext("Office hours end at"), gettext("On working days.")),
        "peak.from_hour": (gettext("Peak begins at"), gettext("Monday to Friday.")),
        "peak.until_hour": (gettext("Peak ends at"), gettext("Monday to Friday.")),
        **conduct_words.of_settings(),
    }
