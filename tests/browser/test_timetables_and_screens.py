"""课表 and door screens in a real browser: what fits a screen and a sheet of paper, and what a screen does without a network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.entrypoints.cli import demo_content
from tests.browser.people import become

pytestmark = pytest.mark.slow

SCREEN = f"/screens/{demo_content.SCREEN_TOKEN}"


def test_a_door_screen_keeps_its_last_picture_without_a_network_and_says_so(page):
    page.goto(SCREEN)
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.context.set_offline(True)
    expect(page.locator("[data-offline]")).to_be_visible()
    expect(page.locator("[data-board] h1")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-offline]")).to_be_hidden()


@pytest.mark.screen("desktop")
def test_a_door_screen_is_read_from_three_metres(page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(SCREEN)
    sizes = page.evaluate(
        """() => ['h1', '.how b', 'tbody th'].map(each => parseFloat(getComputedStyle(document.querySelector(each)).fontSize))"""
    )
    assert min(sizes) >= 36, sizes
    wide, seen = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= seen


@pytest.mark.screen("desktop")
@pytest.mark.parametrize("path", ["/book?view=week&base=1", "/book?view=term&base=1"])
def test_a_week_ends_with_its_sunday(page, path):
    """All seven days are seen at once on a screen of 1440: no weekend is cut off."""
    become(page, "teacher")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(path)
    wide, seen = page.evaluate(
        "() => { const each = document.querySelector('.grid-scroll'); return [each.scrollWidth, each.clientWidth]; }"
    )
    assert wide <= seen + 1


@pytest.mark.screen("phone")
def test_a_term_on_a_phone_does_not_scroll_sideways(page):
    become(page, "teacher")
    page.goto("/book?view=term&base=1")
    frame = page.locator(".phone-only .grid-scroll")
    expect(frame).to_be_visible()
    wide, seen = frame.evaluate("each => [each.scrollWidth, each.clientWidth]")
    assert wide <= seen + 1
    page.locator(".phone-only .grid-month td a").first.click()
    page.locator(".phone-week").wait_for()


@pytest.mark.screen("desktop")
def test_a_timetable_prints_on_one_sheet_across(page):
    become(page, "teacher")
    page.goto("/timetables?lab=1")
    page.emulate_media(media="print")
    expect(page.locator(".term-sheet")).to_be_visible()
    expect(page.locator(".masthead")).to_be_hidden()
    expect(page.locator(".sheet-day").first).to_be_hidden()
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type /Page/") <= 2
    assert b"841" in pdf
