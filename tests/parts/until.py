"""Waiting for what happens by itself: as long as a loaded machine may take, not longer than it does."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def until(true: Callable[[], Any], seconds: float = 30.0) -> None:
    """Return when this holds; ``true`` may be an async function. Fails after ``seconds``."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(0.01)
