"""A workshop for the stories of the booking pages, and the people in it, who act through the real pages."""

from __future__ import annotations

import html
import itertools
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.database import session, transaction
from app.entrypoints import clock
from app.foundation.timespan import ZONE, monday_of
from app.timetable.tables import BellTable, Period, Term
from tests import world

PERIODS = ((480, 525), (535, 580), (600, 645), (655, 700), (840, 885), (895, 940), (960, 1005), (1015, 1060))
"""Eight class periods: 8:00–8:45, 8:55–9:40, 10:00–10:45, 10:55–11:40, 14:00–14:45 and so on."""

_keys = itertools.count(1)
_at_work: list[Any] = []
"""The application of the story that is being told."""


@dataclass(frozen=True)
class Answer:
    """What a page answered."""

    status: int
    text: str
    location: str
    headers: Any

    @property
    def words(self) -> str:
        """The page as a person reads it, without tags."""
        body = self.text[self.text.find("<main") :] if "<main" in self.text else self.text
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))

    @property
    def booking_id(self) -> int:
        found = re.search(r"/bookings/(\d+)$", self.location)
        assert found, f"no booking was made: {self.status} {self.words[:600]}"
        return int(found[1])

    @property
    def was_booked(self) -> bool:
        return self.status == 303 and "/bookings/" in self.location

    def value(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', self.text)
        assert found, f"no field {name}"
        return html.unescape(found[1])

    def values(self, name: str) -> list[str]:
        return [html.unescape(each) for each in re.findall(rf'name="{name}" value="([^"]*)"', self.text)]


class Somebody:
    """A person at a browser without scripts."""

    def __init__(self, app: Any, person_id: int, acting: int, name: str) -> None:
        self.id, self.acting, self.name = person_id, acting, name
        self.client = world.signed_in(app, person_id, acting, "en")

    def opens(self, path: str) -> Answer:
        return _answer(self.client.get(path))

    def sends(self, path: str, values: Any) -> Answer:
        return _answer(self.client.post(path, data=values))

    def asks_for(self, *units: int, on: date, at: str = "08:00-09:40", **fields: Any) -> Answer:
        """Fill in the form and press Book: by the clock, or in class periods such as `at="3-4"`."""
        return self.sends("/book/new", self.filled(*units, on=on, at=at, **fields))

    def filled(self, *units: int, on: date, at: str = "08:00-09:40", **fields: Any) -> dict[str, Any]:
        first, _, last = at.partition("-")
        by_clock = ":" in at
        values: dict[str, Any] = {
            "unit": [str(unit) for unit in units],
            "day": on.isoformat(),
            "mode": "clock" if by_clock else "periods",
            "title": "CNC turning",
            "purpose": "teaching",
            "key": f"story-key-{next(_keys):06d}",
            "repeat": "once",
        }
        values |= {"start": first, "end": last} if by_clock else {"first": first, "last": last}
        return {name: value for name, value in (values | fields).items() if value is not None}

    def changes(self, booking_id: int, **fields: Any) -> Answer:
        """Open the change form, alter these fields, press Save."""
        path = f"/bookings/{booking_id}/change"
        date_id = fields.pop("date", None)
        return self.sends(path, form_of(self.opens(f"{path}?date={date_id}" if date_id else path)) | fields)

    def cancels(self, booking_id: int, **fields: Any) -> Answer:
        version = fields.pop("version", None) or version_of(booking_id)
        return self.sends(f"/bookings/{booking_id}/cancel", {"version": version, "which": "every"} | fields)

    def approves(self, booking_id: int, note: str = "") -> Answer:
        return self.sends(f"/inbox/{booking_id}/approve", {"version": version_of(booking_id), "note": note})

    def refuses(self, booking_id: int, note: str = "", reason: str = "other") -> Answer:
        values = {"version": version_of(booking_id), "note": note, "reason": reason}
        return self.sends(f"/inbox/{booking_id}/refuse", values)


def _answer(response: Any) -> Answer:
    return Answer(
        response.status_code, response.get_data(as_text=True), response.headers.get("Location", ""), response.headers
    )


def form_of(shown: Answer, kind: str = "sheet") -> dict[str, Any]:
    """Every field of the page's sheet (or its first form of another class), as a browser would send it."""
    start = shown.text.index(f'<form class="{kind}"')
    part = shown.text[start : shown.text.index("</form>", start)]
    values: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", part):
        name, kind = re.search(r'name="([^"]*)"', tag), re.search(r'type="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if not name or (kind and kind[1] in ("checkbox", "radio") and "checked" not in tag):
            continue
        text = html.unescape(value[1]) if value else ""
        if name[1] == "unit":
            values.setdefault("unit", []).append(text)
        else:
            values[name[1]] = text
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', part, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        first = re.search(r'<option value="([^"]*)"', options)
        values[name] = html.unescape((chosen or first)[1]) if chosen or first else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', part, re.DOTALL):
        values[name] = html.unescape(text).strip()
    return values


def version_of(booking_id: int) -> int:
    with reading():
        return session().scalar(select(Booking.version).where(Booking.id == booking_id)) or 0


def dates_of(booking_id: int) -> list[tuple[int, str, str, str]]:
    """Each date: id, day, `08:00-09:40`, state."""
    with reading():
        rows = session().execute(
            select(BookingDate.id, BookingDate.starts_at, BookingDate.ends_at, BookingDate.state)
            .where(BookingDate.booking_id == booking_id)
            .order_by(BookingDate.starts_at)
        )
        return [
            (row[0], f"{_local(row[1]):%Y-%m-%d}", f"{_local(row[1]):%H:%M}-{_local(row[2]):%H:%M}", row[3])
            for row in rows
        ]


def states_of(booking_id: int) -> list[str]:
    return [state for *_, state in dates_of(booking_id)]


def bookings_kept() -> int:
    with reading():
        return session().scalar(select(func.count()).select_from(Booking)) or 0


def units_held(booking_id: int) -> set[tuple[int, int]]:
    """Units and quantities that a booking's dates hold now, parts of rooms aside."""
    with reading():
        rows = session().execute(
            select(Allocation.unit_id, Allocation.quantity)
            .join(BookingDate, BookingDate.id == Allocation.date_id)
            .where(BookingDate.booking_id == booking_id, Allocation.holds, Allocation.asked)
        )
        return {(row[0], row[1]) for row in rows}


@contextmanager
def reading():
    """Looks at the database as it is at this moment. No context stays open: requests must not share one."""
    with _at_work[-1].app_context():
        yield


@contextmanager
def statements():
    """Counts the statements sent to the database inside the block; beginnings aside, which SQLite alone is sent."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


class Workshop:
    """One college with a lab of machines, its keeper and teachers; one company with a trainer."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._people: dict[str, Somebody] = {}
        self.week1 = monday_of(clock.today()) + timedelta(days=7)
        _at_work[:] = [app]
        with reading():
            self._lay_down()

    def _lay_down(self) -> None:
        self.college = world.member("college", name_en="College", name_zh="学院")
        self.company = world.member("company", kind="company", name_en="Company", name_zh="公司")
        self.base = world.training_base("cnc", self.college, name_en="CNC base", name_zh="数控基地")
        self.lab = world.lab(self.base, "turning", name_en="Turning lab", name_zh="车削实训室")
        self.room = world.room(self.lab)
        self.lathe = world.unit(self.lab, "lathe", name_en="Lathe 1")
        self.other_lathe = world.unit(self.lab, "lathe2", name_en="Lathe 2")
        self.stations = world.unit(self.lab, "stations", "stations", capacity=20, name_en="Fitting stations")
        self.yard = world.lab(self.base, "measuring", name_en="Measuring lab", name_zh="测量室")
        self.laser = world.unit(self.yard, "laser", needs_approval=True, name_en="Laser")
        self.scale = world.unit(
            self.yard, "scale", needs_approval=True, holds_while_waiting=False, name_en="Measuring machine"
        )
        self.furnace = world.unit(self.yard, "furnace", setup_minutes=30, cleaning_minutes=20, name_en="Furnace")
        transaction(self._calendar)

    def _calendar(self) -> None:
        term = Term(name_zh="本学期", name_en="This term", first_monday=self.week1, weeks=18, version=1)
        table = BellTable(name_zh="作息", name_en="Bell", version=1)
        session().add_all([term, table])
        session().flush()
        session().add_all(
            Period(bell_table_id=table.id, number=number, start_minute=start, end_minute=end)
            for number, (start, end) in enumerate(PERIODS, 1)
        )

    def day(self, week: int, weekday: int) -> date:
        """A weekday (1–7) of a teaching week (from 1); all of them lie ahead."""
        return self.week1 + timedelta(days=7 * (week - 1) + weekday - 1)

    def somebody(self, name: str, of: int, *roles: str, base: int | None = None) -> Somebody:
        if name not in self._people:
            with reading():
                person_id = world.person(f"{name.lower()}@example.org", name, of, *roles, base=base)
                self._people[name] = Somebody(self.app, person_id, of, name)
        return self._people[name]

    @property
    def teacher(self) -> Somebody:
        return self.somebody("Teacher", self.college, "booker")

    @property
    def colleague(self) -> Somebody:
        return self.somebody("Colleague", self.college, "booker")

    @property
    def trainer(self) -> Somebody:
        return self.somebody("Trainer", self.company, "booker")

    @property
    def keeper(self) -> Somebody:
        return self.somebody("Keeper", self.college, "keeper", base=self.base)

    @property
    def administrator(self) -> Somebody:
        return self.somebody("Administrator", self.college, "administrator")

    @property
    def dean(self) -> Somebody:
        return self.somebody("Dean", self.college, "member_admin")
