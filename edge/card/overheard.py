"""Refuses a pcscd that writes every APDU, and with it every PIN, into its log.

Which pcscd: the one behind the socket that libpcsclite uses, by the pid file beside it, else by the socket's peer.
Linux only; where the process cannot be seen (another user's, another container's) the answer is "unknown" and the
log says so. Facts: `my-number-card` reference, section 8 (trap 4); pcscd(8).
"""

import os
import socket
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
DEFAULT_SOCKET = Path("/run/pcscd/pcscd.comm")
_LONG = ("--apdu", "--debug")
_SHORT = ("a", "d")
_TAKES_VALUE = "ctrs"
"""Short options of pcscd that are followed by a value, which may hold any letter."""


def tells_apdus(arguments: Sequence[str]) -> bool:
    """Whether pcscd with these arguments logs APDUs. getopt takes unambiguous beginnings of long options."""
    for argument in arguments[1:]:
        name = argument.split("=", 1)[0]
        if name.startswith("--"):
            if len(name) > 2 and any(option.startswith(name) for option in _LONG):
                return True
        elif argument.startswith("-"):
            for letter in argument[1:]:
                if letter in _SHORT:
                    return True
                if letter in _TAKES_VALUE:
                    break
    return False


def overheard(environment: Mapping[str, str], proc: Path = Path("/proc")) -> bool | None:
    """Whether the pcscd that this process would talk to logs APDUs; None when it cannot be seen."""
    place = Path(environment.get(SOCKET_VARIABLE) or DEFAULT_SOCKET)
    for pid in (_pid_file(place.with_name("pcscd.pid")), _peer(place)):
        arguments = _arguments(proc, pid) if pid else None
        if arguments is not None:
            return tells_apdus(arguments)
    return None


def _pid_file(path: Path) -> int | None:
    """The pid, written with a line end and a zero byte behind it."""
    with suppress(OSError, ValueError):
        return int(path.read_bytes().strip(b" \n\0"))
    return None


def _peer(path: Path) -> int | None:
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1)
        line.connect(os.fspath(path))
        return int(struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0])
    return None


def _arguments(proc: Path, pid: int) -> list[str] | None:
    with suppress(OSError):
        raw = (proc / str(pid) / "cmdline").read_bytes()
        arguments = [part.decode(errors="replace") for part in raw.split(b"\0")[:-1]]
        if arguments and os.path.basename(arguments[0]) == "pcscd":
            return arguments
    return None
