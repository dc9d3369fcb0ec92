"""For programs: coming, giving back, making longer, excusing; credit and restrictions; each refusal with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.entrypoints import clock
from tests import world
from tests.stories.test_conduct import DAY, Watch, booked, judges, sets
from tests.stories.test_credit import three
from tests.stories.workshop import Somebody, Workshop, reading


@pytest.fixture
def watch(monkeypatch) -> Watch:
    found = Watch()
    monkeypatch.setattr(clock, "now", lambda: found.now)
    return found


@pytest.fixture
def workshop(app, watch) -> Workshop:
    made = Workshop(app)
    sets(presence__kept=1, judge__after_hours=1)
    return made


class Program:
    """A program with somebody's token."""

    def __init__(self, workshop: Workshop, who: Somebody) -> None:
        with reading():
            self.token = world.token_for(who.id)
        self.client = world.device(workshop.app, "en")

    def does(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, json=body)
        return answer.status_code, answer.get_json()


def codes(body: Any) -> list[str]:
    return [each["code"] for each in body["reasons"]]


@pytest.fixture
def teacher(workshop: Workshop) -> Program:
    return Program(workshop, workshop.teacher)


@pytest.fixture
def keeper(workshop: Workshop) -> Program:
    return Program(workshop, workshop.keeper)


def test_coming_making_longer_and_giving_back(workshop: Workshop, watch: Watch, teacher: Program, keeper: Program):
    booking, date = booked(workshop.teacher, workshop.lathe)
    place = f"/bookings/{booking}/dates/{date}"
    status, refused = teacher.does("POST", f"{place}/arrive", {})
    assert (status, codes(refused)) == (409, ["not_now"])
    watch.shows("10:05")
    status, seen = teacher.does("POST", f"{place}/arrive", {})
    assert (status, seen["arrived_how"], seen["version"]) == (200, "self", 1)
    assert teacher.does("POST", f"{place}/arrive", {})[0] == 409
    assert teacher.does("POST", f"{place}/extend", {})[0] == 428
    status, kept = teacher.does("POST", f"{place}/extend", {"version": 1})
    assert (status, kept["dates"][0]["end"]) == (200, f"{DAY:%Y-%m-%d}T12:10:00+08:00")
    assert teacher.does("POST", f"{place}/release", {"version": 1})[0] == 409
    watch.shows("11:00")
    status, kept = teacher.does("POST", f"{place}/release", {"version": 2})
    assert (status, kept["dates"][0]["end"]) == (200, f"{DAY:%Y-%m-%d}T11:00:00+08:00")
    status, seen = teacher.does("GET", f"{place}/presence")
    assert (seen["left_how"], seen["booked_until"]) == ("self", f"{DAY:%Y-%m-%d}T12:10:00+08:00")
    assert teacher.does("PUT", f"{place}/presence", {"version": 2, "arrived_at": None, "left_at": None})[0] == 403
    assert Program(workshop, workshop.trainer).does("GET", f"{place}/presence")[0] == 404


def test_a_judgement_is_read_excused_and_counted(workshop: Workshop, watch: Watch, teacher: Program, keeper: Program):
    booking, date = booked(workshop.teacher, workshop.lathe)
    place = f"/bookings/{booking}/dates/{date}"
    watch.shows("11:00")
    times = {"version": 0, "arrived_at": f"{DAY:%Y-%m-%d}T10:20:00+08:00", "left_at": None}
    assert keeper.does("PUT", f"{place}/presence", times | {"arrived_at": f"{DAY:%Y-%m-%d}T12:00:00+08:00"})[0] == 422
    status, seen = keeper.does("PUT", f"{place}/presence", times)
    assert (status, seen["arrived_how"]) == (200, "keeper")
    assert keeper.does("POST", f"{place}/excuse", {"version": 1, "why": "bus"})[0] == 409
    watch.shows("13:00")
    judges(watch)
    status, listed = keeper.does("GET", "/judgements?verdict=late")
    assert [each["presence"]["judgement"]["late_minutes"] for each in listed["items"]] == [20]
    assert teacher.does("GET", "/judgements")[0] == 403
    status, credit = teacher.does("GET", "/credit")
    assert (credit["score"], [each["rule"] for each in credit["events"]]) == (97, ["late"])
    status, seen = keeper.does("POST", f"{place}/excuse", {"version": 1, "why": "bus"})
    assert (status, seen["judgement"]["excused_why"]) == (200, "bus")
    assert teacher.does("GET", "/credit")[1]["score"] == 100


def test_a_restriction_from_proposal_to_answer(workshop: Workshop, watch: Watch, teacher: Program, keeper: Program):
    number = three(workshop, workshop.teacher)
    head = Program(workshop, workshop.somebody("Head", workshop.college, "base_head", base=workshop.base))
    status, found = keeper.does("GET", "/restrictions?state=proposed")
    assert [each["id"] for each in found["items"]] == [number]
    assert teacher.does("GET", f"/restrictions/{number}")[0] == 403
    assert keeper.does("POST", f"/restrictions/{number}/confirm", {"version": 5})[0] == 409
    status, held = keeper.does("POST", f"/restrictions/{number}/confirm", {"version": 1, "days": 7})
    assert (status, held["state"], held["scope"]) == (200, "in_force", "unit")
    status, refused = teacher.does("POST", "/bookings", asking(workshop))
    assert (status, codes(refused)) == (403, ["restricted"])
    status, held = teacher.does("POST", f"/restrictions/{number}/appeal", {"version": 2, "words": "Not so"})
    assert (status, held["appeal"]["words"]) == (200, "Not so")
    said = {"version": 3, "words": "You are right", "lifts": True}
    assert keeper.does("POST", f"/restrictions/{number}/answer", said)[0] == 403
    status, held = head.does("POST", f"/restrictions/{number}/answer", said)
    assert (status, held["state"]) == (200, "lifted")
    assert teacher.does("POST", "/bookings", asking(workshop))[0] == 201


def asking(workshop: Workshop) -> dict[str, Any]:
    start = DAY + timedelta(days=2, hours=9)
    return {
        "units": [{"id": workshop.lathe}],
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "purpose": "teaching",
        "title": "Again",
    }


def test_somebody_is_restricted_by_hand_for_what_one_keeps(workshop: Workshop, keeper: Program):
    said = {"person": workshop.trainer.id, "scope": "base", "scope_id": workshop.base, "days": 7, "why": "Dirt"}
    assert codes(keeper.does("POST", "/restrictions", said)[1]) == ["invalid"]
    booked(workshop.trainer, workshop.lathe)
    assert keeper.does("POST", "/restrictions", said | {"scope": "all", "scope_id": None})[0] == 403
    assert keeper.does("POST", "/restrictions", said | {"scope_id": 999_999})[0] == 422
    assert keeper.does("POST", "/restrictions", said | {"days": 0})[0] == 422
    assert keeper.does("POST", "/restrictions", said | {"person": 999_999})[0] == 422
    status, held = keeper.does("POST", "/restrictions", said)
    assert (status, held["cause"]) == (201, "by_hand")
    status, held = keeper.does("POST", f"/restrictions/{held['id']}/lift", {"version": 1, "why": "Cleaned"})
    assert held["state"] == "lifted"
