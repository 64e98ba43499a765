"""The door to medical information: grants with purpose and certificate, rights, readings, emergency, disaster."""

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

    op.create_table(
        "disclosure_opening",
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("opening_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("visit", sa.String(length=64), nullable=True),
        sa.Column("disaster_id", sa.String(length=32), nullable=True),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("available_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("facility", "opening_id", name=op.f("pk_disclosure_opening")),
        info={"distribution": "facility"},
    )
    op.create_index(
        op.f("ix_disclosure_opening_facility_person_id"), "disclosure_opening", ["facility", "person_id"], unique=False
    )
    op.create_index(
        op.f("ix_disclosure_opening_person_id_opened_at"),
        "disclosure_opening",
        ["person_id", "opened_at"],
        unique=False,
    )
    op.create_table(
        "disclosure_disaster",
        sa.Column("disaster_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("facilities", sa.Text(), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("disaster_id", name=op.f("pk_disclosure_disaster")),
        info={"distribution": None},
    )
    op.add_column("facility", sa.Column("municipality", sa.String(length=5), nullable=True))
    op.create_index(op.f("ix_register_person_birth_date"), "register_person", ["birth_date"], unique=False)
