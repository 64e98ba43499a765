"""A pcscd of our own: started, kept alive and, when a card hangs inside it, killed and started again.

In a mount namespace of its own a folder of ours lies over /run/pcscd, so that no other program on the machine shares
it; libpcsclite finds it by PCSCLITE_CSOCK_NAME. Without ``isolated`` it takes the plain /run/pcscd (in a service whose
unit gives it that folder alone). Never started with --apdu or --debug. Facts: `my-number-card` reference, sections 8
(traps 2, 4 and 7) and 9.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import structlog

from edge.card.overheard import SOCKET_VARIABLE
from protocol.errors import OnshiError, card

PROGRAM = Path("/usr/sbin/pcscd")
PLAIN = Path("/run/pcscd")
SYSTEMCTL = Path("/usr/bin/systemctl")
START_LIMIT = 5.0
UNIT_LIMIT = 10.0
"""Seconds for systemd's own stop and start."""
STOP_LIMIT = 1.0
"""Seconds for a polite end; a card that hangs inside pcscd keeps it from ending politely."""
_LOOK = 0.02
_KEEP = 0.2

_log = structlog.get_logger("edge.card.pcscd")


class CardService(Protocol):
    """Whatever runs pcscd for us."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client needs in its environment to find it."""
        ...

    async def restart(self) -> None: ...


class PcscdUnit:
    """A pcscd that systemd runs for this appliance alone; restarted by ``systemctl``, which polkit has to allow."""

    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, unit: str, *, program: Path = SYSTEMCTL) -> None:
        self._command = [os.fspath(program), "--no-ask-password", "--quiet", "restart", unit]

    async def restart(self) -> None:
        """Raises `OnshiError` (`card.READER_UNAVAILABLE`) when it does not come up, or is not allowed."""
        process = await asyncio.create_subprocess_exec(*self._command, stdin=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(UNIT_LIMIT):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            code = await process.wait()
        if code != 0:
            _log.error("pcscd unit not restarted", exit_code=code)
            raise OnshiError(card.READER_UNAVAILABLE, step="unit")


class PcscDaemon:
    """One pcscd process. ``config`` is a folder of reader.conf files, where the readers are not found by USB."""

    def __init__(
        self, runtime: Path, *, config: Path | None = None, isolated: bool = True, program: Path = PROGRAM
    ) -> None:
        self._runtime = runtime if isolated else PLAIN
        self._isolated = isolated
        self._command = [os.fspath(program), "--foreground", "--error"]
        if config is not None:
            self._command += ["--config", os.fspath(config)]
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self.starts = 0

    @property
    def socket(self) -> Path:
        return self._runtime / "pcscd.comm"

    @property
    def environment(self) -> Mapping[str, str]:
        return {SOCKET_VARIABLE: os.fspath(self.socket)}

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start and keep alive. Raises `OnshiError` (`card.READER_UNAVAILABLE`) when it does not come up."""
        async with self._changing:
            await self._start()
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name="pcscd keeper")

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        async with self._changing:
            await self._end(signal.SIGTERM)

    async def restart(self) -> None:
        """Kill it, because what hangs in it keeps it from ending, and start anew."""
        async with self._changing:
            await self._end(signal.SIGKILL)
            await self._start()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_KEEP)
            async with self._changing:
                ended = self._process.poll() if self._process else None
                if ended is not None:
                    _log.warning("pcscd ended by itself", exit_code=ended)
                    with suppress(OnshiError):  # tried again at the next look
                        await self._start()

    async def _start(self) -> None:
        self._runtime.mkdir(parents=True, exist_ok=True)
        self._clean()
        # Popen returns within milliseconds (vfork); asyncio's own would keep a watcher thread for each start.
        self._process = subprocess.Popen(  # noqa: S603, ASYNC220
            [*self._namespace(), *self._command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            start_new_session=True,
        )
        self.starts += 1
        until = asyncio.get_running_loop().time() + START_LIMIT
        while not await self._answers():
            if self._process.poll() is not None or asyncio.get_running_loop().time() > until:
                await self._end(signal.SIGKILL, forget=False)
                raise OnshiError(card.READER_UNAVAILABLE, step="pcscd")
            await asyncio.sleep(_LOOK)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(os.fspath(self.socket))
        except OSError:
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    async def _end(self, how: signal.Signals, *, forget: bool = True) -> None:
        """End the process. Not forgotten, the keeper sees that it is gone and starts another."""
        process = self._process
        if forget:
            self._process = None
        if process is not None and process.poll() is None:
            process.send_signal(how)
            until = asyncio.get_running_loop().time() + STOP_LIMIT
            while process.poll() is None and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - as above
                await asyncio.sleep(_LOOK)
            if process.poll() is None:
                process.kill()
                await asyncio.to_thread(process.wait)
        self._clean()

    def _clean(self) -> None:
        """pcscd does not start over the pid file of one that was killed (trap 7)."""
        for name in ("pcscd.comm", "pcscd.pid"):
            (self._runtime / name).unlink(missing_ok=True)

    def _namespace(self) -> list[str]:
        if not self._isolated:
            return []
        script = f'mkdir -p {PLAIN} && mount --bind "$0" {PLAIN} && exec "$@"'
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        unshare = ["unshare", *user, "--mount", "--propagation", "private"]
        return [*unshare, "sh", "-c", script, os.fspath(self._runtime)]
