"""One upload's file into the staging table: lines checked, the resident register asked on the way, people compared.

Not the whole upload (`uploads`). Only whole prefixes of the file are counted as read, so that reading can go on.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date

from central.db.store import Row
from central.insurers import staging
from central.insurers.check import LineChecker, LineFault, line_fault
from central.insurers.comparisons import Comparisons
from central.insurers.identity import Resident, Verdict
from central.insurers.layout import AT, COLUMNS
from central.insurers.parts import Parts, Progress
from central.insurers.reader import UploadReader
from central.insurers.residents import BATCH
from protocol.errors import OnshiError
from protocol.errors import insurers as faults

IN_FLIGHT = 3
"""Requests to the resident register under way at once."""

_Portion = tuple[list[tuple[int, list[str]]], "asyncio.Task[list[Resident | None]]"]


class Stager:
    """Reads one upload's file into the staging table, asking the resident register on the way."""

    def __init__(
        self, parts: Parts, row: Row, loader: staging.Loader, told: Callable[[Progress], None], *, today: date
    ) -> None:
        self._parts = parts
        self._upload, self._insurer = row["upload_id"], row["insurer_number"]
        self._loader = loader
        self._told = told
        self._maker = staging.Rows(self._upload, row["salt"], parts.hasher, Comparisons(parts.spool, parts.random))
        self._checker = LineChecker(today=today, rule=parts.rule, insurer=self._insurer)
        self._waiting: deque[_Portion] = deque()
        self._rows: list[list[str]] = []
        self._faults: list[LineFault] = []
        self._kept = int(row["faulty"])
        self._staged = 0
        self._mixed = False

    async def run(self, read: int) -> int:
        """Everything behind the first ``read`` lines; gives the number of lines in the file."""
        self._staged = read
        reader = UploadReader(self._parts.spool.open(self._upload))
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
                    await self._ask(batch, reader.lines)
                    batch = []
            await self._ask(batch, reader.lines)
            while self._waiting:
                await self._judged()
            await self._load(reader.lines)
        finally:
            for _, task in self._waiting:
                task.cancel()
            await asyncio.gather(*(task for _, task in self._waiting), return_exceptions=True)
        if self._mixed:
            raise OnshiError(faults.FILE_ENCODING, reason="lines")
        await self._loader.settle()
        return reader.lines

    async def _ask(self, batch: list[tuple[int, list[str]]], lines: int) -> None:
        numbers = [fields[AT["individual"]] for _, fields in batch if _asked(fields)]
        self._waiting.append((batch, asyncio.create_task(self._lookup(numbers), name="residents")))
        await asyncio.sleep(0.001)
        while len(self._waiting) > IN_FLIGHT:
            await self._judged()
        if len(self._rows) + len(self._faults) >= staging.PORTION:
            # Only whole prefixes of the file may be counted as read.
            while self._waiting:
                await self._judged()
            await self._load(lines)

    async def _lookup(self, numbers: Sequence[str]) -> list[Resident | None]:
        return await self._parts.residents.lookup(numbers) if numbers else []

    async def _judged(self) -> None:
        batch, task = self._waiting.popleft()
        try:
            found = iter(await task)
        except BaseException:
            task.cancel()
            raise
        for number, fields in batch:
            resident = next(found) if _asked(fields) else None
            row, verdict = self._maker.row(number, fields, resident)
            if verdict is Verdict.TOO_FEW:
                self._faults.append(line_fault(number, faults.ITEMS_TOO_FEW, COLUMNS[AT["name"]], ""))
            else:
                self._rows.append(row)

    async def _load(self, lines: int) -> None:
        self._faults.sort(key=lambda fault: fault.line)
        kept = self._faults[: max(0, staging.FAULTS_KEPT - self._kept)]
        faulty = len({fault.line for fault in self._faults})
        await self._loader.load(self._upload, self._insurer, self._rows, kept, staged=lines, faulty=faulty)
        self._kept += len(kept)
        self._staged = lines
        self._rows, self._faults = [], []
        self._told(Progress(part="read", done=lines, of=0, lines=lines))


def _asked(fields: Sequence[str]) -> bool:
    return bool(fields[AT["individual"]]) and fields[AT["operation"]] != "3"
