"""Find a slot in a real browser: with the keyboard alone, and without scripts, on a computer and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENS
from tests.browser.people import become

pytestmark = pytest.mark.slow


def test_keys_alone_lead_from_words_to_the_filled_in_form(page: Page, axe) -> None:
    become(page, "teacher")
    page.goto("/book/find")
    page.get_by_label("周次、星期、节次").fill("1-40 周二下午")
    page.get_by_label("要什么").first.focus()
    page.keyboard.type("车床")
    page.keyboard.press("Enter")
    expect(page.locator("#listing")).to_contain_text("本学期到第")
    page.get_by_label("周次、星期、节次").fill("周二下午")
    page.get_by_label("每周都要").focus()
    page.keyboard.press("Space")
    first = page.locator("#listing a[href^='/book/new']").first
    expect(first).to_be_visible()
    expect(page).to_have_url(re.compile("repeat=weekly"))
    axe(page)
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#verdict.verdict-free")).to_be_visible()


def test_without_scripts_the_answers_stand_under_the_same_address(browser: Browser, base_url: str, screen: str) -> None:
    context = browser.new_context(base_url=base_url, java_script_enabled=False, locale="zh-CN", **SCREENS[screen])
    page = context.new_page()
    become(page, "teacher")
    page.goto("/book/find")
    page.get_by_label("要什么").first.fill("车床")
    page.get_by_role("button", name="查找").click()
    expect(page).to_have_url(re.compile(r"/book/find\?.*#listing$"))
    link = page.locator("#listing a[href^='/book/new']").first
    expect(link).to_be_visible()
    link.click()
    expect(page).to_have_url(re.compile("/book/new"))
    context.close()
