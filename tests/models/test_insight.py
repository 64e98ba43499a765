"""The second engine's package: the same boxes by another contract; an operator's pack says its licence."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper

from edge.face.engine import session
from edge.face.worker import load, warm_up
from models import insight, pack
from models.commands import models
from protocol.errors import OnshiError, models_
from protocol.modelpack import Threshold

SCRFD = "yunet-scrfd.onnx"
LIMITS = Threshold(accept=0.5, review=0.4, measured="made for this test, measured on nothing")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    insight.write_package(folder, pack.build(folder, told=lambda line: None))
    return folder


def test_the_scrfd_contract_says_what_yunet_says(built: Path) -> None:
    yunet = session((built / "yunet.onnx").read_bytes())
    scrfd = session((built / "yunet-scrfd.onnx").read_bytes())
    picture = np.random.default_rng(3).uniform(0, 255, (1, 3, 96, 128)).astype(np.float32)
    names = [one.name for one in yunet.get_outputs()]
    raw = dict(zip(names, yunet.run(None, {"input": picture}), strict=True))
    outputs = scrfd.run(None, {"image": picture[:, ::-1]})
    for index, stride in enumerate((8, 16, 32)):
        scores, sides, points = outputs[index], outputs[index + 3], outputs[index + 6]
        places = 96 * 128 // stride**2
        assert (scores.shape, sides.shape, points.shape) == ((2 * places, 1), (2 * places, 4), (2 * places, 10))
        wanted = np.sqrt(np.clip(raw[f"cls_{stride}"], 0, 1) * np.clip(raw[f"obj_{stride}"], 0, 1)).ravel()
        np.testing.assert_allclose(scores[::2, 0], wanted, atol=1e-6)
        assert not scores[1::2].any()
        box = raw[f"bbox_{stride}"][0]
        size = np.exp(np.clip(box[:, 2:], -10, 10))
        np.testing.assert_allclose(sides[::2], np.hstack([size / 2 - box[:, :2], size / 2 + box[:, :2]]), 1e-4, 1e-5)
        np.testing.assert_allclose(points[::2], raw[f"kps_{stride}"][0], 1e-4, 1e-5)
        np.testing.assert_array_equal(sides[::2], sides[1::2])


def test_the_package_names_files_with_their_hashes_and_licences(built: Path) -> None:
    told = json.loads((built / insight.PACKAGE).read_text(encoding="utf-8"))
    assert told["manifest_version"] == 2
    for task in told["tasks"].values():
        assert hashlib.sha256((built / task["file"]).read_bytes()).hexdigest() == task["sha256"]
    assert "Apache-2.0" in (built / told["license"]).read_text(encoding="utf-8")


def network(place: Path, name: str, numbers: int = 512, *, side: int | str = 112, factor: float = 1.0) -> Path:
    """A network of the right shape that recognises nothing: the picture's first numbers, times ``factor``."""
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["in"], ["flat"]),
            helper.make_node("Slice", ["flat", "from", "to", "axis"], ["cut"]),
            helper.make_node("Mul", ["cut", "factor"], ["out"]),
        ],
        name,
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [
            helper.make_tensor("from", TensorProto.INT64, [1], [0]),
            helper.make_tensor("to", TensorProto.INT64, [1], [numbers]),
            helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
            helper.make_tensor("factor", TensorProto.FLOAT, [], [factor]),
        ],
    )
    file = place / f"{name}.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), file)
    return file


def adoption(folder: Path, detector: Path, verifier: Path, **other: str) -> list[str]:
    given = {
        "detector": str(detector),
        "verifier": str(verifier),
        "name": "ours",
        "licence": "bought from the maker, contract 12",
        "accept": "0.5",
        "review": "0.4",
        "measured": "our own trial of 2026",
        "folder": str(folder),
        **other,
    }
    return ["adopt", *(word for name, value in given.items() for word in (f"--{name}", value)), "--json"]


def test_an_operators_pack_carries_the_declaration_and_their_own_thresholds(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    run = CliRunner().invoke(models, adoption(folder, built / SCRFD, network(tmp_path, "v")))
    assert run.exit_code == 0, run.output
    record = pack.verify(folder)
    assert (record.name, record.engine) == ("ours", "insightface")
    verifier = record.by_task("verification")
    assert verifier is not None
    assert verifier.licence == "bought from the maker, contract 12"
    assert verifier.identity == verifier.sha256
    assert verifier.threshold is not None
    assert (verifier.threshold.accept, verifier.threshold.review) == (0.5, 0.4)
    assert {one.task for one in record.models} == {"detection", "verification", "landmarks", "eyes"}
    told = json.loads((folder / insight.PACKAGE).read_text(encoding="utf-8"))
    assert told["tasks"]["recognition"]["preprocessing"] == {"mean": 127.5, "std": 127.5}
    (folder / "verification.onnx").write_bytes(b"another")
    with pytest.raises(OnshiError) as refused:
        pack.verify(folder)
    assert refused.value.fault is models_.FILE_DIFFERS


@pytest.mark.parametrize(
    ("licence", "limits"),
    [("  ", LIMITS), ("a declaration that is long enough", Threshold(accept=0.3, review=0.4, measured="x" * 10))],
)
def test_a_pack_without_a_declaration_or_with_crossed_thresholds_is_refused(
    tmp_path: Path, licence: str, limits: Threshold
) -> None:
    with pytest.raises(OnshiError) as refused:
        insight.adopt(
            tmp_path / "pack",
            name="x",
            detector=network(tmp_path, "d"),
            verifier=network(tmp_path, "v"),
            licence=licence,
            threshold=limits,
            told=lambda line: None,
        )
    assert refused.value.fault is models_.MANIFEST_WRONG
    assert not (tmp_path / "pack").exists()


def rubbish(place: Path) -> Path:
    file = place / "text.jpg"
    file.write_text("no network")
    return file


def refused(words: list[str]) -> str:
    """The reason of a command's MODEL-004."""
    run = CliRunner().invoke(models, words)
    assert run.exit_code == 1, run.output
    told = json.loads(run.stdout)
    assert told["code"] == "MODEL-004"
    return f"{told['details'].get('file', '')}: {told['details']['reason']}"


def test_networks_that_the_engine_could_not_use_are_refused_before_anything_is_written(
    built: Path, tmp_path: Path
) -> None:
    good = network(tmp_path, "good")
    cases = {
        (rubbish(tmp_path), good): "text.jpg: InvalidProtobuf",
        (good, good): "good.onnx: 1 outputs are not those of an SCRFD",
        (built / SCRFD, rubbish(tmp_path)): "text.jpg: InvalidProtobuf",
        (built / SCRFD, network(tmp_path, "short", 128)): "the embedding has 128 numbers and not 512",
        (built / SCRFD, network(tmp_path, "big", side=160)): "input is not 1x3x112x112",
        (built / SCRFD, network(tmp_path, "endless", factor=np.nan)): "an output is not finite",
        (built / SCRFD, built / SCRFD): "input is not 1x3x112x112",
    }
    for (detector, verifier), reason in cases.items():
        assert reason in refused(adoption(tmp_path / "pack", detector, verifier))
    assert not (tmp_path / "pack").exists()


@pytest.mark.parametrize("other", [{"accept": "nan"}, {"review": "nan"}, {"accept": "nan", "review": "nan"}])
def test_thresholds_that_are_no_numbers_are_refused(built: Path, tmp_path: Path, other: dict[str, str]) -> None:
    words = adoption(tmp_path / "pack", built / SCRFD, network(tmp_path, "v"), **other)
    assert "threshold" in refused(words)
    assert not (tmp_path / "pack").exists()


def test_a_measurement_that_says_nothing_is_refused(built: Path, tmp_path: Path) -> None:
    words = adoption(tmp_path / "pack", built / SCRFD, network(tmp_path, "v"), measured="none")
    assert "measured" in refused(words)
    assert not (tmp_path / "pack").exists()


def attack(folder: Path, detector: Path, accept: str = "0.7") -> list[str]:
    words = ["attack", "--network", str(detector), "--licence", "made by ourselves", "--accept", accept]
    return [*words, "--measured", "our own trial", "--folder", str(folder), "--json"]


def test_an_attack_detector_that_could_not_be_used_leaves_the_pack_as_it_was(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(built, folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert "text.jpg: InvalidProtobuf" in refused(attack(folder, rubbish(tmp_path)))
    assert "input is not 1x3xSxS" in refused(attack(folder, network(tmp_path, "free", 3, side="side")))
    assert "fewer than two scores" in refused(attack(folder, network(tmp_path, "one", 1)))
    assert "threshold" in refused(attack(folder, network(tmp_path, "good", 3), accept="nan"))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_an_attack_detector_joins_a_built_pack_and_a_second_one_takes_its_place(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(built, folder)
    for name in ("first", "second"):
        run = CliRunner().invoke(models, attack(folder, network(tmp_path, name, 3, factor=len(name))))
        assert run.exit_code == 0, run.output
    record = pack.verify(folder)
    found = [one for one in record.models if one.task == pack.ATTACK]
    assert len(found) == 1
    assert found[0].sha256 == hashlib.sha256((tmp_path / "second.onnx").read_bytes()).hexdigest()
    assert found[0].threshold is not None
    assert found[0].threshold.accept == 0.7


@pytest.mark.usefixtures("engine_installed")
def test_what_was_adopted_opens_in_the_worker(built: Path, tmp_path: Path) -> None:
    """The check before and the appliance ask for the same."""
    folder = tmp_path / "pack"
    for words in (
        adoption(folder, built / SCRFD, network(tmp_path, "v")),
        attack(folder, network(tmp_path, "a", 3, side=80)),
    ):
        run = CliRunner().invoke(models, words)
        assert run.exit_code == 0, run.output
    warm_up(load(folder))


def test_an_attack_detector_without_a_declaration_is_refused(built: Path, tmp_path: Path) -> None:
    with pytest.raises(OnshiError) as refused:
        insight.add_attack(built, network(tmp_path, "n"), licence=" ", threshold=LIMITS)
    assert refused.value.fault is models_.MANIFEST_WRONG
