"""Clients that count characters for Content-Length: their JSON goes on past it, and is read to its last bracket.

One client of the web API sends every byte but announces the number of characters, so that a symbol in kanji would be
cut off and its rest taken for another request. For JSON bodies the closing bracket decides. Facts: reference
clinic-interface 2.2 ("be tolerant").
"""

import re
from asyncio import get_running_loop
from asyncio.transports import BaseTransport
from collections.abc import Callable
from typing import Protocol

from central.api.serving import Connection


class Timer(Protocol):
    def cancel(self) -> None: ...


_LENGTH = re.compile(rb"(\r\nContent-Length:[ \t]*)([0-9]{1,9})([ \t]*\r\n)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nExpect:", re.IGNORECASE)
_JSON = re.compile(rb"\r\nContent-Type:[ \t]*application/json", re.IGNORECASE)
_HEAD_LIMIT = 32768
_BODY_LIMIT = 131072
PATIENCE_SECONDS = 0.5
"""How long the rest of a body that is not closed is waited for."""


class Mender:
    """Takes what arrives, gives it on with honest lengths. ``give`` is the HTTP parser, ``later`` a timer."""

    def __init__(self, give: Callable[[bytes], None], later: Callable[[Callable[[], None]], Timer]) -> None:
        self._give = give
        self._later = later
        self._held = b""
        self._timer: Timer | None = None
        self._skip = 0
        """Bytes of a body that are passed on unseen."""

    def take(self, data: bytes) -> None:
        self.stop()
        self._held += data
        while self._held and self._message():
            pass
        if self._held:
            self._timer = self._later(self._flush)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _flush(self) -> None:
        """Nothing more came: what is there goes on as it is, and is judged as it is."""
        held, self._held = self._held, b""
        self._give(held)

    def _message(self) -> bool:
        """Pass on one message, or part of one; False to wait for more."""
        if self._skip:
            part, self._held = self._held[: self._skip], self._held[self._skip :]
            self._skip -= len(part)
            self._give(part)
            return True
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            if len(self._held) > _HEAD_LIMIT:
                self._flush()
            return False
        head = self._held[: end + 4]
        lengths = _LENGTH.findall(head)
        announced = int(lengths[0][1]) if len(lengths) == 1 else 0
        if not announced or announced > _BODY_LIMIT or not _JSON.search(head) or _EXPECT.search(head):
            self._give(head)
            self._held, self._skip = self._held[end + 4 :], announced
            return True
        body = self._held[end + 4 :]
        closed = json_end(body)
        if closed is None and len(body) <= max(announced, 0) * 4:
            return False
        size = max(closed or announced, announced)
        if len(body) < size:
            return False
        self._give(_LENGTH.sub(rb"\g<1>%d\g<3>" % size, head) + body[:size])
        self._held = body[size:]
        return True


def json_end(body: bytes) -> int | None:
    """Where the outermost bracket of the JSON that begins here closes (one past it); None when it does not."""
    depth, quoted, escaped = 0, False, False
    for place, byte in enumerate(body):
        if quoted:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                quoted = False
        elif byte == 0x22:
            quoted = True
        elif byte in b"{[":
            depth += 1
        elif byte in b"}]":
            depth -= 1
            if depth <= 0:
                return place + 1
    return None


class TolerantConnection(Connection):
    """A connection of the web API."""

    __slots__ = ("_mender",)

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        loop = get_running_loop()
        self._mender = Mender(super().data_received, lambda work: loop.call_later(PATIENCE_SECONDS, work))

    def data_received(self, data: bytes) -> None:
        self._mender.take(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._mender.stop()
        super().connection_lost(exc)
