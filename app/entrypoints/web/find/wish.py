"""What the address of a search asks for: the wish, the days and times, and sentences about what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.booking.rules.wanted import MOST_DAYS, PARTS, Wanted, When, read_weeks
from app.booking.rules.wish import KINDS, LONGEST_WORDS, MOST_NEEDS, MOST_PEOPLE, MOST_TOGETHER, USUAL, Need, Wish
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.calendar.editing import minute_of
from app.foundation.identifiers import id_from_text
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import LONGEST_TEXT, Meeting, Unclear

MOST_UNITS = 60
EXAMPLE = "3-10周(双) 周二 3-4节"

Words = MultiDict[str, str]


@dataclass(slots=True)
class Asked:
    """An address as it was read: what the form shows again, and what it means."""

    wish: Wish = field(default_factory=Wish)
    when: When = field(default_factory=When)
    weeks: str = ""
    near: str = ""
    calendar_id: int | None = None
    term_id: int | None = None
    is_asked: bool = False
    problems: list[str] = field(default_factory=list)


def read(words: Words, terms: Sequence[Term], today: date, near: Term | None) -> tuple[Asked, Term | None]:
    """The address in words of the rules, and the term whose weeks it means."""
    asked = Asked(is_asked="asked" in words or bool(words.getlist("unit")))
    asked.calendar_id = id_from_text(words.get("calendar", ""))
    asked.term_id = id_from_text(words.get("term", ""))
    term = next((term for term in terms if term.id == asked.term_id), near)
    reading = _Reading(words, asked.problems)
    asked.near = words.get("near", "")[:80]
    asked.wish = _wish(reading, asked.near)
    asked.weeks = cleaned(words.get("weeks", ""), LONGEST_TEXT)
    asked.when = _when(reading, asked.weeks, term, today)
    return asked, term


@dataclass(frozen=True, slots=True)
class _Reading:
    words: Words
    problems: list[str]

    def number(self, name: str, usual: int | None, least: int, most: int, label: str) -> int | None:
        text = self.words.get(name, "").strip()
        if not text:
            return usual
        found = id_from_text(text)
        if found is None or not least <= found <= most:
            sentence = gettext(
                "%(field)s must be a whole number from %(least)s to %(most)s.", field=label, least=least, most=most
            )
            self.problems.append(sentence)
            return usual
        return found

    def whole(self, name: str, usual: int, least: int, most: int, label: str) -> int:
        found = self.number(name, usual, least, most, label)
        return usual if found is None else found

    def id(self, name: str) -> int | None:
        """An id; what is none at all is said, what there is not simply has no answers."""
        text = self.words.get(name, "").strip()
        found = id_from_text(text)
        if text and found is None:
            self.problems.append(gettext("The address names something that cannot be read: %(name)s.", name=name))
        return found

    def text(self, name: str) -> str:
        return cleaned(self.words.get(name, ""), LONGEST_WORDS)

    def day(self, name: str) -> date | None:
        text = self.words.get(name, "").strip()[:20]
        if not text:
            return None
        try:
            found = date.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or not 1980 <= found.year <= 2200:
            self.problems.append(gettext("This is not a day: %(text)s", text=cleaned(text, 20)))
            return None
        return found


def _wish(reading: _Reading, near: str) -> Wish:
    words = reading.words
    host, _, campus = near.partition("-")
    host_id = id_from_text(host)
    if near and host_id is None:
        reading.problems.append(gettext("The address names something that cannot be read: %(name)s.", name="near"))
    needs = [_need(reading, "" if n == 1 else str(n)) for n in range(1, MOST_NEEDS + 1)]
    said = [need for need in needs if need is not None]
    if sum(need.many for need in said if len(said) > 1) > MOST_TOGETHER:
        reading.problems.append(gettext("At most %(n)s units can be looked for together.", n=MOST_TOGETHER))
    return Wish(
        needs=tuple(said) or (Need(),),
        people=reading.number("people", None, 1, MOST_PEOPLE, gettext("How many people")),
        features=reading.text("features"),
        base_id=reading.id("base"),
        lab_id=reading.id("lab"),
        near=(host_id, campus) if host_id is not None else None,
        only_near=words.get("only_near") == "1",
        owner_ids=frozenset(found for each in words.getlist("owner")[:MOST_UNITS] if (found := id_from_text(each))),
        direct=words.get("direct") == "1",
    )


def _need(reading: _Reading, line: str) -> Need | None:
    """One line; a further line without any words, units or kind asks for nothing."""
    words = reading.words
    units = words.getlist(f"unit{line}")
    kind = words.get(f"kind{line}", USUAL)
    text = reading.text(f"text{line}")
    if line and not (text or units or kind not in (USUAL, "")):
        return None
    if kind not in KINDS:
        reading.problems.append(gettext("There is no such kind of unit."))
        kind = USUAL
    found = tuple(each for each in map(id_from_text, units[:MOST_UNITS]) if each is not None)
    if len(found) < len(units[:MOST_UNITS]):
        reading.problems.append(gettext("One of the units cannot be read."))
    return Need(reading.whole(f"many{line}", 1, 1, 10_000, gettext("How many")), text, kind, found)


def _when(reading: _Reading, weeks: str, term: Term | None, today: date) -> When:
    words, problems = reading.words, reading.problems
    part = words.get("part", "")
    if part not in ("", *PARTS):
        problems.append(gettext("There is no such part of the day."))
        part = ""
    meetings, part_said = _meetings(weeks, term, problems)
    weekdays = words.getlist("weekday")
    chosen = tuple(sorted({int(each) for each in weekdays if each in tuple("1234567")}))
    if any(each not in tuple("1234567") for each in weekdays):
        problems.append(gettext("Weekdays are numbered 1 (Monday) to 7 (Sunday)."))
    since, until = minute_of(words.get("since") or "08:00"), minute_of(words.get("until") or "22:00")
    by_clock = words.get("by") == "clock"
    if since is None or until is None or since >= until:
        if by_clock:
            problems.append(gettext("Times are written like 08:00, and the end lies after the start."))
        since, until = 8 * 60, 22 * 60
    first, last = reading.day("from"), reading.day("to")
    return When(
        weekly=words.get("repeat") == "weekly",
        meetings=meetings,
        weekdays=chosen or (1, 2, 3, 4, 5),
        first_day=max(first, today) if first and last and last >= today else first,
        last_day=last,
        holidays=words.get("holidays") == "1",
        part=part_said or part,
        by_clock=by_clock,
        count=reading.whole("count", 2, 1, 14, gettext("Class periods")),
        first=reading.whole("first", 1, 1, 30, gettext("From period")),
        last=reading.number("last", None, 1, 30, gettext("To period")),
        minutes=reading.whole("minutes", 120, 5, 24 * 60, gettext("Minutes")),
        since=since,
        until=until,
    )


def _meetings(text: str, term: Term | None, problems: list[str]) -> tuple[tuple[Meeting, ...], str]:
    if not text:
        return (), ""
    try:
        return read_weeks(text, term.weeks if term else 0)
    except Unclear as unclear:
        problems.append(
            gettext(
                "This cannot be read as weeks: “%(part)s”. Write for example %(example)s.",
                part=unclear.part,
                example=EXAMPLE,
            )
        )
        return (), ""


def sentence_on(wanted: Wanted, when: When, term: Term | None) -> str:
    """Why no date is meant at all; empty where some are."""
    sentences: Mapping[str, str] = {
        "no_term": gettext("There is no term, so weeks have no numbers. Give days instead."),
        "outside_term": gettext("The term ends with week %(last)s.", last=term.weeks if term else 0),
        "weeks_over": gettext("All of these dates are over."),
        "no_days": gettext("On none of these days anything is taught."),
        "backward": gettext("The last day must not be before the first."),
        "too_many_days": gettext("At most %(n)s days can be searched at once.", n=MOST_DAYS),
        "no_periods": gettext("There are no %(n)s class periods in a row between these.", n=when.count),
        "no_time": gettext("That long a time does not fit between these hours."),
        "too_much": gettext("These are too many dates and times at once: give fewer weeks, or a part of the day."),
    }
    return sentences.get(wanted.problem, "")


LOOSER: Mapping[str, Sequence[str]] = {
    "near": ("near", "only_near"),
    "base": ("base",),
    "lab": ("lab",),
    "owner": ("owner",),
    "features": ("features",),
    "direct": ("direct",),
    "people": ("people",),
    "kind": ("kind",),
    "hours": ("part", "first", "last", "since", "until"),
    "weekday": ("weekday",),
    "text": ("text",),
    "line2": ("text2", "many2", "kind2", "unit2"),
    "line3": ("text3", "many3", "kind3", "unit3"),
    "line4": ("text4", "many4", "kind4", "unit4"),
}
"""Each wish that can be let go, and the words of the address that say it."""


def looser(words: Words) -> list[tuple[str, Words]]:
    """The same address without one of its wishes, for each that it has; and with single dates for a series."""
    found = []
    for name, said in LOOSER.items():
        if any(words.get(each) for each in said if not each.startswith("many")):
            less = MultiDict((key, value) for key, value in words.items(multi=True) if key not in said)
            found.append((name, less))
    if words.get("repeat") == "weekly":
        once = MultiDict((key, value) for key, value in words.items(multi=True) if key != "repeat")
        found.append(("weekly", once))
    count = id_from_text(words.get("count", "") or "2")
    if words.get("by") != "clock" and count and 1 < count <= 14:
        fewer = MultiDict((key, value) for key, value in words.items(multi=True) if key != "count")
        fewer["count"] = str(count - 1)
        found.append(("count", fewer))
    return found
