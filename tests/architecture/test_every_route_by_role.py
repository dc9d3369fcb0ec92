"""S1: every route, method, office and relation is let in exactly where the permission table says so, and nowhere else.

The table is asked for each combination, then the real application is; what it would have changed is rolled back, so that
every request meets the same city. New routes take part by themselves: the test knows things by the names of their ids.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.consortium.rules.permission import POLICY, may, may_enter
from app.entrypoints import gate
from tests import city as building
from tests.city import City, Somebody
from tests.deeds import DEEDS

pytestmark = [pytest.mark.database("sqlite"), pytest.mark.slow]

SHUT = {401, 403, 404}
REFUSED_ON_THE_PAGE = {303, 409, 422, 428}
"""A form that is refused may be shown again with the reason; then it has changed nothing."""
NOTHING_THERE = 2_000_000_000

OTHER_DEED: dict[str, str | None] = {
    # What a page asks of the thing itself, where that is not what its gate asks. None: nothing more than the gate.
    "web.decide": "booking.approve",
    "web.approve": "booking.approve",  # here the keeper is asked; other parties have deeds of their own
    "web.refuse": "booking.approve",
    "web.propose_time": "booking.approve",
    "api.approve": "booking.approve",
    "api.refuse": "booking.approve",
    "api.propose_other_time": "booking.approve",
    "api.preview": None,
    "api.find": None,
}
"""By endpoint. Each is a decision, and stands here to be read."""


@pytest.fixture
def city(app) -> City:
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a fault is a 500, as people would see it
    with app.app_context():
        return building.found()


@pytest.fixture
def nothing_stays(monkeypatch, city):
    """Every transaction is written to the database and then taken back."""

    def take_back(self: Session) -> None:
        self.flush()
        self.rollback()

    monkeypatch.setattr(Session, "commit", take_back)


def routes(app) -> list[tuple[Any, str, str]]:
    return [(rule, method, deed) for rule, method, deed in gate.declared(app) if rule.endpoint != "static"]


def address(rule: Any, city: City, missing: bool = False) -> str:
    """The route's address with the city's things in it."""
    values: dict[str, Any] = {}
    for name in rule.arguments:
        kind = rule.rule.strip("/").split("/")[0]
        known = city.things | {
            "thing_id": city.things.get({"bases": "base_id", "labs": "lab_id"}.get(kind, "unit_id"), 0)
        }
        values[name] = NOTHING_THERE if missing and name in known else known.get(name, "no-such-secret")
    return rule.build(values, append_unknown=False)[1]


@dataclass(frozen=True)
class Answer:
    """What came back, and how many entries the trail got."""

    status: int
    location: str
    text: str
    entries: int

    @property
    def is_shut(self) -> bool:
        to_sign_in = self.status == 302 and self.location.split("?")[0].endswith("/sign-in")
        return self.status in SHUT or to_sign_in


def asks(app, city: City, who: Somebody | None, path: str, method: str, endpoint: str) -> Answer:
    """One request: a program's with a token, a page's with a cookie; with what changes something where that is known."""
    client = app.test_client()
    how: dict[str, Any] = {"method": method}
    deed = DEEDS.get(endpoint)
    body = deed.filled(city, who or city.bea) if deed and method != "GET" else {}
    if endpoint.startswith("api."):
        if who:
            how["headers"] = {"Authorization": f"Bearer {who.token}"}
        if method != "GET":
            how["json"] = body
    else:
        if who:
            client.set_cookie(gate.COOKIE, who.cookie)
        if method != "GET":
            how["data"] = body
    if deed and deed.query and method != "GET":
        how["query_string"] = deed.query
    with entries_of_the_trail() as entries:
        answer = client.open(path, **how)
        text = answer.get_data().decode("utf-8", "replace")
    return Answer(answer.status_code, answer.headers.get("Location", ""), text, len(entries))


@contextmanager
def entries_of_the_trail():
    """Every entry that is written to the trail inside the block, kept afterwards or not."""
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO trail_entry"):
            written.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield written
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def verdict(answer: Answer, method: str, endpoint: str, expected: bool) -> str:
    """What is wrong with this answer, in a few words; nothing where it is as the table says."""
    if answer.status >= 500:
        return f"a fault, {answer.status}"
    if method == "GET":
        return "" if answer.is_shut != expected else f"{answer.status}, expected {'in' if expected else 'shut'}"
    deed = DEEDS.get(endpoint)
    if not expected:
        if answer.entries:
            return f"did it all the same, {answer.status}"
        return "" if answer.is_shut or answer.status in REFUSED_ON_THE_PAGE else f"{answer.status}, expected shut"
    if answer.is_shut:
        return f"{answer.status}, expected in"
    if deed and answer.entries not in deed.entries:
        return f"{answer.status} left {answer.entries} entries in the trail"
    return ""


def by_token(actor: Any, endpoint: str) -> Any:
    return replace(actor, rights=frozenset({"read", "book", "approve"})) if endpoint.startswith("api.") else actor


def test_every_office_enters_and_does_exactly_what_the_table_lets_it(app, city, nothing_stays):
    """And S5: what is done leaves exactly one entry in the trail, what is refused leaves none."""
    wrong = []
    for rule, method, deed in routes(app):
        if deed == gate.PUBLIC:
            continue
        names = [name for name in rule.arguments if name in city.things or name == "thing_id"]
        asked = OTHER_DEED.get(rule.endpoint, deed)
        for who in city.people:
            actor = by_token(who.actor, rule.endpoint)
            path = address(rule, city)
            answer = asks(app, city, who, path, method, rule.endpoint)
            expected = may_enter(actor, deed)
            if expected and asked and names:
                placements = [city.placement(name, asked, actor) for name in names]
                expected = all(may(actor, asked, each) for each in placements if each is not None)
            if found := verdict(answer, method, rule.endpoint, expected):
                wrong.append(f"{method} {path} ({rule.endpoint}, {asked}) by {who.label}: {found}")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:80])


def test_nobody_enters_what_is_not_public(app, city, nothing_stays):
    wrong = []
    for rule, method, deed in routes(app):
        answer = asks(app, city, None, address(rule, city), method, rule.endpoint)
        if answer.status >= 500 or (deed != gate.PUBLIC and (not answer.is_shut or answer.entries)):
            wrong.append(f"{method} {rule.rule}: {answer.status}")
    assert not wrong


def test_what_is_out_of_sight_looks_exactly_like_what_is_not_there(app, city, nothing_stays):
    """Ids tell nothing: for somebody who may enter but not see the thing, the answer is the missing thing's, to the byte."""
    wrong = []
    for rule, method, deed in routes(app):
        names = [name for name in rule.arguments if name in city.things]
        if method != "GET" or deed == gate.PUBLIC or not deed.endswith(".see") or not names:
            continue
        for label in ("booker of other", "member_admin of other", "learner of guest"):
            who = city.person(label)
            actor = by_token(who.actor, rule.endpoint)
            placements = [city.placement(name, deed, actor) for name in names]
            if not may_enter(actor, deed) or all(may(actor, deed, each) for each in placements if each):
                continue
            hidden, missing = (
                asks(app, city, who, address(rule, city, missing=missing), method, rule.endpoint)
                for missing in (False, True)
            )
            if (hidden.status, _plain(hidden)) != (missing.status, _plain(missing)):
                wrong.append(f"{method} {rule.rule} by {label}: {hidden.status} and {missing.status}")
    assert not wrong


def _plain(answer: Answer) -> str:
    """The body without what differs between any two answers: the form's token and the address itself."""
    text = re.sub(r'(csrf_token"[^>]*value=")[^"]*', r"\1", answer.text)
    return re.sub(r'(name="next" value=")[^"]*', r"\1", text)


def test_every_deed_of_the_table_can_be_done_by_somebody(city):
    undone = [deed for deed in POLICY if not any(may_enter(who.actor, deed) for who in city.people)]
    assert not undone
