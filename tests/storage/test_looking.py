"""The grid, find and nearest on a kept world: what each may see, in a number of statements that does not grow."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.booking.actions import looking
from app.booking.store import looking as store
from app.database import db
from app.entrypoints.web.grid.board import Board, Cell, Column, Day, Row, Section, write_cells, write_linked_cells
from app.foundation.timespan import DAY, Span, at_local
from tests import world
from tests.storage.town import Town


@contextmanager
def statements():
    """The statements sent to the database inside the block."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "SAVEPOINT")):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def town(kept):
    return Town()


def board_of(town, person_id, member_id, role="booker"):
    lines = store.unit_lines(town.monday, base_id=town.base)
    week = Span(at_local(town.monday, 0), at_local(town.monday + 7 * DAY, 0))
    return looking.board(town.actor(person_id, member_id, role), lines, week)[0]


# ── what each may see ──


def test_strangers_see_that_it_is_taken_and_nothing_else(town):
    town.books(town.wang, town.blue, town.lathe, 8, 10, title="Secret course")
    (use,) = board_of(town, town.li, town.red)[town.lathe]
    assert (use.state, use.title, use.person, use.member_zh, use.booking_id) == ("others", "", "", "", 0)


def test_the_own_organisation_and_the_owner_side_see_what_it_is(town):
    booking = town.books(town.li, town.red, town.lathe, 8, 10, title="Turning course")
    colleague = world.person("zhao@x.example", "Zhao", town.red, "booker")
    for person, member, role in ((colleague, town.red, "booker"), (town.keeper, town.blue, "keeper")):
        (use,) = board_of(town, person, member, role)[town.lathe]
        assert (use.state, use.title, use.booking_id) == ("others", "Turning course", booking)


def test_ones_own_is_mine(town):
    town.books(town.li, town.red, town.lathe, 8, 10)
    (use,) = board_of(town, town.li, town.red)[town.lathe]
    assert (use.state, use.person) == ("mine", "Li")


def test_a_room_taken_whole_shows_on_every_machine_in_it(town):
    town.books(town.wang, town.blue, town.rooms[0], 8, 10)
    uses = board_of(town, town.wang, town.blue)
    assert [use.state for use in uses[town.lathe] + uses[town.mill] + uses[town.welders]] == ["mine"] * 3
    assert not uses[town.rooms[1]]


def test_a_machine_taken_makes_its_room_partly_taken_only(town):
    town.books(town.wang, town.blue, town.lathe, 8, 10)
    uses = board_of(town, town.wang, town.blue)
    assert [use.is_part for use in uses[town.rooms[0]]] == [True]
    assert not uses[town.mill]


def test_of_what_may_still_be_had_only_the_asker_sees_that_she_waits(town):
    open_lathe = world.unit(town.labs[1], "open", needs_approval=True, holds_while_waiting=False)
    town.books(town.li, town.red, open_lathe, 8, 10)
    assert [use.state for use in board_of(town, town.li, town.red)[open_lathe]] == ["waiting"]
    assert board_of(town, town.wang, town.blue)[open_lathe] == []


def test_the_page_never_names_what_one_may_not_see(town, app):
    town.books(town.wang, town.blue, town.lathe, 8, 10, title="Secret course")
    for url in ("/book?day={}", "/book?view=day&day={}", "/book?view=month&day={}", "/book?axis=clock&day={}"):
        text = world.signed_in(app, town.li).get(url.format(town.monday)).text
        assert "lathe" in text
        assert "Secret course" not in text
        assert "Wang" not in text


# ── how many statements ──


@pytest.mark.parametrize("view", ["day", "week", "month", "term"])
def test_the_grid_takes_as_many_statements_for_much_as_for_little(town, app, view):
    client = world.signed_in(app, town.wang)
    url = f"/book?view={view}&day={town.monday}&base={town.base}"
    assert client.get(url).status_code == 200
    with statements() as little:
        client.get(url)
    for number in range(12):
        lab = world.lab(town.base, f"M{number}")
        machine = world.unit(lab, f"machine {number}")
        for day in range(5):
            town.books(town.wang, town.blue, machine, 8 + number % 3, 12, day)
    with statements() as much:
        assert client.get(url).status_code == 200
    assert len(much) == len(little)
    assert len(much) <= 14


def test_find_takes_as_many_statements_for_much_as_for_little(town, app):
    client = world.signed_in(app, town.wang)
    url = f"/book/find?asked=1&from={town.monday}&to={town.monday + 13 * DAY}&kind="
    client.get(url)
    with statements() as little:
        client.get(url)
    for number in range(10):
        town.books(town.wang, town.blue, world.unit(town.labs[1], f"m{number}"), 8, 10)
    with statements() as much:
        assert client.get(url).status_code == 200
    assert len(much) == len(little)


# ── the pages ──


def test_every_offer_of_find_leads_to_a_form_that_says_free(town, app):
    town.books(town.li, town.red, town.rooms[0], 8, 12)
    client = world.signed_in(app, town.wang)
    text = client.get(f"/book/find?asked=1&from={town.monday}&to={town.monday}&kind=room&count=2").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/book/new\?[^"]+)"', text)]
    assert links
    assert not any(f"unit={town.rooms[0]}&" in link and "T08:00" in link for link in links)
    for link in links[:3]:
        assert client.get(link).status_code == 200


def test_find_covers_a_weekly_pattern(town, app):
    town.books(town.li, town.red, town.rooms[0], 8, 10, day=7)
    text = (
        world.signed_in(app, town.wang)
        .get("/book/find?asked=1&repeat=weekly&weeks=3-6&weekday=1&kind=room&last=2")
        .text
    )
    assert "3/4" in text
    assert "4/4" in text


NONSENSE = [
    "weeks=x",
    "weeks=99",
    "weeks=5-3",
    "from=yesterday",
    "from=2026-13-40",
    "from=2300-01-01",
    "count=x",
    "count=99999999999999",
    "many=0",
    "many=-1",
    "by=clock&minutes=9999",
    "by=clock&since=25:00",
    "by=clock&since=%E2%80%AE&until=x",
    "first=9&last=1",
    "weekday=9&weekday=x",
    "unit=abc&unit=99999999999999999",
    "base=5555&lab=7",
    "text=%00%ff" + "x" * 500,
    "text=%25_%5C",
    "from=2026-01-01&to=2030-01-01",
]


def test_find_answers_anything_with_a_page(town, app):
    client = world.signed_in(app, town.wang)
    answers = {query[:40]: client.get(f"/book/find?asked=1&{query}").status_code for query in NONSENSE}
    assert {query: status for query, status in answers.items() if status not in (200, 400)} == {}


ADDRESSES = [
    ("base=999999", 404),
    ("lab=999999", 404),
    ("unit=999999", 404),
    ("base=x&view=y&day=z&axis=w&sheet=q", 200),
    ("day=0001-01-01", 200),
    ("day=9999-12-31", 200),
    ("day=2200-12-31&view=month", 200),
    ("day=1980-01-01&view=term", 200),
    ("sheet=99", 200),
    ("unit=" + "9" * 5000, 200),
]


def test_the_grid_answers_any_address(town, app):
    client = world.signed_in(app, town.wang)
    answers = {query[:60]: (client.get(f"/book?{query}").status_code, status) for query, status in ADDRESSES}
    assert {query: both for query, both in answers.items() if both[0] != both[1]} == {}


def test_an_empty_town_says_what_to_do(kept, app):
    person = world.person("a@x.example", "A", world.member("M"), "booker")
    client = world.signed_in(app, person)
    assert client.get("/book").status_code == 200
    assert client.get("/book/find?asked=1").status_code == 200


def test_without_periods_terms_and_hours_the_clock_is_shown(kept, app):
    member = world.member("M")
    base = world.training_base("B", member)
    world.lab(base, "L")
    client = world.signed_in(app, world.person("a@x.example", "A", member, "booker"))
    text = client.get("/book").text
    assert 'data-start="07:00"' in text
    assert 'data-end="22:00"' in text
    assert client.get("/book?view=term").status_code == 200


def test_what_the_quick_writer_writes_is_what_the_template_would_write(town, app):
    """Every kind of cell on a whole board, once through the macro's own cells and once through Python's."""
    day = Day("周一 <x>", "", "2026-09-07", "", today=False, span=10)
    columns = [Column(str(n), f"{n:02d}:00", "24:00" if n == 9 else f"{n + 1:02d}:00", 0, 0) for n in range(10)]
    kinds = [
        Cell(state, span, label, href, title, 2)
        for state in ("free", "others", "closed", "past", "level")
        for span in (1, 3)
        for label in ("", "a<b>&\"'")
        for href in ("", "/x?a=1&b=2")
        for title in ("", 't&"')
        if state != "level" or span == 1
    ]
    rows = [[[cell, Cell("free", 10 - 2 * cell.span, "2"), cell]] for cell in kinds]
    source = '{% from "parts/grid.html" import grid %}{{ grid(board) }}'
    for kind, links in (("week", False), ("day", True)):
        written = []
        for quick in (False, True):
            html = [
                (write_linked_cells(4, "A <b>", cells[0], day, columns) if links else write_cells(cells))
                if quick
                else None
                for cells in rows
            ]
            listed = [Row(4, "A <b>", "", "", "", cells, one) for cells, one in zip(rows, html, strict=True)]
            board = Board(kind, "c", "c", "/book/new", True, columns, [day], [Section("", "", "", listed)], links=links)
            with app.test_request_context():
                written.append(app.jinja_env.from_string(source).render(board=board))
        assert written[0] == written[1]
