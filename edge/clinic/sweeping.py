"""Deletes results that nobody has fetched, after the clinic's stay time, and the writer's own left-overs.

Facts: reference clinic-interface 2.1 (``ResponseFileStayTime``), 6.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import structlog

from edge.clinic.names import is_result
from edge.clinic.writer import PART

log = structlog.get_logger("onshi.clinic")

SWEEP_SECONDS = 60.0
PART_SECONDS = 300.0


def sweep(folders: tuple[Path, ...], *, now: float, stay_seconds: float) -> int:
    """Delete what is too old; ``now`` is in seconds of the epoch, as file times are. Gives how many went."""
    gone = 0
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                limit = PART_SECONDS if entry.name.endswith(PART) else stay_seconds
                if not (entry.name.endswith(PART) or is_result(entry.name)):
                    continue
                with contextlib.suppress(OSError):  # a client took it between two lines: as good as deleted
                    if entry.is_file(follow_symlinks=False) and now - entry.stat().st_mtime > limit:
                        os.unlink(entry.path)
                        gone += 1
    return gone


async def sweep_forever(folders: tuple[Path, ...], *, clock: Callable[[], float], stay_seconds: float) -> None:
    """Every minute until cancelled."""
    while True:
        gone = await asyncio.to_thread(sweep, folders, now=clock(), stay_seconds=stay_seconds)
        if gone:
            log.info("old_results_deleted", count=gone)
        await asyncio.sleep(SWEEP_SECONDS)
