"""Patients who consented to home visits or online care, as the units of a bulk (OQSmuhvq, OQSmuonq).

The door says whose consents live; a unit is one of them, with the consent as it was when the bulk was taken in. Facts:
reference clinic-interface 3.6. Inferred: exactly one of the two periods, with both ends; its days inclusive.
"""

from datetime import date
from typing import Literal, Protocol

from central.clinics.units import BulkKind, ConsentedUnit
from central.disclosure.disclosed import ConsentedPatient, Purpose
from protocol import codes
from protocol.errors import OnshiError, clinic
from protocol.messages import ConsentedSearch

_KINDS = {
    BulkKind.HOME_VISITS: (codes.MedicalTreatment.HOME_VISIT, Purpose.HOME_VISIT),
    BulkKind.ONLINE_CARE: (codes.MedicalTreatment.ONLINE, Purpose.ONLINE_CARE),
}


class ConsentedPatients(Protocol):
    """`central.disclosure.door.Door` as this room needs it."""

    async def consented_patients(
        self,
        facility: str,
        purpose: Purpose,
        first: date,
        last: date,
        *,
        by: Literal["consent", "examination"] = "consent",
    ) -> list[ConsentedPatient]: ...


async def units(
    patients: ConsentedPatients, kind: BulkKind, search: ConsentedSearch, *, facility: str
) -> list[ConsentedUnit]:
    """The units of a request; raises `OnshiError` (CLINIC-027) for a period or 診療区分 that the bulk does not have."""
    treatment, purpose = _KINDS[kind]
    consented = (search.consented_from, search.consented_to)
    examined = (search.examined_from, search.examined_to)
    by: Literal["consent", "examination"] = "consent" if any(consented) else "examination"
    first, last = consented if any(consented) else examined
    both = any(consented) and any(examined)
    if search.treatment is not treatment or both or first is None or last is None or last < first:
        raise OnshiError(clinic.CONSENTED_PERIOD)
    found = await patients.consented_patients(facility, purpose, first, last, by=by)
    return [ConsentedUnit(one.person_id, one.items, one.consented_at, one.available_until) for one in found]
