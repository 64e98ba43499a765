"""``onshi receipts check`` and ``explain``: exit codes, JSON, plain words, nothing of persons unless asked."""

import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.receipts.commands import receipts
from tests.central.receipts.files import (
    CLINIC,
    DISPENSING,
    GOOD,
    INSURER,
    clinic_lines,
    encode,
    header,
    patched,
    pharmacy_lines,
)

SECRETS = ("合成", "ゴウセイ", "19800402", "1980", INSURER, "３４５")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, make in GOOD.items():
        (tmp_path / name).write_bytes(make())
    (tmp_path / "bad").write_bytes(patched(GOOD["dispensing"](), 24, 2, b"513"))
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(receipts, [str(word) for word in words])


def test_the_command_line_finds_the_group() -> None:
    assert [point.name for point in entry_points(group="onshi.commands") if point.load() is receipts] == ["receipts"]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_whatever_its_name_leaves_with_0(folder: Path, name: str) -> None:
    result = run("check", "--json", folder / name)
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["faults"] == []
    assert answer["totals"]["receipts"] > 0


def test_a_fault_leaves_with_1_and_says_where(folder: Path) -> None:
    result = run("check", folder / "bad", "--json")
    assert result.exit_code == 1
    (fault,) = json.loads(result.stdout)["faults"]
    assert {key: fault[key] for key in ("line", "record", "field", "code")} == {
        "line": 24,
        "record": "GO",
        "field": "points",
        "code": "RECEIPT-062",
    }
    assert "総合計点数" in fault["text"]
    assert "grand total" in fault["text"]


def test_people_read_one_line_for_each_fault(folder: Path) -> None:
    result = run("check", folder / "bad")
    assert result.exit_code == 1
    assert "24 GO.points RECEIPT-062" in result.stdout
    assert "正 expected=512" in result.stdout
    assert "faults 1" in result.stdout


def test_more_faults_than_asked_for_are_counted(folder: Path) -> None:
    (folder / "many").write_bytes(patched(patched(GOOD["dispensing"](), 9, 1, b"0"), 10, 1, b"0"))
    assert "ほか 1 件" in run("check", "--keep", "1", folder / "many").stdout
    assert json.loads(run("check", "--keep", "1", "--json", folder / "many").stdout)["left_off"] == 1


def test_volumes_are_given_in_their_order(folder: Path) -> None:
    lines = pharmacy_lines()
    (folder / "1").write_bytes(encode(DISPENSING, lines[:14]))
    (folder / "2").write_bytes(encode(DISPENSING, [header(DISPENSING, volume="01"), *lines[14:]]))
    assert run("check", folder / "1", folder / "2").exit_code == 0
    assert run("check", folder / "1").exit_code == 1


def test_what_is_no_receipt_file_is_one_fault(folder: Path) -> None:
    (folder / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" * 50)
    result = run("check", "--json", folder / "picture")
    assert result.exit_code == 1
    assert [one["code"] for one in json.loads(result.stdout)["faults"]] == ["RECEIPT-001"]


@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_file_that_cannot_be_opened_is_a_refusal(folder: Path, command: str) -> None:
    for path in (folder / "missing", folder):
        result = run(command, "--json", path)
        assert result.exit_code == 1
        assert json.loads(result.stdout)["code"] == "RECEIPT-007"


def test_no_file_is_a_matter_of_usage() -> None:
    assert run("check").exit_code == 2


def test_explain_says_every_line_in_both_languages(folder: Path) -> None:
    (folder / "clinic.UKE").write_bytes(encode(CLINIC, clinic_lines()))
    result = run("explain", folder / "clinic.UKE")
    assert result.exit_code == 0
    said = result.stdout
    assert "RE レセプト共通（医科 医保・国保 単独 本人 入院外） receipt (medical, health insurance, alone" in said
    assert "診療識別 (category): 21 = 内服 / oral drugs" in said
    assert "算定日・受診日 (days): 7日:14, 21日:14" in said
    assert "診療開始日 (started on): 20240110 = 令和6年1月10日 / 2024-01-10" in said
    assert len([line for line in said.splitlines() if line[:6].strip().isdigit()]) == 28


def test_explain_covers_persons_unless_asked(folder: Path) -> None:
    covered, shown = run("explain", folder / "bad").stdout, run("explain", "--personal", folder / "bad").stdout
    assert not [secret for secret in SECRETS if secret in covered]
    assert [secret for secret in SECRETS if secret not in shown] == []
    assert "●●●" in covered


def test_explain_covers_a_line_whose_columns_are_shifted(folder: Path) -> None:
    data = GOOD["dispensing"]()
    first, line, *rest = data.splitlines(keepends=True)
    fields = line.split(b",")
    shifted = b"".join([first, b",".join(fields[:2] + fields[3:]), *rest])
    (folder / "shifted").write_bytes(shifted)
    name, birth = fields[4].decode("cp932"), fields[6].decode()
    for more in ([], ["--json"]):
        covered = run("explain", *more, folder / "shifted").stdout
        assert name not in covered
        assert birth not in covered
    assert name in run("explain", "--personal", folder / "shifted").stdout


def test_explain_puts_faults_at_their_lines(folder: Path) -> None:
    (folder / "total").write_bytes(patched(GOOD["dispensing"](), 3, 5, b"219"))
    result = run("explain", "--json", folder / "total")
    assert result.exit_code == 1
    lines = json.loads(result.stdout)["lines"]
    assert [line["line"] for line in lines] == list(range(1, 25))
    assert [(line["line"], [one["code"] for one in line["faults"]]) for line in lines if line["faults"]] == [
        (3, ["RECEIPT-043"])
    ]
    assert "✕ 24 GO.points RECEIPT-062" in run("explain", folder / "bad").stdout


def test_explain_says_why_a_file_is_refused(folder: Path) -> None:
    (folder / "text").write_text("hello\n")
    result = run("explain", "--json", folder / "text")
    assert result.exit_code == 1
    (line,) = json.loads(result.stdout)["lines"]
    assert line["faults"][0]["code"] == "RECEIPT-001"


def test_explain_names_unknown_records_and_blank_lines(folder: Path) -> None:
    data = GOOD["dispensing"]().replace(b"\r\nIY", b"\r\n\r\nQQ,1\r\nIY", 1)
    (folder / "odd").write_bytes(data)
    said = run("explain", folder / "odd").stdout
    assert "不明なレコード unknown record" in said
    assert "RECEIPT-011" in said


def test_explain_names_drugs_with_a_master(folder: Path) -> None:
    master = Path(__file__).parents[3] / "central" / "receipts" / "data" / "y_synthetic.csv"
    said = run("explain", "--drug-master", master, folder / "dispensing").stdout
    assert "医薬品コード (code): 699900102 = カクウジピン錠５ｍｇ「架空」 / 【般】カクウジピン錠５ｍｇ" in said
    refused = run("explain", "--drug-master", folder / "clinic", folder / "dispensing")
    assert refused.exit_code == 1
    assert "RECEIPT-080" in refused.stderr
