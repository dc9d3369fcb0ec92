"""The teaching calendar in words: terms, bell tables, holidays, opening hours, weeks and class periods as text."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext

from app.booking.rules import meetings, ringing
from app.entrypoints.formats import clock_text, day_text, example, named, span_text, weekday_text
from app.entrypoints.wording.fields import problem_text
from app.entrypoints.wording.units import Names, Sentences, unit_in
from app.foundation.timespan import Span
from app.timetable.rules import bell as bell_rules
from app.timetable.rules import days as days_rules
from app.timetable.rules import hours as hours_rules
from app.timetable.rules import notice as notice_rules
from app.timetable.rules import term as term_rules


def _when_unclear(reason: meetings.WhenUnclear, _: Names) -> str:
    if not reason.part:
        return gettext("Say when, for instance %(example)s.", example=example())
    return gettext("“%(part)s” cannot be read. Write for instance %(example)s.", part=reason.part, example=example())


def _when_incomplete(reason: meetings.WhenIncomplete, _: Names) -> str:
    lacks = {
        "weeks": gettext("“%(part)s” does not say which weeks."),
        "weekday": gettext("“%(part)s” does not say which weekday."),
        "periods": gettext("“%(part)s” does not say which class periods."),
    }
    return lacks.get(reason.lacks, lacks["periods"]) % {"part": reason.part}


def _rings_otherwise(reason: ringing.RingsOtherwise, names: Names) -> str:
    now = span_text(Span(reason.start, reason.end))
    if reason.new_start is None or reason.new_end is None:
        return gettext(
            "%(unit)s, periods %(periods)s, %(now)s: these periods would not ring any more",
            unit=unit_in(reason, names),
            periods=reason.periods,
            now=now,
        )
    return gettext(
        "%(unit)s, periods %(periods)s, %(now)s: would ring %(start)s–%(end)s",
        unit=unit_in(reason, names),
        periods=reason.periods,
        now=now,
        start=clock_text(reason.new_start),
        end=clock_text(reason.new_end),
    )


SENTENCES: Sentences = {
    term_rules.TermsOverlap: lambda r, _n: gettext(
        "These weeks belong to another term already: %(name)s", name=named(r)
    ),
    bell_rules.BellTablesOverlap: lambda r, _n: gettext(
        "There is another bell table for the same campus and learners on some of these days: %(name)s", name=named(r)
    ),
    days_rules.DayIsRuled: lambda r, _n: gettext("Something was decided of %(day)s already.", day=day_text(r.day)),
    days_rules.AlreadyMadeUp: lambda r, _n: gettext(
        "The timetable of %(lost)s is given on %(day)s already.", lost=day_text(r.stands_for), day=day_text(r.day)
    ),
    notice_rules.NoticeFault: lambda r, _n: gettext(
        "Day %(row)s of the file: %(problem)s", row=r.row, problem=problem_text(r.problem)
    ),
    notice_rules.OtherYear: lambda r, _n: gettext(
        "The file is the notice for %(year)s, but you are setting the one for %(wanted)s.", year=r.year, wanted=r.wanted
    ),
    notice_rules.NotAnnounced: lambda r, _n: gettext(
        "The file names no day: the holidays of %(year)s are not announced yet. Nothing was changed.", year=r.year
    ),
    days_rules.TaughtItself: lambda r, _n: gettext(
        "By another decision the timetable of %(day)s is given on that day itself.", day=day_text(r.day)
    ),
    bell_rules.PeriodsOverlap: lambda r, _n: gettext(
        "Class period %(n)s begins before the one before it has ended.", n=r.number
    ),
    hours_rules.HoursOverlap: lambda r, _n: gettext(
        "The hours of %(day)s run into each other.", day=weekday_text(date(2024, 1, r.weekday))
    ),
    hours_rules.LeavesOutside: lambda r, n: gettext(
        "%(unit)s is booked outside these hours: %(when)s", unit=unit_in(r, n), when=span_text(Span(r.start, r.end))
    ),
    meetings.WhenUnclear: _when_unclear,
    meetings.WhenIncomplete: _when_incomplete,
    meetings.WeekOutsideTerm: lambda r, _n: gettext(
        "%(term)s has %(weeks)s weeks; %(outside)s, from %(day)s on, is outside it.",
        term=named(r),
        weeks=r.weeks,
        outside=gettext("week %(weeks)s", weeks=r.outside.removesuffix("周")),
        day=day_text(r.day),
    ),
    meetings.NotRung: lambda r, _n: gettext(
        "There are no class periods %(periods)s on %(day)s.", periods=r.periods, day=day_text(r.day)
    ),
    ringing.RingsOtherwise: _rings_otherwise,
    ringing.BookingsRing: lambda r, _n: gettext(
        "%(dates)s coming dates of %(bookings)s bookings were asked for in class periods that would ring at other times.",
        dates=r.dates,
        bookings=r.bookings,
    ),
    ringing.PeriodsGone: lambda r, _n: gettext("Class periods %(periods)s do not ring then.", periods=r.periods),
}
