"""From checked lines to rows of the staging table: numbers hashed, people compared, ends made exclusive, then loaded.

The 個人番号 ends here. On PostgreSQL rows go by COPY, on SQLite by INSERT; each portion is committed with the count of
the lines read so far, so that an importer that was killed goes on where it was.
"""

import csv
import hashlib
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

import asyncpg
import sqlalchemy as sa

from central.db.pool import LOST
from central.db.store import Statement, Store, StoreDown
from central.insurers import identity, layout
from central.insurers import tables as t
from central.insurers.check import LineFault
from central.insurers.comparisons import Comparison, Comparisons
from central.insurers.identity import Resident, Verdict
from central.insurers.individual import NumberHasher
from central.insurers.layout import AT, OPEN_END
from central.insurers.values import day
from protocol import text
from protocol.eras import day_text

COLUMNS = tuple(column.name for column in t.staging.c)
PORTION = 10_000
"""Lines in one commit."""
LEARN = 50_000
"""Lines from which on the planner is told what there is while more comes in: lines are entered meanwhile (`ahead`)."""
FAULTS_KEPT = 100_000
"""Faults of one upload that are stored; the rest are counted and stand in the errors-only CSV."""
_NUMBER, _SYMBOL = AT["number"], AT["symbol"]
_LAST = date.max
_AGREED = frozenset({Verdict.MATCH, Verdict.UNCHECKED, Verdict.TOO_FEW})
"""Of these nobody has to look at both sides."""


@lru_cache(maxsize=65536)
def _day_after(written: str) -> str:
    """The day after YYYYMMDD; empty for an open end."""
    found = day(written) if written and written != OPEN_END else None
    return day_text(date.fromordinal(found.toordinal() + 1)) if found and found < _LAST else ""


@lru_cache(maxsize=65536)
def record_key(value: str) -> str:
    """番号 or 記号 as it is compared."""
    return value.upper() if value.isascii() and not value.isspace() and " " not in value else text.record_key(value)


def keys_fit(fields: Sequence[str]) -> bool:
    """Whether what records are compared by has room (a character can become eighteen when widths are made one)."""
    number, symbol = fields[_NUMBER], fields[_SYMBOL]
    if number.isascii() and symbol.isascii():  # these become no longer
        return True
    return len(record_key(number)) <= 40 and len(record_key(symbol)) <= 40


class Rows:
    """Makes the rows of one upload. ``salt`` makes ids that nobody can guess and that a resumed upload makes again.

    Ids begin with the moment of the upload and the line: indexes grow at one end, where random ids would touch a page
    for each row.
    """

    def __init__(self, upload_id: str, salt: bytes, hasher: NumberHasher, comparisons: Comparisons) -> None:
        self._upload = upload_id
        self._salt = salt
        self._hasher = hasher
        self._comparisons = comparisons
        self._base = upload_id[:8]

    def ids(self, line: int) -> tuple[str, str, str]:
        """Of the line, of its person and of its record, where these are new."""
        base = f"{self._base}{line:06x}"
        drawn = hashlib.blake2b(base.encode(), key=self._salt, digest_size=26).hexdigest()
        return base + drawn[:16], base + drawn[16:34], base + drawn[34:]

    def row(self, line: int, fields: Sequence[str], resident: Resident | None) -> tuple[list[str], Verdict]:
        """A right line as it is staged (empty: NULL) and the verdict of the identity check."""
        (
            operation, _, insurer, symbol, number, branch, individual, name, kana, sex, birth, postal, address,
            relation, head, classification, qualified, disqualified, loss, issued, card_from, card_through, percent,
            elderly_from, elderly_through, elderly_percent, limit_kind, limit_class, limit_issued, limit_from,
            limit_through, limit_long, *diseases, assured, assurance, registration,
        ) = fields  # fmt: skip
        said = Resident(name=name, kana=kana, birth_date=birth, sex=sex, address=address)
        stated = identity.items(name, kana, birth, sex, address)
        verdict, differing = Verdict.UNCHECKED, ""
        hashed = ""
        if individual and operation != layout.Operation.INVALIDATE:
            # The same words are the same items: most lines say what the resident register says.
            found = stated if resident == said else identity.of_resident(resident) if resident else None
            verdict, differing = identity.judge(stated, found)
            hashed = self._hasher.hash(individual)
        place = stated.address.place if stated.address else ""
        digest = sealed = ""
        if verdict not in _AGREED:
            digest, sealed = self._comparisons.seal(insurer, Comparison(stated=said, resident=resident))
        lookup, symbol_key = f"{insurer}:{record_key(number)}", record_key(symbol)
        line_id, new_person, new_record = self.ids(line)
        for at in (3, 8, 13):
            diseases[at] = _day_after(diseases[at])
        return [
            self._upload, str(line), line_id, new_person if hashed else "", new_record, operation, insurer, symbol,
            number, branch, lookup, symbol_key, hashed, name, kana, sex, birth, postal, address, relation, head,
            classification, qualified, "" if disqualified == OPEN_END else disqualified, loss, issued, card_from,
            card_through, percent, _day_after(card_through), elderly_from, _day_after(elderly_through),
            elderly_percent, limit_kind,
            limit_class, limit_issued, limit_from, _day_after(limit_through), limit_long, *diseases,
            "1" if assured == layout.ASSURED else "0", assurance,
            "" if operation == layout.Operation.REGISTER else registration, verdict.value, differing,
            (stated.kana or "")[:400], (stated.kanji or "")[:400], place[:800], digest, sealed,
        ], verdict  # fmt: skip


def encoded(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV in UTF-8, an empty field for NULL."""
    buffer = io.StringIO()
    for row in rows:
        joined = ",".join(row)
        if '"' in joined or joined.count(",") != len(row) - 1 or "\\" in joined:
            csv.writer(buffer, lineterminator="\n").writerow(row)
        else:
            buffer.write(joined)
            buffer.write("\n")
    return buffer.getvalue().encode()


class Loader(Protocol):
    """Takes portions (`encoded`) into the staging table, each with its faults and the counts of lines so far, in one
    commit."""

    async def load(
        self,
        upload: str,
        insurer: str,
        rows: bytes,
        faults: Sequence[LineFault],
        *,
        staged: int,
        faulty: int,
    ) -> None: ...

    async def settle(self) -> None:
        """Once all is there: let the planner know what there is."""
        ...


_PROGRESS = Statement(
    "insurers.progress",
    sa.update(t.upload)
    .where(t.upload.c.insurer_number == sa.bindparam("insurer"), t.upload.c.upload_id == sa.bindparam("upload"))
    .values(staged=sa.bindparam("read"), faulty=t.upload.c.faulty + sa.bindparam("more", type_=sa.BigInteger)),
    key="insurer",
)
_INSERT = Statement("insurers.stage", sa.insert(t.staging))
_INSERT_FAULT = Statement("insurers.fault", sa.insert(t.fault))


def fault_rows(upload: str, faults: Iterable[LineFault]) -> list[dict[str, Any]]:
    """Faults as they are stored; several of one line are told apart by their place."""
    rows, place, line = [], 0, -1
    for fault in faults:
        place = place + 1 if fault.line == line else 0
        line = fault.line
        rows.append(
            {"upload_id": upload, "line": line, "place": min(place, 99), "field": fault.field, "code": fault.code}
            | {"value": fault.value[:80]}
        )
    return rows


class SqliteLoader:
    """By INSERT through the store; for tests, demonstrations and small insurers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(
        self,
        upload: str,
        insurer: str,
        rows: bytes,
        faults: Sequence[LineFault],
        *,
        staged: int,
        faulty: int,
    ) -> None:
        async with self._store.transaction() as running:
            if rows:
                await running.run_many(
                    _INSERT, [_typed(row) for row in csv.reader(io.StringIO(rows.decode(), newline=""))]
                )
            if faults:
                await running.run_many(_INSERT_FAULT, fault_rows(upload, faults))
            await running.run(_PROGRESS, insurer=insurer, upload=upload, read=staged, more=faulty)

    async def settle(self) -> None:
        return None


def _typed(row: Sequence[str]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for column, value in zip(t.staging.c, row, strict=True):
        if isinstance(column.type, sa.Boolean):
            found[column.name] = value == "1"
        elif not value:
            found[column.name] = None
        elif isinstance(column.type, sa.Date):
            found[column.name] = date(int(value[:4]), int(value[4:6]), int(value[6:]))
        else:
            found[column.name] = int(value) if isinstance(column.type, sa.Integer) else value
    return found


class PostgresLoader:
    """By COPY on a connection of its own."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._next = LEARN

    async def load(
        self,
        upload: str,
        insurer: str,
        rows: bytes,
        faults: Sequence[LineFault],
        *,
        staged: int,
        faulty: int,
    ) -> None:
        try:
            async with self._connection.transaction():
                if rows:
                    await self._connection.copy_to_table(
                        t.staging.name,
                        source=io.BytesIO(rows),
                        columns=COLUMNS,
                        format="csv",
                    )
                if faults:
                    found = fault_rows(upload, faults)
                    await self._connection.copy_records_to_table(
                        t.fault.name, records=[tuple(one.values()) for one in found], columns=list(found[0])
                    )
                await self._connection.execute(
                    "UPDATE insurers_upload SET staged = $3, faulty = faulty + $4 "
                    "WHERE insurer_number = $1 AND upload_id = $2",
                    insurer,
                    upload,
                    staged,
                    faulty,
                )
        except LOST as lost:
            raise StoreDown(type(lost).__name__) from lost

        if staged >= self._next:
            self._next = staged * 8
            await self.settle()

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
    try:
        connection = await asyncpg.connect(
            url, timeout=30, server_settings={"application_name": "onshi-importer", "synchronous_commit": "off"}
        )
    except (*LOST, asyncpg.PostgresError) as failed:
        raise StoreDown(type(failed).__name__) from failed
    try:
        yield PostgresLoader(connection)
    finally:
        await connection.close()
