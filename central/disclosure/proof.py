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
        consents.c.consent_id.in_(sa.bindparam("given", expanding=True)),
        consents.c["items"] != "",
    ),
)
"""The certificates of some consents of one person to one facility."""


@dataclass(frozen=True, slots=True)
class Proof:
    """``holder`` is None where the register knows nobody; ``keys``: every row that says so, by certificate key."""

    holder: str | None
    keys: tuple[str, ...]


async def proofs(store: Store, person_id: str, facility: str, given: Collection[str]) -> dict[str, Proof]:
    """The proof of each of these consents, by consent id; a consent that is not on record has none."""
    if not given:
        return {}
    rows = await store.all(SIGNED, person=person_id, at_facility=facility, given=sorted(given))
    found: dict[str, Proof] = {}
    for row in rows:
        proof = await _proof(store, CertificateId(row["issuer_key_id"], row["serial"]))
        # Two devices may have named their consents alike: then each has to be this person's.
        if row["consent_id"] not in found or proof.holder != person_id:
            found[row["consent_id"]] = proof
    return found


async def _proof(store: Store, signed_with: CertificateId) -> Proof:
    """As a visit finds its holder: through the register's renewals, else through the linkage's."""
    keys: list[str] = []
    earlier = await Links(store).earlier(signed_with)
    for one in (signed_with, *earlier):
        key: str | None = certificate_key(one.issuer_key_id, one.serial)
        while key is not None and key not in keys and len(keys) < RENEWALS:
            keys.append(key)
            row = await store.first(HOLDER, certificate_key=key, known_at=NOW)
            if row is not None and row["person_id"] is not None:
                return Proof(row["person_id"], tuple(keys))
            key = row["previous_key"] if row is not None else None
    return Proof(None, tuple(keys))
