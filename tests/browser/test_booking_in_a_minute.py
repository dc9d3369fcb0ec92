"""A teacher who has never seen it books a lab: from a free slot to a confirmed booking, on a computer and on a phone."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clock import today
from tests.browser.people import become

TITLES = {"desktop": "桌面上的实训课", "phone": "手机上的实训课"}


def a_free_form(page: Page) -> None:
    """Open the booking form on the first evening far ahead that is free, as a press on the timetable would."""
    first = today() + timedelta(days=60)
    for ahead in range(20):
        day = first + timedelta(days=ahead)
        page.goto(f"/book/new?unit=2&start={day}T10:00&end={day}T11:40")
        if page.locator("#verdict.verdict-free").count():
            return
    pytest.fail("nothing is free in twenty days")


def test_a_title_and_one_press_are_enough(page: Page, screen: str, axe):
    become(page, "teacher")
    started = time.monotonic()
    a_free_form(page)
    expect(page.locator("#verdict")).to_contain_text("空闲")
    axe(page)
    page.get_by_label("名称").fill(TITLES[screen])
    page.locator(".sheet-end").get_by_role("button", name="预约", exact=True).click()
    expect(page).to_have_url(re.compile(r"/bookings/\d+$"))
    expect(page.locator("h1")).to_have_text(TITLES[screen])
    assert time.monotonic() - started < 60
    axe(page)
    page.goto("/mine?text=" + TITLES[screen])
    expect(page.get_by_text(TITLES[screen]).locator("visible=true").first).to_be_visible()


def test_the_form_says_while_it_is_filled_in_whether_it_is_free(page: Page):
    become(page, "teacher")
    a_free_form(page)
    page.locator("label", has_text="每周直到").click()
    until = page.get_by_label("截止日期")
    expect(until).to_be_visible()
    day = date.fromisoformat(page.get_by_label("日期", exact=True).input_value())
    until.fill((day + timedelta(days=14)).isoformat())
    until.blur()
    expect(page.locator("#verdict")).to_contain_text("3 次")


def test_a_taken_time_offers_what_is_near_and_keeps_what_was_typed(page: Page, screen: str):
    become(page, "teacher")
    a_free_form(page)
    here = page.url
    page.get_by_label("名称").fill("先到的")
    page.locator(".sheet-end").get_by_role("button", name="预约", exact=True).click()
    expect(page).to_have_url(re.compile(r"/bookings/\d+$"))
    page.goto(here)
    expect(page.locator("#verdict")).to_contain_text("不空闲")
    page.get_by_label("名称").fill("后到的")
    page.locator("#verdict .alternative").first.click()
    expect(page.locator("#verdict")).to_contain_text("空闲")
    expect(page.get_by_label("名称")).to_have_value("后到的")
