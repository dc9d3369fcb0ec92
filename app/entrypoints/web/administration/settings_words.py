"""Words of the settings pages: how each number is called, what it means, its unit and its choices."""

from __future__ import annotations

from flask_babel import gettext

from app.consortium.rules.settings import Setting
from app.entrypoints.wording import conduct as conduct_words


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
