"""What officers did in their console: the book that each officer reads about themselves. Ids and codes only.

The audit log is the proof; this is written in the same commit, so that neither has what the other lacks.
"""

import sqlalchemy as sa

from central.db.schema import Moment, metadata

action = sa.Table(
    "console_action",
    metadata,
    sa.Column("insurer_number", sa.String(8), nullable=False),
    sa.Column("row_id", sa.String(32), nullable=False),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("subject", sa.String(64)),
    sa.PrimaryKeyConstraint("insurer_number", "row_id"),
    sa.Index(None, "insurer_number", "officer", "at"),
    info={"distribution": "insurer_number"},
)
"""``subject``: id of the upload or the insured record that it was about."""
