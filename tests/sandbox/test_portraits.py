"""The photographs of the cast as pairs: every two of them, both ways round, and no face in the repository."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox import portraits
from sandbox.commands import sandbox

ROOT = Path(__file__).parents[2]


def test_every_two_photographs_are_a_pair_both_ways_round(tmp_path: Path) -> None:
    run = CliRunner().invoke(sandbox, ["portraits", "--out", str(tmp_path / "out")])
    assert run.exit_code == 0, run.output
    with Path(run.output.strip()).open(encoding="ascii") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 7 * 6
    assert sum(row["same"] == "1" for row in rows) == 5 * 4
    pairs = {(row["left"], row["right"]) for row in rows}
    assert all((right, left) in pairs for left, right in pairs)
    assert all((tmp_path / "out" / row["left"]).stat().st_size > 10_000 for row in rows)


def test_what_is_not_installed_or_not_writable_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    run = CliRunner().invoke(sandbox, ["portraits", "--out", str(tmp_path / "file")])
    assert run.exit_code == 2
    monkeypatch.setattr(portraits, "_bytes", lambda name: None)
    run = CliRunner().invoke(sandbox, ["portraits", "--out", str(tmp_path / "out")])
    assert run.exit_code == 1
    assert "make face" in run.output


def test_no_picture_is_in_the_repository() -> None:
    kinds = {".jpg", ".jpeg", ".png", ".jp2", ".webp", ".y4m", ".bmp", ".gif"}
    rooms = ("edge/face", "edge/ocr", "models", "sandbox", "bench")
    assert [file for room in rooms for file in (ROOT / room).rglob("*") if file.suffix.lower() in kinds] == []
