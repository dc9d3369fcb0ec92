"""Bookings in words: purposes, why something cannot be had, the waiting list, passing on, what comes in from files."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from app.booking.rules import busy_plan, conflict, course, feed, passing, waiting
from app.booking.rules.imports import states as import_states
from app.entrypoints.formats import moment_text, span_text
from app.entrypoints.wording.units import Names, Sentences, unit_in
from app.foundation.timespan import Span


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


def _overlaps(reason: conflict.Overlaps, names: Names) -> str:
    taken = span_text(Span(reason.start, reason.end))
    if reason.cause == "maintenance":
        return gettext("%(unit)s is under maintenance %(taken)s.", unit=unit_in(reason, names), taken=taken)
    if reason.cause == "closure":
        return gettext("%(unit)s is closed %(taken)s.", unit=unit_in(reason, names), taken=taken)
    return gettext("%(unit)s is already taken %(taken)s.", unit=unit_in(reason, names), taken=taken)


def _over_capacity(reason: conflict.OverCapacity, names: Names) -> str:
    return gettext(
        "%(unit)s: %(asked)s wanted, but only %(free)s free at %(when)s.",
        unit=unit_in(reason, names),
        asked=reason.asked,
        free=reason.free,
        when=moment_text(reason.asked_start),
    )


def _closed_then(reason: conflict.ClosedThen, names: Names) -> str:
    return gettext(
        "%(unit)s is not open %(when)s.", unit=unit_in(reason, names), when=span_text(Span(reason.start, reason.end))
    )


def _overlaps_itself(reason: conflict.OverlapsItself, _: Names) -> str:
    return gettext(
        "Two of the dates run into each other: %(first)s and %(second)s.",
        first=moment_text(reason.other_start),
        second=moment_text(reason.asked_start),
    )


def _offer_is_over(state: str) -> str:
    return {
        "accepted": gettext("You have taken it already."),
        "declined": gettext("You have let it pass already."),
        "expired": gettext("The time to answer is over; the next in the line was asked."),
        "offered": gettext("Something is held for you: take it or let it pass first."),
    }.get(state, gettext("You do not wait for this any more."))


SENTENCES: Sentences = {
    import_states.NotThatFar: lambda r, _n: {
        "read": gettext("First say what the columns of this file are."),
        "planned": gettext("This import has not begun."),
        "applying": gettext("This import is being applied already."),
        "applied": gettext("This import was applied already."),
        "dropped": gettext("This import was left alone; bring the file again."),
    }.get(r.state, gettext("This import has not begun.")),
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
        unit=unit_in(r, n),
        when=span_text(Span(r.start, r.end)),
    ),
    waiting.NotOpenToYou: lambda _r, _n: gettext("None of these can be booked by your organisation."),
    waiting.OfferIsOver: lambda r, _n: _offer_is_over(r.state),
    waiting.AnswerFirst: lambda _r, _n: gettext(
        "This time is only held for you. Take it or let it pass on the page of your waiting list first."
    ),
    conflict.Retired: lambda r, n: gettext(
        "%(unit)s is no longer there at %(when)s.", unit=unit_in(r, n), when=moment_text(r.asked_start)
    ),
    conflict.MoreThanThereIs: lambda r, n: gettext(
        "%(unit)s: %(asked)s wanted, but there are only %(capacity)s.",
        unit=unit_in(r, n),
        asked=r.asked,
        capacity=r.capacity,
    ),
    conflict.NotShared: lambda r, n: gettext("%(unit)s is for its owner only.", unit=unit_in(r, n)),
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
}
