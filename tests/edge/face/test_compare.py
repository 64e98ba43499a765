"""Finding, aligning, embedding and deciding are exact to the published reference and refuse what they cannot use."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from edge.face import align
from edge.face.commands import face
from edge.face.decide import Decision, decide
from edge.face.engine import LeanEngine, unit
from edge.face.pack import Pack
from edge.face.picture import decode, decode_chip_photo
from protocol.errors import OnshiError, models_
from protocol.errors import face as face_faults
from sandbox import portraits as people
from sandbox.card.pictures import photo_jp2
from tests import portraits


@pytest.fixture(scope="module")
def portrait() -> align.Image:
    return decode(portraits.astronaut().read_bytes())


def chip_photo(colour: bool = False, *, size: tuple[int, int] = (240, 320), boxed: bool = True) -> bytes:
    """The portrait as a chip holds it: JPEG 2000, by default 240 x 320 and grey in about 12 KB."""
    with Pillow.open(portraits.astronaut()) as whole:
        cut = whole.convert("RGB" if colour else "L").crop((110, 10, 350, 330)).resize(size)
    out = io.BytesIO()
    cut.save(out, format="JPEG2000", quality_mode="rates", quality_layers=[6], no_jp2=not boxed)
    assert out.getvalue().startswith(b"\0\0\0\x0cjP" if boxed else b"\xff\x4f\xff\x51")
    return out.getvalue()


@pytest.mark.parametrize("person", people.EVERYBODY, ids=lambda one: one.name)
@pytest.mark.parametrize("side", ["live", "chip"])
def test_embeddings_equal_opencvs_own_class(
    engine: LeanEngine, pack_folder: Path, person: people.Portrait, side: str
) -> None:
    picture = people.live_picture(person) if side == "live" else people.chip_picture(person)
    assert picture is not None
    seen = np.ascontiguousarray(np.asarray(picture)[..., ::-1])
    image = decode_chip_photo(photo_jp2(picture)) if side == "chip" else seen
    found = engine.detect(image)[0]
    reference = cv2.FaceRecognizerSF.create(str(pack_folder / "sface.onnx"), "")
    row = np.array([[*found.box, *found.points.ravel(), found.score]], dtype=np.float32)
    theirs = reference.feature(reference.alignCrop(image, row))[0]
    assert float(unit(theirs) @ engine.embed(image, found)) >= 0.999


@pytest.mark.parametrize(
    "size", [(120, 160), (240, 320), (480, 640), (1200, 1600)], ids=lambda one: f"{one[0]}x{one[1]}"
)
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
@pytest.mark.parametrize("boxed", [True, False], ids=["jp2", "codestream"])
def test_the_chip_photo_of_a_person_matches_their_live_picture_whatever_its_form(
    engine: LeanEngine, portrait: align.Image, colour: bool, size: tuple[int, int], boxed: bool
) -> None:
    chip = decode_chip_photo(chip_photo(colour, size=size, boxed=boxed))
    verdict = decide(
        engine.embed(chip, engine.detect(chip)[0]),
        [engine.embed(portrait, engine.detect(portrait)[0])],
        engine.verifier,
    )
    assert verdict.decision is Decision.MATCH
    assert verdict.model == engine.verifier.identity


def test_the_threshold_and_the_review_band_are_the_models_own(engine: LeanEngine) -> None:
    axis = np.eye(128, dtype=np.float32)
    for score, expected in ((0.46, Decision.MATCH), (0.42, Decision.REVIEW), (0.39, Decision.NO_MATCH)):
        turned = np.asarray(score * axis[0] + np.sqrt(1 - score**2) * axis[1], dtype=np.float32)
        assert decide(axis[0], [turned], engine.verifier).decision is expected


def test_no_face_is_no_decision_and_says_on_which_side(engine: LeanEngine) -> None:
    verdict = decide(None, [], engine.verifier, reason="no_face_chip")
    assert (verdict.decision, verdict.reason, verdict.score) == (Decision.UNDECIDED, "no_face_chip", None)


@pytest.mark.parametrize("points", [np.full((5, 2), np.nan), np.zeros((5, 2)), np.full((5, 2), np.inf)])
def test_points_that_are_no_face_are_refused(points: np.ndarray) -> None:
    with pytest.raises(ValueError, match="points"):
        align.similarity(points.astype(np.float32))


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    out = io.BytesIO()
    Pillow.new("1", (6000, 6000)).save(out, format="PNG")
    with pytest.raises(OnshiError) as refused:
        decode(out.getvalue())
    assert refused.value.fault is face_faults.PICTURE_TOO_LARGE


def test_a_chip_photo_in_another_format_is_refused() -> None:
    with pytest.raises(OnshiError) as refused:
        decode_chip_photo(portraits.astronaut().read_bytes())
    assert refused.value.fault is face_faults.PICTURE_UNREADABLE


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_hostile_jpeg_2000_is_a_catalogue_error_or_a_picture(data: st.DataObject) -> None:
    raw = bytearray(HOSTILE)
    for _ in range(data.draw(st.integers(0, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    with contextlib.suppress(OnshiError):
        assert decode_chip_photo(bytes(raw[:cut])).ndim == 3


HOSTILE = chip_photo()


def test_a_damaged_model_file_is_found_before_it_is_used(pack_folder: Path, tmp_path: Path) -> None:
    for file in pack_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:-1] if file.name == "sface.onnx" else file.read_bytes())
    with pytest.raises(OnshiError) as refused:
        LeanEngine(Pack(tmp_path))
    assert refused.value.fault is models_.FILE_DIFFERS


def test_the_verify_command_prints_one_json_object(pack_folder: Path) -> None:
    picture = str(portraits.astronaut())
    words = ["verify", "--chip", picture, "--live", picture, picture, "--models", str(pack_folder), "--json"]
    run = CliRunner().invoke(face, words)
    told = json.loads(run.stdout)
    assert run.exit_code == 0
    assert told["decision"] == "match"
    assert told["frames"] == 2
    assert {"score", "threshold", "model", "steps"} <= told.keys()


def test_the_verify_command_says_undecided_when_nobody_is_there(pack_folder: Path, tmp_path: Path) -> None:
    wall = tmp_path / "wall.png"
    Pillow.new("RGB", (320, 240), "white").save(wall)
    words = [
        "verify",
        "--chip",
        str(portraits.astronaut()),
        "--live",
        str(wall),
        "--models",
        str(pack_folder),
        "--json",
    ]
    told = json.loads(CliRunner().invoke(face, words).stdout)
    assert (told["decision"], told["reason"]) == ("undecided", "no_face_live")


def cut_off(file: Path) -> None:
    file.write_bytes(b"\xff\xd8\xff" + b"\x00" * 100)


def of_too_many_pixels(file: Path) -> None:
    Pillow.new("1", (6000, 6000)).save(file, format="PNG")


@pytest.mark.parametrize(("spoil", "code"), [(cut_off, "FACE-001"), (of_too_many_pixels, "FACE-002")])
@pytest.mark.parametrize("where", range(3), ids=["chip", "live", "more"])
def test_the_verify_command_names_the_file_that_is_no_picture(
    pack_folder: Path, tmp_path: Path, where: int, spoil: Callable[[Path], None], code: str
) -> None:
    spoil(tmp_path / "rubbish.jpg")
    chip, live, more = (
        str(tmp_path / "rubbish.jpg" if place == where else portraits.astronaut()) for place in range(3)
    )
    words = ["verify", "--chip", chip, "--live", live, more, "--models", str(pack_folder), "--json"]
    run = CliRunner().invoke(face, words)
    assert run.exit_code == 1
    told = json.loads(run.stdout)
    assert (told["code"], told["details"]["file"]) == (code, "rubbish.jpg")
    assert "file=rubbish.jpg" in run.stderr
