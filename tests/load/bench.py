"""`make bench`: how fast it is, as ratios to floors measured in the same run, and whether it slows down with ten times more.

Processor time is what one process spent, so that a busy machine matters little. `--database postgresql` measures there
(on a server of its own); `--bookings 50000 --more 500000` are the two sizes of the year.
"""

from __future__ import annotations

import argparse
import http.client
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, render_template_string
from icalendar import Calendar, Event
from sqlalchemy import insert, text
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app import create_app
from app.booking.tables.addresses import Feed as FeedRow
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.consortium.tables.people import Person
from app.database import engine_for, session, table_of, transaction
from app.foundation.identifiers import secret_hash
from app.foundation.timespan import at_local, local_day, monday_of
from app.timetable.tables import BellTable, Opening, Term
from app.timetable.tables import Period as PeriodRow
from tests import world as lay_down
from tests.conftest import settings_for
from tests.servers import LiveServer, PostgresServer, flask

BASES, LABS, UNITS, PEOPLE = 5, 8, 5, 500
RUNS = 60
ROWS_AT_ONCE = 5_000


class Year:
    """A database with 200 units, 500 people and so many bookings over a year around today, evenly spread."""

    def __init__(self, url: str, folder: Path, bookings: int) -> None:
        self.url, self.folder, self.bookings = url, folder, bookings
        self.settings = settings_for(url, folder / "instance")
        flask("db", "upgrade", settings=self.settings)
        self.app = create_app(self.settings | {"TESTING": 1, "PASSWORD_HASHING": "cheap"})
        self.today = local_day(datetime.now(UTC))
        with self.app.app_context():
            self._lay_down()
            self._fill()
            self._subscribe()
            if url.startswith("postgresql"):
                transaction(lambda: session().execute(text("ANALYZE")))

    def _lay_down(self) -> None:
        self.member = lay_down.member("M")
        self.person = lay_down.person("one@test.example", "One", self.member, "booker", "keeper")
        transaction(self._people)
        self.bases = [lay_down.training_base(f"B{number}", self.member) for number in range(BASES)]
        self.labs = [lay_down.lab(base, f"L{number}") for base in self.bases for number in range(LABS)]
        self.rooms = [lay_down.room(lab) for lab in self.labs]
        self.units = [
            (lay_down.unit(lab, f"M{number}"), room)
            for lab, room in zip(self.labs, self.rooms, strict=True)
            for number in range(UNITS)
        ]
        self.fed = lay_down.unit(self.labs[0], "FED"), self.rooms[0]
        self.free = lay_down.unit(self.labs[-1], "FREE")
        self.token = lay_down.token_for(self.person)
        self.cookie = lay_down.cookie_for(self.person, self.member)

    def _people(self) -> None:
        now = datetime.now(UTC)
        session().execute(
            insert(Person),
            [{"email": f"p{number}@test.example", "name": f"P{number}", "created_at": now} for number in range(PEOPLE)],
        )

    def _fill(self) -> None:
        """Hour-long bookings, seven a unit and day at the fullest; a thousand on the unit that is subscribed to."""
        wanted = [(unit, day, hour) for day in range(365) for unit in self.units for hour in range(7)]
        step = len(wanted) / self.bookings
        chosen = [wanted[int(number * step)] for number in range(self.bookings)]
        chosen += [(self.fed, 130 + number // 5, number % 5) for number in range(1000)]
        with closing(Progress(f"{self.bookings:,} bookings", len(chosen))) as progress:
            for start in range(0, len(chosen), ROWS_AT_ONCE):
                rows = chosen[start : start + ROWS_AT_ONCE]
                transaction(lambda rows=rows, start=start: self._keep(start, rows))
                progress.at(start + len(rows))

    def _keep(self, first: int, rows: list[tuple[tuple[int, int], int, int]]) -> None:
        now, origin = datetime.now(UTC), self.today - timedelta(days=180)
        told: dict[str, list[dict[str, Any]]] = {"bookings": [], "dates": [], "rows": []}
        for number, ((unit_id, room_id), day, hour) in enumerate(rows, first + 1):
            start = at_local(origin + timedelta(days=day), 480 + 100 * hour)
            end = start + timedelta(minutes=90)
            told["bookings"].append(
                {
                    "id": number,
                    "uid": f"u{number}",
                    "title": f"课 {number}",
                    "purpose": "teaching",
                    "requester_id": self.person,
                    "holder_id": self.person + number % PEOPLE,
                    "member_id": self.member,
                    "created_at": now,
                    "changed_at": now,
                    "note": "",
                    "version": 1,
                }
            )
            told["dates"].append(
                {
                    "id": number,
                    "booking_id": number,
                    "starts_at": start,
                    "ends_at": end,
                    "state": "confirmed",
                    "periods": "",
                    "sequence": 0,
                    "changed_at": now,
                }
            )
            common = {
                "date_id": number,
                "starts_at": start,
                "ends_at": end,
                "quantity": 1,
                "holds": True,
                "closure_id": None,
            }
            told["rows"].append(common | {"unit_id": unit_id, "exclusive": True, "asked": True})
            told["rows"].append(common | {"unit_id": room_id, "exclusive": False, "asked": False})
        session().execute(insert(table_of(Booking)), told["bookings"])
        session().execute(insert(table_of(BookingDate)), told["dates"])
        session().execute(insert(table_of(Allocation)), told["rows"])
        if self.url.startswith("postgresql"):
            for table in ("booking_booking", "booking_date"):
                session().execute(text(f"SELECT setval('{table}_id_seq', {first + len(rows)})"))

    def _subscribe(self) -> None:
        self.feed = secrets.token_urlsafe(32)
        row = {
            "person_id": self.person,
            "acting_member_id": self.member,
            "token_hash": secret_hash(self.feed),
            "name": "all",
            "scope": "unit",
            "scope_id": self.fed[0],
            "variant": "full",
            "made_at": datetime.now(UTC),
        }
        transaction(lambda: session().execute(insert(FeedRow).values(row)))


class City:
    """600 units of 15 bases in a term of 18 weeks: whole labs taken by lessons, machines booked between them.

    Every lab has lessons in a third of the week's double periods, all term long; in the others every machine is booked
    on each date one time in five.
    """

    BASES, LABS, MACHINES, WEEKS = 15, 8, 4, 18
    PERIODS = ((480, 525), (535, 580), (605, 650), (660, 705), (840, 885), (895, 940), (965, 1010), (1020, 1065))

    def __init__(self, url: str, folder: Path) -> None:
        self.settings = settings_for(url, folder / "instance")
        flask("db", "upgrade", settings=self.settings)
        self.app = create_app(self.settings | {"TESTING": 1, "PASSWORD_HASHING": "cheap"})
        self.monday = monday_of(local_day(datetime.now(UTC))) + timedelta(days=7)
        with self.app.app_context():
            self._lay_down()
            transaction(self._calendar)
            transaction(self._fill)
            if url.startswith("postgresql"):
                transaction(lambda: session().execute(text("ANALYZE")))

    def _lay_down(self) -> None:
        self.member = lay_down.member("M")
        self.person = lay_down.person("one@test.example", "One", self.member, "booker")
        self.cookie = lay_down.cookie_for(self.person, self.member)
        self.labs: list[tuple[int, list[int]]] = []
        for number in range(self.BASES):
            base = lay_down.training_base(f"B{number:02d}", self.member, campus="东" if number % 3 else "西")
            transaction(lambda base=base: session().execute(insert(Opening), self._hours(base)))
            for lab_number in range(self.LABS):
                lab = lay_down.lab(base, f"L{lab_number}", seats=30 + 10 * (lab_number % 4))
                kinds = ("数控车床", "数控铣床", "三坐标测量机", "激光切割机")
                machines = [lay_down.unit(lab, f"M{n}", name_zh=kinds[n]) for n in range(self.MACHINES)]
                self.labs.append((lay_down.room(lab), machines))
        self.units = sum(1 + len(machines) for _, machines in self.labs)

    @staticmethod
    def _hours(base: int) -> list[dict[str, int]]:
        return [{"base_id": base, "weekday": n, "start_minute": 480, "end_minute": 1260} for n in range(1, 7)]

    def _calendar(self) -> None:
        table = session().execute(insert(BellTable).values(name_zh="x", name_en="x").returning(BellTable.id))
        rung = table.scalar_one()
        names = ("bell_table_id", "number", "start_minute", "end_minute")
        rows = [dict(zip(names, (rung, n, *both), strict=True)) for n, both in enumerate(self.PERIODS, 1)]
        session().execute(insert(PeriodRow), rows)
        session().execute(
            insert(Term).values(name_zh="秋", name_en="Autumn", first_monday=self.monday, weeks=self.WEEKS)
        )

    def _fill(self) -> None:
        now = datetime.now(UTC)
        about = {"purpose": "teaching", "requester_id": self.person, "holder_id": self.person}
        about |= {"member_id": self.member, "created_at": now, "changed_at": now, "note": "", "version": 1}
        session().execute(insert(table_of(Booking)), [about | {"id": 1, "uid": "u1", "title": "课"}])
        date = {"id": 1, "booking_id": 1, "starts_at": now, "ends_at": now + timedelta(hours=1), "state": "confirmed"}
        session().execute(insert(table_of(BookingDate)), [date | {"periods": "", "sequence": 0, "changed_at": now}])
        rows = []
        for number, (room, machines) in enumerate(self.labs):
            for slot in range(20):
                day, pair = divmod(slot, 4)
                for week in range(self.WEEKS):
                    begins = at_local(self.monday + timedelta(days=7 * week + day), self.PERIODS[2 * pair][0])
                    times = {"starts_at": begins, "ends_at": begins + timedelta(minutes=100), "date_id": 1}
                    times |= {"quantity": 1, "holds": True, "closure_id": None}
                    if (slot * 7 + number) % 3 == 0:
                        rows.append(times | {"unit_id": room, "exclusive": True, "asked": True})
                        continue
                    for at, machine in enumerate(machines):
                        if (slot * 11 + number * 5 + week * 3 + at * 2) % 5 == 0:
                            rows.append(times | {"unit_id": machine, "exclusive": True, "asked": True})
                            rows.append(times | {"unit_id": room, "exclusive": False, "asked": False})
        self.rows = len(rows)
        session().execute(insert(table_of(Allocation)), rows)

    @property
    def searches(self) -> dict[str, str]:
        """What is asked, as the address says it."""
        term = f"weeks=1-{self.WEEKS}"
        return {
            "any unit, any weekday, every week": f"kind=&repeat=weekly&{term}",
            "any unit, any one date of the term": f"kind=&repeat=once&{term}",
            "Tuesday afternoons, weeks 3-10": "kind=&repeat=weekly&weeks=%E5%91%A8%E4%BA%8C%E4%B8%8B%E5%8D%88+3-10%E5%91%A8",
            "one of three and two of a fourth": (
                f"repeat=weekly&{term}&text=M0+or+M1+or+M2&kind=machine&many2=2&text2=M3&kind2=machine"
            ),
            "half hours by the clock": f"kind=&repeat=weekly&{term}&by=clock&minutes=90",
            "nothing free: what to let go": f"kind=room&repeat=weekly&{term}&features=nowhere&near=1-%E4%B8%9C&only_near=1",
        }

    def measure(self) -> dict[str, tuple[float, float]]:
        """Each search's median processor milliseconds and the size of its page in KiB."""
        found = {}
        headers = {"Cookie": f"gongfang={self.cookie}; locale=zh"}
        for name, query in self.searches.items():
            address = f"/book/find?asked=1&{query}"
            stream = repeat(lambda address=address: EnvironBuilder(address, headers=headers))
            spent, body, status = cpu_ms(self.app, stream, 15)
            assert status.startswith("200"), (name, status)
            assert ("find-answer" in body.decode()) or ("chip" in body.decode()), name
            found[name] = spent, len(body) / 1024
        return found


FIND_AIM = 150


def report_finding(name: str, city: City) -> None:
    print(f"\n{name}: find a slot among {city.units} units in {city.WEEKS} weeks, {city.rows:,} rows of taken time")
    for search, (spent, size) in city.measure().items():
        print(f"  {search:36s} {spent:8.1f} ms of processor time (aim {FIND_AIM}) {size:7.1f} KiB", flush=True)


class Progress:
    """One line that says how far it is."""

    def __init__(self, label: str, length: int) -> None:
        self.label, self.length = label, length

    def at(self, done: int) -> None:
        print(f"\r  laying down {self.label}: {100 * done // self.length:3d} %", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        print(file=sys.stderr)


def cpu_ms(app: Flask, requests: Iterator[EnvironBuilder], runs: int = RUNS) -> tuple[float, bytes, str]:
    """Median processor milliseconds of one request inside the application; the last answer and its status."""
    spent, body, status = [], b"", ""
    for number in range(runs + 5):
        environ = next(requests).get_environ()
        began = time.process_time()
        parts, status, _ = run_wsgi_app(app.wsgi_app, environ, buffered=True)
        body = b"".join(parts)
        if number >= 5:
            spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent), body, status


def timed(do: Callable[[], Any], runs: int = RUNS) -> float:
    """Median processor milliseconds of a plain call."""
    spent = []
    for _ in range(runs):
        began = time.process_time()
        do()
        spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent)


def floors(year: Year) -> dict[str, float]:
    """What nothing of this kind can undercut here: the bare insert with its guard, a hello, a template, the library."""
    hello = Flask("hello")
    hello.add_url_rule("/", "hello", lambda: "hello")
    rows = [{"name": f"unit {number}", "state": "free", "note": "x"} for number in range(50)]
    template = "{% for row in rows %}<tr><td>{{ row.name }}</td><td>{{ row.state }}</td><td>{{ row.note }}</td></tr>{% endfor %}"
    hello.add_url_rule("/rows", "rows", lambda: render_template_string(template, rows=rows))
    calendar = Calendar()
    for number in range(1000):
        event = Event()
        event.add("uid", f"{number}@test.example")
        event.add("summary", f"课 {number}")
        event.add("dtstart", datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=number))
        event.add("dtend", datetime(2026, 9, 1, 1, tzinfo=UTC) + timedelta(hours=number))
        event.add("dtstamp", datetime(2026, 9, 1, tzinfo=UTC))
        calendar.add_component(event)
    with year.app.app_context():
        bare = iter(range(10**6))

        def bare_insert() -> None:
            start = at_local(year.today + timedelta(days=200), 0) + timedelta(hours=next(bare))
            row = {
                "unit_id": year.free,
                "date_id": 1,
                "starts_at": start,
                "ends_at": start + timedelta(hours=1),
                "quantity": 1,
                "exclusive": True,
                "holds": True,
                "asked": True,
                "closure_id": None,
            }
            transaction(lambda: session().execute(insert(table_of(Allocation)), [row]))

        return {
            "bare insert": timed(bare_insert),
            "hello route": cpu_ms(hello, repeat(lambda: EnvironBuilder("/")))[0],
            "50-row template": cpu_ms(hello, repeat(lambda: EnvironBuilder("/rows")))[0],
            "library's calendar": timed(calendar.to_ical, 5),
        }


def repeat(make: Callable[[], EnvironBuilder]) -> Iterator[EnvironBuilder]:
    while True:
        yield make()


def requests_of(year: Year) -> dict[str, Iterator[EnvironBuilder]]:
    """The measured requests, each as an endless stream of fresh ones."""
    bearer = {"Authorization": f"Bearer {year.token}"}
    tomorrow = at_local(year.today + timedelta(days=1), 0)
    hours = iter(range(10**6))

    def body(start: datetime) -> dict[str, Any]:
        return {"units": [{"id": year.free, "quantity": 1}], "purpose": "teaching", "title": "lesson"} | times(start)

    def times(start: datetime) -> dict[str, str]:
        return {"start": start.isoformat(), "end": (start + timedelta(minutes=20)).isoformat()}

    def creating() -> Iterator[EnvironBuilder]:
        while True:
            start = tomorrow + timedelta(minutes=20 * next(hours))
            yield EnvironBuilder("/api/v1/bookings", method="POST", json=body(start), headers=bearer)

    def creating_series() -> Iterator[EnvironBuilder]:
        while True:
            first = tomorrow + timedelta(days=40, minutes=20 * next(hours))
            wanted = body(first) | {"dates": [times(first + timedelta(days=7 * number)) for number in range(18)]}
            del wanted["start"], wanted["end"]
            yield EnvironBuilder("/api/v1/series", method="POST", json=wanted, headers=bearer)

    cookie = {"Cookie": f"gongfang={year.cookie}; locale=zh"}
    monday = monday_of(year.today)
    grid = f"/book?base={year.bases[1]}&day={monday}&view="
    feed = f"/feeds/{year.feed}.ics"
    etag = _etag(year, feed)
    return {
        "create a booking": creating(),
        "create a series of 18": creating_series(),
        "day view, 40 units": repeat(lambda: EnvironBuilder(grid + "day", headers=cookie)),
        "week view, 48 rows": repeat(lambda: EnvironBuilder(grid + "week", headers=cookie)),
        "feed of 1,000 events": repeat(lambda: EnvironBuilder(feed)),
        "feed unchanged (304)": repeat(lambda: EnvironBuilder(feed, headers={"If-None-Match": etag})),
    }


def _etag(year: Year, feed: str) -> str:
    _, _, headers = run_wsgi_app(year.app.wsgi_app, EnvironBuilder(feed).get_environ(), buffered=True)
    return headers["ETag"]


AIMS = {
    "create a booking": (8, None, "bare insert"),
    "create a series of 18": (20, None, "bare insert"),
    "day view, 40 units": (15, 120, "50-row template"),
    "week view, 48 rows": (50, 300, "50-row template"),
    "feed of 1,000 events": (25, None, "library's calendar"),
    "feed unchanged (304)": (3, None, "hello route"),
}
EXPECTED = {"create a booking": "201", "create a series of 18": "201", "feed unchanged (304)": "304"}


def measure(year: Year) -> dict[str, tuple[float, float]]:
    """Each request's median processor milliseconds and the size of its answer in KiB."""
    found = {}
    for name, stream in requests_of(year).items():
        spent, body, status = cpu_ms(year.app, stream, RUNS if "series" not in name else 20)
        assert status.startswith(EXPECTED.get(name, "200")), (name, status, body[:300])
        found[name] = spent, len(body) / 1024
    return found


def crowd(year: Year, clients: int = 8, seconds: float = 6) -> tuple[float, float, float]:
    """Bookings a second with so many clients over HTTP, the 95th percentile in ms, and a worker's memory in MiB."""
    server = LiveServer(year.settings, year.folder, workers=2, threads=8).start()
    address = urlsplit(server.url).netloc
    waits: list[list[float]] = [[] for _ in range(clients)]
    units = year.units
    together = Barrier(clients)

    def ask(number: int) -> None:
        together.wait()
        until = time.monotonic() + seconds
        turn = 0
        with closing(http.client.HTTPConnection(address, timeout=30)) as connection:
            while time.monotonic() < until:
                unit_id = units[(number + clients * turn) % len(units)][0]
                start = at_local(year.today + timedelta(days=230 + turn // 20), 0) + timedelta(minutes=30 * (turn % 48))
                wanted = {
                    "units": [{"id": unit_id}],
                    "start": start.isoformat(),
                    "purpose": "teaching",
                    "title": "lesson",
                    "end": (start + timedelta(minutes=20)).isoformat(),
                }
                began = time.monotonic()
                connection.request(
                    "POST",
                    "/api/v1/bookings",
                    json.dumps(wanted),
                    {"Authorization": f"Bearer {year.token}", "Content-Type": "application/json"},
                )
                answer = connection.getresponse()
                answer.read()
                if answer.status == 201:
                    waits[number].append((time.monotonic() - began) * 1000)
                turn += 1

    threads = [Thread(target=ask, args=(number,)) for number in range(clients)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    memory = max(worker.memory_info().rss for worker in server.worker_processes()) / 1024**2
    server.close()
    every = sorted(wait for each in waits for wait in each)
    return len(every) / seconds, every[int(len(every) * 0.95)], memory


def start_to_first_page(year: Year) -> float:
    """Seconds from starting the server until the sign-in page has been answered."""
    server = LiveServer(year.settings, year.folder, workers=1, threads=4)
    began = time.monotonic()
    server.start("/sign-in")
    spent = time.monotonic() - began
    server.close()
    return spent


def report(name: str, year: Year, more: Year | None, ratio_to: dict[str, float]) -> None:
    print(f"\n{name}: {year.bookings:,} bookings" + (f" and {more.bookings:,}" if more else ""))
    for floor, spent in ratio_to.items():
        print(f"  floor: {floor:28s} {spent:8.2f} ms of processor time")
    print(f"  {'':30s} {'ms CPU':>8} {'aim':>5} {'× floor':>8} {'KiB':>7} {'aim':>5} {'× at ten times more':>20}")
    first, second = measure(year), measure(more) if more else {}
    for request, (spent, size) in first.items():
        aim, aim_size, floor = AIMS[request]
        growth = f"{second[request][0] / spent:.2f}" if more else ""
        sizes = f"{size:7.1f} {aim_size or '':>5}" if aim_size else f"{'':7} {'':5}"
        print(f"  {request:30s} {spent:8.2f} {aim:5} {spent / ratio_to[floor]:8.1f} {sizes} {growth:>20}", flush=True)
    rate, p95, memory = crowd(year)
    print(f"  8 clients over HTTP: {rate:.0f} bookings/s (aim 200), p95 {p95:.0f} ms (aim 80)")
    print(f"  worker memory: {memory:.0f} MiB (aim 90)")
    starts = statistics.median(start_to_first_page(year) for _ in range(3))
    print(f"  start to first page: {starts:.2f} s (aim 1.5)", flush=True)


def _place_for(name: str, folder: str, server: PostgresServer | None) -> tuple[str, Path]:
    """The address of an empty database, and a folder beside it."""
    place = Path(folder) / name
    place.mkdir()
    if server is None:
        return f"sqlite:///{place / 'bench.db'}", place
    with closing(engine_for(server.url()).raw_connection()) as connection:
        connection.driver_connection.autocommit = True
        connection.driver_connection.execute(f"CREATE DATABASE bench{name}")
    return server.url(f"bench{name}"), place


def main(words: list[str]) -> None:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    told.add_argument("--bookings", type=int, default=50_000)
    told.add_argument("--more", type=int, default=500_000)
    told.add_argument("--only-find", action="store_true", help="only what finding a slot costs")
    chosen = told.parse_args(words)
    server = PostgresServer() if chosen.database == "postgresql" else None
    with tempfile.TemporaryDirectory(prefix="gongfang-bench-") as folder:
        try:
            if server:
                server.start()
            city = _place_for("city", folder, server)
            report_finding(chosen.database, City(*city))
            years = []
            if chosen.only_find:
                return
            for count in filter(None, (chosen.bookings, chosen.more)):
                url, place = _place_for(str(count), folder, server)
                years.append(Year(url, place, count))
            report(chosen.database, years[0], years[1] if len(years) > 1 else None, floors(years[0]))
        finally:
            if server:
                server.remove()


if __name__ == "__main__":
    main(sys.argv[1:])
