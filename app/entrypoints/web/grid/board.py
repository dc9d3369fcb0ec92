"""The board: one grid of units by time as values for its template: its columns, rows and cells, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext
from markupsafe import Markup, escape

from app.booking.actions import looking
from app.booking.rules.timeline import PARTLY, Axis, Run, Use, paint
from app.booking.store.looking import BaseLine, UnitLine
from app.consortium.rules.office import Actor
from app.entrypoints.formats import days_text, is_chinese, named, short_day_text, weekday_text
from app.entrypoints.web.calendar.teaching_days import mark_of, week_words
from app.foundation.timespan import DAY, Span, at_local, day_span, local, local_day, monday_of
from app.timetable.rules.bell import Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.hours import Opening, open_spans
from app.timetable.rules.term import Term
from app.timetable.store import hours as timetable

ALWAYS_OPEN = (7 * 60, 22 * 60)
"""What the clock shows of a place that is open at all times."""

STEP_MINUTES = {"day": 30, "week": 60, "month": 60, "term": 60}
LINKED_CELLS = 600
"""So many free cells may each be a link of their own, for use without a script."""


class Column(NamedTuple):
    """A class period or a step of the clock."""

    label: str
    start: str
    end: str
    start_minute: int
    end_minute: int


class Day(NamedTuple):
    """The head of a day's columns."""

    label: str
    note: str
    day: str
    href: str
    today: bool
    span: int
    offset: int = 0
    mark: str = ""
    """A holiday, a make-up day and whose timetable it runs, exams."""
    sign: str = ""
    """The same in a letter or two, for a head too narrow for it."""


class Cell(NamedTuple):
    """One cell, or a run of equal ones."""

    state: str
    span: int = 1
    label: str = ""
    href: str = ""
    title: str = ""
    level: int = 0


class Row(NamedTuple):
    """One unit, or one week of one unit."""

    unit: int
    label: str
    note: str
    href: str
    day: str
    days: list[list[Cell]]
    html: Markup | None = None
    """The cells as the template's macro would write them, written tenfold quicker; a test holds the two equal."""
    mark: str = ""
    """What is special about the week that the row is of."""


class Section(NamedTuple):
    """A lab and its rows."""

    label: str
    href: str
    note: str
    rows: list[Row]


@dataclass(slots=True)
class Board:
    """A grid as its template wants it."""

    kind: str
    caption: str
    corner: str
    book_url: str
    periods: bool
    columns: list[Column]
    days: list[Day]
    sections: list[Section]
    id: str = "grid"
    links: bool = False
    title: str = ""
    """Which weeks these are, where a term is drawn in several parts because its bells change."""

    @property
    def is_marked(self) -> bool:
        return any(day.mark for day in self.days)


class Slot(NamedTuple):
    """One line of a day on a phone."""

    label: str
    start: str
    end: str
    state: str
    href: str
    text: str
    span: int = 1


class PhoneDay(NamedTuple):
    """One day on a phone."""

    label: str
    note: str
    day: str
    today: bool
    closed: str
    slots: list[Slot]


class PhoneWeek(NamedTuple):
    """One unit's days on a phone."""

    title: str
    unit: int
    book_url: str
    days: list[PhoneDay]


def write_cells(days: Sequence[Sequence[Cell]]) -> Markup:
    """A row's cells as HTML; the same as the macro `_cell` of parts/grid.html for each."""
    parts: list[str] = []
    write = parts.append
    safe: dict[str, str] = {"": ""}
    for cells in days:
        first = True
        for state, span, label, href, title, level in cells:
            for word in (label, href, title):
                if word not in safe:
                    safe[word] = str(escape(word))
            text = safe[label]
            if state == "free":
                write(f'<td class="d">{text}</td>' if first else f"<td>{text}</td>")
                if span > 1:
                    write(f"<td>{text}</td>" * (span - 1))
            elif state == "level":
                day = " d" if first else ""
                write(f'<td class="level{level}{day}"><a href="{safe[href]}" title="{safe[title]}">{text}</a></td>')
            else:
                write(f'<td class="{state} d"' if first else f'<td class="{state}"')
                if span > 1:
                    write(f' colspan="{span}"')
                if title:
                    write(f' title="{safe[title]}"')
                write(
                    f'><a href="{escape(href)}">{text}</a></td>'
                    if href
                    else f"><span>{text}</span></td>"
                    if text
                    else "></td>"
                )
            first = False
    return Markup("".join(parts))  # noqa: S704 - every word of it is escaped above


def write_linked_cells(unit: int, label: str, cells: Sequence[Cell], day: Day, columns: Sequence[Column]) -> Markup:
    """One day of a unit with a link in each free cell; the same as the macro `_linked_cells`."""
    parts: list[str] = []
    at = 0
    free = gettext("free")
    before = f"{escape(label)} {escape(day.label)} "
    for cell in cells:
        if cell.state == "free":
            text = str(escape(cell.label)) if cell.label else ""
            for column in columns[at : at + cell.span]:
                parts.append('<td class="d">' if not parts else "<td>")
                if column.end == "24:00":
                    parts.append(f"{text}</td>")
                else:
                    parts.append(
                        f'<a href="/book/new?unit={unit}&amp;start={day.day}T{column.start}&amp;end={day.day}T{column.end}"'
                        f' aria-label="{before}{column.start}–{column.end} {text or free}">{text}</a></td>'
                    )
        else:
            written = str(write_cells([[cell]]))
            parts.append(written if not parts else written.replace(' d"', '"', 1))
        at += cell.span
    return Markup("".join(parts))  # noqa: S704 - every word of it is escaped above


@dataclass(slots=True)
class Ground:
    """What a board is drawn on: where, when, in which columns, for whom."""

    actor: Actor
    base: BaseLine
    lines: list[UnitLine]
    days: list[date]
    kind: str
    now: datetime
    calendar: Calendar
    hours: dict[tuple[str, int], list[Opening]]
    by_clock: bool
    may_book: bool
    address: str
    phone_unit: int | None = None
    """The unit whose days a phone lists; the first where none is chosen."""

    @property
    def periods(self) -> tuple[Period, ...]:
        """The class periods of the first day; on days with another bell table the columns follow that."""
        return self.calendar.bells.on(self.days[0])

    @property
    def window(self) -> Span:
        return Span(day_span(self.days[0]).start, day_span(self.days[-1]).end)

    @property
    def today(self) -> date:
        return local_day(self.now)

    def openings(self, line: UnitLine) -> tuple[Opening, ...]:
        return tuple(self.hours.get(("lab", line.lab_id)) or self.hours.get(("base", line.base_id)) or ())


def ground(
    actor: Actor,
    base: BaseLine,
    lines: list[UnitLine],
    days: list[date],
    kind: str,
    now: datetime,
    calendar: Calendar,
    *,
    by_clock: bool,
    may_book: bool,
    address: str,
    phone_unit: int | None = None,
) -> Ground:
    """Read what the columns are made of: the bells of the place, and its hours."""
    hours = timetable.openings([base.id], sorted({line.lab_id for line in lines}))
    return Ground(
        actor,
        base,
        lines,
        days,
        kind,
        now,
        calendar,
        hours,
        by_clock or not calendar.bells.on(days[0]),
        may_book,
        address,
        phone_unit if any(line.id == phone_unit for line in lines) else lines[0].id,
    )


def columns_by_day(on: Ground) -> list[list[Column]]:
    """The columns of each day: the class periods that ring then, or the steps of the clock."""
    if on.by_clock:
        return [_steps_of_clock(on)] * len(on.days)
    drawn: dict[tuple[Period, ...], list[Column]] = {}
    found = []
    for day in on.days:
        periods = on.calendar.bells.on(day) or on.periods
        if periods not in drawn:
            drawn[periods] = [
                Column(str(n), _clock(start), _clock(end), start, end)
                for n, start, end in ((each.number, each.start_minute, each.end_minute) for each in periods)
            ]
        found.append(drawn[periods])
    return found


def _steps_of_clock(on: Ground) -> list[Column]:
    shown = [opening for each in on.hours.values() for opening in each]
    always = [ALWAYS_OPEN] if any(not on.openings(line) for line in on.lines) or not shown else []
    spans = always + [(opening.start_minute, opening.end_minute) for opening in shown]
    first = min(start for start, _ in spans) // 60 * 60
    last = -(-max(end for _, end in spans) // 60) * 60
    step = STEP_MINUTES[on.kind]
    return [
        Column(_clock(start) if start % 60 == 0 else "", _clock(start), _clock(start + step), start, start + step)
        for start in range(first, last, step)
    ]


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def draw(on: Ground) -> tuple[Board, PhoneWeek | None]:
    """Units by time: a day, a week, or a month of days; and the phone's list of its first unit."""
    by_day = columns_by_day(on)
    axis = _axis(on.days, by_day)
    uses, sides = looking.board(on.actor, on.lines, on.window)
    words = _Words(on)
    sections: list[Section] = []
    phone: PhoneWeek | None = None
    templates: dict[tuple[Opening, ...], list[Run]] = {}
    now = 0 if on.kind == "month" else int(on.now.timestamp())
    linked = on.kind == "day" and on.may_book and axis.length * len(on.lines) <= LINKED_CELLS
    heads = [
        words.day_head(day, 1 if on.kind == "month" else len(columns))
        for day, columns in zip(on.days, by_day, strict=True)
    ]
    for line in on.lines:
        openings = on.openings(line)
        if openings not in templates:
            templates[openings] = axis.empty(open_spans(openings, on.days) if openings else None, now)
        shared = line.sharing == "external" or on.actor.member_id in sides.get(line.id, ())
        painted = paint(axis, list(templates[openings]), uses[line.id], line.capacity)
        if not sections or sections[-1].href != words.lab_link(line):
            sections.append(Section(words.lab(line), words.lab_link(line), line.place, []))
        cells = words.month(painted, line) if on.kind == "month" else words.days(painted, line, shared)
        name = words.unit(line)
        sections[-1].rows.append(
            Row(
                line.id,
                name,
                words.unit_note(line, shared),
                words.unit_link(line),
                "",
                cells,
                write_linked_cells(line.id, name, cells[0], heads[0], by_day[0]) if linked else write_cells(cells),
            )
        )
        if line.id == on.phone_unit and on.kind in ("day", "week"):
            phone = words.phone(painted, line, by_day, shared)
    board = Board(
        on.kind,
        caption=gettext("When the units of %(base)s are free", base=named(on.base)),
        corner=_corner(on),
        book_url="/book/new" if on.may_book else "",
        periods=not on.by_clock,
        columns=words.month_columns(on.days)
        if on.kind == "month"
        else [each for columns in by_day for each in columns],
        days=heads,
        sections=sections,
        links=linked,
    )
    return board, phone


def _corner(on: Ground) -> str:
    if on.kind == "month":
        return gettext("Hours taken") if on.by_clock else gettext("Periods taken")
    return gettext("Time") if on.by_clock else gettext("Period")


def draw_term(on: Ground, term: Term) -> tuple[list[Board], Board]:
    """One unit over a term, a row for each teaching week; and, for a phone, how full each of its days is.

    Where other bells begin to ring inside the term, the weeks before and after stand under heads of their own.
    """
    by_day = columns_by_day(on)
    line = on.lines[0]
    axis = _axis(on.days, by_day)
    uses, sides = looking.board(on.actor, [line], on.window)
    words = _Words(on)
    openings = on.openings(line)
    row = axis.empty(open_spans(openings, on.days) if openings else None, int(on.now.timestamp()))
    shared = line.sharing == "external" or on.actor.member_id in sides.get(line.id, ())
    painted = paint(axis, row, uses[line.id], line.capacity)
    cells = words.days(painted, line, shared)
    rows = [words.week_row(term, week, line, cells[(week - 1) * 7 : week * 7]) for week in range(1, term.weeks + 1)]
    boards: list[Board] = []
    weeks = [by_day[7 * n : 7 * n + 7] for n in range(term.weeks)]
    first = 0
    for n in range(1, term.weeks + 1):
        if n < term.weeks and weeks[n] == weeks[first]:
            continue
        heads = [
            Day(weekday_text(term.first_monday + each * DAY), "", "", "", False, len(columns), each)
            for each, columns in enumerate(weeks[first])
        ]
        boards.append(
            Board(
                "term",
                caption=gettext("%(unit)s over the term", unit=named(line)),
                corner=gettext("Teaching week"),
                book_url="/book/new" if on.may_book else "",
                periods=not on.by_clock,
                columns=[column for columns in weeks[first] for column in columns],
                days=heads,
                sections=[Section("", "", "", rows[first:n])],
                id="grid" if not boards else f"grid-{len(boards) + 1}",
                title=words.season(term, first + 1, n),
            )
        )
        first = n
    if len(boards) == 1:
        boards[0].title = ""
    whole = paint(
        axis, axis.empty(open_spans(openings, on.days) if openings else None, 0), uses[line.id], line.capacity
    )
    days = words.month(whole, line, f"{on.address}&unit={line.id}&view=week")
    phone = Board(
        "month",
        caption=gettext("How full each day of the term is"),
        corner=gettext("Hours taken") if on.by_clock else gettext("Periods taken"),
        book_url="",
        periods=not on.by_clock,
        columns=[Column("", "", "", 0, 0)] * 7,
        days=[Day("", weekday_text(term.first_monday + n * DAY), "", "", False, 1, n) for n in range(7)],
        sections=[
            Section(
                "",
                "",
                "",
                [
                    each._replace(days=days[7 * n : 7 * n + 7], html=write_cells(days[7 * n : 7 * n + 7]))
                    for n, each in enumerate(rows)
                ],
            )
        ],
        id="grid-of-days",
    )
    return boards, phone


def _axis(days: Sequence[date], by_day: Sequence[Sequence[Column]]) -> Axis:
    return Axis(
        [
            (int(at_local(day, column.start_minute).timestamp()), int(at_local(day, column.end_minute).timestamp()))
            for day, columns in zip(days, by_day, strict=True)
            for column in columns
        ],
        [len(columns) for columns in by_day],
    )


class _Words:
    """The words of one board, each looked up once."""

    def __init__(self, on: Ground) -> None:
        self.on = on
        self.taken = gettext("Taken")
        self.waiting = gettext("Waiting")
        self.closed = gettext("Closed")
        self.partly = gettext("Partly taken")
        self.partly_why = gettext("Something in this room is taken, so it cannot be had whole")
        self.lesson = gettext("Class lesson")
        self.lesson_titled = gettext("L · %(title)s", title="\0")
        self._plain: dict[tuple[str, int], Cell] = {}
        self._clocks: dict[tuple[int, int], str] = {}
        self._zh = is_chinese()

    def lab(self, line: UnitLine) -> str:
        return line.lab_name_zh if self._zh or not line.lab_name_en else line.lab_name_en

    def lab_link(self, line: UnitLine) -> str:
        return f"/book?lab={line.lab_id}"

    def unit(self, line: UnitLine) -> str:
        return gettext("Whole lab") if line.kind == "room" else named(line)

    def unit_link(self, line: UnitLine) -> str:
        return f"/book?unit={line.id}&view=term"

    def unit_note(self, line: UnitLine, shared: bool) -> str:
        if not shared:
            return gettext("for its owner only")
        parts = []
        if line.capacity > 1:
            parts.append(gettext("%(n)s in all", n=line.capacity))
        elif line.kind == "room" and line.seats:
            parts.append(gettext("%(n)s seats", n=line.seats))
        elif line.kind == "machine" and line.code != named(line):
            parts.append(line.code)
        if line.needs_approval:
            parts.append(gettext("needs approval"))
        return " · ".join(parts)

    def day_head(self, day: date, span: int) -> Day:
        on = self.on
        note = str(day.day) if on.kind == "month" else short_day_text(day)
        label = weekday_text(day)
        if on.kind == "month":
            label = label[1:] if self._zh else label[:2]
        mark = mark_of(on.calendar, day)
        href = f"{on.address}&view=day&day={day}"
        return Day(label, note, str(day), href, day == on.today, span, 0, mark.words, mark.sign)

    def week_row(self, term: Term, week: int, line: UnitLine, cells: list[list[Cell]]) -> Row:
        """A teaching week of a unit, with what is special about it."""
        monday = term.day(week, 1)
        return Row(
            line.id,
            gettext("Week %(n)s", n=week),
            days_text(monday, monday + 6 * DAY),
            f"{self.on.address}&view=week&day={monday}",
            str(monday),
            cells,
            write_cells(cells),
            week_words(self.on.calendar, term, week),
        )

    def season(self, term: Term, first: int, last: int) -> str:
        """Weeks under one head, and the name of the bells that ring in them."""
        table = self.on.calendar.bells.table_on(term.day(last, 7))
        weeks = gettext("Weeks %(first)s–%(last)s", first=first, last=last) if last > first else ""
        return " · ".join(
            each for each in (weeks or gettext("Week %(n)s", n=first), named(table) if table else "") if each
        )

    def month_columns(self, days: Sequence[date]) -> list[Column]:
        return [Column(str(day.day), "", "", 0, 0) for day in days]

    def days(self, painted: list[list[Run]], line: UnitLine, shared: bool) -> list[list[Cell]]:
        plain, cell = self._plain, self.cell
        return [
            [
                plain.get((run.state, run.span)) or self.simple(run.state, run.span)
                if run.use is None and not run.left and (shared or run.state != "free")
                else cell(run, line, shared)
                for run in runs
            ]
            for runs in painted
        ]

    def simple(self, state: str, span: int) -> Cell:
        title = {"closed": self.closed, "others": self.taken}.get(state, "")
        label = self.taken if state == "others" and span > 1 else ""
        cell = self._plain[state, span] = Cell(state, span, label, "", "" if label else title)
        return cell

    def cell(self, run: Run, line: UnitLine, shared: bool) -> Cell:
        use = run.use
        if use is None:
            if run.state == "free":
                if not shared:
                    return self.simple("closed", run.span)
                return Cell("free", run.span, f"{run.left}/{line.capacity}" if self.on.kind == "day" else str(run.left))
            if run.left == PARTLY.left:
                return Cell("others", run.span, self.partly if run.span > 1 else "", "", self.partly_why)
            return self.simple(run.state, run.span)
        label = self.lesson_titled.replace("\0", use.title) if use.is_lesson else use.title
        if not label:
            label = (self.waiting if use.state == "waiting" else self.taken) if run.span > 1 else ""
        href = f"/bookings/{use.booking_id}" if use.booking_id else ""
        return Cell(use.state, run.span, label, href, self.told(use))

    def told(self, use: Use) -> str:
        """All one may know of a use, in one line."""
        zone = self._clock_of(use)
        if use.cause != "booking":
            causes = {"maintenance": gettext("Maintenance"), "fault": gettext("Out of order")}
            kind = causes.get(use.cause, self.closed)
            return f"{kind} {zone} {use.title}"
        words = [use.title or (self.waiting if use.state == "waiting" else self.taken), zone]
        if use.is_lesson:
            words.insert(0, self.lesson)
        if use.person:
            words.append(use.person)
        if use.title:
            words.append(use.member_zh if self._zh or not use.member_en else use.member_en)
        return " · ".join(words)

    def _clock_of(self, use: Use) -> str:
        found = self._clocks.get((use.start, use.end))
        if found is None:
            found = self._clocks[use.start, use.end] = self._clock_text(use)
        return found

    def _clock_text(self, use: Use) -> str:
        start = local(datetime.fromtimestamp(use.start, self.on.now.tzinfo))
        end = local(datetime.fromtimestamp(use.end, self.on.now.tzinfo))
        if end.date() != start.date() and end - start > timedelta(hours=23):
            return f"{short_day_text(start.date())}–{short_day_text((end - timedelta(seconds=1)).date())}"
        return f"{start:%H:%M}–{end:%H:%M}"

    def month(self, painted: list[list[Run]], line: UnitLine, address: str = "") -> list[list[Cell]]:
        """A day as one cell: how much of its open time is taken. It leads to `address` on that day."""
        address = address or f"{self.on.address}&view=day"
        found = []
        for day, runs in zip(self.on.days, painted, strict=True):
            total = taken = 0.0
            for run in runs:
                if run.use is None and run.state in ("closed", "past"):
                    continue
                if run.use is not None and run.state == "closed":
                    continue
                total += run.span
                if run.state != "free":
                    taken += run.span
                elif run.left:
                    taken += run.span * (line.capacity - run.left) / line.capacity
            if not total:
                state = "closed" if day >= self.on.today else "past"
                found.append([self._plain.get((state, 1)) or self.simple(state, 1)])
                continue
            level = 0 if not taken else min(4, 1 + int(taken / total * 3.999))
            number = -(-taken // 1)
            title = (
                gettext("%(taken)s of %(total)s taken", taken=f"{number:.0f}", total=f"{total:.0f}")
                if taken
                else gettext("All free")
            )
            href = f"{address}&day={day}"
            found.append([Cell("level", 1, f"{number:.0f}" if taken else "", href, title, level)])
        return found

    def phone(
        self, painted: list[list[Run]], line: UnitLine, by_day: Sequence[Sequence[Column]], shared: bool
    ) -> PhoneWeek:
        days = []
        running = self.on.kind == "week" and self.on.today in self.on.days
        for day, runs, columns in zip(self.on.days, painted, by_day, strict=True):
            if running and day < self.on.today:
                continue
            slots: list[Slot] = []
            at = 0
            for run in runs:
                covered = columns[at : at + run.span]
                at += run.span
                if run.state == "free" and shared:
                    slots += [
                        Slot(each.label or each.start, each.start, each.end, "free", "", str(run.left or ""))
                        for each in covered
                    ]
                elif run.state != "past" and (run.use is not None or run.state != "closed"):
                    cell = self.cell(run, line, shared)
                    first, last = covered[0], covered[-1]
                    label = first.label if len(covered) == 1 or self.on.by_clock else f"{first.label}–{last.label}"
                    if self.on.by_clock:
                        label = f"{first.start}–{last.end}"
                    text = cell.label or cell.title or self.taken
                    slots.append(Slot(label, first.start, last.end, run.state, cell.href, text, run.span))
            closed = (
                ""
                if slots
                else gettext("Over")
                if day < self.on.today or any(run.state == "past" for run in runs)
                else self.closed
            )
            mark = mark_of(self.on.calendar, day).words
            note = f"{short_day_text(day)} · {mark}" if mark else short_day_text(day)
            days.append(PhoneDay(weekday_text(day), note, str(day), day == self.on.today, closed, slots))
        name = self.lab(line) if line.kind == "room" else named(line)
        return PhoneWeek(name, line.id, "/book/new" if self.on.may_book else "", days)


def week_of(day: date) -> list[date]:
    return [monday_of(day) + n * DAY for n in range(7)]


def month_of(day: date) -> list[date]:
    first = day.replace(day=1)
    after = (first + 31 * DAY).replace(day=1)
    return [first + n * DAY for n in range((after - first).days)]
