"""Frames between the daemon and a reader's worker: one message of a SOCK_SEQPACKET pair each, so none is ever cut.

A secret follows its call as raw bytes, so that both sides can zero the one buffer it stood in; it is in no argument
list, no environment and no encoder's memory.
"""

import socket
from typing import Any

import msgspec

from edge.card.calls import OPERATIONS, Call
from edge.card.credentials import zero
from edge.card.port import ReaderState

LONGEST = 65536
"""Bytes of one frame; the longest answer is a card's attributes or a certificate."""
CALL, BEGIN, END, BEAT, PRESENCE, RESULT, FAILURE = (bytes([letter]) for letter in b"CBEHPRF")

OPEN, CLOSE, PROBE, PHOTO = "open", "close", "probe", "photo_to"
"""Operations of the worker itself, beside those of the card."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its number; ``secret`` says how many raw bytes follow."""

    number: int
    call: Call
    secret: int = 0


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """What lies on the reader. ``fault`` is the code that explains an unavailable reader."""

    state: ReaderState
    fault: str | None = None


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An `OnshiError` as it crosses."""

    number: int
    code: str
    details: dict[str, str | int]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """``value`` is encoded by itself, for the type that the operation gives."""

    number: int
    value: bytes


_encoder = msgspec.msgpack.Encoder()


def encode(kind: bytes, message: Any) -> bytes:
    return kind + _encoder.encode(message)


def result(number: int, value: Any) -> bytes:
    return encode(RESULT, Result(number=number, value=_encoder.encode(value)))


def value(operation: str, raw: bytes) -> Any:
    """A result's value. Raises `msgspec.MsgspecError`."""
    kind = OPERATIONS.get(operation, int if operation == PHOTO else type(None))
    return msgspec.msgpack.decode(raw, type=kind)


def order(number: int, call: Call, secret: bytearray) -> bytearray:
    """A call ready to send, secret and all; the sender zeroes it."""
    head = _encoder.encode(Order(number=number, call=call, secret=len(secret)))
    frame = bytearray(CALL + len(head).to_bytes(2, "big") + head)
    frame += secret
    return frame


def receive_order(line: socket.socket, buffer: bytearray) -> tuple[Order, bytearray, list[int]] | None:
    """The next order, its secret in a buffer of its own, and descriptors that came with it; None at the end.

    ``buffer`` is zeroed. Raises `msgspec.MsgspecError` or `ValueError` for anything but an order.
    """
    length, ancillary, _, _ = line.recvmsg_into([buffer], socket.CMSG_SPACE(4))
    descriptors = [
        int.from_bytes(content[:4], "little")
        for level, kind, content in ancillary
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
    ]
    if not length:
        return None
    try:
        if buffer[:1] != CALL:
            raise ValueError("not an order")
        size = int.from_bytes(buffer[1:3], "big")
        given = msgspec.msgpack.decode(bytes(buffer[3 : 3 + size]), type=Order)
        secret = bytearray(buffer[3 + size : 3 + size + given.secret])
        return given, secret, descriptors
    finally:
        zero(buffer)
