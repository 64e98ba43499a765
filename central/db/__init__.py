"""The database of the centre: tables' metadata and types, one async store over SQLite and PostgreSQL, migrations."""

from sqlalchemy.dialects.postgresql import insert

from central.db.schema import Day, Document, Moment, metadata
from central.db.store import Contention, Reader, Row, Statement, Store, StoreDown, Transaction, Violation

__all__ = [
    "Contention", "Day", "Document", "Moment", "Reader", "Row", "Statement", "Store", "StoreDown", "Transaction",
    "Violation", "insert", "metadata",
]  # fmt: skip
# `insert` with ``on_conflict_do_nothing``/``on_conflict_do_update``: this one construct compiles for both databases.
