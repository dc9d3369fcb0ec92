"""Every page there is, as people of the demo see it, on a desk and on a phone: whole, accessible, no wider than the screen."""

from __future__ import annotations

import pytest

from app.entrypoints.cli import demo_content
from tests.browser.people import become

pytestmark = pytest.mark.slow

PAGES = {
    "nobody": (
        "/",
        "/sign-in",
        "/catalogue",
        "/catalogue?show=units",
        "/catalogue/bases/2",
        "/catalogue/units/3",
        f"/screens/{demo_content.SCREEN_TOKEN}",
    ),
    "teacher": (
        "/",
        "/book",
        "/book?view=day",
        "/book?view=month",
        "/book?view=week&axis=clock",
        "/book?view=term&base=1",
        "/book?view=week&base=7&calendar=3",
        "/timetables",
        "/timetables?lab=1",
        "/timetables?lab=1&week=4",
        "/timetables?class=机制2301",
        "/timetables?person=2",
        "/now",
        "/now?kind=machine",
        "/book/find",
        "/book/find?asked=1&repeat=weekly&weeks=1-18&kind=room&people=30",
        "/book/find?asked=1&text=车床&text2=nowhere",
        "/book/new?unit=2",
        "/mine",
        "/calendar",
        "/calendars",
        "/account",
        "/account/qualifications",
        "/account/credit",
        "/units/2/eligibility",
        "/notices",
        "/notices?show=unread",
        "/bases",
        "/bases/1",
        "/labs/1",
        "/units/2",
        "/units/7",
        "/units/7/report-fault",
        "/faults",
        "/waiting/new?unit=4",
        "/passing",
    ),
    "trainer": (
        "/",
        "/bases/2",
        "/mine",
        "/order",
        "/displacements",
        "/displacements/1",
        "/waiting",
        "/waiting/1/change",
    ),
    "keeper": (
        "/",
        "/inbox",
        "/inbox/decided",
        "/today",
        "/credit/new",
        "/refusals",
        "/account/stand-in",
        "/bases/1",
        "/bases/1/hours",
        "/bases/1/limits",
        "/bases/1/closures",
        "/bases/1/labels",
        "/faults",
        "/faults/4",
        "/faults/5",
        "/faults/downtime",
        "/bases/1/authorisations",
        "/bases/1/authorisations?give=1",
        "/imports/calendar?base=1",
        "/bases/1/screens",
        "/units/2/change",
    ),
    "finance": ("/", "/bases", "/mine"),
    "council": ("/", "/refusals", "/displacements"),
    "admin": (
        "/",
        "/admin",
        "/admin/members",
        "/admin/members/3",
        "/admin/members/new",
        "/admin/people",
        "/admin/people/2",
        "/admin/people/new",
        "/admin/appointments",
        "/admin/agreements",
        "/admin/qualifications",
        "/admin/terms",
        "/admin/terms/new",
        "/admin/terms/1",
        "/admin/periods",
        "/admin/periods/1",
        "/admin/periods/new?copy=1",
        "/admin/days",
        "/admin/days/new",
        "/admin/holidays",
        "/admin/holidays?year=2027",
        "/calendar",
        "/admin/trail",
        "/admin/messages",
        "/admin/webhooks",
        "/admin/webhooks/new",
        "/admin/jobs",
        "/admin/settings",
        "/credit",
        "/credit/1",
        "/credit/2",
        "/imports",
        "/imports/timetable/new",
        "/imports/names",
        "/bases/exchange",
        "/bases/add",
        "/bases/1/change",
        "/bases/1/approvals?kind=member",
        "/bases/1/owners",
        "/labs/1/change",
        "/labs/1/units/add",
    ),
}
EVERY = [(who, path) for who, paths in PAGES.items() for path in paths]


@pytest.mark.parametrize(("who", "path"), EVERY, ids=lambda each: each)
def test_a_page_is_whole_and_accessible(page, axe, who, path):
    become(page, who)
    answer = page.goto(path)
    assert answer.status == 200
    assert page.locator("h1").count() == 1
    axe(page)
    _fits(page)


@pytest.mark.screen("desktop")
@pytest.mark.parametrize(
    ("who", "path"), [each for each in EVERY if not each[1].startswith("/screens/")], ids=lambda each: each
)
def test_an_english_page_is_english(page, axe, who, path):
    """No Chinese is left in what the page itself says; names of things and people may be Chinese.

    A door screen speaks both languages at once.
    """
    become(page, who, "en")
    page.goto(path)
    assert page.locator("html").get_attribute("lang") == "en"
    words = page.evaluate(
        """() => [...document.querySelectorAll(
                'h2, label:not(:has(input[type=checkbox])), button, nav a, th[scope=col], legend, .hint')]
              .filter(each => !each.closest('[lang^=zh], table tbody, select') && each.offsetParent)
              .map(each => each.innerText).filter(text => /[\\u4e00-\\u9fff]/.test(text))"""
    )
    assert [
        each for each in words if each.strip() not in ("共坊", "中文") and not any(name in each for name in NAMES)
    ] == []
    axe(page)


NAMES = [line.name for line in (*demo_content.PEOPLE, *demo_content.LECTURERS)]
"""People's names stay as they are."""


def _fits(page) -> None:
    wide, seen = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= seen + 1, f"{page.url} is {wide} px wide on a screen of {seen}"
