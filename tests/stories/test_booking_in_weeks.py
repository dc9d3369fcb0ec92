"""A teacher books in her own language: 第3-10周(双) 周二 3-4节, in words or with pickers, each filling the other."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from app.database import session, transaction
from app.timetable.tables import BellTable, Block, DayRule, Period, Term
from tests.stories.workshop import Answer, Workshop, bookings_kept, dates_of, form_of, reading, statements


@pytest.fixture
def calendar(workshop: Workshop) -> Workshop:
    """Tuesday of week 3 is the sports day; Saturday of week 4 gives the lessons of Monday of week 5; week 18 is exams."""

    def lay_down() -> None:
        term = session().query(Term).one()
        college = workshop.college
        session().add_all([
            DayRule(member_id=college, day=workshop.day(3, 2), kind="off", name_zh="校运动会", name_en="Sports day",
                    version=1),
            DayRule(member_id=college, day=workshop.day(4, 6), kind="on", name_zh="调休", name_en="Make-up",
                    stands_for=workshop.day(5, 1), version=1),
            Block(term_id=term.id, kind="exam", first_week=18, last_week=18, learners="", teaches=False,
                  name_zh="考试周", name_en="Exams"),
        ])  # fmt: skip

    with reading():
        transaction(lay_down)
    return workshop


def days(booked: Answer) -> list[str]:
    return [day for _, day, _, _ in dates_of(booked.booking_id)]


def sheet(shown: Answer) -> dict[str, Any]:
    """The form as a browser would send it: every ticked week and weekday."""
    values = form_of(shown)
    for name in ("week", "weekday"):
        boxes = re.findall(rf'<input type="checkbox" name="{name}" value="(\d+)" checked>', shown.text)
        values[name] = boxes
    return values | {"title": "Turning"}


def words_in(shown: Answer) -> str:
    return sheet(shown)["when"]


def test_words_alone_book_the_series_without_the_day_that_falls_out(calendar: Workshop):
    """Week 3 Tuesday is the sports day."""
    booked = calendar.teacher.asks_for(calendar.lathe, on=calendar.day(1, 1), at="1-2", when="第1-4周 周二 3-4节")
    assert days(booked) == [calendar.day(week, 2).isoformat() for week in (1, 2, 4)]
    assert {clock for _, _, clock, _ in dates_of(booked.booking_id)} == {"10:00-11:40"}
    page = calendar.teacher.opens(booked.location)
    assert page.words.count("periods 3-4 (10:00–11:40)") >= 3
    assert "week 4, periods 3-4 (10:00–11:40)" in page.words


def test_checking_first_says_each_date_with_its_week_and_names_what_falls_out(calendar: Workshop):
    shown = calendar.teacher.asks_for(
        calendar.lathe, on=calendar.day(1, 1), at="1-2", when="2-3周(全) 星期二0304；18周 周五 1-2节", preview="1"
    )
    assert shown.status == 200
    assert words_in(shown) == "weeks 2-3 Tue periods 3-4; week 18 Fri periods 1-2"
    assert "week 2, periods 3-4 (10:00–11:40)" in shown.words
    assert re.search(r"Week 3 Tue \d+ \w+, periods 3-4 Sports day", shown.words)
    assert re.search(r"Week 18 Fri .*, periods 1-2 Exams", shown.words)
    assert bookings_kept() == 0
    booked = calendar.teacher.sends("/book/new", sheet(shown))
    assert days(booked) == [calendar.day(2, 2).isoformat()]


def test_a_trainer_may_take_the_days_that_fall_out_all_the_same(calendar: Workshop):
    when = {"when": "第3,18周 周二 3-4节"}
    shown = calendar.teacher.asks_for(calendar.lathe, on=calendar.day(1, 1), at="1-2", preview="1", **when)
    assert "Book these dates all the same" in shown.words
    assert shown.status == 200
    nothing = calendar.teacher.sends("/book/new", sheet(shown))
    assert nothing.status == 422
    assert "No date is left" in nothing.words
    booked = calendar.teacher.sends("/book/new", sheet(nothing) | {"keep_lost": "1"})
    assert days(booked) == [calendar.day(week, 2).isoformat() for week in (3, 18)]


def test_a_make_up_day_comes_in_by_name(calendar: Workshop):
    shown = calendar.teacher.asks_for(
        calendar.lathe, on=calendar.day(1, 1), at="1-2", when="第4-6周 周一 3-4节", preview="1"
    )
    assert "make-up day: Week 5 Mon" in shown.words
    booked = calendar.teacher.sends("/book/new", sheet(shown))
    assert days(booked) == [
        calendar.day(4, 1).isoformat(),
        calendar.day(4, 6).isoformat(),
        calendar.day(6, 1).isoformat(),
    ]


def test_one_press_on_every_week_fills_the_words_from_the_chosen_date(calendar: Workshop):
    day = calendar.day(15, 4)
    shown = calendar.teacher.opens(f"/book/new?unit={calendar.lathe}&start={day}T10:00&end={day}T11:40")
    assert words_in(shown) == "week 15 Thu periods 3-4"
    weekly = calendar.teacher.sends("/book/new", sheet(shown) | {"repeat": "weeks", "preview": "1"})
    assert words_in(weekly) == "weeks 15-18 Thu periods 3-4"
    odd = calendar.teacher.sends("/book/new", sheet(weekly) | {"week": ["15", "17"], "first": "5", "last": "6"})
    assert days(odd) == [calendar.day(week, 4).isoformat() for week in (15, 17)]
    assert {clock for _, _, clock, _ in dates_of(odd.booking_id)} == {"14:00-15:40"}


def test_words_changed_after_the_pickers_were_shown_fill_the_pickers(calendar: Workshop):
    day = calendar.day(2, 4)
    shown = calendar.teacher.opens(f"/book/new?unit={calendar.lathe}&start={day}T10:00&end={day}T11:40")
    again = calendar.teacher.sends("/book/new", sheet(shown) | {"when": "第6-10周(双) 周五 5-6节", "preview": "1"})
    values = sheet(again)
    assert (values["repeat"], values["week"], values["weekday"]) == ("weeks", ["6", "8", "10"], ["5"])
    assert (values["first"], values["last"]) == ("5", "6")


def test_meetings_that_pickers_cannot_show_stay_when_a_picker_changes(calendar: Workshop):
    shown = calendar.teacher.asks_for(
        calendar.lathe, on=calendar.day(1, 1), at="1-2", when="第1-2周 周三 3-4节；第5周 周四 1-2节", preview="1"
    )
    again = calendar.teacher.sends("/book/new", sheet(shown) | {"week": ["1"], "preview": "1"})
    assert words_in(again) == "week 1 Wed periods 3-4; week 5 Thu periods 1-2"


def test_words_and_pickers_changed_apart_are_asked_about_never_guessed(calendar: Workshop):
    shown = calendar.teacher.asks_for(
        calendar.lathe, on=calendar.day(1, 1), at="1-2", when="第1-2周 周三 3-4节", preview="1"
    )
    both = sheet(shown) | {"when": "第1-3周 周三 3-4节", "week": ["1"]}
    asked = calendar.teacher.sends("/book/new", both)
    assert asked.status == 422
    assert "say different things" in asked.words
    assert sheet(asked)["when"] == "第1-3周 周三 3-4节"
    assert sheet(asked)["week"] == ["1"]
    assert calendar.teacher.sends("/book/new", both | {"week": ["1", "2", "3"]}).was_booked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("第3-10周(双) 周八 3-4节", "“周八” cannot be read."),
        ("周二 3-4节", "“周二 3-4节” does not say which weeks."),
        ("第2周 周二；第3周 周二 3-4节", "“第2周 周二” does not say which class periods."),
        ("第17-20周 周二 3-4节", "This term has 18 weeks; week 19-20, from"),
        ("第2周 周二 11-12节", "There are no class periods 11-12 on"),
        ("<b>&\"'", "cannot be read"),
        ("9" * 401, "At most 400 characters."),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_lost(calendar: Workshop, text: str, said: str):
    refused = calendar.teacher.asks_for(
        calendar.lathe, on=calendar.day(1, 1), at="1-2", when=text, title="Kept", note="Kept too"
    )
    assert refused.status == 422
    assert said in refused.words
    values = form_of(refused)
    assert (values["when"], values["title"], values["note"], values["first"]) == (text, "Kept", "Kept too", "1")
    assert bookings_kept() == 0


def test_a_single_date_on_a_day_off_is_told_and_not_refused(calendar: Workshop):
    day = calendar.day(3, 2)
    shown = calendar.teacher.opens(f"/book/new?unit={calendar.lathe}&start={day}T10:00&end={day}T11:40")
    assert "This day: Sports day" in shown.words
    assert calendar.teacher.sends("/book/new", sheet(shown)).was_booked


def test_a_year_without_announced_holidays_is_told_aloud(calendar: Workshop):
    year = calendar.day(18, 1).year + 3
    shown = calendar.teacher.opens(f"/book/new?unit={calendar.lathe}&start={year}-05-04T10:00&end={year}-05-04T11:40")
    assert f"The holidays of {year} are not known here yet" in shown.words


def test_the_company_reads_weeks_by_its_own_calendar(calendar: Workshop):
    """The sports day is the college's; by the company's calendar Tuesday of week 3 is a day like others."""
    values = calendar.trainer.filled(calendar.lathe, on=calendar.day(1, 1), at="1-2", when="第3周 周二 3-4节")
    shown = calendar.trainer.sends("/book/new", values | {"preview": "1"})
    assert "By the calendar of" in shown.words
    booked = calendar.trainer.sends("/book/new", sheet(shown) | {"calendar": str(calendar.company)})
    assert days(booked) == [calendar.day(3, 2).isoformat()]


def test_dates_are_added_in_words(calendar: Workshop):
    booked = calendar.teacher.asks_for(calendar.lathe, on=calendar.day(1, 1), at="1-2")
    path = f"{booked.location}/dates"
    form = form_of(calendar.teacher.opens(path))
    unclear = calendar.teacher.sends(path, form | {"when": "第2周 周几"})
    assert (unclear.status, "cannot be read" in unclear.words) == (422, True)
    added = calendar.teacher.sends(path, form | {"when": "第2-4周 周二 1-2节"})
    assert added.status == 303
    assert days(booked) == [calendar.day(1, 1).isoformat(), *(calendar.day(week, 2).isoformat() for week in (2, 4))]
    assert "Sports day" in calendar.teacher.opens(booked.location).words + calendar.teacher.opens("/mine").words


def test_a_series_moved_over_the_change_of_bells_stays_in_its_periods(calendar: Workshop):
    """From week 6 on the summer table rings ten minutes earlier."""

    def summer() -> None:
        table = BellTable(name_zh="夏", name_en="Summer", from_on=calendar.day(6, 1), until_on=None, version=1)
        session().add(table)
        session().flush()
        session().add_all(
            Period(bell_table_id=table.id, number=n, start_minute=470 + 55 * n, end_minute=510 + 55 * n)
            for n in range(1, 5)
        )

    with reading():
        transaction(summer)
    booked = calendar.teacher.asks_for(calendar.lathe, on=calendar.day(1, 1), at="1-2", when="第4-5周 周四 3-4节")
    form = form_of(calendar.teacher.opens(f"{booked.location}/change"))
    moved = calendar.teacher.sends(
        f"{booked.location}/change", form | {"day": calendar.day(5, 4).isoformat(), "which": "every"}
    )
    assert moved.status == 303, moved.words
    assert [(day, clock) for _, day, clock, _ in dates_of(booked.booking_id)] == [
        (calendar.day(5, 4).isoformat(), "10:00-11:40"),
        (calendar.day(6, 4).isoformat(), "10:35-12:10"),
    ]
    assert calendar.teacher.opens(booked.location).words.count("periods 3-4") >= 2


def test_the_form_asks_as_often_for_a_term_as_for_a_date(calendar: Workshop):
    one = calendar.teacher.filled(calendar.lathe, on=calendar.day(1, 1), at="1-2", when="第2周 周四 3-4节", preview="1")
    with statements() as for_one:
        calendar.teacher.sends("/book/new", one)
    with statements() as for_many:
        calendar.teacher.sends("/book/new", one | {"when": "第2-17周 周四 3-4节"})
    assert len(for_many) == len(for_one)


def test_the_live_answer_carries_what_was_understood(calendar: Workshop):
    values = calendar.teacher.filled(calendar.lathe, on=calendar.day(1, 1), at="1-2", when="第4-8周(双)星期四34节")
    found = calendar.teacher.client.post("/book/new", data=values | {"preview": "1"}, headers={"X-Live": "#verdict"})
    problem = re.search(r'data-problem="([^"]*)"', found.get_data(as_text=True))
    assert problem
    assert "34节" in html.unescape(problem[1])
    values["when"] = "第4-8周(双)星期四0304节"
    text = calendar.teacher.client.post(
        "/book/new", data=values | {"preview": "1"}, headers={"X-Live": "#verdict"}
    ).get_data(as_text=True)
    assert 'data-weeks="4,6,8"' in text
    assert 'data-weekdays="4"' in text
    assert 'data-first="3" data-last="4"' in text
    assert 'data-problem=""' in text
