"""A visitor of the demo: what a person does with Gongfang, in verbs, so that stories read as sentences and know no markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.browser.people import become


class Visitor:
    """One of the demo's people at a computer or a phone. `presses` counts what was pressed, not what was typed."""

    def __init__(self, page: Page, who: str) -> None:
        self.page = page
        self.who = who
        self.presses = 0
        self._by_finger = (page.viewport_size or {"width": 0})["width"] < 600

    # ── arriving ──

    def comes_in(self, locale: str = "zh") -> Visitor:
        """Signed in, before the page of today; presses count from here."""
        become(self.page, self.who, locale)
        self.page.goto("/")
        self.presses = 0
        return self

    def signs_in_by_pressing_the_name(self) -> None:
        """As somebody whose browser remembers nothing and runs no script."""
        self.page.goto("/sign-in")
        self._press(self.page.locator(".people-to-be li", has_text=f"{self.who}@demo.example").get_by_role("button"))
        expect(self.page).to_have_url(re.compile(r"/$"))

    # ── going somewhere ──

    def opens_find_a_slot(self) -> None:
        self._press(self.page.locator(".page-head, main").first.get_by_role("link", name="找空闲时段"))
        expect(self.page.get_by_role("heading", name="找空闲时段", level=1)).to_be_visible()

    def searches(self) -> None:
        self._press(self.page.get_by_role("button", name="查找"))

    def takes_the_first_choice(self) -> None:
        choice = self.page.locator("#listing a.chip").first
        expect(choice).to_be_in_viewport()
        self._press(choice)

    def opens_the_timetable(self, base: int, week: date) -> None:
        self.page.goto(f"/book?base={base}&day={week}")

    def chooses_two_free_periods(self) -> None:
        """The first period and the one after it, as the page asks; nothing was chosen before."""
        self.page.locator("table.ready").wait_for(state="attached")
        slots = self.page.locator(".slots a[data-start]").locator("visible=true")
        if slots.count():
            self._press(slots.nth(0))
            self._press(slots.nth(1))
            return
        row, first = self.page.evaluate(
            """() => { for (const [row, line] of [...document.querySelectorAll('table.ready tr[data-unit]')].entries()) {
                 const cells = [...line.querySelectorAll('td')];
                 for (let at = 0; at + 1 < cells.length; at += 1)
                   if (cells[at].matches(':not([class]), .d:not([class*=" "])')
                       && cells[at + 1].matches(':not([class])')) return [row, at]; } }"""
        )
        cells = self.page.locator("table.ready tr[data-unit]").nth(row).locator("td")
        self._press(cells.nth(first))
        self._press(cells.nth(first + 1))

    def goes_on_to_the_form(self) -> None:
        self._press(self.page.locator("[data-pick]:visible [data-pick-link]"))
        expect(self.page).to_have_url(re.compile("/book/new"))

    def follows_the_first_free_link(self) -> None:
        """On the timetable of one day, where every free period is a plain link."""
        link = self.page.locator("a[href*='/book/new'][href*='start=']").locator("visible=true").first
        self._press(link)
        expect(self.page).to_have_url(re.compile(r"/book/new\?unit=\d+&start=.+&end="))

    def opens_the_form(self, units: Sequence[int], start: datetime, minutes: int = 100) -> None:
        """As a link from the timetable opens it: everything filled in but what it is for."""
        end = start + timedelta(minutes=minutes)
        asked = "&".join(f"unit={unit}" for unit in units)
        self.page.goto(f"/book/new?{asked}&start={start:%Y-%m-%dT%H:%M}&end={end:%Y-%m-%dT%H:%M}")

    def opens_my_bookings(self) -> None:
        self._press(self.page.get_by_role("link", name="我的预约").locator("visible=true").first)
        expect(self.page.get_by_role("heading", name="我的预约", level=1)).to_be_visible()

    def opens_the_booking(self, title: str) -> None:
        self.page.goto(f"/mine?text={title}")
        self._press(self.page.get_by_role("link", name=title).locator("visible=true").first)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    # ── the form ──

    def names_it(self, title: str) -> None:
        self.page.get_by_label("名称").fill(title)

    def repeats_it_weekly_until(self, day: date) -> None:
        self._press(self.page.locator("label", has_text="每周直到"))
        until = self.page.get_by_label("截止日期")
        until.fill(day.isoformat())
        until.blur()

    def is_told(self, words: str) -> None:
        """The form says so beside what is being filled in."""
        expect(self.page.locator("#verdict")).to_contain_text(words)

    def is_told_a_reason_for_each_of(self, names: Sequence[str]) -> None:
        for name in names:
            expect(self.page.locator("#verdict .verdict-reasons li", has_text=name)).to_have_count(1)

    def is_offered(self, *words: str) -> None:
        """Each of these stands in some alternative of the ranked list."""
        for each in words:
            expect(self.page.locator("#verdict .alternative", has_text=each).first).to_be_visible()

    def takes_the_best_alternative(self) -> None:
        """Into the form, which says that it is free."""
        self._press(self.page.locator("#verdict .alternative").first)
        expect(self.page.locator("#verdict.verdict-free")).to_be_visible()

    def presses_the_alternative(self, words: str) -> None:
        """After a refusal: it is booked at once."""
        self._press(self.page.locator("#verdict .alternative", has_text=words).first)

    def is_refused(self, *words: str) -> None:
        for each in words:
            expect(self.page.locator(".sheet-problems")).to_contain_text(each)

    def accepts_the_other_dates(self, free: int, of: int) -> None:
        self._press(self.page.get_by_role("button", name=f"预约其余 {free} 次（共 {of} 次）"))

    def books(self) -> None:
        self._press(self.page.locator(".sheet-end").get_by_role("button", name="预约", exact=True))

    def has_booked(self, title: str, state: str = "已确认") -> None:
        """Stands before the booking's own page, which says how it stands."""
        expect(self.page).to_have_url(re.compile(r"/bookings/\d+$"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        expect(self.page.locator(".booking-standing .state")).to_have_text(state)

    # ── what comes after ──

    def sees(self, words: str) -> None:
        expect(self.page.get_by_text(words).locator("visible=true").first).to_be_visible()

    def counts_dates(self, state: str, dates: int) -> None:
        expect(self.page.locator(".dates-table .state", has_text=state)).to_have_count(dates)

    def cancels_the_date(self, nth: int) -> None:
        """The nth date (from one) of the series before her, and only that."""
        row = self.page.locator(".dates-table tbody tr").nth(nth - 1)
        self._press(row.get_by_role("link", name=re.compile("^取消")))
        self._press(self.page.get_by_text("仅这一次"))
        self._press(self.page.get_by_role("button", name="确定取消"))
        expect(self.page).to_have_url(re.compile(r"/bookings/\d+$"))

    def finds_the_time_free_again(self) -> None:
        expect(self.page.locator("#verdict.verdict-free")).to_be_visible()

    # ── the line, and passing on ──

    def waits_for_this_time(self, title: str) -> None:
        """From the taken time on the form into the line."""
        self._press(self.page.get_by_role("link", name="候补这个时间"))
        self.page.get_by_label("名称").fill(title)
        self._press(self.page.get_by_role("button", name="加入候补"))
        expect(self.page).to_have_url(re.compile(r"/waiting$"))

    def opens_the_waiting_list(self) -> None:
        self.page.goto("/waiting")

    def reads_about(self, title: str, words: str) -> None:
        expect(self.page.locator("li.entry", has_text=title)).to_contain_text(words)

    def takes_what_is_held(self, title: str) -> None:
        self._press(self.page.locator("li.entry", has_text=title).get_by_role("button", name="接受", exact=True))
        self.reads_about(title, "已归您")

    def cancels_it_all(self) -> None:
        """The booking before her, every date of it."""
        self._press(self.page.locator("summary", has_text="取消").first)
        self._press(self.page.get_by_role("button", name="确定取消"))
        expect(self.page.locator(".booking-standing .state")).to_have_text("已取消")

    def sets(self, setting: str, number: int) -> None:
        """An administrator, on the page of settings."""
        self.page.goto("/admin/settings")
        self.page.locator(f"input[name='{setting}']").fill(str(number))
        self._press(self.page.locator("main form").get_by_role("button").last)
        expect(self.page.locator(f"input[name='{setting}']")).to_have_value(str(number))

    def sets_at_the_base(self, base: int, **numbers: str) -> None:
        """An administrator, on the page of a base's own numbers; an empty text: as elsewhere."""
        self.page.goto(f"/bases/{base}/limits")
        for name, text in numbers.items():
            field = self.page.locator(f"[name='{name}']")
            if field.evaluate("each => each.tagName") == "SELECT":
                field.select_option(text)
            else:
                field.fill(text)
        self._press(self.page.locator("main form").get_by_role("button", name="保存"))
        expect(self.page.locator(".flashes")).not_to_be_empty()

    def is_told_who_is_asked(self) -> str:
        """What the booking's page says of the answer that is waited for."""
        asked = self.page.locator(".steps li", has_text="届时").first
        expect(asked).to_be_visible()
        return asked.inner_text()

    def opens_the_notices(self) -> None:
        self.page.goto("/notices")

    def reads_in_a_notice(self, title: str, words: str) -> None:
        expect(self.page.locator("li.notice", has_text=title).first).to_contain_text(words)

    def proposes_to_exchange_it(self, unit: str, at: datetime) -> None:
        """The booking before her, for the time at which somebody else holds this unit."""
        self._press(self.page.get_by_role("link", name="转让或互换"))
        choice = self.page.get_by_label("我想要").locator("option", has_text=unit).first
        self.page.get_by_label("我想要").select_option(choice.get_attribute("value"))
        self.page.locator("#day").fill(at.date().isoformat())
        self.page.locator("#at").fill(f"{at:%H:%M}")
        self._press(self.page.get_by_role("button", name="提议互换"))
        expect(self.page).to_have_url(re.compile(r"/passing$"))

    def accepts_the_exchange(self) -> None:
        self.page.goto("/passing")
        self._press(self.page.get_by_role("button", name="接受", exact=True).first)
        expect(self.page).to_have_url(re.compile(r"/bookings/\d+$"))

    def opens_the_request(self, title: str) -> None:
        self._press(self.page.get_by_role("link", name=re.compile("待我审批|审批")).locator("visible=true").first)
        self._press(self.page.locator(".request", has_text=title).get_by_role("link", name="审批"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def approves(self) -> None:
        self._press(self.page.get_by_role("button", name="批准", exact=True))
        expect(self.page).to_have_url(re.compile(r"/inbox"))

    def switches_to_english(self) -> None:
        self._press(self.page.get_by_role("button", name="Switch to English"))
        expect(self.page.locator("html")).to_have_attribute("lang", "en")

    def switches_to_chinese(self) -> None:
        self._press(self.page.get_by_role("button", name="切换到中文"))
        expect(self.page.locator("html")).to_have_attribute("lang", "zh-CN")

    def reads_the_title(self, words: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)

    def _press(self, what: Locator) -> None:
        """By finger where there is one."""
        if self._by_finger:
            what.tap()
        else:
            what.click()
        self.presses += 1
