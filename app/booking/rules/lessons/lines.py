"""The lines of a grid cell told apart: course, teacher, weeks and room of each of the courses in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.booking.rules.lessons.lesson import LONGEST_NAME, LONGEST_ROOM, plain
from app.booking.rules.lessons.long_table import headcount_of, teachers_of
from app.booking.rules.lessons.timing import NotRead, read_or_none
from app.timetable.rules.weeks import Meeting

MOST_LINES = 120

_LABELS = {
    "教师": "teacher", "老师": "teacher", "任课教师": "teacher", "教师姓名": "teacher", "周次": "when", "周次节次": "when",
    "时间": "when", "上课时间": "when", "地点": "room", "教室": "room", "场地": "room", "上课地点": "room", "校区": "campus",
    "班级": "class", "教学班": "code", "教学班组成": "class", "教学班人数": "headcount", "人数": "headcount", "课程": "title",
    "课程名称": "title", "课程代码": "code", "课程编号": "code",
}  # fmt: skip
_LABEL = re.compile(r"([\u4e00-\u9fff]{2,6})\s*[:：]\s*(.*)")
_ROOM = re.compile(r"\d|室|楼|馆|场|房|厅|中心|车间|基地|校区|教学部|线上|网络|未定|不排")
_PERSON = re.compile(r"[\u4e00-\u9fff·]{2,5}(?:[(（\[][^()（）\[\]]{1,12}[)）\]])?")
_RULE = re.compile(r"[-—=_*·.\s]{3,}|[-—]+")


@dataclass(frozen=True, slots=True)
class Block:
    """One course in a cell."""

    title: str
    when: str
    meeting: Meeting
    teachers: tuple[str, ...] = ()
    room: str = ""
    campus: str = ""
    class_name: str = ""
    code: str = ""
    headcount: int | None = None


def blocks_of(text: str, last_week: int) -> list[Block]:
    """Every course in a cell, in its order; raises NotRead where its lines cannot be told apart without guessing."""
    groups = _groups(text, last_week)
    if sum(len(group) for group in groups) > MOST_LINES:
        raise NotRead("too_long", plain(text)[:80])
    try:
        return _blocks(groups, last_week)
    except NotRead:
        if len(groups) == 1:
            raise
        # an empty line may also stand for a teacher or room that is missing
        return _blocks([[line for group in groups for line in group]], last_week)


def _blocks(groups: list[list[str]], last_week: int) -> list[Block]:
    return [_block(lines, last_week) for group in groups for lines in _divided(group, last_week)]


def _groups(text: str, last_week: int) -> list[list[str]]:
    """Lines between empty ones and rules; in a line with ◇, or with strokes behind the weeks, each piece is a line."""
    groups: list[list[str]] = [[]]
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = plain(raw)
        pieces = [plain(piece) for piece in re.split("[◇/]", line)]
        if not line or _RULE.fullmatch(line):
            groups.append([])
        elif "◇" in line:
            groups += [[piece for piece in map(plain, line.split("◇")) if piece], []]
        elif len(pieces) > 1 and _meeting_of(pieces[0], last_week):
            groups[-1] += [piece for piece in pieces if piece]
        else:
            groups[-1].append(line)
    return [group for group in groups if group]


def _divided(lines: list[str], last_week: int) -> list[list[str]]:
    """Lines divided among courses: each has one line of weeks, and the same number of lines before it.

    Courses with unequal numbers of lines behind the weeks might be cut at the wrong place; they are read only where
    no title then looks like a room.
    """
    at = [number for number, line in enumerate(lines) if _meeting_of(line, last_week) is not None]
    if not at:
        raise NotRead("weeks", " ".join(lines))
    if len(at) == 1:
        return [lines]
    before = at[0]
    ends = [*(number - before for number in at[1:]), len(lines)]
    behind = [end - number - 1 for number, end in zip(at, ends, strict=True)]
    courses = [lines[number - before : end] for number, end in zip(at, ends, strict=True)]
    fits = 0 < before <= 2 and min(behind) >= 0 and max(behind) <= 3 - before
    if fits and len(set(behind)) > 1:
        fits = before == 2 and not any(_ROOM.search(course[0]) for course in courses)
    if not fits:
        raise NotRead("lines", " ".join(lines))
    return courses


def _block(lines: list[str], last_week: int) -> Block:
    """One course: its first line is the title; the others by their label, their place (course, teacher, weeks, room) or
    what they plainly are."""
    told: dict[str, str] = {}
    rest: list[tuple[int, str]] = []
    when: tuple[str, Meeting] | None = None
    for number, line in enumerate(lines):
        label = _LABEL.fullmatch(line)
        meeting = _meeting_of(line, last_week)
        if meeting is not None:
            if when is not None:
                raise NotRead("lines", " ".join(lines))
            when = (line, meeting)
        elif label and label[1] in _LABELS and number:
            told[_LABELS[label[1]]] = label[2]
        elif number == 0:
            told["title"] = re.sub(r"[★☆○●◆△▲■□*※]+$", "", line).strip()
        else:
            rest.append((number, line))
    if when is None or not told.get("title"):
        raise NotRead("weeks" if when is None else "lines", " ".join(lines))
    _place_rest(told, rest, lines.index(when[0]))
    if len(told["title"]) > LONGEST_NAME or len(told.get("room", "")) > LONGEST_ROOM:
        raise NotRead("too_long", " ".join(lines))
    return Block(
        title=told["title"],
        when=when[0],
        meeting=when[1],
        teachers=teachers_of(told.get("teacher", "")),
        room=told.get("room", ""),
        campus=told.get("campus", "")[:LONGEST_ROOM],
        class_name=told.get("class", "")[:LONGEST_NAME],
        code=told.get("code", "")[:LONGEST_NAME],
        headcount=headcount_of(told.get("headcount", "")),
    )


def _place_rest(told: dict[str, str], rest: list[tuple[int, str]], weeks_at: int) -> None:
    """Lines without a label. Between course and weeks stands the teacher, behind the weeks the room; where teacher or
    class may follow the weeks too, only what plainly is one is taken."""
    before = [line for number, line in rest if number < weeks_at]
    after = [line for number, line in rest if number > weeks_at]
    if len(before) > 1 or len(after) > 3:
        raise NotRead("lines", " ".join(line for _, line in rest))
    if before:
        told["class" if before[0].endswith("班") else "teacher"] = before[0]
    if len(after) == 1 and "room" not in told and (before or "teacher" in told or _ROOM.search(after[0])):
        told["room"] = after[0]
        return
    for line in after:
        kind = "class" if line.endswith("班") else "room" if _ROOM.search(line) else ""
        if not kind and all(_PERSON.fullmatch(name) for name in re.split("[,，、;； ]+", line)):
            kind = "teacher"
        if not kind or kind in told:
            raise NotRead("lines", line)
        told[kind] = line


def _meeting_of(line: str, last_week: int) -> Meeting | None:
    """What a line of weeks says (`1-16[周]`, `周次: 1-8周(单)[01-02节]`); None for a line that is no such thing."""
    label = _LABEL.fullmatch(line)
    text = label[2] if label and _LABELS.get(label[1]) == "when" else line
    if not re.search(r"[周节单双]|^\d+(?:[-,]\d+)*$", text):
        return None
    if not re.search(r"周|单|双", text) and not (label or re.fullmatch(r"[\d,\-]+", text)):
        return None
    found = read_or_none(text, last_week)
    return found[0] if found and len(found) == 1 and found[0].weeks else None
