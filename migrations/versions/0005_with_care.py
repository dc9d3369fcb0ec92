"""With care: chains of approval, who goes before whom, what one must have, faults, presence and credit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade():
    op.create_table(
        "consortium_credit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("date_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(rule = 'excused') = (reverses_id IS NOT NULL)", name=op.f("ck_consortium_credit_event_excuse")
        ),
        sa.CheckConstraint(
            "rule IN ('normal','no_show','late','early','overrun','late_cancel','no_feedback','excused')",
            name=op.f("ck_consortium_credit_event_rule"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["consortium_person.id"], name=op.f("fk_consortium_credit_event_by_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["consortium_member.id"], name=op.f("fk_consortium_credit_event_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_credit_event_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["consortium_credit_event.id"], name=op.f("fk_consortium_credit_event_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_credit_event")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_consortium_credit_event_reverses_id")),
    )
    op.create_index("ix_consortium_credit_event_date", "consortium_credit_event", ["date_id"], unique=False)
    op.create_index("ix_consortium_credit_event_person", "consortium_credit_event", ["person_id", "at"], unique=False)
    op.create_table(
        "consortium_restriction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=True),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("event_ids", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("from_at", INSTANT, nullable=True),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_why", sa.String(length=400), nullable=False),
        sa.Column("appeal", sa.String(length=400), nullable=False),
        sa.Column("appealed_at", INSTANT, nullable=True),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(scope = 'all') = (scope_id IS NULL)", name=op.f("ck_consortium_restriction_scope_of")),
        sa.CheckConstraint("cause IN ('repeated','by_hand')", name=op.f("ck_consortium_restriction_cause")),
        sa.CheckConstraint("scope IN ('all','member','base','unit')", name=op.f("ck_consortium_restriction_scope")),
        sa.CheckConstraint("state <> 'in_force' OR from_at < until_at", name=op.f("ck_consortium_restriction_time")),
        sa.CheckConstraint(
            "state IN ('proposed','in_force','dismissed','lifted')", name=op.f("ck_consortium_restriction_state")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["consortium_person.id"], name=op.f("fk_consortium_restriction_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["consortium_person.id"], name=op.f("fk_consortium_restriction_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["consortium_person.id"], name=op.f("fk_consortium_restriction_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["consortium_member.id"], name=op.f("fk_consortium_restriction_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_restriction_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_restriction")),
    )
    op.create_index("ix_consortium_restriction_person", "consortium_restriction", ["person_id", "state"], unique=False)
    op.create_index("ix_consortium_restriction_state", "consortium_restriction", ["state", "until_at"], unique=False)


def downgrade():

    for table in (
        "consortium_restriction",
        "consortium_credit_event",
    ):
        op.drop_table(table)
