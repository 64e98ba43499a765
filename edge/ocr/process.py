"""The card-front worker as the daemon holds it: started warm, asked one frame at a time, replaced when it ails.

Whatever happens to the worker, the caller gets a reading or a catalogue error, and typing by the clerk stays possible.
"""

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Protocol

import structlog

from edge.face.camera import Frame
from edge.face.process import ONE_THREAD
from edge.ocr import wire
from edge.ocr.reading import Reading
from protocol.errors import OnshiError
from protocol.errors import face as faults

log = structlog.get_logger("onshi.ocr")

START_SECONDS = 20.0
READ_SECONDS = 15.0
RECYCLE_AFTER = 25
"""Cards looked at by one worker, read or not; what libraries have copied for themselves ends with it."""


class CardFronts(Protocol):
    """What the face path needs of card-front reading."""

    def warm(self) -> None:
        """Begin to load, behind; what is wrong is told when a frame is to be read."""
        ...

    async def stop(self) -> None: ...

    async def read(self, frame: Frame, today: date) -> Reading:
        """Read one frame, whose data is zeroed.

        Raises `OnshiError`: FACE-020 to FACE-024 ask for another frame, the rest for typing.
        """
        ...

    async def forget(self) -> None:
        """No more frames of this card. Raises nothing."""
        ...


class FrontWorker:
    """`CardFronts` in a process of its own. Used from one event loop."""

    def __init__(self, models: Path, *, recycle_after: int = RECYCLE_AFTER, read_seconds: float = READ_SECONDS) -> None:
        self._models = models
        self._recycle_after = recycle_after
        self._read_seconds = read_seconds
        self._turn = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._looked = False
        self._cards = 0
        self._warming: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id, for measuring; None while there is none."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the worker and wait until its models are loaded; raises `OnshiError` when they cannot be."""
        async with self._turn:
            await self._started()

    def warm(self) -> None:
        if self._warming is None or self._warming.done():
            self._warming = asyncio.create_task(self._warm(), name="front-worker")

    async def stop(self) -> None:
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        async with self._turn:
            self._end()

    async def read(self, frame: Frame, today: date) -> Reading:
        try:
            if not 0 < len(frame.data) <= wire.MOST_BYTES:
                raise OnshiError(faults.FRONT_PICTURE, bytes=len(frame.data))
            async with self._turn:
                return await self._asked(frame, today)
        finally:
            frame.data[:] = bytes(len(frame.data))

    async def forget(self) -> None:
        async with self._turn:
            self._cards += self._looked
            self._looked = False
            if self._cards >= self._recycle_after:
                log.info("front_worker_recycled", cards=self._cards)
                self._end()
                self.warm()

    async def _asked(self, frame: Frame, today: date) -> Reading:
        line = await self._started()
        self._looked = True
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._read_seconds):
                await loop.sock_sendall(line, wire.order(frame, today))
                await loop.sock_sendall(line, frame.data)
                kind, answer = await self._answer(line)
            return wire.read_answer(kind, answer)
        except OnshiError:
            raise
        except (OSError, ValueError) as broken:  # TimeoutError is an OSError
            self._end()
            raise _down(broken) from None
        except BaseException:
            # Cancelled: an answer that nobody took must not meet the next question.
            self._end()
            raise

    async def _warm(self) -> None:
        """Loaded before it is needed."""
        with suppress(OnshiError):
            await self.start()

    async def _started(self) -> socket.socket:
        if self._line is not None and self._process is not None and self._process.poll() is None:
            return self._line
        self._end()
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._line.setblocking(False)
        command = [
            sys.executable,
            "-m",
            "edge.ocr.worker",
            "--line",
            str(theirs.fileno()),
            "--models",
            str(self._models),
        ]
        try:
            self._process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module; returns as soon as it runs
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **ONE_THREAD},
                start_new_session=True,
            )
            theirs.close()  # now, so that the worker's end is seen
            async with asyncio.timeout(START_SECONDS):
                kind, content = await self._answer(self._line)
            if kind != wire.READY:
                wire.read_answer(kind, content)
                raise ValueError("not ready")
        except (OSError, ValueError) as broken:
            self._end()
            raise _down(broken) from None
        except BaseException:
            self._end()
            raise
        finally:
            theirs.close()
        return self._line

    async def _answer(self, line: socket.socket) -> tuple[bytes, bytearray]:
        head = await _exactly(line, wire.ANSWER.size)
        kind, size = wire.ANSWER.unpack(head)
        if size > wire.MOST_ANSWER:
            raise ValueError("an answer too long")
        return kind, await _exactly(line, size)

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
        self._process, self._line, self._cards = None, None, 0


def _down(broken: Exception) -> OnshiError:
    log.warning("front_worker_down", reason=type(broken).__name__)
    return OnshiError(faults.FRONT_READER_DOWN, reason=type(broken).__name__)


async def _exactly(line: socket.socket, size: int) -> bytearray:
    """So many bytes; raises ConnectionError when the worker is gone."""
    content = bytearray(size)
    view = memoryview(content)
    done = 0
    while done < size:
        got = await asyncio.get_running_loop().sock_recv_into(line, view[done:])
        if got == 0:
            raise ConnectionError("the worker is gone")
        done += got
    return content
