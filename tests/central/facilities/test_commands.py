"""Enrolment from the command line, as an operator does it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509

from central.commands import central
from protocol.numbers import with_check_digit
from tests.parts.devices import new_key, signing_request

CLINIC = with_check_digit("991000000")


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    made = CliRunner(
        env={
            "ONSHI_CENTRAL_DATABASE__URL": f"sqlite:///{tmp_path / 'centre.sqlite'}",
            "ONSHI_CENTRAL_CREDENTIALS": str(tmp_path / "credentials"),
        }
    )
    assert made.invoke(central, ["db", "upgrade"]).exit_code == 0
    assert made.invoke(central, ["device", "ca", str(tmp_path / "credentials")]).exit_code == 0
    return made


def run(runner: CliRunner, *words: str, code: int = 0, stdin: bytes | None = None) -> str:
    done = runner.invoke(central, list(words), input=stdin)
    assert done.exit_code == code, done.output
    return done.stdout


def test_from_nothing_to_an_enrolled_device_and_back(runner: CliRunner, tmp_path: Path) -> None:
    run(runner, "facility", "add", CLINIC, "--name", "第一医院")
    request = tmp_path / "reader.csr"
    request.write_bytes(signing_request(new_key(), "reader-1"))
    out = tmp_path / "reader.pem"
    run(runner, "device", "enrol", "reader-1", "--facility", CLINIC, "--csr", str(request), "--out", str(out))
    assert x509.load_pem_x509_certificate(out.read_bytes()).subject.rfc4514_string() == "CN=reader-1"
    told = json.loads(
        run(runner, "device", "enrol", "r2", "--facility", CLINIC, "--csr", "-", "--json",
            stdin=signing_request(new_key(), "r2"))
    )  # fmt: skip
    assert (told["device"], told["facility"]) == ("r2", CLINIC)
    run(runner, "device", "revoke", "reader-1", "--reason", "lost")
    listed = {one["id"]: one for one in json.loads(run(runner, "device", "list", "--json"))}
    assert listed["reader-1"]["revoked_reason"] == "lost"
    assert listed["r2"]["revoked_at"] is None
    assert "reader-1" in run(runner, "device", "list")
    assert [one["code"] for one in json.loads(run(runner, "facility", "list", "--json"))] == [CLINIC]
    run(runner, "facility", "close", CLINIC, "--from", "2030-01-01")
    verified = json.loads(run(runner, "audit", "verify", "--json"))
    assert (verified["ok"], verified["logs"][0]["log"], verified["logs"][0]["rows"]) == (True, "admin", 5)
    assert "admin  5  " in run(runner, "audit", "verify", "--log", "admin")


def test_a_refusal_is_exit_1_with_words_on_stderr_and_a_problem_on_stdout(runner: CliRunner) -> None:
    run(runner, "facility", "add", CLINIC, "--name", "x", "--json")
    done = runner.invoke(central, ["facility", "add", CLINIC, "--name", "x", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["code"] == "CENTRE-912"
    assert "CENTRE-912" in done.stderr
    assert "既に登録" in done.stderr


def test_a_ca_is_never_overwritten_and_its_key_is_the_owners_alone(runner: CliRunner, tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    before = (folder / "device-ca.key").read_bytes()
    assert "never overwritten" in runner.invoke(central, ["device", "ca", str(folder)]).output
    assert (folder / "device-ca.key").read_bytes() == before
    assert (folder / "device-ca.key").stat().st_mode & 0o077 == 0


def test_a_broken_chain_is_exit_1_with_the_row(runner: CliRunner, tmp_path: Path) -> None:
    import sqlite3

    run(runner, "facility", "add", CLINIC, "--name", "x")
    with sqlite3.connect(tmp_path / "centre.sqlite") as connection:
        connection.execute("UPDATE audit_log SET outcome = 'other'")
    connection.close()
    told = json.loads(run(runner, "audit", "verify", "--json", code=1))
    assert told["broken"] == [{"log": "admin", "sequence": 1, "reason": "columns differ from content"}]


@pytest.mark.parametrize(
    "words", [["--help"], ["facility", "--help"], ["device", "enrol", "--help"], ["audit", "verify", "-h"]]
)
def test_help_is_everywhere(words: list[str]) -> None:
    done = CliRunner().invoke(central, words)
    assert done.exit_code == 0
    assert "Usage" in done.output
