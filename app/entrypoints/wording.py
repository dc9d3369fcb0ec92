"""Wording: the one place where a reason becomes a sentence, in the page's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, gettext

from app.booking.rules import busy_plan, conflict, course, feed, limits, meetings, passing, ringing, waiting
from app.booking.rules.imports import states as import_states
from app.catalogue.rules import exchange as sheet_exchange
from app.catalogue.rules import ownership
from app.catalogue.rules import unit as catalogue_unit
from app.catalogue.store import units as catalogue
from app.consortium.rules import entry, membership, passwords
from app.entrypoints import chain_words, conduct_words, displacing_words, eligibility_words, fault_words
from app.entrypoints.formats import clock_text, day_text, example, moment_text, named, span_text, weekday_text
from app.foundation import refusal
from app.foundation.refusal import Reason
from app.foundation.timespan import Span
from app.outbox.rules import delivery
from app.timetable.rules import bell as bell_rules
from app.timetable.rules import days as days_rules
from app.timetable.rules import hours as hours_rules
from app.timetable.rules import notice as notice_rules
from app.timetable.rules import term as term_rules

LOCALES = {"zh": "zh", "en": "en"}
"""Our words for a language to the catalogue's directory; Chinese where nothing else was chosen."""

LOCALE_COOKIE = "locale"

Names = Mapping[int, str]
"""Unit ids to names in the page's language."""


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    Babel(app, locale_selector=chosen_locale)


def chosen_locale() -> str:
    """The language of this request: what was chosen by cookie, or asked for by a program; else Chinese."""
    if not has_request_context():
        return "zh"
    chosen: str | None = g.get("locale")
    if chosen is None:
        wanted = request.cookies.get(LOCALE_COOKIE, "")
        if not wanted and request.blueprint and request.blueprint.startswith("api"):
            wanted = request.accept_languages.best_match(list(LOCALES)) or ""
        chosen = g.locale = LOCALES.get(wanted, "zh")
    return chosen


def sentences(reasons: Sequence[Reason]) -> list[str]:
    """Each reason as a sentence; unit names are read in one query."""
    names = names_in(reasons)
    return list(dict.fromkeys(say(reason, names) for reason in reasons))


def names_in(reasons: Iterable[Reason]) -> dict[int, str]:
    """The units these reasons speak of, by name: what was asked for, and the room it stands in."""
    return unit_names(unit_id for reason in reasons if isinstance(unit_id := getattr(reason, "unit_id", None), int))


def unit_names(unit_ids: Iterable[int]) -> dict[int, str]:
    ids = sorted(set(unit_ids))
    return {unit.id: named(unit) for unit in catalogue.units(ids).values()} if ids else {}


def say(reason: Reason, names: Names) -> str:
    """One reason as one sentence."""
    return SENTENCES[type(reason)](reason, names)


def _unit(reason: Any, names: Names) -> str:
    return names.get(reason.unit_id, gettext("This unit"))


def _overlaps(reason: conflict.Overlaps, names: Names) -> str:
    taken = span_text(Span(reason.start, reason.end))
    if reason.cause == "maintenance":
        return gettext("%(unit)s is under maintenance %(taken)s.", unit=_unit(reason, names), taken=taken)
    if reason.cause == "closure":
        return gettext("%(unit)s is closed %(taken)s.", unit=_unit(reason, names), taken=taken)
    return gettext("%(unit)s is already taken %(taken)s.", unit=_unit(reason, names), taken=taken)


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


def _over_capacity(reason: conflict.OverCapacity, names: Names) -> str:
    return gettext(
        "%(unit)s: %(asked)s wanted, but only %(free)s free at %(when)s.",
        unit=_unit(reason, names),
        asked=reason.asked,
        free=reason.free,
        when=moment_text(reason.asked_start),
    )


def _closed_then(reason: conflict.ClosedThen, names: Names) -> str:
    return gettext(
        "%(unit)s is not open %(when)s.", unit=_unit(reason, names), when=span_text(Span(reason.start, reason.end))
    )


def _overlaps_itself(reason: conflict.OverlapsItself, _: Names) -> str:
    return gettext(
        "Two of the dates run into each other: %(first)s and %(second)s.",
        first=moment_text(reason.other_start),
        second=moment_text(reason.asked_start),
    )


def _rings_otherwise(reason: ringing.RingsOtherwise, names: Names) -> str:
    now = span_text(Span(reason.start, reason.end))
    if reason.new_start is None or reason.new_end is None:
        return gettext(
            "%(unit)s, periods %(periods)s, %(now)s: these periods would not ring any more",
            unit=_unit(reason, names),
            periods=reason.periods,
            now=now,
        )
    return gettext(
        "%(unit)s, periods %(periods)s, %(now)s: would ring %(start)s–%(end)s",
        unit=_unit(reason, names),
        periods=reason.periods,
        now=now,
        start=clock_text(reason.new_start),
        end=clock_text(reason.new_end),
    )


def _invalid(reason: refusal.Invalid, _: Names) -> str:
    return gettext("%(field)s: %(problem)s", field=field_name(reason.field), problem=problem_text(reason.problem))


def field_name(field: str) -> str:
    """A field as the page calls it."""
    names = {
        "person": gettext("Person"),
        "scope": gettext("Where"),
        "why": gettext("Reason"),
        "arrived": gettext("Came at"),
        "left": gettext("Left at"),
        "code": gettext("Code"),
        "name_zh": gettext("Chinese name"),
        "name_en": gettext("English name"),
        "joined_on": gettext("Joined on"),
        "left_on": gettext("First day outside"),
        "person_name": gettext("Name"),
        "email": gettext("E-mail"),
        "phone": gettext("Telephone"),
        "role": gettext("Office"),
        "member": gettext("Member"),
        "base": gettext("Base"),
        "from_on": gettext("From"),
        "until_on": gettext("Last day"),
        "token_name": gettext("What it is for"),
        "rights": gettext("What it may do"),
        "expires_on": gettext("Last day"),
        "locale": gettext("Language of messages"),
        "purpose": gettext("Purpose"),
        "what": gettext("Place"),
        "calendar_name": gettext("Name of the calendar"),
        "zones": gettext("Time zones"),
        "title": gettext("Title"),
        "classes": gettext("Order"),
        "compensation": gettext("What is promised instead"),
        "compensation_fen": gettext("Amount"),
        "start": gettext("Start"),
        "end": gettext("End"),
        "units": gettext("Units"),
        "kind": gettext("Kind"),
        "requester_kind": gettext("Who asks"),
        "steps": gettext("Steps"),
        "step_parties": gettext("Who must agree"),
        "step_rule": gettext("One of them or all"),
        "step_hours": gettext("Time to answer"),
        "step_silence": gettext("What silence means"),
        "delegate": gettext("Colleague"),
        "date_id": gettext("Date"),
        "reason": gettext("Reason"),
        "on_behalf_of": gettext("On behalf of"),
        "to": gettext("To whom"),
        "headcount": gettext("Head count"),
        "note": gettext("Note"),
        "first_week": gettext("First week"),
        "last_week": gettext("Last week"),
        "learners": gettext("For whom"),
        "campus": gettext("Campus"),
        "day": gettext("Day"),
        "days": gettext("Days"),
        "year": gettext("Year"),
        "file": gettext("File"),
        "name": gettext("Name"),
        "stands_for": gettext("The lost day"),
        "then": gettext("What becomes of the bookings"),
        "calendar_member_id": gettext("Goes by the calendar of"),
        "first_monday": gettext("First Monday"),
        "weeks": gettext("Weeks"),
        "periods": gettext("Class periods"),
        "hours": gettext("Opening hours"),
        "member_id": gettext("Whose"),
        "message_ways": gettext("How I am told"),
        "digest_hour": gettext("Hour of the digest"),
        "robot_name": gettext("Name"),
        "robot_form": gettext("Kind of group"),
        "robot_url": gettext("Address of the robot"),
        "robot_secret": gettext("Signing secret"),
        "robot_kinds": gettext("What it is told"),
        "sort": gettext("Kind"),
        "people": gettext("People"),
        "places": gettext("Valid where"),
        "score": gettext("Points"),
        "evidence": gettext("Evidence"),
        "words": gettext("What is wrong"),
        "severity": gettext("How bad"),
        "cause": gettext("Cause"),
        "began_at": gettext("Broken since"),
        "expected_until": gettext("Expected until"),
        "ended_at": gettext("Works again since"),
        "cost_source": gettext("Who pays"),
        "quantity": gettext("How many"),
        "number": gettext("Number of the agreement"),
        "with_member": gettext("With whom"),
        "guarantor": gettext("Guarantor"),
        "declared": gettext("Stated of the learners"),
    }
    return names.get(field, field)


def problem_text(problem: str) -> str:
    """What is wrong with a field, by its short code."""
    texts = {
        "missing": gettext("please fill this in"),
        "unknown": gettext("this is not one of the choices"),
        "past": gettext("this is already past"),
        "in_the_past": gettext("this is already past"),
        "in_the_future": gettext("this has not been yet"),
        "too_long_ago": gettext("this is too long ago"),
        "over_a_year": gettext("this is more than a year away"),
        "after_leaving": gettext("the member has left by then"),
        "not_for_role": gettext("only heads of bases and keepers are appointed for one base"),
        "twice": gettext("the same thing is named twice"),
        "each_once": gettext("each is named exactly once"),
        "unchanged": gettext("this is the order in force already"),
        "too_long": gettext("this is too long"),
        "unreadable": gettext("this cannot be read"),
        "in_use": gettext("this is already in use"),
        "backward": gettext("the end must be after the start"),
        "of_no_use": gettext("is of no use here"),
        "nothing_taught": gettext("nothing is taught on these days: holidays, or weeks without a normal timetable"),
        "unknown_field": gettext("there is no such field"),
        "repeated_field": gettext("a field is named twice"),
        "not_json": gettext("this is not valid JSON in UTF-8"),
        "too_deep": gettext("this is nested too deeply or has too many parts"),
        "number_too_long": gettext("a number in it is too long"),
        "not_a_number": gettext("NaN and Infinity are not numbers"),
        "not_text": gettext("text is expected here"),
        "control_characters": gettext("control characters and broken characters are not allowed"),
        "wrong_length": gettext("this is empty or too long"),
        "not_a_whole_number": gettext("a whole number is expected here"),
        "spaces": gettext("no blanks before or behind, and only one between words"),
        "only_one": gettext("there is always exactly one of it"),
        "held": gettext("more than that is already booked"),
        "fixed": gettext("this cannot be changed any more"),
        "oneself": gettext("this is the one who holds it already"),
        "out_of_range": gettext("this is outside the range that is possible"),
        "not_yes_or_no": gettext("true or false is expected here"),
        "not_a_list": gettext("a list is expected here"),
        "not_an_object": gettext("an object is expected here"),
        "too_many": gettext("these are too many"),
        "not_a_moment": gettext("a time like 2026-09-01T08:00:00+08:00 is expected here"),
        "no_offset": gettext("the offset is missing; write for instance 2026-09-01T08:00:00+08:00"),
        "finer_than_microseconds": gettext("a time is kept to the microsecond, not finer"),
        "not_a_day": gettext("a day like 2026-09-01 is expected here"),
        "one_way_only": gettext("say either the dates, or term, weeks, weekday and periods"),
        "several_dates": gettext("this booking has several dates; change them one by one"),
        "nothing_to_change": gettext("nothing was said that could be changed"),
        "two_versions": gettext("`version` and If-Match say different things"),
        "not_in_bell_table": gettext("there is no such class period here"),
        "outside_term": gettext("the term has no such week"),
        "marked_later": gettext("there are marked weeks after that; take those away first"),
        "too_large": gettext("the file is too large; a notice has a few kilobytes"),
        "not_a_notice": gettext("this is not a holiday notice: an object with year and days is expected"),
        "not_in_notice": gettext("a notice speaks of its own year and of the December before"),
        "other_year": gettext("a notice speaks of its own year and of the December before"),
        "no_name": gettext("the name is missing"),
        "day_twice": gettext("the same day is named twice"),
        "other_date": gettext("week and weekday are another day than the lost day given here"),
        "no_term": gettext("no term of this calendar is near, so weeks have no numbers"),
        "not_a_monday": gettext("week 1 begins on a Monday"),
        "not_https": gettext("only addresses that begin with https:// are allowed"),
        "host_not_allowed": gettext("this host is not on the list of allowed hosts (ROBOT_HOSTS)"),
        "numbers_not_in_order": gettext("the numbers run from 1 without a gap"),
    }
    return texts.get(problem, problem)


def purpose_name(code: str) -> str:
    """A purpose as people call it."""
    names = {
        "teaching": gettext("Practical teaching"),
        "experiment": gettext("Experiments in class"),
        "competition": gettext("Skills competition and its training"),
        "certification": gettext("Skill-level certification"),
        "apprenticeship": gettext("Apprenticeship"),
        "order_class": gettext("Order class"),
        "internship": gettext("Post internship (school-in-factory)"),
        "staff_training": gettext("Company staff training"),
        "public_training": gettext("Training for the public"),
        "teacher_training": gettext("Teacher training"),
        "technical_service": gettext("Technical service, commissioned work"),
        "research": gettext("Research and development"),
        "innovation": gettext("Innovation and start-ups"),
        "visit": gettext("Open visit"),
        "maintenance": gettext("Maintenance"),
    }
    return names.get(code, code)


def _shares_not_whole(reason: ownership.SharesNotWhole, _: Names) -> str:
    share = f"{reason.share // 100}.{reason.share % 100:02d}".removesuffix(".00")
    if reason.until_on is None:
        return gettext(
            "From %(start)s on the shares make %(share)s %% instead of 100 %%.",
            start=day_text(reason.from_on),
            share=share,
        )
    return gettext(
        "From %(start)s until the day before %(end)s the shares make %(share)s %% instead of 100 %%.",
        start=day_text(reason.from_on),
        end=day_text(reason.until_on),
        share=share,
    )


def _offer_is_over(state: str) -> str:
    return {
        "accepted": gettext("You have taken it already."),
        "declined": gettext("You have let it pass already."),
        "expired": gettext("The time to answer is over; the next in the line was asked."),
        "offered": gettext("Something is held for you: take it or let it pass first."),
    }.get(state, gettext("You do not wait for this any more."))


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


SENTENCES: dict[type[Reason], Callable[[Any, Names], str]] = {
    refusal.NotFound: lambda _r, _n: gettext("There is no such thing here."),
    refusal.NotAllowed: lambda _r, _n: gettext("You are not allowed to do this."),
    refusal.ChangedMeanwhile: lambda _r, _n: gettext(
        "Somebody changed this meanwhile. Please look at it as it is now and decide again."
    ),
    refusal.Busy: lambda _r, _n: gettext("Many people are booking right now. Nothing was changed; please try again."),
    import_states.NotThatFar: lambda r, _n: {
        "read": gettext("First say what the columns of this file are."),
        "planned": gettext("This import has not begun."),
        "applying": gettext("This import is being applied already."),
        "applied": gettext("This import was applied already."),
        "dropped": gettext("This import was left alone; bring the file again."),
    }.get(r.state, gettext("This import has not begun.")),
    refusal.KeyUsedOtherwise: lambda _r, _n: gettext("This request was sent before with other content."),
    refusal.Invalid: _invalid,
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
        "%(unit)s is booked outside these hours: %(when)s", unit=_unit(r, n), when=span_text(Span(r.start, r.end))
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
    conflict.Overlaps: _overlaps,
    conflict.OverCapacity: _over_capacity,
    conflict.ClosedThen: _closed_then,
    conflict.OverlapsItself: _overlaps_itself,
    conflict.InThePast: lambda r, _n: gettext("%(when)s is already past.", when=moment_text(r.asked_start)),
    conflict.TooFarAhead: lambda r, _n: gettext(
        "%(when)s is too far ahead; one can book until %(latest)s.",
        when=moment_text(r.asked_start),
        latest=moment_text(r.latest),
    ),
    conflict.TooLong: lambda r, _n: gettext(
        "The booking at %(when)s is too long; at most %(hours)s hours.",
        when=moment_text(r.asked_start),
        hours=r.most_hours,
    ),
    conflict.TooManyDates: lambda r, _n: gettext(
        "%(asked)s dates are too many at once; at most %(most)s.", asked=r.asked, most=r.most
    ),
    conflict.TooManyUnits: lambda r, _n: gettext(
        "%(asked)s units are too many at once; at most %(most)s.", asked=r.asked, most=r.most
    ),
    limits.TooSoon: lambda r, n: gettext(
        "%(unit)s at %(when)s: to be asked for at least %(hours)s hours before.",
        unit=_unit(r, n),
        when=moment_text(r.asked_start),
        hours=r.hours,
    ),
    limits.BeyondHorizon: lambda r, n: gettext(
        "%(unit)s at %(when)s: can be had for the next %(days)s days only.",
        unit=_unit(r, n),
        when=moment_text(r.asked_start),
        days=r.days,
    ),
    limits.TooShort: lambda r, n: gettext(
        "%(unit)s at %(when)s: given for at least %(minutes)s minutes.",
        unit=_unit(r, n),
        when=moment_text(r.asked_start),
        minutes=r.minutes,
    ),
    limits.LongerThanAllowed: lambda r, n: gettext(
        "%(unit)s at %(when)s: given for at most %(hours)s hours at a time.",
        unit=_unit(r, n),
        when=moment_text(r.asked_start),
        hours=r.hours,
    ),
    limits.OffTheBlocks: lambda r, n: gettext(
        "%(unit)s at %(when)s: given in blocks of %(minutes)s minutes; start and end must lie on them.",
        unit=_unit(r, n),
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
        unit=_unit(r, n),
        day=day_text(r.since),
        percent=r.percent,
        most=r.most,
    ),
    passing.NothingToSwap: lambda _r, _n: gettext(
        "Nobody else's confirmed booking holds that then, so there is nothing to exchange it for."
    ),
    passing.PartOfASeries: lambda _r, _n: gettext(
        "This time belongs to a booking with further dates on the same machines: it can be exchanged for another time "
        "on them, or you cancel this one date and ask for the exchange with a booking of its own."
    ),
    passing.ProposalIsOver: lambda r, _n: {
        "accepted": gettext("This was accepted already."),
        "declined": gettext("This was declined already."),
        "withdrawn": gettext("This was taken back."),
    }.get(r.state, gettext("The time to answer is over.")),
    passing.ChangedSinceProposed: lambda _r, _n: gettext(
        "One of the two times has changed since this was proposed, so it cannot be exchanged as proposed."
    ),
    waiting.FreeNow: lambda r, n: gettext(
        "%(unit)s is free right now at %(when)s: book it instead of waiting.",
        unit=_unit(r, n),
        when=span_text(Span(r.start, r.end)),
    ),
    waiting.NotOpenToYou: lambda _r, _n: gettext("None of these can be booked by your organisation."),
    waiting.OfferIsOver: lambda r, _n: _offer_is_over(r.state),
    waiting.AnswerFirst: lambda _r, _n: gettext(
        "This time is only held for you. Take it or let it pass on the page of your waiting list first."
    ),
    conflict.Retired: lambda r, n: gettext(
        "%(unit)s is no longer there at %(when)s.", unit=_unit(r, n), when=moment_text(r.asked_start)
    ),
    conflict.MoreThanThereIs: lambda r, n: gettext(
        "%(unit)s: %(asked)s wanted, but there are only %(capacity)s.",
        unit=_unit(r, n),
        asked=r.asked,
        capacity=r.capacity,
    ),
    conflict.NotShared: lambda r, n: gettext("%(unit)s is for its owner only.", unit=_unit(r, n)),
    catalogue_unit.HeldThen: lambda r, n: gettext(
        "%(unit)s: %(held)s of it are held at %(when)s already, so it cannot have a capacity of only %(capacity)s.",
        unit=_unit(r, n),
        held=r.held,
        when=moment_text(r.at),
        capacity=r.capacity,
    ),
    catalogue_unit.HeldUntil: lambda r, n: gettext(
        "%(unit)s is booked or closed until %(until)s. Move or cancel that first.",
        unit=_unit(r, n),
        until=moment_text(r.until),
    ),
    ownership.SharesNotWhole: _shares_not_whole,
    ownership.OwnerTwice: lambda r, _n: gettext(
        "One member has two shares at the same time from %(day)s on.", day=day_text(r.from_on)
    ),
    sheet_exchange.SheetFaults: lambda r, _n: gettext(
        "The sheet has %(count)s faults and was not applied.", count=len(r.faults)
    ),
    sheet_exchange.SheetPlanChanged: lambda _r, _n: gettext(
        "The catalogue changed meanwhile, so the sheet would do something else now. Please look again."
    ),
    course.AlreadyOver: lambda _r, _n: gettext("This is over, refused or cancelled, and can no longer be changed."),
    course.NotWaiting: lambda _r, _n: gettext("Somebody has decided this already."),
    course.NeedsWords: lambda _r, _n: gettext("Please say why."),
    busy_plan.TooManyChanges: lambda r, _n: gettext(
        "The calendar would change %(count)s entries at once; at most %(most)s. Choose a nearer last day.",
        count=r.count,
        most=r.most,
    ),
    feed.TooManyFeeds: lambda r, _n: gettext(
        "You have %(most)s calendar subscriptions already, the most one may have. Stop one you no longer read.",
        most=r.most,
    ),
    delivery.NotDead: lambda _r, _n: gettext("This message went its way meanwhile; nothing was changed."),
    entry.WrongPassword: lambda _r, _n: gettext("E-mail and password do not belong together."),
    entry.LockedOut: lambda r, _n: gettext(
        "Too many wrong passwords. The door opens again at %(until)s.", until=moment_text(r.until)
    ),
    entry.LinkSpent: lambda _r, _n: gettext(
        "This link has been used or has run out. Ask your member's administrator for a new one."
    ),
    passwords.PasswordTooShort: lambda r, _n: gettext("A password needs at least %(least)s characters.", least=r.least),
    passwords.PasswordTooLong: lambda r, _n: gettext("A password has at most %(most)s characters.", most=r.most),
    passwords.PasswordWellKnown: lambda _r, _n: gettext("This password is one of those that are tried first."),
    passwords.PasswordIsTheirs: lambda _r, _n: gettext("This password is little more than your own name or e-mail."),
    passwords.PasswordTooPlain: lambda _r, _n: gettext(
        "A password needs three of these: small letters, capitals, digits, other signs."
    ),
    passwords.PasswordsDiffer: lambda _r, _n: gettext("The two passwords are not the same."),
    membership.NotYourself: lambda _r, _n: gettext(
        "Nobody closes their own account or ends their own office; ask another administrator."
    ),
    membership.AlreadyHolds: lambda _r, _n: gettext("This office is held then already."),
    membership.AccountClosed: lambda _r, _n: gettext("The account is closed; open it first."),
    passwords.PasswordUnchanged: lambda _r, _n: gettext("This is the old password; choose another."),
    **chain_words.SENTENCES,
    **conduct_words.SENTENCES,
    **displacing_words.SENTENCES,
    **eligibility_words.SENTENCES,
    **fault_words.SENTENCES,
}
"""Every reason there is; a test holds this complete, in both languages."""


def said_for(words: Iterable[str]) -> list[str]:
    """What speaks for an alternative, and against it, in few words each: see `Alternative.speaks_for`."""
    told = {
        "same_units": gettext("the same place"),
        "same_sort": gettext("the same kind"),
        "other_sort": gettext("another kind"),
        "at_lab": gettext("same lab"),
        "at_base": gettext("same base"),
        "at_campus": gettext("another base on the same campus"),
        "at_host": gettext("another base of the same host"),
        "at_city": gettext("another host's base"),
        "at_own": gettext("your own organisation's base"),
        "same_time": gettext("the same time"),
        "same_time_other_day": gettext("the same hours on another day"),
        "earlier": gettext("earlier that day"),
        "later": gettext("later that day"),
        "other_day": gettext("another day"),
        "rest_at_other_times": gettext("the rest at other times"),
        "all_dates": gettext("all dates"),
        "some_dates": gettext("some dates only"),
        "several_bookings": gettext("in several bookings"),
        "needs_approval": gettext("needs approval"),
        "at_once": gettext("no approval needed"),
    }
    return [told[word] for word in words]
