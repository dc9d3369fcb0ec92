"""A teacher books 第3-10周(双) 周二 3-4节 from the timetable, on a computer in words and on a phone with her finger."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clock import monday_ahead
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.slow

BASES = {"desktop": 3, "phone": 1}
"""Of one college; apart, so that neither stands in the other's way."""

WEEKS_AHEAD, WEEKS = 31, 12
"""A term of its own, far behind the demo's."""


@pytest.fixture(scope="module")
def week1(demo_server) -> Iterator[date]:
    """Monday of week 1 of the college's next term; Tuesday of week 6 is the college's own day off."""
    first = monday_ahead(WEEKS_AHEAD)
    off = first + timedelta(days=7 * 5 + 1)
    database = sqlite3.connect(str(demo_server.settings["DATABASE_URL"]).removeprefix("sqlite:///"), timeout=20)
    with database:
        [college] = database.execute("SELECT host_id FROM catalogue_base WHERE id = ?", (BASES["desktop"],)).fetchone()
        term = database.execute(
            "INSERT INTO timetable_term (member_id, name_zh, name_en, first_monday, weeks, version)"
            " VALUES (?, '下学期', 'Next term', ?, ?, 1)",
            (college, first.isoformat(), WEEKS),
        ).lastrowid
        rule = database.execute(
            "INSERT INTO timetable_day_rule (member_id, day, kind, name_zh, name_en, version)"
            " VALUES (?, ?, 'off', '校庆日', 'Founding day', 1)",
            (college, off.isoformat()),
        ).lastrowid
    yield first
    with database:
        database.execute("DELETE FROM timetable_day_rule WHERE id = ?", (rule,))
        database.execute("DELETE FROM timetable_term WHERE id = ?", (term,))
    database.close()


def from_the_timetable(page: Page, week1: date, base: int) -> Visitor:
    teacher = Visitor(page, "teacher").comes_in()
    teacher.opens_the_timetable(base=base, week=week1 + timedelta(weeks=2))
    teacher.chooses_two_free_periods()
    teacher.goes_on_to_the_form()
    return teacher


def sees_the_day_left_out(page: Page) -> None:
    """Weeks 4, 6, 8, 10 without the Tuesday of week 6."""
    expect(page.locator("#verdict h2")).to_contain_text("3 次全部空闲")
    expect(page.locator("#verdict .verdict-lost li")).to_have_count(1)
    expect(page.locator("#verdict .verdict-lost")).to_contain_text(re.compile(r"第6周 周二 .*3-4节\s*校庆日"))


def finds_it_in_list_and_feed(page: Page, teacher: Visitor, title: str) -> None:
    teacher.names_it(title)
    teacher.books()
    teacher.has_booked(title)
    address = page.url
    for week in (4, 8, 10):
        teacher.sees(f"第{week}周 3-4节 (10:00–11:40)")
    page.goto(f"/mine?text={title}")
    teacher.sees(re.compile(r"第4周 3-4节 \(10:00–11:40\)"))
    page.goto("/calendars")
    feed = page.request.get(f"{address}.ics").text()
    assert feed.count("BEGIN:VEVENT") == 3
    assert feed.count("T100000") >= 3


@pytest.mark.screen("desktop")
def test_in_words_on_a_computer(page: Page, screen: str, week1: date, axe) -> None:
    teacher = from_the_timetable(page, week1, BASES[screen])
    words = page.get_by_label("什么时候")
    expect(words).to_have_value(re.compile(r"第3周 周[一二三四五] 1-2节"))
    words.fill("3-10周（双）星期二0304")
    sees_the_day_left_out(page)
    for week in (4, 6, 8, 10):
        expect(page.locator(f'[name="week"][value="{week}"]')).to_be_checked()
    expect(page.locator('[name="week"]:checked')).to_have_count(4)
    expect(page.locator('[name="weekday"]:checked')).to_have_attribute("value", "2")
    expect(page.locator("#first")).to_have_value("3")
    words.blur()
    expect(words).to_have_value("第4-10周(双) 周二 3-4节")
    axe(page)
    words.fill("第3-10周 周八")
    expect(page.locator("[data-when-problem]")).to_contain_text("“周八”看不懂")
    expect(page.locator('[name="week"]:checked')).to_have_count(4)
    words.fill("第3-10周(双) 周二 3-4节")
    sees_the_day_left_out(page)
    finds_it_in_list_and_feed(page, teacher, "文字约课")


@pytest.mark.screen("phone")
def test_with_a_finger_on_a_phone(page: Page, screen: str, week1: date, axe) -> None:
    teacher = from_the_timetable(page, week1, BASES[screen])
    words = page.get_by_label("什么时候")
    page.locator("label", has_text="每周重复…").tap()
    expect(words).to_have_value(re.compile(r"第3-12周 周[一二三四五] 1-2节"))
    for day in page.locator('label:has([name="weekday"]:checked)').all():
        day.tap()
    page.locator('label:has([name="weekday"][value="2"])').tap()
    page.get_by_role("button", name="双周").tap()
    for week in (2, 12):
        page.locator(f'label:has([name="week"][value="{week}"])').tap()
    page.locator('[data-period-chips] [data-number="3"]').tap()
    page.locator('[data-period-chips] [data-number="4"]').tap()
    expect(words).to_have_value("第4-10周(双) 周二 3-4节")
    sees_the_day_left_out(page)
    page.evaluate("scrollTo(0, 0)")  # nothing lies under the bar at the foot or the head
    axe(page)
    finds_it_in_list_and_feed(page, teacher, "手机约课")
