"""What goes between the daemon and the card-front worker over one stream: frames one way, readings the other.

Digits travel as raw bytes from a buffer that each side zeroes; they are in no argument list, environment or encoder.
Not for the network: both ends are ours and on one machine, sizes are checked all the same.
"""

import struct
from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np

from edge.ocr.reader import Reading
from edge.ocr.surface import Image
from protocol.errors import CATALOGUE, OnshiError

CODED, PIXELS = b"C", b"P"
"""Kinds of frames: an encoded picture (JPEG, PNG …), or BGR pixels."""
READY, READ, FAILED = b"Y", b"R", b"F"
ORDER = struct.Struct("!cIIII")
"""Kind, number of days since 1 January of year 1 (today), height, width (0 for an encoded picture), bytes."""
ANSWER = struct.Struct("!cI")
"""Kind, bytes that follow."""
MOST_BYTES = 20_000_000 * 3
"""A frame of 20 megapixels, the largest that is taken."""
MOST_ANSWER = 4096
DIGITS = 14
_SURE = struct.Struct("!fff")
_WAYS = ("windows", "page")


@dataclass(frozen=True)
class Order:
    """What the worker is asked: the frame's bytes follow."""

    kind: bytes
    today: date
    height: int
    width: int
    size: int


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An `OnshiError` as it crosses."""

    code: str
    details: dict[str, str | int]


def order(frame: bytes | bytearray | Image, today: date) -> tuple[bytes, memoryview]:
    """Head and content of an order. Raises ValueError for pixels that are not (height, width, 3) of bytes."""
    if isinstance(frame, np.ndarray):
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise ValueError("not BGR bytes")
        content = np.ascontiguousarray(frame).data.cast("B")
        return ORDER.pack(PIXELS, today.toordinal(), frame.shape[0], frame.shape[1], len(content)), content
    content = memoryview(frame)
    return ORDER.pack(CODED, today.toordinal(), 0, 0, len(content)), content


def read_order(head: bytes | bytearray) -> Order:
    """Raises ValueError for what is no order."""
    kind, day, height, width, size = ORDER.unpack(head)
    if kind not in (CODED, PIXELS) or size > MOST_BYTES or (kind == PIXELS and height * width * 3 != size):
        raise ValueError("not an order")
    return Order(kind, date.fromordinal(day), height, width, size)


def reading(read: Reading) -> bytearray:
    """A reading ready to send; the sender zeroes it."""
    answer = bytearray(ANSWER.pack(READ, DIGITS + _SURE.size + 1))
    answer += read.number_b
    answer += _SURE.pack(read.birth, read.expiry, read.code)
    answer.append(_WAYS.index(read.way))
    return answer


def failure(refused: OnshiError) -> bytearray:
    content = msgspec.msgpack.encode(Failure(code=refused.fault.code, details=dict(refused.details)))
    return bytearray(ANSWER.pack(FAILED, len(content)) + content)


def read_answer(kind: bytes, content: bytearray) -> Reading:
    """The reading of an answer; the given buffer is zeroed.

    Raises `OnshiError`, the worker's refusal, and ValueError for what is no answer.
    """
    try:
        if kind == FAILED:
            told = msgspec.msgpack.decode(content, type=Failure)
            raise OnshiError(CATALOGUE[told.code], **told.details)
        if kind != READ or len(content) != DIGITS + _SURE.size + 1:
            raise ValueError("not an answer")
        birth, expiry, code = _SURE.unpack_from(content, DIGITS)
        way = _WAYS[content[-1]]
        return Reading(number_b=content[:DIGITS], birth=birth, expiry=expiry, code=code, way=way)
    except (msgspec.MsgspecError, KeyError, IndexError):
        raise ValueError("not an answer") from None
    finally:
        content[:] = bytes(len(content))
