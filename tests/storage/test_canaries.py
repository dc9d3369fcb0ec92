"""S2: what belongs to one organisation is never shown to another: not in pages, JSON, CSV, XLSX, calendars or errors.

Everything private to GUEST carries a canary (see `tests.city`). Everybody opens every address there is, and sends every
form there is; a canary may sing only for those whom the permission table lets see it. New addresses take part by themselves.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy.orm import Session

from app.booking.tables.addresses import Feed
from app.consortium.rules.permission import Placement, may, view_of_booking
from app.entrypoints import gate
from app.foundation.identifiers import secret_hash
from tests import city as building
from tests import world
from tests.city import CANARIES, City, Somebody
from tests.deeds import DEEDS

pytestmark = pytest.mark.slow

SCOPES = ("base", "lab", "unit", "member", "person")


@pytest.fixture
def city(app) -> City:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        return building.found()


def may_hear(city: City, who: Somebody | None) -> set[str]:
    """The canaries that the permission table lets this person see."""
    if who is None:
        return set()
    booking = city.placement("booking_id", "booking.see", who.actor)
    person = city.placement("person_id", "person.see", who.actor)
    assert booking
    assert person
    fields = view_of_booking(who.actor, booking)
    heard = {canary for canary, field in (("title", "title"), ("note", "note"), ("name", "people")) if field in fields}
    if may(who.actor, "person.see", person):
        heard |= {"name", "phone", "email"}
    qualification = city.placement("qualification_id", "qualification.see", who.actor)
    assert qualification
    if may(who.actor, "qualification.see", qualification):
        heard |= {"evidence", "name"}
    restriction = city.placement("restriction_id", "conduct.see", who.actor)
    assert restriction
    if may(who.actor, "conduct.see", restriction):
        heard |= {"name"}
    if who.person_id == city.bea.person_id:
        heard |= set(CANARIES)
    return heard


def songs_in(answer: Any) -> set[str]:
    """The canaries that can be heard in an answer, whatever it is made of."""
    raw = answer.get_data()
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            raw = b"\n".join(book.read(name) for name in book.namelist())
    text = re.sub(r"\r?\n[ \t]", "", raw.decode("utf-8", "replace"))  # calendars fold their lines
    text = " ".join([text, html.unescape(text), unquote(text), *(f"{key}: {value}" for key, value in answer.headers)])
    return {canary for canary, song in CANARIES.items() if song in text}


def queries(city: City, rule: Any) -> list[str]:
    """How an address may be asked: as it is, as a file, wider than usual, on the day of the booking."""
    if rule.arguments or not rule.endpoint.startswith(("web.", "api.")):
        return [""]
    day = (datetime.now(UTC) + timedelta(days=5)).date()
    if rule.endpoint in ("web.grid", "web.find"):
        return [
            "",
            *(f"day={day}&view={view}&base={city.things['base_id']}" for view in ("day", "week", "month", "term")),
            f"day={day}&view=week&axis=clock&base={city.things['base_id']}",
        ]
    if rule.endpoint == "web.timetables":
        things = {name: city.things[f"{name}_id"] for name in ("lab", "unit", "person", "member")}
        asked = [f"{name}={number}" for name, number in things.items()]
        asked += [f"teacher={CANARIES['name']}", f"class={CANARIES['title']}"]
        return ["", *asked, *(f"{each}&format={one}" for each in asked for one in ("csv", "xlsx"))]
    if rule.endpoint == "web.free_now":
        return ["", "kind=any", f"kind=any&text={CANARIES['title']}"]
    if rule.rule in ("/mine", "/api/v1/bookings"):
        return ["", "whose=all&text=canary", "whose=organisation", "whose=bases&format=csv", "whose=all&format=xlsx"]
    if rule.rule.startswith("/admin/"):
        return ["", "format=csv", "format=xlsx", f"person={CANARIES['email']}", "standing=any&text=canary"]
    return [""]


def addresses(app: Any, city: City, method: str) -> list[tuple[str, str]]:
    """Every address with this method, with the city's things in it; and its endpoint."""
    found = []
    for rule, one, _ in gate.declared(app):
        if one != method or rule.endpoint == "static":
            continue
        kind = rule.rule.strip("/").split("/")[0]
        known = city.things | {"thing_id": city.things[{"bases": "base_id", "labs": "lab_id"}.get(kind, "unit_id")]}
        values = {name: known.get(name, "no-such-secret") for name in rule.arguments}
        path = rule.build(values, append_unknown=False)[1]
        asked = queries(city, rule) if method == "GET" else [""]
        found += [(f"{path}?{query}" if query else path, rule.endpoint) for query in asked]
    return found


def opens(app: Any, who: Somebody | None, path: str, endpoint: str, method: str = "GET", body: Any = None) -> Any:
    client = app.test_client()
    how: dict[str, Any] = {"method": method}
    if endpoint.startswith("api."):
        if who:
            how["headers"] = {"Authorization": f"Bearer {who.token}"}
        if body is not None:
            how["json"] = body
    else:
        if who:
            client.set_cookie(gate.COOKIE, who.cookie)
        if body is not None:
            how["data"] = body
    return client.open(path, **how)


LISTENERS = (
    "bea",
    "member_admin of guest",
    "booker of guest",
    "learner of guest",
    "member_admin of home",
    "keeper of home",
    "finance of home",
    "keeper of another base",
    "member_admin of other",
    "keeper of other",
    "booker of other",
    "administrator",
    "council",
    "without an office",
)
"""One of each standing; offices of one standing see alike, which the test of every route shows."""


def test_no_page_sings_to_whom_it_should_not(app, city):
    heard_wrongly = []
    paths = addresses(app, city, "GET")
    for who in (None, *(city.person(label) for label in LISTENERS)):
        allowed = may_hear(city, who)
        for path, endpoint in paths:
            answer = opens(app, who, path, endpoint)
            said = {canary for canary in songs_in(answer) if CANARIES[canary] not in unquote(path)}
            if answer.status_code >= 500 or not said <= allowed:
                label = who.label if who else "nobody"
                heard_wrongly.append(f"{path} for {label} ({answer.status_code}): {sorted(said - allowed)}")
    assert not heard_wrongly, f"{len(heard_wrongly)}:\n" + "\n".join(heard_wrongly[:50])


def test_the_canaries_do_sing(app, city):
    """Where they should be heard they are: otherwise the silence elsewhere would prove nothing."""
    heard: set[str] = set()
    for path, endpoint in addresses(app, city, "GET"):
        heard |= songs_in(opens(app, city.bea, path, endpoint))
    assert heard == set(CANARIES)


def test_no_refusal_sings(app, city, monkeypatch):
    def take_back(self: Session) -> None:
        self.flush()
        self.rollback()

    monkeypatch.setattr(Session, "commit", take_back)
    heard_wrongly = []
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        for path, endpoint in addresses(app, city, method):
            for label in ("booker of other", "member_admin of other", "keeper of another base", "learner of guest"):
                who = city.person(label)
                deed = DEEDS.get(endpoint)
                answer = opens(app, who, path, endpoint, method, deed.filled(city, who) if deed else {})
                said = songs_in(answer) - may_hear(city, who)
                if answer.status_code >= 500 or said:
                    heard_wrongly.append(f"{method} {path} for {label} ({answer.status_code}): {sorted(said)}")
    assert not heard_wrongly, "\n".join(heard_wrongly[:50])


def test_no_calendar_sings_to_whom_it_should_not(app, city):
    heard_wrongly = []
    for label in LISTENERS:
        who = city.person(label)
        if who.member_id is None:
            continue
        allowed = may_hear(city, who) - {"feed", "token", "device"}
        for scope in SCOPES:
            for variant in ("full", "busy"):
                secret = f"{scope}-{variant}-{who.person_id}".ljust(43, "x")
                with app.app_context():
                    world._keep(
                        Feed(
                            person_id=who.person_id,
                            acting_member_id=who.member_id,
                            token_hash=secret_hash(secret),
                            name="mine",
                            scope=scope,
                            scope_id=city.things[f"{scope}_id"],
                            variant=variant,
                            made_at=datetime.now(UTC),
                        )
                    )
                answer = app.test_client().get(f"/feeds/{secret}.ics")
                said = songs_in(answer)
                heard_here = said - (allowed if variant == "full" else set())
                if answer.status_code not in (200, 404) or heard_here:
                    heard_wrongly.append(f"{scope} {variant} for {label} ({answer.status_code}): {sorted(heard_here)}")
    assert not heard_wrongly, "\n".join(heard_wrongly)


def test_a_token_with_fewer_rights_hears_no_more(app, city):
    bookable = replace(city.bea.actor, rights=frozenset({"book"}))
    assert not may(bookable, "booking.see", Placement(holder_ids=frozenset({city.bea.person_id})))
    with app.app_context():
        token = world.token_for(city.bea.person_id, "book")
    answer = app.test_client().get("/api/v1/bookings", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert not songs_in(answer)
