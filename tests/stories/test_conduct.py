"""Who comes: said with one press, noted by the keeper; given back, made longer, given on when nobody comes; judged, excused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.consortium.store import credit as credit_store
from app.consortium.tables.people import Setting
from app.database import session, transaction
from app.entrypoints import clock
from app.entrypoints.jobs.line import SYSTEM
from app.entrypoints.jobs.usage import run_judge, run_presence
from app.foundation.refusal import Refused
from app.foundation.timespan import ZONE, Span
from app.outbox.tables import Message
from app.trail.tables import Entry
from app.usage.actions import presence as actions
from app.usage.actions import tending
from app.usage.rules.presence import GivenOn
from app.usage.store import judging as judged_store
from app.usage.store import presence as store
from tests import world
from tests.stories.test_waiting_list import offer_of, standby, waits
from tests.stories.workshop import Somebody, Workshop, dates_of, reading, states_of, version_of
from tests.world import actor_of

DAY = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


class Watch:
    """The clock on everybody's wall, which the story sets."""

    def __init__(self) -> None:
        self.now = DAY + timedelta(hours=9)

    def shows(self, text: str) -> datetime:
        hour, minute = map(int, text.split(":"))
        self.now = DAY + timedelta(hours=hour, minutes=minute)
        return self.now


@pytest.fixture
def watch(monkeypatch) -> Watch:
    found = Watch()
    monkeypatch.setattr(clock, "now", lambda: found.now)
    return found


@pytest.fixture
def workshop(app, watch) -> Workshop:
    """Today at nine. It is noted who comes, and what nobody comes for is given on."""
    made = Workshop(app)
    sets(presence__kept=1, release__unclaimed=1, judge__after_hours=1)
    return made


def sets(**numbers: int) -> None:
    rows = [Setting(name=name.replace("__", "."), value=str(value), version=1) for name, value in numbers.items()]

    def do() -> None:
        for row in rows:
            session().merge(row)
        session().flush()

    with reading():
        transaction(do)


def ticks(watch: Watch) -> str:
    with reading():
        return run_presence(watch.now)


def judges(watch: Watch) -> str:
    with reading():
        return run_judge(watch.now)


def booked(who: Somebody, unit: int, at: str = "10:00-11:40") -> tuple[int, int]:
    answer = who.asks_for(unit, on=DAY.date(), at=at)
    booking_id = answer.booking_id
    return booking_id, dates_of(booking_id)[0][0]


def press(who: Somebody, booking: tuple[int, int], what: str, **values: Any):
    return who.sends(f"/bookings/{booking[0]}/dates/{booking[1]}/{what}", {"version": version_of(booking[0])} | values)


def verdict_of(date_id: int) -> str | None:
    with reading():
        found = judged_store.judgements([date_id]).get(date_id)
        return found.verdict.word if found else None


def points_of(person_id: int) -> list[tuple[str, int]]:
    with reading():
        return [(each.rule, each.points) for each in credit_store.events_of([person_id])]


def deeds(kind: str, number: int) -> list[str]:
    with reading():
        query = select(Entry.deed).where(Entry.object_kind == kind, Entry.object_id == number).order_by(Entry.id)
        return list(session().scalars(query))


def told(person_id: int) -> list[str]:
    with reading():
        return list(session().scalars(select(Message.template).where(Message.person_id == person_id)))


# ── coming ──


def test_one_press_says_that_she_is_here_and_only_when_it_is_time(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    watch.shows("09:44")
    press(workshop.teacher, mine, "arrive")
    assert "I am here" not in workshop.teacher.opens(f"/bookings/{mine[0]}").words
    watch.shows("09:45")
    assert "I am here" in workshop.teacher.opens(f"/bookings/{mine[0]}").words
    press(workshop.teacher, mine, "arrive")
    assert "came 09:45" in workshop.teacher.opens(f"/bookings/{mine[0]}").words
    press(workshop.teacher, mine, "arrive")
    assert "noted already" in workshop.teacher.opens(f"/bookings/{mine[0]}").text
    assert deeds("date", mine[1]) == ["presence.arrive"]


def test_nobody_else_says_so_and_a_stranger_finds_nothing(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    watch.shows("10:05")
    assert press(workshop.trainer, mine, "arrive").status == 404
    with reading():
        assert store.seen([mine[1]])[mine[1]].version == 0


def test_the_keeper_notes_it_on_the_days_list_and_puts_it_right(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    watch.shows("10:20")
    assert "Lathe 1" in workshop.keeper.opens("/today").words
    assert press(workshop.keeper, mine, "arrive", back="today").location == "/today"
    right = f"{DAY:%Y-%m-%d}T10:02"
    press(workshop.keeper, mine, "correct", version=1, arrived=right, left="")
    assert "came 10:02" in workshop.keeper.opens("/today").words
    press(workshop.keeper, mine, "correct", version=1, arrived=right, left="")
    assert "changed" in workshop.keeper.opens("/today").text
    assert deeds("date", mine[1]) == ["presence.arrive", "presence.correct"]
    assert press(workshop.teacher, mine, "correct", version=2, arrived="", left="").status == 403


def test_a_list_of_nobody_says_so(workshop: Workshop):
    assert "Nobody comes on this day" in workshop.keeper.opens("/today?day=2020-01-01").words
    assert workshop.keeper.opens("/today?format=csv").status == 200


# ── giving back, making longer ──


def test_who_is_done_sooner_gives_the_rest_back_and_the_next_in_the_line_gets_it(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe, "10:00-13:00")
    waits(workshop.trainer, today(standby(workshop, workshop.lathe)))
    watch.shows("10:10")
    press(workshop.teacher, mine, "arrive")
    watch.now = watch.shows("10:40") + timedelta(seconds=20)
    assert press(workshop.teacher, mine, "done").status == 303
    assert dates_of(mine[0])[0][2:] == ("10:00-10:41", "confirmed")
    assert offer_of(workshop.trainer) is not None
    watch.shows("12:00")
    judges(watch)
    assert verdict_of(mine[1]) == "normal"
    assert points_of(workshop.teacher.id) == [("normal", 1)]


def today(values: dict[str, Any]) -> dict[str, Any]:
    day = DAY.date()
    return values | {
        "first_day": day.isoformat(),
        "last_day": day.isoformat(),
        "weekday": [str(day.isoweekday())],
        "since": "10:00",
        "until": "13:00",
        "minutes": "60",
    }


def test_giving_back_asks_no_shortest_length_and_no_blocks(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe, "10:00-13:00")
    sets(limit__block_minutes=60, limit__shortest_minutes=120)
    watch.shows("10:25")
    press(workshop.teacher, mine, "done")
    assert dates_of(mine[0])[0][2] == "10:00-10:25"


def test_a_while_longer_where_it_is_free_and_what_is_free_else(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    watch.shows("11:30")
    press(workshop.teacher, mine, "longer")
    assert dates_of(mine[0])[0][2:] == ("10:00-12:10", "confirmed")
    booked(workshop.colleague, workshop.lathe, "12:30-13:00")
    refused = press(workshop.teacher, mine, "longer")
    assert refused.location.startswith(f"/book/new?unit={workshop.lathe}&start={DAY:%Y-%m-%d}T12:10")
    assert dates_of(mine[0])[0][2] == "10:00-12:10"
    assert "12:30" in workshop.teacher.opens(refused.location).text


def test_where_a_keeper_decides_only_she_makes_it_longer(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.laser)
    workshop.keeper.approves(mine[0])
    watch.shows("11:30")
    press(workshop.teacher, mine, "longer")
    assert "A keeper decides about Laser" in workshop.teacher.opens(f"/bookings/{mine[0]}").text
    press(workshop.keeper, mine, "longer")
    assert dates_of(mine[0])[0][2:] == ("10:00-12:10", "confirmed")


# ── nobody comes ──


def test_what_nobody_comes_for_is_given_on_at_the_very_minute(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe, "10:00-13:00")
    waits(workshop.trainer, today(standby(workshop, workshop.lathe)))
    watch.shows("10:00")
    assert ticks(watch) == "watched: 1"
    watch.shows("10:29")
    assert ticks(watch) == ""
    watch.shows("10:30")
    assert ticks(watch) == "released: 1"
    assert dates_of(mine[0])[0][2:] == ("10:00-10:30", "confirmed")
    assert offer_of(workshop.trainer) is not None
    assert "usage/released" in told(workshop.teacher.id)
    press(workshop.teacher, mine, "arrive")
    assert "was given on" in workshop.teacher.opens(f"/bookings/{mine[0]}").text
    assert ticks(watch) == ""
    watch.shows("11:30")
    assert judges(watch) == "judged: 1"
    assert (verdict_of(mine[1]), points_of(workshop.teacher.id)) == ("no_show", [("no_show", -10)])


def test_who_came_keeps_it(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    watch.shows("10:00")
    ticks(watch)
    watch.shows("10:29")
    press(workshop.teacher, mine, "arrive")
    watch.shows("10:30")
    assert ticks(watch) == ""
    assert dates_of(mine[0])[0][2] == "10:00-11:40"


@pytest.mark.parametrize("off", ["presence__kept", "release__unclaimed"])
def test_nothing_is_given_on_where_that_is_not_set(workshop: Workshop, watch: Watch, off):
    sets(**{off: 0})
    mine = booked(workshop.teacher, workshop.lathe)
    for text in ("10:00", "10:30", "11:30"):
        watch.shows(text)
        ticks(watch)
    assert dates_of(mine[0])[0][2] == "10:00-11:40"
    watch.shows("13:00")
    judges(watch)
    assert verdict_of(mine[1]) == (None if off == "presence__kept" else "no_show")


def test_a_clock_that_stood_still_makes_nobody_a_no_show(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    watch.shows("13:00")
    assert (ticks(watch), judges(watch)) == ("", "")
    assert verdict_of(mine[1]) is None


def test_what_is_closed_is_neither_given_on_nor_judged(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.stations)
    watch.shows("10:00")
    ticks(watch)
    with reading():
        keeper = actor_of(workshop.keeper.id, workshop.keeper.acting, watch.now)
        span = Span(watch.now, watch.now + timedelta(hours=2))
        transaction(lambda: closes_beside(keeper, workshop, span))
    watch.shows("10:40")
    assert ticks(watch) == ""
    watch.shows("13:00")
    judges(watch)
    assert verdict_of(mine[1]) == "not_judged"


def closes_beside(keeper: Any, workshop: Workshop, span: Span) -> None:
    """Closes the room under a booking, which the page refuses: as a fault or a story before it may have."""
    from app.booking.rules.request import Claim
    from app.booking.store import closures, ledger

    closed = closures.add_closure(
        "closure", "unit", workshop.room, span, "burst pipe", keeper.person_id, span.start, None
    )
    claim = Claim(workshop.room, 1, exclusive=False, asked=True)
    ledger.take([ledger.Taking(claim, span, True, closure_id=closed)])


@pytest.mark.parametrize("first", ["arrival", "release"])
def test_somebody_who_arrives_in_the_very_moment_has_come_or_finds_it_given_on(workshop, watch, app, first):
    """Both at once, again and again, whoever is first: never both, never neither."""
    now = watch.shows("10:30")
    with reading():
        teacher = actor_of(workshop.teacher.id, workshop.teacher.acting, now)
        for number in range(6):
            world.unit(workshop.lab, f"race{number}", name_en=f"Race {number}")
    watch.shows("09:00")
    dates = []
    with reading():
        units = [world.unit(workshop.lab, f"racer{number}") for number in range(6)]
    dates = [booked(workshop.teacher, unit) for unit in units]
    watch.shows("10:00")
    ticks(watch)
    for booking_id, date_id in dates:
        gate = threading.Barrier(2)

        def arrives(booking_id=booking_id, date_id=date_id, gate=gate):
            return attempts(
                app, gate, lambda: actions.arrive(teacher, booking_id, date_id, now=now), first == "release"
            )

        def releases(booking_id=booking_id, date_id=date_id, gate=gate):
            return attempts(app, gate, lambda: tending.tend(SYSTEM, booking_id, date_id, now=now), first == "arrival")

        with ThreadPoolExecutor(2) as pool:
            came, given = pool.submit(arrives), pool.submit(releases)
            arrived, released = came.result(), given.result()
        with reading():
            seen = store.seen([date_id])[date_id]
        if released == tending.RELEASED:
            assert arrived == GivenOn
            assert seen.arrived_at is None
            assert dates_of(booking_id)[0][2] == "10:00-10:30"
        else:
            assert (released, seen.released_at) == (None, None)
            assert seen.arrived_at == now
            assert dates_of(booking_id)[0][2] == "10:00-11:40"


def attempts(app: Any, gate: threading.Barrier, do: Any, waits_a_little: bool) -> Any:
    with app.app_context():
        gate.wait()
        if waits_a_little:
            threading.Event().wait(0.002)
        try:
            return transaction(do)
        except Refused as refused:
            return type(refused.reasons[0])


# ── judging and excusing ──


def test_late_and_over_are_judged_and_an_excuse_gives_the_points_back(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    watch.shows("10:15")
    press(workshop.teacher, mine, "arrive")
    watch.shows("12:00")
    press(workshop.keeper, mine, "leave")
    watch.shows("12:39")
    assert judges(watch) == ""
    watch.shows("12:40")
    assert judges(watch) == "judged: 1"
    assert judges(watch) == ""
    assert verdict_of(mine[1]) == "late_overrun"
    assert points_of(workshop.teacher.id) == [("late", -3), ("overrun", -3)]
    shown = workshop.keeper.opens("/today").words
    assert "Came late and stayed too long" in shown
    assert "15 minutes late, 20 minutes over" in shown
    assert press(workshop.teacher, mine, "excuse", version=1, why="The bus").status == 403
    press(workshop.keeper, mine, "excuse", version=1, why="")
    assert verdict_of(mine[1]) == "late_overrun"
    press(workshop.keeper, mine, "excuse", version=1, why="The lift was broken")
    assert "Excused: The lift was broken" in workshop.teacher.opens(f"/bookings/{mine[0]}").words
    assert [points for _, points in points_of(workshop.teacher.id)] == [-3, -3, 3, 3]
    assert "100 points now" in workshop.teacher.opens("/account/credit").words
    assert deeds("date", mine[1]) == ["presence.arrive", "presence.leave", "presence.judge", "presence.excuse"]
    assert [each for each in told(workshop.teacher.id) if each.startswith("usage/")] == [
        "usage/judged",
        "usage/excused",
    ]
    press(workshop.keeper, mine, "excuse", version=2, why="Again")
    assert len(points_of(workshop.teacher.id)) == 4


def test_what_was_judged_is_no_longer_put_right(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    watch.shows("10:00")
    press(workshop.teacher, mine, "arrive")
    watch.shows("12:40")
    judges(watch)
    press(workshop.keeper, mine, "correct", version=1, arrived="", left="")
    assert "judged already" in workshop.keeper.opens("/today").text


def test_nobody_excuses_herself(workshop: Workshop, watch: Watch):
    mine = booked(workshop.keeper, workshop.lathe)
    watch.shows("10:20")
    press(workshop.keeper, mine, "arrive")
    watch.shows("12:40")
    judges(watch)
    press(workshop.keeper, mine, "excuse", version=1, why="I am the keeper")
    assert points_of(workshop.keeper.id) == [("late", -3)]


def test_cancelling_late_costs_points_and_is_never_refused(workshop: Workshop, watch: Watch):
    mine = booked(workshop.teacher, workshop.lathe)
    other = booked(workshop.colleague, workshop.other_lathe)
    assert workshop.teacher.cancels(mine[0]).status == 303
    assert workshop.keeper.cancels(other[0]).status == 303
    watch.shows("13:00")
    judges(watch)
    assert (verdict_of(mine[1]), verdict_of(other[1])) == ("late_cancel", "not_judged")
    assert points_of(workshop.teacher.id) == [("late_cancel", -2)]
    assert points_of(workshop.colleague.id) == []
    assert states_of(mine[0]) == ["cancelled"]
