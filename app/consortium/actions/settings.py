"""What people can do with settings: change the numbers in force for the whole consortium."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.rules.settings import SETTINGS, in_force, reasons_against
from app.consortium.store import settings as store
from app.foundation.identifiers import canonical, secret_hash
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, Refused
from app.trail import actions as trail


def settings_now() -> dict[str, int]:
    """Every number in force."""
    return in_force(store.kept())


def mark_of(values: Mapping[str, int]) -> str:
    """A short mark of the numbers as they stand: two people who change them at once find out by it."""
    return secret_hash(canonical(dict(values)))[:16]


def set_all(actor: Actor, mark: str, values: Mapping[str, int | None], *, now: datetime) -> None:
    """Change numbers; one that equals its default is no longer kept. Raises Refused with everything wrong."""
    if not may(actor, "setting.change"):
        raise Refused(NotAllowed("setting.change"))
    before = settings_now()
    if mark_of(before) != mark:
        raise Refused(ChangedMeanwhile(0))
    if reasons := reasons_against(values, before):
        raise Refused(reasons)
    changed = {name: value for name, value in values.items() if value is not None and before[name] != value}
    store.put({name: None if value == SETTINGS[name].default else value for name, value in changed.items()})
    trail.record_by(
        actor,
        "setting.change",
        now=now,
        kind="setting",
        object_id=0,
        before={name: before[name] for name in changed},
        after=changed,
    )
