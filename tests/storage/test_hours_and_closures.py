"""Terms, class periods, opening hours and closures: who may set them, what stands in the way, what is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.booking.actions import closing, lifting
from app.booking.rules.conflict import Overlaps
from app.booking.tables.bookings import Allocation
from app.database import session, transaction
from app.entrypoints import clock
from app.foundation.refusal import Refused
from app.foundation.timespan import DAY, Span, at_local
from app.timetable.rules.hours import closed_parts
from app.timetable.store import bells, closures, terms
from app.timetable.store import hours as hours_store
from app.timetable.store.calendar import calendar
from app.trail.tables import Entry
from tests import world
from tests.storage.town import Town


@pytest.fixture
def town(kept):
    return Town()


def entries(deed):
    session().rollback()
    return session().scalar(select(func.count()).select_from(Entry).where(Entry.deed == deed))


def week(**days):
    return {f"day{n}": days.get(f"day{n}", "08:00-12:00, 14:00-18:00") for n in range(1, 8)} | {"own": "yes"}


def mark_on(client, url):
    text = client.get(url).text
    return text.split('name="mark" value="')[1].split('"')[0]


# ── terms ──

TERM = {"whose": "", "name_zh": "春季学期", "name_en": "Spring term", "first_monday": "2031-03-03", "weeks": "18"}


def test_the_administrator_sets_a_term_and_it_is_written_down(town, app):
    admin = world.signed_in(app, town.admin)
    assert admin.post("/admin/terms/new", data=TERM).status_code == 303
    assert "春季学期" in admin.get("/admin/terms").text
    assert entries("calendar.change") == 1


def test_a_term_that_overlaps_another_is_refused_by_name(town, app):
    admin = world.signed_in(app, town.admin, locale="en")
    admin.post("/admin/terms/new", data=TERM)
    answer = admin.post("/admin/terms/new", data=TERM | {"first_monday": "2031-03-10"})
    assert answer.status_code == 409
    assert "Spring term" in answer.text
    assert entries("calendar.change") == 1


def test_a_stale_change_of_a_term_is_refused(town, app):
    admin = world.signed_in(app, town.admin)
    term_id = terms.terms()[0].id
    base = TERM | {"first_monday": str(town.monday), "version": "1"}
    assert admin.post(f"/admin/terms/{term_id}", data=base).status_code == 303
    assert admin.post(f"/admin/terms/{term_id}", data=base).status_code == 409
    assert admin.post(f"/admin/terms/{term_id}/remove", data={"version": "2"}).status_code == 303
    session().rollback()
    assert terms.terms() == []


def test_a_badly_written_term_is_shown_again(town, app):
    for first_monday in ["", "x", "2031-03-04", "0001-01-01", "9999-12-31", "1900-01-01"]:
        admin = world.signed_in(app, town.admin)
        assert admin.post("/admin/terms/new", data=TERM | {"first_monday": first_monday}).status_code == 422


def test_a_members_administrator_sets_her_own_terms_only(town, app):
    head = world.person("head@x.example", "Head", town.blue, "member_admin")
    client = world.signed_in(app, head)
    assert client.post("/admin/terms/new", data=TERM | {"whose": str(town.blue)}).status_code == 303
    assert client.post("/admin/terms/new", data=TERM | {"whose": str(town.red)}).status_code in (403, 422)
    assert client.post("/admin/terms/new", data=TERM | {"whose": ""}).status_code in (403, 422)
    assert client.post(f"/admin/terms/{terms.terms()[0].id}", data=TERM | {"version": "1"}).status_code == 403


def test_a_booker_does_not_come_in(town, app):
    client = world.signed_in(app, town.wang)
    for url in ("/admin/terms", "/admin/periods", f"/bases/{town.base}/hours", f"/bases/{town.base}/closures"):
        assert client.get(url).status_code == 403


# ── class periods ──


BELLS = {"whose": "", "name_zh": "作息", "name_en": "Bells", "starts": ["08:00", "09:00"], "ends": ["08:45", "09:45"]}


def test_no_two_bell_tables_ring_for_the_same_learners_at_one_campus(town, app):
    admin = world.signed_in(app, town.admin)
    assert admin.post("/admin/periods/new", data=BELLS).status_code == 409  # the consortium has one already
    assert entries("calendar.change") == 0


def test_class_periods_ring_at_the_place_that_has_its_own(town, app):
    head = world.signed_in(app, world.person("head@x.example", "Head", town.blue, "member_admin"))
    assert head.post("/admin/periods/new", data=BELLS | {"whose": str(town.blue)}).status_code == 303
    session().rollback()
    assert [period.start_minute for period in calendar(town.blue).bells.on(clock.today())] == [480, 540]
    assert len(calendar(town.red).bells.on(clock.today())) == 8
    assert entries("calendar.change") == 1


def test_badly_written_class_periods_are_shown_again(town, app):
    for starts, ends in [
        ([], []),
        (["08:00"], ["07:00"]),
        (["08:00", "08:30"], ["08:45", "09:00"]),
        (["08:00", ""], ["08:45", "09:00"]),
        (["x"], ["y"]),
        (["99:99"], ["08:00"]),
        (["08:00"] * 30, ["08:45"] * 30),
    ]:
        admin = world.signed_in(app, town.admin)
        data = {"whose": "", "name_zh": "作息", "name_en": "Bells", "version": "1", "starts": starts, "ends": ends}
        assert admin.post(f"/admin/periods/{bells.bell_tables()[0].id}", data=data).status_code == 422


# ── opening hours ──


def test_the_keeper_sets_the_hours_of_her_base(town, app):
    client = world.signed_in(app, town.keeper)
    url = f"/bases/{town.base}/hours"
    assert client.post(url, data=week() | {"mark": mark_on(client, url)}).status_code == 303
    session().rollback()
    hours = hours_store.openings([town.base], [])["base", town.base]
    assert len(hours) == 14
    assert entries("opening.change") == 1


def test_hours_that_would_leave_a_booking_outside_show_it_first(town, app):
    booking = town.books(town.li, town.red, town.lathe, 19, 21)
    client = world.signed_in(app, town.keeper)
    url = f"/bases/{town.base}/hours"
    data = week() | {"mark": mark_on(client, url)}
    answer = client.post(url, data=data)
    assert answer.status_code == 409
    assert f"/bookings/{booking}" in answer.text
    session().rollback()
    assert len(hours_store.openings([town.base], [])["base", town.base]) == 7
    assert client.post(url, data=data | {"anyway": "yes"}).status_code == 303
    session().rollback()
    assert len(hours_store.openings([town.base], [])["base", town.base]) == 14


def test_a_labs_own_hours_hold_before_its_bases(town, app):
    booking = town.books(town.li, town.red, town.lathe, 9, 10)
    client = world.signed_in(app, town.keeper)
    url = f"/bases/{town.base}/hours?lab={town.labs[0]}"
    data = week(day1="14:00-18:00") | {"mark": mark_on(client, url), "lab": str(town.labs[0])}
    answer = client.post(f"/bases/{town.base}/hours", data=data)
    assert f"/bookings/{booking}" in answer.text
    assert client.post(f"/bases/{town.base}/hours", data=data | {"anyway": "yes"}).status_code == 303
    session().rollback()
    assert closed_parts(hours_store.openings([], [town.labs[0]])["lab", town.labs[0]], town.span(9, 10))
    # what the base does now is nothing to this lab
    base_url = f"/bases/{town.base}/hours"
    base_week = week(day1="20:00-21:00") | {"mark": mark_on(client, base_url)}
    assert client.post(base_url, data=base_week).status_code == 303


def test_two_people_who_change_hours_at_once_find_out(town, app):
    client = world.signed_in(app, town.keeper)
    url = f"/bases/{town.base}/hours"
    mark = mark_on(client, url)
    assert client.post(url, data=week() | {"mark": mark}).status_code == 303
    assert client.post(url, data=week(day1="09:00-10:00") | {"mark": mark}).status_code == 409


def test_a_copied_day_is_shown_and_nothing_is_kept(town, app):
    client = world.signed_in(app, town.keeper)
    answer = client.post(f"/bases/{town.base}/hours", data=week(day1="07:00-09:00") | {"copy": "weekdays", "mark": ""})
    assert answer.text.count("07:00-09:00") == 5
    assert entries("opening.change") == 0


def test_no_hours_at_all_means_always_open(town, app):
    client = world.signed_in(app, town.keeper)
    url = f"/bases/{town.base}/hours"
    assert client.post(url, data=week() | {"own": "no", "mark": mark_on(client, url)}).status_code == 303
    session().rollback()
    assert hours_store.openings([town.base], []) == {}


def test_badly_written_hours_are_shown_again(town, app):
    for text in ["8-12", "08:00", "25:00-26:00", "12:00-08:00", "08:00-12:00, 11:00-13:00", "x" * 999]:
        client = world.signed_in(app, town.keeper)
        url = f"/bases/{town.base}/hours"
        assert client.post(url, data=week(day1=text) | {"mark": mark_on(client, url)}).status_code == 422


def test_hours_of_all_empty_days_are_asked_about(town, app):
    client = world.signed_in(app, town.keeper)
    data = {f"day{n}": "" for n in range(1, 8)} | {"own": "yes", "mark": ""}
    assert client.post(f"/bases/{town.base}/hours", data=data).status_code == 422


def test_another_members_keeper_finds_nothing_here(town, app):
    other = world.person("k2@x.example", "K2", town.red, "keeper")
    client = world.signed_in(app, other)
    for url in (f"/bases/{town.base}/hours", f"/bases/{town.base}/closures", "/bases/99999/hours"):
        assert client.get(url).status_code == 404
        assert client.post(url, data=week()).status_code == 404


# ── closures ──


def closing_form(town, what, day=0, **changes):
    on = str(town.monday + day * DAY)
    given = {"what": what, "kind": "closure", "first_day": on, "first_time": "00:00", "last_day": on}
    return given | {"last_time": "24:00", "reason": "Holiday"} | changes


def test_a_closure_takes_the_time_and_can_be_lifted(town, app):
    client = world.signed_in(app, town.keeper)
    url = f"/bases/{town.base}/closures"
    assert client.post(url, data=closing_form(town, f"base:{town.base}")).status_code == 303
    with pytest.raises(Refused) as refused:
        town.books(town.li, town.red, town.lathe, 9, 10)
    assert isinstance(refused.value.reasons[0], Overlaps)
    session().rollback()
    (closure,) = closures.closures_of(town.base, datetime.now(UTC))
    assert client.post(f"{url}/{closure.id}/lift").status_code == 303
    assert town.books(town.li, town.red, town.lathe, 9, 10)
    assert (entries("closure.add"), entries("closure.lift")) == (1, 1)
    answer = client.post(f"{url}/{closure.id}/lift", follow_redirects=True)
    assert answer.status_code == 200
    assert entries("closure.lift") == 1


def test_bookings_in_the_way_of_a_closure_are_listed_with_links(town, app):
    booking = town.books(town.li, town.red, town.lathe, 9, 10)
    client = world.signed_in(app, town.keeper)
    for what in (f"base:{town.base}", f"lab:{town.labs[0]}", f"unit:{town.lathe}"):
        answer = client.post(f"/bases/{town.base}/closures", data=closing_form(town, what))
        assert answer.status_code == 409
        assert f"/bookings/{booking}" in answer.text
    assert client.post(f"/bases/{town.base}/closures", data=closing_form(town, f"unit:{town.mill}")).status_code == 303


def test_a_running_closure_keeps_what_has_passed(town):
    keeper = town.actor(town.keeper, town.blue, "keeper")
    start = at_local(town.monday, 0)
    span = Span(start, start + timedelta(days=3))
    closure = transaction(
        lambda: closing.close(keeper, "maintenance", "unit", town.lathe, span, "Gearbox", now=start - DAY)
    )
    now = start + timedelta(hours=30)
    transaction(lambda: lifting.lift(keeper, closure, now=now))
    session().rollback()
    rows = session().execute(
        select(Allocation.starts_at, Allocation.ends_at, Allocation.holds)
        .where(Allocation.closure_id == closure, Allocation.unit_id == town.lathe)
        .order_by(Allocation.starts_at)
    )
    assert [tuple(row) for row in rows] == [
        (start, start + timedelta(hours=24), True),
        (start + timedelta(hours=24), now, True),
    ]
    assert town.books(town.li, town.red, town.lathe, 9, 10, day=1)


def test_only_the_owner_side_lifts(town):
    keeper = town.actor(town.keeper, town.blue, "keeper")
    start = at_local(town.monday, 0)
    closure = transaction(
        lambda: closing.close(keeper, "closure", "lab", town.labs[1], Span(start, start + DAY), "x", now=start - DAY)
    )
    stranger = town.actor(town.li, town.red, "keeper")
    with pytest.raises(Refused) as refused:
        transaction(lambda: lifting.lift(stranger, closure, now=start - DAY))
    assert refused.value.reasons[0].code == "not_allowed"
    with pytest.raises(Refused) as refused:
        transaction(lambda: lifting.lift(keeper, 999_999, now=start - DAY))
    assert refused.value.reasons[0].code == "not_found"


def test_a_badly_written_closure_is_shown_again(town, app):
    for changes in [
        {"what": "base:999"},
        {"what": "x"},
        {"kind": "party"},
        {"reason": ""},
        {"reason": "x" * 201},
        {"first_day": "x"},
        {"first_time": "99:00"},
        {"last_time": ""},
        {"last_day": "2000-01-01"},
        {"last_day": "9999-12-31"},
        {"first_day": "0001-01-01"},
        {"last_day": "2199-12-31"},
    ]:
        client = world.signed_in(app, town.keeper)
        data = closing_form(town, f"base:{town.base}") | changes
        assert client.post(f"/bases/{town.base}/closures", data=data).status_code == 422


def test_while_a_machine_is_closed_its_lab_is_not_to_be_had_whole_and_the_other_machines_are(town):
    keeper = town.actor(town.keeper, town.blue, "keeper")
    start = at_local(town.monday, 0)
    transaction(
        lambda: closing.close(
            keeper, "maintenance", "unit", town.lathe, Span(start, start + DAY), "Gearbox", now=start - DAY
        )
    )
    with pytest.raises(Refused):
        town.books(town.li, town.red, town.rooms[0], 9, 10)
    assert town.books(town.li, town.red, town.mill, 9, 10)


def test_a_machine_is_not_closed_while_its_lab_is_booked_whole(town):
    keeper = town.actor(town.keeper, town.blue, "keeper")
    town.books(town.li, town.red, town.rooms[0], 9, 10)
    start = at_local(town.monday, 0)
    with pytest.raises(Refused) as refused:
        transaction(
            lambda: closing.close(
                keeper, "maintenance", "unit", town.lathe, Span(start, start + DAY), "Gearbox", now=start - DAY
            )
        )
    assert [reason.code for reason in refused.value.reasons] == ["overlaps"]
