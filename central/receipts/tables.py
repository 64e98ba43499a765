"""Tables of stored receipts and of the drug master. No person in them: a receipt hangs on its insured record.

So a relink carries it. ``recorded_to`` None is current; a row is inserted and closed once (`central.register.guards`).
Drugs, treatments and cost of a receipt are one document (`packed`): nobody searches inside. Who may read them:
`readings`. Staging is UNLOGGED on PostgreSQL: an import that was cut off is read again from its file.
"""

import sqlalchemy as sa
from sqlalchemy import Column

from central.db.schema import Day, Document, Moment, metadata
from central.register import guards


def _text(name: str, length: int) -> "Column[str]":
    return Column(name, sa.String(length), nullable=False)


def _claim() -> "tuple[Column[object], ...]":
    """What a receipt is, wherever it stands. ``claim``: see `staging.claim_of`; ``digest``: of its bytes."""
    return (
        Column("institution", sa.String(10), nullable=False),
        Column("month", Day, nullable=False),
        Column("claim", sa.String(40), nullable=False),
        Column("kind", sa.String(10), nullable=False),
        Column("digest", Document, nullable=False),
        Column("document", Document, nullable=False),
    )


def _written() -> "tuple[Column[object], ...]":
    """The insured person as the receipt names them, and the days on which that has to be so."""
    return (
        Column("insured", sa.Boolean, nullable=False),
        Column("lookup_key", sa.String(64), nullable=False),
        Column("symbol_key", sa.String(40), nullable=False),
        Column("branch", sa.String(2), nullable=False),
        Column("birth_date", Day, nullable=False),
        Column("first_day", Day, nullable=False),
        Column("last_day", Day, nullable=False),
    )


def _numbered() -> "Column[str]":
    """The second of `staging.claim_of`; empty in rows from before it was kept, which their 検索番号 alone finds."""
    return Column("numbered", sa.String(40), nullable=False, server_default="")


def _recorded() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        Column("received_at", Moment, nullable=False),
        Column("recorded_from", Moment, nullable=False),
        Column("recorded_to", Moment),
        sa.CheckConstraint("recorded_to IS NULL OR recorded_to >= recorded_from", name="recorded"),
    )


receipt = sa.Table(
    "receipts_receipt",
    metadata,
    _text("record_id", 64),
    _text("receipt_id", 64),
    *_claim(),
    Column("served_on", Day, nullable=False),
    *_recorded(),
    _numbered(),
    sa.PrimaryKeyConstraint("record_id", "receipt_id"),
    info={"distribution": "record_id"},
)
"""``record_id``: of the insured record; of a receipt of 医療扶助 alone, the lookup key (payer:recipient) of it.

``served_on``: a day of the month on which the record's tie named this person: a number is reused, so a reader takes
the rows that lie within a tie's days (`readings.ReceiptReadings.of_person`)."""

waiting = sa.Table(
    "receipts_waiting",
    metadata,
    _text("lookup_key", 64),
    _text("receipt_id", 64),
    _text("holder", 128),
    *_claim(),
    *(column for column in _written() if column.name != "lookup_key"),
    *_recorded(),
    _numbered(),
    sa.PrimaryKeyConstraint("lookup_key", "receipt_id"),
    info={"distribution": "lookup_key"},
)
"""Receipts whose insured person the register does not have (yet); they show to nobody. ``holder``: as written."""

sa.Index(
    "uq_receipts_receipt_current",
    *(receipt.c[name] for name in ("record_id", "month", "institution", "claim")),
    unique=True,
    postgresql_where=receipt.c.recorded_to.is_(None),
    sqlite_where=receipt.c.recorded_to.is_(None),
)
sa.Index(
    "uq_receipts_waiting_current",
    *(waiting.c[name] for name in ("lookup_key", "holder", "month", "institution", "claim")),
    unique=True,
    postgresql_where=waiting.c.recorded_to.is_(None),
    sqlite_where=waiting.c.recorded_to.is_(None),
)

staging = sa.Table(
    "receipts_staging",
    metadata,
    _text("import_id", 32),
    Column("line", sa.BigInteger, nullable=False),
    _text("receipt_id", 64),
    _text("holder", 128),
    _text("effect", 8),
    Column("linked", sa.Boolean, nullable=False),
    Column("served_on", Day),
    *_claim(),
    *_written(),
    Column("received_at", Moment),
    Column("staged_at", Moment, nullable=False),
    _numbered(),
    sa.PrimaryKeyConstraint("import_id", "line"),
    info={"distribution": "import_id"},
)
"""Receipts of one import, in the order in which they came; those that waited come before them (``line`` below 0).

``holder``: the person as written, once ``linked`` the record. ``effect``: new, return, older (a later one of the same
claim follows), same (already there)."""
sa.Index(None, staging.c.import_id, staging.c.holder)

file = sa.Table(
    "receipts_file",
    metadata,
    _text("file_id", 64),
    Column("loaded_at", Moment, nullable=False),
    Column("receipts", sa.Integer, nullable=False),
    Column("result", Document, nullable=False),
    sa.PrimaryKeyConstraint("file_id"),
    info={"distribution": None},
)
"""Files that were loaded, by the SHA-256 of their bytes; ``result`` is what the import told."""

drug = sa.Table(
    "receipts_drug",
    metadata,
    _text("code", 9),
    Column("since", Day, nullable=False),
    Column("document", Document, nullable=False),
    Column("recorded_from", Moment, nullable=False),
    Column("recorded_to", Moment),
    sa.CheckConstraint("recorded_to IS NULL OR recorded_to >= recorded_from", name="recorded"),
    sa.PrimaryKeyConstraint("code", "since", "recorded_from"),
    info={"distribution": None},
)
"""A product (医薬品コード) as the master has it from a day on; ``document``: the columns of its row, filled up."""

drug_file = sa.Table(
    "receipts_drug_file",
    metadata,
    _text("file_id", 64),
    Column("loaded_at", Moment, nullable=False),
    Column("rows", sa.Integer, nullable=False),
    Column("changed", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("file_id"),
    info={"distribution": None},
)
"""Master files that were loaded, by SHA-256: a difference that is given twice changes nothing."""
sa.Index(None, drug_file.c.loaded_at)

HISTORY = (receipt, waiting, drug)
"""Rows are inserted and closed, never changed or deleted."""
guards.keep(*HISTORY)

_unlogged = sa.DDL(f"ALTER TABLE {staging.name} SET UNLOGGED")  # type: ignore[no-untyped-call]
sa.event.listen(staging, "after_create", _unlogged.execute_if(dialect="postgresql"))
