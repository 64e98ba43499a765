"""One enrolled appliance as the other domains see it, and its public key."""

from datetime import datetime
from functools import lru_cache

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """An appliance (顔認証付きカードリーダー) of one facility."""

    id: str
    facility: str
    """医療機関コード, 10 characters: the MedicalInstitutionCode of its messages must equal it."""
    public_key: bytes
    """SubjectPublicKeyInfo (DER) of the P-256 key that signs documents and proves the TLS client."""
    certificate: bytes
    """SHA-256 of the DER of its current client certificate."""
    enrolled_at: datetime
    revoked_at: datetime | None = None


@lru_cache(maxsize=4096)
def verifying_key(spki: bytes) -> EllipticCurvePublicKey:
    """The P-256 key of ``Device.public_key``; ``ValueError`` for any other key."""
    key = load_der_public_key(spki)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("not a P-256 key")
    return key
