"""A competition takes a trainer's evening: the keeper looks and presses, the trainer takes another time with one press."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clock import monday_ahead
from tests.browser.people import become

pytestmark = pytest.mark.slow

WEEKS_AHEAD = {"desktop": 31, "phone": 41}
LATHE = 4


def filled(screen: str, title: str, purpose: str) -> str:
    """The form for the lathe on a Tuesday evening of this screen's own far week."""
    day = monday_ahead(WEEKS_AHEAD[screen]) + timedelta(days=1)
    asked = {"unit": LATHE, "start": f"{day}T19:00", "end": f"{day}T21:00", "by": "clock"}
    return "/book/new?" + urlencode(asked | {"title": title, "purpose": purpose})


def test_a_competition_goes_first_and_the_displaced_is_looked_after(page: Page, screen: str, axe) -> None:
    lesson, finals = f"员工培训 {screen}", f"市赛决赛 {screen}"
    become(page, "trainer")
    page.goto(filled(screen, lesson, "staff_training"))
    page.get_by_role("button", name="预约", exact=True).click()
    expect(page.locator("h1")).to_have_text(lesson)
    hers = page.url

    become(page, "keeper")
    page.goto(filled(screen, finals, "competition"))
    page.get_by_role("button", name="查看谁可以让位").click()
    expect(page.locator("h1")).to_have_text("谁将让位")
    expect(page.get_by_text(lesson)).to_be_visible()
    axe(page)
    page.get_by_label("说明").fill("决赛日期已公布。")
    page.get_by_role("button", name="让其让位并预约").click()
    expect(page.locator("h1")).to_have_text(finals)

    become(page, "trainer")
    page.goto("/notices")
    expect(page.get_by_text("您的时段须让给优先级更高的用途").first).to_be_visible()
    page.goto(hers)
    axe(page)
    page.locator(".alternatives button").first.click()
    expect(page.get_by_text("已改用该时段。")).to_be_visible()
    expect(page.locator("h1")).to_have_text(lesson)
