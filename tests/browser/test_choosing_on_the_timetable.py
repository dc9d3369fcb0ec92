"""Choosing periods on the timetable by mouse, keys and finger: it ends in the booking form, or says why it cannot."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.clock import monday_ahead

FREE = "td:not([class]), td[class='d']"


def week_after_next() -> str:
    return str(monday_ahead(2))


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.locator("li", has_text="teacher@demo.example").get_by_role("button").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


@pytest.fixture
def board(page: Page) -> Page:
    """A teacher before the timetable of the week after next."""
    sign_in(page)
    page.goto(f"/book?day={week_after_next()}")
    page.locator("table.ready").wait_for(state="attached")
    return page


def pair_of_free_cells(board: Page) -> tuple[Locator, Locator]:
    """Two free periods side by side in one day."""
    row, first = board.evaluate(
        """free => { for (const [row, line] of [...document.querySelectorAll('table.ready tr[data-unit]')].entries()) {
             const cells = [...line.querySelectorAll('td')];
             for (let at = 0; at + 1 < cells.length; at += 1)
               if (cells[at].matches(free) && cells[at + 1].matches('td:not([class])')) return [row, at]; } }""",
        FREE,
    )
    cells = board.locator("table.ready tr[data-unit]").nth(row).locator("td")
    return cells.nth(first), cells.nth(first + 1)


def free_cell_beside_a_taken_one(board: Page) -> tuple[Locator, Locator]:
    row, first = board.evaluate(
        """free => { for (const [row, line] of [...document.querySelectorAll('table.ready tr[data-unit]')].entries()) {
             const cells = [...line.querySelectorAll('td')];
             for (let at = 0; at + 1 < cells.length; at += 1)
               if (cells[at].matches(free) && cells[at + 1].matches('.others, .mine') && !cells[at + 1].matches('.d'))
                 return [row, at]; } }""",
        FREE,
    )
    cells = board.locator("table.ready tr[data-unit]").nth(row).locator("td")
    return cells.nth(first), cells.nth(first + 1)


def asked_for(board: Page) -> dict[str, str]:
    """What the Book button of the bar would ask for."""
    address = board.locator("[data-pick]:visible [data-pick-link]").get_attribute("href") or ""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.mark.screen("desktop")
def test_a_press_and_a_second_press_lead_to_the_form_with_both_periods(board: Page) -> None:
    first, last = pair_of_free_cells(board)
    first.click()
    one = asked_for(board)
    last.click()
    both = asked_for(board)
    assert both["unit"] == one["unit"]
    assert both["start"] == one["start"]
    assert both["end"] > one["end"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", both["start"])
    board.locator("[data-pick]:visible [data-pick-link]").click()
    expect(board).to_have_url(re.compile("/book/new"))


@pytest.mark.screen("desktop")
def test_dragging_chooses_the_same_as_pressing_twice(board: Page) -> None:
    first, last = pair_of_free_cells(board)
    first.click()
    last.click()
    pressed = asked_for(board)
    board.keyboard.press("Escape")
    expect(board.locator("[data-pick]:visible")).to_have_count(0)
    first.hover()
    board.mouse.down()
    last.hover()
    board.mouse.up()
    assert asked_for(board) == pressed


@pytest.mark.screen("desktop")
def test_a_choice_stops_before_a_taken_period_and_says_whose_it_is(board: Page) -> None:
    free, taken = free_cell_beside_a_taken_one(board)
    free.hover()
    board.mouse.down()
    taken.hover()
    board.mouse.up()
    expect(board.locator("td[aria-selected=true]")).to_have_count(1)
    expect(board.locator("[data-pick-why]").first).to_contain_text("不能跨过")
    expect(board.locator("[data-say]").first).to_contain_text((taken.text_content() or "").strip())


@pytest.mark.screen("desktop")
def test_keys_alone_choose_and_open_the_form(board: Page) -> None:
    first, last = pair_of_free_cells(board)
    first.click()
    last.click()
    pressed = asked_for(board)
    board.keyboard.press("Escape")
    first.focus()
    board.keyboard.press("Enter")
    expect(board.locator("[data-say]").first).to_contain_text("开始")
    board.keyboard.press("ArrowRight")
    board.keyboard.press("Enter")
    assert asked_for(board) == pressed
    expect(board.locator("[data-pick]:visible [data-pick-link]")).to_be_focused()
    board.keyboard.press("Escape")
    expect(first).to_be_focused()


@pytest.mark.screen("desktop")
def test_one_cell_stands_in_the_tab_order_and_names_itself_in_full(board: Page) -> None:
    expect(board.locator("table.ready [tabindex='0']")).to_have_count(1)
    expect(board.locator("table.ready [tabindex='0']")).to_have_attribute(
        "aria-label", re.compile(r"\d\d:\d\d–\d\d:\d\d 空闲")
    )


@pytest.mark.screen("desktop")
def test_another_week_comes_in_place_and_back_returns(board: Page) -> None:
    title = board.locator(".toolbar h2")
    before = title.text_content() or ""
    board.locator(".toolbar [rel=next]").click()
    expect(title).not_to_have_text(before)
    expect(board.locator("table.ready")).to_have_count(1)
    board.go_back()
    expect(title).to_have_text(before)


@pytest.mark.screen("desktop")
def test_without_a_script_a_free_cell_of_the_day_is_a_link_to_the_form(browser: Browser, base_url: str) -> None:
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain)
    plain.goto(f"/book?day={week_after_next()}")
    plain.locator("table.grid thead .day a").first.click()
    plain.locator("table.grid td a[href*='start=']").first.click(force=True)
    expect(plain).to_have_url(re.compile(r"/book/new\?unit=\d+&start=.+&end="))
    context.close()


@pytest.mark.screen("phone")
def test_on_a_phone_the_first_and_last_period_are_tapped(board: Page) -> None:
    slots = board.locator(".slots").nth(3).locator("a[data-start]")
    expect(board.locator(".bottombar")).to_be_visible()
    slots.nth(0).tap()
    one = asked_for(board)
    slots.nth(1).tap()
    both = asked_for(board)
    assert (both["unit"], both["start"]) == (one["unit"], one["start"])
    assert both["end"] > one["end"]
    board.locator("[data-pick]:visible [data-pick-link]").tap()
    expect(board).to_have_url(re.compile("/book/new"))


def test_the_timetable_breaks_no_accessibility_rule(board: Page, axe) -> None:
    axe(board)
    for view in ("day", "month", "term"):
        board.goto(f"/book?view={view}&day={week_after_next()}")
        axe(board)
