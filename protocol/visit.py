"""The documents of one visit: what the card signs, what the device signs, and what comes back.

Facts: the project's trust rules ("Two documents", "What each method proves"). The **card** signs
``card_digest(statement)`` — after a PIN with the authentication key, after face or sight with the card-surface
key. The **device key** signs the canonical bytes of the whole request; HTTP, MQTT and the outbox carry the
`SignedDocument` unchanged. All bytes are canonical (`protocol.canonical`).
"""

import hashlib
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from protocol import canonical

# ``(?!\n)``: to Python ``$`` also stands before a last line feed.
Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]
"""A SHA-256 in lower-case hexadecimal."""
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}(?!\n)$")]
RequestId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}(?!\n)$")]
"""128 random bits in hexadecimal, made by the appliance."""
Facility = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}[0-9A-Z][0-9]{7}(?!\n)$")]
"""医療機関コード, 10 characters; the check digit is validated apart."""
Challenge = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{20,400}(?!\n)$")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Blob = Annotated[bytes, msgspec.Meta(min_length=1, max_length=16384)]


class Method(StrEnum):
    """How the patient showed that the card is theirs (本人確認の方法)."""

    PIN = "pin"
    FACE = "face"
    SIGHT = "sight"


class ConsentItem(StrEnum):
    """What a clinic may be allowed to see (OQSCD036 閲覧同意情報種別)."""

    SPECIFIC_DISEASES = "TSR"
    CHECKUPS = "TKK"
    DRUGS = "YZK"
    TREATMENT = "SRJ"
    OPERATIONS = "SHJ"


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class FaceReport(_Document, frozen=True, kw_only=True):
    """What the appliance says about its own face comparison; it rests on the device's word.

    Scores in millionths of cosine similarity. ``photo`` is the SHA-256 that the municipality signed (DF27).
    """

    model: Hex32
    score: Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]
    threshold: Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]
    frames: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    liveness: Identifier
    photo: Hex32


class SightReport(_Document, frozen=True, kw_only=True):
    """目視確認: the id of the clerk who compared; it rests on the device's word."""

    clerk: Identifier


class VisitStatement(_Document, frozen=True, kw_only=True):
    """What the card signs in a visit."""

    kind: Literal["onshi.visit/1"] = "onshi.visit/1"
    request_id: RequestId
    device: Identifier
    facility: Facility
    method: Method
    asked_day: date
    """資格確認日, Japan time."""
    certificate: Hex32
    """SHA-256 of the DER of the 利用者証明用 certificate."""
    challenge: Challenge
    deferred: bool = False
    """Made off line with a stock challenge: eligibility only, never a grant."""
    made_at: Moment
    face: FaceReport | None = None
    sight: SightReport | None = None


class SurfaceEvidence(_Document, frozen=True, kw_only=True):
    """Proof of the genuine chip: signed objects of 券面AP 0001 or 0002 and a signature by the card-surface key.

    ``attributes`` are the signed TLV objects, whole: DF11‖DF12 of 0001, DF22‖DF23‖DF24 of 0002. For 0002
    ``digests`` are SHA256(DF25‖DF26) and SHA256(DF27): pictures and photo themselves never leave the appliance.
    """

    file: Literal["0001", "0002"]
    attributes: Blob
    digests: Annotated[tuple[Blob, ...], msgspec.Meta(max_length=2)] = ()
    """None for 0001, both for 0002."""
    signature: Blob
    """DF13 or DF28."""
    issuer: Blob
    """The municipality's card-verifiable certificate, 券面AP 0004 (7F21)."""
    card_signature: Blob
    """PKCS#1 v1.5 over the DigestInfo of ``card_digest(statement)``."""

    def __post_init__(self) -> None:
        if len(self.digests) != (2 if self.file == "0002" else 0):
            raise ValueError("file 0002 has two digests, file 0001 none")


class VisitRequest(_Document, frozen=True, kw_only=True):
    """A statement with its proofs. After a PIN ``authentication_signature`` is there; else ``surface`` is.

    Both in one request, with the PIN, bind the surface key to the certificate.
    """

    statement: VisitStatement
    certificate: Blob
    """DER of the 利用者証明用 certificate."""
    authentication_signature: Blob | None = None
    surface: SurfaceEvidence | None = None


class Care(StrEnum):
    """Care that goes on after this visit, for which consent may be given (診療区分, OQSCD028 2 and 3)."""

    HOME_VISIT = "home-visit"
    """訪問診療等."""
    ONLINE_CARE = "online-care"
    """オンライン診療等."""


class ConsentStatement(_Document, frozen=True, kw_only=True):
    """What the card signs for a consent; ``items`` empty means: asked, and refused."""

    kind: Literal["onshi.consent/1"] = "onshi.consent/1"
    consent_id: RequestId
    visit: RequestId
    device: Identifier
    facility: Facility
    certificate: Hex32
    challenge: Challenge
    """The challenge of the visit that this consent belongs to."""
    items: tuple[ConsentItem, ...]
    """In the order of `ConsentItem`, each once."""
    care: Care | UnsetType = UNSET
    """The care that the consent is for, as long as it goes on. Not there: for this visit (and in older documents)."""
    made_at: Moment


class ConsentRequest(_Document, frozen=True, kw_only=True):
    """A consent statement with the card's signature by the key that the visit proved."""

    statement: ConsentStatement
    key: Literal["authentication", "surface"]
    card_signature: Blob


class SignedDocument(_Document, frozen=True, kw_only=True):
    """The envelope that every channel carries unchanged. ``signature``: ECDSA P-256 SHA-256, DER, over ``payload``."""

    kind: Literal["visit", "consent"]
    device: Identifier
    payload: Annotated[bytes, msgspec.Meta(min_length=2, max_length=65536)]
    signature: Annotated[bytes, msgspec.Meta(min_length=8, max_length=512)]


class CertificateState(StrEnum):
    """Where a good certificate stands in time; revoked and unknown ones are refused with a fault instead."""

    VALID = "valid"
    EXPIRING = "expiring"
    """Ends within three months: renew at the municipality."""
    GRACE = "grace"
    """Expired, inside the three months' grace: eligibility yes, medical information no."""


class CertificateStanding(_Document, frozen=True, kw_only=True):
    state: CertificateState
    last_day: date
    """The certificate's last day, Japan time."""
    grace_until: date


class VisitAnswer(_Document, frozen=True, kw_only=True):
    """What the centre answers to a visit. ``message`` is the XmlMsg tree as JSON (all values strings)."""

    request_id: RequestId
    certificate: CertificateStanding
    proven: tuple[str, ...]
    """What the centre verified itself, as codes of `docs/trust`: holder_pin, genuine_chip, photo_signed, …"""
    device_word: tuple[str, ...]
    """What rests on the device's signed word: face_compared, clerk_compared."""
    consent_items: tuple[ConsentItem, ...]
    """What the desk may ask consent for; empty in grace, when viewing is stopped, or without eligibility."""
    message: dict[str, Any]


class ConsentAnswer(_Document, frozen=True, kw_only=True):
    """The grant as held by the centre, and the visit's message with the consent flags filled in."""

    consent_id: RequestId
    items: tuple[ConsentItem, ...]
    granted_at: Moment
    available_until: Moment | None = None
    """24 hours after the grant (of care that goes on: 92 days after its last reading), at latest the end of the
    certificate's last day; none when nothing was granted."""
    message: dict[str, Any]


_DOMAIN = b"onshi card signature v1\x00"


def card_digest(statement: VisitStatement | ConsentStatement) -> bytes:
    """The 32 bytes that the card signs: SHA-256 over a domain tag and the statement's canonical bytes."""
    return hashlib.sha256(_DOMAIN + canonical.encode(statement)).digest()


DIGEST_INFO_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""DigestInfo prefix of SHA-256 (RFC 8017 9.2), given to the card with ``80 2A``."""
