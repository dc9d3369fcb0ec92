"""Fault on Monday morning, from the label on the machine until it works again, on a computer and on a phone."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clock import today
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.slow

LATHE = {"desktop": (6, "数控车床 5 号"), "phone": (4, "数控车床 3 号")}
"""A machine for each screen, so that the two do not stand in one another's way."""


def working_days(count: int) -> list[date]:
    """The next days on which the base is open, beginning tomorrow."""
    days = (today() + timedelta(days=n) for n in range(1, 20))
    return [day for day in days if day.isoweekday() < 6][:count]


def books(page: Page, who: str, unit: int, day: date, title: str) -> None:
    visitor = Visitor(page, who).comes_in()
    visitor.opens_the_form([unit], datetime.combine(day, time(18, 20)), 60)
    visitor.names_it(title)
    visitor.books()
    visitor.has_booked(title)


def row(page: Page, title: str):
    return page.locator("tbody tr", has_text=title)


def test_fault_on_monday_morning(page: Page, screen: str, axe) -> None:
    unit, name = LATHE[screen]
    days = working_days(3)
    titles = [f"{word} {screen}" for word in ("改走的课", "取消的课", "留下的课")]
    for day, title, who in zip(days, titles, ("teacher", "trainer", "teacher"), strict=True):
        books(page, who, unit, day, title)

    # the teacher scans the label on the machine and says what she sees
    Visitor(page, "teacher").comes_in()
    page.goto("/bases/1/labels")
    page.get_by_role("link", name=f"{name}报修").click()
    expect(page).to_have_url(re.compile(rf"/units/{unit}/report-fault$"))
    axe(page)
    page.get_by_label("故障情况").fill(f"主轴异响，有焦糊味（{screen}）")
    page.get_by_role("button", name="提交报修").click()
    expect(page.locator("main")).to_contain_text("还没有人查看")
    address = page.url

    # the keeper reads it, and says until when
    keeper = Visitor(page, "keeper").comes_in()
    keeper.page.goto("/notices")
    expect(page.locator("main")).to_contain_text(f"有设备报修：{name}")
    page.goto(address)
    page.locator("[name=expected_until]").fill(f"{days[-1].isoformat()}T22:00")
    page.get_by_role("button", name="确认故障").click()
    expect(page.locator("main")).to_contain_text("故障停用")
    axe(page)
    for title in titles:
        expect(row(page, title)).to_have_count(1)

    # one is moved with one press, one cancelled, one left
    expect(row(page, titles[0])).to_contain_text("时间不变")
    row(page, titles[0]).get_by_role("button", name="改期").click()
    expect(page.locator("main")).to_contain_text(f"“{titles[0]}”已改期")
    row(page, titles[1]).locator("summary", has_text="取消").click()
    row(page, titles[1]).get_by_label("原因").fill("没有空闲的车床")
    row(page, titles[1]).locator(".confirm-panel button.filled").click()
    expect(page.locator("main")).to_contain_text(f"“{titles[1]}”：已取消1次")
    expect(row(page, titles[2])).to_have_count(1)

    # who booked is told; who books now is refused with the reason and other choices
    teacher = Visitor(page, "teacher").comes_in()
    page.goto("/notices")
    expect(page.locator("main")).to_contain_text("您预约的时间设备故障")
    teacher.opens_the_form([unit], datetime.combine(days[0], time(19, 30)), 30)
    teacher.is_told(f"{name}故障停用")
    expect(page.locator("#verdict .alternative").first).to_be_visible()

    # it works again
    Visitor(page, "keeper").comes_in()
    page.goto(address)
    page.get_by_label("处理情况").fill("更换轴承")
    page.get_by_role("button", name="已恢复使用").click()
    expect(page.locator("main")).to_contain_text("已修复")
    teacher = Visitor(page, "teacher").comes_in()
    page.goto("/notices")
    expect(page.locator("main")).to_contain_text(f"{name}已恢复使用：您的预约照常进行")
    teacher.opens_the_form([unit], datetime.combine(days[0], time(19, 30)), 30)
    teacher.is_told("空闲")
