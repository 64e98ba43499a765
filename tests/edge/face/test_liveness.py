"""What each cue answers to, one by one; together they are judged in `test_verification`."""

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from edge.face import cues, liveness, verification
from edge.face.attack import CnnDetector, detector
from edge.face.cues import Cues
from edge.face.engine import Face, LeanEngine
from edge.face.liveness import Action, Answer, Seen, Watch
from edge.face.mesh import POINTS, FaceMesh, Mesh, turn
from edge.face.pack import Pack
from edge.face.verification import Ended, Models
from edge.face.worker import status
from protocol.errors import OnshiError, models_
from protocol.modelpack import RECORD
from sandbox import portraits
from sandbox.camera import scenes
from sandbox.camera.presentations import Wardrobe
from sandbox.camera.puppet import Pose
from tests.edge.face.conftest import Play

FLAT = Mesh(np.zeros((POINTS, 3), dtype=np.float32), 1.0)
GOOD = Cues(chroma=20.0, moire=10.0, framed=0.0)


def seen(at: float, turn: float = 0.0, openness: float | None = 0.2, measured: Cues = GOOD) -> Seen:
    return Seen(at, turn, openness, FLAT, measured)


def test_a_challenge_is_two_different_actions_in_any_order() -> None:
    drawn = {liveness.draw(random.Random(seed)) for seed in range(200)}  # noqa: S311
    assert len(drawn) == 6
    assert all(len(set(actions)) == 2 and set(actions) != {Action.BLINK} for actions in drawn)


def test_a_turn_counts_when_the_head_bends_and_comes_back() -> None:
    watch = Watch(Action.TURN_LEFT, seen(0.0), 0.0)
    assert watch.see(seen(0.5, 0.3), 0.05) is Answer.WAITING
    assert watch.see(seen(1.0, 0.02), 0.0) is Answer.DONE


def test_a_flat_thing_that_turns_far_is_not_a_turn() -> None:
    watch = Watch(Action.TURN_LEFT, seen(0.0), 0.0)
    assert watch.see(seen(0.5, 0.4), liveness.LEAST_BENDING * 0.9) is Answer.WAITING
    assert watch.see(seen(1.0, 0.0), 0.0) is Answer.WAITING
    assert watch.see(seen(liveness.ANSWER_SECONDS + 0.1, 0.0), 0.0) is Answer.REFUSED


def test_the_wrong_way_is_refused() -> None:
    assert Watch(Action.TURN_RIGHT, seen(0.0), 0.0).see(seen(0.5, 0.3), 0.05) is Answer.REFUSED
    assert Watch(Action.BLINK, seen(0.0), 0.0).see(seen(0.5, -0.3), 0.05) is Answer.REFUSED


def test_eyes_have_to_close_and_to_open_again() -> None:
    watch = Watch(Action.BLINK, seen(0.0, openness=0.2), 0.0)
    assert watch.see(seen(0.4, openness=0.19), 0.0) is Answer.WAITING
    assert watch.see(seen(0.6, openness=0.1), 0.0) is Answer.WAITING
    assert watch.see(seen(0.8, openness=0.19), 0.0) is Answer.DONE


@pytest.mark.parametrize(
    "measured",
    [GOOD._replace(chroma=1.0), GOOD._replace(moire=60.0), GOOD._replace(framed=1.0)],
    ids=["grey", "grid", "frame"],
)
def test_one_strong_cue_refuses_and_a_single_odd_frame_does_not(measured: Cues) -> None:
    assert liveness.bona_fide([seen(at) for at in range(5)], None)
    assert liveness.bona_fide([*(seen(at) for at in range(4)), seen(5, measured=measured)], None)
    assert not liveness.bona_fide([seen(at, measured=measured) for at in range(5)], None)
    assert not liveness.bona_fide([], None)


@pytest.fixture(scope="module")
def sight(pack_folder: Path) -> tuple[LeanEngine, FaceMesh]:
    pack = Pack(pack_folder)
    return LeanEngine(pack), FaceMesh(pack)


def mesh_of(sight: tuple[LeanEngine, FaceMesh], frame: np.ndarray) -> tuple[Face, Mesh]:
    face = sight[0].detect(frame)[0]
    return face, sight[1].find(frame, face)


def test_a_turned_head_bends_and_a_turned_print_does_not(
    sight: tuple[LeanEngine, FaceMesh], wardrobe: Wardrobe
) -> None:
    puppet = wardrobe.puppet(portraits.ELDER)
    _, before = mesh_of(sight, scenes.person(puppet.pose(Pose()), puppet.centre, face_width=180))
    _, after = mesh_of(sight, scenes.person(puppet.pose(Pose(-33)), puppet.centre, face_width=180))
    assert turn(after) - turn(before) <= -liveness.TURNED
    assert cues.bending(before, after) >= liveness.LEAST_BENDING
    sheet = scenes.sheet(puppet.picture, puppet.centre, grey=False)
    _, here = mesh_of(sight, scenes.held(sheet, face_width=180))
    _, there = mesh_of(sight, scenes.held(sheet, face_width=180, yaw=35))
    assert cues.bending(here, there) < liveness.LEAST_BENDING


def test_landmarks_that_are_no_numbers_are_no_face_and_no_crash() -> None:
    hollow = Mesh(np.full((POINTS, 3), np.nan, dtype=np.float32), 1.0)
    assert cues.bending(FLAT, FLAT) == 0.0
    assert not cues.bending(hollow, FLAT) >= liveness.LEAST_BENDING


class _Numbers:
    """A landmark model that has lost its mind."""

    def __init__(self, value: float) -> None:
        self.value = value

    def run(self, outputs: object, inputs: object) -> list[np.ndarray]:
        return [np.full((1, POINTS * 3), self.value, np.float32), np.full((1, 1), self.value, np.float32)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_a_model_that_gives_no_numbers_gives_no_face(pack_folder: Path, value: float) -> None:
    mesh = FaceMesh(Pack(pack_folder))
    mesh._session = _Numbers(value)
    box = Face(
        (10.0, 10.0, 100.0, 120.0), np.array([[30, 40], [80, 40], [55, 60], [35, 90], [75, 90]], np.float32), 1.0
    )
    found = mesh.find(np.zeros((200, 200, 3), np.uint8), box)
    assert found.presence == 0.0
    assert cues.skin_chroma(np.zeros((200, 200, 3), np.uint8), found) == 0.0


class _Lost:
    """A detector or recogniser whose every number is the same nonsense."""

    def __init__(self, real: Any, value: float) -> None:
        self._real, self._value = real, value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def run(self, outputs: object, inputs: Any) -> list[np.ndarray]:
        return [np.full_like(one, self._value) for one in self._real.run(outputs, inputs)]


@pytest.mark.filterwarnings("ignore:.*encountered in.*:RuntimeWarning")
@pytest.mark.parametrize(("part", "value"), [("_detector", np.nan), ("_detector", 1e30), ("_verifier", np.nan)])
def test_an_engine_that_gives_no_numbers_lets_nobody_in(
    play: Play, pack_folder: Path, models: Models, part: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "PATIENCE", 12.0)
    engine = LeanEngine(Pack(pack_folder))
    setattr(engine, part, _Lost(getattr(engine, part), value))
    ended = play("still", using=replace(models, engine=engine), rate=2.0)
    assert ended.step.ended in {Ended.NOBODY_FIT, Ended.NOT_CONFIRMED}


@given(box=st.tuples(*[st.floats(-5000, 5000)] * 2, *[st.floats(0, 5000)] * 2))
def test_cues_take_any_box(box: tuple[float, float, float, float]) -> None:
    face = Face(box, np.zeros((5, 2), np.float32), 1.0)
    image = np.full((240, 320, 3), 90, np.uint8)
    assert 0.0 <= cues.framed(image, face) <= 1.0
    assert cues.moire(image, face) >= 0.0


# --- the operator's network -----------------------------------------------------------------------------------------


def with_detector(pack_folder: Path, target: Path, *, live: bool, threshold: bool = True, side: object = 8) -> Path:
    """The pack with a network that calls everything bona fide, or nothing."""
    weight = np.zeros((2, 3 * 8 * 8), dtype=np.float32)
    bias = np.array([0.0, 9.0 if live else -9.0], dtype=np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["in"], ["flat"]),
            helper.make_node("Gemm", ["flat", "w", "b"], ["out"], transB=1),
        ],
        "attack",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(bias, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    for file in pack_folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    (target / "attack.onnx").write_bytes(model.SerializeToString())
    record = json.loads((target / RECORD).read_text())
    entry = {
        "id": "attack",
        "task": "attack",
        "file": "attack.onnx",
        "sha256": hashlib.sha256((target / "attack.onnx").read_bytes()).hexdigest(),
        "identity": "c" * 64,
        "licence": "LicenseRef-Test",
    }
    if threshold:
        entry["threshold"] = {"accept": 0.5, "review": 0.5, "measured": "made for this test"}
    record["models"].append(entry)
    (target / RECORD).write_text(json.dumps(record))
    return target


def test_the_default_pack_has_no_attack_detector_and_says_so(models: Models) -> None:
    told = status(models, locked=False)
    assert told.detector is None
    assert told.liveness.endswith("no-cnn")


@pytest.mark.parametrize(("live", "ended"), [(True, Ended.MATCH), (False, Ended.NOT_CONFIRMED)])
def test_an_operators_detector_is_heard_and_named(
    play: Play, models: Models, pack_folder: Path, tmp_path: Path, live: bool, ended: Ended
) -> None:
    found = detector(Pack(with_detector(pack_folder, tmp_path, live=live)))
    using = replace(models, detector=found)
    assert status(using, locked=False).liveness == f"{liveness.METHOD}.cnn-{'c' * 12}"
    assert play("still", using=using, rate=5.0).step.ended is ended


@pytest.mark.parametrize("wrong", [{"threshold": False}, {"side": "free"}])
def test_a_detector_without_threshold_or_size_is_refused(
    pack_folder: Path, tmp_path: Path, wrong: dict[str, object]
) -> None:
    with pytest.raises(OnshiError) as refused:
        CnnDetector(Pack(with_detector(pack_folder, tmp_path, live=True, **wrong)))  # type: ignore[arg-type]
    assert refused.value.fault is models_.MANIFEST_WRONG
