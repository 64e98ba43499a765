"""Card-verifiable certificates (7F21) of the municipalities' keys, and the lab authority that issues them.

Facts: `my-number-card` reference, section 3: 16 bytes CA key id, 16 bytes subject key id, ``90 03 010001``,
``91 82 0100`` modulus, RSA signature over those 297 bytes. Lab key ids start with ``9``; the hash (SHA-256) and
the meaning of the key id's tail are inferred.
"""

from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class CvUse(StrEnum):
    """Which application the key signs for; the value is the CA's number in the key id (lab range)."""

    SURFACE = "9000023"
    ATTRIBUTES = "9000033"
    ISD = "9000020"


def key_id(use: CvUse, subject: int, tail: int) -> bytes:
    """7 digits, ``08 05``, 3 digits, 4 bytes: 16 bytes. ``subject`` 0 is the authority itself."""
    return use.value.encode() + b"\x08\x05" + f"{subject % 1000:03d}".encode() + tail.to_bytes(4, "big")


def public_key_objects(key: rsa.RSAPublicKey) -> bytes:
    """``90`` exponent, ``91`` modulus of an RSA-2048 key, as inside a CV certificate."""
    numbers = key.public_numbers()
    return b"\x90\x03" + numbers.e.to_bytes(3, "big") + b"\x91\x82\x01\x00" + numbers.n.to_bytes(256, "big")


@dataclass(frozen=True)
class CvAuthority:
    """The lab's authority for one application; its public key is not on any card."""

    use: CvUse
    key: rsa.RSAPrivateKey
    key_id: bytes


@dataclass(frozen=True)
class SurfaceIssuer:
    """A municipality's key for one application, with the certificate that cards carry in ``0004``."""

    key: rsa.RSAPrivateKey
    key_id: bytes
    certificate: bytes


def issue(authority: CvAuthority, subject_key: rsa.RSAPrivateKey, subject_key_id: bytes) -> SurfaceIssuer:
    """Sign a municipality's key."""
    body = authority.key_id + subject_key_id + public_key_objects(subject_key.public_key())
    signature = authority.key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    objects = b"\x5f\x4e\x82\x01\x29" + body + b"\x5f\x37\x82\x01\x00" + signature
    return SurfaceIssuer(subject_key, subject_key_id, b"\x7f\x21\x82\x02\x33" + objects)
