"""Documents as somebody could send them to the centre: real ones made at a visit, copied, changed, signed anew.

They leave through the product's own HTTP client with the device's certificate, as any appliance's do.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from edge.card.local import LocalConnection
from edge.card.session import CardSitting
from edge.daemon import connect
from edge.uplink.http import HttpCentre
from edge.visit.documents import visit_statement
from protocol import canonical
from protocol.errors import OnshiError
from protocol.visit import (
    ConsentItem,
    ConsentRequest,
    ConsentStatement,
    Method,
    SignedDocument,
    VisitRequest,
    VisitStatement,
    card_digest,
)
from sandbox.card import VirtualCard
from tests.journeys.town import Clinic
from tests.journeys.words import Heard


class Writer:
    """A clinic's device key, its line, and a card with an open PIN that signs what it is given."""

    def __init__(self, clinic: Clinic, line: HttpCentre, card: VirtualCard, pin: str) -> None:
        self.clinic = clinic
        self.line = line
        self._sitting = CardSitting(LocalConnection(card, lambda: None))
        self.certificate = self._sitting.authentication_certificate()
        self._sitting.verify_pin(bytearray(pin, "ascii"))

    async def challenge(self, *, deferred: bool = False) -> str:
        return (await self.line.challenges(1, deferred=deferred))[0].value

    def statement(self, challenge: str, **changes: Any) -> VisitStatement:
        told = self.clinic.settings.device
        plain = visit_statement(
            request_id=secrets.token_hex(16),
            device=told.id,
            facility=told.facility,
            method=Method.PIN,
            certificate=self.certificate,
            challenge=challenge,
            deferred=False,
            now=self.clinic.town.clock(),
            face=None,
            clerk=None,
        )
        return msgspec.structs.replace(plain, **changes)

    def sign(self, statement: VisitStatement | ConsentStatement) -> bytes:
        return self._sitting.sign_authentication(card_digest(statement))

    def document(self, statement: VisitStatement, *, signed: bytes | None = None, **changes: Any) -> SignedDocument:
        """The statement with the card's signature (or another one), in the device's envelope."""
        request = VisitRequest(
            statement=statement,
            certificate=changes.pop("certificate", self.certificate),
            authentication_signature=signed or self.sign(statement),
        )
        return self.envelope("visit", canonical.encode(msgspec.structs.replace(request, **changes)))

    def consent(
        self, visit: VisitStatement, items: tuple[ConsentItem, ...], *, signed: bytes | None = None, **changes: Any
    ) -> SignedDocument:
        plain = ConsentStatement(
            consent_id=secrets.token_hex(16),
            visit=visit.request_id,
            device=visit.device,
            facility=visit.facility,
            certificate=visit.certificate,
            challenge=visit.challenge,
            items=items,
            made_at=datetime.now(UTC).replace(microsecond=0),
        )
        statement = msgspec.structs.replace(plain, **changes)
        request = ConsentRequest(
            statement=statement, key="authentication", card_signature=signed or self.sign(statement)
        )
        return self.envelope("consent", canonical.encode(request))

    def envelope(self, kind: Any, payload: bytes) -> SignedDocument:
        return self.clinic.key.document(kind, payload)


@asynccontextmanager
async def writer(clinic: Clinic, slug: str = "ordinary") -> AsyncIterator[Writer]:
    """Somebody with this persona's card and PIN at that clinic's appliance, who writes what they like."""
    pin = clinic.town.world.cards.pin(clinic.town.persona(slug))
    line = connect(clinic.settings, clinic.key)
    try:
        yield Writer(clinic, line, clinic.town.card(slug), pin)
    finally:
        await line.close()


async def refused(sent: Awaitable[Any]) -> tuple[str, Heard]:
    """The code, and what the desk sees."""
    try:
        answer = await sent
    except OnshiError as error:
        fault = error.fault
        return fault.code, (fault.desk_ja, fault.desk_en, fault.next_ja, fault.next_en)
    raise AssertionError(f"answered: {type(answer).__name__}")
