"""Rows for those who look: what is taken, as plain rows in a fixed number of queries, and which units would also do."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import session


def siblings(unit_id: int, quantity: int, day: date, most: int = 12) -> list[int]:
    """Units of the same kind and base that hold as many, those of the same lab first; what `most` cuts off is furthest."""
    this, this_lab = aliased(UnitRow), aliased(Lab)
    return list(
        session().scalars(
            select(UnitRow.id)
            .select_from(this)
            .join(this_lab, this_lab.id == this.lab_id)
            .join(Lab, Lab.base_id == this_lab.base_id)
            .join(UnitRow, UnitRow.lab_id == Lab.id)
            .where(
                this.id == unit_id,
                UnitRow.id != unit_id,
                UnitRow.kind == this.kind,
                UnitRow.capacity >= quantity,
                or_(this.kind != "machine", UnitRow.lab_id == this.lab_id),
                or_(UnitRow.retired_on.is_(None), UnitRow.retired_on > day),
                or_(Lab.retired_on.is_(None), Lab.retired_on > day),
                or_(
                    this.kind != "room", Lab.seats.is_(None), this_lab.seats.is_(None), Lab.seats * 2 >= this_lab.seats
                ),
            )
            .order_by((UnitRow.lab_id != this.lab_id), UnitRow.id)
            .limit(most)
        )
    )


def host_of(unit_id: int) -> int | None:
    """The member at whose place a unit stands: its bell rings there."""
    return session().scalar(
        select(TrainingBase.host_id)
        .join(Lab, Lab.base_id == TrainingBase.id)
        .join(UnitRow, UnitRow.lab_id == Lab.id)
        .where(UnitRow.id == unit_id)
    )
