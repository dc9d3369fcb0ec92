"""What the outbox keeps: messages, how each goes out, who wants what how, group robots, and what the clock set off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Message(Stored):
    """消息: saved with the change that caused it, to one person. It is her notice on the page as it stands here.

    `mark` becomes its Message-ID, so a repeat is recognisable. `spread_at` is when it was handed to its ways out.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_due", "spread_at", "due_at"),
        Index("ix_outbox_message_person_id", "person_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int]
    """A person of the consortium; without a foreign key, because the consortium stands above this area."""
    template: Mapped[str] = mapped_column(String(60))
    occasion: Mapped[str] = mapped_column(String(120), default="")
    facts: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    spread_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class Delivery(Stored):
    """发送: one message on one way out, leased while it is being sent.

    `gathered` waits for the daily digest; `dead` was tried as often as it may be; `dropped` has nobody to go to or
    was given up by an administrator; `expired` came too late to be of use.
    """

    __tablename__ = "outbox_delivery"
    __table_args__ = (
        CheckConstraint("channel IN ('mail','robot')", name="channel"),
        CheckConstraint("state IN ('waiting','gathered','sent','dead','dropped','expired')", name="state"),
        CheckConstraint("(channel = 'robot') = (robot_id IS NOT NULL)", name="robot"),
        Index("ix_outbox_delivery_due", "state", "due_at"),
        Index("ix_outbox_delivery_message_id", "message_id"),
        Index("ix_outbox_delivery_person_id", "person_id", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"))
    person_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(10))
    robot_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_robot.id"))
    mark: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    last_words: Mapped[str] = mapped_column(String(300), default="")
    ended_at: Mapped[datetime | None]


class Choice(Stored):
    """消息偏好: how one person wants which kinds of messages (`ways`, JSON), and the hour of her digest."""

    __tablename__ = "outbox_choice"
    __table_args__ = (CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),)

    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ways: Mapped[str] = mapped_column(Text)
    digest_hour: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


class Robot(Stored):
    """群机器人: the address of a group chat's robot, set by an administrator; the address itself is its secret."""

    __tablename__ = "outbox_robot"
    __table_args__ = (CheckConstraint("form IN ('wecom','dingtalk','feishu')", name="form"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    form: Mapped[str] = mapped_column(String(10))
    url: Mapped[str] = mapped_column(String(400))
    secret: Mapped[str] = mapped_column(String(200), default="")
    base_id: Mapped[int | None]
    """Only what concerns this base of the catalogue; None: every base."""
    kinds: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(5), default="zh")
    made_by: Mapped[int]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Job(Stored):
    """定时任务: how the last runs of one scheduled job went."""

    __tablename__ = "outbox_job"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    every_seconds: Mapped[int]
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    """Failed runs in a row; 0 when the last one went well."""
    last_words: Mapped[str] = mapped_column(String(300), default="")
    runner: Mapped[str] = mapped_column(String(120), default="")
