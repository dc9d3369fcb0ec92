"""Another bell table: the bookings in its class periods are shown first, then keep their clock times or move, as is chosen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from app.booking.actions import asking, bells
from app.booking.actions.changing import cancel
from app.booking.rules.request import Asked, Want
from app.booking.rules.ringing import BookingsRing, PeriodsGone, RingsOtherwise
from app.booking.rules.series import InPeriods
from app.booking.store import bookings
from app.database import session, transaction
from app.entrypoints.web.calendar.editing import clock_of
from app.foundation.refusal import Refused
from app.foundation.timespan import DAY, at_local, local
from app.outbox.tables import Message
from app.timetable.rules.bell import BellForm, Bells, Period
from app.timetable.store import bells as bell_store
from app.trail.tables import Entry
from tests import world
from tests.storage.town import PERIODS, Town


@pytest.fixture
def town(kept):
    return Town()


@pytest.fixture
def admin(town):
    return town.actor(town.admin, 3, "administrator")


def now():
    return datetime.now(UTC)


def later(minutes, after=4, until=None):
    """The town's class periods, those behind `after` so many minutes later; cut off behind `until`."""
    moved = [
        (start + minutes, end + minutes) if n > after else (start, end) for n, (start, end) in enumerate(PERIODS, 1)
    ]
    return tuple(Period(n, start, end) for n, (start, end) in enumerate(moved[:until], 1))


def the_table():
    session().rollback()
    return bell_store.bell_tables()[0]


def books_in_periods(town, label, unit=None, days=(0,), who=None, member=None):
    """A booking in class periods on these days of the town's week."""
    rings = Bells((the_table().form,))
    slots = tuple(InPeriods(rings, label).on(town.monday + n * DAY) for n in days)
    assert all(slots)
    person, of = who or town.li, member or town.red
    asked = Asked((Want(unit or town.lathe, 1),), slots, "teaching", label, of, person)
    town.count += 1
    key = f"p{town.count}"
    return transaction(lambda: asking.request(town.actor(person, of), asked, now=now(), uid=key)).booking_id


def times(booking_id):
    """`14:00-15:40` for each date."""
    session().rollback()
    kept = bookings.find(booking_id)
    return [f"{local(each.span.start):%H:%M}-{local(each.span.end):%H:%M}" for each in kept.dates]


def changes_the_table(actor, periods, then=""):
    table = the_table()
    form = BellForm(table.form.member_id, "x", "x", periods)
    return transaction(lambda: bells.set_bell_table(actor, table.id, table.version, form, then=then, now=now()))


def entries(deed):
    session().rollback()
    return session().scalar(select(func.count()).select_from(Entry).where(Entry.deed == deed))


# ── shown first ──


def test_nothing_is_changed_before_somebody_chose(town, admin):
    booking = books_in_periods(town, "5-6", days=(0, 1, 2))
    with pytest.raises(Refused) as refused:
        changes_the_table(admin, later(30))
    count, *shown = refused.value.reasons
    assert count == BookingsRing(3, 1)
    assert all(isinstance(each, RingsOtherwise) and each.booking_id == booking for each in shown)
    assert [f"{local(each.new_start):%H:%M}" for each in shown] == ["14:30"] * 3
    assert times(booking) == ["14:00-15:40"] * 3
    assert the_table().form.periods == later(0)
    assert entries("calendar.change") == 0


def test_only_bookings_that_would_ring_otherwise_are_asked_about(town, admin):
    books_in_periods(town, "1-2")  # the morning stays
    town.books(town.li, town.red, town.mill, 14, 16)  # by the clock
    gone = books_in_periods(town, "5-6", town.mill, days=(1,))
    li = town.actor(town.li, town.red)
    transaction(lambda: cancel(li, gone, 1, now=now()))
    outcome = changes_the_table(admin, later(30))
    assert (outcome.kept, outcome.moved, outcome.stayed) == (0, 0, [])


def test_the_first_fifty_are_shown_and_all_are_counted(town, admin):
    for unit in (town.lathe, town.mill):
        books_in_periods(town, "5-6", unit, days=range(30))
    with pytest.raises(Refused) as refused:
        changes_the_table(admin, later(30))
    count, *shown = refused.value.reasons
    assert (count.dates, count.bookings, len(shown)) == (60, 2, 50)


def test_a_new_name_alone_touches_nothing(town, admin):
    books_in_periods(town, "5-6")
    table = the_table()
    form = BellForm(None, "新名", "New name", table.form.periods)
    assert not transaction(
        lambda: bells.set_bell_table(admin, table.id, table.version, form, then="", now=now())
    ).stayed
    assert the_table().form.name_en == "New name"


# ── kept ──


def test_bookings_may_keep_their_clock_times(town, admin):
    booking = books_in_periods(town, "5-6")
    assert changes_the_table(admin, later(30), "keep").kept == 1
    assert times(booking) == ["14:00-15:40"]
    session().rollback()
    assert bookings.find(booking).dates[0].periods == "5-6"
    assert entries("calendar.change") == 1


# ── moved ──


def test_bookings_may_move_to_the_new_times_and_their_holders_are_told(town, admin):
    booking = books_in_periods(town, "5-6", days=(0, 2))
    outcome = changes_the_table(admin, later(30), "move")
    assert (outcome.moved, outcome.stayed) == (2, [])
    assert times(booking) == ["14:30-16:10"] * 2
    assert (entries("calendar.change"), entries("booking.change")) == (1, 1)
    told = (
        select(func.count())
        .select_from(Message)
        .where(Message.person_id == town.li, Message.template == "booking/changed")
    )
    assert session().scalar(told) == 1


def test_bookings_side_by_side_make_room_for_one_another(town, admin):
    """14:00–15:40 moves to 14:30–16:10 where 16:00–17:40 stands, which itself moves on; and back again."""
    first, second = books_in_periods(town, "5-6"), books_in_periods(town, "7-8", who=town.wang, member=town.blue)
    assert changes_the_table(admin, later(30), "move").moved == 2
    assert (times(first), times(second)) == (["14:30-16:10"], ["16:30-18:10"])
    assert changes_the_table(admin, later(0), "move").moved == 2
    assert (times(first), times(second)) == (["14:00-15:40"], ["16:00-17:40"])


def test_what_is_in_the_way_stays_and_is_listed_with_the_reason(town, admin):
    booking = books_in_periods(town, "7-8", days=(0, 1))
    town.books(town.wang, town.blue, town.lathe, 18, 20)
    outcome = changes_the_table(admin, later(30), "move")
    [(stayed, reasons)] = outcome.stayed
    assert (outcome.moved, stayed.booking_id, [each.code for each in reasons]) == (1, booking, ["overlaps"])
    assert times(booking) == ["16:00-17:40", "16:30-18:10"]


def test_what_would_lie_outside_the_opening_hours_stays(town, admin):
    booking = books_in_periods(town, "7-8")
    outcome = changes_the_table(admin, later(300), "move")
    [(_, reasons)] = outcome.stayed
    assert [each.code for each in reasons] == ["closed_then"]
    assert times(booking) == ["16:00-17:40"]


def test_periods_that_do_not_ring_any_more_leave_their_bookings_where_they_are(town, admin):
    booking = books_in_periods(town, "7-8")
    [(stayed, reasons)] = changes_the_table(admin, later(0, until=6), "move").stayed
    assert (stayed.new_start, reasons) == (None, (PeriodsGone("7-8"),))
    assert times(booking) == ["16:00-17:40"]


def test_what_has_begun_or_is_over_is_not_touched(town, admin):
    booking = books_in_periods(town, "5-6")
    moment = at_local(town.monday, 14 * 60 + 5)
    table = the_table()
    form = BellForm(None, "x", "x", later(30))
    outcome = transaction(lambda: bells.set_bell_table(admin, table.id, table.version, form, then="", now=moment))
    assert outcome.moved == 0
    assert times(booking) == ["14:00-15:40"]


def test_who_may_set_the_bells_but_not_change_a_booking_leaves_it_where_it_is(town):
    """Red's administrator rings at Blue's base, which goes by Red's calendar; Blue's own booking there is not hers."""
    boss = town.actor(world.person("boss@x.example", "Boss", town.red, "member_admin"), town.red, "member_admin")
    there = world.training_base("B2", town.blue, calendar_member_id=town.red)
    lathe = world.unit(world.lab(there, "L9"), "lathe")
    theirs = books_in_periods(town, "5-6", lathe, who=town.wang, member=town.blue)
    ours = books_in_periods(town, "5-6", lathe, days=(1,))
    elsewhere = books_in_periods(town, "5-6")
    form = BellForm(town.red, "红", "Red", later(30))
    outcome = transaction(lambda: bells.set_bell_table(boss, None, 0, form, then="move", now=now()))
    assert (times(ours), times(theirs), times(elsewhere)) == (["14:30-16:10"], ["14:00-15:40"], ["14:00-15:40"])
    [(_, reasons)] = outcome.stayed
    assert reasons[0].code in ("not_found", "not_allowed")


# ── by season, campus and learners ──


def test_a_summer_table_touches_its_own_days_only(town, admin):
    early, late = books_in_periods(town, "5-6"), books_in_periods(town, "5-6", town.mill, days=(8,))
    form = BellForm(None, "夏", "Summer", later(30), from_on=town.monday + 7 * DAY)
    outcome = transaction(lambda: bells.set_bell_table(admin, None, 0, form, then="move", now=now()))
    assert outcome.moved == 1
    assert (times(early), times(late)) == (["14:00-15:40"], ["14:30-16:10"])
    back = transaction(lambda: bells.remove_bell_table(admin, outcome.table_id, 1, then="move", now=now()))
    assert back.moved == 1
    assert times(late) == ["14:00-15:40"]


def test_a_campus_goes_over_to_summer_alone(town, admin):
    east = world.training_base("B2", town.blue, campus="东校区")
    lathe = world.unit(world.lab(east, "L9"), "lathe")
    there, here = books_in_periods(town, "5-6", lathe), books_in_periods(town, "5-6")
    form = BellForm(town.blue, "东", "East", later(60), campus="东校区")
    assert transaction(lambda: bells.set_bell_table(admin, None, 0, form, then="move", now=now())).moved == 1
    assert (times(there), times(here)) == (["15:00-16:40"], ["14:00-15:40"])


def test_a_table_for_some_learners_leaves_peoples_bookings_alone(town, admin):
    booking = books_in_periods(town, "5-6")
    form = BellForm(None, "专科", "Diploma", later(60), learners="专科")
    assert transaction(lambda: bells.set_bell_table(admin, None, 0, form, then="", now=now())).moved == 0
    assert times(booking) == ["14:00-15:40"]


def test_a_strange_choice_is_refused(town, admin):
    books_in_periods(town, "5-6")
    with pytest.raises(Refused) as refused:
        changes_the_table(admin, later(30), "perhaps")
    assert [each.code for each in refused.value.reasons] == ["invalid"]


# ── on the page ──


def sheet(table, minutes=0, **more):
    times_of = [(clock_of(each.start_minute), clock_of(each.end_minute)) for each in later(minutes)]
    given = {"whose": "", "name_zh": "作息", "name_en": "Bells", "version": str(table.version)}
    return given | {"starts": [start for start, _ in times_of], "ends": [end for _, end in times_of]} | more


def test_the_page_shows_the_bookings_first_and_does_as_is_chosen(town, app):
    booking = books_in_periods(town, "5-6")
    client = world.signed_in(app, town.admin, locale="en")
    table = the_table()
    url = f"/admin/periods/{table.id}"
    asked = client.post(url, data=sheet(table, 30))
    assert asked.status_code == 409
    assert f"/bookings/{booking}" in asked.text
    assert "would ring 14:30–16:10" in asked.text
    assert times(booking) == ["14:00-15:40"]
    assert client.post(url, data=sheet(table, 30, then="move")).status_code == 303
    assert times(booking) == ["14:30-16:10"]


def test_the_page_lists_what_could_not_move(town, app):
    booking = books_in_periods(town, "7-8")
    town.books(town.wang, town.blue, town.lathe, 18, 20)
    client = world.signed_in(app, town.admin, locale="en")
    table = the_table()
    answer = client.post(f"/admin/periods/{table.id}", data=sheet(table, 30, then="move"))
    assert answer.status_code == 200
    assert f"/bookings/{booking}" in answer.text
    assert "is already taken" in answer.text


def test_removing_a_table_asks_first_too(town, app):
    booking = books_in_periods(town, "5-6")
    client = world.signed_in(app, town.admin, locale="en")
    table = the_table()
    url = f"/admin/periods/{table.id}/remove"
    asked = client.post(url, data={"version": table.version})
    assert asked.status_code == 409
    assert f"/bookings/{booking}" in asked.text
    assert client.post(url, data={"version": table.version, "then": "keep"}).status_code == 303
    session().rollback()
    assert bell_store.bell_tables() == []
    assert times(booking) == ["14:00-15:40"]


def test_a_table_is_copied_for_the_next_season(town, app):
    client = world.signed_in(app, town.admin)
    summer = sheet(the_table(), 30, from_on="2031-05-01", last_on="2031-09-30", name_zh="夏季")
    assert client.post("/admin/periods/new", data=summer).status_code == 303
    session().rollback()
    [kept] = [each for each in bell_store.bell_tables() if each.form.name_zh == "夏季"]
    assert (str(kept.form.from_on), str(kept.form.until_on)) == ("2031-05-01", "2031-10-01")
    copy = client.get(f"/admin/periods/new?copy={kept.id}").text
    assert 'value="2031-10-01"' in copy
    assert 'value="14:30"' in copy
    assert 'value="2031-09-30"' in client.get(f"/admin/periods/{kept.id}").text
    rival = client.post("/admin/periods/new", data=summer | {"from_on": "2031-09-30", "last_on": ""})
    assert rival.status_code == 409
    assert "夏季" in rival.text
    assert "夏季" in client.get("/admin/periods").text


def test_many_bookings_move_in_short_transactions_one_after_another(town, app, monkeypatch):
    monkeypatch.setattr(bells, "AT_ONCE", 1)
    made = [books_in_periods(town, label, unit) for unit in (town.lathe, town.mill) for label in ("5-6", "7-8")]
    client = world.signed_in(app, town.admin, locale="en")
    table = the_table()
    assert client.post(f"/admin/periods/{table.id}", data=sheet(table, 30, then="move")).status_code == 303
    assert "4 dates were moved" in client.get("/admin/periods").text
    assert [times(each) for each in made] == [["14:30-16:10"], ["16:30-18:10"]] * 2


def test_what_one_press_does_not_reach_takes_another(town, app, monkeypatch):
    monkeypatch.setattr(bells, "AT_ONCE", 1)
    monkeypatch.setattr("app.entrypoints.web.calendar.bells.MOST_ROUNDS", 1)
    made = [books_in_periods(town, "5-6", days=(n,)) for n in range(4)]
    client = world.signed_in(app, town.admin, locale="en")
    table = the_table()
    answer = client.post(f"/admin/periods/{table.id}", data=sheet(table, 30, then="move"))
    assert answer.status_code == 200
    assert "2 dates were not reached yet" in answer.text
    assert sorted(times(each)[0] for each in made) == ["14:00-15:40"] * 2 + ["14:30-16:10"] * 2
    monkeypatch.setattr("app.entrypoints.web.calendar.bells.MOST_ROUNDS", 15)
    assert client.post("/admin/periods/follow", data={"whose": ""}).status_code == 303
    assert [times(each) for each in made] == [["14:30-16:10"]] * 4
    assert "Every coming date" in client.post("/admin/periods/follow", data={"whose": ""}, follow_redirects=True).text


def test_nobody_moves_bookings_by_somebody_elses_bells(town, app):
    boss = world.signed_in(app, world.person("boss@x.example", "Boss", town.red, "member_admin"))
    assert boss.post("/admin/periods/follow", data={"whose": str(town.blue)}).status_code == 403
    assert boss.post("/admin/periods/follow", data={"whose": ""}).status_code == 403
    assert boss.post("/admin/periods/follow", data={"whose": str(town.red)}).status_code == 303
