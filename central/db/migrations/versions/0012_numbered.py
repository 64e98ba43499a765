"""The 番号 of a receipt beside its 検索番号, so that a return finds a first claim that had none."""

import sqlalchemy as sa
from alembic import op

from central.db.migrations.steps import run_sql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("receipts_receipt", "receipts_waiting", "receipts_staging"):
        op.add_column(table, sa.Column("numbered", sa.String(length=40), nullable=False, server_default=""))
    if op.get_context().dialect.name == "sqlite":  # its guards name every column
        run_sql("0012_numbered")
