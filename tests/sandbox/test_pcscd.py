"""A private pcscd shows one virtual reader to its own clients and to nobody else."""

import os
import subprocess

import pytest

from sandbox import pcscd
from tests.conftest import need


def readers(environment: dict[str, str]) -> str:
    tool = need("opensc-tool")
    return subprocess.run([tool, "-l"], check=False, capture_output=True, text=True, timeout=20, env=environment).stdout


@pytest.mark.real
def test_a_private_pcscd_starts_stops_and_starts_again() -> None:
    need("pcscd")
    with pcscd.PrivatePcscd() as private:
        mine = {**os.environ, **private.environment}
        assert private.reader in readers(mine)
        private.stop()
        assert private.reader not in readers(mine)
        private.start()
        assert private.reader in readers(mine)
        folder = private.socket.parent.parent
    assert not folder.exists()


def test_what_is_missing_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcscd, "_pcscd", lambda: None)
    told = pcscd.missing()
    assert told is not None
    assert "apt-get install -y pcscd vsmartcard-vpcd" in told
    with pytest.raises(pcscd.PcscdUnavailable):
        pcscd.PrivatePcscd()
