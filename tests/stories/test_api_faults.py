"""Faults for programs: the story of Monday morning, told in JSON."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.entrypoints import clock
from app.foundation.timespan import local
from tests import world
from tests.programs import Program, at, small_city, wish


@pytest.fixture
def city(app):
    found = small_city(app)
    with app.app_context():
        person = world.person("keeper2@x.cn", "管理员", found.college, "keeper", base=found.base)
        found.handy = Program(app, world.token_for(person, "read", "book", "approve"))
    return found


def test_fault_on_monday_morning(city):
    moved, lost, left = (
        city.wang.post("/bookings", wish(city.lathe, start=start, end=end, title=start)).body
        for start, end in (("08:00", "09:40"), ("10:00", "11:00"), ("14:00", "15:00"))
    )
    reported = city.li.post(f"/units/{city.lathe}/faults", {"words": "主轴异响"})
    assert (reported.status, reported.body["state"], reported.body["blocked_until"]) == (201, "reported", None)
    path = f"/faults/{reported.body['id']}"
    assert reported.headers["Location"].endswith(path)
    assert city.li.post(f"{path}/confirm", {"version": 1}).status == 403
    assert city.handy.post(f"{path}/confirm", {}).status == 428
    assert city.handy.post(f"{path}/repair", {"version": 1}).codes == ["not_confirmed"]

    confirmed = city.handy.post(
        f"{path}/confirm", {"version": 1, "expected_until": at(0, "18:00"), "cause": "wear"}, If_Match='"1"'
    )
    assert confirmed.status == 200, confirmed.text
    assert confirmed.body["bookings"] == [moved["id"], lost["id"], left["id"]]
    assert confirmed.body["blocked_until"] == at(0, "18:00")
    assert city.handy.post(f"{path}/confirm", {"version": 1}).codes == ["changed_meanwhile"]

    refused = city.li.post("/bookings", wish(city.lathe, start="16:00", end="17:00"))
    [reason] = refused.body["reasons"]
    assert (refused.status, reason["code"], reason["end"]) == (409, "out_of_order", at(0, "18:00"))
    assert [each["cause"] for each in _taken(city)][-1:] != ["closure"]
    assert "fault" in {each["cause"] for each in _taken(city)}

    there = city.handy.post(f"{path}/bookings/{moved['id']}/move", {"version": moved["version"]})
    assert there.status == 200, there.text
    assert there.body["units"] == [{"id": city.mill, "quantity": 1}]
    assert there.body["start"] == moved["start"]
    assert city.li.post(f"{path}/bookings/{left['id']}/move", {"version": left["version"]}).status == 404
    again = city.handy.post(f"{path}/bookings/{moved['id']}/move", {"version": there.body["version"]})
    assert again.codes == ["not_in_the_way"]
    assert city.handy.delete(f"/bookings/{lost['id']}", version=lost["version"], note="没有别的车床").status == 200
    assert city.handy.get(path).body["bookings"] == [left["id"]]
    assert city.li.get(path).body["bookings"] == []  # who reported it learns nothing of others
    assert city.wang.get(path).status == 404

    repaired = city.handy.post(f"{path}/repair", {"version": 2, "cause": "wear", "words": "换轴承"})
    assert (repaired.body["state"], repaired.body["blocked_until"]) == ("repaired", None)
    assert city.li.post("/bookings", wish(city.lathe, start="16:00", end="17:00")).status == 201
    assert city.handy.post(f"{path}/dismiss", {"version": 3, "words": "没事"}).codes == ["fault_is_over"]

    assert [each["id"] for each in city.handy.get("/faults", state="repaired").body["items"]] == [repaired.body["id"]]
    assert city.wang.get("/faults").body["items"] == []


def _taken(city):
    return city.li.get(f"/units/{city.lathe}/availability", start=at(0, "00:00"), end=at(1, "00:00")).body["taken"]


def test_downtime_is_told_by_cause_and_cut_to_the_window(city):
    now = clock.now().replace(microsecond=0)
    began = now - timedelta(hours=10)
    fault = city.li.post(f"/units/{city.lathe}/faults", {"words": "主轴异响", "began_at": told(began)}).body
    city.handy.post(f"/faults/{fault['id']}/confirm", {"version": 1, "cause": "power"})
    city.handy.post(
        f"/faults/{fault['id']}/repair", {"version": 2, "cause": "power", "ended_at": told(now - timedelta(hours=4))}
    )
    window = {"from": told(now - timedelta(hours=7)), "to": told(now)}
    found = city.handy.get("/downtime", **window).body
    assert (found["hours"], found["causes"]) == (3.0, [{"cause": "power", "hours": 3.0}])
    assert [each["unit_id"] for each in found["units"]] == [city.lathe]
    assert city.li.get("/downtime", **window).status == 403
    assert city.handy.get("/downtime", **{"from": window["to"], "to": window["from"]}).status == 422


def told(moment: datetime) -> str:
    return local(moment).isoformat()
