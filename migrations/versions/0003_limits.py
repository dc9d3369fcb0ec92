"""Limits: numbers that a base or a unit has of its own, in place of the consortium's settings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


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


def downgrade():
    op.drop_table("booking_limit")
