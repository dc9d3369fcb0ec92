"""From invitation to password to signing in; and S4: what takes rights away takes them at once, from every copy too."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.consortium.actions import members as member_actions
from app.consortium.actions import people as people_actions
from app.consortium.rules.membership import OfficeForm, PersonForm
from app.consortium.tables.people import Appointment, Attempt, Member, Person, SignIn
from app.database import session, transaction
from app.foundation.refusal import Refused
from app.trail import actions as trail
from app.trail.tables import Entry
from tests import city as building
from tests import world
from tests.city import PASSWORD, City

DAY = datetime(2026, 1, 1, tzinfo=UTC).date()


@pytest.fixture
def city(app) -> City:
    with app.app_context():
        return building.found()


def link_on(page: Any) -> str:
    found = re.search(r'value="http://localhost(/invitation/[^"]+)"', page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)[-1500:]
    return found[1]


def invites(client: Any, city: City, email: str = "new@guest.example", role: str = "booker") -> str:
    """The administrator of GUEST invites somebody; the link she gets to hand over."""
    values = {
        "name": "Wu Lan",
        "email": email,
        "role": role,
        "member": city.guest,
        "from_on": "2026-01-01",
        "locale": "zh",
    }
    return link_on(client.post("/admin/people/new", data=values))


def signs_in(app: Any, email: str, password: str, **how: Any) -> tuple[Any, Any]:
    client = app.test_client()
    return client, client.post("/sign-in", data={"email": email, "password": password}, **how)


def comes_in(app: Any, email: str, password: str = PASSWORD) -> Any:
    client, answer = signs_in(app, email, password)
    assert answer.status_code == 302, answer.get_data(as_text=True)[-800:]
    return client


def is_in(client: Any) -> bool:
    return bool(client.get("/account").status_code == 200)


def copy_of(app: Any, client: Any) -> Any:
    """Somebody who has copied the cookie."""
    thief = app.test_client()
    thief.set_cookie("gongfang", client.get_cookie("gongfang").value)
    return thief


# ── invited ──


def test_an_invited_person_sets_a_password_and_signs_in(app, city):
    admin = world_client(app, city, "member_admin of guest")
    link = invites(admin, city)
    client = app.test_client()
    assert "Wu Lan" in client.get(link).get_data(as_text=True)
    answer = client.post(link, data={"password": "nine tall chimneys", "again": "nine tall chimneys"})
    assert answer.headers["Location"] == "/sign-in"
    newcomer = comes_in(app, "NEW@guest.example ", "nine tall chimneys")
    assert "Wu Lan" in newcomer.get("/").get_data(as_text=True)


def world_client(app: Any, city: City, label: str) -> Any:
    client = app.test_client()
    client.set_cookie("gongfang", city.person(label).cookie)
    return client


def test_a_link_works_once(app, city):
    link = invites(world_client(app, city, "member_admin of guest"), city)
    client = app.test_client()
    values = {"password": "nine tall chimneys", "again": "nine tall chimneys"}
    assert client.post(link, data=values).status_code == 302
    assert client.get(link).status_code == 404
    assert client.post(link, data=values).status_code == 404
    with app.app_context():
        deeds = session().scalars(select(Entry.deed).where(Entry.deed == "password.set_by_link")).all()
    assert len(deeds) == 1


def test_a_new_link_spends_the_old_one(app, city):
    admin = world_client(app, city, "member_admin of guest")
    first = invites(admin, city)
    with app.app_context():
        person_id = session().scalar(select(Person.id).where(Person.email == "new@guest.example"))
    second = link_on(admin.post(f"/admin/people/{person_id}/link"))
    assert app.test_client().get(first).status_code == 404
    assert app.test_client().get(second).status_code == 200


@pytest.mark.parametrize("password", ["short", "password123", "new@guest.example", "Wu Lan 1"])
def test_a_poor_password_is_refused_and_the_link_stays_good(app, city, password):
    link = invites(world_client(app, city, "member_admin of guest"), city)
    client = app.test_client()
    assert client.post(link, data={"password": password, "again": password}).status_code == 422
    assert client.post(link, data={"password": "nine tall chimneys", "again": "ten"}).status_code == 422
    assert client.get(link).status_code == 200


def test_whoever_is_here_already_gets_the_office_and_no_link(app, city):
    admin = world_client(app, city, "member_admin of guest")
    values = {
        "name": "X",
        "email": "booker@other.example",
        "role": "booker",
        "member": city.guest,
        "from_on": "2026-01-01",
    }
    answer = admin.post("/admin/people/new", data=values | {"locale": "zh"})
    assert answer.status_code == 302
    person_id = city.person("booker of other").person_id
    with app.app_context():
        held = session().scalars(select(Appointment.member_id).where(Appointment.person_id == person_id)).all()
    assert sorted(held) == sorted([city.other, city.guest])


# ── nobody makes herself a way up ──


def test_a_member_s_administrator_gives_no_office_of_the_whole_consortium(app, city):
    admin = world_client(app, city, "member_admin of guest")
    values = {
        "name": "X",
        "email": "x@guest.example",
        "role": "administrator",
        "member": city.guest,
        "from_on": "2026-01-01",
    }
    assert admin.post("/admin/people/new", data=values | {"locale": "zh"}).status_code in (403, 422)
    who, now = city.person("member_admin of guest").actor, datetime.now(UTC)
    office = OfficeForm("administrator", city.guest, None, DAY, None)
    new = PersonForm("x@nowhere.example", "X")
    with app.app_context(), pytest.raises(Refused):
        transaction(lambda: people_actions.invite(who, new, office, link="l" * 43, locale="zh", now=now))


def test_a_member_s_administrator_makes_no_link_for_somebody_with_an_office_elsewhere(app, city):
    """Otherwise she could set that person's password and come in with the other office."""
    person_id = city.person("booker of guest").person_id
    admin = world_client(app, city, "member_admin of guest")
    assert admin.post(f"/admin/people/{person_id}/link").status_code == 200
    with app.app_context():
        transaction(
            lambda: (
                session().add(Appointment(person_id=person_id, member_id=city.home, role="keeper", from_on=DAY))
                or session().flush()
            )
        )
    assert admin.post(f"/admin/people/{person_id}/link").status_code == 403


def test_nobody_closes_herself_or_ends_her_own_office(app, city):
    who = city.person("administrator")
    client = world_client(app, city, "administrator")
    assert client.post(f"/admin/people/{who.person_id}/disable").status_code == 403
    with app.app_context():
        office = session().scalar(select(Appointment.id).where(Appointment.person_id == who.person_id))
    assert client.post(f"/admin/appointments/{office}/end").status_code == 403
    assert is_in(client)


# ── at the door ──


def test_a_wrong_name_and_a_wrong_password_look_the_same(app, city):
    _, wrong_password = signs_in(app, city_email(), "not this one")
    _, wrong_name = signs_in(app, "nobody@guest.example", "not this one")
    assert wrong_password.status_code == wrong_name.status_code == 422

    def plain(answer: Any) -> str:
        return re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))

    assert plain(wrong_password) == plain(wrong_name)


def city_email() -> str:
    return building.CANARIES["email"]


def test_five_wrong_passwords_close_the_door_even_to_the_right_one(app, city):
    for _ in range(5):
        assert signs_in(app, city_email(), "not this one")[1].status_code == 422
    answer = signs_in(app, city_email(), PASSWORD)[1]
    assert answer.status_code == 429
    comes_in(app, "booker@guest.example")  # others come in as before, also from the same address
    with app.app_context():
        past = datetime.now(UTC) - timedelta(seconds=1)
        transaction(lambda: session().execute(update(Attempt).values(locked_until=past)))
    comes_in(app, city_email())


def test_every_try_leaves_one_entry(app, city):
    def entries() -> list[tuple[str, str]]:
        with app.app_context():
            rows = session().execute(select(Entry.deed, Entry.result).order_by(Entry.id))
            return [(deed, result) for deed, result in rows if deed in ("sign_in", "sign_out")]

    before = len(entries())
    for _ in range(5):
        signs_in(app, city_email(), "not this one")
    signs_in(app, city_email(), PASSWORD)
    client = comes_in(app, "booker@guest.example")
    client.post("/sign-out")
    told = entries()[before:]
    assert told == [("sign_in", "failed")] * 5 + [("sign_in", "locked"), ("sign_in", "done"), ("sign_out", "done")]
    with app.app_context():
        assert trail.verify() == []


def test_an_address_to_go_on_to_is_one_of_ours(app, city):
    for wanted, expected in (
        ("/account", "/account"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/no-such-page", "/"),
        ("javascript:alert(1)", "/"),
    ):
        client = app.test_client()
        values = {"email": "booker@guest.example", "password": PASSWORD, "next": wanted}
        assert client.post("/sign-in", data=values).headers["Location"] == expected


def test_a_form_without_its_token_is_refused(app, city):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = world_client(app, city, "administrator").post("/admin/members/new", data={"code": "X"})
    assert answer.status_code == 400
    app.config["WTF_CSRF_ENABLED"] = False


def test_a_device_left_alone_is_signed_out(app, city):
    client = comes_in(app, "booker@guest.example")
    idle = timedelta(minutes=app.config["SESSION_IDLE_MINUTES"])
    with app.app_context():
        transaction(lambda: session().execute(update(SignIn).values(seen_at=datetime.now(UTC) - idle)))
    assert not is_in(client)


def test_reading_notes_a_device_at_most_once_a_minute(app, city):
    client = comes_in(app, "booker@guest.example")
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    with app.app_context():
        transaction(lambda: session().execute(update(SignIn).values(seen_at=long_ago)))
    client.get("/account")

    def seen() -> datetime:
        with app.app_context():
            found = session().scalar(select(SignIn.seen_at).order_by(SignIn.seen_at.desc()).limit(1))
            assert found
            return found

    first = seen()
    assert first > long_ago
    client.get("/account")
    assert seen() == first


# ── S4 ──


def test_signing_out_ends_copied_cookies_too(app, city):
    client = comes_in(app, "booker@guest.example")
    thief = copy_of(app, client)
    assert is_in(thief)
    client.post("/sign-out")
    assert not is_in(thief)


def test_one_device_or_all_others_can_be_signed_out(app, city):
    here, there, third = (comes_in(app, "booker@guest.example") for _ in range(3))
    with app.app_context():
        ids = session().scalars(select(SignIn.id).order_by(SignIn.id.desc()).limit(3)).all()
    here.post(f"/account/devices/{ids[1]}/sign-out")
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, True)
    here.post("/account/devices/sign-out")
    assert (is_in(here), is_in(third)) == (True, False)


def test_nobody_signs_another_s_device_out(app, city):
    client = world_client(app, city, "member_admin of guest")
    assert client.post(f"/account/devices/{city.things['sign_in_id']}/sign-out").status_code == 404


def keys_of(app: Any, city: City) -> dict[str, int]:
    """How Bea's cookie, a copy of it, her token and her calendar are answered now."""
    bea = city.bea
    cookie = app.test_client()
    cookie.set_cookie("gongfang", bea.cookie)
    return {
        "cookie": cookie.get("/mine").status_code,
        "token": app.test_client()
        .get("/api/v1/bookings", headers={"Authorization": f"Bearer {bea.token}"})
        .status_code,
        "feed": app.test_client().get(f"/feeds/{city.feed_token}.ics").status_code,
    }


OPEN = {"cookie": 200, "token": 200, "feed": 200}


def test_closing_an_account_shuts_cookie_token_and_calendar_at_once(app, city):
    assert keys_of(app, city) == OPEN
    world_client(app, city, "security").post(f"/admin/people/{city.bea.person_id}/disable")
    assert keys_of(app, city) == {"cookie": 302, "token": 401, "feed": 404}


def test_opening_it_again_leaves_the_old_keys_shut(app, city):
    admin = world_client(app, city, "administrator")
    admin.post(f"/admin/people/{city.bea.person_id}/disable")
    admin.post(f"/admin/people/{city.bea.person_id}/enable")
    assert keys_of(app, city)["cookie"] == 302
    assert keys_of(app, city)["token"] == 401


def test_ending_the_last_office_shuts_cookie_token_and_calendar_at_once(app, city):
    admin = world_client(app, city, "member_admin of guest")
    admin.post(f"/admin/appointments/{city.things['office_id']}/end")
    assert keys_of(app, city) == {"cookie": 403, "token": 403, "feed": 404}


def test_a_changed_office_counts_from_the_next_request_on(app, city):
    bea = app.test_client()
    bea.set_cookie("gongfang", city.bea.cookie)
    assert bea.get("/inbox").status_code == 403
    admin = world_client(app, city, "administrator")
    admin.post(
        f"/admin/people/{city.bea.person_id}/appointments",
        data={"role": "keeper", "member": city.guest, "from_on": "2026-01-01"},
    )
    assert bea.get("/inbox").status_code == 200


def test_a_new_password_shuts_other_devices_tokens_and_calendars(app, city):
    here = comes_in(app, city_email())
    assert keys_of(app, city) == OPEN
    values = {"old": PASSWORD, "password": "nine tall chimneys", "again": "nine tall chimneys"}
    assert here.post("/account/password", data=values).headers["Location"] == "/account"
    assert keys_of(app, city) == {"cookie": 302, "token": 401, "feed": 404}
    assert is_in(here)
    comes_in(app, city_email(), "nine tall chimneys")
    assert signs_in(app, city_email(), PASSWORD)[1].status_code == 422


def test_a_password_set_by_a_link_shuts_everything(app, city):
    link = link_on(world_client(app, city, "member_admin of guest").post(f"/admin/people/{city.bea.person_id}/link"))
    app.test_client().post(link, data={"password": "nine tall chimneys", "again": "nine tall chimneys"})
    assert keys_of(app, city) == {"cookie": 302, "token": 401, "feed": 404}


def test_the_old_password_must_be_right_to_change_it(app, city):
    here = comes_in(app, city_email())
    values = {"old": "not this one", "password": "nine tall chimneys", "again": "nine tall chimneys"}
    assert here.post("/account/password", data=values).status_code == 422
    assert keys_of(app, city) == OPEN


def test_guesses_at_the_old_password_are_counted_as_at_the_door(app, city):
    here = comes_in(app, city_email())
    values = {"old": "not this one", "password": "nine tall chimneys", "again": "nine tall chimneys"}
    answers = [here.post("/account/password", data=values).status_code for _ in range(5)]
    assert answers == [422] * 5
    assert here.post("/account/password", data=values | {"old": PASSWORD}).status_code == 429
    assert signs_in(app, city_email(), PASSWORD)[1].status_code == 429, "one count for both doors"
    with app.app_context():
        past = datetime.now(UTC) - timedelta(seconds=1)
        transaction(lambda: session().execute(update(Attempt).values(locked_until=past)))
        told = session().scalars(select(Entry.result).where(Entry.deed == "password.change").order_by(Entry.id)).all()
    assert told == ["failed"] * 5 + ["locked"]
    assert here.post("/account/password", data=values | {"old": PASSWORD}).headers["Location"] == "/account"


def test_the_form_for_a_new_password_tells_nobody_what_the_old_one_is(app, city):
    here = comes_in(app, city_email())
    guess = {"old": "not this one", "password": PASSWORD, "again": PASSWORD}
    other = {"old": "not this one", "password": "nine tall chimneys", "again": "nine tall chimneys"}

    def plain(values: dict[str, str]) -> str:
        return re.sub(r'value="[^"]*"', "", here.post("/account/password", data=values).get_data(as_text=True))

    assert plain(guess) == plain(other)


def test_a_revoked_token_opens_nothing(app, city):
    here = comes_in(app, city_email())
    page = here.post("/account/tokens", data={"name": "x", "rights": ["read"], "expires_on": soon()})
    token = re.search(r'class="secret" value="([^"]+)"', page.get_data(as_text=True))
    assert token

    def answer() -> int:
        return app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token[1]}"}).status_code

    assert answer() == 200
    with app.app_context():
        from app.consortium.tables.people import ApiToken

        token_id = session().scalar(select(ApiToken.id).order_by(ApiToken.id.desc()).limit(1))
    here.post(f"/account/tokens/{token_id}/revoke")
    assert answer() == 401


def soon() -> str:
    return (datetime.now(UTC) + timedelta(days=20)).date().isoformat()


def test_when_a_member_leaves_nobody_acts_for_it_any_more(app, city):
    who, now = city.person("administrator").actor, datetime.now(UTC)
    with app.app_context():
        version = session().scalar(select(Member.version).where(Member.id == city.guest)) or 0
        transaction(lambda: member_actions.leave(who, city.guest, version, now.date() - timedelta(days=2), now))
    assert keys_of(app, city) == {"cookie": 403, "token": 403, "feed": 404}


def test_one_person_acts_for_several_members_one_at_a_time(app, city):
    person_id = city.bea.person_id
    with app.app_context():
        world_office(person_id, city.home, "keeper")
    bea = app.test_client()
    bea.set_cookie("gongfang", city.bea.cookie)
    assert bea.get("/inbox").status_code == 403
    assert bea.post("/acting", data={"acting": city.home, "next": "/book"}).status_code == 302
    assert bea.get("/inbox").status_code == 200
    assert bea.post("/acting", data={"acting": city.other}).status_code == 404


def world_office(person_id: int, member_id: int, role: str) -> None:
    world._keep(Appointment(person_id=person_id, member_id=member_id, role=role, from_on=DAY))


def test_flask_token_prints_a_token_as_its_last_word(app, city, cli):
    answer = cli("token", city_email())
    assert answer.exit_code == 0, answer.output
    token = answer.output.split()[-1]
    assert app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert cli("token", "nobody@nowhere.example").exit_code == 1
    assert cli("verify-trail").exit_code == 0


def test_flask_invite_makes_the_first_administrator(app, cli):
    answer = cli("invite", "first@city.example", "--name", "Zhou Min", "--member", "PARK", "--member-name", "高新区")
    assert answer.exit_code == 0, answer.output
    link = answer.output.split()[-1].removeprefix("http://127.0.0.1:8000")
    client = app.test_client()
    client.post(link, data={"password": "nine tall chimneys", "again": "nine tall chimneys"})
    first = comes_in(app, "first@city.example", "nine tall chimneys")
    assert first.get("/admin/trail").status_code == 200
    assert cli("invite", "x@city.example", "--name", "X", "--member", "NONE").exit_code == 1
    with app.app_context():
        assert trail.verify() == []
