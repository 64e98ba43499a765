"""The whole face path of the demo: who is let in, who is not, what the centre gets, and that no picture is kept."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner

from edge.face.camera import Frame
from edge.ocr import seen
from edge.uplink.device import DeviceKey
from edge.visit.desk import Ending, Say
from models import pack as packing
from protocol import canonical
from protocol.errors import face, visit
from protocol.visit import Method, VisitRequest
from sandbox import portraits
from sandbox.camera import fake
from sandbox.camera.presentations import EVERYTHING
from sandbox.demo import faces
from sandbox.demo.commands import demo
from sandbox.demo.faces import SHOWN, DemoFace
from sandbox.demo.logs import logging_to
from sandbox.demo.stage import Played, Stage
from sandbox.fronts import over
from sandbox.fronts.over import CameraOverReader
from sandbox.world.world import World
from tests.conftest import need

pytestmark = pytest.mark.sockets
PROBE = 24
"""Bytes of a picture that are looked for at each of several places in it."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    packing.build(folder, told=lambda line: None)
    return folder


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where anything temporary of these runs goes, workers included."""
    folder = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        yield folder


class Kept:
    """What a kind of camera gave, as it was before a worker zeroed it, and the same buffers after the visit."""

    def __init__(self, patch: pytest.MonkeyPatch, kind: type[fake.FakeCamera] | type[CameraOverReader]) -> None:
        self.frames: list[bytes] = []
        self.buffers: list[bytearray] = []
        before = kind.frame

        async def frame(camera: Any) -> Frame:
            given = await before(camera)
            self.frames.append(bytes(given.data))
            self.buffers.append(given.data)
            return given

        patch.setattr(kind, "frame", frame)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory, models: Path, scratch: Path) -> AsyncIterator[Stage]:
    with World.open(tmp_path_factory.mktemp("world") / "w") as world, logging_to(world.places.log):
        async with Stage.open(world, pcsc=False, progress=lambda text: None, face=DemoFace(models)) as opened:
            yield opened


async def visited(stage: Stage, slug: str) -> tuple[Played, list[str]]:
    codes: list[str] = []

    def hear(said: Say) -> None:
        codes.append(said.code)

    return await stage.visit(stage.world.persona(slug), Method.FACE, None, told=hear), codes


def probes(picture: bytes) -> list[bytes]:
    """Pieces from inside, past the headers that every picture shares."""
    return [picture[place : place + PROBE] for place in range(800, len(picture) - PROBE, max(1, len(picture) // 6))]


def files(*folders: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file()}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("slug", ["ordinary", "lost-with-newer", "no-pin", "seventy-five-today"])
async def test_the_holder_is_let_in_by_face_and_the_card_surface_signs(stage: Stage, slug: str) -> None:
    played, codes = await visited(stage, slug)
    record = played.record
    assert record.outcome.ending is Ending.ANSWERED, codes
    assert {"genuine_chip", "photo_signed", "birth_matches"} <= set(record.proven)
    assert record.device_word == ("face_compared",)
    assert {code for code in codes if code.startswith(("face_turn", "face_blink"))}
    assert "front_read" in codes
    assert "number_b_ask" not in codes
    assert ("surface", 0x0002) in played.card.touched
    assert not {("surface", 0x0005), ("attributes", 0x0001)} & set(played.card.touched)


@pytest.mark.asyncio(loop_scope="module")
async def test_no_picture_is_on_disk_or_in_a_table_after_a_visit(stage: Stage, scratch: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        people, fronts = Kept(patch, fake.FakeCamera), Kept(patch, CameraOverReader)
        played, _ = await visited(stage, "lost")
    assert played.record.outcome.ending is Ending.ANSWERED
    made = stage.world.cards.personalisation(stage.world.persona("lost"))
    assert made.photo is not None
    assert fronts.frames
    assert not any(any(buffer) for buffer in (*people.buffers, *fronts.buffers))
    sought = [piece for picture in (made.photo, *people.frames, *fronts.frames) for piece in probes(picture)]
    assert len(sought) > 100
    sought.append(made.number_b.encode())
    everything = files(stage.world.places.folder, scratch)
    assert any(file.name.endswith(".sqlite") for file in everything)
    assert stage.world.places.log in everything
    for file, content in everything.items():
        found = [piece for piece in sought if piece in content]
        assert not found, file
        for mark in (b"\xff\xd8\xff\xe0", b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"):
            assert mark not in content, file


@pytest.mark.asyncio(loop_scope="module")
async def test_a_front_that_cannot_be_read_is_typed_by_the_clerk(stage: Stage) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage._face, "_front", "covered")
        patch.setattr(seen, "PATIENCE", over.STEP)
        played, codes = await visited(stage, "ordinary")
    assert played.record.outcome.ending is Ending.ANSWERED
    assert "front_read" not in codes
    assert {code for code in codes if code.startswith("FACE-02")}
    assert codes.index("front_show") < codes.index("number_b_ask") < codes.index("face_hold_on")


@pytest.mark.asyncio(loop_scope="module")
async def test_score_model_threshold_and_frame_count_are_in_the_signed_request(stage: Stage, models: Path) -> None:
    signed: list[bytes] = []
    sign = DeviceKey.document

    def kept(key: DeviceKey, kind: Any, payload: bytes) -> Any:
        signed.append(payload)
        return sign(key, kind, payload)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DeviceKey, "document", kept)
        await visited(stage, "ordinary")
    report = canonical.decode(signed[0], VisitRequest).statement.face
    verifier = packing.verify(models).by_task("verification")
    assert report is not None
    assert verifier is not None
    assert verifier.threshold is not None
    assert report.model == verifier.identity
    assert report.threshold == round(verifier.threshold.accept * 1_000_000) <= report.score
    assert (report.frames, report.liveness) == (3, "challenge-1.cues-1.no-cnn")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_card_without_a_photo_says_so_and_ends_well(stage: Stage) -> None:
    played, codes = await visited(stage, "no-photo")
    assert face.PHOTO_MISSING.code in codes
    assert played.record.outcome.ending is Ending.FAILED


def run(world: Path, *words: str) -> tuple[int, dict[str, Any]]:
    ran = CliRunner().invoke(demo, ["--once", "--json", "--method", "face", "--world", str(world), *words])
    return ran.exit_code, json.loads(ran.stdout)


def test_an_attack_in_the_demo_ends_with_its_catalogue_error(models: Path, tmp_path: Path) -> None:
    code, told = run(tmp_path / "w", "--models", str(models), "--camera", "grey-print")
    assert code == 1
    assert told["fault"]["code"] == face.NOT_CONFIRMED.code


@pytest.mark.real
def test_the_photo_goes_through_a_real_readers_worker(models: Path, tmp_path: Path) -> None:
    need("pcscd")
    code, told = run(tmp_path / "w", "--models", str(models), "--reader", "pcsc")
    assert (code, told["device_word"]) == (0, ["face_compared"])


def test_without_the_packages_the_demo_says_what_to_run(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "missing", lambda: "cv2")
    code, told = run(tmp_path / "w", "--models", str(models))
    assert code == 1
    assert told["fault"]["code"] == visit.FACE_NOT_READY.code
    assert told["fault"]["details"]["run"] == "make face"


def test_a_pack_that_is_not_built_leads_to_the_other_ways(tmp_path: Path) -> None:
    code, told = run(tmp_path / "w", "--models", str(tmp_path / "nothing"))
    assert code == 1
    assert told["fault"]["code"] == "MODEL-001"


def test_the_command_knows_every_presentation() -> None:
    assert set(SHOWN) == set(EVERYTHING)


def test_the_portraits_are_installed_and_everybody_with_a_photo_has_one(stage: Stage) -> None:
    assert portraits.installed()
    for persona in stage.world.people:
        assert portraits.chip_picture(portraits.of(persona)) is not None


def test_an_archive_of_other_bytes_gives_no_portrait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "share" / "onshi" / "portraits"
    place.mkdir(parents=True)
    (place / portraits.ARCHIVE).write_bytes(b"something else")
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    portraits._bytes.cache_clear()
    try:
        assert portraits.chip_picture(portraits.SPEAKER) is None
        assert portraits.chip_picture(portraits.ASTRONAUT) is not None
        assert not portraits.installed()
    finally:
        portraits._bytes.cache_clear()
