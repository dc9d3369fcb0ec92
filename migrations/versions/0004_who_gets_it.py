"""Who gets it: limits of a base's or a unit's own, the waiting list and its offers, hand-overs and swaps."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade():
    op.create_table(
        "booking_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.CheckConstraint("(base_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_booking_limit_one_thing")),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_booking_limit_base_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_booking_limit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_limit")),
        sa.UniqueConstraint("base_id", "name", name=op.f("uq_booking_limit_base_id_name")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_booking_limit_unit_id_name")),
    )
    op.create_table(
        "booking_standby",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("until_minute", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("periods", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open','offered','served','withdrawn','past')", name=op.f("ck_booking_standby_state")
        ),
        sa.CheckConstraint(
            "0 <= from_minute AND from_minute < until_minute AND until_minute <= 1440",
            name=op.f("ck_booking_standby_window"),
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_booking_standby_days")),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_booking_standby_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["consortium_person.id"], name=op.f("fk_booking_standby_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_standby")),
    )
    op.create_index("ix_booking_standby_person_id", "booking_standby", ["person_id"], unique=False)
    op.create_index("ix_booking_standby_state", "booking_standby", ["state", "last_day"], unique=False)
    op.create_table(
        "booking_standby_unit",
        sa.Column("standby_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["standby_id"], ["booking_standby.id"], name=op.f("fk_booking_standby_unit_standby_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_booking_standby_unit_unit_id")),
        sa.PrimaryKeyConstraint("standby_id", "unit_id", name=op.f("pk_booking_standby_unit")),
    )
    op.create_index("ix_booking_standby_unit_unit_id", "booking_standby_unit", ["unit_id"], unique=False)
    op.create_table(
        "booking_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standby_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('open','accepted','declined','expired')", name=op.f("ck_booking_offer_state")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_offer_booking_id")),
        sa.ForeignKeyConstraint(["standby_id"], ["booking_standby.id"], name=op.f("fk_booking_offer_standby_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_booking_offer_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_offer")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_booking_offer_booking_id")),
    )
    op.create_index("ix_booking_offer_due", "booking_offer", ["state", "expires_at"], unique=False)
    op.create_index("ix_booking_offer_standby_id", "booking_offer", ["standby_id"], unique=False)
    op.create_table(
        "booking_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("date_id", sa.Integer(), nullable=True),
        sa.Column("other_booking_id", sa.Integer(), nullable=True),
        sa.Column("other_date_id", sa.Integer(), nullable=True),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.CheckConstraint("kind IN ('hand_over','swap')", name=op.f("ck_booking_proposal_kind")),
        sa.CheckConstraint(
            "state IN ('open','accepted','declined','withdrawn','expired')", name=op.f("ck_booking_proposal_state")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_proposal_booking_id")),
        sa.ForeignKeyConstraint(["date_id"], ["booking_date.id"], name=op.f("fk_booking_proposal_date_id")),
        sa.ForeignKeyConstraint(["from_id"], ["consortium_person.id"], name=op.f("fk_booking_proposal_from_id")),
        sa.ForeignKeyConstraint(
            ["other_booking_id"], ["booking_booking.id"], name=op.f("fk_booking_proposal_other_booking_id")
        ),
        sa.ForeignKeyConstraint(["other_date_id"], ["booking_date.id"], name=op.f("fk_booking_proposal_other_date_id")),
        sa.ForeignKeyConstraint(["to_id"], ["consortium_person.id"], name=op.f("fk_booking_proposal_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_proposal")),
    )
    op.create_index("ix_booking_proposal_from_id", "booking_proposal", ["from_id"], unique=False)
    op.create_index("ix_booking_proposal_to_id", "booking_proposal", ["to_id"], unique=False)


def downgrade():
    for table in (
        "booking_proposal",
        "booking_offer",
        "booking_standby_unit",
        "booking_standby",
        "booking_limit",
    ):
        op.drop_table(table)
