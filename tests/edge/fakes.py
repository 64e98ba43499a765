"""A scripted card, centre, desk and delivery: a whole visit without reader, line or disk."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from edge.card.port import Attributes, CardIdentity, Credential, SurfaceOpening, Tries
from edge.uplink.port import Fetched, IssuedChallenge
from edge.visit.clerks import Clerks, hash_code
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
from edge.visit.ports import FaceMethod, NoFace, VisitParts
from protocol import canonical
from protocol.errors import OnshiError, card, uplink
from protocol.visit import (
    Care,
    CertificateStanding,
    CertificateState,
    ConsentAnswer,
    ConsentItem,
    ConsentRequest,
    Method,
    SignedDocument,
    VisitAnswer,
    VisitRequest,
    card_digest,
)

NOW = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
FACILITY = "9911234566"
CERTIFICATE = b"\x30\x03\x02\x01\x07"
CLERK, CODE = "tanaka", b"sakura-7"
CODE_HASH = hash_code(CODE, b"0123456789abcdef")
BIRTH, NUMBER_B, PIN = b"550217", b"55021720352285", b"1234"


def message(
    validity: str | None = "1", *, name: str = "診療　太郎", drugs: str = "0", facility: str = FACILITY
) -> dict[str, Any]:
    """An XmlMsg tree as the centre gives it."""
    body: dict[str, Any] = {"ProcessingResultStatus": "1"}
    if validity:
        body["QualificationValidity"] = validity
    if validity in {"1", "2", "6"}:
        result = {
            "InsuredCardClassification": "01",
            "InsurerNumber": "06990013",
            "InsuredIdentificationNumber": "1234567",
            "Name": name,
            "Sex1": "1",
            "Birthdate": "19800217",
            "InsurerName": "見本健康保険組合",
            "PharmacistsInfoConsFlg": drugs,
        }
        body["ResultList"] = [{"ResultOfQualificationConfirmation": result}]
    return {
        "XmlMsg": {
            "MessageHeader": {
                "ProcessExecutionTime": "20261121183015",
                "QualificationConfirmationDate": "20261121",
                "MedicalInstitutionCode": facility,
                "ReferenceClassification": "1",
                "SegmentOfResult": "1",
                "CharacterCodeIdentifier": "0",
            },
            "MessageBody": body,
        }
    }


class FakeSession:
    """One card. ``before`` is called with each method's name, and may raise or take the card away."""

    def __init__(self, before: Callable[[str], None], *, pin_tries: int | None = 3) -> None:
        self.before = before
        self.pin_tries = pin_tries
        self.no_pin = False
        self.token = "JPKIAPICCTOKEN2"
        self.has_certificate = True
        self.birth_fault: OnshiError | None = None
        self.expiry = "20351231"
        self.verified = False
        self.calls: list[str] = []
        self.digests: list[tuple[str, bytes]] = []
        self.taken: list[bytearray] = []
        self.closed = 0

    def _call(self, name: str) -> None:
        self.calls.append(name)
        self.before(name)

    async def identify(self) -> CardIdentity:
        self._call("identify")
        return CardIdentity(
            atr=b";",
            token=self.token,
            has_authentication_certificate=self.has_certificate,
            has_signature_certificate=True,
        )

    async def authentication_certificate(self) -> bytes:
        self._call("certificate")
        return CERTIFICATE

    async def tries(self, credential: Credential) -> Tries:
        self._call(f"tries_{credential.value}")
        if credential is Credential.PIN and self.no_pin:
            raise OnshiError(card.NO_PIN)
        return Tries(left=self.pin_tries)

    async def verify_pin(self, pin: bytearray) -> None:
        self._call("verify_pin")
        given = self._take(pin)
        if not (len(given) == 4 and given.isdigit()):
            raise OnshiError(card.PIN_FORM)
        if given != PIN:
            self.pin_tries = (self.pin_tries or 0) - 1
            raise OnshiError(card.PIN_WRONG, tries_left=self.pin_tries)
        self.pin_tries, self.verified = 3, True

    async def sign_authentication(self, digest: bytes) -> bytes:
        self._call("sign_authentication")
        if not self.verified:
            raise OnshiError(card.PIN_NEEDED)
        self.digests.append(("authentication", digest))
        return b"A" * 256

    async def open_surface(self, credential: Credential, digits: bytearray) -> SurfaceOpening:
        self._call(f"open_{credential.value}")
        self.verified = False
        given = self._take(digits)
        if self.birth_fault:
            raise self.birth_fault
        if given != (BIRTH if credential is Credential.BIRTH else NUMBER_B):
            fault = card.BIRTH_WRONG if credential is Credential.BIRTH else card.NUMBER_B_WRONG
            raise OnshiError(fault, tries_left=9)
        front = credential is Credential.NUMBER_B
        return SurfaceOpening(
            file="0002" if front else "0001",
            birth_date="19800217",
            sex="1" if front else None,
            expiry=self.expiry if front else None,
            attributes=b"\xdf\x11",
            digests=(b"d" * 32, b"e" * 32) if front else (),
            signature=b"s" * 256,
            issuer=b"\x7f\x21",
            photo_digest="ab" * 32 if front else None,
        )

    def _take(self, secret: bytearray) -> bytes:
        """As a real session does: the value is used and the array zeroed."""
        given = bytes(secret)
        self.taken.append(secret)
        secret[:] = bytes(len(secret))
        return given

    async def sign_surface(self, digest: bytes) -> bytes:
        self._call("sign_surface")
        self.verified = False
        self.digests.append(("surface", digest))
        return b"S" * 256

    async def attributes(self, number_b: bytearray) -> Attributes:
        self._call("attributes")
        assert self._take(number_b) == NUMBER_B
        return Attributes(name="髙橋　太郎", address="", birth_date="19800217", sex="1")

    async def close(self) -> None:
        self.closed += 1


class FakePort:
    reader = "Fake 00 00"

    def __init__(self, session: FakeSession) -> None:
        self.session = session
        self.stopped = False

    async def open(self) -> FakeSession:
        self.session._call("open")
        return self.session

    def states(self) -> Any:
        raise NotImplementedError

    async def stop(self) -> None:
        self.stopped = True


class FakeCentre:
    """Answers as told; ``faults`` maps a call's name to faults that come first."""

    def __init__(self) -> None:
        self.faults: dict[str, list[OnshiError]] = {}
        self.documents: list[SignedDocument] = []
        self.queries: list[dict[str, Any]] = []
        self.message = message()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.reply: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda path, tree: tree
        self.document: bytes | None = None
        """A PDF that `fetch` gives in place of a message."""
        self.consent_items: tuple[ConsentItem, ...] = (ConsentItem.CHECKUPS, ConsentItem.DRUGS)
        self.state = CertificateState.VALID
        self.issued = 0
        self.on_visit: Callable[[], None] = lambda: None

    def _fail(self, name: str) -> None:
        waiting = self.faults.get(name)
        if waiting:
            raise waiting.pop(0)

    async def challenges(self, count: int, *, deferred: bool) -> tuple[IssuedChallenge, ...]:
        self._fail("challenges")
        self.issued += count
        life = timedelta(hours=24) if deferred else timedelta(seconds=120)
        return tuple(
            IssuedChallenge(value=f"challenge-{self.issued:08d}-{n:04d}", expires_at=NOW + life) for n in range(count)
        )

    async def visit(self, document: SignedDocument) -> VisitAnswer:
        self.documents.append(document)
        self.on_visit()
        self._fail("visit")
        statement = canonical.decode(document.payload, VisitRequest).statement
        return VisitAnswer(
            request_id=statement.request_id,
            certificate=CertificateStanding(
                state=self.state, last_day=date(2026, 10, 5), grace_until=date(2027, 1, 31)
            ),
            proven=("holder_pin",),
            device_word=(),
            consent_items=self.consent_items,
            message=self.message,
        )

    async def consent(self, document: SignedDocument) -> ConsentAnswer:
        self.documents.append(document)
        self._fail("consent")
        statement = canonical.decode(document.payload, ConsentRequest).statement
        return ConsentAnswer(
            consent_id=statement.consent_id,
            items=statement.items,
            granted_at=NOW,
            message=message(drugs="1" if ConsentItem.DRUGS in statement.items else "0"),
        )

    async def eligibility(self, tree: dict[str, Any]) -> dict[str, Any]:
        self.queries.append(tree)
        self._fail("eligibility")
        return self.message

    async def exchange(self, path: str, tree: dict[str, Any], *, max_bytes: int) -> dict[str, Any]:
        self.sent.append((path, tree))
        self._fail("exchange")
        return self.reply(path, tree)

    async def fetch(self, path: str, tree: dict[str, Any], *, accept: str, max_bytes: int) -> Fetched:
        self.sent.append((path, tree))
        self._fail("fetch")
        if self.document is not None:
            return Fetched(accept, self.document)
        return Fetched("application/json", msgspec.json.encode(self.reply(path, tree)))

    def requests(self) -> list[VisitRequest]:
        return [canonical.decode(d.payload, VisitRequest) for d in self.documents if d.kind == "visit"]

    def consents(self) -> list[ConsentRequest]:
        return [canonical.decode(d.payload, ConsentRequest) for d in self.documents if d.kind == "consent"]


class FakeLater:
    def __init__(self, stock: int = 1) -> None:
        self.stock = stock
        self.kept: list[SignedDocument] = []

    async def take_challenge(self) -> str:
        if not self.stock:
            raise OnshiError(uplink.NO_STOCK)
        self.stock -= 1
        return "stock-challenge-00000000"

    async def keep(self, document: SignedDocument, *, request_id: str, kept_at: datetime) -> None:
        self.kept.append(document)


class FakeSigner:
    def document(self, kind: Literal["visit", "consent"], payload: bytes) -> SignedDocument:
        return SignedDocument(kind=kind, device="dev-1", payload=payload, signature=hashlib.sha256(payload).digest())


class FakeDelivery:
    def __init__(self) -> None:
        self.delivered: list[dict[str, Any]] = []
        self.fault: OnshiError | None = None

    async def deliver(self, message: dict[str, Any], *, visit: str, at: datetime) -> Path | None:
        if self.fault:
            raise self.fault
        self.delivered.append(message)
        return Path("face.xml")


class Script:
    """A desk that follows a list of answers per question; a callable is run for its value."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.said: list[Say] = []
        self.offers: list[MethodOffer] = []
        self.questions: list[ConsentQuestion] = []
        self.attributes: list[Attributes] = []
        self.records: list[VisitRecord] = []
        self.given: list[bytearray] = []

    async def _next(self, name: str) -> Any:
        left = self.answers.get(name, [])
        if not left:
            await asyncio.Event().wait()
        answer = left.pop(0)
        if callable(answer):
            answer = answer()
        for value in (getattr(answer, field, None) for field in ("pin", "printed_birth", "code", "birth", "number_b")):
            if isinstance(value, bytearray):
                self.given.append(value)
        return answer

    async def tell(self, said: Say) -> None:
        self.said.append(said)

    async def choose_method(self, offer: MethodOffer) -> Method | None:
        self.offers.append(offer)
        return await self._next("method")  # type: ignore[no-any-return]

    async def ask_pin(self, question: PinQuestion) -> PinEntry | None:
        self.said.append(question.said)
        return await self._next("pin")  # type: ignore[no-any-return]

    async def ask_clerk(self, question: ClerkQuestion) -> ClerkEntry | None:
        return await self._next("clerk")  # type: ignore[no-any-return]

    async def ask_printed(self, question: PrintedQuestion) -> PrintedEntry | None:
        return await self._next("printed")  # type: ignore[no-any-return]

    async def ask_consent(self, question: ConsentQuestion) -> tuple[ConsentItem, ...] | None:
        self.questions.append(question)
        return await self._next("consent")  # type: ignore[no-any-return]

    async def show_attributes(self, attributes: Attributes) -> None:
        self.attributes.append(attributes)

    async def finished(self, record: VisitRecord) -> None:
        self.records.append(record)

    def words(self) -> list[str]:
        return [said.ja for said in self.said]


class World:
    """Everything around one visit; change a part, then `visit`."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.before: Callable[[str], None] = lambda name: None
        self.session = FakeSession(self._before)
        self.port = FakePort(self.session)
        self.centre = FakeCentre()
        self.later = FakeLater()
        self.delivery = FakeDelivery()
        self.now = 0.0
        self.ids = iter(f"{n:032x}" for n in range(1, 1000))
        self.hashes = {CLERK: CODE_HASH}
        self.face: FaceMethod = NoFace()
        self.question_seconds = 0.2
        self.care: Care | None = None

    def _before(self, name: str) -> None:
        self.before(name)

    def remove_card(self) -> None:
        self.gone.set()

    def remove_at(self, step: str) -> None:
        """The card leaves at this call: it raises, and the reader's watch sees it."""

        def before(name: str) -> None:
            if name == step:
                self.gone.set()
                raise OnshiError(card.REMOVED)

        self.before = before

    def parts(self) -> VisitParts:
        return VisitParts(
            device="dev-1",
            facility=FACILITY,
            reader="Fake 00 00",
            centre=self.centre,
            later=self.later,
            signer=FakeSigner(),
            delivery=self.delivery,
            clerks=Clerks(self.hashes, ticks=lambda: self.now),
            face=self.face,
            clock=lambda: NOW,
            ticks=lambda: self.now,
            fresh_id=lambda: next(self.ids),
            question_seconds=self.question_seconds,
            care=self.care,
        )

    async def visit(self, desk: Script) -> VisitRecord:
        from edge.visit.machine import Visit

        return await Visit(self.parts(), self.port, desk, self.gone).run()


def pin(digits: bytes = PIN, birth: bytes | None = None) -> PinEntry:
    return PinEntry(pin=bytearray(digits), printed_birth=bytearray(birth) if birth else None)


def clerk(code: bytes = CODE, who: str = CLERK) -> ClerkEntry:
    return ClerkEntry(clerk=who, code=bytearray(code))


def printed(birth: bytes | None = None, number_b: bytes | None = None) -> PrintedEntry:
    return PrintedEntry(birth=bytearray(birth) if birth else None, number_b=bytearray(number_b) if number_b else None)


def digest_of(request: VisitRequest | ConsentRequest) -> bytes:
    return card_digest(request.statement)


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(entry.name for entry in folder.iterdir())
