"""Settings pages: the numbers in force for everybody, and those that a base or a unit has of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import limiting
from app.catalogue.store import places
from app.consortium.actions import settings as actions
from app.consortium.rules.settings import SETTINGS, Setting
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import named
from app.entrypoints.web.administration.settings_words import choice_words, setting_words, unit_words
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.catalogue.base_or_unit import base_or_unit
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
    scope, scope_id = base_or_unit("limits.change", base_id, request.args.get("unit", ""))
    kept = limiting.limits_now(scope, scope_id)
    texts = {name: str(kept[name]) if name in kept else "" for name in limiting.OWN}
    return _show_limits(base_id, scope, scope_id, texts, actions.mark_of(kept), [], 200)


@web.post("/bases/<id:base_id>/limits")
@gate.needs("limits.change")
def change_limits(base_id: int) -> tuple[str, int] | Response:
    scope, scope_id = base_or_unit("limits.change", base_id, request.form.get("unit", ""))
    texts, mark = _texts(limiting.OWN), request.form.get("mark", "")[:16]
    who, now = actor(), clock.now()
    values = {name: id_from_text(text) if text != "0" else 0 for name, text in texts.items() if text}
    reasons, status = _attempt(lambda: limiting.set_limits(who, scope, scope_id, mark, values, now=now))
    if reasons:
        return _show_limits(base_id, scope, scope_id, texts, mark, reasons, status)
    flash(gettext("The limits are kept. They hold for everything that is asked from now on."), "done")
    return redirect(f"/bases/{base_id}/limits" + (f"?unit={scope_id}" if scope == "unit" else ""), 303)


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
