"""For whom one may import, and which imports one finds."""

from __future__ import annotations

from app.booking.store import imports
from app.booking.store.imports import KeptImport
from app.consortium.rules.permission import Placement, may
from app.entrypoints.web.blueprint import actor, or_404


def may_import(member_id: int) -> bool:
    return may(actor(), "timetable.import", Placement(booking_member_id=member_id))


def kept_or_404(import_id: int) -> KeptImport:
    kept = or_404(imports.find(import_id))
    return or_404(kept if may_import(kept.member_id) else None)
