"""Bulk requests of clinic software, and their units."""

import sqlalchemy as sa
from alembic import op

from central.db.schema import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinics_bulk",
        sa.Column("reception_number", sa.String(length=16), nullable=False),
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("upload", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("file_identifier", sa.String(length=50), nullable=True),
        sa.Column("asked_day", sa.Date(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("served_at", Moment(), nullable=True),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("forgotten_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("reception_number", name=op.f("pk_clinics_bulk")),
        sa.UniqueConstraint("facility", "upload", name=op.f("uq_clinics_bulk_facility_upload")),
        info={"distribution": None},
    )
    op.create_index(op.f("ix_clinics_bulk_done_at_served_at"), "clinics_bulk", ["done_at", "served_at"], unique=False)
    op.create_index(
        op.f("ix_clinics_bulk_facility_received_at"), "clinics_bulk", ["facility", "received_at"], unique=False
    )

    op.create_table(
        "clinics_bulk_unit",
        sa.Column("reception_number", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("asked_key", sa.String(length=64), nullable=True),
        sa.Column("limit_digest", sa.String(length=64), nullable=True),
        sa.Column("answered_at", Moment(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("reception_number", "position", name=op.f("pk_clinics_bulk_unit")),
        info={"distribution": "reception_number"},
    )
    op.create_index(
        op.f("ix_clinics_bulk_unit_facility_asked_key_answered_at"),
        "clinics_bulk_unit",
        ["facility", "asked_key", "answered_at"],
        unique=False,
    )
