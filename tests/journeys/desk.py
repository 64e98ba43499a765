"""The people of a journey: they answer each question from a list, and everything that they hear is kept.

An answer may be a function (also an async one): it is called when the question stands, so that a journey can take
the card away, cut the line or look around at that very moment. An empty list answers None: not this way.
"""

import asyncio
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from edge.card.port import Attributes
from edge.visit.desk import (
    ClerkEntry,
    ClerkQuestion,
    ConsentQuestion,
    MethodOffer,
    PinEntry,
    PinQuestion,
    PrintedEntry,
    PrintedQuestion,
    Say,
    VisitRecord,
)
from protocol.visit import ConsentItem, Method
from tests.journeys.words import Heard

ALL = tuple(ConsentItem)
NEVER = object()
"""As an answer: the question stays unanswered until it is taken back."""


def heard(said: Say) -> Heard:
    """What the desk sees of one message."""
    return (said.ja, said.en, *((said.next_ja, said.next_en) if said.next_ja or said.next_en else ()))


class People:
    """`edge.visit.desk.Desk`. ``play`` before each visit; ``ended`` gives its record."""

    def __init__(self) -> None:
        self.told: list[Say] = []
        """Everything that was told outside questions, since the appliance started."""
        self.offers: list[MethodOffer] = []
        self.shown: list[Attributes] = []
        self.records: list[VisitRecord] = []
        self.when: dict[str, Callable[[], object]] = {}
        """By a message's code: what happens at the moment it is told, once."""
        self._answers: dict[str, list[Any]] = {}
        self._given: list[bytearray] = []
        self._ended: asyncio.Queue[VisitRecord] = asyncio.Queue()
        self._news = asyncio.Event()

    def play(self, **answers: Iterable[Any]) -> None:
        """``method``, ``pin``, ``clerk``, ``printed``, ``consent``: answers in their order."""
        self._answers = {name: list(given) for name, given in answers.items()}

    async def ended(self, seconds: float = 20.0) -> VisitRecord:
        async with asyncio.timeout(seconds):
            return await self._ended.get()

    async def hears(self, wanted: Heard, seconds: float = 20.0) -> None:
        """Return when this was told."""
        async with asyncio.timeout(seconds):
            while wanted not in [heard(said) for said in self.told]:
                self._news.clear()
                await self._news.wait()

    async def _answer(self, question: str) -> Any:
        left = self._answers.get(question, [])
        answer = left.pop(0) if left else None
        if answer is NEVER:
            await asyncio.Event().wait()
        if callable(answer):
            answer = answer()
            if inspect.isawaitable(answer):
                answer = await answer
        return answer

    def _bytes(self, digits: str | None) -> bytearray | None:
        if digits is None:
            return None
        self._given.append(bytearray(digits, "ascii"))
        return self._given[-1]

    # --- the contract ---

    async def tell(self, said: Say) -> None:
        self.told.append(said)
        self._news.set()
        happens = self.when.pop(said.code, None)
        if happens is not None:
            made = happens()
            if inspect.isawaitable(made):
                await made

    async def choose_method(self, offer: MethodOffer) -> Method | None:
        self.offers.append(offer)
        chosen: Method | None = await self._answer("method")
        return chosen

    async def ask_pin(self, question: PinQuestion) -> PinEntry | None:
        """An answer is the PIN, or (PIN, printed birth date)."""
        answer = await self._answer("pin")
        pin, birth = answer if isinstance(answer, tuple) else (answer, None)
        given = self._bytes(pin)
        return None if given is None else PinEntry(pin=given, printed_birth=self._bytes(birth))

    async def ask_clerk(self, question: ClerkQuestion) -> ClerkEntry | None:
        """An answer is (id, code)."""
        answer = await self._answer("clerk")
        if answer is None:
            return None
        code = self._bytes(answer[1])
        assert code is not None
        return ClerkEntry(clerk=answer[0], code=code)

    async def ask_printed(self, question: PrintedQuestion) -> PrintedEntry | None:
        """An answer is six digits (birth date) or fourteen (照合番号B)."""
        digits = await self._answer("printed")
        if digits is None:
            return None
        given = self._bytes(digits)
        return PrintedEntry(number_b=given) if len(digits) == 14 else PrintedEntry(birth=given)

    async def ask_consent(self, question: ConsentQuestion) -> tuple[ConsentItem, ...] | None:
        answer: tuple[ConsentItem, ...] | None = await self._answer("consent")
        return answer

    async def show_attributes(self, attributes: Attributes) -> None:
        self.shown.append(attributes)

    async def finished(self, record: VisitRecord) -> None:
        assert not any(any(secret) for secret in self._given), "a secret outlived its visit"
        self._given.clear()
        self.records.append(record)
        self._ended.put_nowait(record)
