"""Who gave way to whom in the demo world: a competition took two evenings of the trainer's, who appeals against one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from app.booking.actions import appealing, asking, displacing
from app.booking.rules.displacing import Said
from app.booking.rules.request import Asked, Slot, Want
from app.consortium.rules.office import Actor
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, at_local

DAYS_AHEAD = (9, 16)
SAID = Said("event", "市赛决赛定在本台设备进行，日期已公布。", "赛后优先安排一个整天补训，免收机时费", 60_000)
APPEAL = "员工已排定倒班，当晚无法改期，请考虑调整赛程。"


def displacements_of_the_demo(
    people: Mapping[str, Sequence[Actor]], unit_ids: Sequence[int], now: datetime, today: date
) -> Iterator[Callable[[], None]]:
    """On each of two evenings the first of these machines that is free is the trainer's, and then the competition's."""
    trainer, boss = people["trainer"][0], people["admin"][0]
    for number, days in enumerate(DAYS_AHEAD):
        start = at_local(today + timedelta(days=days), 19 * 60)
        slot = Slot(Span(start, start + timedelta(hours=2)))

        def do(number: int = number, slot: Slot = slot) -> None:
            for unit_id in unit_ids:
                lesson = _asked(trainer, unit_id, slot, "staff_training", "企业员工数控操作培训")
                try:
                    asking.request(trainer, lesson, now=now - timedelta(days=3), uid=_uid(number, 0))
                except Refused:
                    continue
                finals = _asked(boss, unit_id, slot, "competition", "市职业院校技能大赛数控赛项（决赛）")
                at = now - timedelta(hours=1)
                done = displacing.displace(boss, finals, SAID, now=at, uid=_uid(number, 1))
                if number:
                    appealing.appeal(trainer, done.displacement_ids[0], 1, APPEAL, now=now)
                return

        yield do


def _asked(who: Actor, unit_id: int, slot: Slot, purpose: str, title: str) -> Asked:
    return Asked((Want(unit_id),), (slot,), purpose, title, who.member_id or 0, who.person_id, 12)


def _uid(number: int, part: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"demo/displaced/{number}/{part}"))
