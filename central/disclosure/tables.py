"""Consent statements with their proof, the grants made from them, and every reading that a grant opened.

A grant belongs to facility and person. Nothing here is deleted: who was allowed what, and who read what, stays.
"""

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
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("granted_at", Moment, nullable=False),
    sa.Column("available_until", Moment, nullable=False),
    sa.Column("certificate_until", Moment, nullable=False),
    sa.Column("withdrawn_at", Moment),
    sa.Column("withdrawn_why", sa.String(32)),
    info={"distribution": "person_id"},
)
"""閲覧同意, one row for each item; any enrolled device of the facility may use it until ``available_until``.

``certificate_until`` is the end of the last day of the certificate that signed: in grace nobody reads.
"""

_lasting = grants.c.purpose != "visit"
sa.Index(
    "ix_disclosure_grant_care", grants.c.facility, grants.c.purpose, sqlite_where=_lasting, postgresql_where=_lasting
)
# Of consents to care that goes on: the few of which a facility gets a list.

rights = sa.Table(
    "disclosure_right",
    metadata,
    sa.Column("facility", sa.String(10), primary_key=True),
    sa.Column("right", sa.String(16), primary_key=True),
    sa.Column("allowed", sa.Boolean, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    info={"distribution": None},
)
"""利用設定 of a facility for each kind of information; what has no row stands as delivered (`rights`)."""

readings = sa.Table(
    "disclosure_reading",
    metadata,
    sa.Column("person_id", sa.String(64), primary_key=True),
    sa.Column("reading_id", sa.String(32), primary_key=True),
    sa.Column("item", sa.String(8), primary_key=True),
    sa.Column("facility", sa.String(10), nullable=False),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("operator", sa.String(64)),
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("consent_id", sa.String(64), nullable=False),
    sa.Column("read_at", Moment, nullable=False),
    sa.Column("records", sa.Text, nullable=False),
    sa.Index(None, "person_id", "read_at"),
    info={"distribution": "person_id"},
)
"""閲覧の記録, one row for each item that left: who, where, what, under which consent. Written with the audit row.

``records``: ids of the insured records whose data left, divided by commas, so that a relink can list what was
disclosed under the wrong one. ``consent_id``: the consent, or of an emergency or disaster the opening.
"""

openings = sa.Table(
    "disclosure_opening",
    metadata,
    sa.Column("facility", sa.String(10), primary_key=True),
    sa.Column("opening_id", sa.String(32), primary_key=True),
    sa.Column("person_id", sa.String(64), nullable=False),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("basis", sa.String(16)),
    sa.Column("reason", sa.String(32)),
    sa.Column("visit", sa.String(64)),
    sa.Column("disaster_id", sa.String(32)),
    sa.Column("opened_by", sa.String(64), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("confirmed_by", sa.String(64)),
    sa.Column("confirmed_at", Moment),
    sa.Column("available_until", Moment),
    sa.Index(None, "facility", "person_id"),
    sa.Index(None, "person_id", "opened_at"),
    info={"distribution": "facility"},
)
"""What stands in for a consent in an emergency or a disaster: who opened whose data, why, and who confirmed it.

A lookup in a disaster leaves one row for each person that it found; without ``confirmed_at`` nothing was opened.
``basis``: oral consent, or waived with its ``reason``.
"""

disasters = sa.Table(
    "disclosure_disaster",
    metadata,
    sa.Column("disaster_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("areas", sa.Text, nullable=False),
    sa.Column("facilities", sa.Text, nullable=False),
    sa.Column("starts_at", Moment, nullable=False),
    sa.Column("ends_at", Moment, nullable=False),
    sa.Column("opened_by", sa.String(64), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("confirmed_by", sa.String(64)),
    sa.Column("confirmed_at", Moment),
    sa.Column("closed_by", sa.String(64)),
    sa.Column("closed_at", Moment),
    info={"distribution": None},
)
"""災害時医療情報閲覧: where and when it is open. ``areas`` (2 or 5 digits) and ``facilities`` divided by commas."""
