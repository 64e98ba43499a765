"""What a visit proves with the card: certificate, PIN, printed digits or face, and the signed request.

Not here: the order of the states (`table`) and the words. Secrets come as ``bytearray`` s, are zeroed by the card
as it takes them and once more by `Proving.close`; the same wrong PIN is never sent twice in a visit. The counters
and the digits of the card surface are guarded by `edge.card` (trust rules, "What each method proves").
"""

import asyncio
import hashlib
import secrets

from edge.card.port import CardSession, Credential, SurfaceOpening
from edge.ocr import chip
from edge.visit import sorting, words
from edge.visit.desk import PinEntry, PinQuestion, PrintedEntry
from edge.visit.documents import surface_evidence, visit_statement
from edge.visit.ports import VisitParts
from edge.visit.stopwatch import Stopwatch
from edge.visit.talk import Talk
from protocol import canonical
from protocol.errors import OnshiError, card, visit
from protocol.visit import FaceReport, Method, SignedDocument, VisitRequest, VisitStatement, card_digest

CHALLENGE_FRESH_SECONDS = 90.0
"""A challenge lives 120 s at the centre; one that waited longer than this for people is fetched anew."""
RETRY_SECONDS = 5.0
PRINTED_ENTRIES = 3
_CARD_TOKEN = "JPKIAPICC"  # noqa: S105 - the label of JPKI 0006, no secret


def wipe(*secrets_: bytearray | None) -> None:
    """Zero what is there."""
    for secret in secrets_:
        if secret is not None:
            secret[:] = bytes(len(secret))


class Proving:
    """The evidence of one visit; `sign` leaves `statement` and `document`."""

    def __init__(self, parts: VisitParts, watch: Stopwatch, visit_id: str) -> None:
        self._parts = parts
        self._watch = watch
        self._visit = visit_id
        self._challenge: asyncio.Task[tuple[str, float]] | None = None
        self._asked_at = 0.0
        self._certificate = b""
        self._key = secrets.token_bytes(32)
        self._wrong_pins: set[bytes] = set()
        self._pin: bytearray | None = None
        self._birth: bytearray | None = None
        self._digits: tuple[Credential, bytearray] | None = None
        self._entries = 0
        self._opening: SurfaceOpening | None = None
        self._report: FaceReport | None = None
        self._statement: VisitStatement | None = None
        self._document: SignedDocument | None = None
        self.number_b: bytearray | None = None
        """Kept only until the answer is there, for a name with ●."""
        self.clerk: str | None = None
        self.pin_tries: int | None = None
        self.deferred = False
        self.line: OnshiError | None = None
        """Why no challenge could be fetched."""

    @property
    def statement(self) -> VisitStatement:
        if self._statement is None:
            raise RuntimeError("nothing was signed yet")
        return self._statement

    @property
    def document(self) -> SignedDocument:
        if self._document is None:
            raise RuntimeError("nothing was signed yet")
        return self._document

    # --- reading ------------------------------------------------------------------------------------------------

    def fetch_challenge(self) -> "asyncio.Task[tuple[str, float]]":
        """Start the fetch; it runs while the card is read and people think."""
        self._asked_at = self._parts.ticks()
        task = self._challenge = asyncio.create_task(self._fetch(), name="visit-challenge")
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    def _worth_another_try(self, fetch: "asyncio.Task[tuple[str, float]]") -> bool:
        """A line that was down while the card was read may be back by now; not asked twice in a breath."""
        failed = fetch.done() and not fetch.cancelled() and fetch.exception() is not None
        return failed and self._parts.ticks() - self._asked_at >= RETRY_SECONDS

    async def _fetch(self) -> tuple[str, float]:
        with self._watch.time("challenge"):
            issued = await self._parts.centre.challenges(1, deferred=False)
        return issued[0].value, self._parts.ticks()

    async def _fresh_challenge(self) -> str:
        fetch = self._challenge
        if fetch is None or self._worth_another_try(fetch):
            fetch = self.fetch_challenge()
        with self._watch.time("challenge_wait"):
            value, at = await fetch
            if self._parts.ticks() - at >= CHALLENGE_FRESH_SECONDS:
                value, _ = await self.fetch_challenge()
        return value

    async def read(self, session: CardSession) -> OnshiError | None:
        """Read what is free. Gives the reason when the PIN cannot be used on this card."""
        with self._watch.time("identify"):
            identity = await session.identify()
        if not identity.token.startswith(_CARD_TOKEN):
            raise OnshiError(visit.PHONE_NOT_READY, token=identity.token[:32])
        if not identity.has_authentication_certificate:
            raise OnshiError(card.CERTIFICATE_MISSING)
        with self._watch.time("certificate"):
            self._certificate = await session.authentication_certificate()
        with self._watch.time("counters"):
            try:
                tries = await session.tries(Credential.PIN)
            except OnshiError as error:
                if not sorting.closes_the_way(error):
                    raise
                return error
        self.pin_tries = tries.left
        return OnshiError(card.PIN_BLOCKED) if tries.blocked else None

    # --- entries ------------------------------------------------------------------------------------------------

    async def pin_question(self, session: CardSession) -> PinQuestion:
        """The counter is the card's own, read before the first key press."""
        with self._watch.time("counters"):
            self.pin_tries = (await session.tries(Credential.PIN)).left
        return PinQuestion(tries_left=self.pin_tries, said=words.ask_pin(self.pin_tries))

    def take_pin(self, entry: PinEntry) -> OnshiError | None:
        """Keep the entry for the card; gives ``VISIT-003`` when this visit's card has refused the same PIN."""
        wipe(self._pin, self._birth)
        self._pin = self._birth = None
        if self._mark(entry.pin) in self._wrong_pins:
            wipe(entry.pin, entry.printed_birth)
            return OnshiError(visit.PIN_REPEATED, **self._tries())
        self._pin, self._birth = entry.pin, entry.printed_birth
        return None

    def _tries(self) -> dict[str, int]:
        return {} if self.pin_tries is None else {"tries_left": self.pin_tries}

    def _mark(self, pin: bytearray) -> bytes:
        return hashlib.blake2b(pin, key=self._key, digest_size=16).digest()

    def take_printed(self, entry: PrintedEntry) -> OnshiError | None:
        """Exactly one number; number B is kept in a copy until the answer, for a name with ●."""
        wipe(self._digits[1] if self._digits else None, self.number_b)
        self._digits = self.number_b = None
        if (entry.birth is None) == (entry.number_b is None):
            wipe(entry.birth, entry.number_b)
            return OnshiError(visit.PRINTED_FORM)
        self._entries += 1
        if entry.number_b is not None:
            self._digits = (Credential.NUMBER_B, entry.number_b)
            self.number_b = bytearray(entry.number_b)
        elif entry.birth is not None:
            self._digits = (Credential.BIRTH, entry.birth)
        return None

    def printed_left(self) -> bool:
        return self._entries < PRINTED_ENTRIES

    async def compare_face(self, session: CardSession, talk: Talk) -> None:
        proof = await self._parts.face.confirm(session, talk)
        self._report, self._opening, self.number_b = proof.report, proof.opening, proof.number_b

    # --- signing ------------------------------------------------------------------------------------------------

    async def sign(self, session: CardSession, method: Method) -> tuple[OnshiError, ...]:
        """Prove and sign. Gives faults that did not stop it (a binding that was not made), to be told.

        Off line (`deferred`) a stock challenge is taken, only after the card has accepted the PIN.
        """
        try:
            challenge = await self._fresh_challenge()
            self.deferred, self.line = False, None
        except OnshiError as error:
            if not sorting.line_down(error):
                raise
            challenge, self.deferred, self.line = "", True, error
        if method is Method.PIN:
            return await self._sign_with_pin(session, challenge)
        if method is Method.SIGHT:
            await self._open(session)
        if self.deferred:
            challenge = await self._parts.later.take_challenge()
        await self._finish(session, method, challenge, self._visit)
        return ()

    async def _sign_with_pin(self, session: CardSession, challenge: str) -> tuple[OnshiError, ...]:
        """Surface first: the PIN's security status ends when another application is selected."""
        told: tuple[OnshiError, ...] = ()
        signed: tuple[VisitStatement, bytes] | None = None
        if self._birth is not None and not self.deferred:
            try:
                signed = await self._bind(session, challenge, self._birth)
            except OnshiError as error:
                if not _worth_no_second_entry(error):
                    raise
                told = (error,)
        await self._verify_pin(session)
        if self.deferred:
            challenge = await self._parts.later.take_challenge()
        await self._finish(session, Method.PIN, challenge, self._visit, bound=signed)
        return told

    async def _bind(self, session: CardSession, challenge: str, birth: bytearray) -> tuple[VisitStatement, bytes]:
        if self._opening is None:
            with self._watch.time("open_surface"):
                self._opening = await session.open_surface(Credential.BIRTH, birth)
        wipe(birth)
        statement = self._new_statement(Method.PIN, challenge, self._visit)
        with self._watch.time("sign_surface"):
            return statement, await session.sign_surface(card_digest(statement))

    async def _verify_pin(self, session: CardSession) -> None:
        pin = self._pin or bytearray()
        mark = self._mark(pin)
        try:
            with self._watch.time("verify_pin"):
                await session.verify_pin(pin)
        except OnshiError as error:
            if sorting.is_fault(error, card.PIN_WRONG):
                self._wrong_pins.add(mark)
                left = error.details.get("tries_left")
                self.pin_tries = left if isinstance(left, int) else self.pin_tries
            raise
        finally:
            wipe(pin)

    async def _open(self, session: CardSession) -> None:
        if self._digits is None:
            raise OnshiError(visit.PRINTED_FORM)
        credential, digits = self._digits
        try:
            with self._watch.time("open_surface"):
                opening = await session.open_surface(credential, digits)
        finally:
            wipe(digits)
        if credential is Credential.NUMBER_B and self.number_b is not None:
            chip.check(self.number_b, opening)
        self._opening = opening

    def _new_statement(self, method: Method, challenge: str, request_id: str) -> VisitStatement:
        return visit_statement(
            request_id=request_id,
            device=self._parts.device,
            facility=self._parts.facility,
            method=method,
            certificate=self._certificate,
            challenge=challenge,
            deferred=self.deferred,
            now=self._parts.clock(),
            face=self._report if method is Method.FACE else None,
            clerk=self.clerk if method is Method.SIGHT else None,
        )

    async def _finish(
        self,
        session: CardSession,
        method: Method,
        challenge: str,
        request_id: str,
        bound: tuple[VisitStatement, bytes] | None = None,
    ) -> None:
        statement, surface_signature = bound or (self._new_statement(method, challenge, request_id), None)
        authentication = None
        if method is Method.PIN:
            with self._watch.time("sign_authentication"):
                authentication = await session.sign_authentication(card_digest(statement))
        else:
            with self._watch.time("sign_surface"):
                surface_signature = await session.sign_surface(card_digest(statement))
        surface = None
        if surface_signature is not None and self._opening is not None:
            surface = surface_evidence(self._opening, surface_signature)
        request = VisitRequest(
            statement=statement,
            certificate=self._certificate,
            authentication_signature=authentication,
            surface=surface,
        )
        with self._watch.time("sign_device"):
            self._document = self._parts.signer.document("visit", canonical.encode(request))
        self._statement = statement

    async def sign_for_later(self, session: CardSession, method: Method) -> None:
        """Sign once more with a stock challenge, under an id of its own: the first may have reached the centre."""
        challenge = await self._parts.later.take_challenge()
        self.deferred = True
        await self._finish(session, method, challenge, self._parts.fresh_id())

    async def close(self) -> None:
        """Zero every secret and end the fetch."""
        wipe(self._pin, self._birth, self.number_b, self._digits[1] if self._digits else None)
        self._pin = self._birth = self.number_b = self._digits = None
        if self._challenge is not None and not self._challenge.done():
            self._challenge.cancel()
            await asyncio.gather(self._challenge, return_exceptions=True)


def _worth_no_second_entry(error: OnshiError) -> bool:
    """A closed birth date cannot bind, however often it is typed: the PIN goes on alone."""
    return any(
        sorting.is_fault(error, fault) for fault in (card.BIRTH_BLOCKED, card.BIRTH_GUARDED, card.SURFACE_MISSING)
    )
