"""Lists: mine, my organisation's, my bases'; upcoming and past, filtered, sorted, paged, and as a file."""

from __future__ import annotations

import csv
import io

import pytest

from tests.stories.workshop import Workshop, statements


@pytest.fixture
def busy(workshop: Workshop) -> Workshop:
    """Two teachers and a trainer with a few bookings."""
    workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 3), title="Beta")
    workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), title="Alpha", purpose="competition")
    workshop.colleague.asks_for(workshop.other_lathe, on=workshop.day(1, 2), title="Gamma")
    workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2), title="Delta")
    return workshop


def test_mine_are_mine_alone_the_next_first(busy: Workshop):
    words = busy.teacher.opens("/mine").words
    assert words.index("Alpha") < words.index("Beta")
    assert "Gamma" not in words
    assert "Delta" not in words


def test_a_teacher_cannot_list_her_organisations(busy: Workshop):
    words = busy.teacher.opens("/mine?whose=organisation").words
    assert "Gamma" not in words
    assert "Gamma" not in busy.teacher.opens("/mine?whose=all").words


def test_an_administrator_of_a_member_lists_its_bookings_and_its_bases(busy: Workshop):
    own = busy.dean.opens("/mine?whose=organisation").words
    assert all(title in own for title in ("Alpha", "Beta", "Gamma"))
    assert "Delta" not in own
    assert "Delta" in busy.dean.opens("/mine?whose=bases").words


def test_filters_and_order(busy: Workshop):
    assert "Beta" not in busy.teacher.opens("/mine?purpose=competition").words
    assert "Alpha" not in busy.teacher.opens("/mine?text=bet").words
    assert "Beta" in busy.teacher.opens("/mine?text=bet").words
    assert "Nothing matches" in busy.teacher.opens("/mine?text=100%25_").words
    assert "Delta" in busy.trainer.opens("/mine?state=waiting").words
    assert "Delta" not in busy.trainer.opens("/mine?state=confirmed").words
    down = busy.teacher.opens("/mine?sort=-title").words
    assert down.index("Beta") < down.index("Alpha")
    assert "Alpha" in busy.teacher.opens(f"/mine?base={busy.base}").words
    assert "Alpha" not in busy.teacher.opens(f"/mine?base={busy.base + 1}").words


def test_cancelled_ones_stand_among_the_past(busy: Workshop):
    booking = busy.teacher.asks_for(busy.lathe, on=busy.day(2, 2), title="Omega").booking_id
    busy.teacher.cancels(booking)
    assert "Omega" not in busy.teacher.opens("/mine").words
    assert "Omega" in busy.teacher.opens("/mine?when=past").words


def test_pages_and_files(workshop: Workshop):
    for week in range(1, 15):
        for at in ("1-2", "3-4"):
            workshop.teacher.asks_for(workshop.lathe, on=workshop.day(week, 2), at=at, title=f"Lesson {week} {at}")
    first, second = workshop.teacher.opens("/mine"), workshop.teacher.opens("/mine?page=2")
    assert "28 in all" in first.words
    assert "Lesson 14 3-4" in second.words
    assert "Lesson 14 3-4" in workshop.teacher.opens("/mine?page=999999999999").words
    file = workshop.teacher.client.get("/mine?format=csv")
    rows = list(csv.reader(io.StringIO(file.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows) == 29
    assert rows[1][1] == "Lesson 1 1-2"
    assert workshop.teacher.client.get("/mine?format=xlsx").get_data()[:2] == b"PK"


def test_the_list_costs_the_same_for_one_booking_or_twenty(workshop: Workshop):
    workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 1))
    workshop.teacher.opens("/mine")
    with statements() as one:
        workshop.teacher.opens("/mine")
    for week in range(2, 12):
        workshop.teacher.asks_for(workshop.lathe, on=workshop.day(week, 1))
    with statements() as many:
        workshop.teacher.opens("/mine")
    assert len(one) == len(many) <= 15
