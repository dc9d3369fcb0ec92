"""When a row is: weeks, weekday and periods gathered from the cells that name them, complete or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from app.booking.rules.lessons.lesson import LONGEST_ROOM, plain
from app.timetable.rules import weeks as week_strings
from app.timetable.rules.term import MOST_WEEKS
from app.timetable.rules.weeks import Meeting, Unclear

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d( \d\d:\d\d)?|\d{1,2}:\d\d(:\d\d)?|\d{1,4}[/.]\d{1,2}[/.]\d{1,4}"
    r"|(\d{4}年)?(\d{1,2}|[一二三四五六七八九十]+)月(\d{1,2}|[一二三四五六七八九十]+)[日号]"
    rf"|\d{{1,2}}[- ]({_MONTHS})[a-z]*|({_MONTHS})[a-z]*[- ]\d{{1,2}}",
    re.IGNORECASE,
)
"""A date or a clock time: what a spreadsheet makes of 1-16 or 3-4, and what no week or period is."""
_SEPARATORS = re.compile(r"[;；\n]+")


class NotRead(Exception):
    """What makes no sense: `part` as in lesson.PARTS, and its words."""

    def __init__(self, part: str, text: str) -> None:
        super().__init__(part, text)
        self.part, self.text = part, text


def meetings_of(cells: Mapping[str, str], last_week: int) -> list[tuple[Meeting, str]]:
    """Every meeting of a row, and the room its own words name ("" where they name none); raises NotRead.

    `cells` has the texts of `when`, `weeks`, `weekday`, `periods`, `week_from`, `week_until`, `parity`, `period_from`
    and `period_until`, as far as there are any. A row is complete with weeks, weekday and periods, or with weeks
    alone: whole practice weeks.
    """
    found = _meetings(cells.get("when", ""), "when", last_week) or [(Meeting(), "")]
    for part in ("weeks", "weekday", "periods"):
        own = _of_column(part, cells, last_week)
        if own is not None:
            found = [(_joined(meeting, own, cells.get(part, "")), room) for meeting, room in found]
    parity = _parity(cells.get("parity", ""))
    if parity is not None:
        found = [(_of_parity(meeting, parity, cells["parity"]), room) for meeting, room in found]
    for meeting, _ in found:
        _insist_on_complete(meeting, cells)
    if len(found) > 1 and any(meeting.weekday is None for meeting, _ in found):
        raise NotRead("when", cells.get("when", ""))
    return found


def weeks_of(text: str, last_week: int) -> tuple[int, ...]:
    """The weeks of a text that names nothing else; raises NotRead."""
    found = _read(text, last_week)
    if isinstance(found, str) or len(found) != 1 or found[0].weekday or found[0].periods or not found[0].weeks:
        raise NotRead(_kind("weeks", text), text)
    return found[0].weeks


def weekday_of(text: str) -> int:
    try:
        return week_strings.read_weekday(text)
    except Unclear as unclear:
        raise NotRead(_kind("weekday", text), text) from unclear


def periods_of(text: str) -> tuple[int, ...]:
    try:
        return week_strings.read_periods(text.replace("小节", "节"))
    except Unclear as unclear:
        raise NotRead(_kind("periods", text), text) from unclear


def read_or_none(text: str, last_week: int) -> tuple[Meeting, ...] | None:
    """What a text says of weeks, weekdays and periods; None where it cannot be read as that."""
    found = _read(text, last_week)
    return None if isinstance(found, str) else found


def rooms_for(text: str, count: int) -> list[str]:
    """One room for each of `count` meetings: the same for all, or as many as there are; raises NotRead."""
    pieces = [plain(piece) for piece in _SEPARATORS.split(text) if plain(piece)]
    if len(pieces) != count and len(pieces) <= 1 < count:
        by_comma = [plain(piece) for piece in re.split("[,，、]", text) if plain(piece)]
        pieces = by_comma if len(by_comma) == count else pieces
    if len(set(pieces)) <= 1:
        pieces = (pieces[:1] or [""]) * count
    elif count == 1 and len(pieces) > 1:
        raise NotRead("room", plain(text))
    if len(pieces) != count or any(len(piece) > LONGEST_ROOM for piece in pieces):
        raise NotRead("room", plain(text))
    return pieces


# ── columns ──


def _of_column(part: str, cells: Mapping[str, str], last_week: int) -> Meeting | None:
    text = plain(cells.get(part, ""))
    first, last = {"weeks": ("week_from", "week_until"), "periods": ("period_from", "period_until")}.get(part, ("", ""))
    start, until = plain(cells.get(first, "")), plain(cells.get(last, ""))
    if not text and start and not (part == "periods" and ":" in start):
        text = f"{_number(start)}-{_number(until)}" if until else _number(start)
    if not text:
        return None
    if _DATE.fullmatch(text):
        raise NotRead("date", text)
    if text.startswith("="):
        raise NotRead("formula", text)
    if part == "weeks":
        found = _read(text, last_week)
        if isinstance(found, str) or len(found) != 1 or not found[0].weeks:
            raise NotRead("weeks", text)
        return found[0]
    if part == "weekday":
        found = _read(text, last_week) if len(text) > 3 else ""
        if not isinstance(found, str) and len(found) == 1 and found[0].weekday and not found[0].weeks:
            return found[0]
        return Meeting(weekday=weekday_of(text))
    return Meeting(periods=periods_of(text))


def _number(text: str) -> str:
    """`第3周` and `第3节` as 3, where a column of its own says from and until."""
    return re.sub(r"^第?\s*(\d{1,2})\s*[周节]?$", r"\1", text)


def _joined(meeting: Meeting, own: Meeting, text: str) -> Meeting:
    """What two cells say together; they may say the same thing twice, never two different things."""
    if own.weeks:
        if meeting.weeks and meeting.weeks != own.weeks:
            raise NotRead("weeks", text)
        meeting = replace(meeting, weeks=own.weeks)
    if own.weekday is not None:
        if meeting.weekday not in (None, own.weekday):
            raise NotRead("weekday", text)
        meeting = replace(meeting, weekday=own.weekday)
    if own.periods:
        if meeting.periods and meeting.periods != own.periods:
            raise NotRead("periods", text)
        meeting = replace(meeting, periods=own.periods)
    return meeting


_PARITIES = {"单": 1, "单周": 1, "双": 0, "双周": 0, "odd": 1, "even": 0}
_EVERY = ("", "全", "全周", "每周", "单双", "单双周", "无", "否", "正常", "all", "every")


def _parity(text: str) -> int | None:
    bare = plain(text).lower().strip("()（）[]")
    if bare in _EVERY:
        return None
    if bare not in _PARITIES:
        raise NotRead("weeks", text)
    return _PARITIES[bare]


def _of_parity(meeting: Meeting, parity: int, text: str) -> Meeting:
    weeks = tuple(week for week in meeting.weeks if week % 2 == parity)
    if meeting.weeks and not weeks:
        raise NotRead("weeks", text)
    return replace(meeting, weeks=weeks)


def _insist_on_complete(meeting: Meeting, cells: Mapping[str, str]) -> None:
    if not meeting.weeks:
        raise NotRead("weeks", cells.get("weeks") or cells.get("when", ""))
    if meeting.weekday is None and meeting.periods:
        raise NotRead("weekday", cells.get("weekday") or cells.get("when", ""))
    if meeting.weekday is not None and not meeting.periods:
        raise NotRead("periods", cells.get("periods") or cells.get("when", ""))


# ── texts ──


def _meetings(text: str, part: str, last_week: int) -> list[tuple[Meeting, str]]:
    """The meetings of one combined text; a room may follow each."""
    bare = plain(text)
    if not bare:
        return []
    if _DATE.fullmatch(bare):
        raise NotRead("date", bare)
    if bare.startswith("="):
        raise NotRead("formula", bare)
    for attempt in (bare, text):
        found = _read(attempt, last_week)
        if not isinstance(found, str):
            return [(meeting, "") for meeting in found]
    pieces = [plain(piece) for piece in _SEPARATORS.split(text) if plain(piece)]
    with_rooms = [_with_room(piece, last_week) for piece in pieces]
    if any(each is None for each in with_rooms):
        raise NotRead(part, bare)
    return [each for each in with_rooms if each is not None]


def _with_room(text: str, last_week: int) -> tuple[Meeting, str] | None:
    """A meeting and the room behind it: after a space, a stroke, or at once after the last 节 or bracket."""
    cuts = {found.end() for found in re.finditer(r"[\s/◇|]+", text)}
    end = max(text.rfind(sign) for sign in "节)]}）】")
    cuts |= {end + 1} if end >= 0 else set()
    for cut in sorted(cuts, reverse=True):
        found, room = _read(text[:cut].strip(" /◇|"), last_week), text[cut:].strip(" /◇|")
        if not isinstance(found, str) and len(found) == 1 and 0 < len(room) <= LONGEST_ROOM:
            meeting = found[0]
            if meeting.weeks and meeting.weekday and meeting.periods:
                return meeting, room
    return None


@lru_cache(maxsize=8192)
def _read(text: str, last_week: int) -> tuple[Meeting, ...] | str:
    """The meetings of a text, or where it makes no sense. The same few texts fill a whole timetable."""
    try:
        return week_strings.read(text, last_week or MOST_WEEKS)
    except Unclear as unclear:
        return unclear.part


def _kind(part: str, text: str) -> str:
    bare = plain(text)
    return "date" if _DATE.fullmatch(bare) else "formula" if bare.startswith("=") else part
