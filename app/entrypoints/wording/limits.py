"""Limits in words: how soon, how long, how much, and what is left of it."""

from __future__ import annotations

from flask_babel import gettext

from app.booking.rules import limits
from app.entrypoints.formats import day_text, moment_text
from app.entrypoints.wording.units import Names, Sentences, unit_in


def _hours_left(minutes: int) -> str:
    """What is left of a quota before the request."""
    if not minutes:
        return gettext("Nothing of it is left.")
    return gettext("Left of it: %(hours)s hours.", hours=_hours(minutes))


def _over_quota(reason: limits.OverQuota, _: Names) -> str:
    since, hours, most = day_text(reason.since), _hours(reason.minutes), _hours(reason.most)
    if reason.whose == "person" and reason.per == "week":
        return gettext(
            "In the week of %(day)s you would have %(hours)s hours; %(most)s are allowed.",
            day=since,
            hours=hours,
            most=most,
        )
    if reason.whose == "person":
        return gettext(
            "In the term from %(day)s you would have %(hours)s hours; %(most)s are allowed.",
            day=since,
            hours=hours,
            most=most,
        )
    if reason.per == "week":
        return gettext(
            "In the week of %(day)s your organisation would have %(hours)s hours; %(most)s are allowed.",
            day=since,
            hours=hours,
            most=most,
        )
    return gettext(
        "In the term from %(day)s your organisation would have %(hours)s hours; %(most)s are allowed.",
        day=since,
        hours=hours,
        most=most,
    )


def _hours(minutes: int) -> str:
    """4 or 4.5; a part of an hour is rounded up to two decimals, so that what is over never looks as if it were not."""
    whole, rest = divmod(minutes, 60)
    return str(whole) if not rest else f"{whole}.{-(-rest * 100 // 60):02d}".rstrip("0")


SENTENCES: Sentences = {
    limits.TooSoon: lambda r, n: gettext(
        "%(unit)s at %(when)s: to be asked for at least %(hours)s hours before.",
        unit=unit_in(r, n),
        when=moment_text(r.asked_start),
        hours=r.hours,
    ),
    limits.BeyondHorizon: lambda r, n: gettext(
        "%(unit)s at %(when)s: can be had for the next %(days)s days only.",
        unit=unit_in(r, n),
        when=moment_text(r.asked_start),
        days=r.days,
    ),
    limits.TooShort: lambda r, n: gettext(
        "%(unit)s at %(when)s: given for at least %(minutes)s minutes.",
        unit=unit_in(r, n),
        when=moment_text(r.asked_start),
        minutes=r.minutes,
    ),
    limits.LongerThanAllowed: lambda r, n: gettext(
        "%(unit)s at %(when)s: given for at most %(hours)s hours at a time.",
        unit=unit_in(r, n),
        when=moment_text(r.asked_start),
        hours=r.hours,
    ),
    limits.OffTheBlocks: lambda r, n: gettext(
        "%(unit)s at %(when)s: given in blocks of %(minutes)s minutes; start and end must lie on them.",
        unit=unit_in(r, n),
        when=moment_text(r.asked_start),
        minutes=r.minutes,
    ),
    limits.OverQuota: lambda r, n: f"{_over_quota(r, n)} {_hours_left(r.left)}",
    limits.TooManyAhead: lambda r, _n: gettext(
        "That would make %(dates)s coming dates; one person may have %(most)s. Left: %(left)s.",
        dates=r.dates,
        most=r.most,
        left=r.left,
    ),
    limits.OverPeakShare: lambda r, n: gettext(
        "%(unit)s, week of %(day)s: your organisation would have %(percent)s %% of its peak hours; %(most)s %% is allowed.",
        unit=unit_in(r, n),
        day=day_text(r.since),
        percent=r.percent,
        most=r.most,
    ),
}
