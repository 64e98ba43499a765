"""What one audit row says: ids, hashes and codes only, in the project's canonical bytes.

Source: trust rules, "Audit row". Never a name, a number of a person or insurer, a birth date, a PIN or a key.
"""

import hashlib
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from protocol import canonical

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}(?!\n)$")]
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]
AwareMoment = Annotated[datetime, msgspec.Meta(tz=True)]

GENESIS = bytes(32)
"""What the first row of a log has in place of its predecessor's hash."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened. ``kind``: visit, consent, query, enrol …; ``outcome``: ``answered`` or a catalogue code."""

    kind: Code
    outcome: Code
    device: Code | None = None
    facility: Code | None = None
    request_id: Code | None = None
    request_hash: Hash | None = None
    """SHA-256 of the request's bytes as they came."""
    answer_hash: Hash | None = None
    """SHA-256 of the answer's bytes as they leave."""
    asked_day: date | None = None
    computed_from: AwareMoment | None = None
    """The recorded moment that the answer was computed from."""
    subject: Code | None = None
    """The register's own person id, for the person's page of who saw what."""
    operator: Code | None = None
    """Who acted, where no device did: an account's or a command's id."""
    references: tuple[Code, ...] = ()
    """Further ids: rows read, certificate id, grant id."""


class AuditRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One link of a log's chain."""

    format: Literal["onshi.audit/1"] = "onshi.audit/1"
    log: Code
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    previous: Hash
    recorded_at: AwareMoment
    entry: AuditEntry


def sealed(row: AuditRow) -> tuple[bytes, bytes]:
    """The row's canonical bytes and their SHA-256, which the next row names as ``previous``."""
    content = canonical.encode(row)
    return content, hashlib.sha256(content).digest()


def checked(entry: AuditEntry) -> AuditEntry:
    """The entry itself, or ``msgspec.ValidationError`` when a field is not an id, a hash or a code."""
    return msgspec.convert(msgspec.to_builtins(entry), AuditEntry)
