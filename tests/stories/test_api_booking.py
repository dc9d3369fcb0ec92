"""A program books for its owner: what it may ask, what it is told, and what becomes of a change."""

from __future__ import annotations

import pytest

from tests.programs import Program, at, small_city, wish


@pytest.fixture
def city(app):
    return small_city(app)


def test_a_program_books_a_machine_and_reads_it_back(city):
    made = city.wang.post("/bookings", wish(city.lathe, headcount=30, note="第一次课"))
    assert made.status == 201
    assert made.body["state"] == "confirmed"
    assert made.body["version"] == 1
    assert made.body["start"] == at(0, "08:00")
    assert made.body["units"] == [{"id": city.lathe, "quantity": 1}]
    assert made.body["acting_for"] == "college"
    read = city.wang.get(made.headers["Location"])
    assert read.status == 200
    assert {**read.body, **made.body} == read.body
    assert read.headers["ETag"] == '"1"'


def test_the_second_to_ask_is_told_which_unit_is_taken_and_when(city):
    city.wang.post("/bookings", wish(city.lathe))
    refused = city.li.post("/bookings", wish(city.lathe, start="09:00", end="10:00"), Accept_Language="en")
    assert refused.status == 409
    [reason] = refused.body["reasons"]
    assert (reason["code"], reason["unit_id"], reason["unit"]) == ("overlaps", city.lathe, "lathe")
    assert (reason["start"], reason["end"]) == (at(0, "08:00"), at(0, "09:40"))
    assert "already taken" in reason["message"]
    assert refused.body["detail"] == reason["message"]
    assert "booking_id" not in reason


def test_a_problem_speaks_chinese_unless_asked_otherwise(city):
    city.wang.post("/bookings", wish(city.lathe))
    assert "已" in city.li.post("/bookings", wish(city.lathe)).body["detail"]


def test_touching_ends_do_not_clash(city):
    assert city.wang.post("/bookings", wish(city.lathe, end="09:40")).status == 201
    assert city.li.post("/bookings", wish(city.lathe, start="09:40", end="11:20")).status == 201


def test_a_whole_lab_and_a_machine_in_it_exclude_each_other(city):
    assert city.wang.post("/bookings", wish(city.lathe)).status == 201
    refused = city.li.post("/bookings", wish(city.room))
    assert refused.status == 409
    assert refused.body["reasons"][0]["unit_id"] == city.room


def test_stations_are_shared_until_they_are_all_taken(city):
    assert city.wang.post("/bookings", wish(city.stations, quantity=15)).status == 201
    refused = city.li.post("/bookings", wish(city.stations, quantity=6))
    assert refused.status == 409
    assert [(r["code"], r["asked"], r["free"]) for r in refused.body["reasons"]] == [("over_capacity", 6, 5)]
    assert city.li.post("/bookings", wish(city.stations, quantity=5)).status == 201


def test_a_machine_with_a_keeper_waits_for_her_yes(city):
    made = city.wang.post("/bookings", wish(city.laser))
    assert made.body["state"] == "waiting"
    assert city.wang.post(f"{made.body['url']}/approve", {"version": 1}).status == 403
    assert city.li.post(f"{made.body['url']}/refuse", {"version": 1, "note": "no"}).status in (403, 404)
    approved = city.keeper.post(f"{made.body['url']}/approve", {"version": 1, "note": "好"})
    assert approved.status == 200
    assert approved.body["state"] == "confirmed"
    assert approved.body["approvals"][0]["state"] == "approved"
    again = city.keeper.post(f"{made.body['url']}/approve", {"version": 1})
    assert again.status == 409
    assert again.body["booking"]["version"] == 2


def test_a_refusal_needs_words(city):
    made = city.wang.post("/bookings", wish(city.laser))
    assert city.keeper.post(f"{made.body['url']}/refuse", {"version": 1}).codes == ["needs_reason", "needs_words"]
    refused = city.keeper.post(
        f"{made.body['url']}/refuse", {"version": 1, "note": "设备检修", "reason": "maintenance"}
    )
    assert refused.body["state"] == "refused"
    assert city.li.post("/bookings", wish(city.laser)).status == 201


def test_moving_takes_the_version_that_was_read(city):
    made = city.wang.post("/bookings", wish(city.lathe))
    url = made.body["url"]
    assert city.wang.patch(url, {"start": at(1, "08:00"), "end": at(1, "09:40")}).status == 428
    moved = city.wang.patch(url, {"start": at(1, "08:00"), "end": at(1, "09:40")}, If_Match='"1"')
    assert moved.status == 200
    assert (moved.body["version"], moved.body["start"]) == (2, at(1, "08:00"))
    stale = city.wang.patch(url, {"title": "新标题", "version": 1})
    assert stale.status == 409
    assert stale.codes == ["changed_meanwhile"]
    assert stale.body["booking"]["start"] == at(1, "08:00")
    assert city.li.post("/bookings", wish(city.lathe)).status == 201


def test_two_versions_that_differ_are_no_version(city):
    made = city.wang.post("/bookings", wish(city.lathe))
    assert city.wang.patch(made.body["url"], {"title": "x", "version": 1}, If_Match='"2"').status == 422
    assert city.wang.patch(made.body["url"], {"title": "x"}, If_Match="one").status == 422
    assert city.wang.patch(made.body["url"], {"version": 1}).status == 422


def test_shortening_says_only_the_new_end(city):
    made = city.wang.post("/bookings", wish(city.lathe))
    shorter = city.wang.patch(made.body["url"], {"version": 1, "end": at(0, "09:00")})
    assert (shorter.body["start"], shorter.body["end"]) == (at(0, "08:00"), at(0, "09:00"))
    assert city.wang.patch(made.body["url"], {"version": 2, "end": at(0, "07:00")}).status == 422


def test_a_move_into_taken_time_changes_nothing(city):
    made = city.wang.post("/bookings", wish(city.lathe))
    city.li.post("/bookings", wish(city.lathe, start="10:00", end="11:00"))
    refused = city.wang.patch(made.body["url"], {"version": 1, "end": at(0, "10:30")})
    assert (refused.status, refused.codes) == (409, ["overlaps"])
    assert city.wang.get(made.body["url"]).body["version"] == 1


def test_cancelling_frees_the_time(city):
    made = city.wang.post("/bookings", wish(city.lathe))
    assert city.wang.delete(made.body["url"]).status == 428
    gone = city.wang.delete(made.body["url"], version=1, note="停课")
    assert (gone.status, gone.body["state"]) == (200, "cancelled")
    assert city.li.post("/bookings", wish(city.lathe)).status == 201
    assert city.wang.delete(made.body["url"], version=2).codes == ["already_over"]


def test_anothers_booking_looks_exactly_like_a_missing_one(city):
    made = city.wang.post("/bookings", wish(city.lathe, title="CANARY"))
    hidden, missing = city.li.get(made.body["url"]), city.li.get("/bookings/2147483647")
    assert (hidden.status, hidden.text) == (404, missing.text)
    hidden = city.li.patch(made.body["url"], {"version": 1, "title": "mine"})
    assert (hidden.status, hidden.text) == (404, missing.text)
    assert city.li.delete(made.body["url"], version=1).text == missing.text
    assert city.li.get("/bookings").body["items"] == []


def test_the_same_key_books_once_and_answers_the_same(city):
    first = city.wang.post("/bookings", wish(city.lathe), Idempotency_Key="k-1")
    again = city.wang.post("/bookings", wish(city.lathe), Idempotency_Key="k-1")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    other = city.wang.post("/bookings", wish(city.lathe, days=3), Idempotency_Key="k-1")
    assert (other.status, other.codes) == (409, ["key_used_otherwise"])
    assert city.keeper.post("/bookings", wish(city.lathe, days=3), Idempotency_Key="k-1").status == 201
    assert len(city.wang.get("/bookings").body["items"]) == 1
    assert city.wang.post("/bookings", wish(city.lathe, days=4), Idempotency_Key="x" * 201).status == 422


def test_a_refused_request_leaves_its_key_free(city):
    city.li.post("/bookings", wish(city.lathe))
    assert city.wang.post("/bookings", wish(city.lathe), Idempotency_Key="k").status == 409
    assert city.wang.post("/bookings", wish(city.lathe, days=1), Idempotency_Key="k").status == 201


def test_booking_for_a_colleague_needs_the_right_to_do_so(city):
    made = city.keeper.post("/bookings", wish(city.lathe, on_behalf_of="wang@x.cn"))
    assert (made.status, made.body["holder"]["name"]) == (201, "王老师")
    assert city.wang.get("/bookings").body["items"][0]["id"] == made.body["id"]
    assert city.wang.post("/bookings", wish(city.lathe, days=1, on_behalf_of=city.people["keeper"])).status == 403
    assert city.keeper.post("/bookings", wish(city.lathe, days=1, on_behalf_of="li@y.cn")).status == 422
    assert city.keeper.post("/bookings", wish(city.lathe, days=1, on_behalf_of=True)).status == 422


def test_one_may_only_act_for_ones_own_member(city):
    refused = city.wang.post("/bookings", wish(city.lathe, acting_for="company"))
    assert (refused.status, refused.codes) == (403, ["not_allowed"])
    assert city.wang.post("/bookings", wish(city.lathe, acting_for="nowhere")).text == refused.text
    assert city.wang.post("/bookings", wish(city.lathe, acting_for="college")).status == 201


def test_whoever_has_two_members_chooses_for_whom_she_books(city, app):
    from tests import world

    with app.app_context():
        person = world.person("both@x.cn", "Both", city.college, "learner")
        second = world.token_for(person)
        from datetime import date

        from app.consortium.tables.people import Appointment

        world._keep(Appointment(person_id=person, member_id=city.company, role="booker", from_on=date(2020, 1, 1)))
    both = Program(app, second)
    assert [side["code"] for side in both.get("/me").body["members"]] == ["college", "company"]
    assert both.post("/bookings", wish(city.lathe)).body["acting_for"] == "company"
    assert both.post("/bookings", wish(city.mill, acting_for="company")).status == 201
    assert both.post("/bookings", wish(city.lathe, days=1, acting_for="college")).status == 403
    assert both.post("/bookings", wish(city.lathe, days=1), Acting_For="college").status == 403
    assert both.post("/bookings", wish(city.lathe, days=1), Acting_For="company").status == 201


def test_what_is_not_shared_is_refused_to_others(city):
    assert city.li.post("/bookings", wish(city.secret)).codes == ["not_shared"]
    assert city.wang.post("/bookings", wish(city.secret)).status == 201


def test_a_preview_tells_everything_at_once_and_keeps_nothing(city):
    free = city.li.post("/bookings/preview", wish(city.laser))
    assert (free.body["free"], free.body["needs_approval"], free.body["nearest"]) == (True, True, [])
    city.wang.post("/bookings", wish(city.lathe))
    taken = city.li.post("/bookings/preview", wish(city.lathe))
    assert taken.body["free"] is False
    assert taken.body["dates"][0]["reasons"][0]["code"] == "overlaps"
    assert taken.body["nearest"]
    choice = taken.body["nearest"][0]
    offered = wish(city.lathe) | choice["dates"][0] | {"units": choice["units"]}
    offered.pop("periods")
    assert city.li.post("/bookings", offered).status == 201
    assert len(city.li.get("/bookings").body["items"]) == 1


def test_my_bookings_come_in_pages_and_can_be_narrowed(city):
    for day in range(5):
        city.wang.post("/bookings", wish(city.lathe, days=day))
    first = city.wang.get("/bookings", limit=2)
    second = city.wang.get("/bookings", limit=2, cursor=first.body["next"])
    third = city.wang.get("/bookings", limit=2, cursor=second.body["next"])
    ids = [each["id"] for page in (first, second, third) for each in page.body["items"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 5
    assert third.body["next"] is None
    narrowed = city.wang.get("/bookings", **{"from": at(1, "00:00"), "to": at(2, "00:00")})
    assert [each["start"] for each in narrowed.body["items"]] == [at(1, "08:00")]
    assert city.wang.get("/bookings", state="waiting").body["items"] == []
    assert len(city.wang.get("/bookings", state="confirmed").body["items"]) == 5


def test_a_keeper_lists_what_is_booked_in_her_bases(city):
    city.li.post("/bookings", wish(city.lathe))
    assert len(city.keeper.get("/bookings", whose="bases").body["items"]) == 1
    assert city.wang.get("/bookings", whose="bases").body["items"] == []
    assert city.keeper.get("/bookings").body["items"] == []


def test_a_token_does_only_what_it_was_given(city, app):
    from tests import world

    with app.app_context():
        reader = Program(app, world.token_for(city.people["wang"], "read"))
        booker = Program(app, world.token_for(city.people["wang"], "book"))
    assert reader.get("/units").status == 200
    assert reader.post("/bookings", wish(city.lathe)).status == 403
    assert booker.post("/bookings", wish(city.lathe)).status == 201
    assert booker.get("/bookings").status == 403
