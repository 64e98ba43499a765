"""The door to medical information: what a grant is for and whose certificate it hangs on, rights, readings."""

import sqlalchemy as sa
from alembic import op

from central.db.schema import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Made anew with its rows: SQLite adds no column that may not be empty.
    op.execute("CREATE TABLE disclosure_grant_before AS SELECT * FROM disclosure_grant")
    op.drop_table("disclosure_grant")
    op.create_table(
        "disclosure_grant",
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=8), nullable=False),
        sa.Column("consent_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("granted_at", Moment(), nullable=False),
        sa.Column("available_until", Moment(), nullable=False),
        sa.Column("certificate_until", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("withdrawn_why", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "facility", "item", "consent_id", name=op.f("pk_disclosure_grant")),
        info={"distribution": "person_id"},
    )
    op.create_index(
        "ix_disclosure_grant_care",
        "disclosure_grant",
        ["facility", "purpose"],
        unique=False,
        sqlite_where=sa.text("purpose != 'visit'"),
        postgresql_where=sa.text("purpose != 'visit'"),
    )
    # Until now every grant was of a visit, and its certificate good when it was given, a day ago at most.
    op.execute(
        "INSERT INTO disclosure_grant (person_id, facility, item, consent_id, purpose, granted_at, available_until,"
        " certificate_until, withdrawn_at, withdrawn_why)"
        " SELECT person_id, facility, item, consent_id, 'visit', granted_at, available_until, available_until,"
        " withdrawn_at, withdrawn_why FROM disclosure_grant_before"
    )
    op.drop_table("disclosure_grant_before")

    op.create_table(
        "disclosure_right",
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("right", sa.String(length=16), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("facility", "right", name=op.f("pk_disclosure_right")),
        info={"distribution": None},
    )
    op.create_table(
        "disclosure_reading",
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("reading_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=8), nullable=False),
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("consent_id", sa.String(length=64), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "reading_id", "item", name=op.f("pk_disclosure_reading")),
        info={"distribution": "person_id"},
    )
    op.create_index(
        op.f("ix_disclosure_reading_person_id_read_at"), "disclosure_reading", ["person_id", "read_at"], unique=False
    )
