"""The demo's conduct: who came and who did not, one excused, one restriction proposed, one in force and appealed against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from app.consortium.actions import conduct
from app.consortium.rules.office import Actor
from app.consortium.rules.restriction import PROPOSED
from app.consortium.rules.scope import Scope
from app.consortium.store import credit
from app.foundation.timespan import DAY, Span
from app.usage.actions import judging, presence, restricting
from app.usage.rules.presence import Seen
from app.usage.store import listing
from app.usage.store import presence as presence_store
from app.usage.store.listing import Sought, Use

CLOCK = Actor(0, "demo", None, (), address="demo")
NEVER = None

Times = tuple[int, int] | None
"""Minutes after the start at which somebody came, and after the end at which she left; None: nobody came."""

CAME: tuple[tuple[str, tuple[Times, ...]], ...] = (
    ("teacher", ((-4, -2), (2, 0), (24, 1), (0, -1))),
    ("gao", (NEVER, (1, 0), NEVER, NEVER)),
    ("huang", ((19, 0), (0, 21), (32, 2))),
)
EXCUSED = (24, 1)
"""The teacher was late that day, and is excused."""


def conduct_of_the_demo(actors: Mapping[str, Sequence[Actor]], now: datetime) -> Iterator[Callable[[], object]]:
    """What to do, each in a transaction of its own."""
    boss = actors["admin"][0]
    for name, times in CAME:
        who = actors[name][0]
        for number, came in enumerate(times):
            yield partial(_used, who, boss, number, came, now)
    yield partial(_in_force, actors["huang"][0], boss, now)


def _used(who: Actor, boss: Actor, number: int, came: Times, now: datetime) -> None:
    """What is noted of one of her past dates, and what it is judged to be a day later."""
    use = _past(who, now)[number]
    if came is None:
        presence_store.note(Seen(use.date_id), expected_at=use.span.start)
    else:
        arrived = use.span.start + timedelta(minutes=came[0])
        left = use.span.end + timedelta(minutes=came[1])
        presence.correct(boss, use.booking_id, use.date_id, 0, arrived, left, now=left + timedelta(minutes=5))
    judged_at = use.span.end + DAY
    judging.judge(CLOCK, use.booking_id, use.date_id, now=judged_at)
    if came == EXCUSED:
        judging.excuse(
            boss, use.booking_id, use.date_id, 1, why="电梯故障，物业已证明", now=judged_at + timedelta(hours=2)
        )


def _past(who: Actor, now: datetime) -> list[Use]:
    window = Span(now - 40 * DAY, now - timedelta(hours=30))
    return listing.uses(Scope(everything=True), Sought(window=window, person_id=who.person_id), 20)


def _in_force(who: Actor, boss: Actor, now: datetime) -> None:
    """She is restricted for a time, and says why that is not right."""
    (held,) = (each for each in credit.restrictions(person_id=who.person_id) if each.state == PROPOSED)
    since = now - timedelta(hours=20)
    restricting.confirm(boss, held.id, held.version, why="一个月内三次未按时使用", now=since)
    words = "第三次是前一节课拖堂，实训室当时还锁着。"
    conduct.appeal(who, held.id, held.version + 1, words=words, now=since + timedelta(hours=1))
