"""One upload's file into the staging table: lines checked, the resident register asked on the way, people compared.

Not the whole upload (`uploads`). Reading, asking, comparing and loading go on beside each other; only whole prefixes
of the file are counted as read, so that an interrupted reading can go on.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import NamedTuple

from central.db.store import Row
from central.insurers import staging
from central.insurers.check import LineChecker, LineFault, line_fault
from central.insurers.comparisons import Comparisons, sealing_key
from central.insurers.judging import Here, Judge, Judged, beside, is_asked
from central.insurers.layout import AT, COLUMNS
from central.insurers.parts import Parts, Progress
from central.insurers.reader import UploadReader
from central.insurers.residents import BATCH
from protocol.errors import OnshiError
from protocol.errors import insurers as faults

IN_FLIGHT = 3
"""Requests to the resident register under way at once."""
LARGE = 8 << 20
"""Bytes from which on the lines are judged in a process beside."""


class _Batch(NamedTuple):
    """Some lines on their way. ``lines``: read of the file when it was made; ``faults``: of the lines that fell out."""

    judged: asyncio.Task[Judged]
    lines: int
    faults: list[LineFault]


class Stager:
    """Reads one upload's file into the staging table, asking the resident register on the way."""

    def __init__(
        self, parts: Parts, row: Row, loader: staging.Loader, told: Callable[[Progress], None], *, today: date
    ) -> None:
        self._parts = parts
        self._upload, self._insurer = row["upload_id"], row["insurer_number"]
        self._loader = loader
        self._told = told
        self._salt = row["salt"]
        self._size = parts.spool.size(self._upload)
        self._checker = LineChecker(today=today, rule=parts.rule, insurer=self._insurer)
        self._waiting: deque[_Batch] = deque()
        self._rows: list[bytes] = []
        self._lines = 0
        self._faults: list[LineFault] = []
        self._kept = int(row["faulty"])
        self._whole = 0
        """Lines of the file before which everything is in ``_rows`` and ``_faults``, or loaded."""
        self._loading: asyncio.Task[None] | None = None
        self._mixed = False
        self._reader = UploadReader(())

    async def run(self, read: int) -> int:
        """Everything behind the first ``read`` lines; gives the number of lines in the file."""
        async with self._judging() as judge:
            return await self._read(judge, read)

    @asynccontextmanager
    async def _judging(self) -> AsyncIterator[Judge]:
        sealing = sealing_key(self._parts.spool)
        if self._size >= LARGE:
            async with beside(self._upload, self._salt, self._parts.hasher.keys, sealing) as judge:
                yield judge
        else:
            yield Here(staging.Rows(self._upload, self._salt, self._parts.hasher, Comparisons(sealing)))

    async def _read(self, judge: Judge, read: int) -> int:
        self._whole = read
        reader = self._reader = UploadReader(self._parts.spool.open(self._upload))
        batch: list[tuple[int, list[str]]] = []
        fallen: list[LineFault] = []
        try:
            for number, text in reader:
                if reader.lines <= read:
                    self._checker.skip()
                    self._mixed |= text is faults.LINE_ENCODING
                    continue
                fields, wrong = self._checker.check(number, text)
                self._mixed |= text is faults.LINE_ENCODING
                if fields is not None and not staging.keys_fit(fields):
                    wrong = (line_fault(number, faults.WIDTH, COLUMNS[AT["number"]], ""),)
                if wrong:
                    fallen.extend(wrong)
                elif fields is not None:
                    batch.append((number, fields))
                if len(batch) == BATCH or len(fallen) > BATCH * 4:
                    await self._ask(judge, batch, reader.lines, fallen)
                    batch, fallen = [], []
            await self._ask(judge, batch, reader.lines, fallen)
            await self._finish()
        except OnshiError as refused:
            if self._loading is not None:  # what is on its way counts, and is not there twice when reading goes on
                await asyncio.gather(self._loading, return_exceptions=True)
                self._loading = None
            self._faults += (fault for some in (*(one.faults for one in self._waiting), fallen) for fault in some)
            if refused.fault is faults.FILE_COUNT and self._faults:
                # A line break inside quotation marks makes the count wrong: what was found says where it is.
                self._whole = reader.lines
                await self._load()
                await self._loaded()
            raise
        finally:
            tasks = [*(one.judged for one in self._waiting), *([self._loading] if self._loading else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._mixed:
            raise OnshiError(faults.FILE_ENCODING, reason="lines")
        await self._loader.settle()
        return reader.lines

    async def _ask(self, judge: Judge, batch: list[tuple[int, list[str]]], lines: int, fallen: list[LineFault]) -> None:
        asked = asyncio.create_task(self._one(judge, batch), name="insurers:batch")
        self._waiting.append(_Batch(asked, lines, fallen))
        await asyncio.sleep(0.001)
        while len(self._waiting) > IN_FLIGHT:
            await self._judged()

    async def _one(self, judge: Judge, batch: list[tuple[int, list[str]]]) -> Judged:
        numbers = [fields[AT["individual"]] for _, fields in batch if is_asked(fields)]
        residents = await self._parts.residents.lookup(numbers) if numbers else []
        return await judge.judge(batch, residents)

    async def _judged(self) -> None:
        """The oldest batch's rows; where there are enough of them they are loaded meanwhile."""
        found = await self._waiting[0].judged
        batch = self._waiting.popleft()
        self._rows.append(found.rows)
        self._lines += found.count
        self._faults += batch.faults
        self._faults += (line_fault(number, faults.ITEMS_TOO_FEW, COLUMNS[AT["name"]], "") for number in found.too_few)
        self._whole = batch.lines
        if self._lines + len(self._faults) >= staging.PORTION:
            await self._load()

    async def _finish(self) -> None:
        """Everything asked is judged and loaded."""
        while self._waiting:
            await self._judged()
        await self._load()
        await self._loaded()

    async def _load(self) -> None:
        """Begins to load what there is, once the portion before is loaded."""
        await self._loaded()
        self._faults.sort(key=lambda fault: fault.line)
        kept = self._faults[: max(0, staging.FAULTS_KEPT - self._kept)]
        faulty = len({fault.line for fault in self._faults})
        whole = self._reader.lines * self._size // self._reader.octets if self._reader.octets else 0
        told = Progress(part="read", done=self._whole, of=max(whole, self._whole), lines=self._whole)
        self._loading = asyncio.create_task(
            self._portion(b"".join(self._rows), kept, faulty, told), name="insurers:load"
        )
        self._kept += len(kept)
        self._rows, self._lines, self._faults = [], 0, []

    async def _portion(self, rows: bytes, kept: list[LineFault], faulty: int, told: Progress) -> None:
        await self._loader.load(self._upload, self._insurer, rows, kept, staged=told.done, faulty=faulty)
        self._told(told)

    async def _loaded(self) -> None:
        if self._loading is not None:
            await self._loading
            self._loading = None
