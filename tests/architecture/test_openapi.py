"""The OpenAPI document: valid, complete, and made from the very schemas that judge requests."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from app.entrypoints import gate


@pytest.fixture(scope="module")
def resting(tmp_path_factory):
    """The application, built but not running: no database is touched."""
    from app import create_app

    place = tmp_path_factory.mktemp("resting")
    return create_app({"TESTING": True, "DATABASE_URL": f"sqlite:///{place / 'x.db'}", "INSTANCE_PATH": str(place)})


@pytest.fixture(scope="module")
def document(resting):
    answer = resting.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.get_data())


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield f"{method.upper()} {path}", operation


def test_it_says_what_it_is(document):
    assert document["openapi"].startswith("3.1")
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_every_operation_of_the_api_is_described(resting, document):
    described = {name for name, _ in operations(document)}
    served = {
        f"{method} {rule.rule.replace('<id:', '{').replace('>', '}')}"
        for rule, method, _ in gate.declared(resting)
        if rule.endpoint.startswith("api.")
    }
    assert described == served


def test_every_schema_is_a_schema(document):
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}), name


def test_every_reference_leads_somewhere(document):
    def references(part):
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for inner in part.values():
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    for reference in set(references(document)):
        place = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


def test_every_operation_says_what_it_refuses_with(document):
    for name, operation in operations(document):
        answers = set(operation["responses"])
        assert {"400", "401", "403", "503"} <= answers, name
        assert operation["summary"], name
        if "requestBody" in operation:
            assert {"413", "415", "422"} <= answers, name
        if "{" in name:
            assert "404" in answers, name


def test_every_problem_is_problem_json(document):
    for name, response in document["components"]["responses"].items():
        assert set(response["content"]) == {"application/problem+json"}, name


def test_requests_name_every_field_and_refuse_others(document):
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        for _, operation in operations(document)
        if "requestBody" in operation
    ]
    assert bodies
    for name in bodies:
        assert document["components"]["schemas"][name]["additionalProperties"] is False, name


def test_the_document_is_made_from_the_schemas_that_judge(document):
    """A change of a limit in the schema shows in the document, because it is the same object."""
    from app.booking.rules.request import PURPOSES
    from app.entrypoints.api.shapes.asking import BookingWanted

    described = document["components"]["schemas"]["BookingWanted"]["properties"]
    assert described["purpose"]["enum"] == list(PURPOSES)
    assert set(described) == set(BookingWanted().fields)
    assert described["title"]["maxLength"] == 120
    assert set(document["components"]["schemas"]["BookingWanted"]["required"]) == {
        "units",
        "start",
        "end",
        "purpose",
        "title",
    }


def test_what_a_query_may_say_is_described(document):
    from app.entrypoints.api.shapes import availability as of_availability
    from app.entrypoints.api.shapes import bookings as of_bookings
    from app.entrypoints.api.shapes import catalogue as of_catalogue

    for path, shape in {
        "/api/v1/units": of_catalogue.UnitsWanted,
        "/api/v1/bookings": of_bookings.BookingsWanted,
        "/api/v1/units/{unit_id}/availability": of_availability.WindowWanted,
    }.items():
        described = {each["name"] for each in document["paths"][path]["get"]["parameters"] if each["in"] == "query"}
        assert described == {field.data_key or name for name, field in shape().fields.items()}


def test_headers_that_count_are_described(document):
    def headers(method, path):
        described = document["paths"][f"/api/v1{path}"][method]["parameters"]
        return {each["name"] for each in described if each["in"] == "header"}

    assert headers("post", "/bookings") == {"Acting-For", "Idempotency-Key"}
    assert headers("patch", "/bookings/{booking_id}") == {"Acting-For", "If-Match"}
    assert headers("get", "/units") == {"Acting-For"}


def test_answers_have_all_their_fields_always(document):
    """What an answer may leave out a program must guess; so every field of every answer is there, if only as null."""
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                reference = response["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
                schema = document["components"]["schemas"][reference]
                assert set(schema["required"]) == set(schema["properties"]), f"{name}: {reference}"
