"""A teacher sees five missing things at once in a real browser, has each of them cleared, and books."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.entrypoints import clock
from tests.browser.conftest import SCREENS
from tests.browser.people import become

pytestmark = pytest.mark.slow


@pytest.fixture
def others(browser: Browser, base_url: str):
    """Pages of other people of the demo, each in a browser of her own."""
    opened: list[BrowserContext] = []

    def page_of(who: str) -> Page:
        context = browser.new_context(base_url=base_url, locale="zh-CN", **SCREENS["desktop"])
        opened.append(context)
        page = context.new_page()
        become(page, who)
        return page

    yield page_of
    for context in opened:
        context.close()


def microscope(page: Page) -> str:
    """The id of the electron microscope, which asks for everything."""
    page.goto("/book/find?asked=1&text=扫描电子显微镜")
    link = page.locator("#listing a[href*='unit=']").first
    return re.search(r"unit=(\d+)", link.get_attribute("href") or "")[1]  # type: ignore[index]


def gives(page: Page, base: str, kind: str, points: str = "") -> None:
    page.goto(f"/bases/{base}/authorisations?give=1")
    form = page.locator("#give form.form")
    form.get_by_label("类别").select_option(kind)
    form.get_by_label("邮箱地址").fill("teacher@demo.example")
    form.get_by_label("整个基地").check()
    if points:
        form.get_by_label("分数").fill(points)
    form.get_by_role("button", name="授予").click()
    expect(page.locator("body")).to_contain_text("已授予")


@pytest.mark.screen("desktop")  # what was cleared once stays cleared
def test_five_missing_things_are_shown_at_once_cleared_and_it_is_booked(page: Page, others, axe) -> None:
    become(page, "teacher")
    unit = microscope(page)
    day = clock.today() + timedelta(days=100)
    day += timedelta(days=(3 - day.isoweekday()) % 7)  # a Wednesday after the term
    check = f"/units/{unit}/eligibility?day={day}&start=09:00&end=10:00&purpose=internship&sixteen=1"
    page.goto(check)
    expect(page.get_by_role("heading", name="缺 5 项")).to_be_visible()
    missing = page.locator(".conditions .is-missing")
    expect(missing).to_have_count(5)
    axe(page)
    base = re.search(
        r"/bases/(\d+)", missing.get_by_role("link", name="去基地页找管理员").first.get_attribute("href") or ""
    )
    assert base

    administrator = others("admin")
    administrator.goto("/admin/agreements")
    form = administrator.locator("form.form").last
    form.get_by_label("使用单位").select_option(label="江州职业技术学院")
    form.get_by_label("协议编号").fill("联协〔2026〕99号")
    form.get_by_role("button", name="备案").click()
    expect(administrator.locator("body")).to_contain_text("协议已备案")

    gives(administrator, base[1], "safety", "95")
    gives(administrator, base[1], "training")
    gives(administrator, base[1], "authorisation")

    page.goto(check)
    expect(missing).to_have_count(1)
    page.goto(f"/book/new?unit={unit}&start={day}T09:00&end={day}T10:00&purpose=internship")
    expect(page.locator("#verdict")).to_contain_text("还缺必要条件")
    page.get_by_label("全部学员已满 16 周岁").check()
    page.get_by_label("没有一年级学生").check()
    page.get_by_label("名称").fill("显微分析实习")
    expect(page.locator("#verdict.verdict-free")).to_be_visible()
    page.locator(".sheet-end").get_by_role("button", name="预约", exact=True).click()
    expect(page).to_have_url(re.compile(r"/bookings/\d+$"))
