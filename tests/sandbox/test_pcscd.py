"""A virtual reader needs a configuration, two ports below the ephemeral range, and packages that name themselves."""

from pathlib import Path

import pytest

from protocol.errors import OnshiError
from sandbox import pcscd


def test_what_is_missing_is_said_as_the_command_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcscd, "PROGRAM", Path("/nowhere/pcscd"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(OnshiError) as refused:
        pcscd.require()
    assert refused.value.fault.code == "DEVICE-010"
    assert str(refused.value.details["run"]).startswith("apt-get update && apt-get install -y pcscd vsmartcard-vpcd")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert str(pcscd.missing()).startswith("sudo ")


def test_nothing_is_said_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.touch()
    monkeypatch.setattr(pcscd, "PROGRAM", there)
    monkeypatch.setattr(pcscd, "DRIVER", there)
    monkeypatch.setattr("shutil.which", lambda name: str(there))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert pcscd.missing() is None
    pcscd.require()


def test_a_reader_is_configured_for_its_own_port(tmp_path: Path) -> None:
    written = (pcscd.configure(tmp_path / "conf", 20010) / "vpcd").read_text()
    assert "CHANNELID 20010" in written
    assert "/dev/null:20010" in written


@pytest.mark.sockets
def test_ports_stay_below_the_ephemeral_range() -> None:
    port = pcscd.free_port()
    assert pcscd.FIRST_PORT <= port < 32768
    assert port % 2 == 0
