"""How a test becomes one of the demo's people: by pressing her name, once; later tests reuse what the server gave."""

from __future__ import annotations

from playwright.sync_api import Page

_given: dict[tuple[str, str], list[dict]] = {}


def become(page: Page, who: str, locale: str = "zh") -> None:
    """Sign `page` in as `who`@demo.example (nobody: stay outside), in this language."""
    context = page.context
    address = page.evaluate("() => location.origin") if page.url.startswith("http") else ""
    if not address:
        page.goto("/sign-in")
        address = page.evaluate("() => location.origin")
    if who != "nobody":
        if (address, who) not in _given:
            context.clear_cookies(name="gongfang")
            page.goto("/sign-in")
            page.locator(".people-to-be li", has_text=f"{who}@demo.example").get_by_role("button").click()
            page.wait_for_url(address + "/")
            _given[address, who] = [each for each in context.cookies() if each["name"] == "gongfang"]
        context.add_cookies(_given[address, who])
    context.add_cookies([{"name": "locale", "value": locale, "url": address}])
