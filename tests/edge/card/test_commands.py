"""`onshi edge card`: what it prints, what it refuses, and that a secret comes from standard input alone."""

import json
import os
import pty
from base64 import b64decode
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.card import commands, pcsc
from sandbox.card import Token, VirtualCard, driving_licence
from tests.edge.card.scard import FakeScard
from tests.edge.card.world import port
from tests.parts.cards import toy_card, toy_certificate, toy_key, toy_photo


class Shell:
    """Runs the command over a card in this process; standard input is a real pipe, as the command reads it so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, card: VirtualCard | None) -> None:
        self._patch = monkeypatch
        monkeypatch.setattr(commands, "open_reader", lambda name, traffic: port(card))

    def run(self, *arguments: str, stdin: bytes = b"") -> Result:
        near, far = os.pipe()
        os.write(far, stdin)
        os.close(far)
        with os.fdopen(near, "rb") as end:
            return self._with(end, arguments)

    def _with(self, end: IO[Any], arguments: tuple[str, ...]) -> Result:
        class Input:
            def fileno(self) -> int:
                return end.fileno()

            def isatty(self) -> bool:
                return os.isatty(end.fileno())

        class Sys:
            stdin = Input()
            exit = staticmethod(commands.sys.exit)

        self._patch.setattr(commands, "sys", Sys)
        return CliRunner().invoke(commands.card, ["--reader", "Test", *arguments])


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(monkeypatch, toy_card())


def test_without_secrets_everything_free_is_told(shell: Shell) -> None:
    told = json.loads(shell.run("--json").stdout)
    assert told["token"] == "JPKIAPICCTOKEN2"
    assert b64decode(told["certificates"]["authentication"]) == toy_certificate("authentication")
    assert told["counters"] == {
        "pin": 3, "signature_password": 5, "number_b": 10, "birth": 10, "attributes_number_b": 10,
    }  # fmt: skip
    assert told["issue"] == {"municipality": "99201", "expiry": "20350217"}
    assert [told[name] for name in ("age", "face", "attributes", "pin")] == [None] * 4


def test_with_all_secrets_the_card_face_is_judged(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(toy_key("cv 9000023").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    secrets = b"1234\n55021720352285\n550217\n"
    flags = ("--json", "--pin", "-", "--number-b", "-", "--birth", "-")
    first = json.loads(shell.run(*flags, stdin=secrets).stdout)
    assert first["face"]["verdict"] == "issuer_unknown"
    told = json.loads(shell.run(*flags, "--surface-ca", f"{first['face']['authority']}={file}", stdin=secrets).stdout)
    assert (told["face"]["verdict"], told["face"]["chip_present"]) == ("genuine", True)
    assert (told["age"]["file"], told["age"]["verdict"]) == ("0001", "genuine")
    assert (told["face"]["photo"]["format"], told["face"]["photo"]["size"]) == ("jp2", len(toy_photo()))
    assert told["attributes"]["name"] == "海老　花子"
    assert told["pin"] == {"signature_fits": True}


def test_people_read_it_in_both_languages(shell: Shell) -> None:
    told = shell.run("--pin", "-", "--number-b", "-", "--birth", "-", stdin=b"1234\n55021720352285\n550217\n")
    assert told.exit_code == 0
    for words in ("残り回数 / tries left: pin 3", "署名一致 / signature fits", "jp2 360x450", "本物 / present"):
        assert words in told.stdout


def test_a_certificate_of_another_key_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for der in (toy_certificate("other"), b"\x30\x03abc"):
        copied = Shell(monkeypatch, toy_card(authentication_certificate=der))
        told = json.loads(copied.run("--json", "--pin", "-", stdin=b"1234\n").stdout)
        assert told["pin"] == {"signature_fits": False}
        assert "署名不一致" in copied.run("--pin", "-", stdin=b"1234\n").stdout


def test_a_wrong_pin_is_a_catalogue_error_with_the_tries_left(shell: Shell) -> None:
    told = shell.run("--json", "--pin", "-", stdin=b"9999\n")
    assert told.exit_code == 1
    assert (json.loads(told.stdout)["code"], json.loads(told.stdout)["details"]) == ("CARD-010", {"tries_left": 2})
    told = shell.run("--pin", "-", stdin=b"9999\n")
    assert told.exit_code == 1
    assert "残り 1 回" in told.stderr
    assert told.stdout == ""


@pytest.mark.parametrize("arguments", [("--pin", "1234"), ("--number-b", "x"), ("--surface-ca", "00=nowhere")])
def test_a_secret_on_the_command_line_is_a_usage_error(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell.run(*arguments).exit_code == 2


def test_a_surface_ca_has_a_key_id_of_sixteen_bytes(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(toy_key("x").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert shell.run("--surface-ca", f"0011={file}").exit_code == 2


def test_missing_lines_are_a_usage_error_and_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    virtual = toy_card()
    told = Shell(monkeypatch, virtual).run("--pin", "-", "--birth", "-", stdin=b"1234\n")
    assert told.exit_code == 2
    assert "2 lines expected" in told.stderr
    assert virtual.trace == []


def test_a_reader_has_to_be_named() -> None:
    assert CliRunner().invoke(commands.card, []).exit_code == 2


def test_a_telephone_and_a_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads(Shell(monkeypatch, toy_card(token=Token.IPHONE)).run("--json").stdout)
    assert (told["token"], told["certificates"]["authentication"], told["issue"]) == ("JPKIAPIOSTOKEN", None, None)
    assert "–" in Shell(monkeypatch, toy_card(token=Token.IPHONE)).run().stdout
    refused = Shell(monkeypatch, driving_licence()).run("--json")
    assert (refused.exit_code, json.loads(refused.stdout)["code"]) == (1, "CARD-002")


def test_an_empty_reader_is_waited_for_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Shell(monkeypatch, None).run("--wait", "0.05")
    assert told.exit_code == 1
    assert "カードを置いてください" in told.stderr
    assert "CARD-001" in told.stderr


def test_a_terminal_is_asked_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Shell(monkeypatch, toy_card())
    asked: list[str] = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return "1234"

    monkeypatch.setattr(commands.getpass, "getpass", getpass)
    main, terminal = pty.openpty()
    with os.fdopen(terminal, "rb") as end:
        told = here._with(end, ("--pin", "-"))
    os.close(main)
    assert (told.exit_code, asked) == (0, ["pin: "])


def test_readers_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeScard("One 00 00", "Two 01 00")
    monkeypatch.setattr(pcsc, "load", lambda: api)
    assert CliRunner().invoke(commands.card, ["--list"]).stdout == "One 00 00\nTwo 01 00\n"
    assert json.loads(CliRunner().invoke(commands.card, ["--list", "--json"]).stdout) == {"readers": list(api.cards)}
    api.stop()
    assert CliRunner().invoke(commands.card, ["--list"]).exit_code == 1
    assert not api.contexts
