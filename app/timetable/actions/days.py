"""What people can do with single days: decisions of an organisation, and the national notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.identifiers import canonical, secret_hash
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.timetable.actions.record import check_calendar, record
from app.timetable.rules.days import DayRule, Holiday, RuleForm, reasons_against_rule
from app.timetable.rules.notice import NoticeFault, read_notice, reasons_against_notice
from app.timetable.store import days


def set_rule(actor: Actor, rule_id: int | None, version: int, form: RuleForm, *, now: datetime) -> int:
    """Keep a decision about a day, a new one where there is no id; its id. Raises Refused with every reason.

    Lessons that are placed already stay where they are; the timetable's next import moves them.
    """
    before = None if rule_id is None else _get_rule(actor, rule_id, version)
    check_calendar(actor, form.member_id)
    if reasons := reasons_against_rule(form, [rule for rule in days.rules() if rule.id != rule_id]):
        raise Refused(reasons)
    rule_id = days.put_rule(rule_id, form)
    record(actor, "calendar.change", "day_rule", rule_id, now, _plain(before), asdict(form))
    return rule_id


def remove_rule(actor: Actor, rule_id: int, version: int, *, now: datetime) -> None:
    """Take a decision back: the day stands as the consortium and the nation say."""
    before = _get_rule(actor, rule_id, version)
    days.remove_rule(rule_id)
    record(actor, "calendar.change", "day_rule", rule_id, now, _plain(before), None)


def _get_rule(actor: Actor, rule_id: int, version: int) -> DayRule:
    kept_version = days.rule_version(rule_id)
    kept = next((rule for rule in days.rules() if rule.id == rule_id), None)
    if kept is None or kept_version is None:
        raise Refused(NotFound())
    check_calendar(actor, kept.member_id)
    if kept_version != version:
        raise Refused(ChangedMeanwhile(kept_version))
    return kept


def _plain(rule: DayRule | None) -> dict[str, Any] | None:
    return asdict(rule) if rule else None


def mark_of(lines: Sequence[Holiday]) -> str:
    """A short mark of a notice as it stands: two people who change it at once find out by it."""
    return secret_hash(canonical([asdict(line) for line in lines]))[:16]


def set_line(actor: Actor, year: int, mark: str, line: Holiday, *, now: datetime) -> None:
    """Put one day into a notice, in place of what it said of that day. Raises Refused with every reason."""
    _check(actor)
    if reasons := reasons_against_notice(year, [line]):
        raise Refused([_of_field(reason) for reason in reasons])
    kept = [each for each in days.holidays(year) if each.day != line.day]
    _set(actor, year, mark, [*kept, line], now)


def remove_line(actor: Actor, year: int, mark: str, day: date, *, now: datetime) -> None:
    """Take one day out of a notice."""
    kept = [each for each in days.holidays(year) if each.day != day]
    if len(kept) == len(days.holidays(year)):
        _check(actor)
        raise Refused(NotFound())
    _set(actor, year, mark, kept, now)


def import_notice(actor: Actor, wanted: int | None, content: bytes, *, now: datetime) -> tuple[int, int, int, int]:
    """Set a whole notice from a file: its year, and how many days are new, other than before, and gone.

    Raises Refused with all that is wrong with the file; one that names no day changes nothing (NotAnnounced).
    """
    _check(actor)
    year, lines = read_notice(content, wanted)
    old = {line.day: line for line in days.holidays(year)}
    new = {line.day: line for line in lines}
    changed = sum(1 for day in old.keys() & new.keys() if old[day] != new[day])
    _set(actor, year, None, lines, now)
    return year, len(new.keys() - old.keys()), changed, len(old.keys() - new.keys())


def _check(actor: Actor) -> None:
    if not may(actor, "holiday.change"):
        raise Refused(NotAllowed("holiday.change"))


def _set(actor: Actor, year: int, mark: str | None, lines: Sequence[Holiday], now: datetime) -> None:
    _check(actor)
    before = days.holidays(year)
    if mark is not None and mark != mark_of(before):
        raise Refused(ChangedMeanwhile(0))
    ordered = sorted(lines, key=lambda line: line.day)
    if reasons := reasons_against_notice(year, ordered):
        raise Refused(reasons)
    days.replace_holidays(year, ordered)
    record(actor, "holiday.change", "holiday_notice", year, now, _told(before), _told(ordered))


def _of_field(reason: Reason) -> Reason:
    """What is wrong with a single line, by its field."""
    if not isinstance(reason, NoticeFault):
        return reason
    if reason.problem == "other_year":
        return Invalid("day", "not_in_notice")
    return Invalid("name", "missing" if reason.problem == "no_name" else reason.problem)


def _told(lines: Sequence[Holiday]) -> list[list[Any]]:
    return [[line.day.isoformat(), line.name, line.is_off] for line in lines]
