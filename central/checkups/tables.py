"""Tables of the checkups: what hangs on an insured record, what waits for its person, which submissions came.

One row is one checkup in recorded time: a correction closes it and inserts another. Rows hang on the insured record,
never on a person, so that a relink of the record carries them without touching them. The only rows that are ever
deleted are those past keeping. ``document``: `packing`.
"""

import sqlalchemy as sa
from sqlalchemy import Column

from central.db.schema import Day, Document, Moment, metadata


def _text(name: str, length: int, *, optional: bool = False) -> "Column[str]":
    return Column(name, sa.String(length), nullable=optional)


def _count(name: str) -> "Column[int]":
    return Column(name, sa.Integer, nullable=False)


def _checkup() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        _text("checkup_id", 32),
        _text("submission_id", 32),
        _text("facility", 10),
        Column("day", Day, nullable=False),
        _text("program", 3),
        _text("sent", 9),
        _text("digest", 64),
        Column("document", Document, nullable=False),
        Column("received_at", Moment, nullable=False),
        Column("recorded_from", Moment, nullable=False),
        Column("recorded_to", Moment),
        sa.CheckConstraint("recorded_to IS NULL OR recorded_to >= recorded_from", name="recorded"),
    )


checkup = sa.Table(
    "checkups_checkup",
    metadata,
    _text("record_id", 64),
    *_checkup(),
    sa.PrimaryKeyConstraint("record_id", "checkup_id"),
    info={"distribution": "record_id"},
)
"""``sent``: day and turn of the submission's folder name (YYYYMMDDn), "" where it has none.

``received_at`` is when the centre took it in; ``recorded_from`` is later where it waited for its person."""

waiting = sa.Table(
    "checkups_waiting",
    metadata,
    _text("lookup_key", 64),
    _text("symbol_key", 40),
    _text("branch", 2),
    Column("birth_date", Day, nullable=False),
    _text("sex", 1),
    _text("reason", 10),
    *_checkup(),
    sa.PrimaryKeyConstraint("lookup_key", "checkup_id"),
    info={"distribution": "lookup_key"},
)
"""Checkups of persons whom the register does not name, or not surely: kept until it does, and seen by nobody.

``reason``: `arrival.Waits` as of the day it came."""

submission = sa.Table(
    "checkups_submission",
    metadata,
    _text("submission_id", 32),
    _text("digest", 64),
    _text("sender", 10),
    _text("sent", 9),
    _text("operator", 64),
    Column("received_at", Moment, nullable=False),
    *(_count(name) for name in ("results", "new", "corrected", "same", "older", "expired", "deleted", "left_out")),
    _count("waiting"),
    Column("report", Document, nullable=False),
    sa.PrimaryKeyConstraint("submission_id"),
    sa.UniqueConstraint("digest"),
    info={"distribution": None},
)
"""The ledger: which ZIP (``digest``: SHA-256) came when, and what became of it; ``report``: its faults, MessagePack."""

_NOW = sa.text("recorded_to IS NULL")
_IDENTITY = ("lookup_key", "symbol_key", "branch", "birth_date", "sex")
_SAME_CHECKUP = ("facility", "day", "program")

for _name, _table, _columns in (
    ("uq_checkups_checkup_current", checkup, ("record_id", *_SAME_CHECKUP)),
    ("uq_checkups_waiting_current", waiting, (*_IDENTITY, *_SAME_CHECKUP)),
):
    sa.Index(
        _name,
        *(_table.c[column] for column in _columns),
        unique=True,
        sqlite_where=_NOW,
        postgresql_where=_NOW,
    )
sa.Index(None, checkup.c.day)
sa.Index(None, waiting.c.day)
