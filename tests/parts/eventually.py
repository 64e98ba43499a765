"""Waiting for what happens by itself: as long as a loaded machine may take, not longer than it does."""

import asyncio
from collections.abc import Callable

LONGEST = 30.0


async def eventually(holds: Callable[[], bool]) -> None:
    """Returns once ``holds``; fails after `LONGEST` seconds."""
    async with asyncio.timeout(LONGEST):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
