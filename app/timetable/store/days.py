"""Rows of national notices and of what organisations decided of single days."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    bindparam,
    case,
    cast,
    delete,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from app.database import session, table_of
from app.timetable.rules.days import OFF, ON, DayRule, Days, Holiday, RuleForm, days_of
from app.timetable.tables import DayRule as RuleRow
from app.timetable.tables import Holiday as HolidayRow


def days(member_id: int | None) -> Days:
    """The days of one organisation; one query, for every grid and form asks it."""
    national, own = [], []
    for rule_id, version, whose, day, kind, name_zh, name_en, stands_for, year in session().execute(
        _days_query(), {"member_id": -1 if member_id is None else member_id}
    ):
        if year is None:
            own.append(DayRule(rule_id, version, whose, day, kind, name_zh, name_en, stands_for))
        else:
            national.append(Holiday(year, day, name_zh, kind == OFF))
    return days_of(national, own, member_id)


def days_with(member_id: int | None, rules: Sequence[DayRule]) -> Days:
    """The days of an organisation as they would be with these decisions and no others."""
    return days_of(holidays(), rules, member_id)


@cache
def _days_query() -> Any:
    holiday, rule = table_of(HolidayRow), table_of(RuleRow)
    nothing = null()
    return union_all(
        select(
            rule.c.id,
            rule.c.version,
            rule.c.member_id,
            rule.c.day,
            rule.c.kind,
            rule.c.name_zh,
            rule.c.name_en,
            rule.c.stands_for,
            cast(nothing, Integer).label("notice_year"),
        ).where(or_(rule.c.member_id == bindparam("member_id"), rule.c.member_id.is_(None))),
        select(
            holiday.c.id,
            literal(0),
            cast(nothing, Integer),
            holiday.c.day,
            case((holiday.c.is_off, OFF), else_=ON),
            holiday.c.name,
            literal(""),
            cast(nothing, Date),
            holiday.c.notice_year,
        ),
    )


def holidays(notice_year: int | None = None) -> list[Holiday]:
    """The lines of one national notice, or of all, by day."""
    query = select(HolidayRow.notice_year, HolidayRow.day, HolidayRow.name, HolidayRow.is_off)
    if notice_year is not None:
        query = query.where(HolidayRow.notice_year == notice_year)
    return [Holiday(*row) for row in session().execute(query.order_by(HolidayRow.day, HolidayRow.notice_year))]


def replace_holidays(notice_year: int, lines: Sequence[Holiday]) -> None:
    """Set the whole notice for a year."""
    session().execute(delete(HolidayRow).where(HolidayRow.notice_year == notice_year))
    rows = [{"notice_year": notice_year, "day": line.day, "name": line.name, "is_off": line.is_off} for line in lines]
    if rows:
        session().execute(insert(HolidayRow), rows)


def rules(*member_ids: int | None) -> list[DayRule]:
    """What these organisations and the consortium decided; without a name, everybody's. By day."""
    query = select(
        RuleRow.id,
        RuleRow.version,
        RuleRow.member_id,
        RuleRow.day,
        RuleRow.kind,
        RuleRow.name_zh,
        RuleRow.name_en,
        RuleRow.stands_for,
    ).order_by(RuleRow.day, RuleRow.id)
    if member_ids:
        known = [each for each in member_ids if each is not None]
        query = query.where(or_(RuleRow.member_id.in_(known), RuleRow.member_id.is_(None)))
    return [DayRule(*row) for row in session().execute(query)]


def rule_version(rule_id: int) -> int | None:
    """The version of a decision, locked until the transaction ends; None where there is none."""
    return session().scalar(select(RuleRow.version).where(RuleRow.id == rule_id).with_for_update())


def put_rule(rule_id: int | None, form: RuleForm) -> int:
    """Keep a decision, a new one where there is no id; its id."""
    columns: dict[str, Any] = {
        "member_id": form.member_id,
        "day": form.day,
        "kind": form.kind,
        "name_zh": form.name_zh.strip(),
        "name_en": form.name_en.strip(),
        "stands_for": form.stands_for,
    }
    if rule_id is None:
        return session().execute(insert(RuleRow).values(**columns, version=1).returning(RuleRow.id)).scalar_one()
    session().execute(update(RuleRow).where(RuleRow.id == rule_id).values(**columns, version=RuleRow.version + 1))
    return rule_id


def remove_rule(rule_id: int) -> None:
    session().execute(delete(RuleRow).where(RuleRow.id == rule_id))
