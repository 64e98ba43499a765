"""The people of the demo: a patient who knows the PIN, and a clerk with a code, played from a script.

They answer at once, so that the times shown hold no human time. Secrets are the toy card's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

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


@dataclass(frozen=True, kw_only=True, repr=False)
class Script:
    """What the patient and the clerk do. ``consent`` None allows everything that is asked."""

    method: Method
    pin: str
    printed_birth: str
    number_b: str | None = None
    """Typed in place of the birth date, so that the chip's true name can be shown."""
    clerk: str
    clerk_code: str
    consent: frozenset[ConsentItem] | None = None
    binds: bool = False
    """With the PIN the clerk gives the printed birth date too: the visit binds card face and certificate."""


@dataclass(kw_only=True)
class ScriptedDesk:
    """Implements `edge.visit.desk.Desk`. Every question is answered once: who is asked again, gives up.

    The scripted method is chosen even where the card does not offer it, so that the desk's words for it are seen.
    """

    script: Script
    told: Callable[[Say], None]
    done: Callable[[VisitRecord], None]
    shown: Attributes | None = None
    """The true name from the chip, where the register's has ●."""
    _asked: set[str] = field(default_factory=set)

    def play(self, script: Script) -> None:
        """Begin another visit."""
        self.script = script
        self.shown = None
        self._asked.clear()

    def _again(self, question: str) -> bool:
        again = question in self._asked
        self._asked.add(question)
        return again

    async def tell(self, said: Say) -> None:
        self.told(said)

    async def choose_method(self, offer: MethodOffer) -> Method | None:
        self.told(offer.said)
        return None if self._again("method") else self.script.method

    async def ask_pin(self, question: PinQuestion) -> PinEntry | None:
        self.told(question.said)
        if self._again("pin"):
            return None
        birth = bytearray(self.script.printed_birth, "ascii") if self.script.binds else None
        return PinEntry(pin=bytearray(self.script.pin, "ascii"), printed_birth=birth)

    async def ask_clerk(self, question: ClerkQuestion) -> ClerkEntry | None:
        self.told(question.said)
        if self._again("clerk"):
            return None
        return ClerkEntry(clerk=self.script.clerk, code=bytearray(self.script.clerk_code, "ascii"))

    async def ask_printed(self, question: PrintedQuestion) -> PrintedEntry | None:
        self.told(question.said)
        if self._again("printed"):
            return None
        if self.script.number_b:
            return PrintedEntry(number_b=bytearray(self.script.number_b, "ascii"))
        return PrintedEntry(birth=bytearray(self.script.printed_birth, "ascii"))

    async def ask_consent(self, question: ConsentQuestion) -> tuple[ConsentItem, ...] | None:
        self.told(question.said)
        if self.script.consent is None:
            return question.items
        return tuple(item for item in question.items if item in self.script.consent)

    async def show_attributes(self, attributes: Attributes) -> None:
        self.shown = attributes

    async def finished(self, record: VisitRecord) -> None:
        self.done(record)
