"""Revocation lists made byte by byte, for what the stand-in never makes."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from central.trust.crl import SHA256_WITH_RSA
from sandbox.card.tlv import tlv
from sandbox.jlis.authority import Purpose
from tests.central.cards import NOON, Lab


def utc_time(moment: datetime) -> bytes:
    return tlv(0x17, f"{moment.astimezone(UTC):%y%m%d%H%M%SZ}".encode())


def generalized(moment: datetime) -> bytes:
    return tlv(0x18, f"{moment.astimezone(UTC):%Y%m%d%H%M%SZ}".encode())


def number(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = tlv(0x01, b"\xff") if critical else b""
    return tlv(0x30, tlv(0x06, bytes.fromhex(oid)), flag, tlv(0x04, value))


def entry(serial: int, at: datetime = NOON, reason: int | None = None, *, more: bytes = b"") -> bytes:
    given = b"" if reason is None else tlv(0x30, extension("551d15", tlv(0x0A, bytes((reason,)))))
    return tlv(0x30, number(serial), utc_time(at), given, more)


def listed(
    lab: Lab,
    entries: Iterable[bytes] = (),
    *,
    at: datetime = NOON - timedelta(hours=12),
    until: datetime | None = NOON + timedelta(hours=12),
    version: bytes = b"\x02\x01\x01",
    name: bytes | None = None,
    extensions: Iterable[bytes] | None = None,
    signer: rsa.RSAPrivateKey | None = None,
    algorithm: bytes = SHA256_WITH_RSA,
    unused_bits: bytes = b"\x00",
    after: bytes = b"",
) -> bytes:
    """A whole signed list of the lab's third generation, single parts changed."""
    authority = lab.jlis.authority(Purpose.AUTHENTICATION)
    if extensions is None:
        extensions = [extension("551d23", tlv(0x30, tlv(0x80, bytes.fromhex(authority.key_id))))]
    body = b"".join(entries)
    wrapped = b"".join(extensions)
    tbs = tlv(
        0x30,
        version,
        algorithm,
        authority.certificate.subject.public_bytes() if name is None else name,
        utc_time(at),
        utc_time(until) if until else b"",
        tlv(0x30, body) if body else b"",
        tlv(0xA0, tlv(0x30, wrapped)) if wrapped else b"",
        after,
    )
    signature = (signer or authority.key).sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return tlv(0x30, tbs, algorithm, tlv(0x03, unused_bits + signature))
