"""Reads uncompressed video of the YUV4MPEG2 kind, frame by frame, from a file: recordings for trials and tests.

Facts: the format's own header line (W, H, F, C) and ``FRAME`` lines. 4:2:0 and mono only; everything else is refused.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from protocol.errors import OnshiError, face

LONGEST_LINE = 256
MAX_SIDE = 4096


class Header(NamedTuple):
    """Pixels, frames per second, and bytes of one frame. ``colour`` False: brightness only."""

    width: int
    height: int
    rate: float
    colour: bool

    @property
    def size(self) -> int:
        pixels = self.width * self.height
        return pixels * 3 // 2 if self.colour else pixels


def header(stream: BinaryIO) -> Header:
    """The first line. Raises `CAMERA_UNAVAILABLE` (reason ``y4m``)."""
    words = _line(stream).split(b" ")
    found = {word[:1]: word[1:] for word in words[1:] if word}
    rate = re.fullmatch(rb"(\d{1,7}):(\d{1,7})", found.get(b"F", b"25:1"))
    kind = found.get(b"C", b"420")
    if words[0] != b"YUV4MPEG2" or rate is None or not (kind.startswith(b"420") or kind == b"mono"):
        raise _broken("header")
    if kind.startswith(b"420p") and kind != b"420paldv":
        # 420p10 and its like have two bytes a sample; 420paldv is plain 4:2:0.
        raise _broken("header")
    width, height = _side(found.get(b"W", b"")), _side(found.get(b"H", b""))
    seconds = int(rate[2])
    if not seconds or not int(rate[1]):
        raise _broken("header")
    return Header(width, height, int(rate[1]) / seconds, kind != b"mono")


def frames(stream: BinaryIO, shape: Header) -> Iterator[bytearray]:
    """Every frame's planes, one after the other. Raises `CAMERA_UNAVAILABLE` where a frame is cut."""
    while True:
        first = stream.read(1)
        if not first:
            return
        if first + _line(stream, allow=LONGEST_LINE - 1)[:4] != b"FRAME":
            raise _broken("frame")
        planes = bytearray(shape.size)
        if stream.readinto(planes) != shape.size:  # type: ignore[attr-defined]
            raise _broken("frame")
        yield planes


def _side(digits: bytes) -> int:
    """Even, because colour planes are half as wide."""
    if not re.fullmatch(rb"\d{1,5}", digits):
        raise _broken("header")
    side = int(digits)
    if side % 2 or not 16 <= side <= MAX_SIDE:
        raise _broken("size")
    return side


def _line(stream: BinaryIO, allow: int = LONGEST_LINE) -> bytes:
    line = stream.readline(allow)
    if not line.endswith(b"\n"):
        raise _broken("line")
    return line[:-1]


def _broken(where: str) -> OnshiError:
    return OnshiError(face.CAMERA_UNAVAILABLE, reason="y4m", where=where)
