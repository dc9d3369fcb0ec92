"""Find me a slot: what, how many, how long, when and where; the free choices ranked and explained, one press from booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext, ngettext

from app.booking.actions import finding
from app.booking.actions.finding import Places
from app.booking.rules.finding import MOST_RANKED, MOST_TIMES, Findings
from app.booking.rules.wanted import Wanted, wanted
from app.booking.rules.wish import MOST_NEEDS, Need
from app.entrypoints import clock, gate
from app.entrypoints.formats import named, short_day_text, weekday_text
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.booking.words import why_words
from app.entrypoints.web.calendar.notice import notices
from app.entrypoints.web.find.answers import Answers
from app.entrypoints.web.find.wish import Asked, Words, looser, read, sentence_on
from app.foundation.timespan import local_day
from app.timetable.rules.calendar import Lost

MOST_LOST = 12


@web.get("/book/find")
@gate.needs("booking.request")
def find() -> Any:
    """The form and, once something is asked for, what is free."""
    who, today, now = actor(), clock.today(), clock.now()
    first, _ = read(request.args, (), today, None)
    places = finding.places(who, today, first.calendar_id, first.wish.base_id, first.wish.near)
    calendar = places.calendar
    asked, term = read(request.args, calendar.terms, today, calendar.term_near(today))
    periods = calendar.bells.on(_first_day(asked, today))
    meant, found, instead = Wanted(), Findings(), []
    if not periods:
        asked.when = replace(asked.when, by_clock=True)
    problems = list(asked.problems)
    if asked.is_asked and not problems:
        meant = wanted(asked.when, calendar, term, today)
        problems += [sentence] if (sentence := sentence_on(meant, asked.when, term)) else []
        found, town = finding.find(who, (asked.wish, meant), now, series=asked.when.weekly)
        if found.is_empty and not problems:
            others = [(name, words, read(words, calendar.terms, today, term)) for name, words in looser(request.args)]
            counted = finding.instead(
                town,
                [
                    (name, (less.wish, wanted(less.when, calendar, its_term, today)))
                    for name, _, (less, its_term) in others
                ],
            )
            instead = _ways_out(counted, {name: words for name, words, _ in others})
    answers = Answers(asked, places, found, calendar)
    days = [local_day(slot.span.start) for pattern in meant.patterns for slot in pattern.slots]
    return page(
        "find/find.html",
        asked=asked,
        wish=asked.wish,
        when=asked.when,
        lines=[*asked.wish.needs, Need(kind="")][:MOST_NEEDS],
        places=places,
        members=[(each[0], _name(each)) for each in places.members],
        campuses=_campuses(places),
        calendar=calendar,
        calendar_name=_calendar_name(places),
        calendars=_calendars(places, who.member_id),
        notices=notices(calendar.days, min(days, default=today), max(days, default=today)),
        term=term,
        terms=[each for each in calendar.terms if each.last_day >= today],
        this_week=term.week_of(today) if term else None,
        periods=periods,
        problems=problems,
        found=found,
        ranked=answers.ranked(),
        times_found=[(day, list(rows)) for day, rows in groupby(answers.times(), key=lambda row: row.day)],
        instead=instead,
        lacking=_lacking(found, asked),
        lost=[(_lost_words(each)) for each in meant.lost[:MOST_LOST]],
        more_lost=len(meant.lost) - MOST_LOST,
        moved=[_moved_words(*both) for both in meant.moved[:MOST_LOST]],
        over=len(meant.over),
        most=MOST_RANKED if asked.when.weekly else MOST_TIMES,
        share=f"/book/find?{urlencode(list(request.args.items(multi=True)))}",
        weekday_names=[(n, weekday_text(date(2024, 1, n))) for n in range(1, 8)],
        today=today,
    )


def _first_day(asked: Asked, today: date) -> date:
    return max(asked.when.first_day or today, today)


def _ways_out(counted: Sequence[tuple[str, int]], addresses: dict[str, Words]) -> list[tuple[str, str]]:
    """Which wish to let go, in words with how many choices there are then, and the address without it."""
    return [
        (_without(name, many), f"/book/find?{urlencode(list(addresses[name].items(multi=True)))}")
        for name, many in sorted(counted, key=lambda each: -each[1])
    ]


def _lacking(found: Findings, asked: Asked) -> list[str]:
    """Which lines nothing answers at all, whatever the time."""
    return [
        gettext("No unit fits “%(text)s”.", text=need.text)
        if need.text
        else gettext("No unit fits line %(n)s.", n=at + 1)
        for at, need in enumerate(asked.wish.needs)
        if at in found.lacking
    ]


def _without(name: str, many: int) -> str:
    wish = {
        "near": gettext("without “near campus”"),
        "base": gettext("at any base"),
        "lab": gettext("in any lab"),
        "owner": gettext("whoever owns it"),
        "features": gettext("without the software or features"),
        "direct": gettext("also with approval"),
        "people": gettext("for any number of people"),
        "kind": gettext("of any kind"),
        "hours": gettext("at any time of day"),
        "weekday": gettext("on any weekday"),
        "weekly": gettext("as single dates"),
        "count": gettext("one class period shorter"),
        "text": gettext("without these words"),
        "line2": gettext("without the second line"),
        "line3": gettext("without the third line"),
        "line4": gettext("without the fourth line"),
    }[name]
    return ngettext("%(wish)s there is %(num)s", "%(wish)s there are %(num)s", many, wish=wish)


def _name(member: tuple[int, str, str]) -> str:
    return named(_Named(*member[1:]))


class _Named:
    def __init__(self, name_zh: str, name_en: str) -> None:
        self.name_zh, self.name_en = name_zh, name_en


def _campuses(places: Places) -> list[tuple[str, str]]:
    """Every campus as the form's value and words; a host without named campuses stands for itself."""
    names = {each[0]: _name(each) for each in places.members}
    return [
        (f"{host_id}-{campus}", f"{names.get(host_id, '')} · {campus}" if campus else names.get(host_id, ""))
        for host_id, campus in places.campuses
    ]


def _calendar_name(places: Places) -> str:
    name = next((_name(each) for each in places.members if each[0] == places.calendar.member_id), "")
    campus = places.calendar.bells.campus
    return f"{name} · {campus}" if name and campus else name or gettext("The consortium")


def _calendars(places: Places, own_id: int | None) -> list[tuple[int, str]]:
    """Whose calendar may be chosen: one's own first, then those the bases go by."""
    ids = {base.calendar_id for base in places.bases} | {own_id}
    found = [(each[0], _name(each)) for each in places.members if each[0] in ids]
    return sorted(found, key=lambda each: each[0] != own_id)


def _lost_words(lost: Lost) -> str:
    why = why_words(lost.why)
    day = f"{short_day_text(lost.day)} {weekday_text(lost.day)}"
    return gettext("%(day)s (%(why)s)", day=day, why=why) if why else day


def _moved_words(plain: date, given: date) -> str:
    return gettext(
        "%(plain)s's timetable on %(given)s",
        plain=f"{short_day_text(plain)} {weekday_text(plain)}",
        given=f"{short_day_text(given)} {weekday_text(given)}",
    )
