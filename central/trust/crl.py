"""A certificate revocation list: read by an own walk over its DER, indexed once on arrival, looked up by position.

Why not the library's list: with a million entries its look-up is a linear scan of 100 ms and its signature check
re-encodes the list (the project's measurements). Facts: RFC 5280 5, `stack` reference "Crypto".
"""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

from central.trust import tlv
from central.trust.anchors import Anchor, Anchors
from protocol.errors import OnshiError, trust

SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
"""AlgorithmIdentifier sha256WithRSAEncryption with NULL parameters."""
_AKI, _REASON = bytes.fromhex("551d23"), bytes.fromhex("551d15")
"""Content of the object identifiers authorityKeyIdentifier and cRLReason."""
_MAX_SERIAL = 21
"""Octets: 20 and a sign octet."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """One revoked certificate. ``reason`` is the CRLReason number (RFC 5280 5.3.1), 0 when none is given."""

    serial: int
    at: datetime
    reason: int


class RevocationList:
    """One verified list of one issuer. Made by `read`; immutable."""

    __slots__ = ("_der", "_index", "digest", "issuer_key_id", "next_update", "this_update")

    def __init__(
        self, der: bytes, index: "array[int]", *, issuer_key_id: str, this_update: datetime, next_update: datetime
    ) -> None:
        self._der = der
        self._index = index
        self.issuer_key_id = issuer_key_id
        self.this_update = this_update
        self.next_update = next_update
        self.digest = hashlib.sha256(der).hexdigest()

    def __len__(self) -> int:
        return len(self._index)

    def find(self, serial: int) -> Revocation | None:
        """The entry of this serial number. Exact: the index narrows down, the bytes of the list decide."""
        wanted = _content(serial)
        floor = crc32(wanted) << 32
        at = bisect_left(self._index, floor)
        while at < len(self._index) and self._index[at] >> 32 == floor >> 32:
            entry = _entry(self._der, self._index[at] & 0xFFFFFFFF, self.this_update)
            if entry.serial == serial:
                return entry
            at += 1
        return None

    def __contains__(self, serial: int) -> bool:
        return self.find(serial) is not None

    def __iter__(self) -> Iterator[Revocation]:
        for packed in self._index:
            yield _entry(self._der, packed & 0xFFFFFFFF, self.this_update)

    def fresh(self, now: datetime) -> bool:
        """Whether ``now`` lies inside the list's own time (thisUpdate up to nextUpdate)."""
        return self.this_update <= now < self.next_update


def read(der: bytes, anchors: Anchors) -> RevocationList:
    """The list, with issuer and signature checked. About a second of CPU for a million entries: call it in a thread.

    Raises `OnshiError` (REVOCATION_LIST_WRONG) with a ``reason``.
    """
    try:
        return _read(der, anchors)
    except (tlv.Malformed, ValueError, IndexError) as wrong:
        raise OnshiError(trust.REVOCATION_LIST_WRONG, reason=str(wrong)) from None


def _read(der: bytes, anchors: Anchors) -> RevocationList:
    if len(der) >= 1 << 32:
        raise tlv.Malformed("too large")
    outer = tlv.read(der, 0, len(der))
    if outer.tag != 0x30 or outer.stop != len(der):
        raise tlv.Malformed("not one CertificateList")
    parts = tlv.children(der, outer.start, outer.stop)
    if [part.tag for part in parts] != [0x30, 0x30, 0x03]:
        raise tlv.Malformed("not a CertificateList")
    tbs, algorithm, signature = parts
    head = _Head(der, tbs)
    if not der[algorithm.begin : algorithm.stop] == head.algorithm == SHA256_WITH_RSA:
        raise tlv.Malformed("signature algorithm is not sha256WithRSA")
    if der[signature.start : signature.start + 1] != b"\x00":
        raise tlv.Malformed("signature is no whole octets")
    issuer = _issuer(head, anchors, der[signature.start + 1 : signature.stop], der[tbs.begin : tbs.stop])
    index = _indexed(der, head.entries.start, head.entries.stop) if head.entries else array("Q")
    return RevocationList(
        der, index, issuer_key_id=issuer.key_id, this_update=head.this_update, next_update=head.next_update
    )


class _Head:
    """TBSCertList around its entries: version, algorithm, issuer, two times, entries, extensions."""

    def __init__(self, der: bytes, tbs: tlv.Span) -> None:
        spans = tlv.children(der, tbs.start, tbs.stop)
        extensions: tlv.Span | None = None
        if spans and spans[-1].tag == 0xA0:
            extensions = spans.pop()
        if len(spans) < 4 or der[spans[0].begin : spans[0].stop] != b"\x02\x01\x01":
            raise tlv.Malformed("not a version 2 list")
        self.algorithm = der[spans[1].begin : spans[1].stop]
        self.name = der[spans[2].begin : spans[2].stop]
        self.this_update = _moment(der, spans[3])
        rest = spans[4:]
        if not rest or rest[0].tag == 0x30:
            raise tlv.Malformed("no nextUpdate")
        self.next_update = _moment(der, rest[0])
        if len(rest) > 2 or (len(rest) == 2 and rest[1].tag != 0x30):
            raise tlv.Malformed("unknown parts")
        self.entries = rest[1] if len(rest) == 2 else None
        self.key_id = _key_id(der, extensions) if extensions else None


def _key_id(der: bytes, wrapper: tlv.Span) -> str | None:
    """The authority key identifier; a critical extension (delta, partial, indirect lists) refuses the whole list."""
    outer = tlv.read(der, wrapper.start, wrapper.stop)
    found = None
    for extension in tlv.children(der, outer.start, outer.stop):
        spans = tlv.children(der, extension.start, extension.stop)
        if [span.tag for span in spans] not in ([0x06, 0x04], [0x06, 0x01, 0x04]):
            raise tlv.Malformed("not an extension")
        if len(spans) == 3 and der[spans[1].start : spans[1].stop] != b"\x00":
            raise tlv.Malformed("critical extension")
        if der[spans[0].start : spans[0].stop] == _AKI:
            sequence = tlv.read(der, spans[-1].start, spans[-1].stop)
            for part in tlv.children(der, sequence.start, sequence.stop):
                if part.tag == 0x80:
                    found = der[part.start : part.stop].hex()
    return found


def _issuer(head: _Head, anchors: Anchors, signature: bytes, content: bytes) -> Anchor:
    if head.key_id is None:
        generations = anchors.by_name(head.name)
    else:
        anchor = anchors.by_key(head.key_id)
        generations = [anchor] if anchor is not None and anchor.name == head.name else []
    if not generations:
        raise tlv.Malformed("unknown issuer")
    for anchor in generations:
        if anchor.signed(signature, content):
            return anchor
    raise tlv.Malformed("wrong signature")


def _indexed(der: bytes, at: int, end: int) -> "array[int]":
    """Per entry the CRC-32 of its serial above the entry's offset, sorted: 8 octets each; the DER itself decides."""
    packed = []
    while at < end:
        size = der[at + 1]
        start = at + 2
        if size == 0x81:
            size, start = der[at + 2], at + 3
        elif size == 0x82:
            size, start = der[at + 2] << 8 | der[at + 3], at + 4
        elif size >= 0x80:
            raise tlv.Malformed("entry is too long")
        stop = start + size
        length = der[start + 1]
        first = start + 2
        if der[at] != 0x30 or der[start] != 2 or not 0 < length <= _MAX_SERIAL or first + length > stop or stop > end:
            raise tlv.Malformed("entry is no revoked certificate")
        if length > 1 and der[first] == 0 and der[first + 1] < 0x80:
            raise tlv.Malformed("serial number has leading zeros")
        packed.append(crc32(der[first : first + length]) << 32 | at)
        at = stop
    packed.sort()
    return array("Q", packed)


def _content(serial: int) -> bytes:
    """The content octets of an INTEGER."""
    return serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)


def _entry(der: bytes, at: int, instead: datetime) -> Revocation:
    """The entry at an indexed offset. Its serial was read when it was indexed; an unreadable rest changes nothing
    about the revocation: then the moment is ``instead`` and the reason unspecified.
    """
    outer = tlv.read(der, at, len(der))
    number = tlv.read(der, outer.start, outer.stop)
    serial = int.from_bytes(der[number.start : number.stop], "big", signed=True)
    try:
        spans = tlv.children(der, number.stop, outer.stop)
        return Revocation(serial, _moment(der, spans[0]), _reason(der, spans[1]) if len(spans) > 1 else 0)
    except (ValueError, IndexError):
        return Revocation(serial, instead, 0)


def _reason(der: bytes, extensions: tlv.Span) -> int:
    for extension in tlv.children(der, extensions.start, extensions.stop):
        spans = tlv.children(der, extension.start, extension.stop)
        if der[spans[0].start : spans[0].stop] == _REASON:
            return int.from_bytes(tlv.exactly(der[spans[-1].start : spans[-1].stop], 0x0A)[0], "big")
    return 0


def _moment(der: bytes, span: tlv.Span) -> datetime:
    """UTCTime (years 1950-2049) or GeneralizedTime, in seconds, Zulu, as RFC 5280 4.1.2.5 wants them."""
    text = der[span.start : span.stop].decode("ascii", "replace")
    digits = text[:-1]
    if not text.endswith("Z") or not digits.isascii() or not digits.isdigit():
        raise tlv.Malformed("time is not in seconds and Zulu")
    if span.tag == 0x17 and len(digits) == 12:
        digits = ("19" if digits >= "50" else "20") + digits
    elif span.tag != 0x18 or len(digits) != 14:
        raise tlv.Malformed("not a time")
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
