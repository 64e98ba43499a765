"""Whether a card lies on a reader, told to everyone who listens. No reader is asked here."""

import asyncio
from collections.abc import AsyncIterator

from edge.card.port import ReaderState


class StateBoard:
    """One reader's state; used from the event loop only."""

    def __init__(self, state: ReaderState) -> None:
        self.state = state
        self._listeners: set[asyncio.Queue[ReaderState | None]] = set()
        self._closed = False

    def set(self, state: ReaderState) -> None:
        """Tell a change; the same state again is none."""
        if state is self.state or self._closed:
            return
        self.state = state
        for listener in self._listeners:
            listener.put_nowait(state)

    async def watch(self) -> AsyncIterator[ReaderState]:
        """The present state at once, then every change, until `close`."""
        if self._closed:
            return
        queue: asyncio.Queue[ReaderState | None] = asyncio.Queue()
        queue.put_nowait(self.state)
        self._listeners.add(queue)
        try:
            while (state := await queue.get()) is not None:
                yield state
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """End every `watch`."""
        self._closed = True
        for listener in self._listeners:
            listener.put_nowait(None)
