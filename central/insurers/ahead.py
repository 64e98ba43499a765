"""A large upload is entered while it is still being read: its plain lines portion by portion, the rest at the end.

One transaction and one recorded moment as ever: nothing is visible before all of it is, and what is refused or held
leaves nothing. Not the SQL (`plain`) and not the order of steps (`merge`). PostgreSQL only. Whoever else writes the
register waits from the beginning of that transaction on, so it begins only when reading is nearly over, and gives up
when reading takes too long after all; the upload is then applied after it was read, as a small one is.
"""

import asyncio
import time
from collections.abc import Callable

from central.insurers import ledger, merge, plain, reading
from central.insurers.parts import Progress
from central.register.intake import Intake

LARGE = reading.LARGE
"""Bytes from which on an upload is large."""
LEFT = 60.0
"""Seconds of reading that may be left when entering begins."""
LONGEST = 150.0
"""Seconds for which entering goes on while lines are read."""
PORTION = 100_000
"""Lines that are entered at once; twice as many where reading is faster."""
FEW = 10
"""Per cent of plain lines in the first portion below which it is not worth while."""


class GivenUp(Exception):
    """Entering ahead came to nothing, and nothing of it stays. Says why."""


class Ahead:
    """Follows the reading of one upload. Tell it what is read (`hear`) and when all is (`over`)."""

    def __init__(self, upload: str, told: Callable[[Progress], None]) -> None:
        self._upload = upload
        self._told = told
        self._over = False
        self._due, self._news = asyncio.Event(), asyncio.Event()
        self._first: tuple[float, int] | None = None

    def hear(self, now: Progress) -> None:
        """How far the reading is."""
        self._told(now)
        moment = time.monotonic()
        if self._first is None:
            self._first = moment, now.done
        begun, read = self._first
        if now.done > read and (moment - begun) / (now.done - read) * (now.of - now.done) <= LEFT:
            self._due.set()
        self._news.set()

    def over(self) -> None:
        """Everything is read and staged."""
        self._over = True
        self._due.set()
        self._news.set()

    async def due(self) -> None:
        """Waits until it is time to begin."""
        await self._due.wait()

    async def follow(self, intake: Intake, *, key_id: str) -> None:
        """Enters plain lines until everything is read. Raises `GivenUp`."""
        running, begun, after = intake.running, time.monotonic(), 0
        await merge.begin(running, self._upload, dialect="postgresql")
        while True:
            self._news.clear()
            over = self._over
            row = await running.first(ledger.ONE, upload=self._upload)
            if row is None or (row["faulty"] and not row["skip_faulty"]):
                raise GivenUp("faults")
            staged = await running.first(plain.TOLD, upload=self._upload)
            last = int(staged["line"] or 0) if staged else 0
            if over:
                self._told(Progress(part="enter", done=after, of=last, lines=row["staged"]))
            if not over and time.monotonic() - begun > LONGEST:
                raise GivenUp("slow reading")
            if last - after >= PORTION or (over and last > after):
                through = min(last, after + 2 * PORTION)
                entered = await merge.enter(intake, self._upload, after + 1, through, key_id=key_id)
                if not after and entered * 100 < FEW * through:
                    raise GivenUp("few plain lines")
                after = through
            elif over:
                return
            else:
                await self._more(LONGEST - (time.monotonic() - begun))

    async def _more(self, patience: float) -> None:
        try:
            async with asyncio.timeout(patience):
                await self._news.wait()
        except TimeoutError:
            raise GivenUp("slow reading") from None
