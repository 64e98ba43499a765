"""One visit's talk with the desk: every message and question is kept in order, and no answer outlives the card."""

import asyncio
from collections.abc import Awaitable
from contextlib import AbstractContextManager
from typing import TypeVar

from edge.visit import words
from edge.visit.desk import Desk, Say
from edge.visit.stopwatch import Stopwatch
from edge.visit.table import Tell
from protocol.errors import OnshiError, card, visit

T = TypeVar("T")
_SECRETS = ("pin", "printed_birth", "code", "birth", "number_b")

FIXED = {
    Tell.ASKING: words.ASKING,
    Tell.KEPT: words.KEPT,
    Tell.CONSENT_UNANSWERED: words.CONSENT_UNANSWERED,
    Tell.TAKE_CARD: words.TAKE_CARD,
}
"""Words of moves that are always the same."""


class Talk:
    """``gone`` is set when the card leaves; ``seconds`` is how long a question may stand."""

    def __init__(self, desk: Desk, gone: asyncio.Event, watch: Stopwatch, *, seconds: float) -> None:
        self._desk = desk
        self._gone = gone
        self._watch = watch
        self._seconds = seconds
        self._said: list[Say] = []

    @property
    def card_gone(self) -> bool:
        """The card has left the reader."""
        return self._gone.is_set()

    def said(self) -> tuple[Say, ...]:
        return tuple(self._said)

    def time(self, step: str) -> AbstractContextManager[None]:
        """Note a block's time in the visit's record; see `Stopwatch`."""
        return self._watch.time(step)

    async def say(self, said: Say) -> None:
        self._said.append(said)
        await self._desk.tell(said)

    async def ask(self, said: Say, question: Awaitable[T]) -> T:
        """The desk's answer to a question whose words are ``said`` (the desk has them with the question).

        Raises ``CARD-003`` when the card leaves first, ``VISIT-010`` when time is over.
        """
        self._said.append(said)
        asked = asyncio.ensure_future(question)
        gone = asyncio.ensure_future(self._gone.wait())
        with self._watch.time(f"wait_{said.code}"):
            try:
                await asyncio.wait({asked, gone}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                gone.cancel()
                if not asked.done():
                    asked.cancel()
                await asyncio.gather(asked, gone, return_exceptions=True)
        if self._gone.is_set():
            _zero(asked)
            raise OnshiError(card.REMOVED)
        if asked.cancelled():
            raise OnshiError(visit.DESK_SILENT)
        return asked.result()


def _zero(asked: "asyncio.Future[T]") -> None:
    """An entry that came at the moment the card left is not kept."""
    if asked.cancelled() or asked.exception() is not None:
        return
    given = asked.result()
    for name in _SECRETS:
        secret = getattr(given, name, None)
        if isinstance(secret, bytearray):
            secret[:] = bytes(len(secret))
