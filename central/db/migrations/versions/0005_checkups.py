"""Checkups: what hangs on an insured record, what waits for its person, and the ledger of submissions."""

import sqlalchemy as sa
from alembic import op

from central.db.schema import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkups_checkup",
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("checkup_id", sa.String(length=32), nullable=False),
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("program", sa.String(length=3), nullable=False),
        sa.Column("sent", sa.String(length=9), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_checkups_checkup_recorded")
        ),
        sa.PrimaryKeyConstraint("record_id", "checkup_id", name=op.f("pk_checkups_checkup")),
        info={"distribution": "record_id"},
    )
    op.create_index(op.f("ix_checkups_checkup_day"), "checkups_checkup", ["day"], unique=False)
    op.create_index(
        "uq_checkups_checkup_current",
        "checkups_checkup",
        ["record_id", "facility", "day", "program"],
        unique=True,
        sqlite_where=sa.text("recorded_to IS NULL"),
        postgresql_where=sa.text("recorded_to IS NULL"),
    )
    op.create_table(
        "checkups_submission",
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=10), nullable=False),
        sa.Column("sent", sa.String(length=9), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("older", sa.Integer(), nullable=False),
        sa.Column("expired", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_checkups_submission")),
        sa.UniqueConstraint("digest", name=op.f("uq_checkups_submission_digest")),
        info={"distribution": None},
    )
    op.create_table(
        "checkups_waiting",
        sa.Column("lookup_key", sa.String(length=64), nullable=False),
        sa.Column("symbol_key", sa.String(length=40), nullable=False),
        sa.Column("branch", sa.String(length=2), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("checkup_id", sa.String(length=32), nullable=False),
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("program", sa.String(length=3), nullable=False),
        sa.Column("sent", sa.String(length=9), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_checkups_waiting_recorded")
        ),
        sa.PrimaryKeyConstraint("lookup_key", "checkup_id", name=op.f("pk_checkups_waiting")),
        info={"distribution": "lookup_key"},
    )
    op.create_index(op.f("ix_checkups_waiting_day"), "checkups_waiting", ["day"], unique=False)
    op.create_index(
        "uq_checkups_waiting_current",
        "checkups_waiting",
        ["lookup_key", "symbol_key", "branch", "birth_date", "sex", "facility", "day", "program"],
        unique=True,
        sqlite_where=sa.text("recorded_to IS NULL"),
        postgresql_where=sa.text("recorded_to IS NULL"),
    )
