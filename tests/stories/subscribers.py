"""A college, a company, a lab, and people who book there and follow it in their own calendars."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar
from sqlalchemy import event, update
from sqlalchemy.engine import Engine

from app.booking.actions import asking, changing, deciding, feeds, passing
from app.booking.actions.situation import NO_TIME_LIMITS
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import bookings
from app.catalogue.tables import Unit
from app.consortium.tables.people import Appointment, Person
from app.database import db, session, transaction
from app.foundation.timespan import ZONE, Span, at_local
from tests import world
from tests.world import actor_of


class Browser:
    """A client each of whose requests stands for itself, though the story holds an application context open."""

    def __init__(self, app: Any, client: Any) -> None:
        self._app, self._client = app, client

    def get(self, path: str, **how: Any) -> Any:
        with self._app.app_context():
            return self._client.get(path, **how)

    def post(self, path: str, **how: Any) -> Any:
        with self._app.app_context():
            return self._client.post(path, **how)


class City:
    """Everything the stories begin with."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.today = datetime.now(ZONE).date()
        self.college = world.member("college", name_zh="城市职业学院", name_en="City College")
        self.works = world.member("works", kind="company", name_zh="精工机械", name_en="Precision Works")
        self.base = world.training_base("B1", self.college, name_zh="智能制造基地", name_en="Smart Manufacturing Base")
        self.lab = world.lab(self.base, "L1", name_zh="数控实训室", name_en="CNC Lab", place="A301")
        self.room = world.room(self.lab)
        self.mill = world.unit(self.lab, "M1", name_zh="五轴加工中心", name_en="Five-axis mill")
        self.lathe = world.unit(self.lab, "M2", name_zh="车床", name_en="Lathe", needs_approval=True)
        self.wang = Follower(self, "wang", self.college, "booker", name="王老师")
        self.zhao = Follower(self, "zhao", self.college, "booker", name="赵老师")
        self.keeper = Follower(self, "keeper", self.college, "keeper", "booker", name="陈管理")
        self.stranger = Follower(self, "stranger", self.works, "booker", name="刘工")

    def day(self, ahead: int) -> date:
        return self.today + timedelta(days=ahead)

    def slot(self, ahead: int, start: str = "08:00", end: str = "09:40", periods: str = "") -> Slot:
        first, last = (int(each[:2]) * 60 + int(each[3:]) for each in (start, end))
        return Slot(Span(at_local(self.day(ahead), first), at_local(self.day(ahead), last)), periods)

    def renames(self, unit: int, name_zh: str) -> None:
        transaction(
            lambda: session().execute(
                update(Unit).where(Unit.id == unit).values(name_zh=name_zh, version=Unit.version + 1)
            )
        )

    def fetches(self, token: str, **headers: str) -> Any:
        """What a calendar gets: no cookie, no sign-in."""
        db.session.remove()
        client = self.app.test_client(use_cookies=False)
        return client.get(
            f"/feeds/{token}.ics", headers={name.replace("_", "-"): each for name, each in headers.items()}
        )

    def events(self, token: str) -> dict[str, Any]:
        """The events of a feed by their UID."""
        answer = self.fetches(token)
        assert answer.status_code == 200, answer.data
        return {str(each["UID"]): each for each in Calendar.from_ical(answer.data).walk("VEVENT")}

    def event(self, token: str) -> Any:
        [only] = self.events(token).values()
        return only


class Follower:
    """A person who books and who follows calendars."""

    def __init__(self, city: City, mail: str, member: int, *roles: str, name: str) -> None:
        self.city, self.member, self.name = city, member, name
        self.id = world.person(f"{mail}@x.example", name, member, *roles)

    @property
    def actor(self) -> Any:
        found = actor_of(self.id, self.member, datetime.now(UTC))
        db.session.remove()
        assert found is not None
        return found

    def books(self, unit: int, *slots: Slot, title: str = "数控编程", note: str = "", **more: Any) -> int:
        asked = Asked((Want(unit),), slots, "teaching", title, self.member, self.id, more.pop("headcount", None), note)
        uid, actor, now = secrets.token_hex(16), self.actor, datetime.now(UTC)
        limits = NO_TIME_LIMITS if more.pop("any_time", False) else None
        return transaction(lambda: asking.request(actor, asked, now=now, uid=uid, limits=limits)).booking_id

    def moves(self, booking_id: int, slot: Slot) -> None:
        date_id = self._kept(booking_id).open_dates[0].id
        self._changes(booking_id, changing.Changes(slots={date_id: slot}))

    def retitles(self, booking_id: int, title: str) -> None:
        self._changes(booking_id, changing.Changes(title=title))

    def cancels(self, booking_id: int) -> None:
        version, actor, now = self._kept(booking_id).version, self.actor, datetime.now(UTC)
        transaction(lambda: changing.cancel(actor, booking_id, version, now=now))

    def hands_over(self, booking_id: int, to: Follower) -> None:
        [kept] = bookings.bookings([booking_id])
        now = datetime.now(UTC)
        number = transaction(lambda: passing.propose_hand_over(self.actor, booking_id, kept.version, to.id, now=now))
        transaction(lambda: passing.accept(to.actor, number, now=now))

    def approves(self, booking_id: int) -> None:
        version, actor, now = self._kept(booking_id).version, self.actor, datetime.now(UTC)
        transaction(lambda: deciding.approve(actor, booking_id, version, now=now))

    def refuses(self, booking_id: int) -> None:
        version, actor, now = self._kept(booking_id).version, self.actor, datetime.now(UTC)
        transaction(lambda: deciding.refuse(actor, booking_id, version, note="no", now=now))

    def subscribes_to(self, scope: str, scope_id: int, variant: str = "full", name: str = "日历") -> str:
        """The secret of a new subscription."""
        token, actor, now = secrets.token_urlsafe(32), self.actor, datetime.now(UTC)
        transaction(lambda: feeds.subscribe(actor, name, scope, scope_id, variant, token=token, now=now))
        return token

    def feed_id(self, nth: int = 0) -> int:
        found = feeds.feeds_of(self.actor)[nth].id
        db.session.remove()
        return found

    def rotates(self, feed_id: int) -> str:
        token, actor, now = secrets.token_urlsafe(32), self.actor, datetime.now(UTC)
        transaction(lambda: feeds.rotate(actor, feed_id, token=token, now=now))
        return token

    def revokes(self, feed_id: int) -> None:
        actor, now = self.actor, datetime.now(UTC)
        transaction(lambda: feeds.revoke(actor, feed_id, now=now))

    def loses_office(self, role: str) -> None:
        today = self.city.today
        transaction(
            lambda: session().execute(
                update(Appointment)
                .where(Appointment.person_id == self.id, Appointment.role == role)
                .values(until_on=today)
            )
        )

    def is_disabled(self) -> None:
        now = datetime.now(UTC)
        transaction(lambda: session().execute(update(Person).where(Person.id == self.id).values(disabled_at=now)))

    def at_a_browser(self, locale: str = "en") -> Any:
        return Browser(self.city.app, world.signed_in(self.city.app, self.id, self.member, locale))

    def _changes(self, booking_id: int, changes: Any) -> None:
        version, actor, now = self._kept(booking_id).version, self.actor, datetime.now(UTC)
        transaction(lambda: changing.change(actor, booking_id, version, changes, now=now))

    def _kept(self, booking_id: int) -> Any:
        found = bookings.find(booking_id)
        db.session.remove()
        assert found is not None
        return found


@contextmanager
def statements():
    """The statements sent to the database inside the block."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
