"""A real PostgreSQL for tests: own data folder, unix socket only inside it, fsync on, never as root.

Fixtures (import them in a ``conftest.py``): ``postgres`` (the server, once a session), ``postgres_url`` (a fresh
empty database for one test).
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from signal import SIGQUIT

import asyncpg
import pytest
import pytest_asyncio

from tests.conftest import need
from tests.parts.ports import free_port

BIN = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin"))
ACCOUNTS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root: who runs it instead."""


@dataclass(frozen=True)
class Server:
    folder: Path
    port: int
    account: str

    @property
    def sockets(self) -> Path:
        return self.folder / "run"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{self.account}@/{database}?host={self.sockets}&port={self.port}"

    def run(self, program: str, *words: str, timeout: float = 60) -> str:
        """A client program of PostgreSQL against this server."""
        environment = {
            **os.environ, "PGHOST": str(self.sockets), "PGPORT": str(self.port), "PGUSER": self.account
        }  # fmt: skip
        done = subprocess.run(
            [need(program, *BIN), *words], env=environment, capture_output=True, text=True, timeout=timeout, check=True
        )
        return done.stdout


def _as_other(account: str) -> dict[str, object]:
    """Arguments of ``Popen`` to run as this account, when we are root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(account)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _account() -> str:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ACCOUNTS if name in names)


class Running:
    """A server with its process; `crash` and `start` again on the same data."""

    def __init__(self, server: Server, *, shared_buffers: str = "32MB") -> None:
        self.server = server
        self._shared_buffers = shared_buffers
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts and waits until it takes connections."""
        server, folder = self.server, self.server.folder
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    need("postgres", *BIN), "-D", str(folder / "data"),
                    "-k", str(server.sockets), "-p", str(server.port), "-c", "listen_addresses=",
                    "-c", "fsync=on", "-c", "synchronous_commit=on",
                    "-c", "max_connections=60", "-c", f"shared_buffers={self._shared_buffers}",
                ],
                stdout=log, stderr=log, cwd=folder, **_as_other(server.account),  # type: ignore[call-overload]
            )  # fmt: skip
        _await_ready(server, self._process)

    @property
    def pid(self) -> int:
        """Of the postmaster; 0 when it does not run."""
        return self._process.pid if self._process is not None else 0

    def crash(self) -> None:
        """kill -9: the postmaster dies, its children notice and follow without a checkpoint."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is None:
            return
        # At once, without a checkpoint: the data is thrown away.
        self._process.send_signal(SIGQUIT)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self.crash()


@contextmanager
def running_server(*, shared_buffers: str = "32MB") -> Iterator[Running]:
    """A started server on fresh data, all of which goes away with the block."""
    initdb, account = need("initdb", *BIN), _account()
    folder = Path(tempfile.mkdtemp(prefix="onshi-pg-"))
    running = Running(Server(folder=folder, port=free_port(), account=account), shared_buffers=shared_buffers)
    running.server.sockets.mkdir()
    if os.geteuid() == 0:
        entry = pwd.getpwnam(account)
        for path in (folder, running.server.sockets):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        folder.chmod(0o755)
    subprocess.run(
        [initdb, "-D", str(folder / "data"), "-U", account, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        check=True, capture_output=True, cwd=folder, timeout=120, **_as_other(account),  # type: ignore[call-overload]
    )  # fmt: skip
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server that most tests share."""
    with running_server() as running:
        yield running.server


def _await_ready(server: Server, running: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        try:
            server.run("pg_isready", timeout=10)
        except subprocess.CalledProcessError:
            time.sleep(0.05)
            continue
        return
    raise RuntimeError((server.folder / "log").read_text())


_numbers = count(1)


async def _execute(server: Server, sql: str) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest_asyncio.fixture
async def postgres_url(postgres: Server) -> AsyncIterator[str]:
    """The URL of a fresh database, dropped after the test."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    await _execute(postgres, f"CREATE DATABASE {name}")
    try:
        yield postgres.url(name)
    finally:
        await asyncio.shield(_execute(postgres, f"DROP DATABASE {name} WITH (FORCE)"))
