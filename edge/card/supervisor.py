"""A real reader for the daemon: `edge.card.port.CardPort` over a worker process that is killed when a card hangs.

The daemon itself makes no PC/SC call. Killing the worker frees the reader, unless the APDU hangs inside pcscd: when
a new worker cannot have the card within two seconds, our own pcscd is restarted (`edge.card.pcscd`). Facts:
`my-number-card` reference, section 8 (traps 2, 5 and 6).
"""

import asyncio
import importlib.util
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import structlog

from edge.card import wire
from edge.card.calls import Call, CallingSession
from edge.card.guard import TriesGuard
from edge.card.pcscd import CardService
from edge.card.port import ReaderState
from edge.card.presence import StateBoard
from edge.card.process import WorkerProcess, launch
from protocol.errors import CATALOGUE, OnshiError, card

T = TypeVar("T")

APDU_LIMIT = 5.0
"""Seconds that one APDU, or powering a card, may take."""
FREE_LIMIT = 2.0
"""Seconds in which a reader has to be free again after its worker was killed."""
BEAT_LIMIT = 5.0
"""Seconds without a sign of life from a worker; it gives one every half second."""
START_LIMIT = 15.0
"""Seconds that a worker may take to say its first word on a busy machine."""
SETTLE = 0.6
"""Seconds in which pcscd notices a card that left in mid-command; it looks every 0.1 to 0.4."""
_LOOK = 0.1
_LONGEST_PAUSE = 2.0

_log = structlog.get_logger("edge.card.supervisor")

_OVER = frozenset({card.REMOVED.code, card.SILENT.code, card.READER_UNAVAILABLE.code, card.SESSION_ENDED.code})
"""Faults after which the worker's session is of no more use."""


def open_reader(
    name: str,
    *,
    guard: TriesGuard | None = None,
    service: CardService | None = None,
    apdu_limit: float = APDU_LIMIT,
    traffic: bool = False,
) -> "PcscCardPort":
    """The port of an appliance's reader (see `edge.card.pcsc.matching`); call `PcscCardPort.start` next.

    Readers of one appliance share a ``guard``. Without a ``service`` that restarts pcscd, a card that hangs inside
    pcscd keeps the reader until somebody else does.
    """
    own = guard or TriesGuard(now=lambda: datetime.now(UTC), random=secrets.token_bytes)
    return PcscCardPort(name, guard=own, service=service, apdu_limit=apdu_limit, traffic=traffic)


class PcscSession(CallingSession):
    """A session on a real card."""

    def __init__(self, port: "PcscCardPort", worker: WorkerProcess, guard: TriesGuard) -> None:
        super().__init__(guard)
        self._port = port
        self._worker = worker
        self.ended: OnshiError | None = None

    async def _call(self, call: Call, kind: type[T], secret: bytearray | None = None) -> T:
        return cast(T, await self._request(call, secret))

    async def photo_to(self, descriptor: int) -> int:
        return cast(int, await self._request(Call(operation=wire.PHOTO), None, descriptor))

    async def close(self) -> None:
        if self.ended is None:
            self.ended = OnshiError(card.SESSION_ENDED)
            with suppress(OnshiError):  # the worker's end closes as well
                await self._worker.request(Call(operation=wire.CLOSE))
        self._port.released(self)

    async def _request(self, call: Call, secret: bytearray | None, descriptor: int | None = None) -> Any:
        if self.ended is not None:
            raise self.ended
        try:
            return await self._worker.request(call, secret, descriptor)
        except OnshiError as refused:
            if refused.fault.code in _OVER:
                self._port.lost(self, refused)
            raise


class PcscCardPort:
    """One PC/SC reader by name (see `edge.card.pcsc.matching`). ``service`` is our own pcscd, if it is ours."""

    def __init__(
        self,
        reader: str,
        *,
        guard: TriesGuard,
        service: CardService | None = None,
        apdu_limit: float = APDU_LIMIT,
        traffic: bool = False,
        launch: Callable[..., Any] = launch,
    ) -> None:
        self.reader = reader
        self._guard = guard
        self._service = service
        self._limit = apdu_limit
        self._traffic = traffic
        self._launch = launch
        self._board = StateBoard(ReaderState.UNAVAILABLE)
        self._presence = wire.Presence(state=ReaderState.UNAVAILABLE)
        self._probing = False
        self._worker: WorkerProcess | None = None
        self._session: PcscSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._settling: asyncio.TimerHandle | None = None
        self.kills = 0
        """How often a worker was killed because a card or pcscd did not answer."""

    async def start(self) -> None:
        """Raises `OnshiError` (`card.READER_SOFTWARE_MISSING`) without pyscard."""
        if self._launch is launch and importlib.util.find_spec("smartcard") is None:
            raise OnshiError(card.READER_SOFTWARE_MISSING, reason="smartcard")
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"reader {self.reader}")

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._settling is not None:
            self._settling.cancel()
        self._board.close()

    @property
    def state(self) -> ReaderState:
        return self._board.state

    def states(self) -> AsyncIterator[ReaderState]:
        return self._board.watch()

    async def open(self) -> PcscSession:
        """Power the card and hold it. Raises `OnshiError`; see `edge.card.pcsc.connect`."""
        if self._session is not None:
            raise OnshiError(card.READER_BUSY, reader=self.reader)
        worker = self._worker
        if worker is None or self._board.state is ReaderState.UNAVAILABLE:
            raise OnshiError(CATALOGUE[self._presence.fault or card.READER_UNAVAILABLE.code], reader=self.reader)
        session = self._session = PcscSession(self, worker, self._guard)
        try:
            await worker.request(Call(operation=wire.OPEN))
        except OnshiError:
            self.released(session)
            raise
        except asyncio.CancelledError:
            # Whoever wanted the card has gone; the worker may be about to have it.
            worker.order(Call(operation=wire.CLOSE))
            self.released(session)
            raise
        return session

    def released(self, session: PcscSession) -> None:
        """A session has let go of the card."""
        if self._session is session:
            self._session = None

    def lost(self, session: PcscSession, why: OnshiError) -> None:
        """A session ended by itself. A swap faster than pcscd's look would go unnoticed: tell one anyway."""
        session.ended = session.ended or why
        self.released(session)
        if why.fault is card.REMOVED and self._board.state is ReaderState.PRESENT:
            self._board.set(ReaderState.EMPTY)
            loop = asyncio.get_running_loop()
            self._settling = loop.call_later(SETTLE, lambda: self._show(self._presence))

    def _told(self, presence: wire.Presence) -> None:
        self._presence = presence
        if not self._probing and not (self._settling_now() and presence.state is ReaderState.PRESENT):
            self._show(presence)

    def _settling_now(self) -> bool:
        return (
            self._settling is not None
            and not self._settling.cancelled()
            and self._settling.when() > (asyncio.get_running_loop().time())
        )

    def _show(self, presence: wire.Presence) -> None:
        if presence.state is not ReaderState.PRESENT and self._session is not None:
            fault = card.REMOVED if presence.state is ReaderState.EMPTY else card.READER_UNAVAILABLE
            self._session.ended = self._session.ended or OnshiError(fault)
            self._session = None
        self._board.set(presence.state)

    async def _run(self) -> None:
        pause = _LOOK
        try:
            while True:
                try:
                    worker = self._start_worker()
                except OSError as failed:
                    # No process or descriptor left just now; a reader never stays away for good.
                    _log.error("worker not started", reader=self.reader, errno=failed.errno)
                    await asyncio.sleep(_LONGEST_PAUSE)
                    continue
                why = await self._watch(worker)
                pause = _LOOK if worker.spoke.is_set() else min(2 * pause, _LONGEST_PAUSE)
                self._end_worker(why)
                if self._probing and why.details.get("step") == "probe" and self._service is not None:
                    await self._restart_service()
                await asyncio.sleep(pause)
        finally:
            self._end_worker(OnshiError(card.SESSION_ENDED))

    def _start_worker(self) -> WorkerProcess:
        environment: Mapping[str, str] = self._service.environment if self._service else {}
        self._worker = WorkerProcess(
            self.reader, environment, traffic=self._traffic, presence=self._told, launch=self._launch
        )
        return self._worker

    def _end_worker(self, why: OnshiError) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill(why)
        if self._session is not None:
            self._session.ended = self._session.ended or why
            self._session = None
        self._presence = wire.Presence(state=ReaderState.UNAVAILABLE)
        self._show(self._presence)

    async def _watch(self, worker: WorkerProcess) -> OnshiError:
        """Until this worker has to be replaced; gives the reason."""
        loop = asyncio.get_running_loop()
        probe: asyncio.Task[bool] | None = None
        if self._probing:
            probe = asyncio.create_task(self._probe(worker), name=f"probe {self.reader}")
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK):
                        await worker.dead.wait()
                now = loop.time()
                if worker.dead.is_set():
                    return OnshiError(card.READER_UNAVAILABLE, step="worker")
                if probe is not None and probe.done():
                    if not probe.result():
                        return OnshiError(card.SILENT, step="probe")
                    probe = None
                    self._probing = False
                    self._show(self._presence)
                if probe is None and worker.busy_since is not None and now - worker.busy_since > self._limit:
                    self.kills += 1
                    self._probing = True
                    _log.warning("card does not answer, worker killed", reader=self.reader)
                    return OnshiError(card.SILENT, reader=self.reader)
                if now - worker.heard > (BEAT_LIMIT if worker.spoke.is_set() else START_LIMIT):
                    self.kills += 1
                    self._probing = worker.spoke.is_set()
                    _log.warning("worker gives no sign of life, killed", reader=self.reader)
                    return OnshiError(card.READER_UNAVAILABLE, step="beat")
        finally:
            if probe is not None:
                probe.cancel()
                with suppress(asyncio.CancelledError, OnshiError):
                    await probe

    async def _probe(self, worker: WorkerProcess) -> bool:
        """Whether a new worker can have the reader in time after the last one was killed."""
        await worker.spoke.wait()
        try:
            async with asyncio.timeout(FREE_LIMIT):
                while True:
                    try:
                        await worker.request(Call(operation=wire.PROBE))
                    except OnshiError as refused:
                        if refused.fault is not card.READER_BUSY:
                            return refused.fault is not card.SILENT
                        await asyncio.sleep(_LOOK)
                    else:
                        return True
        except TimeoutError:
            return False

    async def _restart_service(self) -> None:
        assert self._service is not None  # noqa: S101 - asked by the caller
        _log.warning("reader is not free, pcscd restarted", reader=self.reader)
        with suppress(OnshiError):
            await self._service.restart()
        self._probing = False
