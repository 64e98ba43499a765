"""What the centre keeps about certificates: revocations once learned, how far each list reaches back, renewals.

Keys are certificate ids (issuer key id, serial). No person stands here.
"""

import sqlalchemy as sa

from central.db import Moment, metadata

revocations = sa.Table(
    "trust_revocation",
    metadata,
    sa.Column("issuer_key_id", sa.String(64), primary_key=True),
    sa.Column("serial", sa.String(40), primary_key=True),
    sa.Column("revoked_at", Moment, nullable=False),
    sa.Column("reason", sa.Integer, nullable=False),
    sa.Column("learned_at", Moment, nullable=False),
    sa.Column("keep_until", sa.Date),
    sa.Index(None, "keep_until"),
)
"""``keep_until`` is empty while a list carries the entry; then it is the end of grace, and the row goes after it."""

revocation_lists = sa.Table(
    "trust_revocation_list",
    metadata,
    sa.Column("issuer_key_id", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("this_update", Moment, nullable=False),
    sa.Column("next_update", Moment, nullable=False),
    sa.Column("covered_since", Moment, nullable=False),
)
"""The newest list of each issuer whose entries are all kept, and since when there is no gap."""

certificate_links = sa.Table(
    "trust_certificate_link",
    metadata,
    sa.Column("issuer_key_id", sa.String(64), primary_key=True),
    sa.Column("serial", sa.String(40), primary_key=True),
    sa.Column("previous_issuer_key_id", sa.String(64), nullable=False),
    sa.Column("previous_serial", sa.String(40), nullable=False),
    sa.Column("learned_at", Moment, nullable=False),
    sa.UniqueConstraint("previous_issuer_key_id", "previous_serial"),
)
"""証明書新旧紐付け情報: the renewed certificate and the one before it."""
