"""From bytes to lines: the lines of a calendar that matter, within bounds, whatever lies beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.entrypoints.icsfiles.bounds import MOST_BYTES, MOST_COMPONENTS, MOST_DATES, MOST_DEPTH, UnreadableCalendar

_PROPERTIES = frozenset(
    {
        *("UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"),
        *("SEQUENCE", "STATUS", "TRANSP", "SUMMARY", "CLASS"),
    }
)
_LINE = re.compile(r"([A-Za-z0-9-]{1,60})[;:]")
_FOLD = re.compile(r"\n[ \t]")


@dataclass(slots=True)
class Frame:
    """The entries' lines that matter, and what the calendar says of itself."""

    body: bytes = b""
    rows: int = 0
    others: int = 0
    name: str = ""
    zone: str = ""
    cancels: bool = False
    malformed: dict[int, str] = field(default_factory=dict)


def decoded(content: bytes) -> str:
    """UTF-8, else GB18030; what is neither is not guessed."""
    if len(content) > MOST_BYTES:
        raise UnreadableCalendar("too_large")
    if not content.strip():
        raise UnreadableCalendar("empty")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise UnreadableCalendar("unreadable")
        return text
    raise UnreadableCalendar("encoding")


def sift(text: str) -> Frame:
    """The entries' lines that matter, whatever line ends and foldings the file has; nothing of what lies inside entries."""
    lines = _FOLD.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    first = next((line.strip().upper() for line in lines if line.strip()), "")
    if first != "BEGIN:VCALENDAR":
        raise UnreadableCalendar("not_a_calendar")
    frame, stack, kept, components = Frame(), list[str](), ["BEGIN:VCALENDAR"], 0
    for line in lines:
        if not line.strip():
            continue
        begins, ends = line[:6].upper() == "BEGIN:", line[:4].upper() == "END:"
        if begins:
            stack.append(line[6:].strip().upper())
            components += 1
            if components > MOST_COMPONENTS:
                raise UnreadableCalendar("too_many_components")
            if len(stack) > MOST_DEPTH or (stack[-1] == "VCALENDAR") != (len(stack) == 1):
                raise UnreadableCalendar("unreadable")
            if stack[1:] == ["VEVENT"]:
                frame.rows += 1
                kept.append("BEGIN:VEVENT")
            elif len(stack) == 2 and stack[1] != "VTIMEZONE":
                frame.others += 1
        elif ends:
            if not stack or line[4:].strip().upper() != stack[-1]:
                raise UnreadableCalendar("unreadable")
            if stack[1:] == ["VEVENT"]:
                kept.append("END:VEVENT")
            stack.pop()
        else:
            _sift_line(frame, kept, stack, line)
    if stack:
        raise UnreadableCalendar("cut_off")
    frame.body = ("\r\n".join([*kept, "END:VCALENDAR"]) + "\r\n").encode("utf-8", "replace")
    return frame


def _sift_line(frame: Frame, kept: list[str], stack: Sequence[str], line: str) -> None:
    found = _LINE.match(line)
    name = found[1].upper() if found else ""
    if stack[1:] == ["VEVENT"]:
        if not name:
            frame.malformed[frame.rows] = "unreadable"
        elif name in ("RDATE", "EXDATE") and line.count(",") > MOST_DATES:
            frame.malformed[frame.rows] = "too_many_dates"
        elif name in _PROPERTIES:
            kept.append(line)
    elif len(stack) == 1:
        value = line[found.end() :] if found else ""
        if name in ("X-WR-CALNAME", "NAME"):
            frame.name = frame.name or value
        elif name == "X-WR-TIMEZONE":
            frame.zone = value.strip()
        elif name == "METHOD":
            frame.cancels = value.strip().upper() == "CANCEL"
    elif not stack:
        raise UnreadableCalendar("unreadable")
