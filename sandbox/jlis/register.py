"""What J-LIS knows of certificates: issued, revoked, renewed. In memory; the cast fills it anew at each start.

The identity of a certificate is (issuer key id, serial). Lists drop certificates that have expired.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from cryptography import x509

from sandbox.jlis.authority import Purpose
from sandbox.jlis.profile import end_of_day


@dataclass(frozen=True, kw_only=True)
class Issued:
    """One certificate. ``der`` is None for people of the world who have a serial but no keys."""

    purpose: Purpose
    generation: int
    issuer_key_id: str
    serial: int
    issued: date
    last_day: date
    der: bytes | None

    @property
    def serial_hex(self) -> str:
        return f"{self.serial:x}"

    @property
    def identity(self) -> tuple[str, int]:
        return self.issuer_key_id, self.serial

    @property
    def not_after(self) -> datetime:
        return end_of_day(self.last_day)


@dataclass(frozen=True)
class Revoked:
    """When a certificate was revoked, and why."""

    at: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True)
class Renewal:
    """新旧紐付け: the certificate that took another one's place."""

    old: Issued
    new: Issued


class Register:
    """Issued certificates by identity, with their revocations and renewals."""

    def __init__(self) -> None:
        self._issued: dict[tuple[str, int], Issued] = {}
        self._revoked: dict[tuple[str, int], Revoked] = {}
        self.renewals: list[Renewal] = []
        self.changes = 0
        """Grows with every change, so that whoever keeps an answer knows when it is old."""

    def enter(self, certificate: Issued) -> None:
        """Raises `ValueError` for a serial that this generation already used for another certificate.

        A certificate may come later for a serial that was entered without one.
        """
        known = self._issued.get(certificate.identity)
        if known is not None and known.der is None:
            known = replace(known, der=certificate.der)
        if known is not None and known != certificate and replace(known, der=None) != certificate:
            raise ValueError(f"serial {certificate.serial_hex} is taken")
        self._issued[certificate.identity] = known or certificate
        self.changes += 1

    def find(self, issuer_key_id: str, serial: int) -> Issued | None:
        return self._issued.get((issuer_key_id, serial))

    def revoke(self, certificate: Issued, reason: x509.ReasonFlags, at: datetime) -> None:
        """For good: a second revocation changes nothing."""
        if certificate.identity not in self._issued:
            raise LookupError(f"serial {certificate.serial_hex} was not issued here")
        self._revoked.setdefault(certificate.identity, Revoked(at, reason))
        self.changes += 1

    def revocation(self, certificate: Issued, at: datetime) -> Revoked | None:
        """Its revocation as of a moment."""
        found = self._revoked.get(certificate.identity)
        return found if found and found.at <= at else None

    def renew(self, old: Issued, new: Issued) -> None:
        self.renewals.append(Renewal(old, new))
        self.changes += 1

    def listed(self, issuer_key_id: str, at: datetime) -> Iterator[tuple[Issued, Revoked]]:
        """The entries of this issuer's list as of a moment: revoked by then and not yet expired."""
        for identity, revoked in self._revoked.items():
            certificate = self._issued[identity]
            if identity[0] == issuer_key_id and revoked.at <= at <= certificate.not_after:
                yield certificate, revoked
