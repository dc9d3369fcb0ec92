"""Bad input at the consortium's pages: a clear sentence and never a fault, whatever is sent; and headers on every answer."""

from __future__ import annotations

from typing import Any

import pytest

from app.entrypoints import gate
from app.entrypoints.headers import CONTENT_POLICY
from tests import city as building
from tests.city import City

HUGE = "9" * 5_000
NASTY = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "\u202ex",
    "🏭" * 300,
]
NASTY += [
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%00",
    "0",
    "-1",
    "NaN",
    "9999-99-99",
    "0001-01-01",
    "99999-01-01",
    HUGE,
]

pytestmark = pytest.mark.slow


@pytest.fixture
def city(app) -> City:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        return building.found()


@pytest.fixture
def admin(app, city) -> Any:
    client = app.test_client()
    client.set_cookie(gate.COOKIE, city.person("administrator").cookie)
    client.set_cookie("locale", "en")
    return client


LISTS = {
    "/admin/people": ("text", "member", "role", "state", "sort", "page", "format"),
    "/admin/members": ("text", "kind", "standing", "sort", "format"),
    "/admin/appointments": ("member", "role", "base", "standing", "sort", "page", "format"),
    "/admin/trail": ("person", "deed", "kind", "object", "result", "since", "until", "page", "format"),
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_any_words(admin, path):
    for name in LISTS[path]:
        for word in NASTY:
            answer = admin.get(path, query_string={name: word})
            assert answer.status_code in (200, 400), (name, word[:20], answer.status_code)


@pytest.mark.parametrize("number", ["0", "2147483648", HUGE, "abc", "1.5", "-1", "٣"])
def test_an_id_that_cannot_be_is_not_found(admin, number):
    for path in ("/admin/members/", "/admin/people/"):
        assert admin.get(path + number).status_code == 404


FORMS = {
    "/admin/members/new": {
        "code": "N",
        "kind": "company",
        "name_zh": "新",
        "name_en": "New",
        "joined_on": "2026-01-01",
    },
    "/admin/people/new": {
        "name": "New",
        "email": "n@n.cn",
        "phone": "",
        "role": "booker",
        "member": "1",
        "base": "",
        "from_on": "2026-01-01",
        "until_on": "",
        "locale": "zh",
    },
    "/admin/members/1/leave": {"left_on": "2026-01-01", "version": "1"},
    "/account/words": {"name": "N", "phone": "", "locale": "zh", "version": "1"},
    "/account/tokens": {"name": "N", "rights": "read", "expires_on": "2026-01-01"},
    "/account/password": {"old": "x", "password": "y", "again": "z"},
    "/sign-in": {"email": "a@b.cn", "password": "x", "next": "/"},
    "/acting": {"acting": "1", "next": "/"},
    "/language": {"locale": "zh", "next": "/"},
}


@pytest.mark.parametrize("path", FORMS)
def test_a_form_takes_anything_in_any_field(admin, path):
    for name in FORMS[path]:
        for word in NASTY:
            answer = admin.post(path, data=FORMS[path] | {name: word})
            assert answer.status_code < 500, (name, word[:20])
    assert admin.post(path, data=b"\xff\xfe%%%", content_type="application/x-www-form-urlencoded").status_code < 500
    assert admin.post(path, data=b"--x\r\nbroken", content_type="multipart/form-data; boundary=x").status_code < 500
    assert admin.post(path, json={"a": [[[[]]]]}).status_code < 500


def test_a_body_that_is_too_large_is_refused_in_words(app, admin):
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    answer = admin.post("/admin/members/new", data={"code": "x" * 5_000})
    assert answer.status_code == 413
    assert "too large" in answer.get_data(as_text=True)


@pytest.mark.parametrize("cookie", ["", "x", HUGE, "é" * 20, "a" * 43, "\x7f" * 30])
def test_a_cookie_that_is_not_ours_is_nobody(app, city, cookie):
    client, sent = app.test_client(use_cookies=False), {"Cookie": f"{gate.COOKIE}={cookie}"}
    assert client.get("/", headers=sent).status_code == 200
    assert client.get("/account", headers=sent).status_code == 302


@pytest.mark.parametrize("token", ["", "x", HUGE, "a" * 43, "Bearer", "a b c"])
def test_a_token_that_is_not_ours_is_nobody(app, city, token):
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/no-such-page", "/healthz", "/static/css/gongfang.css", "/api/v1/none"]
)
def test_every_answer_carries_strict_headers(app, city, path):
    answer = app.test_client().get(path)
    assert answer.headers["Content-Security-Policy"] == CONTENT_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_personal_pages_are_kept_by_nobody(admin):
    for path in ("/", "/account", "/admin/people", "/account/my-data"):
        assert admin.get(path).headers["Cache-Control"] == "no-store", path


def test_a_foreign_host_name_is_refused(app, city):
    assert app.test_client().get("/", headers={"Host": "evil.example"}).status_code == 400


def test_the_cookie_is_strict(app, city):
    answer = app.test_client().post("/sign-in", data={"email": "booker@guest.example", "password": building.PASSWORD})
    told = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("gongfang="))
    assert "HttpOnly" in told
    assert "SameSite=Lax" in told
