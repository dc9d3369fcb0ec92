"""Programs in the line: they wait, are offered what comes free, answer or not; they hand bookings over and exchange times."""

from __future__ import annotations

import pytest

from app.booking.actions import waiting
from app.booking.rules.waiting import DISPLACED
from app.booking.store import waiting as store
from app.consortium.rules.office import Actor
from app.database import session, transaction
from app.trail.tables import Entry
from tests import world
from tests.programs import Program, at, small_city, wish

SYSTEM = Actor(0, "system", None, ())


@pytest.fixture
def city(app):
    made = small_city(app)
    with app.app_context():
        made.lathe2 = world.unit(made.lab, "lathe 2")
        for name, member in (("zhao", made.college), ("chen", made.company)):
            made.people[name] = world.person(f"{name}@z.cn", name.title(), member, "booker")
            made.tokens[name] = world.token_for(made.people[name])
            setattr(made, name, Program(app, made.tokens[name]))
        admin = world.person("admin@x.cn", "Admin", world.member("park", "park"), "administrator")
        made.admin = Program(app, world.token_for(admin))
    return made


def standby(*units: int, days: int = 0, **more):
    day = at(days, "08:00")[:10]
    return {
        "units": list(units),
        "first_day": day,
        "last_day": day,
        "since": "08:00",
        "until": "09:40",
        "minutes": 100,
        "title": "Waits",
        "purpose": "teaching",
    } | more


def waits(who, *units: int, **more):
    made = who.post("/standbys", standby(*units, **more))
    assert made.status == 201, made.text
    return made.body


def run_out(city, offer_id: int) -> None:
    """The time to answer passes, and the job comes by."""
    with city.app.app_context():
        (offer,) = store.offers(offer_ids=[offer_id])
        assert transaction(lambda: waiting.expire(SYSTEM, offer_id, now=offer.expires_at))


def entries(city) -> int:
    with city.app.app_context():
        return session().query(Entry).count()


# ── the waiting list ──


def test_after_a_cancellation_the_first_is_asked_and_when_she_does_not_answer_the_next(city):
    taken = city.wang.post("/bookings", wish(city.lathe)).body
    first, second = waits(city.zhao, city.lathe), waits(city.li, city.lathe)
    assert (first["state"], first["place"]["number"], second["place"]["number"]) == ("open", 1, 2)
    assert second["place"]["earlier_before"] == 1
    assert city.wang.delete(taken["url"], version=1).status == 200
    held = city.zhao.get(first["url"]).body
    assert held["state"] == "offered"
    assert (held["offer"]["start"], held["offer"]["unit_id"]) == (at(0, "08:00"), city.lathe)
    assert city.li.get(second["url"]).body["offer"] is None
    run_out(city, held["offer"]["id"])
    late = city.zhao.post(f"/offers/{held['offer']['id']}/accept")
    assert (late.status, late.codes) == (409, ["offer_is_over"])
    assert [each["state"] for each in city.zhao.get(first["url"]).body["answered"]] == ["expired"]
    offer = city.li.get(second["url"]).body["offer"]
    mine = city.li.post(f"/offers/{offer['id']}/accept", Idempotency_Key="take-it")
    assert (mine.status, mine.body["state"], mine.body["start"]) == (200, "confirmed", at(0, "08:00"))
    again = city.li.post(f"/offers/{offer['id']}/accept", Idempotency_Key="take-it")
    assert (again.body, again.headers["Idempotency-Replayed"]) == (mine.body, "true")
    assert city.li.get(second["url"]).body["state"] == "served"
    assert city.zhao.get(first["url"]).body["place"]["number"] == 1


def test_letting_it_pass_asks_the_next_at_once(city):
    taken = city.wang.post("/bookings", wish(city.lathe)).body
    first, second = waits(city.zhao, city.lathe), waits(city.li, city.lathe)
    city.wang.delete(taken["url"], version=1)
    offer = city.zhao.get(first["url"]).body["offer"]
    passed = city.zhao.post(f"/offers/{offer['id']}/decline", {"leave": True})
    assert (passed.status, passed.body["state"], passed.body["place"]) == (200, "withdrawn", None)
    assert city.li.get(second["url"]).body["state"] == "offered"


def test_what_can_be_had_now_is_booked_and_not_waited_for(city):
    refused = city.zhao.post("/standbys", standby(city.lathe))
    assert (refused.status, refused.codes) == (409, ["free_now"])


def test_why_it_is_this_place_is_said(city):
    city.wang.post("/bookings", wish(city.lathe))
    first, mine = waits(city.zhao, city.lathe), waits(city.li, city.lathe)
    with city.app.app_context():
        line = store.standbys(standby_ids=[mine["id"]])[0]
        transaction(lambda: store.add(city.people["chen"], city.company, DISPLACED, line.form, line.asked_at))
    place = city.li.get(mine["url"], Accept_Language="en").body["place"]
    assert (place["number"], place["displaced_before"], place["earlier_before"]) == (3, 1, 1)
    assert place["why"]
    assert (
        "next" in city.chen.ask("GET", "/standbys", headers={"Accept-Language": "en"}).body["items"][0]["place"]["why"]
    )
    assert city.zhao.get(first["url"]).body["place"]["number"] == 2


def test_leaving_takes_the_version_that_was_read_and_only_ones_own(city):
    city.wang.post("/bookings", wish(city.lathe))
    mine = waits(city.zhao, city.lathe)
    assert city.li.get(mine["url"]).status == 404
    assert city.li.delete(mine["url"], version=1).status == 404
    assert city.zhao.delete(mine["url"]).status == 428
    assert city.zhao.delete(mine["url"], version=7).codes == ["changed_meanwhile"]
    before = entries(city)
    gone = city.zhao.delete(mine["url"], headers={"If-Match": '"1"'})
    assert (gone.status, gone.body["state"]) == (200, "withdrawn")
    assert entries(city) == before + 1
    assert city.zhao.delete(mine["url"], version=2).codes == ["offer_is_over"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"last_day": "2020-01-01"}, "last_day"),
        ({"since": "25:00"}, "since"),
        ({"since": "09:00", "until": "08:00"}, "until"),
        ({"minutes": 600}, "minutes"),
        ({"weekdays": [9]}, "weekdays.0"),
        ({"units": []}, "units"),
        ({"title": ""}, "title"),
    ],
)
def test_a_standby_that_makes_no_sense_names_the_field(city, more, field):
    refused = city.zhao.post("/standbys", standby(city.lathe) | more)
    assert refused.status == 422
    assert field in [reason.get("field") for reason in refused.body["reasons"]]


def test_asking_twice_with_one_key_waits_once(city):
    city.wang.post("/bookings", wish(city.lathe))
    one, two = (city.zhao.post("/standbys", standby(city.lathe), Idempotency_Key="w1") for _ in range(2))
    assert one.body == two.body
    assert len(city.zhao.get("/standbys").body["items"]) == 1


# ── passing on ──


def proposed(city):
    """Zhao of the college asks Li of the company to exchange their times."""
    hers = city.zhao.post("/bookings", wish(city.lathe, title="Hers")).body
    his = city.li.post("/bookings", wish(city.lathe2, days=1, title="His")).body
    swap = {"version": 1, "date_id": hers["dates"][0]["id"], "unit": city.lathe2, "at": at(1, "08:30")}
    made = city.zhao.post(f"{hers['url']}/swap", swap)
    assert made.status == 201, made.text
    return hers, his, made.body


def test_two_companies_exchange_their_times(city):
    hers, his, mine = proposed(city)
    assert (mine["kind"], mine["state"], mine["is_mine"], mine["booking_id"]) == ("swap", "open", True, hers["id"])
    [theirs] = city.li.get("/proposals").body["items"]
    assert (theirs["is_mine"], theirs["booking_id"]) == (False, his["id"])
    assert (theirs["gives"], theirs["gets"]) == (mine["gets"], mine["gives"])
    assert "Hers" not in city.li.get("/proposals").text
    assert city.zhao.get(hers["url"]).body["start"] == at(0, "08:00")
    done = city.li.post(f"/proposals/{theirs['id']}/accept")
    assert (done.status, done.body["start"]) == (200, at(0, "08:00"))
    after = [who.get(each["url"]).body for who, each in ((city.zhao, hers), (city.li, his))]
    assert [each["start"] for each in after] == [at(1, "08:00"), at(0, "08:00")]
    assert [each["units"][0]["id"] for each in after] == [city.lathe2, city.lathe]
    assert [each["holder"]["id"] for each in after] == [city.people["zhao"], city.people["li"]]
    assert city.zhao.get(mine["url"]).body["state"] == "accepted"


def test_declined_or_taken_back_everything_stays(city):
    hers, _, mine = proposed(city)
    assert city.zhao.post(f"/proposals/{mine['id']}/accept").status == 404
    assert city.chen.get(mine["url"]).status == 404
    no = city.li.post(f"/proposals/{mine['id']}/decline")
    assert (no.status, no.body["state"]) == (200, "declined")
    assert city.li.post(f"/proposals/{mine['id']}/accept").codes == ["proposal_is_over"]
    assert city.zhao.get(hers["url"]).body["start"] == at(0, "08:00")
    swap = {"version": 1, "date_id": hers["dates"][0]["id"], "unit": city.lathe2, "at": at(1, "08:30")}
    again = city.zhao.post(f"{hers['url']}/swap", swap).body
    assert city.li.delete(f"/proposals/{again['id']}").status == 404
    assert city.zhao.delete(f"/proposals/{again['id']}").body["state"] == "withdrawn"


def test_a_booking_is_handed_over_to_somebody_by_mail(city):
    hers = city.zhao.post("/bookings", wish(city.lathe)).body
    for nobody in ("nobody@nowhere.cn", 2_000_000_000):
        refused = city.zhao.post(f"{hers['url']}/hand-over", {"version": 1, "to": nobody})
        assert (refused.status, refused.codes) == (422, ["invalid"])
    assert city.zhao.post(f"{hers['url']}/hand-over", {"to": "li@y.cn"}).status == 428
    made = city.zhao.post(f"{hers['url']}/hand-over", {"version": 1, "to": "Li@y.cn"})
    assert made.status == 201
    [asked] = city.li.get("/proposals").body["items"]
    assert (asked["gets"][0]["start"], asked["gives"], asked["booking_id"]) == (at(0, "08:00"), [], None)
    taken = city.li.post(f"/proposals/{asked['id']}/accept").body
    assert (taken["id"], taken["holder"]["id"], taken["acting_for"]) == (hers["id"], city.people["li"], "company")


def test_a_free_time_is_nothing_to_exchange_for(city):
    hers = city.zhao.post("/bookings", wish(city.lathe)).body
    swap = {"version": 1, "date_id": hers["dates"][0]["id"], "unit": city.lathe2, "at": at(1, "08:30")}
    assert city.zhao.post(f"{hers['url']}/swap", swap).codes == ["nothing_to_swap"]


# ── settings and limits ──


def value(body, name):
    return next(each["value"] for each in body["items"] if each["name"] == name)


def test_an_administrator_changes_what_is_in_force_and_everybody_may_read_it(city):
    read = city.li.get("/settings")
    assert value(read.body, "quota.person_week_hours") == 0
    change = {"values": {"quota.person_week_hours": 3}}
    assert city.li.ask("PATCH", "/settings", body=change | {"mark": read.body["mark"]}).status == 403
    assert city.admin.ask("PATCH", "/settings", body=change).status == 428
    done = city.admin.ask("PATCH", "/settings", body=change, headers={"If-Match": read.headers["ETag"]})
    assert (done.status, value(done.body, "quota.person_week_hours")) == (200, 3)
    stale = city.admin.ask("PATCH", "/settings", body=change | {"mark": read.body["mark"]})
    assert (stale.status, stale.codes) == (409, ["changed_meanwhile"])
    assert city.li.post("/bookings", wish(city.lathe)).status == 201
    over = city.li.post("/bookings", wish(city.lathe, days=1))
    assert "over_quota" in over.codes
    starts = [each["bookings"][0]["dates"][0]["start"] for each in over.body["alternatives"]]
    assert starts
    assert not [each for each in starts if at(0, "00:00") <= each < at(7, "00:00")]


@pytest.mark.parametrize("values", [{"quota.person_week_hours": -1}, {"no.such": 1}, {}, {"limit.lead_hours": "3"}])
def test_numbers_out_of_bounds_change_nothing(city, values):
    mark = city.admin.get("/settings").body["mark"]
    assert city.admin.ask("PATCH", "/settings", body={"mark": mark, "values": values}).status == 422
    assert city.admin.get("/settings").body["mark"] == mark


def test_a_keeper_gives_a_base_and_a_unit_limits_of_their_own(city):
    base, unit = f"/bases/{city.base}/limits", f"/units/{city.lathe}/limits"
    mark = city.keeper.get(base).body["mark"]
    body = {"mark": mark, "values": {"limit.shortest_minutes": 120, "limit.longest_hours": None}}
    assert city.li.ask("PUT", base, body=body).status == 403
    assert city.keeper.ask("PUT", base, body=body).status == 200
    assert value(city.li.get(unit).body, "limit.shortest_minutes") == 120
    assert city.li.post("/bookings", wish(city.lathe)).codes == ["too_short"]
    own = {"mark": city.keeper.get(unit).body["mark"], "values": {"limit.shortest_minutes": 60}}
    done = city.keeper.ask("PUT", unit, body=own).body
    shown = next(each for each in done["items"] if each["name"] == "limit.shortest_minutes")
    assert shown == {"name": "limit.shortest_minutes", "own": 60, "value": 60}
    assert city.li.post("/bookings", wish(city.lathe)).status == 201
    assert city.keeper.ask("PUT", unit, body=own).codes == ["changed_meanwhile"]
    assert city.keeper.get("/units/2000000000/limits").status == 404


def test_a_token_that_only_books_changes_no_numbers(city):
    with city.app.app_context():
        weak = Program(city.app, world.token_for(city.people["keeper"], "read", "book"))
    mark = weak.get(f"/bases/{city.base}/limits").body["mark"]
    assert weak.ask("PUT", f"/bases/{city.base}/limits", body={"mark": mark, "values": {}}).status == 403
