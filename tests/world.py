"""A small world for tests, laid down row by row: members, people, bases, labs and units, and ways to come in as someone.

Every function needs an application context and answers with the id of what it made. Nothing here judges; tests of the
rules and actions that judge use those themselves.
"""

from __future__ import annotations

import secrets
from contextvars import Context
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.catalogue.tables import Asset, Lab, Ownership, TrainingBase, Unit
from app.consortium.rules.office import Actor
from app.consortium.store.entry import presence_of
from app.consortium.tables.people import ApiToken, Appointment, Member, Person, SignIn
from app.database import session, transaction
from app.entrypoints import clock
from app.foundation.identifiers import secret_hash
from app.foundation.timespan import local_day

LONG_AGO = date(2020, 1, 1)


def member(code: str, kind: str = "school", **columns: Any) -> int:
    """A member organisation since 2020."""
    given = {"name_zh": code, "name_en": code, "joined_on": LONG_AGO} | columns
    return _keep(Member(code=code, kind=kind, version=1, **given))


def person(email: str, name: str, of: int, *roles: str, base: int | None = None, **columns: Any) -> int:
    """A person with these roles for a member (or for one base of it) since 2020."""

    def do() -> int:
        given = {"phone": "", "locale": "zh", "password_hash": "", "created_at": datetime.now(UTC)} | columns
        row = Person(email=email, name=name, version=1, **given)
        session().add(row)
        session().flush()
        for role in roles:
            session().add(Appointment(person_id=row.id, member_id=of, base_id=base, role=role, from_on=LONG_AGO))
        session().flush()
        return row.id

    return transaction(do)


def training_base(code: str, of: int, **columns: Any) -> int:
    """A base that one member hosts, operates and keeps."""
    given = {
        "kind": "training_base",
        "name_zh": code,
        "name_en": code,
        "host_id": of,
        "operator_id": of,
        "keeping_member_id": of,
    } | columns
    return _keep(TrainingBase(code=code, version=1, **given))


def lab(base: int, code: str, **columns: Any) -> int:
    """A lab with the unit that stands for the whole of it (`room` finds that)."""

    def do() -> int:
        names = {"name_zh": code, "name_en": code} | columns
        row = Lab(base_id=base, code=code, version=1, **names)
        session().add(row)
        session().flush()
        whole = {name: names[name] for name in ("name_zh", "name_en")}
        session().add(Unit(lab_id=row.id, kind="room", code=code, capacity=1, version=1, **whole))
        session().flush()
        return row.id

    return transaction(do)


def room(of_lab: int) -> int:
    """The unit that stands for the whole lab."""
    found = session().scalar(select(Unit.id).where(Unit.lab_id == of_lab, Unit.kind == "room"))
    assert found is not None
    return found


def unit(of_lab: int, code: str, kind: str = "machine", sharing: str | None = None, **columns: Any) -> int:
    """A machine, a pool or stations. With `sharing` (internal, external, none) it has an asset form too."""

    def do() -> int:
        given = {"name_zh": code, "name_en": code, "capacity": 1} | columns
        row = Unit(lab_id=of_lab, kind=kind, code=code, version=1, **given)
        session().add(row)
        session().flush()
        if sharing is not None:
            why = {"not_shared_reason": "secret", "not_shared_approver": "the council"} if sharing == "none" else {}
            session().add(Asset(unit_id=row.id, sharing=sharing, **why))
            session().flush()
        return row.id

    return transaction(do)


def owns(member_id: int, share: int = 10000, since: date = LONG_AGO, until: date | None = None, **thing: int) -> int:
    """A share (hundredths of a percent) of a thing: `owns(7, 6000, unit_id=3)`."""
    return _keep(Ownership(member_id=member_id, share=share, from_on=since, until_on=until, **thing))


def actor_of(person_id: int, member_id: int | None, now: datetime) -> Actor | None:
    """The actor a person is for a member today; None when closed or without an office there."""
    present = presence_of(person_id, member_id, local_day(now))
    if present is None:
        return None
    return present.acting_for(member_id) if member_id is not None else present.actor


def token_for(person_id: int, *rights: str) -> str:
    """A personal API token, with every right unless some are named; send it as `Authorization: Bearer …`."""
    token = secrets.token_urlsafe(32)
    now = clock.now()  # a story that sets the clock signs in by it, too
    _keep(
        ApiToken(
            person_id=person_id,
            token_hash=secret_hash(token),
            name="test",
            rights=" ".join(rights or ("read", "book", "approve")),
            created_at=now,
            expires_at=now + timedelta(days=30),
        )
    )
    return token


def cookie_for(person_id: int, acting: int | None = None) -> str:
    """The secret of a signed-in device; set it as the cookie `gongfang`."""
    secret = secrets.token_urlsafe(32)
    now = clock.now()  # a story that sets the clock signs in by it, too
    _keep(
        SignIn(
            person_id=person_id,
            cookie_hash=secret_hash(secret),
            acting_member_id=acting,
            device="test",
            address="127.0.0.1",
            started_at=now,
            seen_at=now,
        )
    )
    return secret


class Device(FlaskClient):
    """A test client whose requests know nothing of each other, also where the test holds an application context open.

    (Flask lets a request inside an open context share its `g`: the person who asked first would ask all the rest.)
    """

    def open(self, *arguments: Any, **how: Any) -> Any:
        return Context().run(super().open, *arguments, **how)


def device(app: Any, locale: str = "zh") -> Device:
    """A test client of `app` on which nobody is signed in."""
    client = Device(app, app.response_class, use_cookies=True)
    client.set_cookie("locale", locale)
    return client


def signed_in(app: Any, person_id: int, acting: int | None = None, locale: str = "zh") -> Device:
    """A test client of `app` that is signed in as this person."""
    client = device(app, locale)
    client.set_cookie("gongfang", cookie_for(person_id, acting))
    return client


def _keep(row: Any) -> int:
    def do() -> int:
        fresh = type(row)(**given)
        session().add(fresh)
        session().flush()
        return int(fresh.id)

    given = {key: value for key, value in vars(row).items() if not key.startswith("_sa_")}
    return transaction(do)
