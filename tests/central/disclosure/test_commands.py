"""Rights, places and disasters from the command line, as operators do it."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.commands import central
from protocol.eras import JST
from protocol.numbers import with_check_digit
from tests.central.register.world import CLINIC

PHARMACY = with_check_digit("994000000")
TOMORROW = f"{datetime.now(JST) + timedelta(days=1):%Y-%m-%dT%H:%M}"
LATER = f"{datetime.now(JST) + timedelta(days=9):%Y-%m-%d}"


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    made = CliRunner(env={"ONSHI_CENTRAL_DATABASE__URL": f"sqlite:///{tmp_path / 'centre.sqlite'}"})
    run(made, "db", "upgrade")
    for code in (CLINIC, PHARMACY):
        run(made, "facility", "add", code, "--name", "見本")
    return made


def run(runner: CliRunner, *words: str, code: int = 0) -> str:
    done = runner.invoke(central, list(words))
    assert done.exit_code == code, done.output
    return done.stdout


def refused(runner: CliRunner, *words: str) -> str:
    done = runner.invoke(central, list(words))
    assert done.exit_code == 1, done.output
    return done.stderr.split()[0]


def test_the_rights_of_a_facility_as_delivered_and_switched(runner: CliRunner) -> None:
    assert json.loads(run(runner, "facility", "rights", CLINIC, "--json")) == {
        "TKK": True, "YZK": True, "SRJ": False, "SHJ": False, "emergency": False,
    }  # fmt: skip
    run(runner, "facility", "rights", CLINIC, "--on", "SRJ", "--on", "emergency", "--off", "TKK")
    told = run(runner, "facility", "rights", CLINIC)
    assert told.splitlines() == ["TKK  off", "YZK  on", "SRJ  on", "SHJ  off", "emergency  on"]
    assert json.loads(run(runner, "facility", "rights", PHARMACY, "--json"))["SRJ"] is False
    assert refused(runner, "facility", "rights", PHARMACY, "--on", "emergency") == "VIEW-014"
    assert refused(runner, "facility", "rights", with_check_digit("991000009")) == "CENTRE-911"
    assert json.loads(run(runner, "audit", "verify", "--json"))["logs"][0]["rows"] == 5


def test_where_a_facility_stands(runner: CliRunner) -> None:
    run(runner, "facility", "place", CLINIC, "99201")
    listed = {one["code"]: one["municipality"] for one in json.loads(run(runner, "facility", "list", "--json"))}
    assert listed == {CLINIC: "99201", PHARMACY: None}
    for wrong in ("13201", "9920", "９９２０１"):
        assert refused(runner, "facility", "place", CLINIC, wrong) == "VIEW-013"
    assert refused(runner, "facility", "place", with_check_digit("991000009"), "99201") == "CENTRE-911"


def test_a_disaster_from_two_operators_to_its_end(runner: CliRunner) -> None:
    told = run(runner, "disaster", "open", "洪水", "--area", "99", "--until", LATER, "--operator", "one")
    number = told.split()[0]
    assert re.fullmatch(r"[0-9a-f]{32}", number)
    assert "unconfirmed" in run(runner, "disaster", "list")
    assert refused(runner, "disaster", "confirm", number, "--operator", "one") == "VIEW-023"
    run(runner, "disaster", "confirm", number, "--operator", "two")
    assert re.search(rf"^{number}  洪水  open  .*  99$", run(runner, "disaster", "list"), re.MULTILINE)
    run(runner, "disaster", "close", number)
    assert refused(runner, "disaster", "close", number) == "VIEW-034"
    assert "closed" in run(runner, "disaster", "list")
    (one,) = json.loads(run(runner, "disaster", "list", "--json"))
    assert (one["opened_by"], one["confirmed_by"], one["closed_by"][:4]) == ("one", "two", "cli:")


def test_a_facility_whose_line_is_down_and_a_period_to_come(runner: CliRunner) -> None:
    words = ("disaster", "open", "回線障害", "--facility", CLINIC, "--until", LATER, "--from", TOMORROW, "--json")
    made = json.loads(run(runner, *words, "--operator", "one"))
    assert (made["facilities"], made["areas"]) == ([CLINIC], [])
    assert datetime.fromisoformat(made["starts_at"]) == datetime.fromisoformat(f"{TOMORROW}+09:00")
    run(runner, "disaster", "confirm", made["disaster_id"], "--operator", "two")
    assert "to come" in run(runner, "disaster", "list")
    assert refused(runner, "disaster", "open", "x", "--until", LATER) == "VIEW-035"
    assert refused(runner, "disaster", "open", "x", "--area", "99", "--until", "2020-01-01") == "VIEW-035"
