"""Who gets it, in the browser: the line after a cancellation, two people who exchange times, quotas, and what else there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page

from tests.browser.clock import hours_pass, monday_ahead
from tests.browser.visitor import Visitor
from tests.servers import LiveServer

pytestmark = pytest.mark.slow

WEEKS_AHEAD = {"desktop": 32, "phone": 42}
"""Weeks in which no other story books."""
FIRST, SECOND = 6, 7
"""数控车床 5 号 and 6 号."""
SECOND_NAME = "数控车床 6 号"


@pytest.fixture
def monday(screen: str) -> date:
    return monday_ahead(WEEKS_AHEAD[screen])


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)


def test_the_line_moves_on_after_a_cancellation_and_again_when_nobody_answers(
    page: Page, screen: str, monday: date, demo_server: LiveServer
) -> None:
    taken, first, second = f"先占 {screen}", f"候补甲 {screen}", f"候补乙 {screen}"
    holder = Visitor(page, "keeper").comes_in()
    holder.opens_the_form([FIRST], at(monday, 8))
    holder.names_it(taken)
    holder.books()
    holder.has_booked(taken)

    teacher, trainer = Visitor(page, "teacher"), Visitor(page, "trainer")
    for who, title, place in ((teacher, first, 1), (trainer, second, 2)):
        who.comes_in()
        who.opens_the_form([FIRST], at(monday, 8))
        who.names_it(title)
        who.is_told("这个时间不空闲")
        who.waits_for_this_time(title)
        who.reads_about(title, f"排在第 {place} 位")

    holder.comes_in()
    holder.opens_the_booking(taken)
    holder.cancels_it_all()

    teacher.comes_in()
    teacher.opens_the_waiting_list()
    teacher.reads_about(first, "为您保留")
    trainer.comes_in()
    trainer.opens_the_waiting_list()
    trainer.reads_about(second, "排在第")

    hours_pass(demo_server, "line:run_line", hours=25)

    trainer.opens_the_waiting_list()
    trainer.reads_about(second, "为您保留")
    trainer.takes_what_is_held(second)
    trainer.opens_the_booking(second)
    trainer.has_booked(second)
    teacher.comes_in()
    teacher.opens_the_waiting_list()
    teacher.reads_about(first, "排在第")


def test_two_organisations_exchange_their_times_and_each_has_the_others(page: Page, screen: str, monday: date) -> None:
    hers, his = f"学校的课 {screen}", f"企业培训 {screen}"
    teacher, trainer = Visitor(page, "teacher"), Visitor(page, "trainer")
    for who, title, unit, day in ((teacher, hers, FIRST, 1), (trainer, his, SECOND, 2)):
        who.comes_in()
        who.opens_the_form([unit], at(monday + timedelta(days=day), 8))
        who.names_it(title)
        who.books()
        who.has_booked(title)

    teacher.comes_in()
    teacher.opens_the_booking(hers)
    teacher.proposes_to_exchange_it(SECOND_NAME, at(monday + timedelta(days=2), 8, 30))
    teacher.sees("等待答复")

    trainer.comes_in()
    trainer.accepts_the_exchange()
    trainer.opens_the_booking(his)
    trainer.sees("数控车床 5 号")
    trainer.has_booked(his)
    teacher.comes_in()
    teacher.opens_the_booking(hers)
    teacher.sees(SECOND_NAME)
    teacher.has_booked(hers)


def test_a_refusal_is_answered_with_alternatives_and_one_press_books_one(page: Page, screen: str, monday: date) -> None:
    first, second = f"先到 {screen}", f"后到 {screen}"
    trainer = Visitor(page, "trainer").comes_in()
    trainer.opens_the_form([SECOND], at(monday + timedelta(days=3), 8))
    teacher = Visitor(page, "teacher")
    trainer.names_it(first)
    trainer.books()
    trainer.has_booked(first)

    teacher.comes_in()
    teacher.opens_the_form([SECOND], at(monday + timedelta(days=3), 8))
    teacher.names_it(second)
    teacher.is_told("这个时间不空闲")
    teacher.books()
    teacher.is_refused("已被预约")
    teacher.is_offered("同类 · 同一实训室 · 同一时间", "原单元", "三川厂中校")
    teacher.presses_the_alternative("同一实训室 · 同一时间")
    teacher.has_booked(second)
    assert teacher.presses == 2


@contextmanager
def quota_of(page: Page, hours: int) -> Iterator[None]:
    """An administrator sets how many hours a week one person may have, and takes it back afterwards."""
    admin = Visitor(page, "admin")
    admin.comes_in()
    admin.sets("quota.person_week_hours", hours)
    try:
        yield
    finally:
        admin.comes_in()
        admin.sets("quota.person_week_hours", 0)


def test_who_is_over_her_quota_reads_why_and_what_is_left_of_it(page: Page, screen: str, monday: date) -> None:
    week = monday + timedelta(weeks=13)  # beyond all that other stories book for her
    first, second = f"额度之内 {screen}", f"额度之外 {screen}"
    with quota_of(page, hours=3):
        teacher = Visitor(page, "teacher").comes_in()
        teacher.opens_the_form([FIRST], at(week, 8), minutes=120)
        teacher.names_it(first)
        teacher.books()
        teacher.has_booked(first)

        teacher.opens_the_form([FIRST], at(week + timedelta(days=1), 8), minutes=120)
        teacher.names_it(second)
        teacher.is_told("4 小时")
        teacher.is_told("额度还剩 1 小时")
        teacher.books()
        teacher.is_refused("额度还剩 1 小时")
        teacher.is_offered("换一天")
