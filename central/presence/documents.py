"""Opening a signed document: the envelope's form, the device's signature, the canonical payload, whom it names.

Nothing inside is believed before the device's signature over the very bytes has been verified.
"""

import hashlib
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from central.facilities.device import Device, verifying_key
from protocol import canonical
from protocol.errors import OnshiError, trust
from protocol.visit import ConsentRequest, SignedDocument, VisitRequest

MAX_DOCUMENT = 131072
"""Octets of a document with its envelope."""
R = TypeVar("R", VisitRequest, ConsentRequest)
_ENVELOPE = msgspec.json.Decoder(SignedDocument)
_ALGORITHM = ECDSA(SHA256())


@dataclass(frozen=True, slots=True)
class Opened(Generic[R]):
    """A document that this device signed. Digests are SHA-256, hexadecimal."""

    request: R
    payload: bytes
    signature: bytes
    payload_digest: str
    document_digest: str


def open_document(device: Device, document: bytes, kind: Literal["visit", "consent"], request: type[R]) -> Opened[R]:
    """The request inside. Raises DOCUMENT_UNREADABLE, OTHER_DEVICE, DEVICE_SIGNATURE_WRONG, OTHER_FACILITY."""
    if len(document) > MAX_DOCUMENT:
        raise OnshiError(trust.DOCUMENT_UNREADABLE, reason="length")
    try:
        envelope = _ENVELOPE.decode(document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise OnshiError(trust.DOCUMENT_UNREADABLE, reason="envelope") from None
    if envelope.kind != kind:
        raise OnshiError(trust.DOCUMENT_UNREADABLE, reason="kind")
    if envelope.device != device.id:
        raise OnshiError(trust.OTHER_DEVICE)
    try:
        verifying_key(device.public_key).verify(envelope.signature, envelope.payload, _ALGORITHM)
    except InvalidSignature:
        raise OnshiError(trust.DEVICE_SIGNATURE_WRONG) from None
    try:
        opened = canonical.decode(envelope.payload, request)
    except canonical.NotCanonical:
        raise OnshiError(trust.DOCUMENT_UNREADABLE, reason="payload") from None
    statement = opened.statement
    if statement.device != device.id:
        raise OnshiError(trust.OTHER_DEVICE)
    if statement.facility != device.facility:
        raise OnshiError(trust.OTHER_FACILITY)
    return Opened(
        opened,
        envelope.payload,
        envelope.signature,
        hashlib.sha256(envelope.payload).hexdigest(),
        hashlib.sha256(document).hexdigest(),
    )
