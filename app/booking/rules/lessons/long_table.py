"""Long tables: a row for every arrangement, under headings in any order; the vendors' templates among them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.booking.rules.lessons.columns import Columns
from app.booking.rules.lessons.lesson import (
    LONGEST_NAME,
    LONGEST_ROOM,
    MOST_LEARNERS,
    Lesson,
    Reading,
    plain,
)
from app.booking.rules.lessons.timing import NotRead, meetings_of, rooms_for

_TIMES = (
    "when", "weeks", "weekday", "periods", "week_from", "week_until", "parity", "period_from", "period_until",
)  # fmt: skip


def read_table(
    reading: Reading, rows: Sequence[Sequence[str]], columns: Columns, *, last_week: int, sheet: str = ""
) -> None:
    """Add what a table says to a reading. `last_week` is the term's, for texts that only say 单周."""
    head = [plain(cell) for cell in rows[columns.head - 1]] if 0 < columns.head <= len(rows) else []
    for number, row in enumerate(rows[columns.head :], columns.head + 1):
        texts = [plain(cell) for cell in row]
        if not any(texts) or texts == head:
            continue
        cells = {meaning: row[at] for meaning, at in columns.by_meaning.items() if at < len(row) and texts[at]}
        _read_row(reading, _Place(number, f"{sheet}!A{number}" if sheet else ""), cells, texts, last_week)


@dataclass(frozen=True, slots=True)
class _Place:
    row: int
    where: str


def _read_row(reading: Reading, place: _Place, cells: Mapping[str, str], texts: Sequence[str], last_week: int) -> None:
    said = {meaning: plain(text) for meaning, text in cells.items()}
    course = said.get("class_code") or said.get("course") or said.get("title") or ""
    try:
        _insist_on_texts(said, course, texts)
        meetings = meetings_of({part: cells[part] for part in _TIMES if part in cells}, last_week)
        rooms = rooms_for(cells.get("room", ""), len(meetings))
    except NotRead as fault:
        reading.fault(place.row, course, fault.part, fault.text, place.where)
        return
    for (meeting, own_room), room in zip(meetings, rooms, strict=True):
        reading.add(
            Lesson(
                row=place.row,
                course=course,
                title=said.get("title") or said.get("course") or course,
                school=said.get("school", ""),
                class_name=said.get("class_name", ""),
                teachers=teachers_of(cells.get("teacher") or cells.get("teacher_code", "")),
                headcount=headcount_of(said.get("headcount", "")),
                campus=said.get("campus", ""),
                room=own_room or _room(said, room),
                weeks=meeting.weeks,
                weekday=meeting.weekday,
                periods=meeting.periods,
                where=place.where,
                room_code=said.get("room_code", "") if len(set(rooms)) == 1 else "",
            )
        )


def _insist_on_texts(said: Mapping[str, str], course: str, texts: Sequence[str]) -> None:
    if len({text for text in texts if text}) == 1 or not course:
        raise NotRead("course" if len(set(texts)) > 2 else "row", " ".join(text for text in texts if text))
    for part, text in said.items():
        if text.startswith("="):
            raise NotRead("formula", text)
        if len(text) > LONGEST_NAME and part in ("title", "course", "class_code", "school"):
            raise NotRead("too_long", text)
        if len(text) > LONGEST_ROOM and part in ("campus", "room_code", "building"):
            raise NotRead("room", text)


def _room(said: Mapping[str, str], room: str) -> str:
    """The room's name, else its code; a bare number stands behind the building it is in."""
    name, building = room or said.get("room_code", ""), said.get("building", "")
    if name and building and building not in name and not re.search("[\u4e00-\u9fff]", name):
        return f"{building}{name}"[:LONGEST_ROOM]
    return name


_RANKS = (
    "正?副?教授|高级?讲师|讲师|助理?讲师|助教|助理|正?高级?工程师|工程师|助理工程师|高级?技师|技师|正?高级?实验师|实验师|"
    "副?研究员|见习|教员|初级|中级|高级|副高|正高|其他|无|未评级|未定职称|外聘"
)
_RANK = re.compile(rf"[(（\[【](?:{_RANKS})[^()（）]{{0,8}}[)）\]】]")


def teachers_of(text: str) -> tuple[str, ...]:
    """Names as written, without the rank behind them: `张三(讲师)、李四` is two people."""
    names = [plain(name)[:LONGEST_ROOM] for name in re.split(r"[,，、;；/\n]", _RANK.sub("", text))]
    if len(names) == 1 and re.fullmatch(r"[\u4e00-\u9fff]{2,4}( [\u4e00-\u9fff]{2,4})+", names[0]):
        names = names[0].split()
    return tuple(dict.fromkeys(name for name in names if name))[:20]


def headcount_of(text: str) -> int | None:
    """A plain number of people (`45`, `45人`); None where the text says anything else."""
    found = re.fullmatch(r"(\d{1,6})(?:\.0+)?\s*人?", text)
    count = int(found[1]) if found else 0
    return count if 0 < count <= MOST_LEARNERS else None
