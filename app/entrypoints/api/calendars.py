"""Operations: the teaching calendar, read: terms, bells, holidays, decisions about days, what a day is, deadlines."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response

from app.consortium.store import members as member_store
from app.consortium.store import pages
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import answer, operation
from app.entrypoints.api.problems import invalid
from app.entrypoints.api.shapes import calendar as shapes
from app.entrypoints.api.shapes.blocks import list_of
from app.timetable.rules.bell import Period
from app.timetable.rules.days import OFF
from app.timetable.store import bells as bell_store
from app.timetable.store import days as day_store
from app.timetable.store import terms as term_store
from app.timetable.store.calendar import calendar


@operation("GET", "/terms", deed="grid.see", tag="calendar", answers=list_of(shapes.SchoolTerm))
def terms() -> Response:
    """The terms whose teaching weeks a series may name, with their marked weeks."""
    found, blocks = term_store.terms(), term_store.blocks()
    codes = pages.member_codes([term.member_id for term in found if term.member_id is not None])
    return answer(
        {
            "items": [
                {
                    "id": term.id,
                    "name_zh": term.name_zh,
                    "name_en": term.name_en,
                    "first_monday": term.first_monday,
                    "weeks": term.weeks,
                    "member": codes.get(term.member_id) if term.member_id is not None else None,
                    "blocks": [
                        {
                            "name_zh": block.name_zh,
                            "name_en": block.name_en,
                            "kind": block.kind,
                            "first_week": block.first_week,
                            "last_week": block.last_week,
                            "learners": block.learners,
                            "teaches": block.teaches,
                        }
                        for block in blocks
                        if block.term_id == term.id
                    ],
                }
                for term in found
            ]
        }
    )


@operation(
    "GET",
    "/bell-tables",
    deed="grid.see",
    tag="calendar",
    query=shapes.Whose,
    answers=list_of(shapes.BellTableShown),
)
def bell_tables(wanted: dict[str, Any]) -> Response:
    """The class periods of a member and of the consortium, by campus, learners and season."""
    member_id, codes = _whose(wanted)
    return answer(
        {
            "items": [
                {
                    "id": table.id,
                    "member": codes.get(table.form.member_id),
                    "name_zh": table.form.name_zh,
                    "name_en": table.form.name_en,
                    "campus": table.form.campus,
                    "learners": table.form.learners,
                    "from_on": table.form.from_on,
                    "until_on": table.form.until_on,
                    "periods": [_period(each) for each in table.form.periods],
                }
                for table in bell_store.bell_tables(member_id)
            ]
        }
    )


@operation("GET", "/holidays", deed="grid.see", tag="calendar", query=shapes.YearWanted, answers=shapes.Holidays)
def holidays(wanted: dict[str, Any]) -> Response:
    """The national holidays and make-up working days of a year, its December out of two notices."""
    year = wanted["year"]
    days = day_store.days(None)
    lines = [line for line in days.holidays.values() if line.day.year == year]
    return answer(
        {
            "year": year,
            "known": year in days.known_years,
            "december_may_change": days.open_december(date(year, 12, 1), date(year, 12, 31)) is not None,
            "days": [
                {"date": line.day, "name": line.name, "is_off": line.is_off, "notice_year": line.notice_year}
                for line in sorted(lines, key=lambda line: line.day)
            ],
        }
    )


@operation(
    "GET", "/day-rules", deed="grid.see", tag="calendar", query=shapes.Whose, answers=list_of(shapes.DayRuleShown)
)
def day_rules(wanted: dict[str, Any]) -> Response:
    """What a member and the consortium decided of single days."""
    member_id, codes = _whose(wanted)
    return answer(
        {
            "items": [
                {
                    "id": rule.id,
                    "member": codes.get(rule.member_id),
                    "day": rule.day,
                    "kind": rule.kind,
                    "name_zh": rule.name_zh,
                    "name_en": rule.name_en,
                    "stands_for": rule.stands_for if rule.kind != OFF else None,
                }
                for rule in day_store.rules(member_id)
            ]
        }
    )


@operation("GET", "/day", deed="grid.see", tag="calendar", query=shapes.DayWanted, answers=shapes.DayShown)
def day(wanted: dict[str, Any]) -> Response:
    """What a day is: off, taught, a make-up day and whose timetable it runs, its week and its class periods."""
    member_id, codes = _whose(wanted)
    at: date = wanted["day"]
    found = calendar(member_id, wanted.get("campus", ""), wanted.get("learners", ""))
    status, runs = found.days.status(at), found.runs(at)
    return answer(
        {
            "day": at,
            "member": codes.get(member_id),
            "kind": status.kind,
            "name_zh": status.name,
            "name_en": status.name_en,
            "week": found.week_of(at),
            "runs": {
                "term_id": runs[0].id,
                "week": runs[1],
                "weekday": runs[2],
                "day": found.days.timetable_of(at),
            }
            if runs
            else None,
            "given_on": found.days.given_on(at),
            "is_working": found.days.is_working(at),
            "year_known": at.year in found.days.known_years,
            "periods": [_period(each) for each in found.bells.on(at)],
        }
    )


@operation(
    "GET", "/working-days", deed="grid.see", tag="calendar", query=shapes.DeadlineWanted, answers=shapes.Deadline
)
def working_days(wanted: dict[str, Any]) -> Response:
    """The day on which so many working days after `from` have passed, by the national notices."""
    days = day_store.days(None)
    end = days.after_working_days(wanted["start"], wanted["count"])
    return answer(
        {
            "from": wanted["start"],
            "count": wanted["count"],
            "day": end,
            "unknown_years": days.unknown_years(wanted["start"], end),
        }
    )


def _whose(wanted: dict[str, Any]) -> tuple[int | None, dict[int | None, str]]:
    """The member whose calendar is asked for, and every member's code by id."""
    codes: dict[int | None, str] = {each.id: each.code for each in member_store.members(today=clock.today())}
    code = wanted.get("member")
    if code is None:
        return gate.actor().member_id, codes
    found = next((member_id for member_id, each in codes.items() if each == code), None)
    if found is None:
        raise invalid("member", "unknown")
    return found, codes


def _period(period: Period) -> dict[str, Any]:
    return {"number": period.number, "start": _clock(period.start_minute), "end": _clock(period.end_minute)}


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
