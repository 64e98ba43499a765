"""``onshi edge``: the commands that need no reader, and how they fail."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.commands import edge
from edge.visit.clerks import readable_hash
from protocol.errors import device, uplink
from tests.edge.test_settings import GOOD


def run(*words: str, stdin: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(edge, words, input=stdin, catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def test_help_names_every_command() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for command in ("run", "init", "clerk", "line", "settings", "card"):
        assert f"\n  {command} " in out
        assert run(command, "--help")[0] == 0


def test_init_makes_an_identity_once(tmp_path: Path) -> None:
    code, out, _ = run("init", "--device", "dev-1", "--folder", str(tmp_path), "--json")
    assert code == 0
    assert json.loads(out)["device"] == "dev-1"
    assert (tmp_path / "device.csr").read_text().startswith("-----BEGIN CERTIFICATE REQUEST-----")
    code, out, err = run("init", "--device", "dev-1", "--folder", str(tmp_path))
    assert (code, out) == (1, "")
    assert err.startswith(device.KEY_EXISTS.code)
    code, out, _ = run("init", "--device", "dev-1", "--folder", str(tmp_path), "--json")
    assert code == 1
    assert json.loads(out)["code"] == device.KEY_EXISTS.code
    assert run("init", "--device", "dev-2", "--folder", str(tmp_path / "new"))[0] == 0


def test_a_clerks_code_comes_from_stdin_and_leaves_as_a_hash() -> None:
    code, out, _ = run("clerk", "--id", "tanaka", "--json", stdin="sakura-7\n")
    assert code == 0
    assert readable_hash(json.loads(out)["hash"])
    assert "sakura" not in out
    code, out, _ = run("clerk", "--id", "tanaka", stdin="sakura-7\n")
    assert out.startswith('[visit.clerks]\n"tanaka" = "scrypt:')
    assert run("clerk", "--id", "tanaka", stdin="abc\n")[0] == 2


def test_settings_are_listed() -> None:
    code, out, _ = run("settings", "--json")
    assert code == 0
    assert {"device.id", "folders.face"} <= {setting["name"] for setting in json.loads(out)}
    assert "ONSHI_EDGE_CENTRE__URL" in run("settings")[1]


@pytest.mark.sockets
def test_line_shows_the_hop_that_failed(tmp_path: Path) -> None:
    run("init", "--device", "dev-1", "--folder", str(tmp_path))
    config = tmp_path / "edge.toml"
    text = GOOD.replace('"/k"', f'"{tmp_path}/device.key"').replace("https://centre.example:8443", "http://127.0.0.1:9")
    config.write_text(text)
    code, out, _ = run("line", "--config", str(config))
    assert code == 1
    assert "× 回線とセンターへの接続" in out
    assert uplink.NO_CONNECTION.desk_ja in out
    code, out, _ = run("line", "--config", str(config), "--json")
    assert [hop["ok"] for hop in json.loads(out)] == [True, False, None, None, None]


def test_a_wrong_configuration_is_refused_with_its_line(tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    config.write_text(GOOD.replace("9911234566", "9911234565"))
    for command in ("run", "line"):
        code, _, err = run(command, "--config", str(config))
        assert code == 1
        assert "INPUT-901" in err
        assert "line=3" in err
    assert run("run", "--config", str(tmp_path / "gone.toml"))[0] == 2


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    config.write_text(GOOD)
    code, out, _ = run("line", "--config", str(config), "--json")
    assert code == 1
    assert json.loads(out)["code"] == device.KEY_MISSING.code


def test_a_section_whose_packages_are_missing_breaks_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "edge.card.commands", None)
    assert run("--help")[0] == 0
    code, _, err = run("card")
    assert code == 1
    assert err.startswith(device.PACKAGE_MISSING.code)
