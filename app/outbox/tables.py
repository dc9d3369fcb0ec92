"""What the outbox keeps: to whom, which template, which plain facts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Message(Stored):
    """A message saved with the change that caused it; `mark` becomes its Message-ID, so a repeat is recognisable."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_due", "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int]
    template: Mapped[str] = mapped_column(String(60))
    facts: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
