"""``onshi insurer``: a town on the command line, from its people to the register; a refused import ends with 1."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from central.db.migrate import upgrade_file
from central.insurers.commands import insurer
from central.insurers.layout import COLUMNS, HEADER
from central.insurers.parts import Progress
from central.insurers.residents import HttpResidents
from central.insurers.settings import describe_importer_settings, load_importer_settings
from central.insurers.telling import Meter
from protocol.errors import OnshiError
from protocol.numbers import with_check_digit
from sandbox.clock import japan_today
from sandbox.residents.commands import people
from sandbox.residents.files import write
from sandbox.residents.people import Population

NUMBER = with_check_digit("0699001")
COUNT = 60


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of an importer with a database, keys and the resident register of a small town."""
    folder = tmp_path_factory.mktemp("town")
    write(Population("town", japan_today(), NUMBER), COUNT, folder, today=japan_today())
    upgrade_file(folder / "x.sqlite")
    assert CliRunner().invoke(insurer, ["keys", str(folder / "keys")]).exit_code == 0
    words = [sys.executable, "-m", "onshi", "sandbox", "residents", str(folder), "--port", "0"]
    serving = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert serving.stdout is not None
    yield {
        "ONSHI_INSURER_CREDENTIALS": str(folder / "keys"),
        "ONSHI_INSURER_DATABASE__URL": f"sqlite:///{folder / 'x.sqlite'}",
        "ONSHI_INSURER_FILES__FOLDER": str(folder / "spool"),
        "ONSHI_INSURER_RESIDENTS__URL": serving.stdout.readline().strip(),
        "ONSHI_INSURER_NUMBERS__CHECK_DIGIT": "synthetic",
        "ONSHI_INSURER_COHORTS__MEMBERS": "3",
        "FILE": str(folder / f"upload-{NUMBER}.csv"),
    }
    serving.terminate()
    serving.wait(60)
    serving.stdout.close()


def run(town: dict[str, str], *words: str) -> Result:
    return CliRunner(env=town).invoke(insurer, words)


@pytest.mark.sockets
def test_a_town_from_its_people_to_the_register(town: dict[str, str], tmp_path: Path) -> None:
    unknown = run(town, "import", town["FILE"], "--json")
    assert (unknown.exit_code, json.loads(unknown.stdout)["code"]) == (1, "INSURER-008")
    assert run(town, "add", NUMBER, "--name", "見本組合", "--from", "1961-04-01").exit_code == 0
    only = run(town, "import", town["FILE"], "--check-only", "--json")
    assert (only.exit_code, json.loads(only.stdout)["result"]["state"]) == (0, "checked")
    done = run(town, "import", town["FILE"], "--json", "--operator", "first")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)["result"]
    assert (result["state"], result["lines"], result["difference"]["effects"]) == ("applied", COUNT, {"new": COUNT})
    assert "s left" in done.stderr
    mine = [act for act in _acts(town) if act["request_id"] == result["upload"]]
    assert [(act["kind"], act["outcome"]) for act in mine] == [
        ("upload.receive", "received"),
        ("upload.end", "applied"),
    ]
    assert {act["operator"] for act in mine} == {"first"}
    again = run(town, "import", town["FILE"], "--json")
    assert json.loads(again.stdout)["result"]["difference"]["effects"] == {"same": COUNT}
    shown = run(town, "show", result["upload"])
    assert "applied" in shown.stdout
    assert f"gained {COUNT}" in shown.stdout

    bad = tmp_path / "bad.csv"
    text = Path(town["FILE"]).read_text("utf-8").replace(",1,19", ",1,0019", 3)
    bad.write_text(text, "utf-8")
    refused = run(town, "import", str(bad), "--errors", str(tmp_path / "errors.csv"))
    assert refused.exit_code == 1
    assert "INSURER-007" in refused.stderr
    errors = (tmp_path / "errors.csv").read_text("utf-8-sig").splitlines()
    assert errors[0].startswith("行,項目,コード")
    assert len(errors) >= 2
    assert not os.listdir(town["ONSHI_INSURER_FILES__FOLDER"]) or all(
        name.endswith(".lock") for name in os.listdir(town["ONSHI_INSURER_FILES__FOLDER"])
    )

    held = tmp_path / "held.csv"
    held.write_text("\n".join(_emptied(row) for row in Path(town["FILE"]).read_text("utf-8").splitlines()), "utf-8")
    only = run(town, "import", str(held), "--check-only", "--json")
    told = json.loads(only.stdout)
    assert (only.exit_code, told["result"]["state"], told["problem"]["code"]) == (1, "checked", "INSURER-017")
    waiting = run(town, "import", str(held), "--json", "--operator", "first")
    told = json.loads(waiting.stdout)
    assert (waiting.exit_code, told["result"]["state"], told["problem"]["code"]) == (1, "held", "INSURER-011")
    upload = told["result"]["upload"]
    assert run(town, "confirm", upload, "--operator", "first").exit_code == 1
    assert run(town, "withdraw", upload).exit_code == 0
    assert run(town, "resume", upload, "--json").exit_code == 0
    assert json.loads(run(town, "rotate", "--json", "--operator", "second").stdout) == {"wrapped": 0}
    acts = _acts(town)
    assert [act["kind"] for act in acts if act["request_id"] is None] == ["insurer.add", "keys.rotate"]
    assert acts[-1]["operator"] == "second"


def _acts(town: dict[str, str]) -> list[dict[str, Any]]:
    """What the audit log says was done, in its order."""
    with closing(sqlite3.connect(Path(town["FILE"]).parent / "x.sqlite")) as connection:
        rows = connection.execute("SELECT content FROM audit_log ORDER BY sequence").fetchall()
    return [json.loads(content)["entry"] for (content,) in rows]


def _emptied(row: str) -> str:
    """A registration as the update that loses the ratio; elderly insurers are not in this town."""
    fields = row.split(",")
    if row.startswith("1,"):
        fields[0], fields[22], fields[23], fields[24], fields[25] = "2", "", "", "", ""
    return ",".join(fields)


def test_insurers_begin_end_and_merge_on_the_command_line(tmp_path: Path) -> None:
    upgrade_file(tmp_path / "x.sqlite")
    env = {"ONSHI_INSURER_DATABASE__URL": f"sqlite:///{tmp_path / 'x.sqlite'}"}
    other = with_check_digit("0699002")
    assert NUMBER in run(env, "add", NUMBER, "--name", "見本組合", "--from", "1961-04-01").stdout
    unknown = run(env, "end", NUMBER, "--until", "2026-04-01", "--successor", other, "--json")
    assert (unknown.exit_code, json.loads(unknown.stdout)["code"]) == (1, "INSURER-008")
    added = run(env, "add", other, "--name", "他組合", "--from", "1961-04-01", "--json")
    assert json.loads(added.stdout)["number"] == other
    itself = run(env, "end", NUMBER, "--until", "2026-04-01", "--successor", NUMBER, "--json")
    assert (itself.exit_code, json.loads(itself.stdout)["code"]) == (1, "CENTRE-953")
    assert run(env, "end", "06990036", "--until", "2026-04-01").exit_code == 1
    for day in ("2026-05-01", "2026-04-01"):
        ended = run(env, "end", NUMBER, "--until", day, "--successor", other, "--json")
        assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    assert (told["name"], told["valid_until"], told["successor"]) == ("見本組合", "2026-04-01", other)
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as connection:
        rows = connection.execute(
            "SELECT number, valid_to, successor FROM register_insurer WHERE recorded_to IS NULL ORDER BY number"
        ).fetchall()
        kinds = [json.loads(row[0])["entry"]["kind"] for row in connection.execute("SELECT content FROM audit_log")]
    assert rows == [(NUMBER, "2026-04-01", other), (other, None, None)]
    assert kinds == ["insurer.add", "insurer.add", "insurer.end", "insurer.end"]


def test_lines_alone_are_checked_without_a_database(town: dict[str, str], tmp_path: Path) -> None:
    nowhere = {"ONSHI_INSURER_NUMBERS__CHECK_DIGIT": "synthetic", "ONSHI_INSURER_DATABASE__URL": "sqlite:////nowhere/x"}
    good = CliRunner(env=nowhere).invoke(insurer, ["import", town["FILE"], "--lines-only", "--json"])
    assert good.exit_code == 0, good.output
    assert json.loads(good.stdout) == {"lines": COUNT, "faulty": 0, "encoding": "utf-8", "by_code": {}, "faults": []}
    bad = tmp_path / "bad.csv"
    bad.write_bytes(Path(town["FILE"]).read_bytes().replace(b",1,19", b",1,0019", 1))
    errors = tmp_path / "errors.csv"
    told = CliRunner(env=nowhere).invoke(insurer, ["import", str(bad), "--lines-only", "--errors", str(errors)])
    assert told.exit_code == 1
    assert "1 with faults" in told.stdout
    assert errors.exists()


@pytest.mark.sockets
def test_who_is_refused_is_told_which_lines_and_how_to_mend_them(town: dict[str, str], tmp_path: Path) -> None:
    run(town, "add", NUMBER, "--name", "見本組合", "--from", "1961-04-01")
    bad = tmp_path / "bad.csv"
    bad.write_text(Path(town["FILE"]).read_text("utf-8").replace(",1,19", ",1,0019", 3), "utf-8")
    for more in ((), ("--check-only",), ("--lines-only",)):
        told = run(town, "import", str(bad), *more)
        lines = [row for row in told.stderr.splitlines() if row.startswith("line ")]
        assert (told.exit_code, len(lines)) == (1, 3)
        assert all("生年月日" in row and "→" in row for row in lines)
        assert "--errors" in told.stderr.splitlines()[-1]
        answer = run(town, "import", str(bad), "--json", *more)
        assert [fault["field"] for fault in json.loads(answer.stdout)["faults"]] == ["生年月日"] * 3
    upload = _acts(town)[-1]["request_id"]
    assert len(json.loads(run(town, "show", upload, "--json").stdout)["faults"]) == 3
    assert run(town, "show", upload).stderr.splitlines()[-1] == f"  → onshi insurer show {upload} --errors FILE"
    listed = run(town, "import", str(bad), "--errors", str(tmp_path / "errors.csv"))
    assert "show" not in listed.stderr


@pytest.mark.sockets
def test_where_the_faults_cannot_be_written_nothing_is_uploaded(town: dict[str, str], tmp_path: Path) -> None:
    run(town, "add", NUMBER, "--name", "見本組合", "--from", "1961-04-01")
    before = len(_acts(town))
    nowhere = str(tmp_path / "nowhere" / "errors.csv")
    for more in ((), ("--skip-faulty",), ("--check-only",), ("--lines-only",)):
        refused = run(town, "import", town["FILE"], "--errors", nowhere, *more)
        assert (refused.exit_code, "INPUT-903" in refused.stderr) == (1, True), refused.output
    for more in ((), ("--lines-only",)):
        itself = run(town, "import", town["FILE"], "--errors", town["FILE"], *more)
        assert (itself.exit_code, "INPUT-903" in itself.stderr) == (1, True), itself.output
    assert Path(town["FILE"]).read_text("utf-8").startswith(HEADER)
    assert len(_acts(town)) == before
    errors = tmp_path / "errors.csv"
    for words in (("import", town["FILE"], "--lines-only"), ("import", town["FILE"], "--check-only")):
        errors.write_text("of the file before", "utf-8")
        assert run(town, *words, "--errors", str(errors)).exit_code == 0
        assert errors.read_text("utf-8-sig") == "行,項目,コード,値,内容,対処\n"
    upload = _acts(town)[-1]["request_id"]
    refused = run(town, "show", upload, "--errors", nowhere, "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["code"]) == (1, "INPUT-903")


@pytest.mark.parametrize("number", ["123", "06990015", "x" * 8, NUMBER[1:]])
def test_invented_people_have_an_insurer_that_can_be(number: str, tmp_path: Path) -> None:
    refused = CliRunner().invoke(people, ["--count", "1", "--out", str(tmp_path), "--insurer", number, "--json"])
    assert (refused.exit_code, json.loads(refused.stdout)["code"][:6]) == (1, "INPUT-")
    assert list(tmp_path.iterdir()) == []


def test_an_insurer_that_never_uploaded_is_not_told_as_fresh(tmp_path: Path) -> None:
    upgrade_file(tmp_path / "x.sqlite")
    env = {"ONSHI_INSURER_DATABASE__URL": f"sqlite:///{tmp_path / 'x.sqlite'}"}
    run(env, "add", NUMBER, "--name", "見本組合")
    assert run(env, "freshness").stdout.startswith(f"{NUMBER}  never  last -")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below = str(tmp_path / "file" / "below")
    for words in (["keys", below], ["officer", "ca", below]):
        refused = CliRunner().invoke(insurer, words)
        assert (refused.exit_code, "INPUT-903" in refused.stderr) == (1, True), refused.output
    refused = CliRunner().invoke(people, ["--count", "1", "--out", below])
    assert (refused.exit_code, "INPUT-903" in refused.stderr) == (1, True), refused.output


@pytest.mark.parametrize("path", ["missing.csv", "."])
def test_a_file_that_cannot_be_read_says_so(town: dict[str, str], path: str) -> None:
    assert run(town, "import", path, "--lines-only", "--json").exit_code == 1


def test_the_layout_is_told_to_people_and_programs() -> None:
    assert "個人番号" in CliRunner().invoke(insurer, ["layout"]).stdout
    told = json.loads(CliRunner().invoke(insurer, ["layout", "--json"]).stdout)
    assert [(column["key"], column["header"]) for column in told] == [(c.key, c.header) for c in COLUMNS]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    assert CliRunner().invoke(insurer, ["keys", str(tmp_path)]).exit_code == 0
    before = (tmp_path / "number-1.key").read_bytes()
    assert CliRunner().invoke(insurer, ["keys", str(tmp_path)]).exit_code == 1
    assert (tmp_path / "number-1.key").read_bytes() == before


def test_settings_are_described_and_wrong_ones_refused() -> None:
    assert all(setting.description for setting in describe_importer_settings())
    with pytest.raises(OnshiError):
        load_importer_settings(None, {"ONSHI_INSURER_NUMBERS__CHECK_DIGIT": "none"})


@pytest.mark.parametrize("url", ["http://example.org", "ftp://127.0.0.1", "", "http://127.0.0.1.example.org"])
def test_numbers_leave_over_tls_or_on_this_machine_only(url: str) -> None:
    with pytest.raises(OnshiError):
        HttpResidents(None, url)  # type: ignore[arg-type]


def test_the_expected_end_counts_from_where_a_part_began() -> None:
    out, now = io.StringIO(), iter([0.0, 1.0, 5.0])
    meter = Meter(out, monotonic=lambda: next(now))
    for done in (600_000, 800_000):
        meter(Progress(part="enter", done=done, of=1_000_000))
    assert out.getvalue().splitlines()[-1] == "entered (lines): 800,000 of 1,000,000, 4 s left"
