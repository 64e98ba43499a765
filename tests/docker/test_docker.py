"""Images and manifests are linted; no engine runs here, so nothing is claimed about a running container."""

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from central.insurers.settings import load_importer_settings
from central.settings import load_settings
from tests.conftest import need

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        [BIN / "hadolint", "docker/Dockerfile"],
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker/compose.yaml"],
    ],
    ids=["Dockerfile", "compose"],
)
def test_the_container_files_pass_their_linter(command: list[str]) -> None:
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_image_runs_as_an_ordinary_user_and_installs_by_hash() -> None:
    text = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
    last_stage = text[text.rindex("FROM ") :]
    assert "USER 10001:10001" in last_stage
    assert "--require-hashes" in text
    assert "ARG BASE=" in text


def test_the_container_settings_are_accepted_by_the_real_loader(tmp_path: Path) -> None:
    settings = load_settings(ROOT / "docker/central.toml", {"ONSHI_CENTRAL_CREDENTIALS": str(tmp_path)})
    (tmp_path / "database-password").write_text("p@ss/word\n", encoding="utf-8")
    assert settings.database_url() == "postgresql://onshi:p%40ss%2Fword@postgres/onshi"


def test_every_credential_of_the_container_is_handed_to_it() -> None:
    composed = (ROOT / "docker/compose.yaml").read_text(encoding="utf-8")
    settings = load_settings(ROOT / "docker/central.toml", {})
    for name in (
        settings.database.password,
        settings.devices.ca_certificate,
        settings.listen.certificate,
        settings.listen.key,
        *settings.challenges.keys,
        settings.fleet.ca,
    ):
        assert f"  {name}: {{file:" in composed, name


def test_the_importers_container_has_its_keys_to_itself() -> None:
    """Settings that the real loader takes, every credential handed in, and none of them to another container."""
    settings = load_importer_settings(ROOT / "docker/insurers.toml", {})
    assert settings.console.enabled
    composed = (ROOT / "docker/compose.yaml").read_text(encoding="utf-8")
    others, _, own = composed.partition("\nvolumes:")[0].partition("\n  insurers:\n")
    keys = {*settings.numbers.keys, settings.files.key}
    for name in (
        *keys,
        settings.database.password,
        settings.officers.ca_certificate,
        settings.listen.certificate,
        settings.listen.key,
    ):
        assert f"      - {name}\n" in own
        assert f"  {name}: {{file:" in composed
    assert not [name for name in keys if name in others]
    assert f"uploads:{settings.files.folder}\n" in own


def test_the_secrets_script_makes_every_file_once(tmp_path: Path) -> None:
    need("openssl")
    folder = tmp_path / "docker"
    folder.mkdir()
    script = folder / "make-secrets"
    script.write_bytes((ROOT / "docker/make-secrets").read_bytes())
    run = partial(
        subprocess.run, ["bash", script, "centre.example"], env={**os.environ, "ONSHI": str(BIN / "onshi")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    first = run()
    assert first.returncode == 0, first.stderr
    (folder / "secrets" / "broker-ca.pem").write_text("the operator's own", encoding="ascii")
    made = {file.name: file.read_bytes() for file in (folder / "secrets").iterdir()}
    composed = (ROOT / "docker/compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\./secrets/([\w.-]+)\}", composed)) <= set(made)
    assert run().returncode == 0
    assert {file.name: file.read_bytes() for file in (folder / "secrets").iterdir()} == made


def test_no_lock_file_names_an_address() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        assert "://" not in lock.read_text(encoding="utf-8"), lock.name
