"""Loads receipt files: read, checked, staged, then brought to their records in one visible step; links what waited.

A file is loaded as a whole or not at all, and once: its digest is kept, so the same file again changes nothing, and an
import that was killed leaves nothing but staging that nobody sees. Receipts with faults are left out and told, as
`check` tells them; a file that breaks off, or whose header is wrong, is refused. Not for reading (`readings`).
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO

import msgspec

from central.db.store import Row, Store
from central.receipts import sql, staging
from central.receipts.check import Checker, Totals, judged
from central.receipts.finding import LineFault
from central.receipts.linking import Counts, Progress, bring
from central.receipts.reader import read_volumes
from central.receipts.record import Blank, End, Item, Opening, Receipt
from central.register.intake import RegisterIntake
from protocol.errors import OnshiError, receipts

CHUNK = 1 << 20
KEPT_FAULTS = 1_000
TOLD_EVERY = 500
"""Receipts between two words of progress."""
ORPHANED = timedelta(days=1)
"""Staging older than this belongs to an import that ended without a word."""
BROKEN = frozenset({receipts.TOTAL_MISSING.code, receipts.RECORD_LOST.code, receipts.VOLUME_ORDER.code})
"""Faults that refuse the file: parts of it are missing."""


class State(StrEnum):
    """How an import ended."""

    LOADED = "loaded"
    KNOWN = "known"
    """The same file was loaded before; nothing changed."""
    REFUSED = "refused"


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """``left_out``: receipts with faults; ``left_off``: faults beyond those that are kept here."""

    file: str
    state: State
    totals: Totals
    counts: Counts = Counts()
    left_out: int = 0
    loaded_at: datetime | None = None
    faults: list[LineFault] = []
    left_off: int = 0

    @property
    def refused(self) -> bool:
        """Whether anything of the file was refused, or a return in it found nothing to take back."""
        return self.state is State.REFUSED or bool(self.faults) or self.counts.unmatched > 0


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Stored receipts, and those that wait for their person by why: number, unknown, differs."""

    stored: int
    waiting: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the import is made of. ``url``: the database's, for COPY; ``random`` gives random bytes."""

    store: Store
    url: str
    clock: Callable[[], datetime]
    random: Callable[[int], bytes] = os.urandom


class ReceiptImport:
    """Takes files one after the other. Errors: `OnshiError` for a file that cannot be opened or a database away."""

    def __init__(self, parts: Parts, *, told: Callable[[Progress], None] = lambda _: None) -> None:
        self._parts = parts
        self._store = parts.store
        self._told = told

    async def run(self, files: Sequence[Path], *, keep: int = KEPT_FAULTS) -> ImportResult:
        """Loads a file, or the volumes of one claim in their order. A refused file is a result, not an error."""
        with ExitStack() as stack:
            streams = [stack.enter_context(_open(path)) for path in files]
            as_found = _stamps(streams)
            size = sum(length for length, _ in as_found)
            file_id = self._digest(streams, size)
            known = await self._store.first(sql.KNOWN, file_id=file_id)
            if known is not None:
                return _known(file_id, known)
            for stream in streams:
                stream.seek(0)
            batch = self._parts.random(16).hex()
            try:
                told = await self._read(batch, file_id, streams, size, keep)
                if _stamps(streams) != as_found:
                    raise OnshiError(receipts.FILE_UNREADABLE, reason="it was written to while it was read")
                return told if told.state is State.REFUSED else await self._apply(batch, told)
            finally:
                async with self._store.transaction() as running:
                    await running.run(sql.WIPE, batch=batch)

    def _digest(self, streams: Sequence[IO[bytes]], size: int) -> str:
        digest, done = hashlib.sha256(), 0
        for stream in streams:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                done += len(chunk)
                self._told(Progress(part="digest", done=done, of=max(size, done)))
        return digest.hexdigest()

    async def _read(self, batch: str, file_id: str, streams: Sequence[IO[bytes]], size: int, keep: int) -> ImportResult:
        """Checks the file and stages its receipts; gives a refusal, or what `_apply` goes on from."""
        judge = _Judge(read_volumes(streams), keep)
        rows: list[staging.Row] = []
        serial = 0
        now = self._parts.clock()
        async with self._store.transaction() as running:
            await running.run(sql.WIPE_OLD, before=now - ORPHANED)
        async with staging.loader(self._store, self._parts.url) as loader:
            for one in judge.sound():
                serial += 1
                rows.append(staging.row(batch, file_id, serial, one, now=now))
                if serial % TOLD_EVERY == 0:
                    done = sum(stream.tell() for stream in streams)
                    self._told(Progress(part="read", done=done, of=size, receipts=serial))
                if len(rows) >= staging.PORTION:
                    await loader.load(rows)
                    rows = []
            if rows and not judge.refused:
                await loader.load(rows)
            await loader.settle()
        return ImportResult(
            file=file_id,
            state=State.REFUSED if judge.refused else State.LOADED,
            totals=judge.totals,
            left_out=judge.totals.receipts - (0 if judge.refused else serial),
            faults=judge.faults,
            left_off=judge.left_off,
        )

    async def _apply(self, batch: str, told: ImportResult) -> ImportResult:
        async with RegisterIntake(self._store, self._parts.clock).transaction() as intake:
            running = intake.running
            known = await running.first(sql.KNOWN, file_id=told.file)
            if known is not None:
                return _known(told.file, known)
            if self._store.dialect == "postgresql":
                await running.run(sql.MEMORY)
            await running.run(sql.FETCH_WAITING, batch=batch, moment=intake.moment)
            counts = await bring(running, batch, intake.moment, told=self._told)
            loaded = msgspec.structs.replace(told, counts=counts, loaded_at=intake.moment)
            await running.run(
                sql.KEEP,
                file_id=told.file,
                loaded_at=intake.moment,
                receipts=told.totals.receipts,
                result=msgspec.json.encode(loaded),
            )
        return loaded

    async def link(self) -> Waiting:
        """Looks again for the person of every receipt that waits; gives what still does."""
        batch = self._parts.random(16).hex()
        async with RegisterIntake(self._store, self._parts.clock).transaction() as intake:
            await intake.running.run(sql.FETCH_ALL, batch=batch, moment=intake.moment)
            await bring(intake.running, batch, intake.moment, told=self._told)
            await intake.running.run(sql.WIPE, batch=batch)
        return await self.waiting()

    async def waiting(self) -> Waiting:
        """How many receipts are stored, and how many wait for their person, and why."""
        stored = await self._store.first(sql.STORED)
        reasons: dict[str, int] = {}
        for row in await self._store.all(sql.WAITING):
            reasons[row["why"]] = reasons.get(row["why"], 0) + int(row["receipts"])
        return Waiting(stored=int(stored["receipts"]) if stored else 0, waiting=sum(reasons.values()), reasons=reasons)


def _open(path: Path) -> IO[bytes]:
    """The file, which is read twice: a pipe is refused."""
    try:
        stream = path.open("rb")
    except OSError as refused:
        raise OnshiError(receipts.FILE_UNREADABLE, file=path.name, reason=type(refused).__name__) from None
    if stream.seekable():
        return stream
    stream.close()
    raise OnshiError(receipts.FILE_UNREADABLE, file=path.name, reason="not a regular file")


def _stamps(streams: Sequence[IO[bytes]]) -> list[tuple[int, int]]:
    """Size and time of the last change of each file: it is read twice and has to be the same."""
    found = (os.fstat(stream.fileno()) for stream in streams)
    return [(one.st_size, one.st_mtime_ns) for one in found]


def _known(file_id: str, row: Row) -> ImportResult:
    before = msgspec.json.decode(row["result"], type=ImportResult)
    return msgspec.structs.replace(before, file=file_id, state=State.KNOWN)


class _Judge:
    """Parts the receipts of a file that have no fault from those that have; a receipt is sure with the next item."""

    def __init__(self, items: Iterator[Item], keep: int) -> None:
        self._items = items
        self._keep = keep
        self._checker = Checker()
        self.faults: list[LineFault] = []
        self.left_off = 0
        self.refused = False

    @property
    def totals(self) -> Totals:
        """What was counted so far."""
        return self._checker.totals

    def sound(self) -> Iterator[Receipt]:
        """The receipts without faults. After the last, ``refused`` says whether the file may be loaded at all."""
        held: Receipt | None = None
        for item, faults in judged(self._items, self._checker):
            own = False
            for fault in faults:
                self._tell(fault)
                if isinstance(item, Receipt) and _within(fault, item):
                    own = True
                elif held is not None and _within(fault, held):
                    held = None
                header = isinstance(item, Opening) and fault.line == item.record.line
                self.refused |= fault.code in BROKEN or item is None or header
            if isinstance(item, Blank | End):
                continue
            if held is not None and not self.refused:
                yield held
            held = item if isinstance(item, Receipt) and not own else None

    def _tell(self, fault: LineFault) -> None:
        if len(self.faults) < self._keep:
            self.faults.append(fault)
        else:
            self.left_off += 1


def _within(fault: LineFault, receipt: Receipt) -> bool:
    return receipt.common.line <= fault.line <= receipt.records[-1].line
