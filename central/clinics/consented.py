"""Patients who consented to home visits or online care, as the units of a bulk (OQSmuhvq, OQSmuonq).

`central.disclosure.care` says whose consents live; a unit is one of these people. Whether theirs lives still is judged
when it is worked off and each time it is handed out. Facts: reference clinic-interface 3.6. Inferred: exactly one of
the two periods, with both ends; its days inclusive.
"""

from datetime import date, datetime
from typing import Literal, Protocol

from central.audit.journal import Write
from central.clinics.units import PURPOSES, BulkKind, ConsentedUnit
from central.disclosure.care import Living
from central.disclosure.disclosed import ConsentedPatient, Purpose, Reader
from protocol import codes
from protocol.errors import OnshiError, clinic
from protocol.messages import ConsentedSearch

_TREATMENTS = {
    BulkKind.HOME_VISITS: codes.MedicalTreatment.HOME_VISIT,
    BulkKind.ONLINE_CARE: codes.MedicalTreatment.ONLINE,
}


class ConsentedPatients(Protocol):
    """`central.disclosure.care.CareConsents` as this room needs it."""

    async def consented_patients(
        self,
        facility: str,
        purpose: Purpose,
        first: date,
        last: date,
        *,
        by: Literal["consent", "examination"] = "consent",
    ) -> list[ConsentedPatient]: ...

    def reading(self, reader: Reader, living: Living, *, known_at: datetime) -> Write: ...


async def units(
    patients: ConsentedPatients, kind: BulkKind, search: ConsentedSearch, *, facility: str
) -> list[ConsentedUnit]:
    """The units of a request; raises `OnshiError` (CLINIC-027) for a period or 診療区分 that the bulk does not have."""
    treatment, purpose = _TREATMENTS[kind], PURPOSES[kind]
    consented = (search.consented_from, search.consented_to)
    examined = (search.examined_from, search.examined_to)
    by: Literal["consent", "examination"] = "consent" if any(consented) else "examination"
    first, last = consented if any(consented) else examined
    both = any(consented) and any(examined)
    if search.treatment is not treatment or both or first is None or last is None or last < first:
        raise OnshiError(clinic.CONSENTED_PERIOD)
    found = await patients.consented_patients(facility, purpose, first, last, by=by)
    return [ConsentedUnit(one.person_id) for one in found]
