"""The words of a board: its heads, notes and cells, and a unit's days as a phone lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask_babel import gettext

from app.booking.rules.timeline import PARTLY, Run, Use
from app.booking.store.looking import UnitLine
from app.entrypoints.formats import days_text, is_chinese, named, short_day_text, weekday_text
from app.entrypoints.web.calendar.teaching_days import mark_of, week_words
from app.entrypoints.web.grid.board import Cell, Column, Day, PhoneDay, PhoneWeek, Row, Slot, write_cells
from app.entrypoints.web.grid.ground import Ground
from app.foundation.timespan import DAY, local
from app.timetable.rules.term import Term


class Words:
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
