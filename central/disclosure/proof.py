"""What a consent was signed with, as known now: whose certificate that is, through its renewals, and if it is revoked.

A grant names no certificate: its consent belongs to a visit, and the visit names it. Read after the person
(`statements.PERSON`), so that whatever corrects a certificate later is seen at the commit of the reading (`KEEP`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import zip_longest

import sqlalchemy as sa

from central.db import Statement, Store
from central.disclosure.statements import CERTIFICATES
from central.disclosure.tables import consents
from central.presence.tables import visits
from central.register.keys import certificate_key
from central.register.service import RENEWALS
from central.register.statements import HOLDER, NOW
from central.trust.certificates import CertificateId
from central.trust.links import Links
from central.trust.tables import revocations

SIGNED = Statement(
    "disclosure.signed",
    sa.select(
        visits.c.issuer_key_id,
        visits.c.serial,
        sa.exists(
            sa.select(revocations.c.serial).where(
                revocations.c.issuer_key_id == visits.c.issuer_key_id, revocations.c.serial == visits.c.serial
            )
        ).label("revoked"),
    )
    .select_from(
        consents.join(visits, sa.and_(visits.c.device == consents.c.device, visits.c.request_id == consents.c.visit))
    )
    .where(
        consents.c.person_id == sa.bindparam("person"),
        consents.c.facility == sa.bindparam("at_facility"),
        consents.c.consent_id == sa.bindparam("consent"),
        consents.c["items"] != "",
    ),
)
"""The certificate of one consent of a person to a facility. Two devices may have named their consents alike."""


@dataclass(frozen=True, slots=True)
class Proof:
    """``holder`` is None where the register knows nobody; ``keys``: every row that says so, by certificate key."""

    certificate: CertificateId
    revoked: bool
    """Known to be, whichever worker learned it, and for whichever reason."""
    holder: str | None
    keys: tuple[str, ...]

    def kept(self) -> dict[str, object]:
        """The parameters by which `KEEP` sees again, at the commit of a reading, that all of this is still so."""
        chain = dict(zip_longest(CERTIFICATES, self.keys))
        return {"issuer_key_id": self.certificate.issuer_key_id, "serial": self.certificate.serial, **chain}


async def proofs(store: Store, person_id: str, facility: str, given: Collection[str]) -> dict[str, Proof]:
    """The proof of each of these consents, by consent id; a consent that is not on record has none."""
    found: dict[str, Proof] = {}
    for consent_id in given:
        for row in await store.all(SIGNED, person=person_id, at_facility=facility, consent=consent_id):
            certificate = CertificateId(row["issuer_key_id"], row["serial"])
            holder, keys = await _holder(store, certificate)
            proof = Proof(certificate, bool(row["revoked"]), holder, keys)
            # Named alike: then each has to hold.
            if consent_id not in found or proof.revoked or proof.holder != person_id:
                found[consent_id] = proof
    return found


async def _holder(store: Store, signed_with: CertificateId) -> tuple[str | None, tuple[str, ...]]:
    """As a visit finds its holder: through the register's renewals, else through the linkage's."""
    keys: list[str] = []
    holder = await _registered(store, signed_with, keys)
    if holder is None:
        for earlier in await Links(store).earlier(signed_with):
            holder = await _registered(store, earlier, keys)
            if holder is not None:
                break
    return holder, tuple(keys)


async def _registered(store: Store, certificate: CertificateId, keys: list[str]) -> str | None:
    """Whose the register says it is; the keys that were asked for are added to ``keys``."""
    key: str | None = certificate_key(certificate.issuer_key_id, certificate.serial)
    while key is not None and key not in keys and len(keys) < RENEWALS:
        keys.append(key)
        row = await store.first(HOLDER, certificate_key=key, known_at=NOW)
        if row is None or row["person_id"] is not None:
            return row["person_id"] if row is not None else None
        key = row["previous_key"]
    return None
