"""Deciding whether a certificate may be used today: lists, the responder's answers, and what was learned before.

Status is the newer of a CRL inside its nextUpdate and an OCSP answer of at most 15 minutes; neither is unknown, and
unknown is refused. A revocation once learned stays until grace ends, because lists drop expired certificates.
Facts: trust rules "Certificates"; reasons `my-number-card` reference 5.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog

from central.db import Store
from central.trust import crl
from central.trust.anchors import Anchors
from central.trust.certificates import AuthenticationCertificate, CertificateId
from central.trust.crl import Revocation, RevocationList
from central.trust.ledger import Coverage, Ledger
from central.trust.ocsp import SKEW, OcspAnswer, OcspClient
from protocol.errors import Fault, OnshiError, trust

log = structlog.get_logger(__name__)
_FAULTS: dict[int, Fault] = {
    1: trust.CERTIFICATE_REVOKED_STOLEN,
    2: trust.CERTIFICATE_REVOKED_STOLEN,
    3: trust.CERTIFICATE_REVOKED_CHANGED,
    4: trust.CERTIFICATE_REVOKED_REPLACED,
    6: trust.CERTIFICATE_SUSPENDED,
    10: trust.CERTIFICATE_REVOKED_STOLEN,
}
"""CRLReason (RFC 5280 5.3.1) to what the desk is told; all others: CERTIFICATE_REVOKED."""


@dataclass(frozen=True, slots=True)
class GoodStatus:
    """Why a certificate counts as not revoked: ``source`` crl, ocsp or kept, and that source's moment."""

    source: str
    as_of: datetime


class Revocations:
    """The one judge of status. ``ocsp`` may be left out; then lists alone decide."""

    def __init__(self, anchors: Anchors, store: Store, *, ocsp: OcspClient | None = None) -> None:
        self._anchors = anchors
        self._ledger = Ledger(store)
        self._ocsp = ocsp
        self._lists: dict[str, tuple[RevocationList, ...]] = {}
        self._kept: dict[CertificateId, Revocation] = {}
        self._coverage: dict[str, Coverage] = {}

    async def start(self) -> None:
        """Reads what was learned before; lists themselves come by `take`."""
        self._kept = await self._ledger.kept()
        self._coverage = await self._ledger.coverage()

    def issuers(self) -> dict[str, RevocationList]:
        """The newest list of each issuer that is in force, for the operators' page."""
        return {issuer: lists[0] for issuer, lists in self._lists.items()}

    def listed(self, issuer_key_id: str, serial: int) -> bool:
        """Whether this issuer's newest list carries the serial; for responders' own certificates."""
        return any(serial in one for one in self._lists.get(issuer_key_id, ()))

    async def check(self, certificate: AuthenticationCertificate, now: datetime) -> GoodStatus:
        """Why it is good. Raises `OnshiError`: CERTIFICATE_REVOKED…, CERTIFICATE_SUSPENDED, STATUS_UNKNOWN."""
        known = self._known(certificate)
        if known is not None:
            raise _refused(certificate, known, now)
        answer = await self._ocsp.ask(certificate, now) if self._ocsp else None
        if answer is not None and answer.revocation is not None:
            await self._learn(certificate, answer.revocation, now)
            raise _refused(certificate, answer.revocation, now)
        good = self._good(certificate, answer, now)
        if good is None:
            raise OnshiError(trust.STATUS_UNKNOWN, certificate=str(certificate.id))
        return good

    def _known(self, certificate: AuthenticationCertificate) -> Revocation | None:
        kept = self._kept.get(certificate.id)
        if kept is not None:
            return kept
        serial = certificate.certificate.serial_number
        for one in self._lists.get(certificate.id.issuer_key_id, ()):
            found = one.find(serial)
            if found is not None:
                return found
        return None

    def _good(
        self, certificate: AuthenticationCertificate, answer: OcspAnswer | None, now: datetime
    ) -> GoodStatus | None:
        """The newer source decides; an expired certificate needs lists that reach back to its expiry without a gap."""
        if answer is not None and answer.known:
            return GoodStatus("ocsp", answer.this_update)
        issuer = certificate.id.issuer_key_id
        if certificate.expired(now):
            coverage = self._coverage.get(issuer)
            if coverage is not None and coverage.covers(certificate.not_after, now):
                return GoodStatus("kept", coverage.this_update)
            return None
        if answer is not None:
            return None
        lists = self._lists.get(issuer)
        return GoodStatus("crl", lists[0].this_update) if lists and lists[0].fresh(now) else None

    async def _learn(self, certificate: AuthenticationCertificate, found: Revocation, now: datetime) -> None:
        self._kept[certificate.id] = found
        await self._ledger.keep(certificate.id, found, now, until=certificate.grace_until)
        # A reload that ran meanwhile has not seen the row yet.
        self._kept[certificate.id] = found

    async def take(self, der: bytes, now: datetime) -> RevocationList:
        """Takes a list in: read and checked, in force at once, then every entry kept in the database.

        A list older than the newest known only adds to what is kept: so history can be loaded, and an old list
        that somebody replays is never in force. Raises `OnshiError` (REVOCATION_LIST_WRONG).
        """
        taken = await asyncio.to_thread(crl.read, der, self._anchors)
        if taken.this_update > now + SKEW:
            raise OnshiError(trust.REVOCATION_LIST_WRONG, reason="thisUpdate lies in the future")
        issuer = taken.issuer_key_id
        newest = self._coverage.get(issuer)
        if newest is not None and taken.this_update < newest.this_update:
            await self._ledger.add(taken, now)
            await self.start()
            return taken
        present = self._lists.get(issuer, ())
        if not present or taken.digest != present[0].digest:
            self._lists[issuer] = (taken, *present)
            await self._ledger.take(taken, now)
            await self.start()
            self._lists[issuer] = (taken,)
            log.info("revocation_list_taken", issuer=issuer, entries=len(taken), until=str(taken.next_update))
        return taken

    async def purge(self, now: datetime) -> int:
        """Forgets what is kept of certificates whose grace has ended."""
        gone = await self._ledger.purge(now)
        if gone:
            await self.start()
        return gone


def _refused(certificate: AuthenticationCertificate, found: Revocation, now: datetime) -> OnshiError:
    fault = _FAULTS.get(found.reason, trust.CERTIFICATE_REVOKED)
    if certificate.expired(now):
        fault = trust.CERTIFICATE_REVOKED_THEN_EXPIRED
    return OnshiError(fault, certificate=str(certificate.id), reason=found.reason)
