"""What a consent was signed with, as known now: whose certificate that is, through its renewals.

A grant names no certificate: its consent belongs to a visit, and the visit names it. Read after the person
(`statements.PERSON`), so that whatever corrects a certificate later is seen at the commit of the reading (`KEEP`).
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from central.db import Statement, Store
from central.disclosure.tables import consents
from central.presence.tables import visits
from central.register.keys import certificate_key
from central.register.service import RENEWALS
from central.register.statements import HOLDER, NOW
from central.trust.certificates import CertificateId
from central.trust.links import Links

SIGNED = Statement(
    "disclosure.signed",
    sa.select(consents.c.consent_id, visits.c.issuer_key_id, visits.c.serial)
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

    holder: str | None
    keys: tuple[str, ...]


async def proofs(store: Store, person_id: str, facility: str, given: Collection[str]) -> dict[str, Proof]:
    """The proof of each of these consents, by consent id; a consent that is not on record has none."""
    found: dict[str, Proof] = {}
    for consent_id in given:
        for row in await store.all(SIGNED, person=person_id, at_facility=facility, consent=consent_id):
            proof = await _proof(store, CertificateId(row["issuer_key_id"], row["serial"]))
            # Named alike: then each has to be this person's.
            if consent_id not in found or proof.holder != person_id:
                found[consent_id] = proof
    return found


async def _proof(store: Store, signed_with: CertificateId) -> Proof:
    """As a visit finds its holder: through the register's renewals, else through the linkage's."""
    keys: list[str] = []
    holder = await _registered(store, signed_with, keys)
    if holder is None:
        for earlier in await Links(store).earlier(signed_with):
            holder = await _registered(store, earlier, keys)
            if holder is not None:
                break
    return Proof(holder, tuple(keys))


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
