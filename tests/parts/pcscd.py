"""A private pcscd with two virtual readers, for `real` tests. Nobody else's pcscd is touched.

    @pytest.fixture(scope="module")
    def pcscd() -> Iterator[Pcscd]:
        with private_pcscd() as running:
            yield running

``pcscd.readers`` are the PC/SC names, ``pcscd.ports`` the vpcd ports of the same readers (below 32768): the two slots
of one vpcd entry (a second entry in one pcscd would take the first one's slots away: vpcd 3.3 counts slots only).
``pcscd.environment`` is ``os.environ`` for clients: libpcsclite finds the private socket by PCSCLITE_CSOCK_NAME, and
reads it once per process, so set it before the first call or use a child process. ``stop`` ends pcscd politely,
``kill`` as a crash does (socket and pid file stay behind), ``start`` comes back on the same ports and readers.

How: a mount namespace in which a folder of ours lies over /run/pcscd. Where namespaces are not allowed, the plain
/run/pcscd is used, provided that no pcscd runs there.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from tests.conftest import need
from tests.parts.ports import free_port

DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
PLAIN = Path("/run/pcscd")
NAME = "Onshi Test"


class Pcscd:
    """One pcscd process; see the module."""

    def __init__(self, folder: Path, port: int) -> None:
        self.ports = (port, port + 1)
        self.readers = (f"{NAME} 00 00", f"{NAME} 00 01")
        self.log = folder / "pcscd.log"
        self._program = need("pcscd")
        self._config = folder / "config"
        self._config.mkdir()
        (self._config / "vpcd").write_text(
            f'FRIENDLYNAME "{NAME}"\nDEVICENAME /dev/null:{port}\nLIBPATH {DRIVER}\nCHANNELID {port}\n'
        )
        self._isolated = _namespaces()
        self._run = folder / "run" if self._isolated else PLAIN
        self._run.mkdir(exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self._run / "pcscd.comm"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "PCSCLITE_CSOCK_NAME": str(self.socket)}

    def start(self, timeout: float = 5.0) -> None:
        """Start, and return when the readers listen and clients can connect."""
        self._clean()
        command = [self._program, "--foreground", "--config", str(self._config), "--error"]
        if self._isolated:
            script = f'mkdir -p {PLAIN} && mount --bind "$0" {PLAIN} && exec "$@"'
            command = [*_namespaces(), "sh", "-c", script, str(self._run), *command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + timeout
        while not (self.socket.exists() and all(_listening(port) for port in self.ports)):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"pcscd did not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)
        self._clean()

    def kill(self) -> None:
        """SIGKILL: what a crash leaves behind stays there."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            # A card that never answers blocks pcscd's own shutdown as well.
            self._process.kill()
            self._process.wait(30)
        self._process = None

    def _clean(self) -> None:
        for name in ("pcscd.comm", "pcscd.pid"):
            (self._run / name).unlink(missing_ok=True)


@contextlib.contextmanager
def private_pcscd() -> Iterator[Pcscd]:
    """A running pcscd in a folder of its own; skipped by name where pcscd or its driver is missing."""
    need("pcscd")
    if not Path(DRIVER).exists():
        _missing("vpcd is missing: `make system` (or apt-get install vsmartcard-vpcd)")
    if not _namespaces() and (PLAIN / "pcscd.comm").exists():
        _missing("namespaces are not allowed here and another pcscd runs")
    # A short path: a Unix socket's name has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="pcscd-"))
    running = Pcscd(folder, free_port())
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


def _missing(told: str) -> NoReturn:
    """A skip with a reason; in CI a failure, as `need` does."""
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)


def _namespaces() -> list[str]:
    """The command that gives a mount namespace of our own, or nothing where that is not allowed."""
    unshare = shutil.which("unshare")
    for options in ([], ["--map-root-user"]):
        command = [str(unshare), *options, "--mount", "--propagation", "private"]
        tried = [*command, "sh", "-c", f"mkdir -p {PLAIN} && mount --bind /tmp {PLAIN}"]
        if unshare and subprocess.run(tried, capture_output=True, check=False).returncode == 0:
            return command
    return []


def _listening(port: int) -> bool:
    """Whether the port listens; connecting to find out would look like a card."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
                    return True
    return False
