"""Watches one reader and begins a visit for each card: a card that is replaced starts anew, never continues.

Not here: the visit itself (`edge.visit.machine`). A visit that still finishes (its answer is on the way) is waited
for before the next one begins, because a reader has one card and a desk one patient.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from edge.card.port import CardPort, ReaderState
from edge.visit import words
from edge.visit.desk import Desk

log = structlog.get_logger("onshi.reader")

BeginVisit = Callable[[asyncio.Event], Awaitable[object]]


class ReaderWatch:
    """``begin`` runs one visit; its event is set when the card leaves."""

    def __init__(self, port: CardPort, desk: Desk, begin: BeginVisit) -> None:
        self._port = port
        self._desk = desk
        self._begin = begin
        self._gone: asyncio.Event | None = None
        self._visit: asyncio.Task[None] | None = None
        self._available = True

    async def run(self) -> None:
        """Until cancelled, or until the port ends its states."""
        async for state in self._port.states():
            if state is ReaderState.PRESENT:
                self._card_in()
            elif self._gone is not None:
                self._gone.set()
            await self._tell_availability(state is not ReaderState.UNAVAILABLE)

    def _card_in(self) -> None:
        if self._gone is not None and not self._gone.is_set():
            return
        gone = self._gone = asyncio.Event()
        self._visit = asyncio.create_task(self._one(gone, self._visit), name="visit")
        self._visit.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _one(self, gone: asyncio.Event, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await asyncio.wait({before})
        if gone.is_set():
            return
        try:
            await self._begin(gone)
        except Exception as defect:  # noqa: BLE001 - one visit's defect must not stop the next patient's
            log.error("visit_defect", kind=type(defect).__name__)
            await self._desk.tell(words.DEFECT_INSIDE)

    async def _tell_availability(self, available: bool) -> None:
        if available != self._available:
            self._available = available
            await self._desk.tell(words.READER_BACK if available else words.READER_LOST)

    async def finish(self, seconds: float) -> bool:
        """Let the running visit end; True when it did, else it is cancelled."""
        visit = self._visit
        if visit is None or visit.done():
            return True
        if self._gone is not None:
            self._gone.set()
        done, _ = await asyncio.wait({visit}, timeout=seconds)
        if not done:
            visit.cancel()
            await asyncio.gather(visit, return_exceptions=True)
        return bool(done)
