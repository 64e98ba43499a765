"""The face worker as a process: one thing at a time, nothing kept, nothing that it meets takes the daemon along."""

import asyncio
import contextlib
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import pytest_asyncio
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from edge.face import photo, wire
from edge.face.camera import Coding, Frame, camera
from edge.face.commands import face as commands
from edge.face.engine import LeanEngine
from edge.face.picture import decode_frame, raw_frame
from edge.face.process import FaceWorker
from edge.face.wire import Ended
from protocol.errors import Fault, OnshiError, face, models_
from sandbox import portraits
from sandbox.camera import scenes
from sandbox.camera.actors import Person
from sandbox.camera.fake import FakeCamera
from sandbox.camera.presentations import Wardrobe
from sandbox.card.pictures import photo_jp2
from tests.edge.face.conftest import chip


def signed(content: bytes) -> str:
    """The digest of DF27 with that photo, its length coded in two bytes."""
    return hashlib.sha256(b"\xdf\x27\x82" + len(content).to_bytes(2, "big") + content).hexdigest()


def proc(worker: FaceWorker, name: str) -> str:
    return Path(f"/proc/{worker.pid}/{name}").read_text(encoding="ascii")


def copy(pack_folder: Path, target: Path) -> None:
    for file in pack_folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())


async def begin(worker: FaceWorker, content: bytes, digest: str | None = None) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(content)
        theirs.close()
        await worker.begin(ours, digest or signed(content))


@contextlib.asynccontextmanager
async def running(folder: Path, **more: Any) -> AsyncIterator[FaceWorker]:
    worker = FaceWorker(folder, **more)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def worker(pack_folder: Path) -> AsyncIterator[FaceWorker]:
    async with running(pack_folder, visits=1000) as started:
        await started.ready()
        yield started


def jpeg(width: int, height: int) -> bytearray:
    out = io.BytesIO()
    Pillow.new("RGB", (width, height), "grey").save(out, "JPEG")
    return bytearray(out.getvalue())


def small(at: float = 1.0) -> Frame:
    return Frame(jpeg(320, 240), at)


async def refused(doing: Any, fault: Fault) -> None:
    with pytest.raises(OnshiError) as told:
        await doing
    assert told.value.fault is fault


@pytest.mark.asyncio(loop_scope="module")
async def test_a_person_is_verified_through_the_process_and_times_are_told(
    worker: FaceWorker, wardrobe: Wardrobe
) -> None:
    await begin(worker, chip(portraits.SPEAKER))
    camera = FakeCamera(Person(wardrobe.puppet(portraits.SPEAKER)))
    while not (told := await worker.look(await camera.frame())).ended:
        camera.hear(told.prompt)
    await worker.forget()
    assert told.ended == Ended.MATCH.value
    assert told.score is not None
    assert told.score >= 0.45
    assert told.frames == 3
    assert {"photo", "decode", "detect", "mesh", "eyes", "cues", "embed"} <= told.cpu.keys()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_recording_goes_through_as_planes_and_is_asked_for_a_movement(
    worker: FaceWorker, wardrobe: Wardrobe, tmp_path: Path
) -> None:
    """A film of somebody who sits still, from a file: seen, coached, and not let in."""
    person = Person(wardrobe.puppet(portraits.SPEAKER), np.random.default_rng(2))
    film = b"YUV4MPEG2 W640 H480 F8:1 C420jpeg\n"
    for number in range(14):
        film += b"FRAME\n" + cv2.cvtColor(person.look(number / 8), cv2.COLOR_BGR2YUV_I420).tobytes()
    (tmp_path / "film.y4m").write_bytes(film)
    source = camera(str(tmp_path))
    assert source is not None
    await source.open()
    await begin(worker, chip(portraits.SPEAKER))
    prompts = [(await worker.look(await source.frame())).prompt for _ in range(14)]
    await refused(source.frame(), face.CAMERA_UNAVAILABLE)
    assert prompts[:2] == ["hold_on", "hold_on"]
    assert prompts[-1] in {"turn_left", "turn_right", "blink"}
    await source.close()
    await worker.forget()


@pytest.mark.asyncio(loop_scope="module")
async def test_frames_are_zeroed_where_they_stood(worker: FaceWorker) -> None:
    await begin(worker, chip(portraits.SPEAKER))
    frame = small()
    await worker.look(frame)
    running_now = worker._worker
    assert running_now is not None
    assert not any(frame.data)
    assert not any(bytes(running_now.slot[: 1 << 20]))
    await worker.forget()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_process_leaves_no_core_and_grows_only_so_far(worker: FaceWorker) -> None:
    limits, status = proc(worker, "limits"), proc(worker, "status")
    core = next(line.split() for line in limits.splitlines() if line.startswith("Max core file size"))
    space = next(line.split() for line in limits.splitlines() if line.startswith("Max address space"))
    assert core[4] == "0"
    assert int(space[3]) < 2 << 30
    locked = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmLck"))
    assert worker.status is not None
    assert (locked >= wire.SLOT // 1024) == worker.status.locked


PHOTOS: dict[str, tuple[Callable[[], bytes], Fault]] = {
    "none": (lambda: b"", face.PHOTO_MISSING),
    "too long": (lambda: b"x" * 0x8001, face.PICTURE_TOO_LARGE),
    "no picture": (lambda: b"\x00" * 500, face.PICTURE_UNREADABLE),
    "cut": (lambda: chip(portraits.ELDER)[:400], face.PICTURE_UNREADABLE),
    "no face": (lambda: photo_jp2(Pillow.linear_gradient("L")), face.PHOTO_NO_FACE),
    "another format": (lambda: bytes(jpeg(240, 320)), face.PICTURE_UNREADABLE),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", PHOTOS)
async def test_a_photo_that_cannot_be_used_is_a_catalogue_error(worker: FaceWorker, kind: str) -> None:
    make, fault = PHOTOS[kind]
    content = make()
    await refused(begin(worker, content), fault)
    await refused(worker.look(small()), face.WORKER_GONE)
    await begin(worker, chip(portraits.SPEAKER))
    assert (await worker.look(small())).prompt == "nobody"
    await worker.forget()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_photo_that_was_not_signed_is_not_even_decoded(worker: FaceWorker) -> None:
    await refused(begin(worker, chip(portraits.SPEAKER), "0" * 64), face.PHOTO_DIFFERS)
    await refused(begin(worker, b"rubbish", "0" * 64), face.PHOTO_DIFFERS)


FRAMES: dict[str, tuple[Callable[[], Frame], Fault]] = {
    "cut": (lambda: Frame(jpeg(640, 480)[:300], 1.0), face.PICTURE_UNREADABLE),
    "rubbish": (lambda: Frame(bytearray(os.urandom(5000)), 1.0), face.PICTURE_UNREADABLE),
    "20 megapixels": (lambda: Frame(jpeg(5000, 4000), 1.0), face.PICTURE_TOO_LARGE),
    "too many bytes": (lambda: Frame(bytearray(wire.SLOT + 1), 1.0), face.PICTURE_TOO_LARGE),
    "empty": (lambda: Frame(bytearray(), 1.0), face.PICTURE_TOO_LARGE),
    "jpeg 2000": (lambda: Frame(bytearray(chip(portraits.ELDER)), 1.0), face.PICTURE_UNREADABLE),
    "raw, wrong size": (lambda: Frame(bytearray(1000), 1.0, Coding.BGR, 640, 480), face.PICTURE_UNREADABLE),
    "raw, odd": (lambda: Frame(bytearray(33 * 33), 1.0, Coding.GREY, 33, 33), face.PICTURE_UNREADABLE),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", FRAMES)
async def test_a_frame_that_cannot_be_used_costs_only_itself(worker: FaceWorker, kind: str) -> None:
    make, fault = FRAMES[kind]
    await begin(worker, chip(portraits.SPEAKER))
    before = worker.pid
    await refused(worker.look(make()), fault)
    assert (await worker.look(small())).prompt == "nobody"
    assert worker.pid == before
    await worker.forget()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_look_that_nobody_waited_for_spoils_no_later_one(worker: FaceWorker) -> None:
    await begin(worker, chip(portraits.SPEAKER))
    given_up = asyncio.create_task(worker.look(small()))
    await asyncio.sleep(0)
    given_up.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await given_up
    assert (await worker.look(small(1.2))).prompt == "nobody"
    await worker.forget()


async def test_a_damaged_model_closes_the_way_with_its_own_fault_until_it_is_mended(
    pack_folder: Path, tmp_path: Path
) -> None:
    copy(pack_folder, tmp_path)
    whole = (tmp_path / "mesh.onnx").read_bytes()
    (tmp_path / "mesh.onnx").write_bytes(whole[:-1])
    async with running(tmp_path, retry_seconds=0.1) as worker:
        await refused(worker.ready(), models_.FILE_DIFFERS)
        assert worker.fault is not None
        await refused(begin(worker, b""), models_.FILE_DIFFERS)
        (tmp_path / "mesh.onnx").write_bytes(whole)
        await asyncio.sleep(0.2)
        for _ in range(100):
            with contextlib.suppress(OnshiError):
                await worker.ready()
                break
            await asyncio.sleep(0.1)
        assert worker.fault is None


async def test_a_file_that_is_no_model_is_a_catalogue_error(pack_folder: Path, tmp_path: Path) -> None:
    copy(pack_folder, tmp_path)
    record = (tmp_path / "pack.json").read_text()
    old = hashlib.sha256((tmp_path / "iris.onnx").read_bytes()).hexdigest()
    (tmp_path / "iris.onnx").write_bytes(b"no model at all")
    (tmp_path / "pack.json").write_text(record.replace(old, hashlib.sha256(b"no model at all").hexdigest()))
    async with running(tmp_path) as worker:
        await refused(worker.ready(), models_.MANIFEST_WRONG)


async def test_a_worker_that_dies_or_hangs_is_replaced_and_one_that_is_due_too(pack_folder: Path) -> None:
    async with running(pack_folder, visits=1, answer_seconds=2.0) as worker:
        pids = []
        for trouble in (signal.SIGKILL, signal.SIGSTOP, None):
            await worker.ready()
            assert worker.pid is not None
            pids.append(worker.pid)
            await begin(worker, chip(portraits.SPEAKER))
            if trouble is not None:
                os.kill(worker.pid, trouble)
                await refused(worker.look(small()), face.WORKER_GONE)
            else:
                await worker.look(small())
            await worker.forget()
            await asyncio.sleep(0.1)
        await worker.ready()
        assert worker.pid not in pids
        assert len(set(pids)) == 3


async def test_a_picture_that_wants_more_memory_than_there_is_costs_only_itself(pack_folder: Path) -> None:
    def tight(line: socket.socket, slot: int, folder: Path) -> Any:
        words = [sys.executable, "-m", "edge.face.worker", "--line", str(line.fileno()), "--slot", str(slot)]
        words += ["--models", str(folder), "--headroom", str(24 << 20)]
        return subprocess.Popen(words, pass_fds=(line.fileno(), slot))

    async with running(pack_folder, launch=tight) as worker:
        await worker.ready()
        before = worker.pid
        await begin(worker, chip(portraits.SPEAKER))
        with pytest.raises(OnshiError) as told:
            await worker.look(Frame(jpeg(3840, 2160), 1.0))
        assert told.value.fault in (face.PICTURE_TOO_LARGE, face.PICTURE_UNREADABLE)
        assert (await worker.look(small())).prompt == "nobody"
        assert worker.pid == before


async def test_a_worker_that_dies_unasked_or_unheard_is_noticed(pack_folder: Path) -> None:
    async with running(pack_folder, answer_seconds=2.0) as worker:
        await worker.ready()
        pids = [worker.pid]
        os.kill(worker.pid or 0, signal.SIGKILL)
        await asyncio.sleep(0.2)
        await worker.ready()
        pids.append(worker.pid)
        await begin(worker, chip(portraits.SPEAKER))
        os.kill(worker.pid or 0, signal.SIGSTOP)
        given_up = asyncio.create_task(worker.look(small()))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        os.kill(worker.pid or 0, signal.SIGKILL)
        await refused(worker.look(small()), face.WORKER_GONE)
        await worker.forget()
        await worker.ready()
        assert len({*pids, worker.pid}) == 3


class _Nobody:
    """A process that is none."""

    pid = 0

    def poll(self) -> int | None:
        return None

    def kill(self) -> None:
        """Nothing to end."""

    def wait(self) -> int:
        return 0


@pytest.mark.parametrize("said", [b"\xff\xff", b"", wire.encode(wire.Forgotten(number=9))])
async def test_a_worker_that_talks_nonsense_is_not_believed(tmp_path: Path, said: bytes) -> None:
    lines: list[socket.socket] = []

    def pretend(line: socket.socket, slot: int, folder: Path) -> _Nobody:
        lines.append(line.dup())
        lines[-1].send(said) if said else lines[-1].close()
        return _Nobody()

    async with running(tmp_path, launch=pretend) as worker:
        with pytest.raises(OnshiError) as told:
            await worker.ready(1.0)
        assert told.value.fault is face.WORKER_GONE
    for line in lines:
        line.close()


def test_the_daemons_side_loads_no_model_code() -> None:
    asked = "import sys, edge.face.setup, edge.daemon; print({'numpy', 'cv2', 'onnxruntime'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_the_status_command_says_that_no_network_looks_for_attacks(pack_folder: Path) -> None:
    run = CliRunner().invoke(commands, ["status", "--models", str(pack_folder), "--json"])
    told = json.loads(run.stdout)
    assert (run.exit_code, told["detector"], told["threshold"]) == (0, None, 0.45)
    assert "none" in CliRunner().invoke(commands, ["status", "--models", str(pack_folder)]).stdout


def test_the_status_command_says_why_a_pack_cannot_be_used(tmp_path: Path) -> None:
    run = CliRunner().invoke(commands, ["status", "--models", str(tmp_path), "--json"])
    assert run.exit_code == 1
    assert json.loads(run.stdout)["code"] == models_.PACK_NOT_BUILT.code


def test_every_form_of_a_length_is_the_signed_photo() -> None:
    content = b"y" * 100
    for length in (b"\x64", b"\x81\x64", b"\x82\x00\x64", b"\x83\x00\x00\x64"):
        assert photo.is_signed(bytearray(content), hashlib.sha256(b"\xdf\x27" + length + content).hexdigest())
    assert not photo.is_signed(bytearray(content), hashlib.sha256(b"\xdf\x27\x65" + content).hexdigest())


def test_the_photo_and_its_pixels_are_zeroed_also_when_refused(engine: LeanEngine) -> None:
    for content in (chip(portraits.ELDER), b"rubbish"):
        held = bytearray(content)
        with contextlib.suppress(OnshiError):
            photo.reference(held, signed(content), engine)
        assert not any(held)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_hostile_jpeg_is_a_catalogue_error_or_a_picture(data: st.DataObject) -> None:
    raw = bytearray(_JPEG)
    for _ in range(data.draw(st.integers(0, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    with contextlib.suppress(OnshiError):
        assert decode_frame(raw[:cut]).ndim == 3


_JPEG = scenes.jpeg(scenes.room(), 60)


@given(coding=st.sampled_from(["bgr", "i420", "grey", "other"]), width=st.integers(0, 70), height=st.integers(0, 70),
       length=st.integers(0, 16000))  # fmt: skip
def test_raw_frames_of_any_shape_are_refused_or_pictures(coding: str, width: int, height: int, length: int) -> None:
    exact = {"bgr": 3 * width * height, "i420": width * height * 3 // 2, "grey": width * height}.get(coding, length)
    for size in (length, exact):
        with contextlib.suppress(OnshiError):
            image = raw_frame(memoryview(bytearray(size)), coding, width, height)
            assert image.shape == (height, width, 3)
            assert image.dtype == np.uint8
