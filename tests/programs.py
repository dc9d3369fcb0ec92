"""Programs that use the API in tests: each has somebody's token and speaks JSON; every answer is held to the document."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from jsonschema_rs import Draft202012Validator

from app.entrypoints import clock
from app.foundation.timespan import at_local, local, monday_of
from tests import world


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Any
    text: str

    @property
    def codes(self) -> list[str]:
        return [reason["code"] for reason in self.body["reasons"]]


@dataclass
class Program:
    """A client of the API with a token. Every answer must be one that the OpenAPI document describes."""

    app: Any
    token: str | None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> Answer:
        return self.ask("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask("POST", path, body=body if body is not None else {}, headers=headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.ask("PATCH", path, body=body, headers=headers)

    def delete(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Answer:
        return self.ask("DELETE", path, query=query, headers=headers)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        raw: bytes | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        given = dict(self.headers) | {name.replace("_", "-"): text for name, text in (headers or {}).items()}
        if self.token is not None:
            given.setdefault("Authorization", f"Bearer {self.token}")
        sent: dict[str, Any] = {"headers": given} | ({"query_string": query} if query else {})
        if raw is not None or body is not None:
            sent |= {"data": raw if raw is not None else json.dumps(body), "content_type": content_type}
        address = path if path.startswith("/api") else f"/api/v1{path}"
        found = self.app.test_client().open(address, method=method, **sent)
        text = found.get_data(as_text=True)
        answer = Answer(found.status_code, json.loads(text) if text else None, found.headers, text)
        conforms(self.app, method, found.request.path, answer)
        return answer


def conforms(app: Any, method: str, path: str, answer: Answer) -> None:
    """The status is one the document names for this operation, and the body has exactly the shape it gives."""
    document = _document(app.extensions["gongfang-openapi"])
    rule = _rule(app, method, path)
    if rule is None:
        assert answer.status in (401, 404, 405), f"{method} {path}: {answer.status}"
        assert answer.headers["Content-Type"] == "application/problem+json"
        return
    operation = document["paths"][rule][method.lower()]
    assert str(answer.status) in operation["responses"], (
        f"{method} {rule} may not answer {answer.status}: {answer.text}"
    )
    response = operation["responses"][str(answer.status)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    [(kind, content)] = response["content"].items()
    assert answer.headers["Content-Type"] == kind
    _validator(app.extensions["gongfang-openapi"], content["schema"]["$ref"]).validate(answer.body)


@cache
def _document(text: str) -> Any:
    return json.loads(text)


@cache
def _validator(text: str, reference: str) -> Draft202012Validator:
    components = _document(text)["components"]
    return Draft202012Validator({"$ref": reference, "components": components}, validate_formats=True)


def _rule(app: Any, method: str, path: str) -> str | None:
    from werkzeug.exceptions import HTTPException

    try:
        rule, _ = app.url_map.bind("localhost").match(path, method=method, return_rule=True)
    except HTTPException:
        return None
    parts = [f"{{{part[1:-1].split(':')[-1]}}}" if part.startswith("<") else part for part in rule.rule.split("/")]
    return "/".join(parts)


def small_city(app: Any) -> SimpleNamespace:
    """A college with a lab (two lathes, twenty stations, one machine that needs approval) and a company beside it."""
    with app.app_context():
        college, company = world.member("college"), world.member("company", "company")
        base = world.training_base("north", college)
        lab = world.lab(base, "L1")
        city = SimpleNamespace(
            app=app,
            college=college,
            company=company,
            base=base,
            lab=lab,
            room=world.room(lab),
            lathe=world.unit(lab, "lathe"),
            mill=world.unit(lab, "mill"),
            stations=world.unit(lab, "stations", "stations", capacity=20),
            laser=world.unit(lab, "laser", needs_approval=True),
            secret=world.unit(lab, "secret", sharing="internal"),
        )
        city.people = {
            "wang": world.person("wang@x.cn", "王老师", college, "booker"),
            "li": world.person("li@y.cn", "Li", company, "booker"),
            "keeper": world.person("keeper@x.cn", "管理员", college, "keeper", "booker"),
            "student": world.person("student@x.cn", "学生", college, "learner"),
        }
        city.tokens = {name: world.token_for(person_id) for name, person_id in city.people.items()}
    for name in city.people:
        setattr(city, name, Program(app, city.tokens[name]))
    city.nobody = Program(app, None)
    return city


def at(days: int, clock_time: str) -> str:
    """A wall-clock time `days` after the Monday of the week after next, in RFC 3339."""
    hour, minute = (int(part) for part in clock_time.split(":"))
    day = monday_of(clock.today()) + timedelta(days=14 + days)
    return local(at_local(day, hour * 60 + minute)).isoformat()


def wish(unit: int, days: int = 0, start: str = "08:00", end: str = "09:40", **more: Any) -> dict[str, Any]:
    """The body of a booking."""
    return {
        "units": [{"id": unit, "quantity": more.pop("quantity", 1)}],
        "start": at(days, start),
        "end": at(days, end),
        "purpose": "teaching",
        "title": "数控实训",
    } | more
