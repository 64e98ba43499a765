"""Cameras give the newest frame or say that they are gone; recordings of any bytes are frames or a catalogue error."""

import asyncio
import contextlib
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.face import y4m
from edge.face.camera import LONGEST, Coding, FileCamera, PostedCamera, V4l2Camera, camera, known
from protocol.errors import OnshiError, face


def recording(frames: int = 2, line: bytes = b"YUV4MPEG2 W32 H16 F10:1 C420jpeg\n") -> bytes:
    size = y4m.header(io.BytesIO(line)).size
    return line + b"".join(b"FRAME\n" + bytes([number + 1]) * size for number in range(frames))


async def test_only_the_newest_posted_frame_waits_and_the_older_one_is_zeroed() -> None:
    posted = PostedCamera(ticks=lambda: 7.0)
    assert not posted.post(b"early")
    await posted.open()
    assert posted.post(b"first")
    waiting = posted._newest
    assert posted.post(b"second")
    assert waiting is not None
    assert not any(waiting.data)
    frame = await posted.frame()
    assert (bytes(frame.data), frame.at, frame.coding) == (b"second", 7.0, Coding.PICTURE)
    posted.post(b"third")
    await posted.close()
    assert posted._newest is None


async def test_a_camera_that_says_nothing_is_gone() -> None:
    posted = PostedCamera(silence=0.01)
    await posted.open()
    with pytest.raises(OnshiError) as told:
        await posted.frame()
    assert told.value.fault is face.CAMERA_UNAVAILABLE


async def test_a_posted_frame_wakes_whoever_waits() -> None:
    posted = PostedCamera()
    await posted.open()
    waiting = asyncio.create_task(posted.frame())
    await asyncio.sleep(0)
    posted.post(b"frame")
    assert bytes((await waiting).data) == b"frame"


async def test_a_posted_frame_of_any_size_is_not_taken() -> None:
    with pytest.raises(OnshiError) as told:
        PostedCamera().post(bytes(LONGEST + 1))
    assert told.value.fault is face.PICTURE_TOO_LARGE


async def test_files_come_in_order_and_then_the_camera_is_gone(tmp_path: Path) -> None:
    (tmp_path / "b.y4m").write_bytes(recording(2))
    (tmp_path / "a.jpg").write_bytes(b"picture")
    (tmp_path / "notes.txt").write_bytes(b"no frame")
    source = camera(str(tmp_path))
    assert isinstance(source, FileCamera)
    await source.open()
    frames = [await source.frame() for _ in range(3)]
    assert [one.coding for one in frames] == [Coding.PICTURE, Coding.I420, Coding.I420]
    assert [(one.width, one.height, len(one.data)) for one in frames[1:]] == [(32, 16, 768)] * 2
    assert [round(one.at, 3) for one in frames] == [0.0, 0.1, 0.2]
    with pytest.raises(OnshiError) as told:
        await source.frame()
    assert told.value.fault is face.CAMERA_UNAVAILABLE
    await source.close()


async def _drained(source: FileCamera) -> None:
    for _ in range(4):
        await source.frame()


@pytest.mark.parametrize("content", [recording()[:-5], b"YUV4MPEG2 W32\n", b"", b"RIFF", recording() + b"FRUME\n"])
async def test_a_damaged_recording_is_a_camera_that_is_gone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.y4m").write_bytes(content)
    source = FileCamera([tmp_path / "a.y4m"])
    await source.open()
    with pytest.raises(OnshiError) as told:
        await _drained(source)
    assert told.value.fault is face.CAMERA_UNAVAILABLE
    await source.close()


async def test_a_file_or_device_that_is_not_there_is_a_camera_that_is_gone() -> None:
    gone = FileCamera([Path("no-such-file.jpg")])
    await gone.open()
    with pytest.raises(OnshiError):
        await gone.frame()
    with pytest.raises(OnshiError) as told:
        await V4l2Camera("/dev/no-such-video").open()
    assert told.value.fault is face.CAMERA_UNAVAILABLE


class Driver:
    """What OpenCV gives for a device: three frames, then it is unplugged."""

    def __init__(self) -> None:
        self.images = [np.full((16, 32, 3), number, dtype=np.uint8) for number in (1, 2, 3)]
        self.left = list(self.images)
        self.asked = threading.Semaphore(0)
        self.released = threading.Event()

    def read(self) -> tuple[bool, Any]:
        self.asked.acquire()
        return (True, self.left.pop(0)) if self.left else (False, None)

    def release(self) -> None:
        self.released.set()


async def test_a_device_gives_raw_frames_zeroes_what_it_copied_and_says_when_it_is_unplugged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver = Driver()
    monkeypatch.setattr(V4l2Camera, "_capture", lambda self: driver)
    source = V4l2Camera("/dev/video0", silence=0.2)
    await source.open()
    for number in (1, 2):
        driver.asked.release()
        frame = await source.frame()
        assert (frame.coding, frame.width, frame.height) == (Coding.BGR, 32, 16)
        assert set(frame.data) == {number}
    driver.asked.release(3)
    assert await asyncio.to_thread(driver.released.wait, 5)
    assert set((await source.frame()).data) == {3}
    assert not any(image.any() for image in driver.images)
    with pytest.raises(OnshiError) as told:
        await source.frame()
    assert told.value.fault is face.CAMERA_UNAVAILABLE
    await source.close()


def test_a_setting_names_its_camera(tmp_path: Path) -> None:
    assert camera("") is None
    assert isinstance(camera("posted"), PostedCamera)
    assert isinstance(camera("/dev/video0"), V4l2Camera)
    assert known(str(tmp_path))
    assert not known("no-such-thing")


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        (b"YUV4MPEG2 W640 H480 F30000:1001 Ip A1:1 C420mpeg2\n", (640, 480, 460800)),
        (b"YUV4MPEG2 W64 H32 F25:1\n", (64, 32, 3072)),
        (b"YUV4MPEG2 H32 W64 Cmono F5:1\n", (64, 32, 2048)),
    ],
)
def test_headers_of_usual_recordings_are_read(line: bytes, shape: tuple[int, int, int]) -> None:
    found = y4m.header(io.BytesIO(line))
    assert (found.width, found.height, found.size) == shape


@pytest.mark.parametrize(
    "line",
    [
        b"YUV4MPEG2 W640 H480 C444\n",
        b"YUV4MPEG2 W640 H480 C420p10\n",
        b"YUV4MPEG2 W641 H480\n",
        b"YUV4MPEG2 W99999 H99999\n",
        b"YUV4MPEG2 W640 H480 F25:0\n",
        b"YUV4MPEG2 W-64 H48\n",
        b"YUV4MPEG2 W64 H48" + b" " * 300 + b"\n",
    ],
)
def test_headers_that_are_not_ours_are_refused(line: bytes) -> None:
    with pytest.raises(OnshiError):
        y4m.header(io.BytesIO(line))


@given(st.binary(max_size=400))
def test_any_bytes_are_frames_or_a_catalogue_error(content: bytes) -> None:
    for stream in (io.BytesIO(content), io.BytesIO(recording(1) + content)):
        with contextlib.suppress(OnshiError):
            shape = y4m.header(stream)
            assert all(len(planes) == shape.size for planes in y4m.frames(stream, shape))
