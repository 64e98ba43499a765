"""``onshi receipts import``, ``link``, ``waiting``, ``master load`` on the command line."""

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from central.db import migrate
from central.receipts.commands import receipts
from central.receipts.import_commands import Meter
from central.receipts.linking import Progress
from tests.central.receipts.files import patched
from tests.central.receipts.office import Claim, claims


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    path = tmp_path / "centre.sqlite"
    migrate.upgrade_file(path)
    return CliRunner(env={"ONSHI_CENTRAL_DATABASE__URL": f"sqlite:///{path}"})


def _audits(folder: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(folder / "centre.sqlite")) as connection:
        rows = connection.execute("SELECT content FROM audit_log ORDER BY sequence").fetchall()
    return [json.loads(content)["entry"] for (content,) in rows]


def test_a_good_file_loads_and_waits_for_its_people(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "RECEIPTY.CYO"
    file.write_bytes(claims(Claim(1), Claim(2, 2)))
    done = runner.invoke(receipts, ["import", str(file), "--json", "--operator", "night-shift"])
    assert done.exit_code == 0, done.output
    received, loaded = _audits(tmp_path)
    assert (received["kind"], received["outcome"], received["operator"]) == (
        "receipts.import",
        "received",
        "night-shift",
    )
    assert (loaded["kind"], loaded["outcome"], loaded["operator"]) == ("receipts.import", "loaded", "night-shift")
    assert {"new:2", "waiting:2", "left_out:0"} <= set(loaded["references"])
    told = json.loads(done.stdout)
    assert (told["state"], told["counts"]["new"], told["counts"]["waiting"]) == ("loaded", 2, 2)
    again = runner.invoke(receipts, ["import", str(file)])
    assert again.exit_code == 0
    assert "取込済" in again.stdout
    for command in (["waiting", "--json"], ["link", "--json"]):
        assert json.loads(runner.invoke(receipts, command).stdout) == {
            "stored": 0,
            "waiting": 2,
            "reasons": {"unknown": 2},
        }
    assert "待機 waiting 2 unknown 2" in runner.invoke(receipts, ["waiting"]).stdout


def test_what_is_refused_is_told_with_record_and_field_and_ends_with_1(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "RECEIPTY.CYO"
    file.write_bytes(patched(claims(Claim(1), Claim(2, 2)), 16, 2, b"62000785"))
    done = runner.invoke(receipts, ["import", str(file)])
    assert done.exit_code == 1
    assert "16 IY.code RECEIPT-022" in done.stdout
    assert "除外 left out 1" in done.stdout
    file.write_bytes(b"hello")
    refused = runner.invoke(receipts, ["import", str(file)])
    assert refused.exit_code == 1
    assert "RECEIPT-001" in refused.stdout
    missing = runner.invoke(receipts, ["import", str(tmp_path / "none"), "--json"])
    assert missing.exit_code == 1
    assert json.loads(missing.stdout)["code"] == "RECEIPT-007"


def test_the_master_loads_once(runner: CliRunner, tmp_path: Path) -> None:
    first = runner.invoke(receipts, ["master", "load", "--synthetic", "--json"])
    assert first.exit_code == 0, first.output
    (told,) = json.loads(first.stdout)
    assert (told["rows"], told["changed"], told["products"], told["known"]) == (31, 31, 31, False)
    (loaded,) = _audits(tmp_path)
    assert (loaded["kind"], loaded["references"]) == ("receipts.master", ["rows:31", "changed:31"])
    assert "loaded before" in runner.invoke(receipts, ["master", "load", "--synthetic"]).stdout
    assert runner.invoke(receipts, ["master", "load"]).exit_code == 2


def test_progress_tells_how_far_and_how_long() -> None:
    out, now = io.StringIO(), iter([0.0, 0.0, 1.0, 4.0, 4.0, 5.0])
    meter = Meter(out, monotonic=lambda: next(now), every=2.0)
    for done in (0, 25, 50):
        meter(Progress(part="read", done=done, of=200, receipts=done * 10))
    assert out.getvalue() == "checked (bytes): 50 of 200, 500 receipts, 12 s left\n"
    meter(Progress(part="apply", done=0, of=10))
    meter(Progress(part="apply", done=10, of=10))
    assert out.getvalue().endswith("brought to their records (steps): 10 of 10, 0 s left\n")
