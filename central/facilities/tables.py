"""Facilities (医療機関・薬局) and their devices. Rows are closed, never deleted: who could ask when stays known."""

import sqlalchemy as sa

from central.db.schema import Day, Document, Moment, metadata

facility = sa.Table(
    "facility",
    metadata,
    sa.Column("code", sa.String(10), primary_key=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("valid_from", Day, nullable=False),
    sa.Column("valid_to", Day),
    sa.Column("recorded_at", Moment, nullable=False),
    sa.Column("municipality", sa.String(5)),
    info={"distribution": None},
)
"""``code`` 医療機関コード; ``valid_to`` is the first day on which it no longer may ask.

``municipality``: the first 5 digits of 全国地方公共団体コード, where it was told: a disaster may open by it.
"""

device = sa.Table(
    "device",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("facility", sa.ForeignKey("facility.code"), nullable=False, index=True),
    sa.Column("public_key", Document, nullable=False, unique=True),
    sa.Column("enrolled_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sa.Column("revoked_reason", sa.String(64)),
    info={"distribution": None},
)

device_certificate = sa.Table(
    "device_certificate",
    metadata,
    sa.Column("fingerprint", Document, primary_key=True),
    sa.Column("device", sa.ForeignKey("device.id"), nullable=False, index=True),
    sa.Column("serial", sa.String(40), nullable=False),
    sa.Column("not_after", Moment, nullable=False),
    sa.Column("der", Document, nullable=False),
    sa.Column("issued_at", Moment, nullable=False),
    info={"distribution": None},
)
"""``fingerprint``: SHA-256 of ``der``. A device may hold several while one replaces another."""
