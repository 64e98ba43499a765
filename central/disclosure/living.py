"""Whether what a consent gave is still given: for an answer that was stored when it came, or made of a visit's."""

from datetime import date, datetime

from central.db import Store
from central.disclosure.proof import proofs
from central.disclosure.standing import is_alive, unproven, why_ended
from central.disclosure.statements import GRANTS, PERSON
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


async def stopped(store: Store, person_id: str, today: date) -> bool:
    """Whether a stop (照会停止) of the person is in force now, whatever it was when the card was answered."""
    rows = await store.all(PERSON, person=person_id, day=today)
    return any(row["person_stopped"] for row in rows)
