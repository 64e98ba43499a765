"""Officers of insurers (certificates, insurer, role); what a planned line shares with others of its upload."""

import sqlalchemy as sa
from alembic import op

from central.db.schema import Moment

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "insurers_officer",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", sa.String(length=40), nullable=False),
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("not_after", Moment(), nullable=False),
        sa.Column("enrolled_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("revoked_reason", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_insurers_officer")),
        info={"distribution": "fingerprint"},
    )
    op.create_index(op.f("ix_insurers_officer_officer_id"), "insurers_officer", ["officer_id"], unique=False)

    # The plan of an upload under way is made again when it goes on.
    op.execute("DELETE FROM insurers_plan")
    for name in ("alone", "shared"):
        op.add_column("insurers_plan", sa.Column(name, sa.Boolean(), nullable=False))
