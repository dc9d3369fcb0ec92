"""Door screens: a keeper makes and ends an address for a screen at the door; what such a screen may tell: no names, no titles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.booking.actions import looking, moment
from app.booking.actions.situation import record
from app.booking.rules.moment import Stretch
from app.booking.store import looking as looking_store
from app.booking.store import screens as store
from app.booking.store.looking import UnitLine
from app.booking.store.screens import Screen, Shown
from app.catalogue.actions.standing import require
from app.catalogue.rules.unit import Thing
from app.consortium.rules.office import NOBODY, Actor
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import Invalid, NotFound, Reason, Refused
from app.foundation.timespan import day_span, local_day

LONGEST_NAME = 80
MOST_SCREENS = 50
"""Living screens of one base."""
NOTED_EVERY = timedelta(minutes=10)
"""The last use of a screen is noted at most so often; it asks every minute."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a screen shows: its rows (labs, or what stands in the one lab) and what this day is made of for each."""

    lines: tuple[UnitLine, ...]
    days: dict[int, list[Stretch]]


def screens_of(actor: Actor, base_id: int, now: datetime) -> list[Screen]:
    """The living screens of a base. Raises Refused where the actor does not keep it."""
    require(actor, "screen.change", Thing("base", base_id), now)
    return store.of_base(base_id)


def make(actor: Actor, base_id: int, lab_id: int | None, name: str, *, token: str, now: datetime) -> int:
    """An address for a screen at the door of a base, or of one of its labs; its id. Whoever holds `token` may look.

    Only the hash of the token is kept. Raises Refused with every reason.
    """
    require(actor, "screen.change", Thing("base", base_id), now)
    tidy = " ".join(name.split())
    reasons: list[Reason] = []
    if not tidy:
        reasons.append(Invalid("name", "missing"))
    elif len(tidy) > LONGEST_NAME:
        reasons.append(Invalid("name", "too_long"))
    if lab_id is not None and lab_id not in {each for each, *_ in store.labs_of(base_id)}:
        reasons.append(Invalid("lab", "unknown"))
    if len(store.of_base(base_id)) >= MOST_SCREENS:
        reasons.append(Invalid("name", "too_many"))
    if reasons:
        raise Refused(reasons)
    screen_id = store.add(base_id, lab_id, tidy, secret_hash(token), actor.person_id, now)
    after = {"name": tidy, "base": base_id, "lab": lab_id}
    record(actor, "screen.change", screen_id, now, kind="screen", after=after)
    return screen_id


def revoke(actor: Actor, screen_id: int, *, now: datetime) -> int:
    """End a screen's address for good; the base it hung at. Raises Refused(NotFound)."""
    found = store.find(screen_id)
    if found is None:
        raise Refused(NotFound())
    base_id, name = found
    require(actor, "screen.change", Thing("base", base_id), now)
    store.revoke(screen_id, now)
    record(actor, "screen.change", screen_id, now, kind="screen", before={"name": name, "base": base_id})
    return base_id


def find(token: str) -> Shown | None:
    """The screen with this secret; None when it is unknown or was revoked."""
    return store.by_secret(secret_hash(token)) if token.isascii() else None


def picture(screen: Shown, now: datetime) -> Picture:
    """What the screen tells of this whole day; six statements. It is read as nobody reads: no names, no titles."""
    today = local_day(now)
    if screen.lab_id is not None:
        lines = looking_store.unit_lines(today, lab_id=screen.lab_id)
    else:
        lines = looking_store.unit_lines(today, base_id=screen.base_id, kind="room")
    if not lines:
        return Picture((), {})
    day = day_span(today)
    uses, _ = looking.board(NOBODY, lines, day)
    return Picture(tuple(lines), moment.of_units(lines, uses, day.start, day.end))


def is_use_worth_noting(screen: Shown, now: datetime) -> bool:
    return screen.used_at is None or now - screen.used_at >= NOTED_EVERY


def note_use(screen_id: int, now: datetime) -> None:
    """Note that a screen looked. No deed, so it leaves no trail."""
    store.note_use(screen_id, now)
