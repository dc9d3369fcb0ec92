"""Rows of feed subscriptions, to values and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, insert, or_, select, update

from app.booking.rules.feed import Feed, Subscriber
from app.booking.tables.addresses import Feed as FeedRow
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.office import Actor
from app.consortium.rules.office import Appointment as Office
from app.consortium.tables.people import Appointment, Member, Person
from app.database import session

_FEED = (
    FeedRow.id,
    FeedRow.person_id,
    FeedRow.acting_member_id,
    FeedRow.name,
    FeedRow.scope,
    FeedRow.scope_id,
    FeedRow.variant,
    FeedRow.made_at,
    FeedRow.used_at,
)
_THINGS: dict[str, Any] = {"person": Person, "member": Member, "base": TrainingBase, "lab": Lab, "unit": UnitRow}


def add(feed: Feed, token_hash: str) -> int:
    """Keep a new subscription (its own id is not used); its id."""
    return (
        session()
        .execute(
            insert(FeedRow)
            .values(
                person_id=feed.person_id,
                acting_member_id=feed.acting_member_id,
                token_hash=token_hash,
                name=feed.name,
                scope=feed.scope,
                scope_id=feed.scope_id,
                variant=feed.variant,
                made_at=feed.made_at,
            )
            .returning(FeedRow.id)
        )
        .scalar_one()
    )


def feeds_of(person_id: int) -> list[Feed]:
    """A person's living subscriptions, oldest first."""
    rows = session().execute(
        select(*_FEED).where(FeedRow.person_id == person_id, FeedRow.revoked_at.is_(None)).order_by(FeedRow.id)
    )
    return [Feed(*row) for row in rows]


def find(feed_id: int, person_id: int, *, lock: bool = False) -> Feed | None:
    """This person's living subscription, or None."""
    query = select(*_FEED).where(FeedRow.id == feed_id, FeedRow.person_id == person_id, FeedRow.revoked_at.is_(None))
    row = session().execute(query.with_for_update() if lock else query).one_or_none()
    return Feed(*row) if row else None


def subscriber(token_hash: str, today: date) -> Subscriber | None:
    """Whose feed has this secret, with the offices she holds today for the member it acts for; one statement.

    None when there is none, it was revoked, its owner's account is closed, or she has a newer password.
    """
    rows: list[Row[Any]] = list(session().execute(_subscriber(), {"token": token_hash, "today": today}))
    if not rows:
        return None
    feed = Feed(*rows[0][: len(_FEED)])
    name, locale = rows[0][len(_FEED) : len(_FEED) + 2]
    offices = tuple(
        Office(role, member_id, base_id, from_on, until_on)
        for member_id, role, base_id, from_on, until_on in (row[len(_FEED) + 2 :] for row in rows)
        if member_id is not None
    )
    return Subscriber(feed, Actor(feed.person_id, name, feed.acting_member_id, offices, on=today), locale)


@lru_cache(maxsize=1)
def _subscriber() -> Select[Any]:
    """Put together once, on plain columns: every fetch of every feed begins with it."""
    feed, person, office, member = (each.__table__.c for each in (FeedRow, Person, Appointment, Member))
    today = bindparam("today", type_=office.from_on.type)
    return (
        select(
            *(feed[column.key] for column in _FEED),
            person.name,
            person.locale,
            member.id,
            office.role,
            office.base_id,
            office.from_on,
            office.until_on,
        )
        .join_from(FeedRow.__table__, Person.__table__, person.id == feed.person_id)
        .outerjoin(
            Appointment.__table__,
            and_(
                office.person_id == person.id,
                office.member_id == feed.acting_member_id,
                office.from_on <= today,
                or_(office.until_on.is_(None), office.until_on > today),
            ),
        )
        .outerjoin(
            Member.__table__,
            and_(
                member.id == office.member_id,
                member.joined_on <= today,
                or_(member.left_on.is_(None), member.left_on > today),
            ),
        )
        .where(
            feed.token_hash == bindparam("token"),
            feed.revoked_at.is_(None),
            person.disabled_at.is_(None),
            or_(person.password_set_at.is_(None), person.password_set_at <= feed.made_at),
        )
        .order_by(office.id)
    )


def set_secret(feed_id: int, token_hash: str, now: datetime) -> None:
    """A new address, made now; nobody has used it yet."""
    session().execute(
        update(FeedRow).where(FeedRow.id == feed_id).values(token_hash=token_hash, made_at=now, used_at=None)
    )


def set_name(feed_id: int, name: str) -> None:
    session().execute(update(FeedRow).where(FeedRow.id == feed_id).values(name=name))


def revoke(feed_id: int, now: datetime) -> None:
    session().execute(update(FeedRow).where(FeedRow.id == feed_id).values(revoked_at=now))


def note_use(feed_id: int, now: datetime) -> None:
    session().execute(update(FeedRow).where(FeedRow.id == feed_id).values(used_at=now))


def is_there(scope: str, scope_id: int) -> bool:
    """Whether the thing a feed would be of exists."""
    table = _THINGS.get(scope)
    return table is not None and session().scalar(select(table.id).where(table.id == scope_id)) is not None


def names(pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, str]]:
    """For each (scope, id) that exists its Chinese and English name; one statement per kind of thing."""
    wanted: dict[str, set[int]] = {}
    for scope, scope_id in pairs:
        wanted.setdefault(scope, set()).add(scope_id)
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for scope, ids in sorted(wanted.items()):
        table = _THINGS[scope]
        named = (Person.name, Person.name) if scope == "person" else (table.name_zh, table.name_en)
        rows = session().execute(select(table.id, *named).where(table.id.in_(sorted(ids))))
        found |= {(scope, row[0]): (row[1], row[-1]) for row in rows}
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """A thing one may subscribe to. `lab_*` says in which lab a unit stands; empty for everything else."""

    scope: str
    id: int
    name_zh: str
    name_en: str
    lab_zh: str = ""
    lab_en: str = ""


def bases_to_choose(today: date) -> list[Choice]:
    """Every base that is still there."""
    rows = session().execute(
        select(TrainingBase.id, TrainingBase.name_zh, TrainingBase.name_en)
        .where(or_(TrainingBase.retired_on.is_(None), TrainingBase.retired_on > today))
        .order_by(TrainingBase.code)
    )
    return [Choice("base", *row) for row in rows]


def things_to_choose(base_id: int, today: date) -> list[Choice]:
    """The labs of a base, then what stands in them, lab by lab. A whole room is its lab."""
    there = or_(Lab.retired_on.is_(None), Lab.retired_on > today)
    labs = session().execute(
        select(Lab.id, Lab.name_zh, Lab.name_en).where(Lab.base_id == base_id, there).order_by(Lab.code)
    )
    units = session().execute(
        select(UnitRow.id, UnitRow.name_zh, UnitRow.name_en, Lab.name_zh, Lab.name_en)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .where(
            Lab.base_id == base_id,
            there,
            UnitRow.kind != "room",
            or_(UnitRow.retired_on.is_(None), UnitRow.retired_on > today),
        )
        .order_by(Lab.code, UnitRow.code)
    )
    return [*(Choice("lab", *row) for row in labs), *(Choice("unit", *row) for row in units)]


def base_of(scope: str, scope_id: int) -> int | None:
    """The base that a base, lab or unit is or lies in."""
    if scope == "base":
        return session().scalar(select(TrainingBase.id).where(TrainingBase.id == scope_id))
    if scope == "lab":
        return session().scalar(select(Lab.base_id).where(Lab.id == scope_id))
    return session().scalar(select(Lab.base_id).join(UnitRow, UnitRow.lab_id == Lab.id).where(UnitRow.id == scope_id))
