"""The audit log: one chain per log, gapless from 1. The canonical bytes are the truth, the columns find them."""

import sqlalchemy as sa

from central.db.schema import Document, Moment, metadata

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("log", sa.String(64), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", Moment, nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("outcome", sa.String(64), nullable=False),
    sa.Column("facility", sa.String(64)),
    sa.Column("subject", sa.String(64)),
    sa.Column("content", Document, nullable=False),
    sa.Column("hash", Document, nullable=False),
    sa.Index(None, "subject", "recorded_at"),
)
