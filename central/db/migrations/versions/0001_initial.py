"""The first schema: audit, facilities, register, trust, presence, disclosure.

Over 400 lines because it is the whole first schema, and a step that was applied is never rewritten.
"""

import sqlalchemy as sa
from alembic import op

from central.db.migrations.steps import run_sql
from central.db.schema import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "sequence", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_subject_recorded_at"), "audit_log", ["subject", "recorded_at"], unique=False)

    op.create_table(
        "disclosure_consent",
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("visit", sa.String(length=64), nullable=False),
        sa.Column("consent_id", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("items", sa.String(length=64), nullable=False),
        sa.Column("consented_at", Moment(), nullable=False),
        sa.Column("payload_digest", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("visit_payload", sa.LargeBinary(), nullable=False),
        sa.Column("visit_signature", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("forget_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("device", "visit", name=op.f("pk_disclosure_consent")),
        sa.UniqueConstraint("device", "consent_id", name=op.f("uq_disclosure_consent_device_consent_id")),
    )
    op.create_index(op.f("ix_disclosure_consent_forget_at"), "disclosure_consent", ["forget_at"], unique=False)
    op.create_index(
        op.f("ix_disclosure_consent_person_id_consented_at"),
        "disclosure_consent",
        ["person_id", "consented_at"],
        unique=False,
    )

    op.create_table(
        "disclosure_grant",
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=8), nullable=False),
        sa.Column("consent_id", sa.String(length=64), nullable=False),
        sa.Column("granted_at", Moment(), nullable=False),
        sa.Column("available_until", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("withdrawn_why", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "facility", "item", "consent_id", name=op.f("pk_disclosure_grant")),
    )
    op.create_table(
        "facility",
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_facility")),
        info={"distribution": None},
    )
    op.create_table(
        "presence_binding",
        sa.Column("issuer_key_id", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("surface_key", sa.String(length=64), nullable=False),
        sa.Column("bound_at", Moment(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("issuer_key_id", "serial", name=op.f("pk_presence_binding")),
    )
    op.create_table(
        "presence_challenge",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_presence_challenge")),
    )
    op.create_index(op.f("ix_presence_challenge_expires_at"), "presence_challenge", ["expires_at"], unique=False)

    op.create_table(
        "presence_visit",
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("issuer_key_id", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("certificate", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("challenge_expires_at", Moment(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("deferred", sa.Boolean(), nullable=False),
        sa.Column("in_grace", sa.Boolean(), nullable=False),
        sa.Column("view_stopped", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("key_spki", sa.LargeBinary(), nullable=False),
        sa.Column("payload_digest", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("full_message", sa.LargeBinary(), nullable=True),
        sa.Column("forget_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("device", "request_id", name=op.f("pk_presence_visit")),
    )
    op.create_index(op.f("ix_presence_visit_forget_at"), "presence_visit", ["forget_at"], unique=False)

    op.create_table(
        "register_assistance",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("lookup_key", sa.String(length=64), nullable=False),
        sa.Column("payer", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.String(length=20), nullable=False),
        sa.Column("loss_reason", sa.String(length=2), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_assistance_recorded")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_assistance_valid")),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_assistance")),
        info={"distribution": "person_id"},
    )
    op.create_table(
        "register_assistance_ticket",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("issue_number", sa.String(length=20), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_assistance_ticket_recorded")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_assistance_ticket_valid")
        ),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_assistance_ticket")),
        info={"distribution": "person_id"},
    )
    op.create_table(
        "register_burden_ratio",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_burden_ratio_recorded")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_burden_ratio_valid")),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_burden_ratio")),
        info={"distribution": "person_id"},
    )
    op.create_index(op.f("ix_register_burden_ratio_record_id"), "register_burden_ratio", ["record_id"], unique=False)

    op.create_table(
        "register_certificate",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("certificate_key", sa.String(length=128), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("previous_key", sa.String(length=128), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_certificate_recorded")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_certificate_valid")),
        sa.PrimaryKeyConstraint("certificate_key", "row_id", name=op.f("pk_register_certificate")),
        info={"distribution": "certificate_key"},
    )
    op.create_index(
        op.f("ix_register_certificate_previous_key"), "register_certificate", ["previous_key"], unique=False
    )

    op.create_table(
        "register_clock",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("published", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_clock")),
        info={"distribution": None},
    )
    op.create_table(
        "register_coverage",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("classification", sa.String(length=2), nullable=False),
        sa.Column("relation", sa.String(length=1), nullable=False),
        sa.Column("insured_name", sa.String(length=200), nullable=True),
        sa.Column("loss_reason", sa.String(length=2), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("card_valid_from", sa.Date(), nullable=True),
        sa.Column("card_valid_through", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_coverage_recorded")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_coverage_valid")),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_coverage")),
        info={"distribution": "person_id"},
    )
    op.create_index(op.f("ix_register_coverage_record_id"), "register_coverage", ["record_id"], unique=False)

    op.create_table(
        "register_disease_certificate",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=1), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("self_pay", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_disease_certificate_recorded")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_disease_certificate_valid")
        ),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_disease_certificate")),
        info={"distribution": "person_id"},
    )
    op.create_index(
        op.f("ix_register_disease_certificate_record_id"), "register_disease_certificate", ["record_id"], unique=False
    )

    op.create_table(
        "register_elderly_certificate",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_elderly_certificate_recorded")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_elderly_certificate_valid")
        ),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_elderly_certificate")),
        info={"distribution": "person_id"},
    )
    op.create_index(
        op.f("ix_register_elderly_certificate_record_id"), "register_elderly_certificate", ["record_id"], unique=False
    )

    op.create_table(
        "register_insured_record",
        sa.Column("lookup_key", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("branch", sa.String(length=2), nullable=False),
        sa.Column("symbol_key", sa.String(length=40), nullable=False),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("lookup_key", "record_id", name=op.f("pk_register_insured_record")),
        sa.UniqueConstraint(
            "lookup_key", "symbol_key", "branch", name=op.f("uq_register_insured_record_lookup_key_symbol_key_branch")
        ),
        info={"distribution": "lookup_key"},
    )
    op.create_table(
        "register_insurer",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("successor", sa.String(length=8), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_insurer_recorded")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_insurer_valid")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_register_insurer")),
        info={"distribution": None},
    )
    op.create_table(
        "register_limit_certificate",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=2), nullable=False),
        sa.Column("income_class", sa.String(length=3), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("long_term_from", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_limit_certificate_recorded")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_limit_certificate_valid")
        ),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_limit_certificate")),
        info={"distribution": "person_id"},
    )
    op.create_index(
        op.f("ix_register_limit_certificate_record_id"), "register_limit_certificate", ["record_id"], unique=False
    )

    op.create_table(
        "register_number_directory",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("lookup_key", sa.String(length=64), nullable=False),
        sa.Column("symbol_key", sa.String(length=40), nullable=False),
        sa.Column("branch", sa.String(length=2), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_number_directory_recorded")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_number_directory_valid")
        ),
        sa.PrimaryKeyConstraint("lookup_key", "row_id", name=op.f("pk_register_number_directory")),
        info={"distribution": "lookup_key"},
    )
    op.create_index(
        op.f("ix_register_number_directory_person_id"), "register_number_directory", ["person_id"], unique=False
    )

    op.create_table(
        "register_person",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kana", sa.String(length=200), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("postal_code", sa.String(length=8), nullable=True),
        sa.Column("other_name", sa.String(length=200), nullable=True),
        sa.Column("other_kana", sa.String(length=200), nullable=True),
        sa.Column("support_measure", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_person_recorded")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_person_valid")),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_person")),
        info={"distribution": "person_id"},
    )
    op.create_table(
        "register_reference_number",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=50), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_reference_number_recorded")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_reference_number_valid")
        ),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_reference_number")),
        info={"distribution": "person_id"},
    )
    op.create_index(
        op.f("ix_register_reference_number_record_id"), "register_reference_number", ["record_id"], unique=False
    )

    op.create_table(
        "register_tie",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("lookup_key", sa.String(length=64), nullable=False),
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("branch", sa.String(length=2), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_tie_recorded")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_tie_valid")),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_tie")),
        info={"distribution": "person_id"},
    )
    op.create_index(op.f("ix_register_tie_record_id"), "register_tie", ["record_id"], unique=False)

    op.create_table(
        "register_view_stop",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=True),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_from", Moment(), nullable=False),
        sa.Column("recorded_to", Moment(), nullable=True),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name=op.f("ck_register_view_stop_recorded")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_register_view_stop_valid")),
        sa.PrimaryKeyConstraint("person_id", "row_id", name=op.f("pk_register_view_stop")),
        info={"distribution": "person_id"},
    )
    op.create_index(op.f("ix_register_view_stop_record_id"), "register_view_stop", ["record_id"], unique=False)

    op.create_table(
        "register_work_item",
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("details", sa.String(length=400), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("insurer_number", "row_id", name=op.f("pk_register_work_item")),
        info={"distribution": "insurer_number"},
    )
    op.create_index(
        op.f("ix_register_work_item_insurer_number_subject"),
        "register_work_item",
        ["insurer_number", "subject"],
        unique=False,
    )
    op.create_index(op.f("ix_register_work_item_person_id"), "register_work_item", ["person_id"], unique=False)

    op.create_table(
        "trust_certificate_link",
        sa.Column("issuer_key_id", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("previous_issuer_key_id", sa.String(length=64), nullable=False),
        sa.Column("previous_serial", sa.String(length=40), nullable=False),
        sa.Column("learned_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("issuer_key_id", "serial", name=op.f("pk_trust_certificate_link")),
        sa.UniqueConstraint(
            "previous_issuer_key_id",
            "previous_serial",
            name=op.f("uq_trust_certificate_link_previous_issuer_key_id_previous_serial"),
        ),
    )
    op.create_table(
        "trust_revocation",
        sa.Column("issuer_key_id", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("learned_at", Moment(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("issuer_key_id", "serial", name=op.f("pk_trust_revocation")),
    )
    op.create_index(op.f("ix_trust_revocation_keep_until"), "trust_revocation", ["keep_until"], unique=False)

    op.create_table(
        "trust_revocation_list",
        sa.Column("issuer_key_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("this_update", Moment(), nullable=False),
        sa.Column("next_update", Moment(), nullable=False),
        sa.Column("covered_since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("issuer_key_id", name=op.f("pk_trust_revocation_list")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=10), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("revoked_reason", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_device_facility")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("public_key", name=op.f("uq_device_public_key")),
        info={"distribution": None},
    )
    op.create_index(op.f("ix_device_facility"), "device", ["facility"], unique=False)

    op.create_table(
        "device_certificate",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("not_after", Moment(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_device_certificate_device")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_device_certificate")),
        info={"distribution": None},
    )
    op.create_index(op.f("ix_device_certificate_device"), "device_certificate", ["device"], unique=False)
    run_sql("0001_guards")
