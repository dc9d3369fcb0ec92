"""Rows of group robots."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from app.database import session
from app.outbox.rules.robot import KeptRobot, RobotForm
from app.outbox.tables import Robot


def living() -> list[KeptRobot]:
    """The robots that are told things, by name."""
    rows = session().scalars(select(Robot).where(Robot.ended_at.is_(None)).order_by(Robot.name, Robot.id))
    return [_robot(row) for row in rows]


def of_ids(robot_ids: Collection[int]) -> dict[int, KeptRobot]:
    """These robots, ended ones too."""
    if not robot_ids:
        return {}
    rows = session().scalars(select(Robot).where(Robot.id.in_(sorted(robot_ids))))
    return {robot.id: robot for robot in map(_robot, rows)}


def find(robot_id: int, *, lock: bool = False) -> KeptRobot | None:
    query = select(Robot).where(Robot.id == robot_id, Robot.ended_at.is_(None))
    row = session().scalars(query.with_for_update() if lock else query).first()
    return None if row is None else _robot(row)


def count() -> int:
    return session().scalar(select(func.count(Robot.id)).where(Robot.ended_at.is_(None))) or 0


def add(told: RobotForm, made_by: int, now: datetime) -> int:
    query = insert(Robot).values(**_columns(told), made_by=made_by, made_at=now, version=1).returning(Robot.id)
    return session().execute(query).scalar_one()


def keep(robot_id: int, version: int, told: RobotForm) -> bool:
    """Whether this version was still the present one."""
    return _set(robot_id, version, _columns(told))


def end(robot_id: int, version: int, now: datetime) -> bool:
    """Whether this version was still the present one. Its address and secret are forgotten at once."""
    return _set(robot_id, version, {"ended_at": now, "url": "", "secret": ""})


def _set(robot_id: int, version: int, values: dict[str, Any]) -> bool:
    done = session().scalar(
        update(Robot)
        .where(Robot.id == robot_id, Robot.version == version, Robot.ended_at.is_(None))
        .values(**values, version=version + 1)
        .returning(Robot.id)
    )
    return done is not None


def _columns(told: RobotForm) -> dict[str, Any]:
    return {
        "name": told.name,
        "form": told.form,
        "url": told.url,
        "secret": told.secret,
        "base_id": told.base_id,
        "kinds": " ".join(told.kinds),
        "locale": told.locale,
    }


def _robot(row: Robot) -> KeptRobot:
    told = RobotForm(row.name, row.form, row.url, row.secret, row.base_id, tuple(row.kinds.split()), row.locale)
    return KeptRobot(row.id, told, row.made_at, row.ended_at, row.version)
