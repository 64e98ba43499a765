"""Consent statements with their proof, and the grants made from them. A grant belongs to facility and person."""

import sqlalchemy as sa

from central.db import Document, Moment, metadata

consents = sa.Table(
    "disclosure_consent",
    metadata,
    sa.Column("device", sa.String(64), primary_key=True),
    sa.Column("visit", sa.String(64), primary_key=True),
    sa.Column("consent_id", sa.String(64), nullable=False),
    sa.Column("facility", sa.String(64), nullable=False),
    sa.Column("person_id", sa.String(64), nullable=False),
    sa.Column("items", sa.String(64), nullable=False),
    sa.Column("consented_at", Moment, nullable=False),
    sa.Column("payload_digest", sa.String(64), nullable=False),
    sa.Column("payload", Document, nullable=False),
    sa.Column("signature", Document, nullable=False),
    sa.Column("visit_payload", Document, nullable=False),
    sa.Column("visit_signature", Document, nullable=False),
    sa.Column("answer", Document),
    sa.Column("forget_at", Moment),
    sa.UniqueConstraint("device", "consent_id"),
    sa.Index(None, "person_id", "consented_at"),
    sa.Index(None, "forget_at"),
)
"""同意の記録, one for each visit, refusals too (``items`` empty).

``payload`` holds the statement and the card's signature, ``visit_payload`` the certificate (and card surface) that
proves the signature, both under the device's signature: the history can be proven from these bytes alone.
"""

grants = sa.Table(
    "disclosure_grant",
    metadata,
    sa.Column("person_id", sa.String(64), primary_key=True),
    sa.Column("facility", sa.String(64), primary_key=True),
    sa.Column("item", sa.String(8), primary_key=True),
    sa.Column("consent_id", sa.String(64), primary_key=True),
    sa.Column("granted_at", Moment, nullable=False),
    sa.Column("available_until", Moment, nullable=False),
    sa.Column("withdrawn_at", Moment),
    sa.Column("withdrawn_why", sa.String(32)),
)
"""閲覧同意, one row for each item; any enrolled device of the facility may use it until ``available_until``."""
