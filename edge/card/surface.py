"""券面AP: the municipality's signed record of the card's face, and the key that proves a genuine chip.

0001 opens with the printed birth date, 0002 with 照合番号B; 0005 and 照合番号A are out of reach
(`edge.card.files`). Facts: `my-number-card` reference 2.2 and 3.
"""

import hashlib

from edge.card import files, photo, tlv
from edge.card.channel import CardChannel, FileMissing, NoObject
from edge.card.port import Credential, SurfaceOpening, Tries
from protocol.errors import OnshiError, card

FACE_LIMIT = 0x8000
"""Bytes: READ BINARY addresses 15 bits."""
AGE_LIMIT = 1024
ISSUER_LIMIT = 1024

_SECRETS = {Credential.BIRTH: files.SURFACE_BIRTH, Credential.NUMBER_B: files.SURFACE_NUMBER_B}


class Surface:
    """The application on one card; selects itself when another one is current."""

    def __init__(self, channel: CardChannel) -> None:
        self._channel = channel
        self.photo: bytes | None = None
        """The photo of the file opened last (JPEG 2000); lives as long as the session, never leaves its process
        but to the face worker."""

    def tries(self, credential: Credential) -> Tries:
        """Free counter of either number. Raises `card.SURFACE_MISSING`."""
        self._use()
        try:
            return self._channel.tries(_SECRETS[credential])
        except FileMissing:
            raise OnshiError(card.SURFACE_MISSING) from None

    def open(self, credential: Credential, digits: bytearray) -> SurfaceOpening:
        """Show the number and read what it opens; zeroes ``digits``. Raises that number's faults."""
        try:
            self._use()
            self._channel.verify(_SECRETS[credential], credential, digits)
            if credential is Credential.BIRTH:
                return self._age()
            return self._face()
        except (FileMissing, NoObject):
            raise OnshiError(card.SURFACE_MISSING) from None

    def sign(self, digest: bytes) -> bytes:
        """Internal authentication with the card-surface key, the application's default key."""
        self._use()
        return self._channel.sign(digest, None)

    def _use(self) -> None:
        self._channel.use(files.Application.SURFACE, card.SURFACE_MISSING)

    def _age(self) -> SurfaceOpening:
        inside = tlv.children(self._channel.read_object(files.SURFACE_AGE, 0xFF10, limit=AGE_LIMIT), 0xFF10)
        birth = tlv.want(inside, 0xDF11)
        return SurfaceOpening(
            file="0001",
            birth_date=digits(birth.value, 8),
            sex=None,
            expiry=None,
            attributes=birth.whole + tlv.want(inside, 0xDF12).whole,
            digests=(),
            signature=tlv.want(inside, 0xDF13).value,
            issuer=self._issuer(),
            photo_digest=None,
        )

    def _face(self) -> SurfaceOpening:
        inside = tlv.children(self._channel.read_object(files.SURFACE_FACE, 0xFF20, limit=FACE_LIMIT), 0xFF20)
        birth, sex, key = (tlv.want(inside, tag) for tag in (0xDF22, 0xDF23, 0xDF24))
        pictures = tlv.want(inside, 0xDF25).whole + tlv.want(inside, 0xDF26).whole
        face = tlv.want(inside, 0xDF27)
        # A card issued to a small child carries no photo: the object is there and empty.
        self.photo = face.value or None
        digest = hashlib.sha256(face.whole)
        return SurfaceOpening(
            file="0002",
            birth_date=digits(birth.value, 8),
            sex=digits(sex.value, 1),
            expiry=digits(tlv.want(inside, 0xDF29).value, 8),
            attributes=birth.whole + sex.whole + key.whole,
            digests=(hashlib.sha256(pictures).digest(), digest.digest()),
            signature=tlv.want(inside, 0xDF28).value,
            issuer=self._issuer(),
            photo_digest=digest.hexdigest() if self.photo else None,
            photo=photo.facts(self.photo) if self.photo else None,
        )

    def _issuer(self) -> bytes:
        return self._channel.read_object(files.SURFACE_ISSUER, 0x7F21, limit=ISSUER_LIMIT)


def digits(raw: bytes, length: int) -> str:
    """ASCII digits of a given number. Raises `OnshiError` (`card.GARBLED`)."""
    if len(raw) != length or not all(0x30 <= byte <= 0x39 for byte in raw):
        raise OnshiError(card.GARBLED, step="digits", length=len(raw))
    return raw.decode("ascii")
