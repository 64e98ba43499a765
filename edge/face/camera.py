"""Where frames come from: posted by a page, files and recordings, or a V4L2 device through OpenCV.

A camera gives frames as they are (coded or raw); the face worker decodes them under its limits. Every trouble is
`CAMERA_UNAVAILABLE`. Nothing here keeps or writes a frame.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from edge.face import y4m
from edge.hardening import lock
from protocol.errors import OnshiError, face

LONGEST = 7 * 1024 * 1024
"""Bytes of one frame, coded or raw: 1920 x 1080 in BGR. Fits the usual limit of locked memory."""
SILENCE = 5.0
"""Seconds without a frame after which a camera counts as gone."""
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".jp2", ".bmp", ".webp"})


class Coding(StrEnum):
    PICTURE = "picture"
    """JPEG, PNG …: what `edge.face.picture.decode` reads."""
    BGR = "bgr"
    I420 = "i420"
    GREY = "grey"


class Frame(NamedTuple):
    """``data`` is zeroed by whoever takes the frame. Sizes in pixels, 0 for a picture that says its own."""

    data: bytearray
    at: float
    """Seconds on the camera's own monotonic clock."""
    coding: Coding = Coding.PICTURE
    width: int = 0
    height: int = 0


class Camera(Protocol):
    """One camera; opened for a visit and closed after it."""

    async def open(self) -> None: ...

    async def frame(self) -> Frame:
        """The newest frame, waiting for it. Raises `CAMERA_UNAVAILABLE`."""
        ...

    async def close(self) -> None: ...


def _gone(reason: str) -> OnshiError:
    return OnshiError(face.CAMERA_UNAVAILABLE, reason=reason)


class PostedCamera:
    """Frames that a page of the kiosk posts. Only the newest waits: a slow worker never sees the past."""

    def __init__(self, *, ticks: Callable[[], float] = time.monotonic, silence: float = SILENCE) -> None:
        self._ticks = ticks
        self._silence = silence
        self._newest: Frame | None = None
        self._arrived = asyncio.Event()
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether somebody looks now."""
        return self._open

    def post(self, data: bytes | bytearray) -> bool:
        """Take one coded frame; False when nobody looks now. Raises `PICTURE_TOO_LARGE`."""
        if len(data) > LONGEST:
            raise OnshiError(face.PICTURE_TOO_LARGE, bytes=len(data))
        if not self._open:
            return False
        self._drop()
        held = bytearray(data)
        lock(held)
        self._newest = Frame(held, self._ticks())
        self._arrived.set()
        return True

    async def open(self) -> None:
        self._open = True

    async def frame(self) -> Frame:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._silence):
                await self._arrived.wait()
        newest, self._newest = self._newest, None
        self._arrived.clear()
        if newest is None:
            raise _gone("silent")
        return newest

    async def close(self) -> None:
        self._open = False
        self._drop()
        self._arrived.clear()

    def _drop(self) -> None:
        if self._newest is not None:
            self._newest.data[:] = bytes(len(self._newest.data))
            self._newest = None


class FileCamera:
    """Pictures or recordings (``.y4m``) one after the other, for trials; after the last one the camera is gone."""

    def __init__(self, places: list[Path], *, rate: float = 10.0) -> None:
        self._places = places
        self._rate = rate
        self._frames: Any = None

    async def open(self) -> None:
        self._frames = self._all()

    async def frame(self) -> Frame:
        if self._frames is None:
            raise _gone("closed")
        found = await asyncio.to_thread(next, self._frames, None)
        if not isinstance(found, Frame):
            raise _gone("end")
        return found

    async def close(self) -> None:
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def _all(self) -> Any:
        at = 0.0
        for place in self._places:
            try:
                if place.suffix == ".y4m":
                    with place.open("rb") as stream:
                        shape = y4m.header(stream)
                        coding = Coding.I420 if shape.colour else Coding.GREY
                        for planes in y4m.frames(stream, shape):
                            yield Frame(planes, at, coding, shape.width, shape.height)
                            at += 1 / shape.rate
                else:
                    yield Frame(bytearray(place.read_bytes()), at)
                    at += 1 / self._rate
            except OSError:
                raise _gone("file") from None


class V4l2Camera:
    """A camera of the machine through OpenCV's V4L2 backend. **Untested on hardware**: no camera was at hand.

    One thread reads all the time and keeps the newest frame, because the driver queues old ones.
    """

    def __init__(self, device: str, *, width: int = 1280, height: int = 720, silence: float = SILENCE) -> None:
        self._device = device
        self._size = (width, height)
        self._silence = silence
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._posted = _Newest()

    async def open(self) -> None:
        """Raises `CAMERA_UNAVAILABLE` when the device cannot be opened."""
        capture = await asyncio.to_thread(self._capture)
        self._stop.clear()
        self._posted = _Newest()
        self._thread = threading.Thread(target=self._read, args=(capture,), name="camera", daemon=True)
        self._thread.start()

    async def frame(self) -> Frame:
        found = await asyncio.to_thread(self._posted.take, self._silence)
        if found is None:
            raise _gone("silent")
        return found

    async def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 2.0)
            self._thread = None

    def _capture(self) -> Any:
        import cv2

        capture = cv2.VideoCapture(self._device, cv2.CAP_V4L2)
        if not capture.isOpened():
            capture.release()
            raise _gone("device")
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        return capture

    def _read(self, capture: Any) -> None:
        try:
            while not self._stop.is_set():
                good, image = capture.read()
                if not good:
                    break
                height, width = image.shape[:2]
                held = bytearray(memoryview(image).cast("B"))
                lock(held)
                self._posted.put(Frame(held, time.monotonic(), Coding.BGR, width, height))
                image.fill(0)
        finally:
            capture.release()


class _Newest:
    """Hands the newest frame from the reading thread to whoever waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None

    def put(self, frame: Frame) -> None:
        with self._changed:
            if self._frame is not None:
                self._frame.data[:] = bytes(len(self._frame.data))
            self._frame = frame
            self._changed.notify()

    def take(self, seconds: float) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None, seconds)
            frame, self._frame = self._frame, None
            return frame


def known(setting: str) -> bool:
    """Whether a setting names a kind of camera; nothing is opened, and a device may be plugged in later."""
    return setting in {"", "posted"} or setting.startswith("/dev/") or Path(setting).exists()


def camera(setting: str, *, width: int = 1280, height: int = 720) -> Camera | None:
    """The camera that a setting names; None for the empty one. A path that is gone gives no frames.

    A device is asked for the size; it may give another.
    """
    if not setting:
        return None
    if setting == "posted":
        return PostedCamera()
    if setting.startswith("/dev/"):
        return V4l2Camera(setting, width=width, height=height)
    place = Path(setting)
    if place.is_dir():
        return FileCamera(sorted(one for one in place.iterdir() if one.suffix.lower() in PICTURES | {".y4m"}))
    return FileCamera([place])
