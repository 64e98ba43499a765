"""From a receipt without faults to a row of the staging table: who it names, which claim it is, when; then loaded.

On PostgreSQL rows go by COPY on a connection of their own, on SQLite by INSERT. Nothing staged is seen by anybody.
Facts: reference data-formats 2.2, 2.5, 2.8, 2.10; that SN names the right insurer after a 振替, and that a receipt with
HR in a loaded file is a return (返戻), is inferred.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

import asyncpg
import sqlalchemy as sa

from central.db.pool import LOST
from central.db.store import Statement, Store, StoreDown
from central.receipts import tables as t
from central.receipts.packed import pack
from central.receipts.points import INSURANCE, main_payer
from central.receipts.record import Receipt, Record, last_day
from central.register.keys import lookup_key, symbol_key
from protocol.errors import OnshiError

COLUMNS = tuple(column.name for column in t.staging.c)
PORTION = 2_000
"""Rows in one COPY."""
NEW, RETURN = "new", "return"
RETURNED = "HR"
"""返戻理由."""
OWN_INSURANCE = "1"
"""負担者種別 of SN and JD; the public payers follow in their order."""


def claim_of(common: Record) -> tuple[str, str]:
    """What says, beside institution, month and person, that two receipts are the same claim: 検索番号, else 番号.

    The second is the 番号 in any case: it decides where only one of the two has a 検索番号, which a claim gets on its
    way through the review, so that its return has one and the first claim may have none [inferred].
    """
    search = common.text("search_number").strip()
    numbered = f"n{common.integer('number') or 0}"
    return (f"s{search}" if search else numbered), numbered


class Named:
    """The insured person as a receipt names them; ``holder`` is one text for all of it."""

    __slots__ = ("birth_date", "branch", "holder", "insured", "lookup_key", "symbol_key")

    def __init__(self, receipt: Receipt) -> None:
        payer = next((one for one in receipt.records if one.id == "HO"), None)
        self.insured = payer is not None
        self.branch = ""
        if payer is not None:
            raw = _confirmed(receipt) or tuple(payer.text(name) for name in ("insurer", "symbol", "insured_number"))
            self.branch = next((one.text("branch") for one in _of_insurance(receipt) if one.text("branch")), "")
        else:
            public = next((one for one in receipt.records if one.id == "KO"), receipt.common)
            raw = public.text("payer"), "", public.text("recipient")
        self.lookup_key, self.symbol_key = _keys(*raw)
        self.birth_date = receipt.common.day("birth_date") or date.min
        # A number that cannot be compared is told apart by its bytes, so that no two people share a place.
        who = self.lookup_key or hashlib.blake2b("|".join(raw).encode(), digest_size=16).hexdigest()
        self.holder = f"?{who}|{self.symbol_key}|{self.branch}|{self.birth_date:%Y%m%d}"


def _of_insurance(receipt: Receipt) -> tuple[Record, ...]:
    return tuple(one for one in receipt.every("SN") if one.text("payer_kind") == OWN_INSURANCE)


def _confirmed(receipt: Receipt) -> tuple[str, ...] | None:
    """Insurer, symbol and number as they were confirmed, where SN names them."""
    for one in _of_insurance(receipt):
        found = tuple(one.text(name) for name in ("insurer", "symbol", "insured_number"))
        if found[0] and found[2]:
            return found
    return None


@lru_cache(maxsize=65_536)
def _keys(insurer: str, symbol: str, number: str) -> tuple[str, str]:
    try:
        found = lookup_key(insurer, number), symbol_key(symbol)
    except OnshiError:
        return "", ""
    return found if len(found[0]) <= 64 and len(found[1]) <= 40 else ("", "")


def days_of(receipt: Receipt, month: date) -> tuple[date, date]:
    """First and last day on which the person was seen (JD of the main payer), else the whole month."""
    kind = str(main_payer(receipt) - INSURANCE + 1)
    seen = [day for one in receipt.every("JD") if one.text("payer_kind") == kind for day, _ in one.days()]
    last = last_day(month)
    days = [day for day in seen if day <= last] or [1, last]
    return month.replace(day=min(days)), month.replace(day=max(days))


Row = tuple[object, ...]


def row(batch: str, file_id: str, serial: int, receipt: Receipt, *, now: datetime) -> Row:
    """A receipt as it is staged; ``serial`` counts the receipts of the import from 1."""
    common = receipt.common
    month = common.month("month")
    if month is None:
        raise ValueError("a receipt without its month")
    named = Named(receipt)
    first, last = days_of(receipt, month)
    raw = b"".join(one.line_bytes() for one in receipt.records)
    claim, numbered = claim_of(common)
    return (
        batch,
        serial,
        f"{file_id[:24]}.{serial:x}",
        named.holder,
        RETURN if any(one.id == RETURNED for one in receipt.records) else NEW,
        False,
        None,
        receipt.opening.institution,
        month,
        claim,
        "dpc" if receipt.is_dpc else receipt.opening.kind.label,
        hashlib.blake2b(raw, digest_size=16).digest(),
        pack(receipt),
        named.insured,
        named.lookup_key,
        named.symbol_key,
        named.branch,
        named.birth_date,
        first,
        last,
        None,
        now,
        numbered,
    )


class Loader(Protocol):
    """Takes portions into the staging table."""

    async def load(self, rows: Sequence[Row]) -> None: ...

    async def settle(self) -> None:
        """Once all is there: let the planner know what there is."""
        ...


_INSERT = Statement("receipts.stage", sa.insert(t.staging))


class SqliteLoader:
    """By INSERT through the store; for tests and demonstrations."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(self, rows: Sequence[Row]) -> None:
        async with self._store.transaction() as running:
            await running.run_many(_INSERT, [dict(zip(COLUMNS, one, strict=True)) for one in rows])

    async def settle(self) -> None:
        return None


class PostgresLoader:
    """By binary COPY."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def load(self, rows: Sequence[Row]) -> None:
        try:
            await self._connection.copy_records_to_table(t.staging.name, records=rows, columns=COLUMNS)
        except LOST as lost:
            raise StoreDown(type(lost).__name__) from lost

    async def settle(self) -> None:
        try:
            await self._connection.execute(f"ANALYZE {t.staging.name}")
        except LOST as lost:
            raise StoreDown(type(lost).__name__) from lost


@asynccontextmanager
async def loader(store: Store, url: str) -> AsyncIterator[Loader]:
    """The loader for this database."""
    if store.dialect == "sqlite":
        yield SqliteLoader(store)
        return
    settings = {"application_name": "onshi-receipts", "synchronous_commit": "off"}
    try:
        connection = await asyncpg.connect(url, timeout=30, server_settings=settings)
    except (*LOST, asyncpg.PostgresError) as failed:
        raise StoreDown(type(failed).__name__) from failed
    try:
        yield PostgresLoader(connection)
    finally:
        await connection.close()
