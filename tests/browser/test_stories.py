"""What people come to do, told from the door to the end, on a computer and on a phone."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.clock import monday_ahead
from tests.browser.conftest import SCREENS
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.slow

WEEKS_AHEAD = {"desktop": 30, "phone": 40}
"""Far behind the demo's term, and apart for the two screens: no story stands in another's way."""

LATHES = {4: "数控车床 3 号", 5: "数控车床 4 号"}
FIVE_AXIS = 18
WIRE_EDM, SCANNER = 13, 20


@pytest.fixture
def monday(screen: str) -> date:
    """The Monday of this screen's own far week."""
    return monday_ahead(WEEKS_AHEAD[screen])


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)


def test_a_teacher_who_has_never_seen_it_books_a_lab_in_five_presses(page: Page, screen: str) -> None:
    title = f"第一次预约 {screen}"
    teacher = Visitor(page, "teacher").comes_in()
    started = time.monotonic()
    teacher.opens_find_a_slot()
    teacher.searches()
    teacher.takes_the_first_choice()
    teacher.is_told("空闲")
    teacher.names_it(title)
    teacher.books()
    teacher.has_booked(title)
    teacher.opens_my_bookings()
    teacher.sees(title)
    assert teacher.presses == 5
    assert time.monotonic() - started < 60


def test_two_periods_chosen_on_the_timetable_become_a_booking(page: Page, screen: str, monday: date) -> None:
    title = f"看表预约 {screen}"
    teacher = Visitor(page, "teacher").comes_in()
    teacher.opens_the_timetable(base=3, week=monday)
    teacher.chooses_two_free_periods()
    teacher.goes_on_to_the_form()
    teacher.is_told("08:00–09:40")
    teacher.names_it(title)
    teacher.books()
    teacher.has_booked(title)
    assert teacher.presses == 4


def test_a_taken_time_gives_every_reason_and_one_press_to_the_nearest_free(
    page: Page, screen: str, monday: date
) -> None:
    first, second = f"先来的 {screen}", f"后来的 {screen}"
    trainer = Visitor(page, "trainer").comes_in()
    trainer.opens_the_form(list(LATHES), at(monday, 10))
    trainer.names_it(first)
    trainer.books()
    trainer.has_booked(first)

    teacher = Visitor(page, "teacher").comes_in()
    teacher.opens_the_form(list(LATHES), at(monday, 10))
    teacher.is_told("这个时间不空闲")
    teacher.is_told_a_reason_for_each_of(list(LATHES.values()))
    teacher.names_it(second)
    teacher.takes_the_best_alternative()
    teacher.books()
    teacher.has_booked(second)
    assert teacher.presses == 2


def test_what_needs_approval_goes_to_the_keeper_and_comes_back_confirmed(page: Page, screen: str, monday: date) -> None:
    title = f"五轴加工 {screen}"
    teacher = Visitor(page, "teacher").comes_in()
    teacher.opens_the_form([FIVE_AXIS], at(monday, 10))
    teacher.is_told("管理员")
    teacher.names_it(title)
    teacher.books()
    teacher.has_booked(title, "待审批")

    keeper = Visitor(page, "keeper").comes_in()
    keeper.opens_the_request(title)
    keeper.approves()

    teacher.comes_in()
    teacher.opens_the_booking(title)
    teacher.has_booked(title, "已确认")


def test_of_a_weekly_series_that_clashes_once_the_rest_is_taken_on_purpose(
    page: Page, screen: str, monday: date
) -> None:
    taken, title = f"只占一周 {screen}", f"每周一次 {screen}"
    colleague = Visitor(page, "trainer").comes_in()
    colleague.opens_the_form([SCANNER], at(monday + timedelta(weeks=1), 14))
    colleague.names_it(taken)
    colleague.books()
    colleague.has_booked(taken)

    teacher = Visitor(page, "teacher").comes_in()
    teacher.opens_the_form([SCANNER], at(monday, 14))
    teacher.names_it(title)
    teacher.repeats_it_weekly_until(monday + timedelta(weeks=3))
    teacher.is_told("4 次中有 1 次不空闲")
    teacher.accepts_the_other_dates(3, of=4)
    teacher.has_booked(title)
    teacher.counts_dates("已确认", 3)


def test_one_date_of_a_series_is_cancelled_and_its_time_is_free_again(page: Page, screen: str, monday: date) -> None:
    title = f"少上一次 {screen}"
    teacher = Visitor(page, "teacher").comes_in()
    teacher.opens_the_form([WIRE_EDM], at(monday, 10))
    teacher.names_it(title)
    teacher.repeats_it_weekly_until(monday + timedelta(weeks=2))
    teacher.is_told("3 次全部空闲")
    teacher.books()
    teacher.has_booked(title)
    teacher.cancels_the_date(2)
    teacher.counts_dates("已确认", 2)
    teacher.counts_dates("已取消", 1)

    colleague = Visitor(page, "trainer").comes_in()
    colleague.opens_the_form([WIRE_EDM], at(monday + timedelta(weeks=1), 10))
    colleague.finds_the_time_free_again()
    colleague.opens_the_form([WIRE_EDM], at(monday, 10))
    colleague.is_told("这个时间不空闲")


def test_the_language_is_switched_and_switched_back_where_one_stands(page: Page) -> None:
    teacher = Visitor(page, "teacher").comes_in()
    teacher.opens_my_bookings()
    here = page.url
    teacher.switches_to_english()
    teacher.reads_the_title("My bookings")
    teacher.switches_to_chinese()
    teacher.reads_the_title("我的预约")
    assert page.url.rstrip("?") == here.rstrip("?")


def test_without_any_script_one_signs_in_and_books(browser: Browser, base_url: str, screen: str, monday: date) -> None:
    title = f"不用脚本 {screen}"
    context = browser.new_context(base_url=base_url, locale="zh-CN", java_script_enabled=False, **SCREENS[screen])
    teacher = Visitor(context.new_page(), "teacher")
    teacher.signs_in_by_pressing_the_name()
    teacher.page.goto(f"/book?view=day&base=2&day={monday}")
    teacher.follows_the_first_free_link()
    teacher.is_told("空闲")
    teacher.names_it(title)
    teacher.books()
    teacher.has_booked(title)
    context.close()
