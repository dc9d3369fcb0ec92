"""课表: a term of a lab, a class, a teacher, a member on one page; each reader sees what she may, and holidays are named."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app.booking.tables.bookings import Booking
from app.booking.tables.imports import Lesson
from app.database import session, transaction
from app.entrypoints import clock
from app.timetable.tables import BellTable, Block, DayRule, Holiday, Period, Term
from tests.stories.workshop import Workshop, reading, statements


@pytest.fixture
def workshop(app) -> Workshop:
    return Workshop(app)


def teaches(workshop, booking_id, **columns):
    """Say of a booking that it is a lesson of 机制2301."""

    def do():
        term = session().scalar(select(Term.id))
        given = {
            "member_id": workshop.college,
            "term_id": term,
            "key": f"k{booking_id}",
            "course": "CNC",
            "title": "CNC turning",
            "class_name": "机制2301",
            "teachers": "王老师",
            "weeks": "1-3周",
            "weekday": 2,
            "periods": "3-4",
            "state": "placed",
            "booking_id": booking_id,
            "changed_at": clock.now(),
        }
        session().execute(insert(Lesson).values(**given | columns))
        if booking_id is not None:
            session().get(Booking, booking_id).origin = "lesson"

    with reading():
        transaction(do)


@pytest.fixture
def lesson(workshop):
    """The teacher has the whole lab on Tuesdays of weeks 1 to 3, periods 3-4."""
    asked = workshop.teacher.asks_for(
        workshop.room,
        on=workshop.day(1, 2),
        at="3-4",
        repeat="weeks",
        week=["1", "2", "3"],
        weekday=["2"],
    )
    teaches(workshop, asked.booking_id)
    return asked.booking_id


def sheet(who, query):
    return who.opens(f"/timetables?{query}")


def test_a_lesson_of_three_weeks_stands_once_with_its_weeks(workshop, lesson):
    shown = sheet(workshop.teacher, f"lab={workshop.lab}")
    assert shown.status == 200
    entries = [line for line in shown.text.split("<li") if "CNC turning" in line]
    assert len(entries) == 2, "once in the table, once in the phone's list"
    assert all(
        "机制2301" in each and "王老师" in each and "weeks 1-3" in each and "Class lesson" in each for each in entries
    )


def test_strangers_see_that_it_is_taken_and_nothing_else(workshop, lesson):
    shown = sheet(workshop.trainer, f"lab={workshop.lab}")
    assert "Taken" in shown.words
    for word in ("CNC turning", "机制2301", "王老师", "Teacher</"):
        assert word not in shown.text


def test_a_class_and_a_teacher_have_sheets_of_their_own(workshop, lesson):
    for query in ("class=机制2301", "teacher=王老师", f"member={workshop.college}", f"person={workshop.teacher.id}"):
        assert "CNC turning" in sheet(workshop.teacher, query).words or query.startswith("person"), query
    assert "CNC turning" not in sheet(workshop.teacher, "class=机制230").text, "a part of a name is another class"


def test_strangers_find_nothing_under_a_name(workshop, lesson):
    for query in ("class=机制2301", "teacher=王老师", f"member={workshop.college}"):
        assert "CNC turning" not in sheet(workshop.trainer, query).text
    assert sheet(workshop.trainer, f"person={workshop.teacher.id}").status == 404
    assert sheet(workshop.trainer, "person=99999").status == 404


def test_a_lesson_without_a_room_stands_on_its_class_sheet(workshop, lesson):
    teaches(workshop, None, key="loose", title="Drawing", room="B101", state="unknown_room", weeks="2-4周", weekday=5)
    shown = sheet(workshop.teacher, "class=机制2301")
    assert "Drawing" in shown.words
    assert "No room yet" in shown.words
    assert "Drawing" not in sheet(workshop.teacher, f"lab={workshop.lab}").words


def test_weeks_that_cannot_be_read_are_said_not_dropped(workshop, lesson):
    teaches(workshop, None, key="odd", title="Fitting", state="no_room", weeks="sometimes", weekday=5)
    assert "Fitting" in sheet(workshop.teacher, "class=机制2301").words


def test_other_bookings_than_lessons_are_shown_too(workshop):
    workshop.teacher.asks_for(workshop.lathe, on=workshop.day(2, 3), at="08:00-09:30", title="A sample")
    words = sheet(workshop.teacher, f"unit={workshop.lathe}").words
    assert "A sample" in words
    assert "08:00–09:30" in words
    assert "week 2" in words


def test_one_week_has_its_dates(workshop, lesson):
    shown = sheet(workshop.teacher, f"lab={workshop.lab}&week=2")
    assert "CNC turning" in shown.words
    assert str(workshop.day(2, 2).day) in shown.words
    assert "CNC turning" not in sheet(workshop.teacher, f"lab={workshop.lab}&week=9").words


def test_it_goes_along_as_a_spreadsheet(workshop, lesson):
    answer = workshop.teacher.client.get(f"/timetables?lab={workshop.lab}&format=csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert [rows[1][1], rows[1][3], rows[1][5], rows[1][6], rows[1][7]] == [
        "3-4",
        "1-3周",
        "CNC turning",
        "机制2301",
        "王老师",
    ]
    assert workshop.teacher.client.get(f"/timetables?lab={workshop.lab}&format=xlsx").get_data()[:2] == b"PK"


def test_holidays_make_up_days_and_exams_are_named(workshop, lesson):
    lost, made_up = workshop.day(3, 2), workshop.day(2, 6)

    def decide():
        term = session().scalar(select(Term.id))
        session().execute(insert(DayRule).values(day=made_up, kind="on", name_zh="补课", stands_for=lost, version=1))
        session().execute(
            insert(Holiday).values(notice_year=lost.year, day=workshop.day(4, 4), name="校庆", is_off=True)
        )
        session().execute(
            insert(Block).values(
                term_id=term,
                kind="exam",
                first_week=18,
                last_week=18,
                learners="",
                teaches=False,
                name_zh="考试周",
                name_en="Exams",
            )
        )

    with reading():
        transaction(decide)
    words = sheet(workshop.teacher, f"lab={workshop.lab}").words
    assert "runs week 3 Tue" in words
    assert "校庆" in words
    assert "Exams" in words
    week = workshop.teacher.opens(f"/book?base={workshop.base}&view=week&day={made_up}").words
    assert "runs week 3 Tue" in week
    term = workshop.teacher.opens(f"/book?base={workshop.base}&view=term&unit={workshop.room}&day={made_up}").words
    assert "runs week 3 Tue" in term
    assert "Exams" in term


def test_the_term_view_has_a_head_for_each_bell_table(workshop):
    """In week 3 the summer bells begin: from then on the first cell of a day books 08:10, not 08:00."""

    def ring():
        table = BellTable(
            name_zh="夏季", name_en="Summer", from_on=workshop.day(3, 1), until_on=workshop.day(10, 1), version=1
        )
        session().add(table)
        session().flush()
        session().add(Period(bell_table_id=table.id, number=1, start_minute=490, end_minute=535))

    with reading():
        transaction(ring)
    shown = workshop.teacher.opens(
        f"/book?base={workshop.base}&view=term&unit={workshop.room}&day={workshop.day(1, 1)}"
    )
    tables = shown.text.split('<table class="grid grid-term')[1:]
    assert len(tables) == 3
    assert 'data-start="08:00"' in tables[0]
    assert 'data-start="08:10"' in tables[1]
    assert 'data-start="08:00"' not in tables[1]
    assert f'data-day="{workshop.day(3, 1)}"' in tables[1]
    assert "Summer" in shown.words


def test_a_viewer_reads_the_grid_by_another_calendar(workshop):
    def other_term():
        first = workshop.week1 - timedelta(days=28)
        session().add(
            Term(member_id=workshop.company, name_zh="企", name_en="Works", first_monday=first, weeks=20, version=1)
        )

    with reading():
        transaction(other_term)
    day = workshop.day(1, 1)
    plain = workshop.teacher.opens(f"/book?base={workshop.base}&view=week&day={day}")
    assert "Week 1" in plain.words
    other = workshop.teacher.opens(f"/book?base={workshop.base}&view=week&day={day}&calendar={workshop.company}")
    assert "Week 5" in other.words
    assert "Company" in other.words
    assert f"calendar={workshop.company}" in other.text.split('rel="next"')[0], "the choice stays in the address"
    unknown = workshop.teacher.opens(f"/book?base={workshop.base}&view=week&day={day}&calendar=99999&learners=x")
    assert "Week 1" in unknown.words


def test_learners_hear_their_own_bells(workshop):
    def ring():
        table = BellTable(name_zh="小", name_en="Young", learners="五年制", version=1)
        session().add(table)
        session().flush()
        session().add(Period(bell_table_id=table.id, number=1, start_minute=480, end_minute=520))

    with reading():
        transaction(ring)
    day = workshop.day(1, 1)
    shown = workshop.teacher.opens(f"/book?base={workshop.base}&view=day&day={day}&learners=五年制")
    assert 'data-end="08:40"' in shown.text
    assert 'data-end="08:45"' in workshop.teacher.opens(f"/book?base={workshop.base}&view=day&day={day}").text


def test_an_unknown_year_is_said_loudly(workshop, lesson):
    with reading():
        transaction(lambda: session().query(Holiday).delete())
    for path in (f"/timetables?lab={workshop.lab}", f"/book?base={workshop.base}", "/now"):
        assert "are not known here yet" in workshop.teacher.opens(path).words


@pytest.mark.parametrize("query", ["lab=99999", "unit=99999", "member=99999", "lab=abc&unit=99999"])
def test_what_is_not_there_is_not_found(workshop, query):
    assert sheet(workshop.teacher, query).status == 404


@pytest.mark.parametrize("query", ["", "lab=abc", "class=", "teacher=%20", "week=9"])
def test_without_a_name_there_is_a_page_to_choose(workshop, query):
    shown = sheet(workshop.teacher, query)
    assert shown.status == 200
    assert "Turning lab" in shown.words


@pytest.mark.parametrize("odd", ["week=99", "week=x", "term=99999", "calendar=x", "format=pdf"])
def test_odd_words_in_the_address_do_no_harm(workshop, lesson, odd):
    assert sheet(workshop.teacher, f"lab={workshop.lab}&{odd}").status == 200


def test_a_sheet_costs_the_same_whatever_stands_on_it(workshop, lesson):
    with statements() as few:
        sheet(workshop.teacher, f"lab={workshop.lab}")
    for week in range(4, 9):
        workshop.teacher.asks_for(workshop.lathe, on=workshop.day(week, 3), at="08:00-09:30")
    with statements() as many:
        sheet(workshop.teacher, f"lab={workshop.lab}")
    assert len(many) == len(few) <= 14, many
