"""The pack is what its manifest says, or it is refused before anything is loaded."""

import importlib.metadata
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from edge.face.commands import face
from edge.face.pack import Pack
from models import pack
from models.commands import models
from protocol.errors import OnshiError, models_, words
from protocol.modelpack import RECORD


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    pack.build(folder, told=lambda line: None)
    return folder


def test_every_model_is_built_and_verified(built: Path) -> None:
    assert {one.id for one in pack.verify(built).models} == {model.id for model in pack.manifest().model}


def test_folding_keeps_what_the_network_computes(built: Path) -> None:
    """The folded graph against the published one, both run by ONNX's own reference evaluator."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    source = pack.locate(next(one for one in pack.manifest().source if one.id == "yunet"))
    published = ReferenceEvaluator(onnx.load(source))
    folded = ReferenceEvaluator(onnx.load(built / "yunet.onnx"))
    picture = np.random.default_rng(7).uniform(0, 255, (1, 3, 640, 640)).astype(np.float32)
    for left, right in zip(published.run(None, {"input": picture}), folded.run(None, {"input": picture}), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-4)


def test_a_changed_byte_in_a_built_model_is_found(built: Path, tmp_path: Path) -> None:
    for file in built.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    damaged = bytearray((tmp_path / "yunet.onnx").read_bytes())
    damaged[1000] ^= 1
    (tmp_path / "yunet.onnx").write_bytes(damaged)
    with pytest.raises(OnshiError) as refused:
        pack.verify(tmp_path)
    assert refused.value.fault is models_.FILE_DIFFERS


def test_a_wrong_hash_stops_the_build_before_anything_is_written(tmp_path: Path) -> None:
    known = pack.manifest()
    wrong = msgspec.structs.replace(known.source[0], sha256="0" * 64)
    tampered = msgspec.structs.replace(known, source=(wrong, *known.source[1:]))
    with pytest.raises(OnshiError) as refused:
        pack.build(tmp_path / "out", told=lambda line: None, known=tampered)
    assert refused.value.fault is models_.FILE_DIFFERS
    assert not (tmp_path / "out").exists()


def test_a_package_that_is_not_there_says_how_to_get_it() -> None:
    absent = msgspec.structs.replace(pack.manifest().source[0], package="no-such-package")
    with pytest.raises(OnshiError, match="make face"):
        pack.locate(absent)


@pytest.mark.parametrize("text", ["", "[", "[pack]\nname = 'x'\nversion = 1\nsource = 3\nmodel = []", "\x00"])
def test_a_manifest_of_rubbish_is_a_catalogue_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "manifest.toml"
    file.write_text(text)
    with pytest.raises(OnshiError) as refused:
        pack.manifest(file)
    assert refused.value.fault is models_.MANIFEST_WRONG


def test_one_package_alone_owns_cv2() -> None:
    """insightface and rapidocr name different ones, and the others need a desktop's libraries."""
    assert importlib.metadata.packages_distributions()["cv2"] == ["opencv-python-headless"]


def test_a_licence_text_lies_beside_every_source() -> None:
    for source in pack.manifest().source:
        assert (pack.HERE / source.licence_file).stat().st_size > 500


def test_a_folder_without_its_record_is_no_pack(tmp_path: Path) -> None:
    run = CliRunner().invoke(models, ["verify", "--folder", str(tmp_path), "--json"])
    assert run.exit_code == 1
    assert msgspec.json.decode(run.stdout)["code"] == "MODEL-001"


@pytest.mark.parametrize("record", [b"", b"{", b'{"name":"x","version":1,"models":[{}]}', b'{"name":"\xff"}'])
def test_a_record_that_cannot_be_read_is_not_a_missing_one(tmp_path: Path, record: bytes) -> None:
    (tmp_path / RECORD).write_bytes(record)
    run = CliRunner().invoke(models, ["verify", "--folder", str(tmp_path), "--json"])
    assert run.exit_code == 1
    assert msgspec.json.decode(run.stdout)["code"] == "MODEL-004"
    with pytest.raises(OnshiError) as refused:
        Pack(tmp_path)
    assert refused.value.fault is models_.MANIFEST_WRONG


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "pack"
    run = CliRunner().invoke(models, ["build", "--folder", str(folder), "--json"])
    assert run.exit_code == 1
    told = msgspec.json.decode(run.stdout)
    assert (told["code"], told["details"]["file"]) == ("INPUT-903", str(folder))


@pytest.mark.parametrize("command", [[models, "verify"], [models, "evaluate", "--pairs", __file__], [face, "status"]])
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["words", "json"])
def test_a_refusal_tells_a_person_the_same_as_every_other_command(
    tmp_path: Path, command: list[Any], more: list[str]
) -> None:
    group, *words_ = command
    place = ["--models" if group is face else "--folder", str(tmp_path)]
    run = CliRunner().invoke(group, [*words_, *place, *more])
    assert run.exit_code == 1
    assert words(OnshiError(models_.PACK_NOT_BUILT, folder=str(tmp_path))) in run.stderr


def test_the_list_tells_licence_and_threshold() -> None:
    told = CliRunner().invoke(models, ["list"]).output
    assert "Apache-2.0" in told
    assert "accept from 0.45" in told
