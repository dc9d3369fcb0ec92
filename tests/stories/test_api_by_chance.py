"""Schemathesis plays every operation with requests made by chance from the OpenAPI document, sensible ones and others.

Nothing may end in a 5xx, every answer must be one that the document describes, and none may take long. Most ids
are exchanged for real ones, so that the requests get past the first look-up.
"""

from __future__ import annotations

import gc
import os
import time
from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.database import transaction
from app.entrypoints import clock
from app.foundation.timespan import monday_of
from app.timetable.rules.bell import BellForm, Period
from app.timetable.store import bells
from app.timetable.tables import Term
from tests import world
from tests.programs import Program, at, small_city, wish

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
LONG = os.environ.get("GONGFANG_LOAD") == "long"
EXAMPLES = 600 if LONG else 10
"""For each operation and each way of making requests."""

SLOWEST_SECONDS = 2.0
MOSTLY = st.sampled_from((True, True, True, False))
MUST_SUCCEED = (
    "post /api/v1/bookings",
    "post /api/v1/bookings/preview",
    "post /api/v1/bookings/together",
    "post /api/v1/series",
    "post /api/v1/feeds",
    "get /api/v1/standbys/{standby_id}",  # one of four people may read it
)
"""Beside all reading: otherwise chance never got past the door, and the test would say little."""

NOT_HERE = ("get /api/v1/displacements/{displacement_id}", "get /api/v1/restrictions/{restriction_id}")
"""Nobody was displaced or restricted in this city, so that there is none to read."""


@pytest.fixture
def city(app):
    """The small city, in the middle of a term: weeks have numbers there."""
    made = small_city(app)
    first = monday_of(clock.today()) - timedelta(days=14)
    with app.app_context():
        world._keep(Term(member_id=None, name_zh="学期", name_en="Term", first_monday=first, weeks=18, version=1))
        periods = tuple(Period(n, 480 + 55 * n, 525 + 55 * n) for n in range(1, 9))
        transaction(lambda: bells.put_bell_table(None, BellForm(None, "作息", "Bells", periods)))
        admin = world.person("admin@x.cn", "管理", world.member("park", "park"), "administrator")
        made.tokens["admin"] = world.token_for(admin)
    made.admin = Program(app, made.tokens["admin"])
    return made


@pytest.fixture
def real(city):
    """Real ids by the name of the parameter or the place in a body."""
    made = [city.wang.post("/bookings", wish(unit)).body for unit in (city.lathe, city.laser, city.stations)]
    feed = city.wang.post("/feeds", {"name": "x", "scope": "unit", "of": city.lathe}).body
    units = [city.lathe, city.mill, city.stations, city.laser, city.room]
    day = at(0, "08:00")[:10]
    waited = {
        "units": [city.lathe],
        "first_day": day,
        "last_day": day,
        "minutes": 600,
        "title": "x",
        "purpose": "visit",
    }
    standby = city.li.post("/standbys", waited).body
    proposal = city.wang.post(f"/bookings/{made[0]['id']}/hand-over", {"version": 1, "to": "li@y.cn"}).body
    filed = {"number": "2026-1", "member": "company", "from_on": clock.today().isoformat()}
    agreement = city.admin.post("/agreements", filed).body
    return {
        "agreement_id": [agreement["id"]],
        "standby_id": [standby["id"]],
        "proposal_id": [proposal["id"]],
        "offer_id": [1],
        "unit_id": units,
        "lab_id": [city.lab],
        "base_id": [city.base],
        "booking_id": [each["id"] for each in made],
        "date_id": [each["dates"][0]["id"] for each in made],
        "feed_id": [feed["id"]],
    }


def _put_real_query(case, data):
    asked = case.query or {}
    if "start" in asked and data.draw(MOSTLY, label="a real window"):
        case.query |= {"start": at(0, "00:00"), "end": at(2, "00:00")}
    if "from" in asked and "to" in asked and data.draw(MOSTLY, label="a real window"):
        case.query |= {"from": at(-7, "00:00"), "to": at(0, "00:00")}
    if data.draw(MOSTLY, label="the first page"):
        case.query.pop("cursor", None) if case.query else None
    if "version" in asked:
        case.query["version"] = data.draw(st.integers(1, 3))
    if "when" in asked and data.draw(MOSTLY, label="real words"):
        case.query = {"when": "第3-10周(双) 周二 3-4节"}


def _put_real(case, real, data):
    for name in list(case.path_parameters or {}):
        if data.draw(MOSTLY, label=f"a real {name}"):
            case.path_parameters[name] = data.draw(st.sampled_from(real.get(name, [1])))
    _put_real_query(case, data)
    if data.draw(MOSTLY, label="no headers of one's own"):
        for name in ("Acting-For", "If-Match"):
            case.headers.pop(name, None)
    if isinstance(case.body, dict) and data.draw(MOSTLY, label="a real body"):
        if isinstance(case.body.get("units"), list) and "first_day" not in case.body:
            units = st.lists(st.sampled_from(real["unit_id"]), min_size=1, max_size=3, unique=True)
            case.body["units"] = [{"id": each, "quantity": 1} for each in data.draw(units)]
        if "version" in case.body:
            case.body["version"] = data.draw(st.integers(1, 3))
        if "start" in case.body and "end" in case.body:
            day = data.draw(st.integers(0, 60))
            case.body |= {"start": at(day, "10:00"), "end": at(day, "11:40")}
        if isinstance(case.body.get("dates"), list) and data.draw(MOSTLY, label="real dates"):
            days = data.draw(st.lists(st.integers(0, 60), min_size=1, max_size=3, unique=True))
            case.body["dates"] = [{"start": at(day, "14:00"), "end": at(day, "15:00")} for day in days]
        for piece in case.body.get("bookings", []) if isinstance(case.body.get("bookings"), list) else []:
            _put_real_piece(piece, real, data)
        if isinstance(case.body.get("first_day"), str):
            days = [at(data.draw(st.integers(0, 3)), "08:00")[:10], at(data.draw(st.integers(4, 9)), "08:00")[:10]]
            case.body |= {
                "first_day": days[0],
                "last_day": days[1],
                "units": [data.draw(st.sampled_from(real["unit_id"]))],
            }
            case.body |= {"since": "08:00", "until": "18:00"}
        case.body |= {name: text for name, text in {"title": "数控", "note": "好"}.items() if name in case.body}
        if "weeks" in case.body or "dates" in case.body or "term" in case.body:
            ways = [("dates",), ("term", "weeks", "weekday", "periods"), ("start", "end")]
            chosen = data.draw(st.sampled_from([ways[0], *ways]), label="one way to say when")
            of_words = ("when", "near", "calendar", "keep_lost")
            for word in (*(word for way in ways if way != chosen for word in way), *of_words):
                case.body.pop(word, None)
        case.body.pop("acting_for", None)
        case.body.pop("on_behalf_of", None)
        case.body.pop("declared", None)


def _put_real_piece(piece, real, data):
    """One of several bookings wanted together."""
    if isinstance(piece, dict):
        days = data.draw(st.lists(st.integers(0, 60), min_size=1, max_size=3, unique=True))
        piece["units"] = [{"id": data.draw(st.sampled_from(real["unit_id"])), "quantity": 1}]
        piece["dates"] = [{"start": at(day, "16:00"), "end": at(day, "17:00")} for day in days]


class Player:
    """Asks one operation after the other, and keeps what was answered and how much work the slowest was."""

    def __init__(self, city, real):
        self.city, self.real = city, real
        self.slowest = (0.0, "")
        self.answered: dict[str, set[int]] = {}

    def play(self, operation, mode):
        needs_luck = f"{operation.method} {operation.path}" in MUST_SUCCEED

        @settings(
            max_examples=EXAMPLES * 9 if needs_luck else EXAMPLES,
            deadline=None,
            database=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        )
        @given(data=st.data())
        def once(data):
            case = data.draw(operation.as_strategy(generation_mode=mode))
            _put_real(case, self.real, data)
            who = data.draw(st.sampled_from(["wang", "keeper", "li", "admin"]))
            began = time.thread_time()
            token = self.city.tokens[who]
            answer = case.call(headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"})
            self.slowest = max(self.slowest, (time.thread_time() - began, f"{operation.method} {operation.path}"))
            self.answered.setdefault(f"{operation.method} {operation.path}", set()).add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        once()


@pytest.mark.slow
@pytest.mark.timeout(3000 if LONG else 900)
def test_no_request_made_by_chance_breaks_anything(city, real):
    operations = [
        found.ok() for found in schemathesis.openapi.from_wsgi("/api/v1/openapi.json", city.app).get_all_operations()
    ]
    player = Player(city, real)
    gc.freeze()  # to tidy up after earlier tests is no request's work
    for operation in operations:
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            player.play(operation, mode)
    assert player.slowest < (SLOWEST_SECONDS,)
    assert len(player.answered) == len(operations)
    wanted = [name for name in player.answered if name.startswith("get") or name in MUST_SUCCEED]
    wanted = [name for name in wanted if name not in NOT_HERE]
    assert {name: player.answered[name] for name in wanted if min(player.answered[name]) >= 300} == {}
