"""What people can do about messages: choose how they want theirs, look after what did not go out, set group robots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Refused
from app.outbox import actions as outbox
from app.outbox.rules import robot as robot_rules
from app.outbox.rules import ways as way_rules
from app.outbox.rules.delivery import DEAD, DROPPED, GATHERED, WAITING, NotDead
from app.outbox.rules.letter import TRIAL, Letter
from app.outbox.rules.robot import KeptRobot, RobotForm
from app.outbox.rules.ways import Choices
from app.outbox.store import choices, deliveries, robots
from app.trail import actions as trail

MOST_ROBOTS = 50


def choose(actor: Actor, ways: Mapping[str, str], digest_hour: int, version: int, now: datetime) -> None:
    """How the actor wants her own messages from now on. Raises Refused(Invalid, ChangedMeanwhile, NotAllowed)."""
    if not may(actor, "account.change", Placement(holder_ids=frozenset({actor.person_id}))):
        raise Refused(NotAllowed("account.change"))
    if reasons := way_rules.reasons_against(ways, digest_hour):
        raise Refused(reasons)
    before = choices.find(actor.person_id)
    if before.version != version:
        raise Refused(ChangedMeanwhile(before.version))
    choices.keep(actor.person_id, Choices(ways, digest_hour))
    _record(
        actor,
        "account.choose_messages",
        "person",
        actor.person_id,
        now,
        {"ways": dict(before.ways), "digest_hour": before.digest_hour},
        {"ways": dict(ways), "digest_hour": digest_hour},
    )


# ── what did not go out ──


def send_again(actor: Actor, delivery_id: int, now: datetime) -> None:
    """Try a dead or dropped delivery anew, from the first try. Raises Refused(NotFound, NotDead, NotAllowed)."""
    _change_state(actor, "outbox.send_again", delivery_id, WAITING, (DEAD, DROPPED), now)


def send_all_again(actor: Actor, now: datetime) -> int:
    """Try every dead delivery anew; how many. Where there is none, nothing changes. Raises Refused(NotAllowed)."""
    if not may(actor, "outbox.change"):
        raise Refused(NotAllowed("outbox.change"))
    revived = deliveries.revive_dead(now)
    if revived:
        _record(actor, "outbox.send_all_again", "delivery", revived[0], now, None, {"deliveries": revived[:1000]})
    return len(revived)


def drop(actor: Actor, delivery_id: int, now: datetime) -> None:
    """Give a delivery up; it stays a notice on its person's page. Raises Refused(NotFound, NotDead, NotAllowed)."""
    _change_state(actor, "outbox.drop", delivery_id, DROPPED, (DEAD, WAITING, GATHERED), now)


def _change_state(actor: Actor, deed: str, delivery_id: int, state: str, before: Sequence[str], now: datetime) -> None:
    if not may(actor, "outbox.change"):
        raise Refused(NotAllowed("outbox.change"))
    line = deliveries.find(delivery_id)
    if line is None:
        raise Refused(NotFound())
    if not deliveries.set_state(delivery_id, state, now, before=before, tries=0 if state == WAITING else None):
        raise Refused(NotDead(line.state))
    _record(actor, deed, "delivery", delivery_id, now, {"state": line.state, "tries": line.tries}, {"state": state})


# ── group robots ──


def add_robot(actor: Actor, told: RobotForm, hosts: Sequence[str], now: datetime) -> int:
    """A new robot; `hosts` are those this installation lets be told things. Raises Refused with every reason."""
    told = _tidy(told)
    _judge(actor, told, hosts)
    if robots.count() >= MOST_ROBOTS:
        raise Refused(Invalid("robot_name", "too_many"))
    robot_id = robots.add(told, actor.person_id, now)
    _record(actor, "robot.add", "robot", robot_id, now, None, _plain(told))
    return robot_id


def change_robot(
    actor: Actor, robot_id: int, version: int, told: RobotForm, hosts: Sequence[str], now: datetime
) -> None:
    """Change a robot. An empty address or secret leaves the kept one. Raises Refused with every reason."""
    kept = _get(actor, robot_id)
    told = _tidy(told)
    told = replace(told, url=told.url or kept.told.url, secret=told.secret or kept.told.secret)
    _judge(actor, told, hosts)
    if not robots.keep(robot_id, version, told):
        raise Refused(ChangedMeanwhile(kept.version))
    _record(actor, "robot.change", "robot", robot_id, now, _plain(kept.told), _plain(told))


def end_robot(actor: Actor, robot_id: int, version: int, now: datetime) -> None:
    """Nothing is told to it any more, and its address is forgotten. Raises Refused(NotFound, ChangedMeanwhile)."""
    kept = _get(actor, robot_id)
    if not robots.end(robot_id, version, now):
        raise Refused(ChangedMeanwhile(kept.version))
    _record(actor, "robot.end", "robot", robot_id, now, _plain(kept.told))


def try_robot(actor: Actor, robot_id: int, now: datetime) -> None:
    """Let a robot say a few words, so that its group sees that it works. Raises Refused(NotFound, NotAllowed)."""
    kept = _get(actor, robot_id)
    outbox.post_trial(
        Letter(actor.person_id, TRIAL, f"{robot_id}/{now.isoformat()}", {"robot": robot_id}), kept.id, now
    )
    _record(actor, "robot.try", "robot", robot_id, now)


def _get(actor: Actor, robot_id: int) -> KeptRobot:
    if not may(actor, "robot.change"):
        raise Refused(NotAllowed("robot.change"))
    kept = robots.find(robot_id, lock=True)
    if kept is None:
        raise Refused(NotFound())
    return kept


def _judge(actor: Actor, told: RobotForm, hosts: Sequence[str]) -> None:
    if not may(actor, "robot.change"):
        raise Refused(NotAllowed("robot.change"))
    if reasons := robot_rules.reasons_against(told, hosts):
        raise Refused(reasons)


def _tidy(told: RobotForm) -> RobotForm:
    return replace(told, name=" ".join(told.name.split()), url=told.url.strip(), secret=told.secret.strip())


def _plain(told: RobotForm) -> dict[str, object]:
    """Without address and secret: the trail is read by more people than may know them."""
    return {
        "name": told.name,
        "form": told.form,
        "host": told.host,
        "base": told.base_id,
        "kinds": list(told.kinds),
        "locale": told.locale,
    }


def _record(
    actor: Actor,
    deed: str,
    kind: str,
    object_id: int,
    now: datetime,
    before: object = None,
    after: object = None,
) -> None:
    trail.record_by(actor, deed, now=now, kind=kind, object_id=object_id, before=before, after=after)
