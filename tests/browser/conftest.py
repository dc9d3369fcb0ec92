"""For tests in a real browser: Chromium in Chinese at two screen sizes on the demo, accessibility, and no stray request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.loud import left_out

SCREENS = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
    },
}
FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
HARMLESS = {"data", "blob", "about", "chrome-error"}


def pytest_generate_tests(metafunc):
    if "screen" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("screen")
        metafunc.parametrize("screen", marker.args if marker else list(SCREENS), indirect=True, scope="session")


def chromium() -> str | None:
    """The system's browser, or None for the one Playwright has fetched itself."""
    given = os.environ.get("CHROMIUM")
    for name in (given, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        path = shutil.which(name) if name else None
        if path:
            return path
    return None


@pytest.fixture(scope="session")
def screen(request: pytest.FixtureRequest) -> str:
    """`desktop` (1440 by 900) or `phone` (390 by 844): every test with a page runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict, playwright) -> dict:
    path = chromium()
    if path is None and not Path(playwright.chromium.executable_path).exists():
        left_out(
            "everything in a browser: no Chromium (Debian: apt-get install chromium; or: playwright install chromium)"
        )
    place = {"executable_path": path} if path else {}
    return browser_type_launch_args | place | {"headless": True, "args": FLAGS}


@pytest.fixture(scope="session")
def base_url(demo_server) -> str:
    """`page.goto("/book")` goes to the demo's server."""
    return demo_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict, base_url: str, screen: str) -> dict:
    return browser_context_args | {
        "base_url": base_url,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "reduced_motion": "reduce",
        **SCREENS[screen],
    }


@pytest.fixture(autouse=True)
def _nothing_goes_astray(context: BrowserContext, base_url: str) -> Iterator[None]:
    """The standing promise: no request leaves the server's own address, no script fails, no policy is broken."""
    home = urlsplit(base_url).netloc
    astray: list[str] = []
    broken: list[str] = []

    def judge(request) -> None:
        parts = urlsplit(request.url)
        if parts.netloc != home and parts.scheme not in HARMLESS:
            astray.append(request.url)

    def listen(message) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            broken.append(message.text)

    context.on("request", judge)
    context.on("console", listen)
    context.on("weberror", lambda error: broken.append(str(error.error)))
    yield
    assert not astray, f"requests left the server: {astray}"
    assert not broken, f"the page's own code or policy broke: {broken}"


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A fresh tab, patient for ten seconds."""
    own = context.new_page()
    own.set_default_timeout(10_000)
    return own


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails with a readable list when the page as it stands breaks a WCAG A or AA rule."""
    checker = Axe()

    def check(page: Page) -> None:
        page.wait_for_load_state(
            "load"
        )  # words can be read before the style sheet is there; sizes cannot be judged then
        found = checker.run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"

    return check
