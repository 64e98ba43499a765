"""A reader in this process: any object with ``atr`` and ``transmit`` as a card, for demo, journeys and tests.

The card's calls run in a thread of their own, watched per APDU from the event loop, so that a card that never
answers costs one thread and not the daemon. Real readers are `edge.card.supervisor`.
"""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from edge.card.calls import Call, CallingSession, perform
from edge.card.guard import TriesGuard
from edge.card.port import ReaderState
from edge.card.presence import StateBoard
from edge.card.session import CardSitting
from protocol.errors import OnshiError, card

T = TypeVar("T")

APDU_LIMIT = 5.0
"""Seconds that one APDU may take; a signature on a slow card takes less than one."""
_LOOKS = 8
"""How often the watchdog looks within one limit."""


class RawCard(Protocol):
    """Bytes in, bytes out. ``transmit`` raises ConnectionError when the card is gone, TimeoutError for never.

    A card with a ``reset`` method is reset when a session opens and closes, as a reader does.
    """

    atr: bytes

    def transmit(self, command: bytes, /) -> bytes: ...


class LocalConnection:
    """`edge.card.connection.CardConnection` over a `RawCard`. ``gone`` is called once, in the card's thread."""

    extended = True

    def __init__(self, raw: RawCard, gone: Callable[[], None]) -> None:
        self.atr = raw.atr
        self.busy_since: float | None = None
        """When the APDU under way began (`time.monotonic`); None between APDUs."""
        self._raw = raw
        self._gone = gone
        self.ended: OnshiError | None = None
        self._reset()

    def end(self, why: OnshiError) -> None:
        """Nothing more reaches the card; every later call tells this reason."""
        self.ended = self.ended or why

    def transmit(self, command: bytes | bytearray) -> bytes:
        if self.ended:
            raise self.ended
        self.busy_since = time.monotonic()
        answer = b""
        try:
            answer = bytes(self._raw.transmit(bytes(command)))
        except TimeoutError:
            self.end(OnshiError(card.SILENT))
        except ConnectionError:
            self.end(OnshiError(card.REMOVED))
            self._gone()
        finally:
            self.busy_since = None
        if self.ended:
            # Also when the card was taken while it answered: the answer is not used.
            raise self.ended
        return answer

    def close(self) -> None:
        if self.ended is None:
            self._reset()
        self.end(OnshiError(card.SESSION_ENDED))

    def _reset(self) -> None:
        reset = getattr(self._raw, "reset", None)
        if reset is not None:
            reset()


class _Lane(threading.Thread):
    """One thread that does one thing after the other; ends with `finish`."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.start()

    def submit(self, work: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = loop.create_future()

        def tell(result: Any, error: BaseException | None) -> None:
            if not future.done():
                future.set_exception(error) if error else future.set_result(result)

        def run() -> None:
            result, error = None, None
            try:
                result = work()
            except BaseException as raised:  # noqa: BLE001 - told to whoever waits for it
                error = raised
            with suppress(RuntimeError):  # the loop is gone, and so is whoever waited
                loop.call_soon_threadsafe(tell, result, error)

        self._work.put(run)
        return future

    def finish(self) -> None:
        self._work.put(None)

    def run(self) -> None:
        while (work := self._work.get()) is not None:
            work()


class LocalSession(CallingSession):
    """A session on a card in this process."""

    def __init__(self, raw: RawCard, port: "LocalCardPort", guard: TriesGuard, apdu_limit: float) -> None:
        super().__init__(guard)
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._limit = apdu_limit
        self._connection = LocalConnection(raw, self._noticed_gone)
        self._sitting = CardSitting(self._connection)
        self._lane = _Lane(f"card on {port.reader}")

    async def _call(self, call: Call, kind: type[T], secret: bytearray | None = None) -> T:
        own = bytearray(secret or b"")
        result: T = await self._run(lambda: perform(self._sitting, call, own))
        return result

    async def photo_to(self, descriptor: int) -> int:
        photo = self._sitting.photo
        if photo is None:
            raise OnshiError(card.SURFACE_MISSING)
        own = os.dup(descriptor)
        return int(await self._run(lambda: _write(own, photo)))

    async def close(self) -> None:
        if self._connection.ended is None and self._connection.busy_since is None:
            await self._run(self._sitting.close)
        self.end(OnshiError(card.SESSION_ENDED))
        self._port.released(self)

    def end(self, why: OnshiError) -> None:
        """No more APDUs; the thread ends when what it does now ends."""
        self._connection.end(why)
        self._lane.finish()

    async def _run(self, work: Callable[[], Any]) -> Any:
        if self._connection.ended:
            raise self._connection.ended
        future = self._lane.submit(work, self._loop)
        while not (await asyncio.wait({future}, timeout=self._limit / _LOOKS))[0]:
            since = self._connection.busy_since
            if since is not None and time.monotonic() - since > self._limit:
                self.end(OnshiError(card.SILENT))
            if self._connection.ended:
                future.cancel()
                raise self._connection.ended
        return future.result()

    def _noticed_gone(self) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._port.eject)


class LocalCardPort:
    """A reader that exists only here. ``insert`` and ``eject`` are for whoever plays the patient."""

    def __init__(self, reader: str, *, guard: TriesGuard, apdu_limit: float = APDU_LIMIT) -> None:
        self.reader = reader
        self._guard = guard
        self._limit = apdu_limit
        self._board = StateBoard(ReaderState.EMPTY)
        self._cards: list[RawCard] = []
        self._session: LocalSession | None = None

    async def start(self) -> None:
        """Nothing to start; here for the contract."""

    def insert(self, raw: RawCard) -> None:
        """Lay a card on the reader; beside another one, until one is taken away, neither can be read."""
        self._cards.append(raw)
        self._board.set(ReaderState.PRESENT)

    def eject(self) -> None:
        """Take everything off the reader, also in the middle of an APDU."""
        self._cards.clear()
        if self._session is not None:
            self._session.end(OnshiError(card.REMOVED))
            self._session = None
        self._board.set(ReaderState.EMPTY)

    @property
    def state(self) -> ReaderState:
        return self._board.state

    def states(self) -> AsyncIterator[ReaderState]:
        return self._board.watch()

    async def open(self) -> LocalSession:
        if self._session is not None:
            raise OnshiError(card.READER_BUSY, reader=self.reader)
        if not self._cards:
            raise OnshiError(card.NOT_RECOGNISED, reader=self.reader)
        if len(self._cards) > 1:
            raise OnshiError(card.SEVERAL_CARDS, reader=self.reader)
        self._session = LocalSession(self._cards[0], self, self._guard, self._limit)
        return self._session

    def released(self, session: LocalSession) -> None:
        """A session has let go of the reader."""
        if self._session is session:
            self._session = None

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._board.close()


def _write(descriptor: int, content: bytes) -> int:
    with os.fdopen(descriptor, "wb", closefd=True) as file:
        file.write(content)
    return len(content)
