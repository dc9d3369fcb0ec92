"""Repetition in uploaded calendars: a closed form of RRULE, judged by its text and worked out day by day, within bounds.

No foreign rule is handed to a library: some of them never end there. Here every rule ends with the last day asked for,
whatever it says. Source: RFC 5545, 3.3.10; a test holds the days equal to an independent implementation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_INTERVAL, MOST_COUNT, MOST_LISTED = 52, 400, 60
LONGEST_TEXT = 1_000
"""Characters of a rule."""

_NOT_TAKEN = frozenset({"BYSECOND", "BYMINUTE", "BYHOUR", "BYSETPOS"})
_LISTS = {"BYMONTH": (1, 12), "BYMONTHDAY": (1, 31), "BYYEARDAY": (1, 366), "BYWEEKNO": (1, 53)}
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}")
_UNTIL = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(T[0-9]{6}Z?)?")
_BYDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One repetition. `until` is the text as written (a day, or a moment); `weekdays` pairs an ordinal (0: each) and 0–6."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: str = ""
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    week_start: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it goes on for ever."""
        return self.count is None and not self.until


def read_rule(text: str) -> Rule | str:
    """The rule, or a short code for what is not taken: frequency, interval, count, until, part, or unreadable."""
    if len(text) > LONGEST_TEXT:
        return "unreadable"
    parts: dict[str, str] = {}
    for piece in text.strip().strip(";").upper().split(";"):
        name, sign, value = piece.partition("=")
        if not sign or not value or name in parts:
            return "unreadable"
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        return "frequency" if "FREQ" in parts else "unreadable"
    if _NOT_TAKEN.intersection(parts):
        return "part"
    if set(parts) - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", *_LISTS}:
        return "unreadable"
    interval, count = _bounded(parts.get("INTERVAL", "1"), MOST_INTERVAL), _bounded(parts.get("COUNT", "1"), MOST_COUNT)
    if interval is None:
        return "interval"
    if count is None or ("COUNT" in parts and "UNTIL" in parts):
        return "count"
    if "UNTIL" in parts and not _UNTIL.fullmatch(parts["UNTIL"]):
        return "until"
    lists = {name: _listed(parts.get(name, ""), *bounds) for name, bounds in _LISTS.items()}
    weekdays = _weekdays(parts.get("BYDAY", ""), parts["FREQ"])
    if weekdays is None or any(each is None for each in lists.values()) or parts.get("WKST", "MO") not in WEEKDAYS:
        return "unreadable"
    if (lists["BYWEEKNO"] or lists["BYYEARDAY"]) and parts["FREQ"] != "YEARLY":
        return "unreadable"
    if lists["BYWEEKNO"] and any(ordinal for ordinal, _ in weekdays):
        return "unreadable"
    return Rule(
        frequency=parts["FREQ"],
        interval=interval,
        count=count if "COUNT" in parts else None,
        until=parts.get("UNTIL", ""),
        months=lists["BYMONTH"] or (),
        month_days=lists["BYMONTHDAY"] or (),
        year_days=lists["BYYEARDAY"] or (),
        week_numbers=lists["BYWEEKNO"] or (),
        weekdays=weekdays,
        week_start=WEEKDAYS.index(parts.get("WKST", "MO")),
    )


def days(rule: Rule, first: date, last: date) -> Iterator[date]:
    """The days of a rule that begins on `first`, in order, none after `last`; `count` and `until` are the caller's.

    At most as many steps as `effort` says.
    """
    if rule.frequency == "WEEKLY":
        yield from _weekly(rule, first, last)
        return
    rule, day = _spelled_out(rule, first), first
    while day <= last:
        if not _period_counts(rule, first, day):
            day = _next_period(rule, day)
            continue
        if rule.frequency != "DAILY" and not _in_months(rule, day):
            day = _next_month(day)
            continue
        if _is_one(rule, day):
            yield day
        day += timedelta(days=rule.interval if rule.frequency == "DAILY" else 1)


def effort(rule: Rule, first: date, last: date) -> int:
    """The most steps that working out the days can take."""
    length = max((last - first).days, 0)
    if rule.frequency == "WEEKLY":
        return (length // (7 * rule.interval) + 2) * (len(rule.weekdays) or 1)
    if rule.frequency == "DAILY":
        return length // rule.interval + 1
    months = _spelled_out(rule, first).months
    return length * len(months) // 12 + 43 if months else length + 31


def _spelled_out(rule: Rule, first: date) -> Rule:
    """What a rule leaves open, its first day says."""
    if rule.frequency == "DAILY" or rule.month_days or rule.year_days or rule.week_numbers or rule.weekdays:
        return rule
    months = (first.month,) if rule.frequency == "YEARLY" and not rule.months else rule.months
    return replace(rule, months=months, month_days=(first.day,))


def _weekly(rule: Rule, first: date, last: date) -> Iterator[date]:
    wanted = {weekday for _, weekday in rule.weekdays} or {first.weekday()}
    week = first - timedelta(days=(first.weekday() - rule.week_start) % 7)
    offsets = sorted((weekday - rule.week_start) % 7 for weekday in wanted)
    while week <= last:
        for offset in offsets:
            day = week + timedelta(days=offset)
            if first <= day <= last and _in_months(rule, day):
                yield day
        week += timedelta(weeks=rule.interval)


def _period_counts(rule: Rule, first: date, day: date) -> bool:
    if rule.frequency == "YEARLY":
        return (day.year - first.year) % rule.interval == 0
    if rule.frequency == "MONTHLY":
        return (day.year * 12 + day.month - first.year * 12 - first.month) % rule.interval == 0
    return True


def _next_period(rule: Rule, day: date) -> date:
    return date(day.year + 1, 1, 1) if rule.frequency == "YEARLY" else _next_month(day)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _in_months(rule: Rule, day: date) -> bool:
    return not rule.months or day.month in rule.months


def _is_one(rule: Rule, day: date) -> bool:
    """Whether a day of a period that counts is one of the rule's."""
    if not _in_months(rule, day):
        return False
    if rule.month_days and not {day.day, day.day - _length_of_month(day) - 1}.intersection(rule.month_days):
        return False
    if rule.year_days and not {_of_year(day), _of_year(day) - _length_of_year(day) - 1}.intersection(rule.year_days):
        return False
    if rule.week_numbers and not _week_numbers(day, rule.week_start).intersection(rule.week_numbers):
        return False
    if not rule.weekdays:
        return True
    return any(
        day.weekday() == weekday
        and (not ordinal or ordinal in _places(day, in_month=rule.frequency == "MONTHLY" or bool(rule.months)))
        for ordinal, weekday in rule.weekdays
    )


def _places(day: date, *, in_month: bool) -> tuple[int, int]:
    """Which one of its weekday it is, from the beginning and (negative) from the end, of its month or year."""
    before = day.day - 1 if in_month else _of_year(day) - 1
    after = (_length_of_month(day) - day.day) if in_month else (_length_of_year(day) - _of_year(day))
    return before // 7 + 1, -(after // 7) - 1


def _week_numbers(day: date, week_start: int) -> set[int]:
    """The number of its week in its year, from the beginning and (negative) from the end; week 1 has four days of it."""
    week = day - timedelta(days=(day.weekday() - week_start) % 7)
    year = (week + timedelta(days=3)).year
    number = ((week + timedelta(days=3)) - date(year, 1, 1)).days // 7 + 1
    return {number, number - _weeks_of(year, week_start) - 1}


def _weeks_of(year: int, week_start: int) -> int:
    last = date(year, 12, 28)
    week = last - timedelta(days=(last.weekday() - week_start) % 7)
    fourth = week + timedelta(days=3)
    if fourth.year > year:
        fourth -= timedelta(weeks=1)
    elif (fourth + timedelta(weeks=1)).year == year:
        fourth += timedelta(weeks=1)
    return (fourth - date(year, 1, 1)).days // 7 + 1


def _of_year(day: date) -> int:
    return day.timetuple().tm_yday


def _length_of_year(day: date) -> int:
    return _of_year(date(day.year, 12, 31))


def _length_of_month(day: date) -> int:
    return (_next_month(day) - timedelta(days=1)).day


def _bounded(text: str, most: int) -> int | None:
    number = int(text) if _NUMBER.fullmatch(text) else 0
    return number if 1 <= number <= most else None


def _listed(text: str, least: int, most: int) -> tuple[int, ...] | None:
    """Numbers from `least` to `most`, counted from the end where negative; None where it is no such list."""
    if not text:
        return ()
    pieces = text.split(",")
    if len(pieces) > MOST_LISTED or not all(_NUMBER.fullmatch(each) for each in pieces):
        return None
    numbers = [int(each) for each in pieces]
    fits = all(least <= abs(each) <= most for each in numbers) and (most != 12 or min(numbers) > 0)
    return tuple(sorted(set(numbers))) if fits else None


def _weekdays(text: str, frequency: str) -> tuple[tuple[int, int], ...] | None:
    if not text:
        return ()
    found = [_BYDAY.fullmatch(each) for each in text.split(",")]
    if len(found) > MOST_LISTED:
        return None
    pairs = [(int(each[1] or 0), WEEKDAYS.index(each[2])) for each in found if each]
    most = {"MONTHLY": 5, "YEARLY": 53}.get(frequency, 0)
    if len(pairs) < len(found) or any(abs(ordinal) > most for ordinal, _ in pairs):
        return None
    return tuple(dict.fromkeys(pairs))
