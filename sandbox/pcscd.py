"""A pcscd of one's own with a virtual reader: for the demo, the benchmark and tests; the system's one is untouched.

pcscd knows one place for its socket, so it runs in a mount namespace where that place is a private folder; clients
find the folder by PCSCLITE_CSOCK_NAME. Facts: `my-number-card` reference, sections 8 (traps 7-9) and 9.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
READER = "Onshi Virtual PCD"
FIRST_PORT, LAST_PORT = 20000, 32000
"""Below the ephemeral range (from 32768), where a port could be taken by chance. vpcd takes two in a row."""
PACKAGES = "apt-get update && apt-get install -y pcscd vsmartcard-vpcd"
START_SECONDS = 5.0


class PcscdUnavailable(RuntimeError):
    """pcscd cannot be started here; the text says which command to run."""


def missing() -> str | None:
    """What keeps a private pcscd from running on this machine, as a sentence with the remedy; None: nothing."""
    if not _pcscd() or not DRIVER.exists():
        return f"pcscd or its virtual reader is not installed. Run as root: {PACKAGES}"
    if not shutil.which("unshare"):
        return "unshare is not installed. Run as root: apt-get update && apt-get install -y util-linux"
    return None


def _pcscd() -> str | None:
    return shutil.which("pcscd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))


def free_port() -> int:
    """A port, free together with its neighbour at this moment, below the ephemeral range."""
    start = FIRST_PORT + (os.getpid() * 64 + time.monotonic_ns() // 1000) % (LAST_PORT - FIRST_PORT)
    for step in range(0, LAST_PORT - FIRST_PORT, 2):
        port = FIRST_PORT + (start - FIRST_PORT + step) % (LAST_PORT - FIRST_PORT)
        if _free(port) and _free(port + 1):
            return port
    raise PcscdUnavailable("no free port between 20000 and 32000")


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


class PrivatePcscd:
    """Use as a context manager. Inside it ``port`` is the virtual reader's, ``socket`` the clients' way in."""

    def __init__(self, port: int | None = None) -> None:
        told = missing()
        if told:
            raise PcscdUnavailable(told)
        self.port = port or free_port()
        self.reader = f"{READER} 00 00"
        self._folder = Path(tempfile.mkdtemp(prefix="onshi-pcscd-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self._folder / "run" / "pcscd.comm"

    @property
    def environment(self) -> dict[str, str]:
        """What a client's environment needs."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket)}

    @property
    def pid(self) -> int:
        if self._process is None:
            raise PcscdUnavailable("pcscd is not running")
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start it (again) and wait until it answers; raises `PcscdUnavailable` with its own words."""
        run, settings = self._folder / "run", self._folder / "reader.conf.d"
        for folder in (run, settings):
            folder.mkdir(exist_ok=True)
        for left in run.iterdir():
            left.unlink()
        (settings / "vpcd").write_text(
            f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:{self.port}\nLIBPATH {DRIVER}\nCHANNELID {self.port}\n',
            encoding="ascii",
        )
        log = self._folder / "pcscd.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                [*_namespace(), _SCRIPT, str(run), _pcscd() or "pcscd", str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not (self.socket.exists() and _listening(self.port)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                told = log.read_text(encoding="utf-8", errors="replace").strip()
                self.stop()
                raise PcscdUnavailable(f"pcscd did not start: {told or 'no word from it'}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it; the folder stays, so that it can be started again on the same port."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


_SCRIPT = 'mkdir -p /run/pcscd; mount --bind "$0" /run/pcscd && exec "$1" --foreground --config "$2" --error'


def _namespace() -> list[str]:
    """A mount namespace of one's own; an ordinary user needs a user namespace for it."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *user, "--mount", "--propagation", "private", "sh", "-c"]


def _listening(port: int) -> bool:
    """Whether the driver holds its port; asked without connecting, since a connection would be a card."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if words[1].endswith(wanted) and words[3] == "0A":
                return True
    return False
