"""What was left: several units waited for together; events of credit are never changed or removed."""

import guards
import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("booking_standby_unit", sa.Column("quantity", sa.Integer(), nullable=True))
    guards.guard_credit(op.get_bind())


def downgrade():
    guards.unguard_credit(op.get_bind())
    op.drop_column("booking_standby_unit", "quantity")
