"""Figures are what the scores say, and no figure is told that the pairs cannot carry."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image as Pillow

from edge.face import engines, metrics
from edge.face.commands import face
from edge.face.evaluate import evaluate
from models import insight
from protocol.modelpack import RECORD, PackRecord
from sandbox import portraits as people
from tests import portraits


def test_rates_of_separate_scores_are_perfect_and_of_equal_ones_are_chance() -> None:
    same = np.array([True, False] * 100)
    apart = metrics.rates(np.where(same, 0.8, 0.1) + np.linspace(0, 0.01, 200), same)
    assert (apart.accuracy, apart.eer, apart.tar["1e-02"]) == (1.0, 0.0, 1.0)
    chance = metrics.rates(np.tile(np.linspace(0, 1, 100), 2), np.repeat([True, False], 100))
    assert chance.eer == pytest.approx(0.5, abs=0.02)


def test_a_rate_that_the_impostors_cannot_show_is_not_told() -> None:
    same = np.array([True] * 200 + [False] * 200)
    told = metrics.rates(np.linspace(0, 1, 400), same).tar
    assert told["1e-02"] is not None
    assert (told["1e-03"], told["1e-04"]) == (None, None)


def test_tar_counts_exactly_the_allowed_false_matches() -> None:
    impostor = np.arange(1000) / 1000
    genuine = np.array([0.9885, 0.9895, 0.9905, 0.9995])
    assert metrics.tar_at(genuine, impostor, 1e-2) == 0.75


def test_ten_folds_choose_the_threshold_without_the_fold_they_judge() -> None:
    rng = np.random.default_rng(5)
    same = np.array([True, False] * 300)
    scores = np.where(same, rng.normal(0.6, 0.1, 600), rng.normal(0.2, 0.1, 600))
    folded = metrics.ten_fold(scores, same)
    assert folded is not None
    assert 0.95 < folded[0] < 1.0
    assert metrics.ten_fold(scores[:19], same[:19]) is None


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    with Pillow.open(portraits.astronaut()) as whole:
        whole.save(tmp_path / "a.png")
        whole.rotate(4).crop((40, 0, 460, 460)).save(tmp_path / "b.jpg", quality=80)
    Pillow.new("RGB", (300, 300), "grey").save(tmp_path / "wall.png")
    file = tmp_path / "pairs.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([["left", "right", "same"], ["a.png", "b.jpg", 1], ["a.png", "wall.png", "false"]])
    return file


@pytest.mark.parametrize("degrade", ["none", "chip"])
def test_the_command_counts_failures_to_acquire_apart_and_draws_the_plot(
    pairs: Path, pack_folder: Path, tmp_path: Path, degrade: str
) -> None:
    plot = tmp_path / "det.curve"
    words = ["--pairs", str(pairs), "--degrade", degrade, "--folder", str(pack_folder), "--det", str(plot), "--json"]
    run = CliRunner().invoke(evaluate, words)
    told = json.loads(run.stdout)
    assert (told["pairs"], told["genuine"], told["impostor"], told["failure_to_acquire"]) == (2, 1, 0, 1)
    assert told["accuracy"] is None
    assert plot.read_bytes().startswith(b"\x89PNG")


def cells(row: str) -> list[str]:
    return [one.strip() for one in row.strip().strip("|").split("|")]


def test_the_model_cards_table_is_the_commands_own_output(pack_folder: Path, tmp_path: Path) -> None:
    """To a hundredth: processors round the last digits differently."""
    listed = people.write_pairs(tmp_path)
    card = (Path(__file__).parents[3] / "docs" / "model-card.md").read_text(encoding="utf-8").splitlines()
    for degrade in ("none", "chip"):
        words = ["--pairs", str(listed), "--degrade", degrade, "--folder", str(pack_folder), "--table"]
        header, rule, row = CliRunner().invoke(evaluate, words).stdout.strip().splitlines()
        assert card[card.index(header) + 1] == rule
        [written] = [line for line in card if cells(line)[:2] == cells(row)[:2]]
        for mine, theirs in zip(cells(row), cells(written), strict=True):
            assert mine == theirs or float(mine) == pytest.approx(float(theirs), abs=0.01)


@pytest.mark.parametrize("second", [False, True], ids=["lean", "insightface"])
@pytest.mark.parametrize("measuring", [False, True], ids=["verify", "evaluate"])
def test_a_pack_whose_network_does_not_open_is_a_catalogue_error(
    request: pytest.FixtureRequest, pack_folder: Path, pairs: Path, tmp_path: Path, measuring: bool, second: bool
) -> None:
    """A network that the record vouches for and the runtime cannot read."""
    if second:
        request.getfixturevalue("engine_installed")
    folder = tmp_path / "pack"
    shutil.copytree(pack_folder, folder)
    (folder / "sface.onnx").write_text("no network")
    told = json.loads((folder / RECORD).read_text())
    for one in told["models"]:
        one["sha256"] = hashlib.sha256((folder / one["file"]).read_bytes()).hexdigest()
    told["engine"] = "insightface" if second else "lean"
    (folder / RECORD).write_text(json.dumps(told))
    insight.write_package(folder, msgspec.json.decode((folder / RECORD).read_bytes(), type=PackRecord))
    picture = str(tmp_path / "a.png")
    words = ["verify", "--chip", picture, "--live", picture, "--models", str(folder), "--json"]
    if measuring:
        words = ["--pairs", str(pairs), "--folder", str(folder), "--json"]
    run = CliRunner().invoke(evaluate if measuring else face, words)
    assert run.exit_code == 1
    assert json.loads(run.stdout)["code"] == "MODEL-004"


HEADER = "left,right,same\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("a,b\n1,2\n", 1),
        (HEADER + "x.png,y.png,perhaps\n", 2),
        (HEADER + "x.png\n", 2),
        (HEADER + "no.png,no.png,1\n", 2),
        (HEADER + f"{'n' * 300},b,1\n", 2),
        ("é" + HEADER, 1),
        (HEADER + "x.png,y.png,1\né.png,y.png,1\n", 3),
    ],
)
def test_a_list_of_rubbish_is_refused_with_its_line(tmp_path: Path, pack_folder: Path, text: str, line: int) -> None:
    file = tmp_path / "pairs.csv"
    file.write_bytes(text.encode("latin-1"))
    run = CliRunner().invoke(evaluate, ["--pairs", str(file), "--folder", str(pack_folder), "--json"])
    assert run.exit_code == 1
    told = json.loads(run.stdout)
    assert (told["code"], told["details"]["line"]) == ("FACE-010", line)


def test_a_picture_that_cannot_be_read_is_named_counted_and_passed_over(pairs: Path, pack_folder: Path) -> None:
    (pairs.parent / "damaged.jpg").write_bytes(b"\xff\xd8\xff" + b"\x00" * 100)
    with pairs.open("a") as opened:
        opened.write("damaged.jpg,a.png,1\ndamaged.jpg,b.jpg,1\n")
    words = ["--pairs", str(pairs), "--folder", str(pack_folder), "--json"]
    run = CliRunner().invoke(evaluate, words)
    assert run.exit_code == 0
    told = json.loads(run.stdout)
    assert (told["pairs"], told["genuine"], told["failure_to_acquire"], told["unreadable"]) == (4, 1, 3, 1)
    assert run.stderr.count("file=damaged.jpg") == 1


def test_a_plot_that_cannot_be_written_is_refused_before_any_pair_is_compared(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    monkeypatch.setattr(engines, "open_engine", compared.append)
    plot = tmp_path / "nowhere" / "det.png"
    run = CliRunner().invoke(evaluate, ["--pairs", str(pairs), "--det", str(plot), "--json"])
    assert run.exit_code == 1
    told = json.loads(run.stdout)
    assert (told["code"], told["details"]["file"]) == ("INPUT-903", str(plot))
    assert not compared
