"""Both sides of a mismatch while it is open, what a 「疑いなし」 was about, and what officers did in their console."""

import sqlalchemy as sa
from alembic import op

from central.db.schema import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("insurers_assurance", sa.Column("comparison", sa.String(length=64), nullable=True))
    op.add_column("insurers_staging", sa.Column("comparison", sa.String(length=64), nullable=True))
    op.add_column("insurers_staging", sa.Column("sealed", sa.Text(), nullable=True))
    op.create_table(
        "insurers_comparison",
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("compared_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("insurer_number", "record_id", name=op.f("pk_insurers_comparison")),
        info={"distribution": "insurer_number"},
    )
    op.create_table(
        "console_action",
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("row_id", sa.String(length=32), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("insurer_number", "row_id", name=op.f("pk_console_action")),
        info={"distribution": "insurer_number"},
    )
    op.create_index(
        op.f("ix_console_action_insurer_number_officer_at"),
        "console_action",
        ["insurer_number", "officer", "at"],
        unique=False,
    )
