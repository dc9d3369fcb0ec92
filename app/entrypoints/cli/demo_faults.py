"""The demo's faults: one lathe out of order with bookings in its way, a report that waits, and some that are over."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from app.booking.actions import asking, faults
from app.booking.actions.situation import NO_TIME_LIMITS
from app.booking.rules.request import Asked, Slot, Want
from app.consortium.rules.office import Actor
from app.foundation.timespan import DAY, Span, at_local
from app.timetable.rules.faults import UNUSABLE, USABLE, Ending, Finding, Report

OVER = (
    (0, 19, 30, "power", "主轴不转，配电箱跳闸", "更换空气开关，供电恢复"),
    (1, 12, 7, "wear", "加工尺寸偏差超过0.05毫米", "更换丝杠轴承，重新校准"),
    (2, 6, 3, "software", "数控系统启动后黑屏", "重装系统并恢复参数"),
)
"""Which lathe, how many days ago, for how many hours, of what, what was said, what was done."""


def faults_of_the_demo(
    actors: Mapping[str, Sequence[Actor]], lathes: Sequence[int], now: datetime, today: date
) -> Iterator[Callable[[], object]]:
    """What to do, each in a transaction of its own."""
    teacher, trainer, keeper = actors["teacher"][0], actors["trainer"][0], actors["keeper"][0]
    for at, days, hours, cause, words, done in OVER:
        began = now - timedelta(days=days, hours=2)
        yield partial(_over, teacher, keeper, lathes[at], began, hours, cause, words, done)
    broken = lathes[-1]
    for number, (who, title) in enumerate(((teacher, "数控车削补课"), (trainer, "企业员工车工培训"))):
        day = today + (1 + number) * DAY
        slot = Slot(Span(at_local(day, 18 * 60 + 30), at_local(day, 20 * 60)))
        asked = Asked((Want(broken),), (slot,), "teaching", title, who.member_id or 0, who.person_id, 12)
        uid = str(uuid.uuid5(uuid.NAMESPACE_OID, f"demo-fault-{number}"))
        yield partial(asking.request, who, asked, now=now - DAY, uid=uid, limits=NO_TIME_LIMITS)
    yield partial(_out_of_order, teacher, keeper, broken, now, at_local(today + 3 * DAY, 12 * 60))
    usable = Report("尾座有异响，进给时抖动", USABLE, now - timedelta(hours=1))
    yield partial(faults.report, trainer, lathes[1], usable, now=now)


def _over(
    teacher: Actor, keeper: Actor, unit_id: int, began: datetime, hours: int, cause: str, words: str, done: str
) -> None:
    soon = began + timedelta(minutes=20)
    fault_id = faults.report(teacher, unit_id, Report(words, UNUSABLE, began), now=began)
    faults.confirm(keeper, fault_id, 1, Finding(began, soon + DAY, UNUSABLE, cause), now=soon)
    ended = began + timedelta(hours=hours)
    faults.repair(keeper, fault_id, 2, Ending(ended, cause, done, "维修基金"), now=ended)


def _out_of_order(teacher: Actor, keeper: Actor, unit_id: int, now: datetime, until: datetime) -> None:
    began = now - timedelta(hours=3)
    fault_id = faults.report(teacher, unit_id, Report("主轴异响，有焦糊味，已断电", UNUSABLE, began), now=began)
    faults.confirm(keeper, fault_id, 1, Finding(began, until, UNUSABLE, "wear"), now=now - timedelta(hours=2))
