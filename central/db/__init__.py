"""The database of the centre: tables' metadata and types, one async store over SQLite and PostgreSQL, migrations."""

from central.db.schema import Day, Document, Moment, metadata
from central.db.store import Reader, Row, Statement, Store, StoreDown, Transaction, Violation

__all__ = [
    "Day", "Document", "Moment", "Reader", "Row", "Statement", "Store", "StoreDown", "Transaction", "Violation",
    "metadata",
]  # fmt: skip
