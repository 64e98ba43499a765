"""``onshi checkups import``, ``link`` and ``purge`` as an operator runs them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.checkups.commands import checkups
from central.db import migrate
from tests.central.checkups.files import H1, changed, good
from tests.central.checkups.test_commands import SECRETS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    migrate.upgrade_file(tmp_path / "centre.sqlite")
    monkeypatch.setenv("ONSHI_CENTRAL_DATABASE__URL", f"sqlite:///{tmp_path / 'centre.sqlite'}")
    (tmp_path / "good.zip").write_bytes(good())
    (tmp_path / "bad.zip").write_bytes(changed((H1, 'unit="%"', 'unit="mmol/mol"')))
    (tmp_path / "letter.zip").write_bytes(b"Dear Sir or Madam")
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(checkups, [str(word) for word in words])


def test_a_good_submission_is_imported_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("central.checkups.commands.EVERY", 2)
    first = run("import", folder / "good.zip", "--json")
    assert first.exit_code == 0, first.output
    answer = json.loads(first.stdout)
    assert (answer["results"], answer["new"], answer["waiting"], answer["again"]) == (3, 3, 3, False)
    assert first.stderr.splitlines() == ["read (results): 2"]
    again = run("import", folder / "good.zip")
    assert again.exit_code == 0
    assert "loaded before" in again.stdout


def test_what_was_left_out_is_told_and_leaves_with_1(folder: Path) -> None:
    result = run("import", folder / "bad.zip")
    assert result.exit_code == 1
    assert "9N056" not in result.stdout
    assert "CHECKUP-063" in result.stdout
    assert "new 2" in result.stdout
    assert "left out 1" in result.stdout
    assert not any(secret in result.output for secret in SECRETS)


def test_a_refused_zip_leaves_with_1_and_its_reason(folder: Path) -> None:
    result = run("import", folder / "letter.zip", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["code"] == "CHECKUP-001"
    assert run("import", folder / "nothing.zip").exit_code == 1


@pytest.mark.parametrize("name", ["山田", " one ", "", "one two", "x" * 65, "one\n"])
@pytest.mark.parametrize("command", ["import", "link", "purge"])
def test_an_operator_is_an_id_and_another_word_is_refused_before_anything_is_done(
    folder: Path, command: str, name: str
) -> None:
    file = [folder / "good.zip"] if command == "import" else []
    refused = run(command, *file, "--operator", name)
    assert (refused.exit_code, isinstance(refused.exception, SystemExit)) == (2, True)
    assert "an id of at most 64" in refused.stderr
    assert run(command, *file, "--operator", "cli:y.yamada").exit_code == 0


def test_a_database_without_tables_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONSHI_CENTRAL_DATABASE__URL", f"sqlite:///{tmp_path / 'empty.sqlite'}")
    (tmp_path / "good.zip").write_bytes(good())
    result = run("import", tmp_path / "good.zip")
    assert result.exit_code == 1
    assert "CENTRE-917" in result.stderr


def test_link_and_purge_tell_how_many(folder: Path) -> None:
    run("import", folder / "good.zip")
    assert json.loads(run("link", "--json").stdout) == {"linked": 0}
    assert "0 linked" in run("link").stdout
    purged = json.loads(run("purge", "--json").stdout)
    assert (purged["linked"], purged["waiting"]) == (0, 0)
    assert "rows deleted" in run("purge").stdout
