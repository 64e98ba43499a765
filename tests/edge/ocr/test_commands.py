"""`onshi edge front` says read or refused with the reason, and shows digits only when told to."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.commands import edge
from sandbox.fronts.camera import as_jpeg
from tests.edge.ocr.conftest import TODAY, shown


def run(models: Path, *words: str) -> tuple[int, str, str]:
    given = ["front", "--models", str(models), "--today", TODAY.isoformat(), *words]
    ended = CliRunner().invoke(edge, given)
    return ended.exit_code, ended.stdout, ended.stderr


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "front.jpg"
    file.write_bytes(as_jpeg(shown(0)[1]))
    return file


def test_digits_are_masked_unless_they_are_asked_for(models: Path, picture: Path) -> None:
    number = shown(0)[0].number_b
    code, out, err = run(models, str(picture))
    assert code == 0
    assert number not in out + err
    code, out, _ = run(models, str(picture), "--json", "--show")
    told = json.loads(out)
    assert (code, told["result"], told["number_b"]) == (0, "read", number)
    assert set(told["sure"]) == {"birth", "expiry", "code"}


def test_a_refusal_is_the_catalogues(models: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.jpg"
    nothing.write_bytes(as_jpeg(shown(0)[1][:200, :300]))
    code, out, _ = run(models, str(nothing), "--json")
    assert (code, json.loads(out)["code"][:6]) == (1, "FACE-0")
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    code, _, err = run(models, str(text))
    assert code == 1
    assert err.startswith("FACE-025")


def test_a_pack_that_is_not_built_is_told(picture: Path, tmp_path: Path) -> None:
    code, out, _ = run(tmp_path / "none", str(picture), "--json")
    assert (code, json.loads(out)["code"]) == (1, "MODEL-001")
