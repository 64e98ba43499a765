"""``onshi central query`` on the store: the answer for people and for programs, and its audit row."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from central.db.migrate import upgrade_file
from central.db.opening import open_store
from central.register.commands import query
from tests.central.register.world import SOCIETY, World


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "centre.sqlite"
    upgrade_file(path)

    async def seed() -> None:
        store = open_store(f"sqlite:///{path}")
        world = World(store)
        world.now = datetime.now(UTC)
        await world.open()
        await world.insured(since=date(2020, 4, 1))
        await store.close()

    asyncio.run(seed())
    settings = tmp_path / "central.toml"
    settings.write_text(f'[database]\nurl = "sqlite:///{path}"\n')
    return settings


def run(config: Path, **more: str) -> Result:
    words = {
        "insurer": SOCIETY,
        "symbol": "１２－３４",
        "number": "4260",
        "branch": "00",
        "birth": "1980-01-02",
        **more,
    }
    return CliRunner().invoke(query, ["--config", str(config), *(f"--{name}={value}" for name, value in words.items())])


def as_json(config: Path, **more: str) -> Any:
    words = [f"--{name}={value}" for name, value in {"insurer": SOCIETY, "number": "4260", **more}.items()]
    done = CliRunner().invoke(query, ["--config", str(config), *words, "--json"])
    return done, json.loads(done.stdout)


def test_a_number_is_answered_in_words(config: Path) -> None:
    done = run(config)
    assert done.exit_code == 0, done.output
    assert "資格有効性 1: 有効 / valid" in done.stdout
    assert "見本健康保険組合  06990014  12-34  4260  00  見本　太郎  2020-04-01" in done.stdout


@pytest.mark.parametrize("birth", ["19800102", "S55.1.2", "昭和55年1月2日"])
def test_a_program_gets_the_answer_as_xmlmsg_and_the_row_is_on_disk(config: Path, birth: str) -> None:
    done, told = as_json(config, birth=birth, symbol="12-34")
    assert (done.exit_code, told["qualification_validity"]) == (0, "1")
    assert told["words"][0]["en"] == "The coverage is valid."
    assert told["answer"]["XmlMsg"]["MessageBody"]["QualificationValidity"] == "1"
    with closing(sqlite3.connect(config.parent / "centre.sqlite")) as connection:
        ((content,),) = connection.execute("SELECT content FROM audit_log").fetchall()
    entry = json.loads(content)["entry"]
    assert (entry["kind"], entry["subject"], entry["facility"]) == ("query", "p1", None)
    assert entry["operator"].startswith("cli:")
    assert "4260" not in str(entry)


def test_another_day_gets_that_days_answer(config: Path) -> None:
    day = f"{datetime.now(UTC).year - 3}0401"
    done, told = as_json(config, birth="19800102", day=day)
    assert told["answer"]["XmlMsg"]["MessageHeader"]["QualificationConfirmationDate"] == day
    assert done.exit_code == 0


def test_wrong_values_are_refused_with_the_catalogues_words(config: Path) -> None:
    done, told = as_json(config, birth="19801301")
    assert (done.exit_code, told["code"]) == (1, "INPUT-010")
    done, told = as_json(config, birth="19800102", branch="1")
    assert (done.exit_code, told["code"]) == (1, "INPUT-006")
    assert CliRunner().invoke(query, ["--config", str(config)]).exit_code == 2


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    settings = tmp_path / "central.toml"
    settings.write_text(f'[database]\nurl = "sqlite:///{tmp_path / "empty.sqlite"}"\n')
    done, told = as_json(settings, birth="19800102")
    assert (done.exit_code, told["code"]) == (1, "CENTRE-917")
