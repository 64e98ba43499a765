"""The reception desk as one visit sees it: what it is asked, what it is told, and what a visit leaves behind.

Not for screens: a terminal, a kiosk page and a scripted demo all implement `Desk`. Facts: trust rules ("The order
of a visit", "What each method proves"), `clinic-interface` reference section 5. Texts come in Japanese and English
from `edge.visit.words` and the error catalogue; a desk shows them, it never words them.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import msgspec

from edge.card.port import Attributes
from protocol.errors import Problem
from protocol.visit import CertificateStanding, ConsentItem, Method


class Audience(StrEnum):
    """Who may see a message. Texts for the clerk never go onto the patient's screen."""

    PATIENT = "patient"
    CLERK = "clerk"
    BOTH = "both"


class Say(msgspec.Struct, frozen=True, kw_only=True):
    """One message, in both languages. ``code`` is a word code (``card_in``) or a catalogue code (``CARD-003``)."""

    code: str
    ja: str
    en: str
    next_ja: str = ""
    next_en: str = ""
    audience: Audience = Audience.BOTH


class MethodOffer(msgspec.Struct, frozen=True, kw_only=True):
    """The ways that this card still allows, best first.

    ``pin_tries`` is the card's own free counter; None where it has none, or where the PIN is closed.
    """

    methods: tuple[Method, ...]
    pin_tries: int | None
    said: Say


class PinQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """``tries_left`` is what the card says before the first key press."""

    tries_left: int | None
    said: Say


class PinEntry(msgspec.Struct, kw_only=True):
    """Four digits as ASCII. ``printed_birth`` (YYMMDD, era year), when the clerk gave it too, binds both keys.

    Both arrays are zeroed by the visit; a desk keeps no copy.
    """

    pin: bytearray
    printed_birth: bytearray | None = None


class ClerkQuestion(msgspec.Struct, frozen=True, kw_only=True):
    said: Say


class ClerkEntry(msgspec.Struct, kw_only=True):
    """A clerk's id and own code (not the card's PIN); the code is zeroed by the visit."""

    clerk: str
    code: bytearray


class PrintedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for what is printed on the card front; the clerk has compared the face with the photo."""

    said: Say


class PrintedEntry(msgspec.Struct, kw_only=True):
    """Exactly one of both, digits as ASCII: 6 (YYMMDD with the era year) or 14 (照合番号B). Zeroed by the visit."""

    birth: bytearray | None = None
    number_b: bytearray | None = None


class ConsentQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """The blanket question and the items beside it; refusing never affects insured care."""

    items: tuple[ConsentItem, ...]
    said: Say
    names_ja: dict[ConsentItem, str]
    names_en: dict[ConsentItem, str]


class Desk(Protocol):
    """Every question may be cancelled at any moment (card gone, time over): a desk then clears its entry field.

    None as an answer means: not this way (PIN, clerk, printed), stop (method), not answered (consent).
    """

    async def tell(self, said: Say) -> None: ...

    async def choose_method(self, offer: MethodOffer) -> Method | None: ...

    async def ask_pin(self, question: PinQuestion) -> PinEntry | None: ...

    async def ask_clerk(self, question: ClerkQuestion) -> ClerkEntry | None: ...

    async def ask_printed(self, question: PrintedQuestion) -> PrintedEntry | None: ...

    async def ask_consent(self, question: ConsentQuestion) -> tuple[ConsentItem, ...] | None:
        """The items allowed; empty means asked and refused."""
        ...

    async def show_attributes(self, attributes: Attributes) -> None:
        """The true name from the chip, beside a name with ●; for the clerk's screen only, kept nowhere."""
        ...

    async def finished(self, record: "VisitRecord") -> None: ...


class Ending(StrEnum):
    """How a visit ended."""

    ANSWERED = "answered"
    """The centre answered; consent or not is in the record."""
    DEFERRED = "deferred"
    """The line is down: the signed request waits in the outbox, the answer comes later."""
    FAILED = "failed"
    """Nothing was asked, or the centre refused; ``problem`` says why and what to do."""


class ConsentResult(StrEnum):
    GRANTED = "granted"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"
    """Nothing could be asked: grace, viewing stopped, or no eligibility."""
    CARD_GONE = "card_gone"
    """The card left before the consent was signed; the answer stands."""
    UNANSWERED = "unanswered"
    NOT_HELD = "not_held"
    """The card signed, but the centre did not take it; ``problem`` says why."""


class VisitOutcome(msgspec.Struct, frozen=True, kw_only=True):
    ending: Ending
    problem: Problem | None = None
    consent: ConsentResult = ConsentResult.NOT_ASKED
    granted: tuple[ConsentItem, ...] = ()


class StepTime(msgspec.Struct, frozen=True, kw_only=True):
    """One step without human time; ``ms`` in milliseconds. Waiting for people is named ``wait_…``.

    Before a camera both run together: ``front`` (the card) and ``face`` (the person) hold human time too.
    """

    name: str
    ms: float


class VisitRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a visit leaves in memory for desk and demo. ``message`` holds a person's data: never log a record.

    `logged` gives the part that a log may hold.
    """

    visit: str
    """128 random bits in hexadecimal; also the request id of the document that was sent first."""
    reader: str
    started_at: datetime
    outcome: VisitOutcome
    steps: tuple[StepTime, ...]
    said: tuple[Say, ...]
    method: Method | None = None
    validity: str | None = None
    """QualificationValidity, OQSCD006: 1-6."""
    certificate: CertificateStanding | None = None
    proven: tuple[str, ...] = ()
    device_word: tuple[str, ...] = ()
    face_file: Path | None = None
    message: dict[str, Any] | None = None

    def logged(self) -> dict[str, object]:
        """Ids, codes and times only."""
        problem = self.outcome.problem
        return {
            "visit": self.visit,
            "reader": self.reader,
            "method": self.method.value if self.method else None,
            "ending": self.outcome.ending.value,
            "fault": problem.code if problem else None,
            "validity": self.validity,
            "consent": self.outcome.consent.value,
            "steps": {step.name: round(step.ms, 1) for step in self.steps},
        }
