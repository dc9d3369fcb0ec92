"""Grid timetables: a sheet for a class, a teacher or a room, a column for a weekday, and several courses in one cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.booking.rules.lessons.lesson import LONGEST_ROOM, Lesson, Reading, plain
from app.booking.rules.lessons.lines import Block, blocks_of
from app.booking.rules.lessons.timing import NotRead, periods_of, weekday_of

HEAD_WITHIN = 15
MOST_COLUMNS = 120
SUBJECTS = ("class", "teacher", "room")
"""Whose timetable a sheet is; "" where nobody knows."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a grid says its weekdays, and for each column the weekday and, in wide grids, the periods."""

    row: int
    """From 1; the cells begin below it."""
    weekdays: dict[int, int]
    periods: dict[int, tuple[int, ...]]
    """By column; empty where the rows are the periods."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A course in a cell, with the column it stands in."""

    column: int
    lesson: Lesson
    is_placed_by_row: bool
    """Its periods are those of its row, not its own words."""


def heading_of(rows: Sequence[Sequence[str]]) -> Heading | None:
    """The row with three weekdays or more, or None."""
    for number, row in enumerate(rows[:HEAD_WITHIN], 1):
        days = {at: day for at, cell in enumerate(row[:MOST_COLUMNS]) if (day := _weekday(cell))}
        if len(set(days.values())) < 3:
            continue
        below = rows[number][:MOST_COLUMNS] if number < len(rows) else []
        periods = {at: label for at, cell in enumerate(below) if at >= min(days) and (label := _label(cell))}
        if len(periods) > len(set(days.values())) or len(periods) > 7:
            return Heading(number + 1, _carried(days, periods), periods)
        return Heading(number, days, {})
    return None


def read_grid(
    reading: Reading,
    rows: Sequence[Sequence[str]],
    heading: Heading,
    *,
    last_week: int,
    sheet: str = "",
    subject: str = "",
) -> None:
    """Add what a grid says to a reading. `subject` (one of SUBJECTS) says whose timetable it is, where the file does not."""
    kind, name = subject_of(rows[: heading.row], sheet)
    kind, name = (subject or kind), (name or (sheet if subject else ""))[:LONGEST_ROOM]
    label_column = min(heading.weekdays)
    entries: list[_Entry] = []
    for number, row in enumerate(rows[heading.row :], heading.row + 1):
        labels = [plain(cell) for cell in row[:label_column] if plain(cell)]
        if heading.periods:
            name = labels[0][:LONGEST_ROOM] if labels else name
            kind = kind or "class"
        if labels and re.match("备注|说明|注[:：]|实践|其他", labels[0]):
            _report_remark(reading, number, row, sheet)
            continue
        by_row = _row_periods(labels)
        for column, weekday in heading.weekdays.items():
            text = row[column] if column < len(row) else ""
            if not plain(text):
                continue
            where = f"{sheet}!{column_name(column)}{number}"
            periods = heading.periods.get(column, by_row) if heading.periods else by_row
            try:
                found = list(_lessons_of(text, (number, where), weekday, periods, last_week))
            except NotRead as fault:
                reading.fault(number, plain(text.strip().split("\n")[0]), fault.part, fault.text, where)
                continue
            entries += [_Entry(column, _of_subject(lesson, kind, name), by_row) for lesson, by_row in found]
    for lesson in _joined(entries):
        reading.add(lesson)


def subject_of(top: Sequence[Sequence[str]], sheet: str) -> tuple[str, str]:
    """Whose timetable a sheet is, as its title says: `班级：机电2401`, `机电2401班课表`, `教室：A101`; ("", "") if not."""
    for text in [*(plain(cell) for row in top for cell in row), plain(sheet)]:
        for kind, words in (("class", "班级|行政班"), ("teacher", "教师|老师"), ("room", "教室|场地|实训室|机房")):
            found = re.search(rf"(?:{words})(?:名称|姓名)?\s*[:：]\s*(\S{{1,60}})", text)
            if found:
                return kind, found[1]
        found = re.search(r"(\S{1,40}班)\s*(?:课程表|课表|$)", text)
        if found:
            return "class", found[1]
    return "", ""


def column_name(at: int) -> str:
    """0 is A, 26 is AA."""
    name, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


def _lessons_of(
    text: str, place: tuple[int, str], weekday: int, periods: tuple[int, ...], last_week: int
) -> Iterator[tuple[Lesson, bool]]:
    for block in blocks_of(text, last_week):
        meeting = block.meeting
        if meeting.weekday not in (None, weekday):
            raise NotRead("weekday", block.when)
        if not (meeting.periods or periods):
            raise NotRead("periods", block.when)
        yield _lesson(block, place, weekday, meeting.periods or periods), not meeting.periods


def _lesson(block: Block, place: tuple[int, str], weekday: int, periods: tuple[int, ...]) -> Lesson:
    return Lesson(
        row=place[0],
        course=block.code or block.title,
        title=block.title,
        school="",
        class_name=block.class_name,
        teachers=block.teachers,
        headcount=block.headcount,
        campus=block.campus,
        room=block.room,
        weeks=block.meeting.weeks,
        weekday=weekday,
        periods=periods,
        where=place[1],
    )


def _of_subject(lesson: Lesson, kind: str, name: str) -> Lesson:
    """What the sheet is about is said once, above: the class, teacher or room of every lesson in it."""
    if kind == "class" and name and not lesson.class_name:
        return replace(lesson, class_name=name)
    if kind == "teacher" and name and not lesson.teachers:
        return replace(lesson, teachers=(name,))
    if kind == "room" and name and not lesson.room:
        return replace(lesson, room=name)
    return lesson


def _joined(entries: Sequence[_Entry]) -> Iterator[Lesson]:
    """Lessons whose cells stand below each other are one, over the periods of all their rows."""
    open_ones: dict[tuple[int, Lesson], int] = {}
    joined: list[Lesson] = []
    last_row: list[int] = []
    for entry in entries:
        bare = replace(entry.lesson, row=0, where="", periods=())
        at = open_ones.get((entry.column, bare)) if entry.is_placed_by_row else None
        if at is not None and last_row[at] == entry.lesson.row - 1:
            periods = tuple(sorted({*joined[at].periods, *entry.lesson.periods}))
            joined[at] = replace(joined[at], periods=periods)
            last_row[at] = entry.lesson.row
        else:
            open_ones[(entry.column, bare)] = len(joined)
            joined.append(entry.lesson)
            last_row.append(entry.lesson.row)
    yield from joined


def _report_remark(reading: Reading, number: int, row: Sequence[str], sheet: str) -> None:
    """Practice weeks and the like below a grid are prose; they are shown to a person, not read."""
    texts = list(dict.fromkeys(plain(cell) for cell in row if plain(cell)))
    if len(texts) > 1:
        reading.fault(number, "", "row", " ".join(texts), f"{sheet}!A{number}")


# ── headings ──


def _weekday(cell: str) -> int | None:
    text = plain(cell)
    if not re.match("星期|周|礼拜|mon|tue|wed|thu|fri|sat|sun", text.lower()) or len(text) > 12:
        return None
    try:
        return weekday_of(re.split(r"[\s(（/]", text)[0])
    except NotRead:
        return None


_NUMERALS = {sign: n for n, sign in enumerate("一二三四五六七八九十", 1)}


def _label(text: str) -> tuple[int, ...]:
    """The periods that a heading of a row or column names (`第一大节`, `0102`, `第1-2节 08:00-09:40`); () if none."""
    bare = re.sub(r"\d{1,2}[:：]\d{2}", "", plain(text)[:60])
    inner = re.search(r"[(（]([^()（）]*节)[)）]", bare)
    bare = re.sub("上午|下午|晚上|中午|早上|早晨|晚间|晚", "", inner[1] if inner else bare).strip(" -~—–至")
    bare = re.sub("[一二三四五六七八九十]+", lambda found: _digits(found[0]), bare)
    if not re.search(r"\d", bare):
        return ()
    try:
        return periods_of(bare)
    except NotRead:
        return ()


def _digits(numerals: str) -> str:
    """一二 as `1,2`, 十一十二 as `11,12`; what does not go up by one as nothing that can be read."""
    numbers = [
        10 + _NUMERALS.get(sign[1:], 0) if sign.startswith("十") else _NUMERALS[sign]
        for sign in re.findall("十[一二三四五]?|[一二三四五六七八九]", numerals)
    ]
    in_order = all(after == before + 1 for before, after in pairwise(numbers))
    return ",".join(map(str, numbers)) if in_order else "?"


def _row_periods(labels: Sequence[str]) -> tuple[int, ...]:
    for label in reversed(labels):
        found = _label(label)
        if found:
            return found
    return ()


def _carried(days: dict[int, int], periods: dict[int, tuple[int, ...]]) -> dict[int, int]:
    """The weekday of each period column: that of the nearest one to its left."""
    carried, today = {}, 0
    for column in sorted({*days, *periods}):
        today = days.get(column, today)
        if column in periods and today:
            carried[column] = today
    return carried
