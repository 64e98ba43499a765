"""One upload's file into the staging table: lines checked, the resident register asked on the way, people compared.

Not the whole upload (`uploads`). Only whole prefixes of the file are counted as read, so that reading can go on.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date

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
        self._waiting: deque[asyncio.Task[Judged]] = deque()
        self._rows: list[bytes] = []
        self._lines = 0
        self._faults: list[LineFault] = []
        self._kept = int(row["faulty"])
        self._staged = 0
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
        self._staged = read
        reader = self._reader = UploadReader(self._parts.spool.open(self._upload))
        batch: list[tuple[int, list[str]]] = []
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
                    self._faults.extend(wrong)
                elif fields is not None:
                    batch.append((number, fields))
                if len(batch) == BATCH or len(self._faults) > BATCH * 4:
                    await self._ask(judge, batch, reader.lines)
                    batch = []
            await self._ask(judge, batch, reader.lines)
            while self._waiting:
                await self._judged()
            await self._load(reader.lines)
        except OnshiError as refused:
            if refused.fault is faults.FILE_COUNT and self._faults:
                # A line break inside quotation marks makes the count wrong: what was found says where it is.
                await self._load(reader.lines)
            raise
        finally:
            for task in self._waiting:
                task.cancel()
            await asyncio.gather(*self._waiting, return_exceptions=True)
        if self._mixed:
            raise OnshiError(faults.FILE_ENCODING, reason="lines")
        await self._loader.settle()
        return reader.lines

    async def _ask(self, judge: Judge, batch: list[tuple[int, list[str]]], lines: int) -> None:
        self._waiting.append(asyncio.create_task(self._one(judge, batch), name="insurers:batch"))
        await asyncio.sleep(0.001)
        while len(self._waiting) > IN_FLIGHT:
            await self._judged()
        if self._lines + len(self._faults) >= staging.PORTION:
            # Only whole prefixes of the file may be counted as read.
            while self._waiting:
                await self._judged()
            await self._load(lines)

    async def _one(self, judge: Judge, batch: list[tuple[int, list[str]]]) -> Judged:
        numbers = [fields[AT["individual"]] for _, fields in batch if is_asked(fields)]
        residents = await self._parts.residents.lookup(numbers) if numbers else []
        return await judge.judge(batch, residents)

    async def _judged(self) -> None:
        found = await self._waiting.popleft()
        self._rows.append(found.rows)
        self._lines += found.count
        self._faults.extend(
            line_fault(number, faults.ITEMS_TOO_FEW, COLUMNS[AT["name"]], "") for number in found.too_few
        )

    async def _load(self, lines: int) -> None:
        self._faults.sort(key=lambda fault: fault.line)
        kept = self._faults[: max(0, staging.FAULTS_KEPT - self._kept)]
        faulty = len({fault.line for fault in self._faults})
        await self._loader.load(self._upload, self._insurer, b"".join(self._rows), kept, staged=lines, faulty=faulty)
        self._kept += len(kept)
        self._staged = lines
        self._rows, self._lines, self._faults = [], 0, []
        whole = lines * self._size // self._reader.octets if self._reader.octets else 0
        self._told(Progress(part="read", done=lines, of=max(whole, lines), lines=lines))
