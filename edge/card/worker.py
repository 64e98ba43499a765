"""One reader's worker process: applets and PC/SC live here, so that a card that hangs can be killed with it.

Started by `edge.card.supervisor` with a socket to it and nothing secret in arguments or environment; takes one order
at a time, brackets every PC/SC call with begin and end frames for the daemon's watchdog, and dies with the daemon.
Not for use by itself. Facts: `my-number-card` reference, section 8 (traps 2 to 5).
"""

import argparse
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from edge.card import pcsc, wire
from edge.card.apdu import TRAFFIC
from edge.card.calls import Call, perform
from edge.card.connection import CardConnection
from edge.card.credentials import zero
from edge.card.monitor import Monitor
from edge.card.overheard import overheard
from edge.card.session import CardSitting
from edge.hardening import harden
from protocol.errors import OnshiError, card

T = TypeVar("T")


class Worker:
    """Serves orders from ``line`` until it ends. ``api`` is pyscard's module, or a stand-in."""

    def __init__(self, line: socket.socket, api: Any, reader: str, *, overheard: Callable[[], bool | None]) -> None:
        self._line = line
        self._api = api
        self._reader = reader
        self._overheard = overheard
        self._sending = threading.Lock()
        self._sitting: CardSitting | None = None

    def serve(self) -> None:
        monitor = Monitor(
            self._api,
            self._reader,
            report=lambda presence: self._send(wire.encode(wire.PRESENCE, presence)),
            beat=lambda: self._send(wire.BEAT),
            overheard=self._overheard,
        )
        monitor.start()
        buffer = bytearray(wire.LONGEST)
        try:
            while (received := wire.receive_order(self._line, buffer)) is not None:
                self._answer(*received)
        finally:
            self._close()
            monitor.stop()
            monitor.join(2)

    def bracketed(self, step: Callable[[], T]) -> T:
        """Do one thing that may hang, between a begin and an end frame."""
        self._send(wire.BEGIN)
        try:
            return step()
        finally:
            self._send(wire.END)

    def _answer(self, order: wire.Order, secret: bytearray, descriptors: list[int]) -> None:
        try:
            value = self._perform(order.call, secret, descriptors)
        except OnshiError as refused:
            failure = wire.Failure(number=order.number, code=refused.fault.code, details=dict(refused.details))
            self._send(wire.encode(wire.FAILURE, failure))
        else:
            self._send(wire.result(order.number, value))
        finally:
            zero(secret)
            for descriptor in descriptors:
                with suppress(OSError):
                    os.close(descriptor)

    def _perform(self, call: Call, secret: bytearray, descriptors: list[int]) -> Any:
        match call.operation:
            case wire.OPEN:
                self._close()
                self._sitting = CardSitting(_Bracketed(self._connect(), self))
                return None
            case wire.CLOSE:
                self._close()
                return None
            case wire.PROBE:
                self._close()
                with suppress_fault(card.NOT_RECOGNISED.code):
                    self.bracketed(self._connect().close)
                return None
        if self._sitting is None:
            raise OnshiError(card.SESSION_ENDED)
        if call.operation == wire.PHOTO:
            if self._sitting.photo is None or not descriptors:
                raise OnshiError(card.SURFACE_MISSING)
            return _write(descriptors.pop(), self._sitting.photo)
        return perform(self._sitting, call, secret)

    def _connect(self) -> pcsc.PcscConnection:
        if self._overheard():
            raise OnshiError(card.READER_OVERHEARD)
        return self.bracketed(lambda: pcsc.connect(self._api, self._reader, time.sleep))

    def _close(self) -> None:
        if self._sitting is not None:
            sitting, self._sitting = self._sitting, None
            sitting.close()

    def _send(self, frame: bytes) -> None:
        # When the daemon is gone nobody is left to tell; the order loop ends by itself.
        with self._sending, suppress(BrokenPipeError, ConnectionError):
            self._line.send(frame)


class _Bracketed:
    """A connection whose every call the daemon's watchdog can see begin and end."""

    def __init__(self, inner: CardConnection, worker: Worker) -> None:
        self.atr = inner.atr
        self.extended = inner.extended
        self._inner = inner
        self._worker = worker

    def transmit(self, command: bytes | bytearray) -> bytes:
        return self._worker.bracketed(lambda: self._inner.transmit(command))

    def close(self) -> None:
        self._worker.bracketed(self._inner.close)


class suppress_fault(suppress):  # noqa: N801 - reads like contextlib's
    """Lets one fault pass by its code."""

    def __init__(self, code: str) -> None:
        super().__init__(OnshiError)
        self._code = code

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        return isinstance(error, OnshiError) and error.fault.code == self._code


def _write(descriptor: int, content: bytes) -> int:
    """All of it, then close: the reader sees the end."""
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return len(content)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--line", type=int, required=True)
    parser.add_argument("--reader", required=True)
    parser.add_argument("--traffic", action="store_true")
    given = parser.parse_args(arguments)
    harden()
    if given.traffic:
        logging.basicConfig(level=TRAFFIC, format="%(name)s %(message)s")
    with socket.socket(fileno=given.line) as line:
        Worker(line, pcsc.load(), given.reader, overheard=lambda: overheard(os.environ)).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
