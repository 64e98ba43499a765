"""Puts a virtual card on a reader of vsmartcard's vpcd driver, so that the real pcscd sees it.

Facts: `my-number-card` reference, section 8 (trap 1: vpcd sends length and payload as two segments, so TCP_QUICKACK
is set after each recv; trap 10: an empty frame means removal) and section 9 (wire form). Only 127.0.0.1 is meant.
"""

import select
import socket
import struct
import threading
from types import TracebackType
from typing import Self

from sandbox.card.faults import CardEjected, CardSilent
from sandbox.card.virtual import VirtualCard

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
RETRY_SECONDS = 0.05
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class _Gone(Exception):
    """pcscd closed the connection, or somebody wants something else (eject, stop)."""


class CardOnReader:
    """A card held on a vpcd port by one thread; comes back by itself when pcscd restarts.

    Use as a context manager or call `start` and `stop`. `eject` and `insert` act on reader and card. pcscd looks
    every 0.4 s: wait until it has seen an empty reader before inserting again.
    """

    def __init__(self, card: VirtualCard, port: int, host: str = "127.0.0.1") -> None:
        self.card = card
        self.address = (host, port)
        self._seen = threading.Event()
        self._stopping = False
        self._wanted = True
        self._wake_here, self._wake_there = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=f"card-on-{port}", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take the card off and end the thread; waits for a slow command for 5 s at most."""
        self._stopping = True
        self._wake()
        self._thread.join(5)
        if not self._thread.is_alive():
            self._wake_here.close()
            self._wake_there.close()

    def eject(self) -> None:
        """Take the card out, also in the middle of a command."""
        self._wanted = False
        self._wake()

    def insert(self, card: VirtualCard | None = None) -> None:
        """Put the card (or another one) in."""
        self.card = card or self.card
        self.card.insert()
        self._wanted = True
        self._wake()

    def wait_seen(self, timeout: float = 5.0) -> bool:
        """Whether the driver asked for the card's ATR within ``timeout`` seconds (it looks every 0.1 to 0.4 s)."""
        return self._seen.wait(timeout)

    def _inserted(self) -> bool:
        return self._wanted and self.card.present

    def _wake(self) -> None:
        self._wake_there.send(b"!")

    def _run(self) -> None:
        while not self._stopping:
            if not self._inserted():
                self._pause(None)
                continue
            try:
                with socket.create_connection(self.address, timeout=1) as line:
                    line.settimeout(None)
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._serve(line, self.card)
            except (OSError, _Gone):
                if self._inserted():
                    self._pause(RETRY_SECONDS)
            finally:
                self._seen.clear()

    def _pause(self, seconds: float | None) -> None:
        if select.select([self._wake_here], [], [], seconds)[0]:
            self._wake_here.recv(64)

    def _serve(self, line: socket.socket, card: VirtualCard) -> None:
        while True:
            size = struct.unpack(">H", self._receive(line, card, 2))[0]
            payload = self._receive(line, card, size)
            answer = self._control(card, payload[0]) if size == 1 else self._exchange(line, card, payload)
            if answer:
                line.sendall(struct.pack(">H", len(answer)) + answer)

    def _control(self, card: VirtualCard, order: int) -> bytes:
        if order == GET_ATR:
            self._seen.set()
            return card.atr
        card.reset()
        return b""

    def _exchange(self, line: socket.socket, card: VirtualCard, command: bytes) -> bytes:
        try:
            return card.transmit(command)
        except CardEjected:
            self._wanted = False
            raise _Gone from None
        except CardSilent:
            # Nothing more is ever said: only removal, stop or pcscd's own end gets us out of here.
            self._receive(line, card, 0xFFFF)
            raise _Gone from None

    def _receive(self, line: socket.socket, card: VirtualCard, size: int) -> bytes:
        got = bytearray()
        while len(got) < size:
            ready, _, _ = select.select([line, self._wake_here], [], [])
            if self._wake_here in ready:
                self._wake_here.recv(64)
                if self._stopping or not self._wanted or self.card is not card:
                    card.eject()
                    raise _Gone
            if line in ready:
                part = line.recv(size - len(got))
                if _QUICKACK is not None:
                    line.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
                if not part:
                    raise _Gone
                got += part
        return bytes(got)


def keep(card: VirtualCard, host: str, port: int, stop: threading.Event) -> None:
    """Hold the card on a reader until ``stop`` is set (for the command line)."""
    with CardOnReader(card, port, host):
        stop.wait()
