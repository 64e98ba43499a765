"""Whether what a consent gave is still given: for an answer that was stored when it came."""

from datetime import datetime

from central.db import Store
from central.disclosure.proof import proofs
from central.disclosure.standing import is_alive, unproven, why_ended
from central.disclosure.statements import GRANTS
from protocol.errors import Fault, trust


async def why_not(store: Store, *, facility: str, person_id: str, consent_id: str, now: datetime) -> Fault | None:
    """Why not all of the consent's grants live, or None: they do. For a consent that gave something."""
    every = await store.all(GRANTS, person=person_id, at_facility=facility, now=now)
    rows = [row for row in every if row["consent_id"] == consent_id]
    if not rows:
        return trust.NO_GRANT
    ended = next((row for row in rows if not is_alive(row, now)), None)
    if ended is not None:
        return why_ended(ended, now)
    return unproven(rows[0], await proofs(store, person_id, facility, [consent_id]))
