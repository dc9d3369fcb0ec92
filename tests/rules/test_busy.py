"""Rules: busy times from calendars: the same file twice is nothing; what moves, comes, goes, was changed by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from app.booking.rules.busy import (
    Bad,
    Choices,
    Entry,
    Reading,
    calendar_key,
    choices_from,
    entry_key,
    parts_of,
    print_of,
    reasons_against,
    title_for,
    uid_print,
)
from app.booking.rules.busy_plan import ADD, CLASH, EDITED, MOVE, REMOVE, Standing, plan, with_clashes
from app.booking.rules.conflict import Overlaps
from app.booking.rules.plain_reasons import plain_reason, reason_from
from app.booking.rules.repeats import WEEKDAYS, Rule, days, effort, read_rule
from app.foundation.timespan import DAY, Span

MORNING = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
BOOKINGS = Choices("unit", 7, "booking", "My lessons")
CLOSURES = Choices("lab", 3, "closure", "Works")


def entry(uid: str, day: int = 0, hour: int = 0, occurrence: str = "", title: str = "Turning") -> Entry:
    start = MORNING + timedelta(days=day, hours=hour)
    return Entry(uid, occurrence, day + 1, title, Span(start, start + timedelta(hours=2)))


def stands(said: Entry, thing_id: int = 1, now: Entry | None = None, **facts) -> Standing:
    """What the file said once, as it stands now."""
    here = now or said
    title = title_for(BOOKINGS, said)
    says = print_of(said.span, title)
    return Standing(
        thing_id, 1, uid_print(said.uid), said.occurrence, says, here.span, here.title, **({"is_over": False} | facts)
    )


def whats(planned) -> list[str]:
    return [step.what for step in planned.steps]


# ── the plan ──


def test_the_same_file_twice_changes_nothing():
    entries = [entry("a"), entry("b", 1), entry("c", 2, occurrence="20261203")]
    planned = plan(BOOKINGS, Reading(entries), [stands(each, n) for n, each in enumerate(entries)])
    assert (planned.steps, planned.same) == ([], 3)


def test_what_the_file_moves_adds_and_drops():
    standing = [stands(entry("stays"), 1), stands(entry("moves", 1), 2), stands(entry("goes", 2), 3)]
    planned = plan(BOOKINGS, Reading([entry("stays"), entry("moves", 1, 4), entry("comes", 3)]), standing)
    assert whats(planned) == [MOVE, REMOVE, ADD]
    assert planned.same == 1
    assert [step.what for step in planned.changes] == [REMOVE, MOVE, ADD]  # what frees time comes first


def test_another_title_is_a_change_of_a_booking_but_not_of_a_closure():
    said, again = entry("a"), entry("a", title="Milling")
    assert whats(plan(BOOKINGS, Reading([again]), [stands(said)])) == [MOVE]
    closed = Standing(1, 1, uid_print("a"), "", print_of(said.span, "Works"), said.span, "Works", is_over=False)
    assert whats(plan(CLOSURES, Reading([again]), [closed])) == []


@pytest.mark.parametrize(
    "facts",
    [{"now": entry("a", hour=3)}, {"now": entry("a", title="Renamed")}, {"is_over": True}, {"is_altered": True}],
    ids=["moved", "renamed", "cancelled", "elsewhere"],
)
def test_what_was_changed_by_hand_is_reported_whatever_the_file_says(facts):
    for said in (entry("a"), entry("a", hour=5)):
        assert whats(plan(BOOKINGS, Reading([said]), [stands(entry("a"), **facts)])) == [EDITED]


def test_what_was_cancelled_by_hand_and_left_the_file_is_nothing_to_say():
    assert whats(plan(BOOKINGS, Reading([]), [stands(entry("a"), is_over=True)])) == []
    assert whats(plan(BOOKINGS, Reading([]), [stands(entry("a"), is_altered=True)])) == [EDITED]


def test_what_stands_of_a_bad_entry_is_left_alone():
    reading = Reading([], [Bad(1, "a", "Turning", "unreadable")])
    assert whats(plan(BOOKINGS, reading, [stands(entry("a")), stands(entry("b", 1), 2)])) == [REMOVE]


def test_what_lies_beyond_the_last_day_is_left_alone():
    later = stands(entry("b", 9), 2)
    assert whats(plan(BOOKINGS, Reading([]), [stands(entry("a")), later], MORNING + 5 * DAY)) == [REMOVE]


def test_a_series_whose_times_all_moved_keeps_its_bookings():
    before = [entry("s", 7 * n, occurrence=f"old{n}") for n in range(3)]
    after = [entry("s", 7 * n + 1, 5, occurrence=f"new{n}") for n in range(3)]
    planned = plan(BOOKINGS, Reading(after), [stands(each, n) for n, each in enumerate(before, 1)])
    assert [(step.what, step.standing.thing_id) for step in planned.steps] == [(MOVE, 1), (MOVE, 2), (MOVE, 3)]


def test_a_series_that_loses_one_keeps_the_others_on_their_days():
    before = [entry("s", 7 * n, occurrence=f"old{n}") for n in range(3)]
    after = [entry("s", 7 * n, 5, occurrence=f"new{n}") for n in (0, 2)]
    planned = plan(BOOKINGS, Reading(after), [stands(each, n) for n, each in enumerate(before, 1)])
    assert [(step.what, step.standing.thing_id) for step in planned.steps] == [(MOVE, 1), (REMOVE, 2), (MOVE, 3)]


def test_steps_that_something_stands_against_become_clashes():
    planned = plan(BOOKINGS, Reading([entry("a"), entry("b", 1)]), [])
    reason = Overlaps(7, MORNING, MORNING + DAY, MORNING, "booking", 4)
    clashing = with_clashes(planned, {1: [reason], 0: []})
    assert [(step.what, step.reasons) for step in clashing.steps] == [(ADD, ()), (CLASH, (reason,))]
    assert reason_from(plain_reason(reason)) == reason


_entries = st.lists(
    st.builds(entry, st.sampled_from("abc"), st.integers(0, 9), st.integers(0, 20), st.sampled_from(["", "x", "y"])),
    unique_by=lambda each: (each.uid, each.occurrence),
    max_size=8,
)


@given(_entries, _entries)
def test_applying_a_plan_makes_the_next_one_empty(before, after):
    standing = [stands(each, n) for n, each in enumerate(before)]
    planned = plan(BOOKINGS, Reading(after), standing)
    gone = {step.standing.thing_id for step in planned.of(REMOVE) + planned.of(MOVE)}
    now = [each for each in standing if each.thing_id not in gone]
    now += [stands(step.entry, 100 + n) for n, step in enumerate(planned.of(ADD) + planned.of(MOVE))]
    again = plan(BOOKINGS, Reading(after), now)
    assert (again.steps, again.same) == ([], len(after))


# ── keys and choices ──


def test_a_key_tells_place_name_member_entry_and_what_was_said():
    key = calendar_key(BOOKINGS, 1)
    assert calendar_key(Choices("unit", 7, "booking", " My  lessons "), 1) == key
    for other in (Choices("unit", 8, "booking", "My lessons"), Choices("unit", 7, "booking", "Other"), CLOSURES):
        assert calendar_key(other, 1) != key
    assert calendar_key(BOOKINGS, 2) != key
    assert calendar_key(CLOSURES, 1) == calendar_key(CLOSURES, 2)
    said = entry("uid\nwith / signs" * 100, occurrence="20261201T000000Z")
    whole = entry_key(key, said, "Turning")
    assert len(whole) <= 100
    assert parts_of(whole) == (uid_print(said.uid), said.occurrence, print_of(said.span, "Turning"))


def test_titles_are_kept_only_where_those_see_them_who_may():
    assert title_for(BOOKINGS, entry("a", title="  Turning \n 2 ")) == "Turning 2"
    assert title_for(BOOKINGS, entry("a", title="")) == "My lessons"
    assert title_for(BOOKINGS, Entry("a", "", 1, "Dentist", entry("a").span, is_private=True)) == "My lessons"
    assert title_for(CLOSURES, entry("a", title="Ms Li is ill")) == "Works"
    assert len(title_for(BOOKINGS, entry("a", title="x" * 500))) == 120


def test_choices_are_judged_whole_and_kept_as_said():
    today, latest = date(2026, 11, 22), date(2027, 12, 26)
    assert reasons_against(BOOKINGS, today, latest) == []
    bad = Choices("city", 1, "party", " ", "none", date(2030, 1, 1))
    assert [each.field for each in reasons_against(bad, today, latest)] == ["what", "kind", "calendar_name", "until_on"]
    said = Choices("lab", 3, "closure", "Works", "teaching", date(2027, 1, 1), {"": "Asia/Tokyo"})
    assert choices_from(said.plain()) == said


# ── repetition ──


@pytest.mark.parametrize(
    ("text", "first", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=3", "2026-12-30", "2026-12-30 2027-01-02 2027-01-05"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "2026-12-01", "2026-12-01 2026-12-03 2026-12-15 2026-12-17"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO", "2026-12-06", "2026-12-06 2026-12-07 2026-12-20"),
        ("FREQ=MONTHLY", "2027-01-31", "2027-01-31 2027-03-31 2027-05-31"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-12-25", "2026-12-25 2027-01-29 2027-02-26"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-12-31", "2026-12-31 2027-01-31 2027-02-28"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2026-11-13", "2026-11-13 2027-08-13"),
        ("FREQ=YEARLY", "2024-02-29", "2024-02-29 2028-02-29"),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=2SU", "2026-05-10", "2026-05-10 2027-05-09"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", "2026-12-28", "2027-01-04 2028-01-03"),
        ("FREQ=MONTHLY;BYDAY=2SA,TU", "2026-12-01", "2026-12-01 2026-12-08 2026-12-12 2026-12-15"),
    ],
)
def test_days_of_a_rule(text, first, expected):
    rule = read_rule(text)
    assert isinstance(rule, Rule)
    found = islice(days(rule, date.fromisoformat(first), date(2029, 1, 1)), len(expected.split()))
    assert " ".join(map(str, found)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "frequency"),
        ("FREQ=HOURLY", "frequency"),
        ("FREQ=DAILY;INTERVAL=0", "interval"),
        ("FREQ=DAILY;INTERVAL=53", "interval"),
        ("FREQ=DAILY;INTERVAL=-1", "interval"),
        (f"FREQ=DAILY;INTERVAL={'9' * 900}", "interval"),
        ("FREQ=DAILY;COUNT=401", "count"),
        ("FREQ=DAILY;COUNT=0", "count"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "count"),
        ("FREQ=DAILY;UNTIL=tomorrow", "until"),
        ("FREQ=DAILY;BYHOUR=8", "part"),
        ("FREQ=DAILY;BYMINUTE=8", "part"),
        ("FREQ=DAILY;BYSECOND=8", "part"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "part"),
        ("FREQ=DAILY;FREQ=WEEKLY", "unreadable"),
        ("FREQ=DAILY;BYDAY=1MO", "unreadable"),
        ("FREQ=WEEKLY;BYDAY=XX", "unreadable"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "unreadable"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "unreadable"),
        ("FREQ=YEARLY;BYMONTH=13", "unreadable"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "unreadable"),
        ("FREQ=DAILY;X-LUNAR=1", "unreadable"),
        ("INTERVAL=1", "unreadable"),
        ("FREQ=DAILY;" + "BYMONTH=1;" * 200, "unreadable"),
        ("", "unreadable"),
        ("FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 100))), "unreadable"),
    ],
)
def test_rules_that_are_not_taken_say_why(text, problem):
    assert read_rule(text) == problem


@st.composite
def _rules(draw):
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 6))}"]

    def listed(name, values, most):
        chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True))
        parts.append(f"{name}={','.join(map(str, chosen))}")

    if draw(st.booleans()):
        listed("BYMONTH", range(1, 13), 4)
    if frequency != "WEEKLY" and draw(st.booleans()):
        listed("BYMONTHDAY", [*range(1, 32), -1, -2, -31], 4)
    if draw(st.booleans()):
        listed(
            "BYDAY", [f"{n}{day}" for n in (1, 2, -1) for day in WEEKDAYS] if frequency == "MONTHLY" else WEEKDAYS, 3
        )
    if frequency == "YEARLY" and draw(st.booleans()):
        listed("BYWEEKNO", [*range(1, 52), -1], 3)
    return ";".join([*parts, f"WKST={draw(st.sampled_from(WEEKDAYS))}"])


def _week_by_its_fourth_day(day, first_weekday):
    """(Number from the year's beginning, number from its end) of the week of a day: its fourth day says of which year."""
    fourth = day - timedelta(days=(day.weekday() - first_weekday) % 7 - 3)
    number = (fourth.timetuple().tm_yday - 1) // 7 + 1
    last = date(fourth.year, 12, 31).timetuple().tm_yday
    return number, -((last - fourth.timetuple().tm_yday) // 7) - 1


@given(
    st.lists(st.sampled_from([*range(1, 54), *range(-53, 0)]), min_size=1, max_size=4, unique=True),
    st.integers(0, 6),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
)
def test_a_week_belongs_to_the_year_of_its_fourth_day(numbers, first_weekday, first):
    # dateutil counts the weeks of the year before wrongly (52 or 53), so the last weeks are compared with the definition.
    rule = read_rule(
        f"FREQ=YEARLY;BYWEEKNO={','.join(map(str, numbers))};BYDAY={','.join(WEEKDAYS)};WKST={WEEKDAYS[first_weekday]}"
    )
    assert isinstance(rule, Rule)
    every_day = (first + timedelta(days=n) for n in range(800))
    expected = [day for day in every_day if {*_week_by_its_fourth_day(day, first_weekday)} & {*numbers}]
    assert list(days(rule, first, first + timedelta(days=799))) == expected


@settings(max_examples=150)
@given(_rules(), st.dates(date(2024, 1, 1), date(2026, 12, 31)))
def test_days_are_those_of_an_independent_implementation(text, first):
    rule, last = read_rule(text), first + timedelta(days=800)
    assert isinstance(rule, Rule)
    known = rrulestr(f"{text};UNTIL={last:%Y%m%d}T000000", dtstart=datetime(first.year, first.month, first.day))
    assert list(days(rule, first, last)) == [each.date() for each in known]


@given(_rules(), st.dates(date(2022, 1, 1), date(2026, 12, 31)))
def test_working_out_never_takes_more_steps_than_was_said(text, first):
    rule, last = read_rule(text), date(2027, 12, 31)
    assert isinstance(rule, Rule)
    assert sum(1 for _ in days(rule, first, last)) <= effort(rule, first, last)
