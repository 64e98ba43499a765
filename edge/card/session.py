"""One card from power-up to reset, as synchronous calls: the applets behind one set of names.

Runs where the card is, in the reader's worker process or in a thread, one call at a time. `edge.card.calls` gives
the same names to the event loop. Knows no PC/SC.
"""

import msgspec

from edge.card import files
from edge.card.attributes import AttributeText
from edge.card.channel import CardChannel
from edge.card.common import Common
from edge.card.connection import CardConnection
from edge.card.credentials import zero
from edge.card.jpki import Jpki
from edge.card.port import Attributes, CardIdentity, CardIssue, Credential, SurfaceOpening, Tries
from edge.card.surface import Surface
from protocol.errors import OnshiError, card


class CaCertificates(msgspec.Struct, frozen=True, kw_only=True):
    """DER of the CA certificates that lie on the card; they prove nothing."""

    authentication: bytes | None
    signature: bytes | None


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """Every free counter that this project may ask; None where the card does not have the credential."""

    pin: Tries | None
    signature_password: Tries | None
    number_b: Tries | None
    birth: Tries | None
    attributes_number_b: Tries | None


class CardSitting:
    """The card's session without an event loop; the contract is `edge.card.port.CardSession`.

    Every method raises `OnshiError` with a fault of `protocol.errors.card`, and zeroes the secret it was given.
    """

    def __init__(self, connection: CardConnection) -> None:
        self._connection = connection
        self._channel = CardChannel(connection)
        self._jpki = Jpki(self._channel)
        self._surface = Surface(self._channel)
        self._attributes = AttributeText(self._channel)
        self._common = Common(self._channel)

    def identify(self) -> CardIdentity:
        return self._jpki.identify(self._connection.atr)

    def authentication_certificate(self) -> bytes:
        return self._jpki.authentication_certificate()

    def ca_certificates(self) -> CaCertificates:
        return CaCertificates(
            authentication=self._jpki.ca_certificate(files.AUTHENTICATION_CA),
            signature=self._jpki.ca_certificate(files.SIGNATURE_CA),
        )

    def issue(self) -> CardIssue:
        return self._common.read()

    def tries(self, credential: Credential) -> Tries:
        return self._jpki.pin_tries() if credential is Credential.PIN else self._surface.tries(credential)

    def attributes_tries(self) -> Tries:
        return self._attributes.tries()

    def counters(self) -> Counters:
        """All counters, none of them spent."""
        pin: Tries | None = None
        number_b: Tries | None = None
        birth: Tries | None = None
        attributes: Tries | None = None
        try:
            pin = self._jpki.pin_tries()
        except OnshiError as refused:
            _only(refused, card.NO_PIN.code)
        password = self._jpki.password_tries()
        try:
            number_b = self._surface.tries(Credential.NUMBER_B)
            birth = self._surface.tries(Credential.BIRTH)
            attributes = self._attributes.tries()
        except OnshiError as refused:
            _only(refused, card.SURFACE_MISSING.code)
        return Counters(
            pin=pin,
            signature_password=password,
            number_b=number_b,
            birth=birth,
            attributes_number_b=attributes,
        )

    def verify_pin(self, pin: bytearray) -> None:
        try:
            self._jpki.verify_pin(pin)
        finally:
            zero(pin)

    def sign_authentication(self, digest: bytes) -> bytes:
        return self._jpki.sign(digest)

    def open_surface(self, credential: Credential, digits: bytearray) -> SurfaceOpening:
        try:
            if credential is Credential.PIN:
                raise ValueError("the PIN opens no card surface")
            return self._surface.open(credential, digits)
        finally:
            zero(digits)

    def sign_surface(self, digest: bytes) -> bytes:
        return self._surface.sign(digest)

    def attributes(self, number_b: bytearray) -> Attributes:
        try:
            return self._attributes.read(number_b)
        finally:
            zero(number_b)

    @property
    def photo(self) -> bytes | None:
        """The photo of the card surface opened last, for the face worker only."""
        return self._surface.photo

    def close(self) -> None:
        self._surface.photo = None
        self._connection.close()


def _only(refused: OnshiError, code: str) -> None:
    """Let one expected refusal pass."""
    if refused.fault.code != code:
        raise refused
