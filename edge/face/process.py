"""The face worker as the daemon holds it: started early, asked one thing at a time, replaced when it fails or is due.

A worker that dies, hangs or answers nonsense costs the present verification and nothing else; a pack that cannot be
loaded closes the face way, with the pack's own fault, and is looked at again from time to time.
"""

import asyncio
import itertools
import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
import structlog

from edge.face import wire
from edge.face.camera import Frame
from protocol.errors import CATALOGUE, OnshiError, face

log = structlog.get_logger("onshi.face")

A = TypeVar("A", wire.Began, wire.Looked, wire.Forgotten)

START_SECONDS = 30.0
"""A worker may take so long to load on a busy machine; usually less than one."""
ANSWER_SECONDS = 8.0
"""For one order; usually 20 to 60 ms."""
VISITS = 25
"""After so many verifications a worker is replaced by a fresh one."""
RETRY_SECONDS = 60.0
"""Until a pack that could not be loaded is looked at again."""
_LOST = (TimeoutError, OSError, EOFError, msgspec.MsgspecError)
"""A worker that ended, hangs or talks nonsense."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""More are slower on a small machine, and each takes memory of its own."""


class Process(Protocol):
    """What is needed of a `subprocess.Popen`."""

    pid: int

    def poll(self) -> int | None: ...

    def kill(self) -> None: ...

    def wait(self) -> int: ...


Launch = Callable[[socket.socket, int, Path], Process]


def launch(line: socket.socket, slot: int, models: Path) -> Process:
    """Start a worker on its end of the line."""
    command = [sys.executable, "-m", "edge.face.worker", "--line", str(line.fileno())]
    return subprocess.Popen(  # noqa: S603 - our own module
        [*command, "--slot", str(slot), "--models", str(models.absolute())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(line.fileno(), slot),
        env={**os.environ, **ONE_THREAD},
        start_new_session=True,
    )


class FaceWorker:
    """One worker after another. Used from the event loop only; verifications do not overlap."""

    def __init__(
        self,
        models: Path,
        *,
        launch: Launch = launch,
        visits: int = VISITS,
        answer_seconds: float = ANSWER_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._models = models
        self._launch = launch
        self._visits = visits
        self._answer_seconds = answer_seconds
        self._retry = retry_seconds
        self._numbers = itertools.count(1)
        self._worker: _Running | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._fault: OnshiError | None = None

    @property
    def status(self) -> wire.Status | None:
        """What is loaded; None while nothing is."""
        worker = self._worker
        return worker.status if worker and not worker.dead.is_set() else None

    @property
    def fault(self) -> OnshiError | None:
        """Why there is no worker, where that is known; None while one works or starts."""
        return self._fault

    @property
    def pid(self) -> int | None:
        return self._worker.process.pid if self._worker else None

    async def start(self) -> None:
        """Returns at once; loading goes on behind."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="face worker")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def ready(self, seconds: float = START_SECONDS) -> wire.Status:
        """Wait until the models are loaded; a worker that died unasked is replaced. Raises why they are not."""
        if self._worker is not None and self._worker.process.poll() is not None:
            self._worker.dead.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.status is None and self._fault is None:
                    self._changed.clear()
                    await self._changed.wait()
        if self.status is None:
            raise self._fault or OnshiError(face.WORKER_GONE, reason="not ready")
        return self.status

    async def begin(self, photo: socket.socket, digest: str) -> wire.Began:
        """A new verification; the worker reads the photo from ``photo`` to its end."""
        worker = self._ready_worker()
        worker.verifications += 1
        return await self._ask(wire.Begin(number=next(self._numbers), digest=digest), wire.Began, photo)

    async def look(self, frame: Frame) -> wire.Looked:
        """Show a frame; its data is zeroed."""
        worker = self._ready_worker()
        data = frame.data
        try:
            if not 0 < len(data) <= wire.SLOT:
                raise OnshiError(face.PICTURE_TOO_LARGE, bytes=len(data))
            await self._settled(worker)
            worker.slot[: len(data)] = data
            order = wire.Look(
                number=next(self._numbers),
                coding=frame.coding,
                width=frame.width,
                height=frame.height,
                length=len(data),
                at=frame.at,
            )
        finally:
            data[:] = bytes(len(data))
        return await self._ask(order, wire.Looked)

    async def forget(self) -> None:
        """The verification is over, however it went; a worker that is due is replaced now. Raises nothing."""
        worker = self._worker
        if worker is None:
            return
        with suppress(OnshiError):
            await self._ask(wire.Forget(number=next(self._numbers)), wire.Forgotten)
        if worker.verifications >= self._visits:
            log.info("face_worker_recycled", verifications=worker.verifications)
            worker.dead.set()

    # --- one order --------------------------------------------------------------------------------------------

    def _ready_worker(self) -> "_Running":
        if self._worker is None or self._worker.status is None or self._worker.dead.is_set():
            raise self._fault or OnshiError(face.WORKER_GONE, reason="not ready")
        return self._worker

    async def _settled(self, worker: "_Running") -> None:
        """The slot is free: whatever was asked before has been answered."""
        try:
            await worker.settle(self._answer_seconds)
        except _LOST as lost:
            worker.dead.set()
            raise OnshiError(face.WORKER_GONE, reason=type(lost).__name__) from None

    async def _ask(self, order: wire.Order, kind: type[A], descriptor: socket.socket | None = None) -> A:
        worker = self._ready_worker()
        try:
            answer = await worker.ask(order, self._answer_seconds, descriptor)
        except _LOST as lost:
            worker.dead.set()
            raise OnshiError(face.WORKER_GONE, reason=type(lost).__name__) from None
        if isinstance(answer, wire.Failed):
            raise OnshiError(CATALOGUE.get(answer.code, face.WORKER_GONE), **answer.details)
        if not isinstance(answer, kind):
            worker.dead.set()
            raise OnshiError(face.WORKER_GONE, reason="another answer")
        return answer

    # --- one worker after another -----------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            worker = _Running(self._launch, self._models)
            self._worker = worker
            try:
                await self._load(worker)
                self._tell()
                if worker.status is not None:
                    await worker.dead.wait()
            finally:
                self._worker = None
                worker.end()
            if self._fault is not None:
                log.warning("face_models_unusable", fault=self._fault.fault.code)
                await asyncio.sleep(self._retry)

    async def _load(self, worker: "_Running") -> None:
        try:
            told = await worker.first(START_SECONDS)
        except _LOST as lost:
            self._fault = OnshiError(face.WORKER_GONE, reason=type(lost).__name__, step="start")
            return
        if isinstance(told, wire.Unable):
            self._fault = OnshiError(CATALOGUE.get(told.code, face.WORKER_GONE), **told.details)
        elif isinstance(told, wire.Ready):
            worker.status, self._fault = told.status, None
            loaded = told.status
            log.info(
                "face_models_loaded",
                engine=loaded.engine,
                model=loaded.model,
                detector=loaded.detector or "none",
                locked=loaded.locked,
            )

    def _tell(self) -> None:
        self._changed.set()


class _Running:
    """One process, its line and its slot."""

    def __init__(self, launch: Launch, models: Path) -> None:
        self.status: wire.Status | None = None
        self.verifications = 0
        self.dead = asyncio.Event()
        self._owed = 0
        """Answers that nobody waited for to the end."""
        memory = os.memfd_create("onshi-face-frames", os.MFD_CLOEXEC)
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            os.ftruncate(memory, wire.SLOT)
            self._map = mmap.mmap(memory, wire.SLOT)
            self.slot = memoryview(self._map)
            self._line.setblocking(False)
            self.process = launch(theirs, memory, models)
        except BaseException:
            self._line.close()
            raise
        finally:
            theirs.close()
            os.close(memory)

    async def first(self, seconds: float) -> wire.Answer:
        async with asyncio.timeout(seconds):
            return await self._receive()

    async def settle(self, seconds: float) -> None:
        """Wait for what was asked by somebody who has gone since; then the slot is free."""
        async with asyncio.timeout(seconds):
            while self._owed:
                await self._receive()
                self._owed -= 1

    async def ask(self, order: wire.Order, seconds: float, descriptor: socket.socket | None) -> wire.Answer:
        """Raises TimeoutError, OSError, EOFError, `msgspec.MsgspecError`."""
        await self.settle(seconds)
        raw = wire.encode(order)
        if descriptor is None:
            self._line.send(raw)
        else:
            socket.send_fds(self._line, [raw], [descriptor.fileno()])
        self._owed += 1
        async with asyncio.timeout(seconds):
            answer = await self._receive()
        self._owed -= 1
        return answer

    async def _receive(self) -> wire.Answer:
        raw = await asyncio.get_running_loop().sock_recv(self._line, wire.LONGEST)
        if not raw:
            raise EOFError
        return wire.answer(raw)

    def end(self) -> None:
        self.dead.set()
        self.process.kill()
        self.process.wait()
        self._line.close()
        self.slot.release()
        self._map.close()
