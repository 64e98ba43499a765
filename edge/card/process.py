"""A reader's worker as the daemon holds it: a process, a line, orders out, frames in.

Restarting and judging are `edge.card.supervisor`'s. Facts: `my-number-card` reference, section 8.
"""

import asyncio
import itertools
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from edge.card import wire
from edge.card.calls import Call
from edge.card.credentials import zero
from protocol.errors import CATALOGUE, OnshiError, card


def launch(reader: str, line: socket.socket, environment: Mapping[str, str], traffic: bool) -> subprocess.Popen[bytes]:
    """Start a worker on its end of the line; the appliance's own settings stay out of its environment."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("ONSHI_")}
    command = [sys.executable, "-m", "edge.card.worker", "--line", str(line.fileno()), "--reader", reader]
    return subprocess.Popen(  # noqa: S603 - our own module
        [*command, "--traffic"] if traffic else command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(line.fileno(),),
        env={**inherited, **environment},
        start_new_session=True,
    )


class WorkerProcess:
    """One worker from start to kill; used from the event loop only."""

    def __init__(
        self,
        reader: str,
        environment: Mapping[str, str],
        *,
        traffic: bool,
        presence: Callable[[wire.Presence], None],
        launch: Callable[[str, socket.socket, Mapping[str, str], bool], Any] = launch,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._presence = presence
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[str, asyncio.Future[Any]]] = {}
        self.dead = asyncio.Event()
        self.busy_since: float | None = None
        """Loop time at which the PC/SC call under way began; None between calls."""
        self.heard = self._loop.time()
        """Loop time of the last frame."""
        self.spoke = asyncio.Event()
        """Set once anything has been heard at all; starting Python takes a moment."""
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.setblocking(False)
        try:
            self._process = launch(reader, theirs, environment, traffic)
        except BaseException:
            self._line.close()
            raise
        finally:
            theirs.close()
        self._loop.add_reader(self._line, self._readable)

    async def request(self, call: Call, secret: bytearray | None = None, descriptor: int | None = None) -> Any:
        """Send an order and wait for its result. Raises `OnshiError`: the worker's, or of its end."""
        if self.dead.is_set():
            raise OnshiError(card.READER_UNAVAILABLE, step="worker")
        number = next(self._numbers)
        frame = wire.order(number, call, secret or bytearray())
        future: asyncio.Future[Any] = self._loop.create_future()
        try:
            if descriptor is None:
                self._line.send(frame)
            else:
                socket.send_fds(self._line, [frame], [descriptor])
        except BlockingIOError:
            raise OnshiError(card.SILENT, step="worker") from None
        except OSError:
            self.dead.set()
            raise OnshiError(card.READER_UNAVAILABLE, step="worker") from None
        finally:
            zero(frame)
        self._waiting[number] = (call.operation, future)
        try:
            return await future
        finally:
            self._waiting.pop(number, None)

    def order(self, call: Call) -> None:
        """Send an order whose result nobody waits for."""
        with suppress(OSError):
            self._line.send(wire.order(next(self._numbers), call, bytearray()))

    def kill(self, why: OnshiError) -> None:
        """End the process for good; whoever waits is told ``why``."""
        self.dead.set()
        self._loop.remove_reader(self._line)
        self._process.kill()
        self._process.wait()
        self._line.close()
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(OnshiError(why.fault, **why.details))

    def _readable(self) -> None:
        while True:
            try:
                frame = self._line.recv(wire.LONGEST)
            except BlockingIOError:
                return
            except OSError:
                frame = b""
            if not frame:
                self._loop.remove_reader(self._line)
                self.dead.set()
                return
            self.heard = self._loop.time()
            self.spoke.set()
            try:
                self._take(frame[:1], frame[1:])
            except (msgspec.MsgspecError, KeyError):
                # A worker that cannot be understood is replaced.
                self.dead.set()
                return

    def _take(self, kind: bytes, body: bytes) -> None:
        if kind == wire.BEGIN:
            self.busy_since = self.heard
        elif kind == wire.END:
            self.busy_since = None
        elif kind == wire.PRESENCE:
            self._presence(msgspec.msgpack.decode(body, type=wire.Presence))
        elif kind == wire.RESULT:
            result = msgspec.msgpack.decode(body, type=wire.Result)
            operation, future = self._waiting.get(result.number, ("", None))
            if future is not None and not future.done():
                future.set_result(wire.value(operation, result.value))
        elif kind == wire.FAILURE:
            failure = msgspec.msgpack.decode(body, type=wire.Failure)
            _, future = self._waiting.get(failure.number, ("", None))
            if future is not None and not future.done():
                future.set_exception(OnshiError(CATALOGUE[failure.code], **failure.details))
