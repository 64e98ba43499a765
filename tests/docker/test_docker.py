"""Images and manifests are linted; no engine runs here, so nothing is claimed about a running container."""

import subprocess
import sys
from pathlib import Path

import pytest

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


def test_no_lock_file_names_an_address() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        assert "://" not in lock.read_text(encoding="utf-8"), lock.name
