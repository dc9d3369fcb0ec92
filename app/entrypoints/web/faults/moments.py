"""Moments on forms, as a browser writes them on the local clock."""

from __future__ import annotations

from datetime import datetime

from wtforms import StringField
from wtforms.widgets import DateTimeLocalInput

from app.entrypoints.web.booking.form import local_from_text
from app.foundation.timespan import at_local, local


def moment_of(text: str | None) -> datetime | None:
    """`2026-09-22T09:55` on the wall clock as an instant; None where it is empty or cannot be read."""
    found = local_from_text(text or "")
    return at_local(*found) if found else None


def local_value(moment: datetime | None) -> str:
    return f"{local(moment):%Y-%m-%dT%H:%M}" if moment else ""


class MomentField(StringField):
    """A day and a time of the wall clock."""

    widget = DateTimeLocalInput()
