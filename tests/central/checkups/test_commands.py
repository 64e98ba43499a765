"""``onshi checkups check`` and ``explain``: exit codes, JSON, plain words, nothing of persons unless asked."""

import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.checkups.commands import checkups
from central.checkups.describe import page
from tests.central.checkups.files import FOLDER, H1, changed, edited, good

SECRETS = ("ゴウセイ", "１２３", "合成１２", "19800402", "1980", "26000000001", "架空　一郎")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.zip").write_bytes(good())
    (tmp_path / "bad.zip").write_bytes(changed((H1, 'unit="%"', 'unit="mmol/mol"')))
    (tmp_path / "many.zip").write_bytes(edited(lambda files: files.update({f"{name}.txt": b"" for name in "abc"})))
    (tmp_path / "letter.zip").write_bytes(b"Dear Sir or Madam")
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(checkups, [str(word) for word in words])


def test_the_command_line_finds_the_group() -> None:
    assert [point.name for point in entry_points(group="onshi.commands") if point.load() is checkups] == ["checkups"]


def test_a_good_submission_leaves_with_0(folder: Path) -> None:
    result = run("check", folder / "good.zip", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["faults"] == []
    assert answer["totals"]["results"] == 3
    assert "faults 0" in run("check", folder / "good.zip").stdout


def test_a_fault_leaves_with_1_and_says_where(folder: Path) -> None:
    result = run("check", folder / "bad.zip", "--json")
    assert result.exit_code == 1
    (fault,) = json.loads(result.stdout)["faults"]
    assert fault.keys() == {"file", "line", "path", "item", "code", "text", "expected"}
    assert fault["file"] == f"{FOLDER}/{H1}"
    assert (fault["item"], fault["code"], fault["expected"]) == ("3D046000001906202", "CHECKUP-063", "%")
    assert "HbA1c: 単位" in fault["text"]
    assert "The unit is wrong" in fault["text"]


def test_people_read_one_line_for_each_fault(folder: Path) -> None:
    result = run("check", folder / "bad.zip")
    assert result.exit_code == 1
    assert "observation/value@unit 3D046000001906202 CHECKUP-063" in result.stdout
    assert "正 expected=%" in result.stdout


def test_more_faults_than_asked_for_are_counted(folder: Path) -> None:
    assert "ほか 2 件" in run("check", "--keep", "1", folder / "many.zip").stdout
    assert json.loads(run("check", "--keep", "1", "--json", folder / "many.zip").stdout)["left_off"] == 2


def test_a_refused_zip_is_a_fault_of_the_zip(folder: Path) -> None:
    result = run("check", folder / "letter.zip", "--json")
    assert result.exit_code == 1
    assert [one["code"] for one in json.loads(result.stdout)["faults"]] == ["CHECKUP-001"]
    assert "CHECKUP-001" in run("explain", folder / "letter.zip").stdout


@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_file_that_is_not_there_is_refused(folder: Path, command: str) -> None:
    result = run(command, folder / "none.zip", "--json")
    assert result.exit_code == 1
    assert '"code":"CHECKUP-006"' in result.stdout


def test_a_folder_is_refused(folder: Path) -> None:
    assert "CHECKUP-006" in run("check", folder).stderr


def test_explain_says_items_by_name_with_their_meaning(folder: Path) -> None:
    result = run("explain", folder / "good.zip")
    assert result.exit_code == 0
    for words in (
        "HbA1c (HbA1c): ",
        "喫煙 (smoking): ",
        "報告区分 (report): 10 = 特定健診",
        "令和8年5月27日 / 2026-05-27",
    ):
        assert words in result.stdout


def test_explain_covers_persons_unless_asked(folder: Path) -> None:
    covered, shown = run("explain", folder / "good.zip"), run("explain", "--personal", folder / "good.zip")
    for secret in SECRETS:
        assert secret not in covered.stdout
        assert secret in shown.stdout


def test_explain_tells_the_faults_beside_the_file(folder: Path) -> None:
    result = run("explain", folder / "bad.zip", "--json")
    assert result.exit_code == 1
    files = json.loads(result.stdout)["files"]
    assert [len(one["faults"]) for one in files] == [1, 0, 0, 0, 0, 0, 0, 0]
    assert files[0]["faults"][0]["code"] == "CHECKUP-063"


def test_explain_says_what_was_not_done_and_what_cannot_be_read(folder: Path) -> None:
    files = json.loads(run("explain", folder / "good.zip", "--json").stdout)["files"]
    assert any(value.get("meaning_en") == "not done" for one in files for value in one["values"])
    (folder / "torn.zip").write_bytes(edited(lambda files: files.update({H1: b"<"})))
    assert "読めないファイル" in run("explain", folder / "torn.zip").stdout


def test_the_page_has_every_item_and_value() -> None:
    text = "\n".join(page())
    for words in (
        "3D046000001906202",
        "recordTarget/patientRole/id@extension",
        "triglycerides, fasting",
        "0.0 to 99.9",
    ):
        assert words in text
