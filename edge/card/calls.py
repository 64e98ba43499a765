"""A card session for the event loop: `edge.card.port.CardSession` in terms of calls by name.

The calls run elsewhere (`edge.card.local`: a thread, `edge.card.supervisor`: a worker process); guarding the printed
numbers happens here, on the daemon's side, for both. No APDU is known here.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from edge.card.credentials import RULES, check_form, zero
from edge.card.guard import TriesGuard
from edge.card.port import Attributes, CardIdentity, CardIssue, Credential, SurfaceOpening, Tries
from edge.card.session import CaCertificates, CardSitting, Counters
from protocol.errors import OnshiError, card

T = TypeVar("T")

SURFACE_COUNTERS = {Credential.NUMBER_B: "surface number_b", Credential.BIRTH: "surface birth"}
ATTRIBUTES_COUNTER = "attributes number_b"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One method of `CardSitting` by name. A secret never stands in here; it travels beside."""

    operation: str
    credential: Credential | None = None
    digest: bytes | None = None


OPERATIONS: Mapping[str, Any] = {
    "identify": CardIdentity,
    "authentication_certificate": bytes,
    "ca_certificates": CaCertificates,
    "issue": CardIssue,
    "tries": Tries,
    "attributes_tries": Tries,
    "counters": Counters,
    "verify_pin": type(None),
    "sign_authentication": bytes,
    "open_surface": SurfaceOpening,
    "sign_surface": bytes,
    "attributes": Attributes,
}
"""What may be called, and the type of each result."""


def perform(sitting: CardSitting, call: Call, secret: bytearray) -> Any:
    """Make the call on a sitting. Raises `OnshiError`, and `ValueError` for a call that nobody may make."""
    if call.operation not in OPERATIONS:
        raise ValueError(f"no such operation: {call.operation}")
    arguments: list[object] = []
    if call.credential is not None:
        arguments.append(call.credential)
    if call.digest is not None:
        arguments.append(call.digest)
    if secret:
        arguments.append(secret)
    try:
        return getattr(sitting, call.operation)(*arguments)
    finally:
        zero(secret)


class CallingSession(ABC):
    """The contract's methods over `_call`. One call at a time; every method raises `OnshiError`."""

    def __init__(self, guard: TriesGuard) -> None:
        self._guard = guard
        self._certificate: bytes | None = None

    @abstractmethod
    async def _call(self, call: Call, kind: type[T], secret: bytearray | None = None) -> T:
        """Perform on the card. Takes a copy of ``secret`` before it first waits, and zeroes that copy."""

    @abstractmethod
    async def close(self) -> None:
        """Reset the card and let go; safe to call twice."""

    @abstractmethod
    async def photo_to(self, descriptor: int) -> int:
        """Write the photo of the opened card surface to a pipe or socket and give its length in bytes.

        The photo goes from where the card is straight to the reader of that descriptor, never through here.
        Raises `card.SURFACE_MISSING` when no surface with a photo is open.
        """

    async def identify(self) -> CardIdentity:
        return await self._call(Call(operation="identify"), CardIdentity)

    async def authentication_certificate(self) -> bytes:
        if self._certificate is None:
            self._certificate = await self._call(Call(operation="authentication_certificate"), bytes)
        return self._certificate

    async def ca_certificates(self) -> CaCertificates:
        return await self._call(Call(operation="ca_certificates"), CaCertificates)

    async def issue(self) -> CardIssue:
        return await self._call(Call(operation="issue"), CardIssue)

    async def counters(self) -> Counters:
        return await self._call(Call(operation="counters"), Counters)

    async def tries(self, credential: Credential) -> Tries:
        return await self._call(Call(operation="tries", credential=credential), Tries)

    async def verify_pin(self, pin: bytearray) -> None:
        try:
            check_form(Credential.PIN, pin)
            await self._call(Call(operation="verify_pin"), type(None), pin)
        finally:
            zero(pin)

    async def sign_authentication(self, digest: bytes) -> bytes:
        return await self._call(Call(operation="sign_authentication", digest=digest), bytes)

    async def open_surface(self, credential: Credential, digits: bytearray) -> SurfaceOpening:
        call = Call(operation="open_surface", credential=credential)
        counter = Call(operation="tries", credential=credential)
        return await self._guarded(call, SurfaceOpening, credential, digits, counter, SURFACE_COUNTERS[credential])

    async def sign_surface(self, digest: bytes) -> bytes:
        return await self._call(Call(operation="sign_surface", digest=digest), bytes)

    async def attributes(self, number_b: bytearray) -> Attributes:
        call, counter = Call(operation="attributes"), Call(operation="attributes_tries")
        return await self._guarded(call, Attributes, Credential.NUMBER_B, number_b, counter, ATTRIBUTES_COUNTER)

    async def _guarded(
        self, call: Call, kind: type[T], credential: Credential, digits: bytearray, counter: Call, name: str
    ) -> T:
        rules = RULES[credential]
        try:
            check_form(credential, digits)
            which = await self._which_card()
            left = (await self._call(counter, Tries)).left
            self._guard.check(which, credential, digits, left, counter=name)
            token = self._guard.sending(which, credential, digits, left, counter=name)
            try:
                result = await self._call(call, kind, digits)
            except OnshiError as refused:
                if refused.fault in (rules.wrong, rules.blocked):
                    self._guard.answered(which, token, counter=name, right=False)
                raise
            self._guard.answered(which, token, counter=name, right=True)
            return result
        finally:
            zero(digits)

    async def _which_card(self) -> bytes:
        """What tells this card from another for the guard: its certificate, where it can be read."""
        try:
            return await self.authentication_certificate()
        except OnshiError as refused:
            if refused.fault in (card.CERTIFICATE_MISSING, card.PIN_NEEDED):
                return b""
            raise
