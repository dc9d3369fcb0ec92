"""A small town for tests of looking: two colleges, a base with two labs, class periods, a term, opening hours."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert

from app.booking.actions import asking
from app.booking.rules.request import Asked, Slot, Want
from app.consortium.rules.office import Actor, Appointment
from app.database import session, transaction
from app.foundation.timespan import DAY, Span, at_local, local_day, monday_of
from app.timetable.tables import BellTable, Opening, Period, Term
from tests import world

PERIODS = ((480, 525), (535, 580), (600, 645), (655, 700), (840, 885), (895, 940), (960, 1005), (1015, 1060))


class Town:
    """Blue owns the base; red is another member. `monday` is the next one, in teaching week 3."""

    def __init__(self) -> None:
        self.blue, self.red = world.member("BLUE"), world.member("RED")
        self.base = world.training_base("B1", self.blue)
        self.labs = [world.lab(self.base, f"L{n}", seats=40) for n in range(2)]
        self.rooms = [world.room(lab) for lab in self.labs]
        self.lathe = world.unit(self.labs[0], "lathe")
        self.mill = world.unit(self.labs[0], "mill")
        self.welders = world.unit(self.labs[0], "welders", "pool", capacity=5)
        self.wang = world.person("wang@x.example", "Wang", self.blue, "booker")
        self.li = world.person("li@x.example", "Li", self.red, "booker")
        self.keeper = world.person("keeper@x.example", "Keeper", self.blue, "keeper", base=self.base)
        self.admin = world.person("admin@x.example", "Admin", world.member("PARK", "park"), "administrator")
        self.monday = monday_of(local_day(datetime.now(UTC))) + 7 * DAY
        self.count = 0
        transaction(self._calendar)

    def _calendar(self) -> None:
        table = (
            session().execute(insert(BellTable).values(name_zh="x", name_en="x").returning(BellTable.id)).scalar_one()
        )
        rows = [
            {"bell_table_id": table, "number": n, "start_minute": start, "end_minute": end}
            for n, (start, end) in enumerate(PERIODS, 1)
        ]
        session().execute(insert(Period), rows)
        session().execute(
            insert(Term).values(name_zh="秋", name_en="Autumn", first_monday=self.monday - 14 * DAY, weeks=18)
        )
        hours = [{"base_id": self.base, "weekday": n, "start_minute": 480, "end_minute": 1320} for n in range(1, 8)]
        session().execute(insert(Opening), hours)

    def actor(self, person_id: int, member_id: int, role: str = "booker") -> Actor:
        return Actor(
            person_id, "", member_id, (Appointment(role, member_id, None, world.LONG_AGO, None),), on=self.monday
        )

    def span(self, start: int, end: int, day: int = 0) -> Span:
        return Span(at_local(self.monday + day * DAY, start * 60), at_local(self.monday + day * DAY, end * 60))

    def books(
        self,
        person_id: int,
        member_id: int,
        unit_id: int,
        start: int,
        end: int,
        day: int = 0,
        quantity: int = 1,
        title: str = "Turning",
    ) -> int:
        asked = Asked(
            (Want(unit_id, quantity),), (Slot(self.span(start, end, day)),), "teaching", title, member_id, person_id
        )
        self.count += 1
        return transaction(
            lambda: asking.request(self.actor(person_id, member_id), asked, now=datetime.now(UTC), uid=f"u{self.count}")
        ).booking_id
