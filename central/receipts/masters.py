"""The drug master in the database: files loaded in their order, versions with their days, names for a reader.

A file comes in as a whole or not at all; the same file again changes nothing. Rows are closed, never overwritten:
a product that a file takes out (抹消) or states anew stays readable as it was. Facts: reference data-formats 2.7.
"""

import hashlib
import io
import time
from collections.abc import Callable, Collection
from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from central.db.schema import Day, Moment
from central.db.store import Reader, Row, Statement, Store
from central.receipts import tables as t
from central.receipts.master import DrugMaster, Product, apply_whole, read_rows

PATIENCE = 60.0
"""Seconds after which a reader looks whether another file was loaded."""
AT_ONCE = 500
"""Codes in one query."""

_ALL = Statement(
    "receipts.drugs", sa.select(t.drug.c.code, t.drug.c.since, t.drug.c.document).where(t.drug.c.recorded_to.is_(None))
)
_SOME = Statement(
    "receipts.drugs.some",
    sa.select(t.drug.c.code, t.drug.c.since, t.drug.c.document).where(
        t.drug.c.code.in_(sa.bindparam("codes", expanding=True)), t.drug.c.recorded_to.is_(None)
    ),
)
_CLOSE = Statement(
    "receipts.drug.close",
    sa.update(t.drug)
    .where(
        t.drug.c.code == sa.bindparam("of"),
        t.drug.c.since == sa.bindparam("first", type_=Day),
        t.drug.c.recorded_to.is_(None),
    )
    .values(recorded_to=sa.bindparam("moment", type_=Moment)),
)
_INSERT = Statement("receipts.drug.insert", sa.insert(t.drug))
_FILE = Statement(
    "receipts.drug_file", sa.select(t.drug_file).where(t.drug_file.c.file_id == sa.bindparam("file_id")).limit(1)
)
_KEEP = Statement("receipts.drug_file.keep", sa.insert(t.drug_file))
_NEWEST = Statement("receipts.drug_file.newest", sa.select(sa.func.max(t.drug_file.c.loaded_at).label("loaded_at")))
_columns = msgspec.msgpack.Decoder(tuple[str, ...])


class MasterLoaded(msgspec.Struct, frozen=True, kw_only=True):
    """How a master file was loaded. ``changed``: versions that are new or other; ``known``: it was loaded before."""

    file: str
    rows: int
    changed: int
    products: int
    known: bool = False


async def load_master(store: Store, data: bytes, *, now: datetime) -> MasterLoaded:
    """Loads the bytes of one file, full or difference. Raises `OnshiError` (RECEIPT-080 to 082), nothing changed."""
    file_id = hashlib.sha256(data).hexdigest()
    master = DrugMaster()
    async with store.transaction() as running:
        _restore(master, await running.all(_ALL))
        known = await running.first(_FILE, file_id=file_id)
        if known is not None:
            return MasterLoaded(
                file=file_id, rows=known["rows"], changed=known["changed"], products=len(master), known=True
            )
        rows = list(read_rows(io.BytesIO(data)))
        codes = dict.fromkeys(row.code for row in rows)
        before = {code: dict(master.rows(code)) for code in codes}
        apply_whole(master, rows)
        changed = 0
        for code in codes:
            old, new = before[code], master.rows(code)
            for since in old.keys() | new.keys():
                if old.get(since) == new.get(since):
                    continue
                changed += 1
                if since in old:
                    await running.run(_CLOSE, of=code, first=since, moment=now)
                if since in new:
                    kept = msgspec.msgpack.encode(new[since])
                    times = {"recorded_from": now, "recorded_to": None}
                    await running.run(_INSERT, code=code, since=since, document=kept, **times)
        await running.run(_KEEP, file_id=file_id, loaded_at=now, rows=len(rows), changed=changed)
    return MasterLoaded(file=file_id, rows=len(rows), changed=changed, products=len(master))


def _restore(master: DrugMaster, rows: Collection[Row]) -> None:
    found: dict[str, dict[object, tuple[str, ...]]] = {}
    for row in rows:
        found.setdefault(row["code"], {})[row["since"]] = _columns.decode(row["document"])
    for code, versions in found.items():
        master.restore(code, versions)  # type: ignore[arg-type]


class _Kept:
    """Products that were asked for since the newest file was loaded."""

    __slots__ = ("asked", "master")

    def __init__(self) -> None:
        self.master = DrugMaster()
        self.asked: set[str] = set()


class StoredMaster:
    """The master as the database has it now; keeps what it was asked for. ``monotonic`` in seconds."""

    def __init__(self, store: Reader, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._kept = _Kept()
        self._newest: datetime | None = None
        self._looked: float | None = None

    async def having(self, codes: Collection[str]) -> DrugMaster:
        """A master that has every product of these codes that the database has."""
        await self._look()
        # Another reader may find a newer master meanwhile: what is fetched here belongs to this one.
        kept = self._kept
        wanted = sorted(set(codes) - kept.asked)
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            _restore(kept.master, await self._store.all(_SOME, codes=some))
            kept.asked.update(some)
        return kept.master

    def product(self, code: str, on: date) -> Product | None:
        """As `DrugMaster.product`, among what was asked for so far: for rendering what `having` has just named."""
        return self._kept.master.product(code, on)

    async def _look(self) -> None:
        now = self._monotonic()
        if self._looked is not None and now - self._looked < PATIENCE:
            return
        row = await self._store.first(_NEWEST)
        self._looked = now
        newest = row["loaded_at"] if row else None
        if newest != self._newest:
            self._newest, self._kept = newest, _Kept()
