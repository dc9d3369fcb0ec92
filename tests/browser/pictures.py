"""Draws the pictures of the README and the guides from a fresh demo: `make pictures`, or some of them by name."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.clock import monday_ahead
from tests.browser.conftest import FLAGS, chromium
from tests.browser.people import become
from tests.conftest import settings_for
from tests.servers import PROJECT, LiveServer, flask

PICTURES = PROJECT / "docs" / "pictures"
SCREENS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
MOST_BYTES = 220_000


class Picture(NamedTuple):
    """One picture: its file, who looks, at which page; {week} is the Monday after this week's, {day} the Tuesday."""

    file: str
    who: str
    path: str
    screen: str = "desk"
    choose: bool = False
    """Whether two free periods are chosen first."""

    @property
    def locale(self) -> str:
        return self.file.split(".")[-2]


TO_PICTURE = (
    Picture("grid-week.zh.png", "teacher", "/book?base=1&day={week}", choose=True),
    Picture("grid-week.en.png", "teacher", "/book?base=1&day={week}", choose=True),
    Picture("find.zh.png", "teacher", "/book/find?asked=1&base=3&kind=room&count=2&from={week}"),
    Picture("phone-book.zh.png", "teacher", "/book?base=1&lab=1&day={week}", "phone", choose=True),
    Picture("phone-find.zh.png", "teacher", "/book/find", "phone"),
    Picture("inbox.zh.png", "keeper", "/inbox"),
    Picture(
        "booking.en.png",
        "teacher",
        "/book/new?unit=18&start={day}T19:00&end={day}T20:40&title=Five-axis+milling,+class+2301&headcount=12",
    ),
    Picture("home.zh.png", "teacher", "/"),
    Picture("public.zh.png", "nobody", "/catalogue"),
)


@contextlib.contextmanager
def fresh_demo() -> Iterator[str]:
    """The address of a server with a demo world made a moment ago; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="gongfang-pictures-") as folder:
        place = Path(folder)
        settings = settings_for(f"sqlite:///{place / 'demo.db'}", place / "instance") | {"DEMO": 1}
        print("Loading the demo ...", flush=True)
        flask("db", "upgrade", settings=settings)
        flask("demo", settings=settings)
        server = LiveServer(settings, place, workers=1, threads=8)
        try:
            yield server.start().url
        finally:
            server.close()


def choose_two_periods(page: Page) -> None:
    """Press a free period and the next, as somebody about to book does."""
    page.locator("[data-grid] table.ready, .phone-week.ready, .slots a").first.wait_for(state="attached")
    if page.viewport_size == SCREENS["phone"]:
        slots = page.locator(".slots", has=page.locator("a[data-start] + *, li + li a[data-start]")).nth(1)
        for each in slots.locator("a[data-start]").all()[:2]:
            each.click()
        return
    row, column = page.evaluate(
        """() => { const free = cell => cell && !cell.className.replace('d', '').trim();
             const rows = [...document.querySelectorAll('tr[data-unit]')];
             document.querySelector('.grid-scroll').scrollTop = 10000;
             for (const [row, line] of rows.entries()) {
               const cells = [...line.querySelectorAll('td')];
               for (let at = 8; row > rows.length - 9 && at + 1 < cells.length; at += 1)
                 if (free(cells[at]) && free(cells[at + 1]) && !cells[at + 1].className) return [row, at]; } }"""
    )
    cells = page.locator("tr[data-unit]").nth(row).locator("td")
    cells.nth(column).click()
    cells.nth(column + 1).click()
    page.mouse.move(0, 0)


def draw(browser: Browser, url: str, picture: Picture) -> Path:
    """Draw one picture; its file."""
    context = browser.new_context(
        base_url=url,
        viewport=SCREENS[picture.screen],
        device_scale_factor=1,
        locale="zh-CN" if picture.locale == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        has_touch=picture.screen == "phone",
        is_mobile=picture.screen == "phone",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    become(page, picture.who, picture.locale)
    monday = monday_ahead(1)
    page.goto(picture.path.format(week=monday, day=monday + timedelta(days=1)))
    if picture.choose:
        choose_two_periods(page)
    file = PICTURES / picture.file
    page.screenshot(path=file, animations="disabled", caret="hide")
    context.close()
    return file


def main(names: list[str]) -> int:
    """Draw all, or those whose file begins with one of the names."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in TO_PICTURE if not names or each.file.startswith(tuple(names))]
    too_big = []
    with fresh_demo() as url, sync_playwright() as playwright:
        path = chromium()
        for each in wanted:
            # The browser's own words, such as a date in its field, follow the language it was started in.
            language = "zh-CN" if each.locale == "zh" else "en-GB"
            browser = playwright.chromium.launch(
                executable_path=path, args=[*FLAGS, f"--lang={language}"], env={"LANGUAGE": language.replace("-", "_")}
            )
            file = draw(browser, url, each)
            browser.close()
            size = file.stat().st_size
            print(f"  {file.relative_to(PROJECT)}  {size // 1000} kB", flush=True)
            if size > MOST_BYTES:
                too_big.append(file.name)
    if too_big:
        print(f"Larger than {MOST_BYTES // 1000} kB: {', '.join(too_big)}", file=sys.stderr)
    return 1 if too_big else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
