"""公的個人認証AP: token label, certificates, the 4-digit PIN and the authentication key.

Judges no certificate; that is the centre's work. Facts: `my-number-card` reference 2.1 and 3. The terminal
authentication of the real scheme (特定機関認証, ``80 A2``) has no public profile and is not here.
"""

from edge.card import files
from edge.card.channel import AccessDenied, CardChannel, FileMissing, NoObject
from edge.card.port import CardIdentity, Credential, Tries
from protocol.errors import OnshiError, card

CERTIFICATE_LIMIT = 4096
"""Bytes of DER; the cards seen hold 1,571 and 1,742."""
TOKEN_LENGTH = 160
LABEL_LENGTH = 32
_SEQUENCE = 0x30


class Jpki:
    """The application on one card; selects itself when another one is current."""

    def __init__(self, channel: CardChannel) -> None:
        self._channel = channel

    def identify(self, atr: bytes) -> CardIdentity:
        """Token label and which certificates are there. Raises `card.NOT_MY_NUMBER_CARD`."""
        self._use()
        token = self._channel.read_fixed(files.TOKEN, TOKEN_LENGTH)
        try:
            label = token[:LABEL_LENGTH].decode("ascii").rstrip(" \0")
        except UnicodeDecodeError:
            raise OnshiError(card.GARBLED, step=str(files.TOKEN)) from None
        if not label.isprintable():
            raise OnshiError(card.GARBLED, step=str(files.TOKEN))
        signature, authentication = self._present()
        return CardIdentity(
            atr=atr,
            token=label,
            has_authentication_certificate=authentication,
            has_signature_certificate=signature,
        )

    def authentication_certificate(self) -> bytes:
        """DER of 000A. Raises `card.CERTIFICATE_MISSING`, `card.PIN_NEEDED` on a telephone."""
        self._use()
        try:
            return self._certificate(files.AUTHENTICATION_CERTIFICATE)
        except AccessDenied:
            raise OnshiError(card.PIN_NEEDED) from None

    def ca_certificate(self, file: files.File) -> bytes | None:
        """DER of 000B or 0002, None where the card has none. It proves nothing: anchors are pinned elsewhere."""
        self._use()
        try:
            return self._certificate(file)
        except OnshiError as refused:
            if refused.fault is card.CERTIFICATE_MISSING:
                return None
            raise

    def pin_tries(self) -> Tries:
        """Free counter of the PIN. Raises `card.NO_PIN`."""
        self._use()
        try:
            return self._channel.tries(files.AUTHENTICATION_PIN)
        except FileMissing:
            raise OnshiError(card.NO_PIN) from None

    def password_tries(self) -> Tries | None:
        """Free counter of the signature password, None where there is none; it is never shown to the card."""
        self._use()
        try:
            return self._channel.tries(files.SIGNATURE_PASSWORD)
        except FileMissing:
            return None

    def verify_pin(self, pin: bytearray) -> None:
        """VERIFY after the free counter; zeroes ``pin``. Raises the faults of `Credential.PIN`, `card.NO_PIN`."""
        try:
            self._use()
            self._channel.verify(files.AUTHENTICATION_PIN, Credential.PIN, pin)
        except FileMissing:
            raise OnshiError(card.NO_PIN) from None

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 with the authentication key. Raises `card.PIN_NEEDED` without asking the card in vain."""
        if not self._channel.verified(files.AUTHENTICATION_PIN):
            raise OnshiError(card.PIN_NEEDED)
        try:
            return self._channel.sign(digest, files.AUTHENTICATION_KEY)
        except AccessDenied:
            raise OnshiError(card.PIN_NEEDED) from None
        except FileMissing:
            raise OnshiError(card.CERTIFICATE_MISSING, file=str(files.AUTHENTICATION_KEY)) from None

    def _use(self) -> None:
        self._channel.use(files.Application.JPKI, card.NOT_MY_NUMBER_CARD)

    def _present(self) -> tuple[bool, bool]:
        """Byte 0 of 0008 stands for the signature certificate, byte 1 for authentication; set bit 8 is there."""
        try:
            flags = self._channel.read_fixed(files.CERTIFICATES_PRESENT, 3)
        except (FileMissing, AccessDenied):
            return True, True  # a generation without the file: reading the certificate will tell
        if len(flags) < 2:
            raise OnshiError(card.GARBLED, step=str(files.CERTIFICATES_PRESENT), length=len(flags))
        return bool(flags[0] & 0x80), bool(flags[1] & 0x80)

    def _certificate(self, file: files.File) -> bytes:
        try:
            return self._channel.read_object(file, _SEQUENCE, limit=CERTIFICATE_LIMIT)
        except (FileMissing, NoObject):
            raise OnshiError(card.CERTIFICATE_MISSING, file=str(file)) from None
