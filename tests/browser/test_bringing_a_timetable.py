"""A secretary brings a spreadsheet in with five kinds of mistakes and gets it right with what the page tells her."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests.browser.people import become

pytestmark = pytest.mark.slow

HEAD = ("课程名称", "教师", "周次", "星期", "节次", "教室")


def workbook(*rows: tuple[Any, ...]) -> dict[str, Any]:
    """An .xlsx file as the page's file field takes it."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet()
    as_day = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate((HEAD, *rows)):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, as_day)
            else:
                sheet.write(number, column, cell)
    book.close()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "课表.xlsx", "mimeType": kind, "buffer": content.getvalue()}


class Secretary:
    """At the import pages, with a mouse or a finger."""

    def __init__(self, page: Page, learners: str) -> None:
        self.page, self.learners = page, learners

    def brings(self, file: dict[str, Any]) -> None:
        self.page.goto("/imports/timetable/new")
        self.page.locator("#file").set_input_files(file)
        self.page.locator("details summary", has_text="更多选项").click()
        self.page.locator("#learners").fill(self.learners)
        self.page.get_by_role("button", name="看看会改什么").click()

    def counts(self, number: int, what: str) -> None:
        line = self.page.locator(".figures > *", has_text=what).first
        expect(line).to_contain_text(str(number))

    def reads(self, *words: str) -> None:
        for each in words:
            expect(self.page.locator("main")).to_contain_text(each)

    def opens_list(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def applies(self) -> None:
        self.page.get_by_role("button", name="执行这").click()
        self.reads("已执行")


def test_five_kinds_of_mistakes_and_none_is_silent(page: Page, screen: str, axe) -> None:
    become(page, "admin")
    secretary = Secretary(page, f"班组 {screen}")
    title = f"数控编程 {screen}"
    day = "六" if screen == "phone" else "日"
    good = (title, "某教师", "1-2", day, "7-8", "手工焊实训室")

    # a web page that is only called a workbook
    page_of_rows = b"<html><body><table><tr><td>1</td></tr></table></body></html>"
    secretary.brings({"name": "课表.xls", "mimeType": "application/vnd.ms-excel", "buffer": page_of_rows})
    secretary.reads("这其实是网页")

    # weeks in words, a weekday there is none of, weeks that the spreadsheet made a date of, a room nobody knows
    unknown = f"焊接八号房 {screen}"
    secretary.brings(
        workbook(
            good,
            (f"甲 {screen}", "某教师", "若干周", "二", "7-8", "钳工实训室"),
            (f"乙 {screen}", "某教师", "1-2", "星期八", "7-8", "钳工实训室"),
            (f"丙 {screen}", "某教师", date(2026, 1, 16), "六", "9", "钳工实训室"),
            (f"丁 {screen}", "某教师", "1-2", day, "7-8", unknown),
        )
    )
    secretary.counts(3, "无法读取")
    secretary.counts(1, "教室未识别")
    secretary.opens_list("无法识别的行")
    secretary.reads("“若干周”", "周次无法识别", "“星期八”", "星期无法识别", "变成了日期")
    axe(page)

    # mended in the file and brought again
    secretary.brings(workbook(good, (f"丁 {screen}", "某教师", "1-2", day, "7-8", unknown)))
    secretary.counts(0, "无法读取")
    secretary.counts(1, "新增")
    secretary.applies()

    # and the room is named
    page.goto("/imports/names")
    line = page.locator("tr", has_text=unknown)
    choice = line.locator("select")
    choice.select_option(choice.locator("option", has_text="钳工实训室").first.get_attribute("value"))
    line.get_by_role("button", name="就是它").click()
    secretary.reads("等候的教室现已确认")
    axe(page)
    secretary.page.get_by_role("button", name="预览如何排入").click()
    secretary.reads(f"丁 {screen}")
    secretary.applies()

    # the same once more changes nothing
    secretary.brings(workbook(good, (f"丁 {screen}", "某教师", "1-2", day, "7-8", unknown)))
    secretary.reads("无需改动")
    secretary.counts(2, "不变")
