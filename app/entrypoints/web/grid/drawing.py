"""Drawing a board: units by time over a day, a week or a month, and one unit over a term."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext

from app.booking.actions import looking
from app.booking.rules.timeline import Axis, Run, paint
from app.entrypoints.formats import named, weekday_text
from app.entrypoints.web.grid.board import Board, Column, Day, PhoneWeek, Row, Section, write_cells, write_linked_cells
from app.entrypoints.web.grid.ground import Ground, columns_by_day
from app.entrypoints.web.grid.words import Words
from app.foundation.timespan import DAY, at_local
from app.timetable.rules.hours import Opening, open_spans
from app.timetable.rules.term import Term

LINKED_CELLS = 600
"""So many free cells may each be a link of their own, for use without a script."""


def draw(on: Ground) -> tuple[Board, PhoneWeek | None]:
    """Units by time: a day, a week, or a month of days; and the phone's list of its first unit."""
    by_day = columns_by_day(on)
    axis = _axis(on.days, by_day)
    uses, sides = looking.board(on.actor, on.lines, on.window)
    words = Words(on)
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
    words = Words(on)
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
