"""Uploads of insurers: their tables; the register's exclusion constraints over 64-bit hashes (three times faster)."""

import sqlalchemy as sa
from alembic import op

from central.db.migrations.steps import run_sql
from central.db.schema import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "insurers_assurance",
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("stated_at", Moment(), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("insurer_number", "record_id", "stated_at", name=op.f("pk_insurers_assurance")),
        info={"distribution": "insurer_number"},
    )
    op.create_table(
        "insurers_cohort",
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("cohort", sa.String(length=8), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("ratios", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("insurer_number", "cohort", name=op.f("pk_insurers_cohort")),
        info={"distribution": "insurer_number"},
    )
    op.create_table(
        "insurers_fault",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "line", "place", "code", name=op.f("pk_insurers_fault")),
        info={"distribution": "upload_id"},
    )
    op.create_table(
        "insurers_individual",
        sa.Column("individual", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("kana_key", sa.String(length=400), nullable=True),
        sa.Column("kanji_key", sa.String(length=400), nullable=True),
        sa.Column("address_key", sa.String(length=800), nullable=True),
        sa.Column("matched", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("individual", name=op.f("pk_insurers_individual")),
        info={"distribution": "individual"},
    )
    op.create_index(
        op.f("ix_insurers_individual_birth_date_kana_key"),
        "insurers_individual",
        ["birth_date", "kana_key"],
        unique=False,
    )
    op.create_index(op.f("ix_insurers_individual_person_id"), "insurers_individual", ["person_id"], unique=False)

    op.create_table(
        "insurers_plan",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=1), nullable=False),
        sa.Column("effect", sa.String(length=8), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=True),
        sa.Column("new_record", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("new_person", sa.Boolean(), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=True),
        sa.Column("old_person", sa.String(length=64), nullable=True),
        sa.Column("old_from", sa.Date(), nullable=True),
        sa.Column("old_to", sa.Date(), nullable=True),
        sa.Column("cut", sa.Date(), nullable=True),
        sa.Column("renews", sa.Boolean(), nullable=False),
        sa.Column("conflicts", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "line", name=op.f("pk_insurers_plan")),
        info={"distribution": "upload_id"},
    )
    op.create_table(
        "insurers_span",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("new_record", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("upload_id", "record_id", "valid_from", name=op.f("pk_insurers_span")),
        info={"distribution": "upload_id"},
    )
    op.create_table(
        "insurers_staging",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("new_person", sa.String(length=40), nullable=True),
        sa.Column("new_record", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=1), nullable=False),
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("branch", sa.String(length=2), nullable=True),
        sa.Column("lookup_key", sa.String(length=64), nullable=False),
        sa.Column("symbol_key", sa.String(length=40), nullable=True),
        sa.Column("individual", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("kana", sa.String(length=200), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("postal_code", sa.String(length=8), nullable=True),
        sa.Column("address", sa.String(length=400), nullable=True),
        sa.Column("relation", sa.String(length=1), nullable=True),
        sa.Column("head", sa.String(length=200), nullable=True),
        sa.Column("classification", sa.String(length=2), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("loss_reason", sa.String(length=2), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("card_from", sa.Date(), nullable=True),
        sa.Column("card_through", sa.Date(), nullable=True),
        sa.Column("percent", sa.SmallInteger(), nullable=True),
        sa.Column("percent_to", sa.Date(), nullable=True),
        sa.Column("elderly_from", sa.Date(), nullable=True),
        sa.Column("elderly_to", sa.Date(), nullable=True),
        sa.Column("elderly_percent", sa.SmallInteger(), nullable=True),
        sa.Column("limit_kind", sa.String(length=2), nullable=True),
        sa.Column("limit_class", sa.String(length=3), nullable=True),
        sa.Column("limit_issued", sa.Date(), nullable=True),
        sa.Column("limit_from", sa.Date(), nullable=True),
        sa.Column("limit_to", sa.Date(), nullable=True),
        sa.Column("limit_long", sa.Date(), nullable=True),
        sa.Column("disease1_category", sa.String(length=1), nullable=True),
        sa.Column("disease1_issued", sa.Date(), nullable=True),
        sa.Column("disease1_from", sa.Date(), nullable=True),
        sa.Column("disease1_to", sa.Date(), nullable=True),
        sa.Column("disease1_yen", sa.Integer(), nullable=True),
        sa.Column("disease2_category", sa.String(length=1), nullable=True),
        sa.Column("disease2_issued", sa.Date(), nullable=True),
        sa.Column("disease2_from", sa.Date(), nullable=True),
        sa.Column("disease2_to", sa.Date(), nullable=True),
        sa.Column("disease2_yen", sa.Integer(), nullable=True),
        sa.Column("disease3_category", sa.String(length=1), nullable=True),
        sa.Column("disease3_issued", sa.Date(), nullable=True),
        sa.Column("disease3_from", sa.Date(), nullable=True),
        sa.Column("disease3_to", sa.Date(), nullable=True),
        sa.Column("disease3_yen", sa.Integer(), nullable=True),
        sa.Column("assured", sa.Boolean(), nullable=False),
        sa.Column("assurance", sa.String(length=200), nullable=True),
        sa.Column("registration", sa.String(length=64), nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("differing", sa.String(length=40), nullable=True),
        sa.Column("kana_key", sa.String(length=400), nullable=True),
        sa.Column("kanji_key", sa.String(length=400), nullable=True),
        sa.Column("address_key", sa.String(length=800), nullable=True),
        sa.PrimaryKeyConstraint("upload_id", "line", name=op.f("pk_insurers_staging")),
        info={"distribution": "upload_id"},
    )
    op.create_table(
        "insurers_upload",
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("skip_faulty", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("applied_as", Moment(), nullable=True),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("staged", sa.BigInteger(), nullable=False),
        sa.Column("faulty", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("insurer_number", "upload_id", name=op.f("pk_insurers_upload")),
        info={"distribution": "insurer_number"},
    )
    op.create_index(
        op.f("ix_insurers_upload_insurer_number_digest"), "insurers_upload", ["insurer_number", "digest"], unique=False
    )
    op.create_index(
        op.f("uq_insurers_upload_key"), "insurers_upload", ["insurer_number", "idempotency_key"], unique=True
    )

    run_sql("0002_insurers")
