"""Reminders by the clock: admissions, trainings, authorisations and agreements that soon end."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions import reminding
from app.database import transaction


def run_reminders(now: datetime) -> str:
    """Post a message for everything that soon ends and of which nobody was told yet."""
    told = transaction(lambda: reminding.remind(reminding.due(now), now))
    return f"reminders: {told}" if told else ""
