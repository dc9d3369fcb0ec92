"""The teaching calendar, as colleges write it: bell tables, terms and their blocks, holidays, make-up days, working days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.series import InPeriods
from app.foundation.timespan import Span, at_local, local
from app.timetable.rules.bell import BellForm, Bells, Period, reasons_against_bell_table
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import DayRule, Days, Holiday, RuleForm, days_of, reasons_against_rule
from app.timetable.rules.term import Block, BlockForm, Term, reasons_against_block
from app.timetable.rules.weeks import read_weeks

pytestmark = pytest.mark.usefixtures("machine_zone")

COLLEGE_A, COLLEGE_B = 1, 2
DAY = timedelta(days=1)


# ── how the situations are written ──


def day(text: str) -> date:
    """`2025-10-06`, or `10-06` in 2025."""
    return date.fromisoformat(text if len(text) == 10 else f"2025-{text}")


def notice(year: int, off: str = "", on: str = "") -> list[Holiday]:
    """The national notice for a year: the days off and the days that are worked, as `10-01..10-08 12-31`."""
    found = []
    for text, is_off in ((off, True), (on, False)):
        for part in text.split():
            first, _, last = part.partition("..")
            at, end = (day(each if len(each) == 10 else f"{year}-{each}") for each in (first, last or first))
            while at <= end:
                found.append(Holiday(year, at, "假", is_off))
                at += DAY
    return found


NATIONAL_2025 = notice(
    2025,
    off="01-01 01-28..02-04 04-04..04-06 05-01..05-05 05-31..06-02 10-01..10-08",
    on="01-26 02-08 04-27 09-28 10-11",
)


def rules(member_id: int | None, *lines: str) -> list[DayRule]:
    """`09-27 runs 09-30`, `11-14 off`, `11-15 on`."""
    found = []
    for number, line in enumerate(lines, 1 + 100 * (member_id or 0)):
        at, kind, *lost = line.split()
        stands_for = day(lost[0]) if lost else None
        found.append(DayRule(number, 1, member_id, day(at), "off" if kind == "off" else "on", "补课", "", stands_for))
    return found


def term(monday: str, weeks: int = 18, member_id: int | None = COLLEGE_A) -> Term:
    return Term(member_id or 9, member_id, "秋季学期", "Autumn term", day(monday), weeks)


def calendar(of: Term, *decided: DayRule, holidays=tuple(NATIONAL_2025), blocks=(), member_id=None) -> Calendar:
    whose = of.member_id if member_id is None else member_id
    return Calendar(whose, [of], blocks, days_of(holidays, decided, whose))


def taught(found: Calendar, weeks: str, weekday: int, learners: str = "") -> list[str]:
    """When a course of these weeks is really given, as `09-08`."""
    on = found.terms[0]
    given_on = found.dates(on, read_weeks(weeks, on.weeks), [weekday], learners)
    return [f"{each:%m-%d}" for each in given_on.days]


def bell(name: str, *periods: str, **where) -> BellForm:
    """`bell("冬", "08:00-08:45", "08:55-09:40", until_on=day("05-01"))`."""
    read = []
    for number, text in enumerate(periods, 1):
        start, end = (int(each[:2]) * 60 + int(each[3:]) for each in text.split("-"))
        read.append(Period(number, start, end))
    return BellForm(where.pop("member_id", COLLEGE_A), name, name, tuple(read), **where)


def rings(bells: Bells, on: str, label: str) -> str:
    """The clock time of class periods on a day, as `08:00-09:40`; empty where they do not ring."""
    slot = InPeriods(bells, label).on(day(on))
    if slot is None:
        return ""
    return "-".join(f"{local(at):%H:%M}" for at in (slot.span.start, slot.span.end))


# ── 6. bell schedules are keyed by organisation × campus × learner kind × date range ──

WINTER = ("08:00-08:45", "08:55-09:40", "10:00-10:45", "10:55-11:40", "14:00-14:45", "14:55-15:40")
SUMMER = ("08:00-08:45", "08:55-09:40", "10:00-10:45", "10:55-11:40", "14:30-15:15", "15:25-16:10")


def two_seasons() -> tuple[BellForm, ...]:
    return (
        bell("冬", *WINTER),
        bell("夏", *SUMMER, from_on=day("05-01"), until_on=day("10-01")),
    )


def test_the_same_periods_are_other_clock_times_before_and_after_1_may():
    bells = Bells(two_seasons())
    assert rings(bells, "04-30", "5-6") == "14:00-15:40"
    assert rings(bells, "05-01", "5-6") == "14:30-16:10"
    assert rings(bells, "09-30", "5-6") == "14:30-16:10"
    assert rings(bells, "10-01", "5-6") == "14:00-15:40"


def test_a_booking_stores_clock_times_and_remembers_the_periods():
    slot = InPeriods(Bells(two_seasons()), "5-6").on(day("05-06"))
    assert slot.span == Span(at_local(day("05-06"), 14 * 60 + 30), at_local(day("05-06"), 16 * 60 + 10))
    assert slot.periods == "5-6"


def test_two_kinds_of_learners_have_two_bell_tables_at_once():
    """专科 8:10-9:40, 本科 8:40-10:10 for `1-2节`, at one campus on one day."""
    bells = Bells(
        (
            bell("专科", "08:10-08:55", "08:55-09:40", learners="专科"),
            bell("本科", "08:40-09:25", "09:25-10:10", learners="本科"),
        )
    )
    assert rings(bells.at(learners="专科"), "06-03", "1-2") == "08:10-09:40"
    assert rings(bells.at(learners="本科"), "06-03", "1-2") == "08:40-10:10"
    assert rings(bells, "06-03", "1-2") == ""  # for nobody in particular no table rings


def test_only_one_of_the_campuses_goes_over_to_summer_time():
    bells = Bells(
        (
            bell("全校", *WINTER),
            bell(
                "东校区夏",
                *WINTER[:4],
                "15:00-15:45",
                "15:55-16:40",
                campus="东校区",
                from_on=day("05-01"),
                until_on=day("10-08"),
            ),
        )
    )
    assert rings(bells.at("东校区"), "06-03", "5-6") == "15:00-16:40"
    assert rings(bells.at("西校区"), "06-03", "5-6") == "14:00-15:40"


def test_an_organisations_own_table_rings_before_the_consortiums():
    bells = Bells((bell("联合体", "07:00-07:45", member_id=None, campus=""), bell("自己", "09:00-09:45")))
    assert rings(bells, "06-03", "1") == "09:00-09:45"


def test_where_the_table_of_a_day_lacks_a_period_nothing_is_guessed():
    assert rings(Bells(two_seasons()), "06-03", "7-8") == ""


def test_no_two_tables_of_one_place_ring_on_one_day():
    winter, summer = two_seasons()
    spring = replace(summer, name_zh="春", from_on=day("04-01"), until_on=day("05-02"))
    [reason] = reasons_against_bell_table(spring, [winter, summer])
    assert (reason.code, reason.name_zh) == ("bell_tables_overlap", "夏")
    assert not reasons_against_bell_table(replace(spring, until_on=day("05-01")), [winter, summer])
    assert not reasons_against_bell_table(replace(spring, campus="东校区"), [winter, summer])


# ── 7. terms with the date of week 1; practice, exam and military-training weeks; week numbers per organisation ──


def test_week_numbers_are_each_organisations_own():
    a, b = term("2025-09-08", member_id=COLLEGE_A), term("2025-09-01", member_id=COLLEGE_B)
    assert Calendar(COLLEGE_A, [a, b]).week_of(day("09-30")) == 4
    assert Calendar(COLLEGE_B, [a, b]).week_of(day("09-30")) == 5


def test_practice_and_exam_weeks_have_no_normal_timetable():
    """Weeks 1–9, exams in week 10, second half in weeks 11–18; practice in weeks 14–15."""
    on = term("2025-09-01")
    blocks = [
        Block(1, on.id, "exam", 10, 10, "", False, "考试周", ""),
        Block(2, on.id, "practice", 14, 15, "", False, "实训周", ""),
    ]
    found = calendar(on, blocks=blocks)
    outcome = found.dates(on, range(8, 17), [3])
    assert [each.week for each in outcome.taught] == [8, 9, 11, 12, 13, 16]
    assert [(each.week, each.why.name) for each in outcome.lost] == [(10, "考试周"), (14, "实训周"), (15, "实训周")]


def test_weeks_in_which_the_normal_timetable_goes_on_lose_nothing():
    on = term("2025-09-01")
    visit = Block(1, on.id, "other", 3, 3, "", True, "校庆周", "")
    assert taught(calendar(on, blocks=[visit]), "3", 1) == ["09-15"]


def test_first_years_start_five_weeks_late_after_military_training():
    """Term from 09-01; first-years from 10-07 in week 6; the others from week 1."""
    on = term("2025-09-01")
    blocks = [
        Block(1, on.id, "military", 1, 2, "新生", False, "军训", ""),
        Block(2, on.id, "late_start", 3, 5, "新生", False, "推迟开学", ""),
    ]
    found = calendar(on, blocks=blocks)
    assert taught(found, "1-7", 4, "新生") == ["10-09", "10-16"]
    assert taught(found, "1-7", 4) == ["09-04", "09-11", "09-18", "09-25", "10-09", "10-16"]


def test_a_badly_written_block_says_everything_that_is_wrong():
    on = term("2025-09-01")
    form = BlockForm("party", 5, 19, "新" * 41, False, "", "")
    assert {(each.field, each.problem) for each in reasons_against_block(form, on)} == {
        ("name_zh", "missing"),
        ("name_en", "missing"),
        ("kind", "unknown"),
        ("learners", "too_long"),
        ("last_week", "outside_term"),
    }
    assert [
        each.problem
        for each in reasons_against_block(replace(form, kind="exam", learners="", name_zh="x", last_week=4), on)
    ] == ["backward"]


# ── 8. the holiday table: unknown years, and a December out of two notices ──


def test_an_unknown_year_counts_normal_weekdays_and_never_stops():
    on = term("2026-12-28", 3)
    found = calendar(on, holidays=NATIONAL_2025)
    assert taught(found, "1-3", 5) == ["01-01", "01-08", "01-15"]
    assert found.days.unknown_years(on.first_monday, on.last_day) == [2026, 2027]
    assert found.days.after_working_days(date(2027, 1, 1), 5) == date(2027, 1, 8)


def test_a_known_year_warns_of_nothing():
    assert days_of(NATIONAL_2025, [], None).unknown_years(day("09-01"), day("12-31")) == []


def test_december_is_read_from_two_notices():
    """The notice for 2026 makes 2025-12-31 a day off, which the one for 2025 does not know; and it has the last word."""
    earlier = [*NATIONAL_2025, Holiday(2025, day("12-29"), "补班", False)]
    later = [Holiday(2026, day("12-31"), "元旦", True), Holiday(2026, day("12-29"), "元旦", True)]
    for together in ([*earlier, *later], [*later, *earlier]):
        days = days_of(together, [], None)
        assert not days.is_working(day("12-31"))
        assert not days.is_working(day("12-29"))
        assert days.open_december(day("11-01"), day("12-31")) is None
    assert days_of(earlier, [], None).is_working(day("12-31"))


def test_a_december_may_still_change_while_the_next_notice_is_not_there():
    days = days_of(NATIONAL_2025, [], None)
    assert days.open_december(day("09-01"), day("12-01")) == 2026
    assert days.open_december(day("09-01"), day("11-30")) is None
    assert days.open_december(day("09-01"), date(2026, 1, 18)) == 2026


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("国庆节", "National Day"),
        ("中秋节、国庆节", "Mid-Autumn Festival, National Day"),
        ("国庆节、中秋节", "National Day, Mid-Autumn Festival"),
        ("抗战胜利纪念日", ""),
    ],
)
def test_national_holidays_have_english_names_too(name, english):
    assert days_of([Holiday(2025, day("10-01"), name, True)], [], None).status(day("10-01")).name_en == english


# ── 9. a make-up day maps to (week, weekday), and each organisation may do it otherwise ──


def test_college_a_runs_week_4_tuesday_on_27_september_while_college_b_uses_the_national_28_september():
    a_term = term("2025-09-08", member_id=COLLEGE_A)
    own = rules(COLLEGE_A, "09-27 runs 09-30", "09-28 off")
    a = calendar(a_term, *own)
    assert a_term.day(4, 2) == day("09-30")
    assert a.runs(day("09-27")) == (a_term, 4, 2)
    assert a.runs(day("09-28")) is None
    b_term = term("2025-09-08", member_id=COLLEGE_B)
    b = calendar(b_term, *own)
    assert b.days.status(day("09-28")).kind == "make_up"
    assert b.runs(day("09-27")) == (b_term, 3, 6)  # a Saturday as any other


def test_a_tuesday_course_of_college_a_is_given_on_the_make_up_day():
    """09-30 itself is taught at A; the make-up day is for what is lost, and one lesson is given once."""
    found = calendar(term("2025-09-08"), *rules(COLLEGE_A, "09-27 runs 09-30"))
    assert taught(found, "3-5", 2) == ["09-23", "09-27"]  # 10-07, week 5, is a holiday
    assert taught(found, "3", 6) == []  # the Saturday's own timetable falls out


def test_odd_and_even_weeks_decide_what_a_make_up_day_runs():
    """09-27 runs week 4 Tuesday: even courses have it, odd ones do not, though the day lies in week 3."""
    found = calendar(term("2025-09-08"), *rules(COLLEGE_A, "09-27 runs 09-30"))
    assert taught(found, "1-6周(双)", 2) == ["09-16", "09-27", "10-14"]
    assert taught(found, "1-6周(单)", 2) == ["09-09", "09-23"]


def test_an_organisations_own_make_up_day_counts_before_the_consortiums():
    """The consortium makes 10-06 up on 10-11; college A on 10-12. Then 10-11 is, at A, what the nation says of it."""
    on = term("2025-09-01")
    decided = [*rules(None, "10-11 runs 10-06"), *rules(COLLEGE_A, "10-12 runs 10-06")]
    a = calendar(on, *decided)
    assert taught(a, "6", 1) == ["10-12"]
    assert a.days.status(day("10-11")).kind == "make_up"
    assert taught(calendar(on, *decided, member_id=COLLEGE_B), "6", 1) == ["10-11"]


def test_an_organisation_that_teaches_the_lost_day_itself_has_no_make_up_day():
    on = term("2025-09-01")
    a = calendar(on, *rules(None, "10-11 runs 10-06"), *rules(COLLEGE_A, "10-06 on"))
    assert taught(a, "6", 1) == ["10-06"]
    assert a.days.status(day("10-11")).kind == "make_up"


def test_two_days_may_change_places():
    found = calendar(term("2025-09-01"), *rules(COLLEGE_A, "09-02 runs 09-03", "09-03 runs 09-02"))
    assert (taught(found, "1", 2), taught(found, "1", 3)) == (["09-03"], ["09-02"])


def test_nothing_is_given_outside_the_term():
    """A make-up day before week 1, and one in the term that stands for a day outside it."""
    on = term("2025-09-01")
    found = calendar(on, *rules(COLLEGE_A, "08-31 runs 10-06", "09-06 runs 08-29"))
    assert taught(found, "6", 1) == []
    assert found.runs(day("08-31")) is None
    assert found.runs(day("09-06")) is None
    assert taught(found, "1", 6) == []
    [lost] = found.dates(on, [6], [1]).lost
    assert lost.why.kind == "outside"


def test_a_lesson_of_a_practice_week_has_nothing_to_make_up():
    on = term("2025-09-01")
    practice = Block(1, on.id, "practice", 6, 6, "", False, "实训周", "")
    assert taught(calendar(on, *rules(COLLEGE_A, "10-11 runs 10-06"), blocks=[practice]), "6", 1) == []


def test_a_make_up_day_in_an_exam_week_is_given_for_that_was_decided_of_the_very_day():
    on = term("2025-09-01")
    exam = Block(1, on.id, "exam", 4, 4, "", False, "考试周", "")
    found = calendar(on, *rules(COLLEGE_A, "09-27 runs 10-06"), blocks=[exam])
    assert taught(found, "4-6", 1) == ["09-27", "09-29"]


def test_who_is_elsewhere_on_the_make_up_day_is_not_taught_there():
    """First-years begin in week 6; the lessons of 10-08 (week 6) are given on 09-28 (week 4), when they are not there."""
    on = term("2025-09-01")
    late = Block(1, on.id, "late_start", 1, 5, "新生", False, "推迟开学", "")
    found = calendar(on, *rules(COLLEGE_A, "09-28 runs 10-08"), blocks=[late])
    assert taught(found, "6", 3) == ["09-28"]
    assert taught(found, "6", 3, "新生") == []
    [lost] = found.dates(on, [6], [3], "新生").lost
    assert lost.block == late


@pytest.mark.parametrize(
    ("line", "others", "codes"),
    [
        ("09-27 runs 09-30", ["09-27 off"], ["day_is_ruled"]),
        ("09-27 runs 09-30", ["09-28 runs 09-30"], ["already_made_up"]),
        ("09-27 runs 09-30", ["09-30 on"], ["taught_itself"]),
        ("09-30 on", ["09-27 runs 09-30"], ["already_made_up"]),
        ("09-27 runs 09-27", [], ["invalid"]),
        ("09-27 off 09-30", [], ["invalid"]),
        ("09-27 runs 09-30", ["09-30 off"], []),
        ("09-27 runs 09-30", ["09-30 runs 10-06"], []),
    ],
)
def test_one_organisation_never_says_two_things_of_a_day(line, others, codes):
    [wanted] = rules(COLLEGE_A, line)
    form = RuleForm(COLLEGE_A, wanted.day, wanted.kind, wanted.name_zh, "", wanted.stands_for)
    assert [each.code for each in reasons_against_rule(form, rules(COLLEGE_A, *others))] == codes
    elsewhere = reasons_against_rule(form, rules(COLLEGE_B, *others))
    assert [each.code for each in elsewhere] == [code for code in codes if code == "invalid"]


# ── 12. only real teaching dates ──


def test_a_monday_course_of_even_weeks_gives_seven_dates_plus_one_where_11_october_is_mapped():
    """Week 1 = Mon 2025-09-01; Monday, `1-16周(双)`; 10-06 is a holiday; 2025-10-11 may run week 6 Monday."""
    on = term("2025-09-01")
    seven = ["09-08", "09-22", "10-20", "11-03", "11-17", "12-01", "12-15"]
    assert taught(calendar(on), "1-16周(双)", 1) == seven
    assert on.day(6, 1) == day("10-06")
    mapped = calendar(on, *rules(COLLEGE_A, "10-11 runs 10-06"))
    assert taught(mapped, "1-16周(双)", 1) == sorted([*seven, "10-11"])


# ── whatever is decided ──

DAYS = st.dates(date(2025, 8, 20), date(2026, 1, 20))
DECIDED = st.lists(
    st.builds(
        lambda number, member, at, kind, lost: DayRule(
            number, 1, member, at, kind, "x", "", lost if kind == "on" else None
        ),
        st.integers(1, 10**6),
        st.sampled_from([None, COLLEGE_A]),
        DAYS,
        st.sampled_from(["on", "off"]),
        st.one_of(st.none(), DAYS),
    ),
    max_size=14,
)
NOTICES = st.lists(st.builds(Holiday, st.sampled_from([2025, 2026]), DAYS, st.just("假"), st.booleans()), max_size=25)
BLOCKS = st.lists(
    st.builds(
        lambda first, length, who, teaches: Block(1, 1, "exam", first, first + length, who, teaches, "周", ""),
        st.integers(1, 18),
        st.integers(0, 3),
        st.sampled_from(["", "新生"]),
        st.booleans(),
    ),
    max_size=4,
)


@given(NOTICES, DECIDED, BLOCKS, st.sampled_from(["", "新生"]))
def test_each_lesson_is_given_at_most_once_in_the_term_and_never_on_a_holiday_unless_mapped(
    holidays, decided, blocks, who
):
    on = term("2025-09-01")
    found = calendar(on, *decided, holidays=holidays, blocks=blocks)
    outcome = found.dates(on, range(1, on.weeks + 1), range(1, 8), who)
    given_days = outcome.days
    assert len(given_days) == len(set(given_days))  # no day runs two timetables
    pairs = [(each.week, each.weekday) for each in (*outcome.taught, *outcome.lost)]
    assert len(pairs) == len(set(pairs)) == 7 * on.weeks  # each is given once or said to be lost
    assert all(on.first_monday <= each <= on.last_day for each in given_days)
    off = {each.day for each in holidays if found.days.holidays[each.day].is_off}
    mapped = {rule.day for rule in decided if rule.kind == "on"}
    assert not off.intersection(given_days) - mapped
    for each in outcome.taught:
        assert found.runs(each.day) == (on, each.week, each.weekday)


@given(NOTICES, DECIDED)
def test_what_a_day_runs_and_where_a_timetable_is_given_say_the_same(holidays, decided):
    days = days_of(holidays, decided, COLLEGE_A)
    for n in range(160):
        at = date(2025, 8, 18) + n * DAY
        if (as_day := days.timetable_of(at)) is not None:
            assert days.given_on(as_day) == at
        if (given_day := days.given_on(at)) is not None:
            assert days.timetable_of(given_day) == at


@given(NOTICES, DAYS, st.integers(0, 40), st.integers(0, 40))
def test_working_days_add_up(holidays, start, first, second):
    days: Days = days_of(holidays, [], None)
    middle = days.after_working_days(start, first)
    end = days.after_working_days(middle, second)
    assert end == days.after_working_days(start, first + second)
    assert days.working_days(start + DAY, end + DAY) == first + second
    assert first == 0 or days.is_working(middle)


def test_thirty_working_days_over_the_national_week_end_later_than_six_weeks():
    """Accepted on 2025-09-15: 09-28 and 10-11 are worked, 10-01 to 10-08 are not."""
    days = days_of(NATIONAL_2025, [], None)
    assert days.after_working_days(day("09-15"), 30) == day("10-31")


@pytest.mark.parametrize("count", [-1, 2001])
def test_an_absurd_deadline_is_a_mistake(count):
    with pytest.raises(ValueError):
        Days().after_working_days(day("09-15"), count)
