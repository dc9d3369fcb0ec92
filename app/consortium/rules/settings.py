"""Settings: the numbers the consortium may change, each with its bounds, its default, and where the default comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.foundation.refusal import Invalid, Reason


@dataclass(frozen=True, slots=True)
class Setting:
    """One whole number in force. `unit` says what it counts: hours, days, minutes, percent, dates, or a clock hour."""

    name: str
    unit: str
    default: int
    least: int
    most: int
    is_off_at_zero: bool = False
    """Whether 0 means that there is no such rule."""
    may_differ: bool = False
    """Whether a base or a unit may have a number of its own."""


SETTINGS: dict[str, Setting] = {
    each.name: each
    for each in (
        # how long before, how far ahead, how long
        Setting("limit.lead_hours", "hours", 0, 0, 24 * 60, is_off_at_zero=True, may_differ=True),
        Setting("limit.lead_hours_others", "hours", 0, 0, 24 * 60, is_off_at_zero=True, may_differ=True),
        Setting("limit.horizon_days", "days", 400, 1, 1100, may_differ=True),
        Setting("limit.shortest_minutes", "minutes", 0, 0, 24 * 60, is_off_at_zero=True, may_differ=True),
        Setting("limit.longest_hours", "hours", 336, 1, 336, may_differ=True),
        Setting("limit.block_minutes", "minutes", 0, 0, 12 * 60, is_off_at_zero=True, may_differ=True),
        # how much for one person, for one member
        Setting("quota.person_week_hours", "hours", 0, 0, 10_000, is_off_at_zero=True),
        Setting("quota.person_term_hours", "hours", 0, 0, 100_000, is_off_at_zero=True),
        Setting("quota.person_dates_ahead", "dates", 0, 0, 10_000, is_off_at_zero=True),
        Setting("quota.member_week_hours", "hours", 0, 0, 100_000, is_off_at_zero=True),
        Setting("quota.member_term_hours", "hours", 0, 0, 1_000_000, is_off_at_zero=True),
        Setting("quota.member_peak_percent", "percent", 0, 0, 100, is_off_at_zero=True),
        # how long a freed time is held for whoever is first in the line
        Setting("waiting.hold_hours", "hours", 24, 1, 24 * 7),
        # how long ahead what is broken without an expected end cannot be booked
        Setting("fault.open_days", "days", 14, 1, 90),
        # how long whoever is asked for an approval has, and what silence means
        Setting("approval.hours", "hours", 24, 1, 720, may_differ=True),
        Setting("approval.silence_grants", "switch", 0, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("approval.from_hour", "hour", 8, 0, 23),
        Setting("approval.until_hour", "hour", 17, 1, 24),
        Setting("peak.from_hour", "hour", 8, 0, 23),
        Setting("peak.until_hour", "hour", 18, 1, 24),
        # who goes before whom: whether bookings are displaced, and until when before they begin
        Setting("displace.enabled", "switch", 1, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("displace.deadline_hours", "hours", 72, 0, 24 * 60, may_differ=True),
        # who came and who did not; 0 minutes of grace: that kind is not judged
        Setting("presence.kept", "switch", 0, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("release.unclaimed", "switch", 0, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("grace.late_minutes", "minutes", 15, 0, 24 * 60, is_off_at_zero=True, may_differ=True),
        Setting("grace.no_show_minutes", "minutes", 30, 0, 24 * 60, is_off_at_zero=True, may_differ=True),
        Setting("grace.overrun_minutes", "minutes", 15, 0, 24 * 60, is_off_at_zero=True, may_differ=True),
        Setting("grace.early_minutes", "minutes", 0, 0, 24 * 60, is_off_at_zero=True, may_differ=True),
        Setting("extend.minutes", "minutes", 30, 0, 12 * 60, is_off_at_zero=True, may_differ=True),
        Setting("judge.after_hours", "hours", 24, 0, 24 * 14),
        Setting("cancel.hours", "hours", 24, 0, 24 * 30, is_off_at_zero=True),
        # credit, in points, and what repetition leads to
        Setting("credit.start", "points", 100, 0, 1000),
        Setting("credit.cap", "points", 100, 0, 1000),
        Setting("credit.normal", "points", 1, 0, 100),
        Setting("credit.no_show", "points", 10, 0, 100),
        Setting("credit.late", "points", 3, 0, 100),
        Setting("credit.early", "points", 0, 0, 100),
        Setting("credit.overrun", "points", 3, 0, 100),
        Setting("credit.late_cancel", "points", 2, 0, 100),
        Setting("credit.no_feedback", "points", 2, 0, 100),
        Setting("restriction.after_events", "events", 3, 0, 100, is_off_at_zero=True),
        Setting("restriction.within_days", "days", 180, 1, 1100),
        Setting("restriction.days", "days", 30, 1, 365),
        Setting("restriction.automatic", "switch", 0, 0, 1, is_off_at_zero=True),
        # what whoever books must have; an agreement: 1 asked of organisations from outside, 2 of all others too;
        # learners in post internships: 1 long and late hours are refused, 2 they need the keeper's yes
        Setting("eligibility.agreement", "choice", 0, 0, 2, is_off_at_zero=True, may_differ=True),
        Setting("eligibility.guarantor", "switch", 0, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("eligibility.safety", "switch", 0, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("eligibility.training", "switch", 0, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("eligibility.authorisation", "switch", 0, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("eligibility.learners", "choice", 0, 0, 2, is_off_at_zero=True, may_differ=True),
        Setting("eligibility.inside", "switch", 1, 0, 1, is_off_at_zero=True, may_differ=True),
        Setting("eligibility.one_place", "switch", 0, 0, 1, is_off_at_zero=True),
        Setting("eligibility.safety_score", "points", 90, 0, 100),
        Setting("eligibility.months", "months", 12, 1, 120),
        Setting("eligibility.remind_days", "days", 7, 0, 90, is_off_at_zero=True),
    )
}


def in_force(kept: Mapping[str, int]) -> dict[str, int]:
    """Every setting's number: the kept one, else the default; names nobody knows any more are left out."""
    return {name: kept.get(name, setting.default) for name, setting in SETTINGS.items()}


def reasons_against(values: Mapping[str, int | None], known: Mapping[str, int]) -> list[Reason]:
    """Everything wrong with new numbers; `known` are those in force. None stands for what cannot be read."""
    found: list[Reason] = []
    for name, value in values.items():
        setting = SETTINGS.get(name)
        if setting is None:
            found.append(Invalid(name, "unknown"))
        elif value is None:
            found.append(Invalid(name, "not_a_whole_number"))
        elif not setting.least <= value <= setting.most:
            found.append(Invalid(name, "out_of_range"))
    if found:
        return found
    together = {**known, **{name: value for name, value in values.items() if value is not None}}
    if together["approval.until_hour"] <= together["approval.from_hour"]:
        found.append(Invalid("approval.until_hour", "backward"))
    if together["peak.until_hour"] <= together["peak.from_hour"]:
        found.append(Invalid("peak.until_hour", "backward"))
    if together["limit.shortest_minutes"] > 60 * together["limit.longest_hours"]:
        found.append(Invalid("limit.shortest_minutes", "out_of_range"))
    return found
