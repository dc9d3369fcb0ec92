"""Rows of deliveries: leased, settled, gathered; and the list of them that an administrator looks through."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update

from app.database import session, table_of
from app.outbox.rules.delivery import DEAD, GATHERED, SENT, WAITING, Leased
from app.outbox.store.messages import of_ids
from app.outbox.tables import Delivery, Message

SORTS = {"posted": Message.posted_at, "due": Delivery.due_at, "tries": Delivery.tries}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of deliveries is narrowed to; empty means any."""

    state: str = ""
    channel: str = ""
    person_id: int | None = None
    template: str = ""
    sort: str = "-posted"


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery as a list shows it: never what the message says."""

    id: int
    message_id: int
    person_id: int
    template: str
    channel: str
    robot_id: int | None
    state: str
    posted_at: datetime
    due_at: datetime
    tries: int
    last_words: str
    ended_at: datetime | None


def add(rows: list[dict[str, object]]) -> None:
    if rows:
        session().execute(insert(table_of(Delivery)), rows)


def known_marks(marks: Collection[str]) -> set[str]:
    """Which of these are deliveries already."""
    return set(session().scalars(select(Delivery.mark).where(Delivery.mark.in_(sorted(marks))))) if marks else set()


def made_since(person_ids: Collection[int], since: datetime) -> dict[int, int]:
    """How many mails each of these people was given at once since then."""
    rows = session().execute(
        select(Delivery.person_id, func.count(Delivery.id))
        .where(
            Delivery.person_id.in_(sorted(person_ids)),
            Delivery.channel == "mail",
            Delivery.state.in_((WAITING, SENT)),
            Delivery.made_at > since,
        )
        .group_by(Delivery.person_id)
    )
    return dict(rows.all())


def told_since(robot_ids: Collection[int], since: datetime) -> dict[int, int]:
    """How many messages each of these robots was given since then."""
    rows = session().execute(
        select(Delivery.robot_id, func.count(Delivery.id))
        .where(Delivery.robot_id.in_(sorted(robot_ids)), Delivery.state.in_((WAITING, SENT)), Delivery.made_at > since)
        .group_by(Delivery.robot_id)
    )
    return {robot_id: number for robot_id, number in rows if robot_id is not None}


def lease(now: datetime, until: datetime, most: int) -> list[Leased]:
    """Take up to so many due deliveries for oneself, the longest due first; what another has in hand is skipped."""
    due = (
        session()
        .execute(
            select(Delivery.id, Delivery.channel, Delivery.robot_id, Delivery.mark, Delivery.tries, Delivery.message_id)
            .where(
                Delivery.state == WAITING,
                Delivery.due_at <= now,
                or_(Delivery.leased_until.is_(None), Delivery.leased_until <= now),
            )
            .order_by(Delivery.due_at, Delivery.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        .all()
    )
    if not due:
        return []
    session().execute(
        update(Delivery)
        .where(Delivery.id.in_([row.id for row in due]))
        .values(leased_until=until, tries=Delivery.tries + 1)
    )
    messages = {message.id: message for message in of_ids(sorted({row.message_id for row in due}))}
    return [Leased(row.id, row.channel, row.robot_id, row.mark, row.tries + 1, messages[row.message_id]) for row in due]


def release_leases() -> None:
    """Nobody is sending any more: what was in hand is due at once. Only for whoever knows to be the only sender."""
    session().execute(
        update(Delivery).where(Delivery.state == WAITING, Delivery.leased_until.is_not(None)).values(leased_until=None)
    )


def settle(delivery_id: int, state: str, due_at: datetime, words: str, now: datetime) -> None:
    """Note how a try ended. One that was sent stays sent, whatever a slower sender says later."""
    session().execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == WAITING)
        .values(
            state=state,
            due_at=due_at,
            last_words=words,
            leased_until=None,
            ended_at=None if state == WAITING else now,
        )
    )


def set_state(
    delivery_id: int, state: str, now: datetime, *, before: Collection[str], tries: int | None = None
) -> bool:
    """Whether it stood in one of the states `before` and has the new one now."""
    values: dict[str, Any] = {"state": state, "due_at": now, "leased_until": None}
    values["ended_at"] = None if state == WAITING else now
    if tries is not None:
        values["tries"] = tries
    found = session().scalar(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(tuple(before)))
        .values(**values)
        .returning(Delivery.id)
    )
    return found is not None


def revive_dead(now: datetime) -> list[int]:
    """Every dead delivery is due again, from its first try; their ids."""
    revived = session().scalars(
        update(Delivery)
        .where(Delivery.state == DEAD)
        .values(state=WAITING, due_at=now, leased_until=None, ended_at=None, tries=0)
        .returning(Delivery.id)
    )
    return sorted(revived)


# ── the digest ──


def people_with_gathered(now: datetime) -> list[int]:
    """Whoever has messages that wait for a digest."""
    query = select(Delivery.person_id).where(Delivery.state == GATHERED, Delivery.made_at <= now).distinct()
    return sorted(session().scalars(query))


def take_gathered(person_id: int, before: datetime, now: datetime) -> list[int]:
    """The messages gathered for a person before a moment; from now on they are told by her digest."""
    taken = session().scalars(
        update(Delivery)
        .where(Delivery.state == GATHERED, Delivery.person_id == person_id, Delivery.made_at <= before)
        .values(state=SENT, ended_at=now)
        .returning(Delivery.message_id)
    )
    return sorted(taken)


# ── to look through ──


def lines(wanted: Wanted, limit: int, offset: int = 0) -> list[Line]:
    column = SORTS.get(wanted.sort.removeprefix("-"), Message.posted_at)
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    rows = session().execute(_listed(wanted).order_by(order, Delivery.id.desc()).limit(limit).offset(offset))
    return [Line(*row) for row in rows]


def count(wanted: Wanted) -> int:
    return session().scalar(select(func.count()).select_from(_listed(wanted).subquery())) or 0


def find(delivery_id: int) -> Line | None:
    row = session().execute(_listed(Wanted()).where(Delivery.id == delivery_id)).first()
    return None if row is None else Line(*row)


def counts_by_state() -> dict[str, int]:
    rows = session().execute(select(Delivery.state, func.count(Delivery.id)).group_by(Delivery.state))
    return dict(rows.all())


def count_unsent() -> int:
    """How many messages have not gone out yet, or never will."""
    waiting = session().scalar(select(func.count(Delivery.id)).where(Delivery.state.in_((WAITING, DEAD)))) or 0
    return waiting + (session().scalar(select(func.count(Message.id)).where(Message.spread_at.is_(None))) or 0)


def has_dead() -> bool:
    return session().scalar(select(Delivery.id).where(Delivery.state == DEAD).limit(1)) is not None


def templates() -> list[str]:
    return sorted(session().scalars(select(Message.template).distinct()))


def _listed(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state:
        conditions.append(Delivery.state == wanted.state)
    if wanted.channel:
        conditions.append(Delivery.channel == wanted.channel)
    if wanted.person_id is not None:
        conditions.append(and_(Delivery.person_id == wanted.person_id, Delivery.channel == "mail"))
    if wanted.template:
        conditions.append(Message.template == wanted.template)
    return (
        select(
            Delivery.id,
            Delivery.message_id,
            Delivery.person_id,
            Message.template,
            Delivery.channel,
            Delivery.robot_id,
            Delivery.state,
            Message.posted_at,
            Delivery.due_at,
            Delivery.tries,
            Delivery.last_words,
            Delivery.ended_at,
        )
        .join(Message, Message.id == Delivery.message_id)
        .where(*conditions)
    )
