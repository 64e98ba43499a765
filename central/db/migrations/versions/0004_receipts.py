"""Stored receipts, those that wait for their person, files, staging, and the drug master."""

import sqlalchemy as sa
from alembic import op

from central.db.migrations.steps import run_sql
from central.db.schema import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipts_drug",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_receipts_drug_recorded")
        ),
        sa.PrimaryKeyConstraint("code", "since", "recorded_from", name=op.f("pk_receipts_drug")),
        info={"distribution": None},
    )
    op.create_table(
        "receipts_drug_file",
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_receipts_drug_file")),
        info={"distribution": None},
    )
    op.create_index(op.f("ix_receipts_drug_file_loaded_at"), "receipts_drug_file", ["loaded_at"], unique=False)
    op.create_table(
        "receipts_file",
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.Column("receipts", sa.Integer(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_receipts_file")),
        info={"distribution": None},
    )
    op.create_table(
        "receipts_receipt",
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("receipt_id", sa.String(length=64), nullable=False),
        sa.Column("institution", sa.String(length=10), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_receipts_receipt_recorded")
        ),
        sa.PrimaryKeyConstraint("record_id", "receipt_id", name=op.f("pk_receipts_receipt")),
        info={"distribution": "record_id"},
    )
    op.create_index(
        "uq_receipts_receipt_current",
        "receipts_receipt",
        ["record_id", "month", "institution", "claim"],
        unique=True,
        postgresql_where=sa.text("recorded_to IS NULL"),
        sqlite_where=sa.text("recorded_to IS NULL"),
    )
    op.create_table(
        "receipts_staging",
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=False),
        sa.Column("effect", sa.String(length=8), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("institution", sa.String(length=10), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("insured", sa.Boolean(), nullable=False),
        sa.Column("lookup_key", sa.String(length=64), nullable=False),
        sa.Column("symbol_key", sa.String(length=40), nullable=False),
        sa.Column("branch", sa.String(length=2), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("received_at", Moment(), nullable=True),
        sa.Column("staged_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_receipts_staging")),
        info={"distribution": "import_id"},
    )
    op.create_index(
        op.f("ix_receipts_staging_import_id_holder"), "receipts_staging", ["import_id", "holder"], unique=False
    )
    op.create_table(
        "receipts_waiting",
        sa.Column("lookup_key", sa.String(length=64), nullable=False),
        sa.Column("receipt_id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=False),
        sa.Column("institution", sa.String(length=10), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("insured", sa.Boolean(), nullable=False),
        sa.Column("symbol_key", sa.String(length=40), nullable=False),
        sa.Column("branch", sa.String(length=2), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_receipts_waiting_recorded")
        ),
        sa.PrimaryKeyConstraint("lookup_key", "receipt_id", name=op.f("pk_receipts_waiting")),
        info={"distribution": "lookup_key"},
    )
    op.create_index(
        "uq_receipts_waiting_current",
        "receipts_waiting",
        ["lookup_key", "holder", "month", "institution", "claim"],
        unique=True,
        postgresql_where=sa.text("recorded_to IS NULL"),
        sqlite_where=sa.text("recorded_to IS NULL"),
    )

    run_sql("0004_receipts")
