"""Free now: what is free at this moment, booked with one press. Door screens: an address without sign-in, names or titles."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.booking.store import screens as store
from app.booking.tables.addresses import Screen
from app.database import session, transaction
from app.entrypoints import clock
from app.foundation.timespan import ZONE
from app.trail.tables import Entry
from tests import world
from tests.stories.workshop import Workshop, bookings_kept, dates_of, reading, statements

NOON = datetime.now(ZONE).replace(hour=10, minute=20, second=0, microsecond=0)
"""Today in class period 3 (10:00–10:45)."""


@pytest.fixture
def workshop(app, monkeypatch) -> Workshop:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Workshop(app)


def presses(shown):
    return dict(re.findall(r'name="take" value="(\d+)-(\d+)"', shown.text))


def books(workshop, unit, start, end, **fields):
    """Somebody of the company has it on this day."""
    answer = workshop.trainer.asks_for(unit, on=NOON.date(), at=f"{start}-{end}", title="Secret order", **fields)
    assert answer.was_booked, answer.words[:500]
    return answer.booking_id


# ── free now ──


def test_what_is_free_says_until_when(workshop):
    books(workshop, workshop.room, "11:00", "12:00")
    shown = workshop.teacher.opens("/now")
    assert "Turning lab" in shown.words
    assert "free until 11:00" in shown.words
    assert "In our own bases" in shown.words


def test_what_is_taken_is_not_listed(workshop):
    books(workshop, workshop.room, "10:20", "12:00")
    assert "Turning lab" not in workshop.teacher.opens("/now").words
    assert "Lathe 1" not in workshop.teacher.opens("/now?kind=machine").words


def test_strangers_find_it_elsewhere_in_the_city(workshop):
    assert "Elsewhere in the city" in workshop.trainer.opens("/now").words


def test_one_press_books_the_rest_of_the_block(workshop):
    shown = workshop.teacher.opens("/now?kind=machine")
    until = presses(shown)[str(workshop.lathe)]
    assert until == str(11 * 60 + 40), "periods 3-4 end at 11:40"
    answer = workshop.teacher.sends("/now", {"take": f"{workshop.lathe}-{until}", "purpose": "teaching", "title": ""})
    assert answer.status == 303
    assert [(span, state) for _, _, span, state in dates_of(answer.booking_id)] == [("10:20-11:40", "confirmed")]


def test_a_second_press_of_the_same_page_books_once(workshop):
    values = {"take": f"{workshop.lathe}-700", "purpose": "teaching", "key": "the-same-key-1"}
    assert workshop.teacher.sends("/now", values).location == workshop.teacher.sends("/now", values).location
    assert bookings_kept() == 1


def test_what_was_taken_meanwhile_is_said_in_a_sentence(workshop):
    books(workshop, workshop.lathe, "10:20", "12:00")
    answer = workshop.teacher.sends("/now", {"take": f"{workshop.lathe}-700", "purpose": "teaching"})
    assert answer.status == 409
    assert "Secret order" not in answer.text
    assert bookings_kept() == 1


@pytest.mark.parametrize(
    "values", [{}, {"take": "x"}, {"take": "1-9999"}, {"take": "1-5"}, {"take": "1-700", "purpose": "fun"}]
)
def test_nonsense_is_refused_and_nothing_is_booked(workshop, values):
    answer = workshop.teacher.sends("/now", values)
    assert answer.status == 422
    assert "Press one of the free ones" in answer.words
    assert bookings_kept() == 0


def test_seats_and_words_narrow_it(workshop):
    with reading():
        small = world.lab(workshop.base, "small", seats=8, name_en="Small room")
    assert small
    assert "Small room" in workshop.teacher.opens("/now?seats=8").words
    assert "Small room" not in workshop.teacher.opens("/now?seats=9").words
    assert "Small room" not in workshop.teacher.opens("/now?text=turning").words
    assert "Loosen the filter" in workshop.teacher.opens("/now?text=nowhere").words


def test_it_asks_the_same_number_of_statements_for_more_units(workshop):
    workshop.teacher.opens("/now")
    with statements() as few:
        workshop.teacher.opens("/now?kind=any")
    with reading():
        for number in range(12):
            world.unit(workshop.yard, f"more{number}")
    with statements() as many:
        workshop.teacher.opens("/now?kind=any")
    assert len(few) == len(many) <= 15, many


# ── door screens ──


def makes(workshop, who=None, **fields):
    answer = (who or workshop.keeper).sends(f"/bases/{workshop.base}/screens", {"name": "Hall", "lab": ""} | fields)
    found = re.search(r'value="[^"]*(/screens/[\w-]+)"', answer.text)
    return found[1] if found else answer


@pytest.fixture
def passer_by(workshop):
    """Somebody at the door, whom nobody knows."""
    return world.device(workshop.app)


def text_of(answer):
    return answer.get_data(as_text=True)


def test_a_screen_tells_now_and_next_without_a_name_or_a_title(workshop, passer_by):
    books(workshop, workshop.room, "10:20", "11:00")
    books(workshop, workshop.lathe, "13:00", "14:30")
    answer = passer_by.get(makes(workshop))
    text = text_of(answer)
    assert answer.status_code == 200
    for word in ("车削实训室", "Turning lab", "使用中", "Occupied", "11:00", "13:00–14:30", "测量室", "空闲"):
        assert word in text, word
    for secret in ("Secret order", "Trainer", "Teacher", "Keeper", "Company", "公司", "/bookings/"):
        assert secret not in text, secret


def test_the_screen_of_one_lab_shows_what_stands_in_it(workshop, passer_by):
    text = text_of(passer_by.get(makes(workshop, lab=str(workshop.lab))))
    assert "Lathe 1" in text
    assert "Laser" not in text


def test_the_reason_of_a_closure_stays_inside(workshop, passer_by):
    day = NOON.date().isoformat()
    closed = workshop.keeper.sends(
        f"/bases/{workshop.base}/closures",
        {
            "kind": "maintenance",
            "what": f"lab:{workshop.lab}",
            "first_day": day,
            "first_time": "10:25",
            "last_day": day,
            "last_time": "12:00",
            "reason": "canary-reason",
        },
    )
    assert closed.status == 303, closed.words[:400]
    text = text_of(passer_by.get(makes(workshop)))
    assert 'class="period closed' in text
    assert "canary-reason" not in text


def test_unknown_and_revoked_addresses_are_the_same(workshop, passer_by):
    address = makes(workshop)
    with reading():
        screen_id = session().scalar(select(Screen.id))
    assert workshop.keeper.sends(f"/screens/{screen_id}/revoke", {}).status == 303
    gone, unknown = passer_by.get(address), passer_by.get("/screens/" + "x" * 43)
    assert gone.status_code == unknown.status_code == 404
    plain = [re.sub(r'name="(csrf_token|next)" value="[^"]*"', "", text_of(each)) for each in (gone, unknown)]
    assert plain[0] == plain[1]
    assert passer_by.get("/screens/" + "x" * 3000).status_code == 404
    assert passer_by.get("/screens/密").status_code == 404


def test_the_address_is_kept_as_a_hash_only(workshop):
    token = makes(workshop).rsplit("/", 1)[1]
    with reading():
        kept = session().execute(select(Screen)).scalars().one()
        assert token not in vars(kept).values()
        assert len(kept.token_hash) == 64


def test_an_unchanged_board_is_not_sent_again(workshop, passer_by):
    address = makes(workshop)
    first = passer_by.get(address)
    again = passer_by.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.get_data()
    books(workshop, workshop.room, "10:20", "11:00")
    assert passer_by.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_last_look_is_noted_now_and_then(workshop, passer_by, monkeypatch):
    address = makes(workshop)
    assert "not yet" in workshop.keeper.opens(f"/bases/{workshop.base}/screens").words
    passer_by.get(address)
    assert "not yet" not in workshop.keeper.opens(f"/bases/{workshop.base}/screens").words
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=1))
    with statements() as sent:
        passer_by.get(address)
    assert not [each for each in sent if each.startswith("UPDATE")]
    assert len(sent) <= 10, sent


def test_who_makes_and_ends_one_is_in_the_trail(workshop):
    makes(workshop)
    with reading():
        screen_id = session().scalar(select(Screen.id))
    workshop.keeper.sends(f"/screens/{screen_id}/revoke", {})
    with reading():
        deeds = list(session().scalars(select(Entry.deed).where(Entry.object_kind == "screen")))
    assert deeds == ["screen.change", "screen.change"]


def test_only_its_keepers_make_one(workshop):
    assert makes(workshop, workshop.teacher).status == 403
    stranger = workshop.somebody("Stranger", workshop.company, "keeper")
    assert makes(workshop, stranger).status in (403, 404)
    assert stranger.opens(f"/bases/{workshop.base}/screens").status in (403, 404)
    with reading():
        assert store.of_base(workshop.base) == []


@pytest.mark.parametrize("fields", [{"name": " "}, {"name": "x" * 81}, {"lab": "99999"}, {"lab": "abc"}])
def test_a_bad_form_is_shown_again(workshop, fields):
    answer = makes(workshop, **fields)
    assert answer.status == 422
    with reading():
        assert store.of_base(workshop.base) == []


def test_a_base_without_labs_says_so(workshop, passer_by):
    with reading():
        empty = world.training_base("empty", workshop.college)
        token = "t" * 43

        def do():
            from app.foundation.identifiers import secret_hash

            store.add(empty, None, "x", secret_hash(token), workshop.keeper.id, NOON)

    workshop.keeper.opens("/")
    with reading():
        transaction(do)
    assert "There is nothing to show here yet" in text_of(passer_by.get(f"/screens/{token}"))
