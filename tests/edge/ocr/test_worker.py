"""The worker reads what it is sent, keeps nothing, and whatever befalls it the caller gets a catalogue error."""

import asyncio
import hashlib
import json
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from edge.face.camera import Coding, Frame
from edge.face.pack import Pack
from edge.ocr import process, wire, worker
from edge.ocr.process import FrontWorker
from edge.ocr.reader import FrontReader, Reading
from edge.ocr.surface import Image
from protocol.errors import Fault, OnshiError, models_
from protocol.errors import face as faults
from sandbox.fronts.camera import as_jpeg
from tests.edge.ocr.conftest import TODAY, shown

MEGABYTE = 1024


def raw(image: Image) -> Frame:
    return Frame(bytearray(image.tobytes()), 0.0, Coding.BGR, image.shape[1], image.shape[0])


def coded(data: bytes) -> Frame:
    return Frame(bytearray(data), 0.0)


async def refused(fronts: FrontWorker, frame: Frame) -> Fault:
    with pytest.raises(OnshiError) as told:
        await fronts.read(frame, TODAY)
    assert not any(frame.data)
    return told.value.fault


@pytest_asyncio.fixture
async def fronts(models: Path) -> AsyncIterator[FrontWorker]:
    running = FrontWorker(models)
    yield running
    await running.stop()


def about(pid: int | None, what: str) -> str:
    return Path(f"/proc/{pid}/{what}").read_bytes().decode("utf-8", "replace")


def peak(pid: int | None, name: str) -> int:
    """Kilobytes."""
    return int(next(line.split()[1] for line in about(pid, "status").splitlines() if line.startswith(name)))


def killed(pid: int | None) -> None:
    """Kill, and wait until it is gone; its parent may still ask for its end."""
    assert pid
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def copied(models: Path, folder: Path) -> Path:
    for file in models.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


async def test_frames_are_read_zeroed_and_the_process_is_closed_to_others(fronts: FrontWorker) -> None:
    text, image = shown(0, width=1012)
    even = np.ascontiguousarray(image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2])
    for frame in (coded(as_jpeg(image)), raw(even)):
        reading = await fronts.read(frame, TODAY)
        assert reading.number_b.decode() == text.number_b
        assert not any(frame.data)
    pid = fronts.pid
    assert text.number_b not in about(pid, "cmdline")
    assert "Max core file size        0 " in about(pid, "limits")
    assert peak(pid, "VmHWM") < 650 * MEGABYTE


async def test_pictures_that_are_none_are_refused_and_the_worker_stays(fronts: FrontWorker) -> None:
    _, image = shown(0)
    jpeg = as_jpeg(image)
    hostile = (b"\xff\xd8\xff\xe0", jpeg[:900], b"GIF89a" + bytes(50), as_jpeg(image[:40, :40]), b"\0")
    first = None
    for data in hostile:
        assert await refused(fronts, coded(data)) is faults.FRONT_PICTURE
        first = first or fronts.pid
    assert await refused(fronts, Frame(bytearray(100), 0.0, Coding.BGR, 4, 4)) is faults.FRONT_PICTURE
    assert await refused(fronts, Frame(bytearray(), 0.0)) is faults.FRONT_PICTURE
    assert fronts.pid == first


async def test_a_frame_of_twenty_megapixels_stays_inside_the_limit_of_memory(fronts: FrontWorker) -> None:
    large = np.full((3648, 5472, 3), 180, dtype=np.uint8)
    assert await refused(fronts, raw(large)) is faults.FRONT_NOT_FOUND
    assert peak(fronts.pid, "VmHWM") < 650 * MEGABYTE


async def test_a_killed_worker_is_told_and_replaced(fronts: FrontWorker) -> None:
    text, image = shown(0)
    await fronts.start()
    before = fronts.pid
    assert before
    asking = asyncio.create_task(fronts.read(coded(as_jpeg(image)), TODAY))
    await asyncio.sleep(0.02)
    os.kill(before, signal.SIGKILL)
    with pytest.raises(OnshiError) as told:
        await asking
    assert told.value.fault is faults.FRONT_READER_DOWN
    assert (await fronts.read(coded(as_jpeg(image)), TODAY)).number_b.decode() == text.number_b
    assert fronts.pid != before


async def test_a_worker_that_dies_between_cards_is_replaced_unnoticed(fronts: FrontWorker) -> None:
    text, image = shown(0)
    await fronts.start()
    killed(fronts.pid)
    assert (await fronts.read(coded(as_jpeg(image)), TODAY)).number_b.decode() == text.number_b


async def test_a_worker_that_hangs_is_ended_in_time(models: Path) -> None:
    fronts = FrontWorker(models, read_seconds=0.3)
    try:
        await fronts.start()
        assert fronts.pid
        os.kill(fronts.pid, signal.SIGSTOP)
        assert await refused(fronts, coded(as_jpeg(shown(0)[1]))) is faults.FRONT_READER_DOWN
        assert fronts.pid is None
    finally:
        await fronts.stop()


async def test_a_question_given_up_leaves_no_answer_for_the_next(fronts: FrontWorker) -> None:
    (_, first), (text, second) = shown(1), shown(0)
    await fronts.start()
    asking = asyncio.create_task(fronts.read(coded(as_jpeg(first)), TODAY))
    await asyncio.sleep(0.05)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert (await fronts.read(coded(as_jpeg(second)), TODAY)).number_b.decode() == text.number_b


async def test_a_worker_is_replaced_by_a_warm_one_after_its_cards_read_or_not(models: Path) -> None:
    fronts = FrontWorker(models, recycle_after=1)
    try:
        await fronts.start()
        before = fronts.pid
        await fronts.forget()
        assert fronts.pid == before, "nothing was looked at"
        assert await refused(fronts, coded(b"no picture")) is faults.FRONT_PICTURE
        await fronts.forget()
        await fronts.start()
        assert fronts.pid not in (None, before)
    finally:
        await fronts.stop()


async def test_a_damaged_or_missing_model_is_its_own_fault(models: Path, tmp_path: Path) -> None:
    file = copied(models, tmp_path) / "ocr-read.onnx"
    damaged = bytearray(file.read_bytes())
    damaged[5000] ^= 1
    file.write_bytes(damaged)
    for folder, expected in ((tmp_path, models_.FILE_DIFFERS), (tmp_path / "none", models_.PACK_NOT_BUILT)):
        fronts = FrontWorker(folder)
        assert await refused(fronts, coded(as_jpeg(shown(0)[1]))) is expected
        assert fronts.pid is None


def test_a_model_that_is_whole_but_no_model_is_refused(models: Path, tmp_path: Path) -> None:
    record = json.loads((copied(models, tmp_path) / "pack.json").read_text("utf-8"))
    for one in record["models"]:
        (tmp_path / one["file"]).write_bytes(b"no graph")
        one["sha256"] = hashlib.sha256(b"no graph").hexdigest()
    (tmp_path / "pack.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(OnshiError) as told:
        FrontReader(Pack(tmp_path))
    assert told.value.fault is models_.FILE_DIFFERS


# --- the worker's own side, without a process ---------------------------------------------------------------------


class Known:
    """A reader that knows its answer."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.given: Image | None = None
        self.reading = Reading(number_b=bytearray(b"01234567890123"), birth=0.9, expiry=1.0, code=0.95, way="page")
        self._fails = fails

    def read(self, image: Image, today: date) -> Reading:
        assert today == TODAY
        self.given = image
        if self._fails:
            raise self._fails
        return self.reading


def talk(load: Callable[[], worker.Reads], *sent: bytes) -> list[tuple[bytes, bytearray]]:
    """What a worker answers to what was sent, until it ends."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        running = threading.Thread(target=worker.serve, args=(theirs, load))
        running.start()
        for piece in sent:
            ours.sendall(piece)
        ours.shutdown(socket.SHUT_WR)
        running.join(60)
        assert not running.is_alive()
        theirs.close()
        got = bytearray()
        while piece := ours.recv(65536):
            got += piece
    answers = []
    while got:
        kind, size = wire.ANSWER.unpack_from(got)
        answers.append((kind, got[wire.ANSWER.size : wire.ANSWER.size + size]))
        del got[: wire.ANSWER.size + size]
    return answers


def test_what_the_worker_held_is_zero_after_the_answer() -> None:
    known = Known()
    frame = raw(np.full((64, 96, 3), 7, dtype=np.uint8))
    ready, answer = talk(lambda: known, wire.order(frame, TODAY), bytes(frame.data))
    assert ready == (wire.READY, bytearray())
    reading = wire.read_answer(*answer)
    assert reading.number_b == b"01234567890123"
    assert (round(reading.birth, 3), reading.way) == (0.9, "page")
    assert not any(answer[1])
    assert known.given is not None
    assert not known.given.any()
    assert known.reading.number_b == bytes(14)


def test_a_buffer_is_zero_whatever_came_before() -> None:
    buffer = worker.FrameBuffer()
    for size in (10_000, 500_000, 300):
        with buffer.take(size) as view:
            assert len(view) == size
            assert not any(view)
            view[:] = b"\7" * size
        buffer.zero()


def test_memory_that_is_not_given_is_a_refusal() -> None:
    frame = raw(np.full((64, 96, 3), 7, dtype=np.uint8))
    _, (kind, content) = talk(lambda: Known(MemoryError()), wire.order(frame, TODAY), bytes(frame.data))
    with pytest.raises(OnshiError) as told:
        wire.read_answer(kind, content)
    assert told.value.fault is faults.FRONT_PICTURE


def test_half_a_frame_ends_the_worker_without_an_answer() -> None:
    frame = raw(np.full((64, 96, 3), 7, dtype=np.uint8))
    assert talk(Known, wire.order(frame, TODAY), bytes(frame.data[:100])) == [(wire.READY, bytearray())]


@pytest.mark.parametrize("head", [b"Z" + bytes(16), b"C" + bytes(12) + b"\xff" * 4])
def test_a_head_that_is_no_order_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match="order"):
        wire.read_order(head)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (wire.READ, b"0" * 10),
        (wire.READ, bytes(26) + b"\7"),
        (wire.FAILED, b"\xc1"),
        (wire.FAILED, b"\x82\xa4code\xa8FACE-999\xa7details\x80"),
        (b"?", b""),
    ],
)
def test_an_answer_that_is_none_is_refused(kind: bytes, content: bytes) -> None:
    with pytest.raises(ValueError, match="answer"):
        wire.read_answer(kind, bytearray(content))


async def test_a_worker_that_talks_nonsense_counts_as_down(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fronts = FrontWorker(models)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.sendall(wire.ANSWER.pack(wire.READ, process.wire.MOST_ANSWER + 1))

    async def started() -> socket.socket:
        return ours

    monkeypatch.setattr(fronts, "_started", started)
    assert await refused(fronts, coded(b"\xff\xd8")) is faults.FRONT_READER_DOWN
    ours.close()
    theirs.close()
