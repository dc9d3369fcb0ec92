"""Messages: notices that are read, deliveries by mail and to group robots, people's choices, and the runs of jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade():
    op.drop_index("ix_outbox_message_due", "outbox_message")
    with op.batch_alter_table("outbox_message") as message:
        message.add_column(sa.Column("occasion", sa.String(length=120), nullable=False, server_default=""))
        message.add_column(sa.Column("read_at", INSTANT, nullable=True))
        message.alter_column("sent_at", new_column_name="spread_at", existing_type=INSTANT, existing_nullable=True)
        message.drop_column("tries")
    op.create_index("ix_outbox_message_due", "outbox_message", ["spread_at", "due_at"])
    op.create_index("ix_outbox_message_person_id", "outbox_message", ["person_id", "read_at"])
    # Until now nothing was sent. What lies here is old news: it is kept to be read, and nobody is flooded with it.
    op.execute("UPDATE outbox_message SET spread_at = posted_at, read_at = posted_at")
    op.create_table(
        "outbox_robot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(length=400), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("kinds", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("form IN ('wecom','dingtalk','feishu')", name=op.f("ck_outbox_robot_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_robot")),
    )
    op.create_table(
        "outbox_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("robot_id", sa.Integer(), nullable=True),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_words", sa.String(length=300), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("(channel = 'robot') = (robot_id IS NOT NULL)", name=op.f("ck_outbox_delivery_robot")),
        sa.CheckConstraint("channel IN ('mail','robot')", name=op.f("ck_outbox_delivery_channel")),
        sa.CheckConstraint(
            "state IN ('waiting','gathered','sent','dead','dropped','expired')", name=op.f("ck_outbox_delivery_state")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["outbox_message.id"], name=op.f("fk_outbox_delivery_message_id")),
        sa.ForeignKeyConstraint(["robot_id"], ["outbox_robot.id"], name=op.f("fk_outbox_delivery_robot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_delivery")),
        sa.UniqueConstraint("mark", name=op.f("uq_outbox_delivery_mark")),
    )
    op.create_index("ix_outbox_delivery_due", "outbox_delivery", ["state", "due_at"], unique=False)
    op.create_index("ix_outbox_delivery_message_id", "outbox_delivery", ["message_id"], unique=False)
    op.create_index("ix_outbox_delivery_person_id", "outbox_delivery", ["person_id", "made_at"], unique=False)
    op.create_table(
        "outbox_choice",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ways", sa.Text(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_outbox_choice_digest_hour")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_outbox_choice")),
    )
    op.create_table(
        "outbox_job",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_words", sa.String(length=300), nullable=False),
        sa.Column("runner", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_outbox_job")),
    )


def downgrade():
    for table in ("outbox_job", "outbox_choice", "outbox_delivery", "outbox_robot"):
        op.drop_table(table)
    op.drop_index("ix_outbox_message_person_id", "outbox_message")
    op.drop_index("ix_outbox_message_due", "outbox_message")
    with op.batch_alter_table("outbox_message") as message:
        message.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        message.alter_column("spread_at", new_column_name="sent_at", existing_type=INSTANT, existing_nullable=True)
        message.drop_column("read_at")
        message.drop_column("occasion")
    op.create_index("ix_outbox_message_due", "outbox_message", ["sent_at", "due_at"])
