"""Visits, the challenges they spent, and the bindings of card surfaces to certificates.

Ids, documents and digests; a stored answer goes away as soon as nobody may ask for it again (``forget_at``).
"""

import sqlalchemy as sa

from central.db import Document, Moment, metadata


def _id(name: str, *, optional: bool = False, key: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(64), primary_key=key, nullable=optional)


challenges = sa.Table(
    "presence_challenge",
    metadata,
    _id("digest", key=True),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Index(None, "expires_at"),
)
"""Spent challenges; kept until they would be refused as expired anyway."""

visits = sa.Table(
    "presence_visit",
    metadata,
    _id("device", key=True),
    _id("request_id", key=True),
    _id("facility"),
    _id("person_id"),
    _id("issuer_key_id"),
    _id("serial"),
    _id("certificate"),
    sa.Column("method", sa.String(8), nullable=False),
    _id("challenge"),
    sa.Column("challenge_expires_at", Moment, nullable=False),
    sa.Column("decided_at", Moment, nullable=False),
    sa.Column("deferred", sa.Boolean, nullable=False),
    sa.Column("in_grace", sa.Boolean, nullable=False),
    sa.Column("view_stopped", sa.Boolean, nullable=False),
    sa.Column("key", sa.String(16), nullable=False),
    sa.Column("key_spki", Document, nullable=False),
    _id("payload_digest"),
    sa.Column("payload", Document, nullable=False),
    sa.Column("signature", Document, nullable=False),
    sa.Column("answer", Document),
    sa.Column("full_message", Document),
    sa.Column("forget_at", Moment),
    sa.Index(None, "forget_at"),
)
"""One answered visit. ``certificate`` and ``challenge`` are SHA-256; ``payload`` and ``signature`` are the proof.

``full_message`` is there only when the answer keeps something back until consent (specific diseases).
"""

bindings = sa.Table(
    "presence_binding",
    metadata,
    _id("issuer_key_id", key=True),
    sa.Column("serial", sa.String(40), primary_key=True),
    _id("surface_key"),
    sa.Column("bound_at", Moment, nullable=False),
    _id("device"),
    _id("request_id"),
)
"""The card-surface key that a PIN visit proved together with a certificate; never changed, never moved by a renewal."""
