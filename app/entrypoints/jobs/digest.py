"""The daily digest: at each person's hour, one mail with what was gathered since the last."""

from __future__ import annotations

from datetime import datetime

from app.database import transaction
from app.outbox import actions as outbox


def run_digest(now: datetime) -> str:
    """Post the digests whose hour has come; a day on which nothing ran is made up for."""
    posted = transaction(lambda: outbox.gather(now))
    return f"digests: {posted}" if posted else ""
