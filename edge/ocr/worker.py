"""The process that reads card fronts: frames in over one stream, readings or faults out, nothing kept.

Started by `edge.ocr.process` with nothing secret in arguments or environment. Frames lie in one locked buffer that is
zeroed after each; memory is limited, core dumps are off, it dies with the daemon. What OpenCV and onnxruntime copy for
themselves is theirs until the process ends, which is why it is replaced after a bounded number of cards.
"""

import argparse
import mmap
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Protocol

from edge.face.camera import Coding
from edge.face.pack import Pack
from edge.face.picture import decode, raw_frame
from edge.hardening import harden, limit_growth, lock
from edge.ocr import wire
from edge.ocr.reader import FrontReader
from edge.ocr.reading import Reading
from edge.ocr.surface import Image
from protocol.errors import OnshiError
from protocol.errors import face as faults

HEADROOM = 640 * 1024 * 1024
"""Bytes that the process may grow by after loading; a frame of 20 megapixels needs some 400 for a moment."""
FORMATS = ("JPEG", "PNG")
"""What a camera page posts; no other decoder is reachable from outside."""
SMALLEST = 64
"""Pixels; nothing with a shorter side is a picture of a card."""


class Reads(Protocol):
    """What the worker needs of a reader."""

    def read(self, image: Image, today: date) -> Reading: ...


class FrameBuffer:
    """Memory that is never swapped where the system allows it, and zeroed after every frame."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self._used = 0

    def take(self, size: int) -> memoryview:
        """Room for ``size`` bytes, all zero."""
        if size > len(self._memory):
            self._memory.close()
            self._memory = mmap.mmap(-1, size)
            lock(self._memory)
        self._used = size
        return memoryview(self._memory)[:size]

    def zero(self) -> None:
        self._memory[: self._used] = bytes(self._used)
        self._used = 0


def serve(line: socket.socket, load: Callable[[], Reads]) -> None:
    """Load, say so, then answer orders one by one until the line ends."""
    try:
        reader = load()
    except OnshiError as broken:
        line.sendall(wire.failure(broken))
        return
    line.sendall(wire.ANSWER.pack(wire.READY, 0))
    buffer = FrameBuffer()
    head = bytearray(wire.ORDER.size)
    while _fill(line, memoryview(head)):
        order = wire.read_order(head)
        frame = buffer.take(order.size)
        try:
            if not _fill(line, frame):
                return
            answer = _answer(reader, order, frame)
        finally:
            frame.release()
            buffer.zero()
        line.sendall(answer)
        answer[:] = bytes(len(answer))


def _answer(reader: Reads, order: wire.Order, frame: memoryview) -> bytearray:
    image: Image | None = None
    try:
        image = _picture(order, frame)
        lock(image)
        read = reader.read(image, order.today)
        try:
            return wire.reading(read)
        finally:
            read.wipe()
    except OnshiError as refused:
        return wire.failure(refused)
    except MemoryError:
        return wire.failure(OnshiError(faults.FRONT_PICTURE, reason="memory"))
    finally:
        if image is not None:
            image.fill(0)


def _picture(order: wire.Order, frame: memoryview) -> Image:
    """The frame as BGR; its words are about the card, not about a face."""
    try:
        if order.coding is Coding.PICTURE:
            image = decode(frame, formats=FORMATS)
        else:
            image = raw_frame(frame, order.coding.value, order.width, order.height)
    except OnshiError as refused:
        raise OnshiError(faults.FRONT_PICTURE, **refused.details) from None
    if min(image.shape[:2]) < SMALLEST:
        raise OnshiError(faults.FRONT_PICTURE, reason="size")
    return image


def _fill(line: socket.socket, target: memoryview) -> bool:
    """Receive until full; False when the other side is gone."""
    done = 0
    while done < len(target):
        got = line.recv_into(target[done:])
        if got == 0:
            return False
        done += got
    return True


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--line", type=int, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--headroom", type=int, default=HEADROOM)
    given = parser.parse_args(arguments)
    harden()
    with socket.socket(fileno=given.line) as line, suppress(BrokenPipeError, ConnectionResetError):
        serve(line, lambda: _loaded(given.models, given.headroom))
    return 0


def _loaded(models: Path, headroom: int) -> FrontReader:
    reader = FrontReader(Pack(models))
    limit_growth(headroom)
    return reader


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
