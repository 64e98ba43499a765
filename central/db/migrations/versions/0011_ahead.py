"""Lines that are entered while the file is read; what a transaction itself put in, it may take back."""

import sqlalchemy as sa
from alembic import op

from central.db.migrations.steps import run_sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("insurers_plan", sa.Column("ahead", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_context().dialect.name == "postgresql":
        run_sql("0011_taken_back")
