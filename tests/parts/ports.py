"""Ports for servers that tests start: never the same for two processes, and in one not again before a hundred others.

A port that is free when it is looked for may be taken when the server at last binds it: runs side by side have met on
one, and a client then talked to the other run's server. So each process holds a block of ports by a lock on a file.
"""

import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO

FIRST, BLOCK, BLOCKS = 20_000, 200, 45
"""Below the ephemeral ports, where nothing else lands by chance, and below those of the sandbox's readers."""


@cache
def _turns(process: int) -> Iterator[int]:
    """The ports of this process's block, round and round; ``process``: a fork gets a block of its own."""
    held = _hold(process)
    return itertools.cycle(range(FIRST + held * BLOCK, FIRST + (held + 1) * BLOCK, 2))


_held: list[IO[bytes]] = []
"""Locked until the process ends."""


def _hold(process: int) -> int:
    folder = Path(tempfile.gettempdir()) / f"onshi-test-ports-{os.geteuid()}"
    folder.mkdir(exist_ok=True)
    for turn in range(BLOCKS):
        block = (process + turn) % BLOCKS
        file = (folder / str(block)).open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _held.append(file)
        return block
    raise RuntimeError(f"all {BLOCKS} blocks of ports are held by test runs")


def free_port() -> int:
    """An even port whose neighbour is free as well: a virtual reader takes both."""
    for port in itertools.islice(_turns(os.getpid()), BLOCK // 2):
        if _free(port) and _free(port + 1):
            return port
    raise RuntimeError("no free port")


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
