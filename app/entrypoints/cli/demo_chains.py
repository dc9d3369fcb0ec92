"""The demo's chains: two steps for other members at one base, a request under way in them, another time, a stand-in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from app.booking.actions import asking, chain_setting, counter_offering, deciding, delegating
from app.booking.rules.chain import ALL_OF, Step
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.requester import MEMBER
from app.consortium.rules.office import Actor
from app.foundation.timespan import DAY, Span, at_local

STEPS = (Step(("keeper",)), Step(("owner", "safety"), ALL_OF, 16))


def chains_of_the_demo(
    people: Mapping[str, Sequence[Actor]], base_id: int, guarded: Sequence[int], now: datetime, today: date
) -> Iterator[Callable[[], Any]]:
    """At the base other members need the keeper, then owner and safety; one of them has the keeper's yes already."""
    admin, keeper, trainer = people["admin"][0], people["keeper"][0], people["trainer"][0]
    mark = chain_setting.mark_of({})
    yield lambda: chain_setting.set_chain(admin, "base", base_id, MEMBER, mark, STEPS, now=now)
    for number, days in enumerate((12, 13)):
        span = Span(at_local(today + days * DAY, 9 * 60), at_local(today + days * DAY, 11 * 60))
        wanted = (Want(guarded[number % len(guarded)]),)
        title, words = "五轴加工首件试切", (wanted, (Slot(span),), "technical_service")
        asked = Asked(*words, title, trainer.member_id or 0, trainer.person_id, 3)
        uid = str(uuid.uuid5(uuid.NAMESPACE_OID, f"demo/chain/{number}"))

        def ask(asked: Asked = asked, uid: str = uid, number: int = number) -> None:
            made = asking.request(trainer, asked, now=now, uid=uid)
            if number:
                deciding.approve(keeper, made.booking_id, 1, now=now, note="刀具已备好，可以安排。")
            else:
                date_id = made.date_ids[0]
                span = asked.slots[0].span
                later = Span(span.start + timedelta(days=1), span.end + timedelta(days=1))
                note = "当天设备保养，次日同一时间可用。"
                counter_offering.propose(keeper, made.booking_id, 1, date_id, later, note=note, now=now)

        yield ask
    head = people["college"][0].person_id
    yield lambda: delegating.delegate(keeper, head, today + 7 * DAY, today + 10 * DAY, now=now)
