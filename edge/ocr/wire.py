"""What goes between the daemon and the card-front worker over one stream: frames one way, readings the other.

Digits travel as raw bytes from a buffer that each side zeroes; they are in no argument list, environment or encoder.
Not for the network: both ends are ours and on one machine, sizes are checked all the same.
"""

import struct
from dataclasses import dataclass
from datetime import date

import msgspec

from edge.face.camera import Coding, Frame
from edge.ocr.reading import Reading
from protocol.errors import CATALOGUE, OnshiError

KINDS = {Coding.PICTURE: b"C", Coding.BGR: b"B", Coding.I420: b"I", Coding.GREY: b"G"}
READY, READ, FAILED = b"Y", b"R", b"F"
ORDER = struct.Struct("!cIIII")
"""Kind, number of days since 1 January of year 1 (today), height, width (0 for a coded picture), bytes."""
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

    coding: Coding
    today: date
    height: int
    width: int
    size: int


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An `OnshiError` as it crosses."""

    code: str
    details: dict[str, str | int]


def order(frame: Frame, today: date) -> bytes:
    """The head of an order; the frame's data goes behind it."""
    return ORDER.pack(KINDS[frame.coding], today.toordinal(), frame.height, frame.width, len(frame.data))


def read_order(head: bytes | bytearray) -> Order:
    """Raises ValueError for what is no order."""
    kind, day, height, width, size = ORDER.unpack(head)
    coding = next((coding for coding, letter in KINDS.items() if letter == kind), None)
    if coding is None or size > MOST_BYTES:
        raise ValueError("not an order")
    return Order(coding, date.fromordinal(day), height, width, size)


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
