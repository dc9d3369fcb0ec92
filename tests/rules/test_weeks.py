"""Week strings: each text that colleges write is read as they mean it, and what has two meanings is read as none."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.timetable.rules.weeks import (
    LONGEST_TEXT,
    Meeting,
    Unclear,
    read,
    read_periods,
    read_weekday,
    read_weeks,
    weeks_text,
    write,
)

ODD_TO_15 = (1, 3, 5, 7, 9, 11, 13, 15)
EVEN_TO_12 = (2, 4, 6, 8, 10, 12)


def through(*ends: tuple[int, int]) -> tuple[int, ...]:
    return tuple(week for first, last in ends for week in range(first, last + 1))


# ── domain.md §9, item 10 ──


def test_domain_10_the_mark_of_even_weeks_counts_for_its_part_only():
    assert read_weeks("6-8周(双),9-18周") == (6, 8, *range(9, 19))


def test_domain_10_odd_weeks_up_to_16_are_eight_weeks():
    assert read_weeks("1-16周(单)") == ODD_TO_15


def test_domain_10_two_stretches():
    assert read_weeks("1-8,11-18") == through((1, 8), (11, 18))


def test_domain_10_even_weeks_in_square_brackets():
    assert read_weeks("1-12[双周]") == EVEN_TO_12


@pytest.mark.parametrize(
    "text", ["６－８周（双），９－１８周", "6-8周【双】、9-18周", "6~8周(双)，9～18周", "第6至8周（双），第9到18周"]
)
def test_domain_10_full_width_commas_and_brackets(text):
    assert read_weeks(text) == (6, 8, *range(9, 19))


# ── domain.md §4: texts seen in exports ──


@pytest.mark.parametrize(
    ("text", "meeting"),
    [
        ("1-8,11-18(1,2)", Meeting(through((1, 8), (11, 18)), None, (1, 2))),
        ("1-4,6-17周星期一6-7节", Meeting(through((1, 4), (6, 17)), 1, (6, 7))),
        ("12-15周星期五8-9节", Meeting(through((12, 15)), 5, (8, 9))),
        ("1-12[周]", Meeting(through((1, 12)))),
        ("10周", Meeting((10,))),
        ("第3-10周(双) 周二 3-4节", Meeting((4, 6, 8, 10), 2, (3, 4))),
        ("星期一第1-2节{1-17周}", Meeting(through((1, 17)), 1, (1, 2))),
        ("周一第1,2节{第1-16周|单周}", Meeting(ODD_TO_15, 1, (1, 2))),
        ("1-16(周)[01-02节]", Meeting(through((1, 16)), None, (1, 2))),
        ("1-12([周])[01-02节]", Meeting(through((1, 12)), None, (1, 2))),
        ("第1-10周,第12-16周([周])[05-06节]", Meeting(through((1, 10), (12, 16)), None, (5, 6))),
        ("1-3,7-9([单周])[01-02节]", Meeting((1, 3, 7, 9), None, (1, 2))),
        ("2-16(周)[01-02-03-04节]", Meeting(through((2, 16)), None, (1, 2, 3, 4))),
        ("3-17周[单周]", Meeting((3, 5, 7, 9, 11, 13, 15, 17))),
        ("weeks 3-10 Tue periods 3-4", Meeting(through((3, 10)), 2, (3, 4))),
    ],
)
def test_one_meeting(text, meeting):
    assert read(text) == (meeting,)


def test_odd_weeks_alone_are_those_of_the_term():
    assert read_weeks("[单周]", last_week=9) == (1, 3, 5, 7, 9)
    assert read_weeks("双周", last_week=9) == (2, 4, 6, 8)


def test_several_meetings_in_one_text():
    assert read("1-8周星期一1-2节;9-16周星期四3-4节") == (
        Meeting(through((1, 8)), 1, (1, 2)),
        Meeting(through((9, 16)), 4, (3, 4)),
    )


@pytest.mark.parametrize(
    ("text", "periods"),
    [("0102", (1, 2)), ("101112", (10, 11, 12)), ("1-2", (1, 2)), ("3,4节", (3, 4)), ("第1大节", (1, 2)), ("５", (5,))],
)
def test_periods(text, periods):
    assert read_periods(text) == periods


@pytest.mark.parametrize(
    ("text", "weekday"), [("一", 1), ("星期日", 7), ("周天", 7), ("礼拜三", 3), ("7", 7), ("Tue", 2), ("周五", 5)]
)
def test_weekdays(text, weekday):
    assert read_weekday(text) == weekday


# ── what has no meaning, or two ──


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "周",
            "?",
            "待定",
            "1-",
            "-5",
            "8-3周",
            "0周",
            "61周",
            "1--3周",
            "1-3-5周",
            "1-16周(单",
            "1-16)周",
            "1-16周(单双)",
        ),
        *(
            "九月一日",
            "2026-01-16",
            "16-Jan",
            "1月16日",
            "1-16周星期八",
            "1-16周星期一",
            "3周(双)",
            "1 6周",
            "=A1",
            "第X周",
        ),
        *("周一 3-4", "1-16周 星期一 0节", "1-16周 星期一 25节", "12345", "1" * 50),
    ],
)
def test_what_is_unclear_is_not_read(text):
    with pytest.raises(Unclear):
        read_weeks(text)


def test_the_part_that_makes_no_sense_is_named():
    with pytest.raises(Unclear) as unclear:
        read("1-16周 星期一 25节")
    assert "节" in unclear.value.part


def test_numbers_behind_a_weekday_may_be_weeks_or_periods_and_so_are_neither():
    with pytest.raises(Unclear):
        read("周一 3-4")
    assert read("1-16周 周一 3-4") == (Meeting(through((1, 16)), 1, (3, 4)),)


# ── for every text ──

WEEKS = st.sets(st.integers(1, 60), min_size=1, max_size=40).map(lambda found: tuple(sorted(found)))
PERIODS = st.sets(st.integers(1, 20), min_size=1, max_size=12).map(lambda found: tuple(sorted(found)))
MEETINGS = st.builds(Meeting, WEEKS, st.integers(1, 7), PERIODS)


@given(MEETINGS)
def test_what_is_written_reads_as_it_was_meant(meeting):
    assert read(write(meeting)) == (meeting,)


@given(WEEKS)
def test_reading_and_writing_again_changes_nothing(weeks):
    text = weeks_text(weeks)
    assert read_weeks(text) == weeks
    assert weeks_text(read_weeks(text)) == text


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(0, 10), st.sampled_from(["", "单", "双"]), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
def test_odd_and_even_count_for_their_own_part_only(parts):
    pieces, meant = [], set()
    for first, more, mark, is_square in parts:
        kept = {week for week in range(first, first + more + 1) if not mark or week % 2 == (mark == "单")}
        assume(kept)
        meant |= kept
        bracket = f"[{mark}]" if is_square else f"({mark})"
        pieces.append(f"{first}-{first + more}周{bracket if mark else ''}")
    assert read_weeks(",".join(pieces)) == tuple(sorted(meant))


SIGNS = st.sampled_from(
    [
        *"0123456789",
        *"-,，;()（）[]{}【】 　\n周单双节第一二日天星期至到~、|?=x",
        "星期",
        "大节",
        "week",
        "Mon",
        "2026",
        "\u00a0",
        "٣",
    ]
)


@given(st.one_of(st.text(max_size=LONGEST_TEXT + 50), st.lists(SIGNS, max_size=60).map("".join)))
def test_any_text_is_read_within_bounds_or_is_unclear(text):
    try:
        found = read(text, 20)
    except Unclear:
        return
    assert found
    for meeting in found:
        assert all(1 <= week <= 60 for week in meeting.weeks)
        assert all(1 <= period <= 20 for period in meeting.periods)
        assert meeting.weekday in (None, 1, 2, 3, 4, 5, 6, 7)
        assert read(write(meeting)) == (meeting,)


@given(st.one_of(st.text(max_size=40), st.lists(SIGNS, max_size=12).map("".join)))
def test_periods_and_weekdays_of_any_text_are_read_or_unclear(text):
    for reader in (read_periods, read_weekday, read_weeks):
        try:
            assert reader(text)
        except Unclear:
            continue


@pytest.mark.parametrize(
    "piece",
    [
        "1-2,",
        "1-",
        "11-",
        "((",
        "(",
        "()",
        "1 ",
        " ",
        "周",
        "单",
        "星期一",
        "1-16周(单),",
        "week ",
        "0102",
        "1周星期一1节;",
    ],
)
def test_the_longest_text_takes_no_longer_than_its_length(piece):
    """Ten times the text, about ten times the time: no pattern looks at the same signs again and again."""
    text = (piece * LONGEST_TEXT)[:LONGEST_TEXT]
    started = time.process_time()
    for _ in range(10):
        try:
            read(text)
        except Unclear:
            continue
    assert time.process_time() - started < 0.5


def test_a_text_that_is_too_long_is_not_read():
    with pytest.raises(Unclear):
        read("1," * LONGEST_TEXT)
