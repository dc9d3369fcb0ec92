"""The owner is silent for the limit: a teacher reads until when, the time passes, and the request is granted by silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page

from app.foundation.timespan import at_local
from tests.browser.clock import comes_by, monday_ahead
from tests.browser.visitor import Visitor
from tests.servers import LiveServer

pytestmark = pytest.mark.slow

WEEKS_AHEAD = {"desktop": 33, "phone": 43}
BASE, SORTING_LINE = 4, 79
"""Of the teacher's own college, and for nobody without the keeper's yes."""


@contextmanager
def open_sharing_at(page: Page, base: int) -> Iterator[None]:
    """An administrator says that at this base silence is consent, after two office hours; and takes it back afterwards."""
    admin = Visitor(page, "admin").comes_in()
    admin.sets_at_the_base(base, **{"approval.silence_grants": "1", "approval.hours": "2"})
    try:
        yield
    finally:
        admin.comes_in()
        admin.sets_at_the_base(base, **{"approval.silence_grants": "", "approval.hours": ""})


def the_moment_in(words: str) -> datetime:
    """2026年9月1日(周二) 10:00, on the clocks of the bases."""
    found = re.search(r"(\d{4})年(\d+)月(\d+)日.*?(\d\d):(\d\d)前答复，届时无人答复即自动通过", words)
    assert found, words
    year, month, day, hour, minute = (int(each) for each in found.groups())
    return at_local(datetime(year, month, day).date(), 60 * hour + minute)


def test_the_owner_says_nothing_until_the_time_is_over_and_it_is_granted(
    page: Page, screen: str, demo_server: LiveServer, axe
) -> None:
    title, day = f"分拣线实训 {screen}", monday_ahead(WEEKS_AHEAD[screen])
    with open_sharing_at(page, BASE):
        teacher = Visitor(page, "teacher").comes_in()
        teacher.opens_the_form([SORTING_LINE], datetime(day.year, day.month, day.day, 10))
        teacher.names_it(title)
        teacher.books()
        teacher.has_booked(title, "待审批")
        until = the_moment_in(teacher.is_told_who_is_asked())
        axe(page)

    teacher.comes_in()
    comes_by(demo_server, "approvals:run_approvals", until - timedelta(minutes=1))
    teacher.opens_the_booking(title)
    teacher.has_booked(title, "待审批")

    comes_by(demo_server, "approvals:run_approvals", until)
    teacher.opens_the_booking(title)
    teacher.has_booked(title, "已确认")
    teacher.sees("逾期视为同意")
    axe(page)

    teacher.opens_the_notices()
    teacher.reads_in_a_notice(title, "视为同意")
    axe(page)
