"""Bulk requests and their units' answers. A unit's answer is there once; documents go after their time, rows stay."""

import sqlalchemy as sa

from central.db import Day, Document, Moment, metadata

bulk = sa.Table(
    "clinics_bulk",
    metadata,
    sa.Column("reception_number", sa.String(16), primary_key=True),
    sa.Column("facility", sa.String(10), nullable=False),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("upload", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("file_identifier", sa.String(50)),
    sa.Column("asked_day", Day),
    sa.Column("units", sa.Integer, nullable=False),
    sa.Column("asked", Document),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("served_at", Moment),
    sa.Column("leased_until", Moment),
    sa.Column("done_at", Moment),
    sa.Column("forgotten_at", Moment),
    sa.UniqueConstraint("facility", "upload"),
    sa.Index(None, "done_at", "served_at"),
    sa.Index(None, "facility", "received_at"),
    info={"distribution": None},
)
"""``upload`` names the upload (the same again is the same bulk); ``asked`` is the JSON list of what each unit asks;
``leased_until`` keeps a second worker away from a bulk that one is at."""

bulk_unit = sa.Table(
    "clinics_bulk_unit",
    metadata,
    sa.Column("reception_number", sa.String(16), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("facility", sa.String(10), nullable=False),
    sa.Column("failed", sa.Boolean, nullable=False),
    sa.Column("asked_key", sa.String(64)),
    sa.Column("limit_digest", sa.String(64)),
    sa.Column("answered_at", Moment, nullable=False),
    sa.Column("answer", Document),
    sa.Index(None, "facility", "asked_key", "answered_at"),
    info={"distribution": "reception_number"},
)
"""``answer`` is the unit's JSON; ``asked_key`` and ``limit_digest`` are digests, by which the facility's next bulk
tells whether a patient's limit certificate has changed (OQSCD014)."""
