"""A virtual reader for a pcscd of one's own: its configuration, its ports, and what the machine lacks for it.

Starting and keeping pcscd is the appliance's (`edge.card.pcscd`). Facts: `my-number-card` reference, sections 8
(traps 8 and 9) and 9.
"""

import importlib.util
import os
import shutil
import socket
import time
from pathlib import Path

from edge.card.pcscd import PROGRAM
from protocol.errors import OnshiError, card, device

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
FRIENDLY_NAME = "Onshi Virtual PCD"
READER = f"{FRIENDLY_NAME} 00 00"
"""As pcscd names the first of the driver's two slots."""
FIRST_PORT, LAST_PORT = 29000, 32000
"""Below the ephemeral range (from 32768), where a port could be taken by chance."""
SYSTEM = "apt-get update && apt-get install -y pcscd vsmartcard-vpcd libpcsclite-dev gcc"
PYTHON = "make .venv/card.stamp"


def missing() -> str | None:
    """The command that makes this machine fit for a virtual reader, as it must be run; None: it is fit."""
    lacks_system = not PROGRAM.exists() or not DRIVER.exists() or shutil.which("unshare") is None
    lacks_pyscard = importlib.util.find_spec("smartcard") is None
    commands = [SYSTEM] * lacks_system + [PYTHON] * lacks_pyscard
    if lacks_system and os.geteuid() != 0:
        commands[0] = f"sudo sh -c '{SYSTEM}'"
    return " && ".join(commands) or None


def require() -> None:
    """Raises ``DEVICE-010`` with the command in its details where something is missing."""
    command = missing()
    if command:
        raise OnshiError(device.PACKAGE_MISSING, run=command)


def free_port() -> int:
    """A port, free together with its neighbour at this moment: vpcd takes two in a row."""
    span = LAST_PORT - FIRST_PORT
    start = (os.getpid() * 64 + time.monotonic_ns() // 1000) % span & ~1
    for step in range(0, span, 2):
        port = FIRST_PORT + (start + step) % span
        if _free(port) and _free(port + 1):
            return port
    raise OnshiError(card.READER_UNAVAILABLE, step="port")


def configure(folder: Path, port: int) -> Path:
    """Writes a folder with the reader's configuration, for ``pcscd --config``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vpcd").write_text(
        f'FRIENDLYNAME "{FRIENDLY_NAME}"\nDEVICENAME /dev/null:{port}\nLIBPATH {DRIVER}\nCHANNELID {port}\n',
        encoding="ascii",
    )
    return folder


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
