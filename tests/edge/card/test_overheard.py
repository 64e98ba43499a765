"""A pcscd that logs APDUs logs PINs: it is recognised in every spelling that getopt takes."""

import os
import socket
from pathlib import Path

import pytest

from edge.card.overheard import SOCKET_VARIABLE, overheard, tells_apdus


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("pcscd --foreground --error", False),
        ("pcscd --foreground --auto-exit", False),
        ("pcscd --config /etc/reader-data --critical", False),
        ("pcscd -f -c /a/d", False),
        ("pcscd -fcadd", False),
        ("pcscd --foreground --apdu", True),
        ("pcscd --debug", True),
        ("pcscd --ap", True),
        ("pcscd -a", True),
        ("pcscd -fd", True),
        ("pcscd -fea", True),
        ("pcscd --", False),
        ("pcscd foreground", False),
    ],
)
def test_the_arguments_tell(line: str, told: bool) -> None:
    assert tells_apdus(line.split()) is told


def process(proc: Path, pid: int, *arguments: str) -> None:
    (proc / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "cmdline").write_bytes("\0".join(arguments).encode() + b"\0")


def test_the_pid_file_beside_the_socket_names_the_process(tmp_path: Path) -> None:
    place = {SOCKET_VARIABLE: str(tmp_path / "pcscd.comm")}
    assert overheard(place, tmp_path) is None
    (tmp_path / "pcscd.pid").write_bytes(b"77\n\0")
    assert overheard(place, tmp_path) is None
    process(tmp_path, 77, "/usr/sbin/pcscd", "--apdu")
    assert overheard(place, tmp_path) is True


def test_another_program_with_that_pid_is_not_pcscd(tmp_path: Path) -> None:
    (tmp_path / "pcscd.pid").write_bytes(b"78\n\0")
    process(tmp_path, 78, "/usr/bin/sleep", "--debug")
    assert overheard({SOCKET_VARIABLE: str(tmp_path / "pcscd.comm")}, tmp_path) is None


def test_without_a_pid_file_the_peer_of_the_socket_is_asked(tmp_path: Path) -> None:
    place = tmp_path / "pcscd.comm"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()
        (tmp_path / "pcscd.pid").write_text("no number")
        process(tmp_path, os.getpid(), "pcscd", "-f")
        assert overheard({SOCKET_VARIABLE: str(place)}, tmp_path) is False
