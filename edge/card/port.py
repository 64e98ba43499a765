"""A reader and a card as the visit sees them; implemented over PC/SC (a killable worker) and in process.

The visit knows no APDU. Every method raises `protocol.errors.OnshiError` with a fault of `protocol.errors.card`:
card gone, silent, blocked, wrong secret, not a My Number Card. Secrets are ``bytearray`` and are zeroed by the
callee as soon as the card has them; no method ever spends a try that the caller did not hand over, and every
VERIFY is preceded by the free counter (`my-number-card` reference, sections 2-3).
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol

import msgspec


class Credential(StrEnum):
    """What opens something on the card."""

    PIN = "pin"
    """利用者証明用 4-digit PIN: JPKI 0018, 3 tries."""
    NUMBER_B = "number_b"
    """照合番号B, 14 digits: 券面AP 0012 or 入力補助AP 0015, 10 tries."""
    BIRTH = "birth"
    """Printed birth date, 6 digits YYMMDD with the era year: 券面AP 0011."""


class Tries(msgspec.Struct, frozen=True, kw_only=True):
    """A free retry counter. ``left`` is None where the card does not limit; 0 means blocked."""

    left: int | None

    @property
    def blocked(self) -> bool:
        return self.left == 0


class CardIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What any card tells without a secret."""

    atr: bytes
    token: str
    """Label of JPKI 0006: JPKIAPICCTOKEN2 card, JPKIAPGPSETOKEN Android, JPKIAPIOSTOKEN iPhone."""
    has_authentication_certificate: bool
    has_signature_certificate: bool


class PhotoFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of a photo without showing it. ``size`` in bytes, the rest in pixels."""

    format: str
    """``jp2``, ``j2k`` or ``unknown``."""
    size: int
    width: int | None
    height: int | None


class CardIssue(msgspec.Struct, frozen=True, kw_only=True):
    """共通カードAP 0001 without its serial number."""

    municipality: str
    """全国地方公共団体コード, 5 digits."""
    expiry: str
    """YYYYMMDD."""


class SurfaceOpening(msgspec.Struct, frozen=True, kw_only=True):
    """券面AP 0001 (by birth date) or 0002 (by 照合番号B), as far as the centre and the desk need it.

    ``attributes``, ``digests``, ``signature``, ``issuer`` go into `protocol.visit.SurfaceEvidence` unchanged.
    The photo and the text pictures stay in the card worker (`photo_digest` names the photo).
    """

    file: str
    birth_date: str
    """YYYYMMDD."""
    sex: str | None
    """``1`` male, ``2`` female, as in the file; only in 0002."""
    expiry: str | None
    """YYYYMMDD, not signed; only in 0002."""
    attributes: bytes
    digests: tuple[bytes, ...]
    signature: bytes
    issuer: bytes
    photo_digest: str | None
    """SHA-256 (hex) over the whole DF27 object; only in 0002, and None on a card without a photo."""
    photo: PhotoFacts | None = None


class Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """基本4情報 of 入力補助AP 0002: for the clerk's screen only, and only when the centre's name has ●."""

    name: str
    address: str
    birth_date: str
    sex: str


class CardSession(Protocol):
    """One card held exclusively from `CardPort.open` to `close`; any transmit error ends it for good."""

    async def identify(self) -> CardIdentity: ...

    async def authentication_certificate(self) -> bytes:
        """DER of JPKI 000A; free on the card."""
        ...

    async def tries(self, credential: Credential) -> Tries: ...

    async def verify_pin(self, pin: bytearray) -> None: ...

    async def sign_authentication(self, digest: bytes) -> bytes:
        """``80 2A`` with JPKI 0017 over the DigestInfo of a SHA-256; needs `verify_pin` with no other AP between."""
        ...

    async def open_surface(self, credential: Credential, digits: bytearray) -> SurfaceOpening:
        """BIRTH opens 0001, NUMBER_B opens 0002."""
        ...

    async def sign_surface(self, digest: bytes) -> bytes:
        """Internal authentication with the card-surface key (券面AP 001A); no credential of its own."""
        ...

    async def attributes(self, number_b: bytearray) -> Attributes: ...

    async def photo_to(self, descriptor: int) -> int:
        """Write the photo of the opened card surface to a socket or pipe; its length in bytes.

        It goes from where the card is straight there. Raises `card.SURFACE_MISSING` when there is none.
        """
        ...

    async def close(self) -> None:
        """Reset the card and let go; safe to call twice."""
        ...


class ReaderState(StrEnum):
    EMPTY = "empty"
    PRESENT = "present"
    UNAVAILABLE = "unavailable"
    """Reader unplugged, or pcscd gone; the port tries to come back by itself."""


class CardPort(Protocol):
    """One reader."""

    reader: str

    @property
    def state(self) -> ReaderState: ...

    async def start(self) -> None:
        """Before anything else; returns at once, the reader may still be unavailable."""
        ...

    def states(self) -> AsyncIterator[ReaderState]:
        """The present state at once, then every change."""
        ...

    async def open(self) -> CardSession: ...

    async def stop(self) -> None: ...
