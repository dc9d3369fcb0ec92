"""What a new timetable means for the one that stands: which lesson is which, which dates move, who gives way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.conflict import Situation, Taken
from app.booking.rules.imports.deciding import Change, decide_all
from app.booking.rules.imports.delta import Delta, Standing, all_of, dated, delta
from app.booking.rules.imports.ground import Ground, Other
from app.booking.rules.imports.matching import KeptLesson, pair, parts_changed
from app.booking.rules.imports.names import Room, Rooms, Teachers, bare
from app.booking.rules.lessons.lesson import Lesson
from app.booking.rules.priority import Terms
from app.booking.rules.request import Slot
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import EARLIEST, Span, at_local
from app.timetable.rules.bell import BellForm, Bells, Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Block, Term

TERM = Term(1, None, "学期", "Term", date(2026, 9, 7), 18)
BELLS = Bells((BellForm(None, "作息", "Bells", tuple(Period(n, 420 + 60 * n, 465 + 60 * n) for n in range(1, 9))),))
CALENDAR = Calendar(None, [TERM], bells=BELLS)


def lesson(weeks, weekday=2, periods=(1, 2), room="车间", course="数控", **more) -> Lesson:
    given = {"title": course, "school": "", "class_name": "", "teachers": (), "headcount": None, "campus": ""}
    return Lesson(
        row=1, course=course, room=room, weeks=tuple(weeks), weekday=weekday, periods=periods, **(given | more)
    )


def kept(said: Lesson, number: int = 1, unit: int | None = 1, booking: int | None = 10, **more) -> KeptLesson:
    return KeptLesson(number, said, "", "placed", unit, None, booking, **more)


def standing(said: Lesson, unit: int = 1, booking: int = 10) -> list[Standing]:
    slots = dated(said, TERM, CALENDAR).slots.values()
    return [
        Standing(100 + n, booking, slot.span, slot.periods, True, frozenset({unit})) for n, slot in enumerate(slots)
    ]


def days(slots) -> list[date]:
    return [slot.span.start.date() for slot in slots]


def day(week: int, weekday: int = 2) -> date:
    return TERM.day(week, weekday)


class TestWhichLessonIsWhich:
    def test_equal_lessons_are_the_same_wherever_they_stand_in_the_file(self):
        one, two = lesson([1]), lesson([2], course="电工")
        pairing = pair([replace(two, row=7), one], [kept(one, 1), kept(two, 2)])
        assert len(pairing.same) == 2
        assert [*pairing.changed, *pairing.added, *pairing.gone] == []

    def test_a_lesson_with_other_weeks_in_the_same_place_and_time_is_that_lesson_changed(self):
        pairing = pair([lesson([1, 2, 3])], [kept(lesson([1, 2]))])
        assert [parts_changed(was.lesson, now) for now, was in pairing.changed] == [["weeks"]]

    def test_a_lesson_in_another_room_is_that_lesson_changed(self):
        pairing = pair([lesson([1, 2], room="东楼101")], [kept(lesson([1, 2]))])
        assert [parts_changed(was.lesson, now) for now, was in pairing.changed] == [["room"]]

    def test_of_several_the_likest_is_meant(self):
        monday, tuesday = lesson([1, 2], 1), lesson([1, 2], 2)
        pairing = pair([replace(tuesday, room="东楼101"), monday], [kept(monday, 1), kept(tuesday, 2)])
        assert [(was.id, now.room) for now, was in pairing.changed] == [(2, "东楼101")]

    def test_lessons_of_one_course_that_have_too_little_in_common_are_one_gone_and_one_new(self):
        stays = lesson([5], 5)
        pairing = pair(
            [stays, lesson([1, 2], 1, (5,), room="东楼101"), lesson([9], 4, (7,), room="西楼")],
            [kept(stays, 1), kept(lesson([3], 3), 2)],
        )
        assert (len(pairing.same), len(pairing.changed), len(pairing.added), len(pairing.gone)) == (1, 0, 2, 1)

    def test_another_course_is_never_meant(self):
        pairing = pair([lesson([1], course="电工")], [kept(lesson([1]))])
        assert (len(pairing.added), len(pairing.gone)) == (1, 1)

    def test_other_words_are_a_change_of_words_alone(self):
        pairing = pair([lesson([1], headcount=40)], [kept(lesson([1], headcount=30))])
        assert [parts_changed(was.lesson, now) for now, was in pairing.changed] == [["words"]]

    @given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.sampled_from("ABC")), max_size=12), st.randoms())
    def test_every_lesson_is_in_exactly_one_list(self, told, chance):
        all_lessons = list({each.key: each for each in (lesson([w], d, room=r) for w, d, r in told)}.values())
        before = [kept(each, n) for n, each in enumerate(chance.sample(all_lessons, len(all_lessons) // 2), 1)]
        after = chance.sample(all_lessons, len(all_lessons) * 2 // 3)
        pairing = pair(after, before)
        assert len(pairing.same) + len(pairing.changed) + len(pairing.added) == len(after)
        assert len(pairing.same) + len(pairing.changed) + len(pairing.gone) == len(before)


def change_of(before: Lesson, after: Lesson, unit: int = 1, since: datetime = EARLIEST, dates=None, **more) -> Delta:
    return delta(
        kept(before, **more),
        dated(before, TERM, CALENDAR),
        dated(after, TERM, CALENDAR),
        unit,
        standing(before) if dates is None else dates,
        since,
    )


class TestWhichDatesMove:
    def test_a_changed_week_is_a_move(self):
        found = change_of(lesson([1, 2, 3]), lesson([1, 2, 5]))
        assert [(date.span.start.date(), slot.span.start.date()) for date, slot in found.moves] == [(day(3), day(5))]
        assert [*found.cancels, *found.fresh] == []

    def test_a_dropped_week_is_cancelled_and_an_added_one_booked(self):
        assert days(change_of(lesson([1, 2]), lesson([1, 2, 3])).fresh) == [day(3)]
        assert [each.span.start.date() for each in change_of(lesson([1, 2, 3]), lesson([1, 3])).cancels] == [day(2)]

    def test_another_weekday_moves_each_week_within_itself(self):
        found = change_of(lesson([1, 2]), lesson([1, 2], 4))
        assert [slot.span.start.date() for _, slot in found.moves] == [day(1, 4), day(2, 4)]

    def test_another_room_moves_every_date(self):
        assert len(change_of(lesson([1, 2]), lesson([1, 2], room="东楼"), unit=2).moves) == 2

    def test_a_date_cancelled_or_moved_by_hand_stays_as_it_is(self):
        before = lesson([1, 2, 3])
        first, second, third = standing(before)
        elsewhere = replace(third, span=Span(at_local(day(3, 6), 480), at_local(day(3, 6), 580)))
        dates = [first, replace(second, is_open=False), elsewhere]
        found = change_of(before, lesson([1, 2, 3], room="东楼"), unit=2, dates=dates)
        assert [date.date_id for date, _ in found.moves] == [first.date_id]
        assert found.by_hand == 2
        assert [*found.cancels, *found.fresh] == []

    def test_what_was_given_already_stays_given(self):
        found = change_of(lesson([1, 2, 3]), lesson([1, 2, 3], 4), since=at_local(day(2, 1), 0))
        assert [date.span.start.date() for date, _ in found.moves] == [day(2), day(3)]

    def test_dates_that_clashed_before_are_tried_again(self):
        before = lesson([1, 2, 3])
        left = list(dated(before, TERM, CALENDAR).slots.values())[1:2]
        found = change_of(before, before, dates=standing(lesson([1, 3])), left_out=tuple(left))
        assert days(found.fresh) == [day(2)]

    def test_the_same_again_is_nothing(self):
        assert change_of(lesson([1, 2, 3]), lesson([1, 2, 3])).is_empty

    def test_a_practice_week_is_every_period_from_monday_to_friday_and_its_own_block_does_not_stop_it(self):
        block = Block(1, 1, "practice", 10, 10, "", False, "实训周", "Practice")
        exams = Block(2, 1, "exam", 11, 11, "", False, "考试周", "Exams")
        found = dated(lesson([10, 11], None, ()), TERM, replace(CALENDAR, blocks=[block, exams]))
        assert [slot.periods for slot in found.slots.values()] == ["1-8"] * 5
        assert {each.week for each in found.lost} == {11}


ROOM = Unit(1, 1, 1, 1, "room", "车间", "", 1, False, True, 0, 0, None, "external", frozenset())
OTHER_ROOM = replace(ROOM, id=2, lab_id=2, room_id=2)


def ground(*taken: Taken, purpose: str = "technical_service", now: datetime = EARLIEST, may: bool = True) -> Ground:
    units = {1: ROOM, 2: OTHER_ROOM}
    others = [Other(each.booking_id, purpose) for each in taken if each.booking_id]
    allowed = frozenset({1, 2}) if may else frozenset()
    return Ground(Situation(units, {}, taken), others=others, may_displace=allowed, now=now)


def taken(week: int, booking: int = 77, cause: str = "booking", unit: int = 1) -> Taken:
    span = Span(at_local(day(week), 500), at_local(day(week), 520))
    return Taken(
        unit, span, 1, True, cause, 770 + week if cause == "booking" else None, booking if cause == "booking" else None
    )


def new(said: Lesson, number: int = 1, unit: int = 1) -> Change:
    return Change(number, said, None, unit, 5, 9, all_of(dated(said, TERM, CALENDAR)))


def changed(before: Lesson, after: Lesson, number: int, unit: int, to: int) -> Change:
    was = kept(before, number, unit, booking=10 * number)
    dates = standing(before, unit, 10 * number)
    dates = [replace(each, date_id=each.date_id + 1000 * number) for each in dates]
    what = delta(was, dated(before, TERM, CALENDAR), dated(after, TERM, CALENDAR), to, dates, EARLIEST)
    return Change(number, after, was, to, 5, 9, what)


class TestClashes:
    @pytest.mark.parametrize(
        ("policy", "state", "booked", "asked", "left"),
        [
            ("skip", "part", 2, 0, 1),
            ("ask", "part", 2, 1, 0),
            ("list", "clash", 0, 0, 3),
            ("displace", "placed", 3, 0, 0),
        ],
    )
    def test_what_becomes_of_one_clash_of_three_dates(self, policy, state, booked, asked, left):
        (decision,) = decide_all([new(lesson([1, 2, 3]))], ground(taken(2)), policy)
        assert decision.state == state
        assert (decision.booked, len(decision.asks), len(decision.left)) == (booked, asked, left)
        assert {each.booking_id for each in decision.displaced} == ({77} if policy == "displace" else set())

    @pytest.mark.parametrize("purpose", ["teaching", "experiment", "competition", "certification"])
    def test_who_ranks_as_high_never_gives_way(self, purpose):
        (decision,) = decide_all([new(lesson([1, 2]))], ground(taken(2), purpose=purpose), "displace")
        assert (decision.state, decision.displaced) == ("part", [])

    def test_a_closure_never_gives_way_and_no_keeper_is_asked_about_it(self):
        for policy in ("displace", "ask"):
            (decision,) = decide_all([new(lesson([1, 2]))], ground(taken(2, cause="closure")), policy)
            assert (len(decision.left), decision.asks, decision.displaced) == (1, [], [])

    def test_who_may_not_displace_there_does_not(self):
        (decision,) = decide_all([new(lesson([1, 2]))], ground(taken(2), may=False), "displace")
        assert decision.displaced == []

    def test_what_is_past_is_not_displaced(self):
        late = datetime(2026, 12, 1, tzinfo=UTC)
        (decision,) = decide_all([new(lesson([1, 2]))], ground(taken(2), now=late), "displace")
        assert decision.displaced == []

    def test_after_the_deadline_nobody_gives_way_to_a_timetable(self):
        there = taken(2)
        for hours, gone in ((71, set()), (73, {77})):
            on = Situation({1: ROOM, 2: OTHER_ROOM}, {}, [there])
            other = Other(77, "research", frozenset({"member"}), Terms(True, 72))
            now = there.span.start - timedelta(hours=hours)
            (decision,) = decide_all(
                [new(lesson([1, 2]))], Ground(on, others=[other], may_displace=frozenset({1}), now=now), "displace"
            )
            assert {each.booking_id for each in decision.displaced} == gone

    def test_of_two_lessons_of_one_file_the_first_has_the_room(self):
        one, two = decide_all([new(lesson([1, 2])), new(lesson([2, 3], course="电工"), 2)], ground(), "skip")
        assert (one.state, two.state) == ("placed", "part")
        assert two.clashes[0][1][0].booking_id == -1

    def test_two_lessons_may_change_places(self):
        one, two = lesson([1, 2]), lesson([1, 2], room="东楼", course="电工")
        changes = [
            changed(one, replace(one, room="东楼"), 1, unit=1, to=2),
            changed(two, replace(two, room="车间"), 2, unit=2, to=1),
        ]
        held = [
            Taken(unit, each.span, 1, True, date_id=each.date_id, booking_id=each.booking_id)
            for change, unit in zip(changes, (1, 2), strict=True)
            for each, _ in change.delta.moves
        ]
        assert [each.state for each in decide_all(changes, ground(*held), "skip")] == ["placed", "placed"]

    def test_under_list_a_change_that_clashes_is_left_undone_and_keeps_its_old_place_against_others(self):
        one, two = lesson([1, 2]), lesson([1, 2], course="电工")
        moving = changed(one, replace(one, room="东楼"), 1, unit=1, to=2)
        held = [
            Taken(1, each.span, 1, True, date_id=each.date_id, booking_id=each.booking_id)
            for each, _ in moving.delta.moves
        ]
        stays, other = decide_all([moving, new(two, 2)], ground(*held, taken(2, unit=2)), "list")
        assert stays.state == "stays"
        assert stays.does_nothing
        assert other.state == "clash", "the place that would have become free is not"

    def test_a_lesson_whose_room_is_unknown_is_kept_as_text(self):
        said = lesson([1], room="谁知道")
        (unknown,) = decide_all([Change(1, said, None, None, 5, 9, Delta())], ground(), "skip")
        (none,) = decide_all([Change(1, replace(said, room="待定"), None, None, 5, 9, Delta())], ground(), "skip")
        assert (unknown.state, none.state) == ("unknown_room", "no_room")

    @given(
        st.lists(st.integers(1, 18), min_size=1, unique=True),
        st.sets(st.integers(1, 18)),
        st.sampled_from(["skip", "ask"]),
    )
    def test_every_wanted_date_is_booked_asked_for_or_left_out(self, weeks, busy, policy):
        (decision,) = decide_all([new(lesson(sorted(weeks)))], ground(*(taken(week) for week in busy)), policy)
        assert decision.booked + len(decision.asks) + len(decision.left) == len(weeks)
        assert {slot.span.start.date() for slot in decision.adds} == {day(week) for week in set(weeks) - busy}


class TestNames:
    ROOMS = Rooms(
        [
            Room(
                1, 1, frozenset({bare("东区")}), frozenset({bare("A101"), bare("数控车间")}), "东区 A101", is_own=False
            ),
            Room(2, 2, frozenset({bare("西区")}), frozenset({bare("A101")}), "西区 A101", is_own=False),
            Room(3, 3, frozenset(), frozenset({bare("焊接室")}), "焊接室", is_own=True),
            Room(4, 4, frozenset(), frozenset({bare("焊接室")}), "外校 焊接室", is_own=False),
        ],
        {"东区 / 车床间": 1},
    )

    @pytest.mark.parametrize(
        ("campus", "room", "unit"),
        [
            ("东区", "A101", 1),
            ("西区", "ａ１０１", 2),
            ("", "A101", None),  # there are two of that name: nobody guesses
            ("", "数控车间", 1),
            ("", "焊接室", 3),  # of two the organisation's own
            ("东区", "车床间", 1),  # as somebody said
            ("东区", "A102", None),
        ],
    )
    def test_a_room_is_known_where_exactly_one_fits(self, campus, room, unit):
        assert self.ROOMS.find(campus, room) == unit

    def test_the_likest_are_offered_first(self):
        assert self.ROOMS.closest("西区", "A 10l")[0].unit_id == 2

    def test_a_teacher_is_known_by_a_name_that_only_one_has(self):
        teachers = Teachers([(1, "王伟"), (2, "王伟"), (3, "李娜")], {"老李": 3})
        assert teachers.find(["王伟"]) is None
        assert teachers.find(["王伟", "李 娜"]) == 3
        assert teachers.find(["老李"]) == 3


def test_a_slot_is_where_the_bells_ring():
    (slot,) = dated(lesson([1]), TERM, CALENDAR).slots.values()
    assert slot == Slot(Span(at_local(day(1), 480), at_local(day(1), 585)), "1-2")
    assert not dated(lesson([1], periods=(9,)), TERM, CALENDAR).rings
