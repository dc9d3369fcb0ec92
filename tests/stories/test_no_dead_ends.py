"""No page leads to a door that is shut: what is linked may be entered, what may be entered is found, words mean what they say."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.booking.tables.bookings import Booking, BookingDate
from app.database import session, transaction
from tests import world
from tests.stories.workshop import Somebody, Workshop, reading, statements

READERS = ("finance", "council", "auditor", "learner")
START = ("/", "/book", "/mine", "/mine?when=past", "/bases", "/bases?show=units", "/calendars")


def _links(text: str) -> list[str]:
    return [each.replace("&amp;", "&") for each in re.findall(r'href="(/[^"#]*)"', text)]


@pytest.mark.parametrize("role", [*READERS, "keeper", "booker"])
def test_what_a_page_links_is_open_to_whoever_reads_it(workshop: Workshop, role: str):
    workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2))
    base = workshop.base if role == "keeper" else None
    reader = workshop.somebody(role.title(), workshop.college, role, base=base)
    seen = set(START) | {f"/bases/{workshop.base}", f"/labs/{workshop.lab}", f"/units/{workshop.lathe}"}
    seen |= {"/admin"} if role in ("keeper", "auditor") else set()
    linked = {link for path in seen for link in _links(reader.opens(path).text) if not link.startswith("/static/")}
    shut = {link for link in linked if reader.client.get(link).status_code == 403}
    assert not shut
    asks = {link for link in linked if link.startswith(("/book/find", "/book/new"))}
    assert bool(asks) is (role in ("keeper", "booker"))


def test_administration_lists_what_each_office_may_enter(workshop: Workshop):
    auditor = workshop.somebody("Auditor", workshop.college, "auditor")
    assert {"/admin/members", "/admin/people", "/admin/trail"} <= set(_links(auditor.opens("/admin").text))
    hub = workshop.keeper.opens("/admin").text.partition('class="hub"')[2].partition("</ul>")[0]
    places = {"/inbox", "/bases", "/admin/members", "/credit", "/faults", "/order", "/displacements"}
    assert places == set(_links(hub))


@pytest.mark.parametrize("number", ["0", "9999999999", "99999999999999999999"])
@pytest.mark.parametrize("path", ["/admin/terms/{}", "/admin/periods/{}", "/admin/members/{}/edit", "/bookings/{}"])
def test_an_impossible_number_is_as_missing_as_an_unknown_one(workshop: Workshop, path: str, number: str):
    admin = workshop.somebody("Secretary", workshop.college, "administrator")
    assert admin.opens(path.format(number)).status == admin.opens(path.format(999_999)).status == 404


def _found(reader: Somebody, workshop: Workshop, query: str) -> str:
    day = workshop.day(1, 2)
    return reader.opens(f"/book/find?asked=1&from={day}&to={day}&{query}").words


def test_words_find_machines_unless_a_kind_was_chosen(workshop: Workshop):
    assert "Turning lab · Lathe 1" in _found(workshop.teacher, workshop, "kind=usual&text=lathe")
    assert "Turning lab · Lathe 1" in _found(workshop.teacher, workshop, "text=lathe")
    assert "Nothing is free then" in _found(workshop.teacher, workshop, "kind=room&text=lathe")
    assert "Lathe 1" not in _found(workshop.teacher, workshop, "kind=usual")


def test_an_offer_names_the_lab_where_the_name_alone_does_not_tell(workshop: Workshop):
    with reading():
        cart, _ = (
            world.unit(lab, f"cart{lab}", "pool", capacity=3, name_en="Cart") for lab in (workshop.lab, workshop.yard)
        )
    day = workshop.day(1, 2)
    workshop.colleague.asks_for(cart, on=day, **{f"quantity_{cart}": "3"})
    words = workshop.teacher.asks_for(cart, on=day, **{f"quantity_{cart}": "3"}).words
    assert "Measuring lab · Cart" in words


def test_others_past_is_listed_from_a_day_on_and_ones_own_whole(workshop: Workshop):
    admin = workshop.somebody("Secretary", workshop.college, "administrator")
    for title in ("Long ago", "Lately"):
        workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1 if title == "Lately" else 2, 2), title=title)

    def age() -> None:
        for date, title in session().execute(
            select(BookingDate, Booking.title).join(Booking, Booking.id == BookingDate.booking_id)
        ):
            gone = timedelta(days=800 if title == "Long ago" else 60)
            date.starts_at, date.ends_at = date.starts_at - gone, date.ends_at - gone

    with reading():
        transaction(age)
    with statements() as usual:
        words = admin.opens("/mine?whose=all&when=past").words
    assert "Lately" in words
    assert "Long ago" not in words
    with statements() as all_of_it:
        assert "Long ago" in admin.opens("/mine?whose=all&when=past&since=2001-01-01").words
    assert len(usual) == len(all_of_it)
    assert "Long ago" in workshop.teacher.opens("/mine?when=past").words
    assert "Lately" not in admin.opens("/mine?whose=all").words
    for nonsense in ("2026-13-01", "9999-12-31", "0001-01-01", "x"):
        assert admin.opens(f"/mine?whose=all&when=past&since={nonsense}").status == 200
