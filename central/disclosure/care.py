"""Consents to care that goes on (home visits, online care), for the bulks of clinic software: who gave one, and whether
it lives still.

Such a bulk carries the eligibility and, where that was consented to, 特定疾病, which are no medical documents and so
pass by `door`; the same grants, proofs and rows of a reading hold here. Facts: reference clinic-interface 3.6.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from central.audit.journal import Write
from central.db import Store
from central.disclosure.disclosed import ConsentedPatient, Purpose, Reader
from central.disclosure.proof import Proof, proofs
from central.disclosure.service import certificate_end
from central.disclosure.standing import is_alive, unproven, why_ended
from central.disclosure.statements import CONSENTED, EXAMINED, GRANTS, KEEP
from protocol.eras import JST
from protocol.errors import OnshiError, trust
from protocol.visit import ConsentItem


@dataclass(frozen=True, slots=True)
class Living:
    """A consent that lives, with its proof."""

    patient: ConsentedPatient
    proof: Proof


class CareConsents:
    """``ids`` gives unguessable ids of 32 hexadecimal digits."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime], ids: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def consented_patients(
        self,
        facility: str,
        purpose: Purpose,
        first: date,
        last: date,
        *,
        by: Literal["consent", "examination"] = "consent",
    ) -> list[ConsentedPatient]:
        """Whose consent to home visits or online care lives now, oldest consent first; for any other purpose nobody.

        ``first`` to ``last`` (Japan days, both inclusive) hold the day of the consent, or a day on which the
        facility read under it: reading is what the centre sees of an examination [inferred].
        """
        rows = await self._store.all(
            CONSENTED if by == "consent" else EXAMINED,
            at_facility=facility,
            of_purpose=purpose.value,
            now=self._clock(),
            first_moment=datetime.combine(first, time(), JST),
            end_moment=certificate_end(last),
        )
        items: dict[tuple[str, str], list[ConsentItem]] = {}
        for row in rows:
            items.setdefault((row["person_id"], row["consent_id"]), []).append(ConsentItem(row["item"]))
        told = {(row["person_id"], row["consent_id"]): row for row in rows}
        return [
            ConsentedPatient(
                person_id=row["person_id"],
                purpose=purpose,
                items=tuple(item for item in ConsentItem if item in items[key]),
                consent_id=row["consent_id"],
                consented_at=row["granted_at"],
                available_until=row["available_until"],
            )
            for key, row in told.items()
        ]

    async def living(self, facility: str, person_id: str, purpose: Purpose) -> Living:
        """The consent to this care that lives now, with the items of it that do.

        Read it after whatever is to leave under it, whose moment `reading` takes. Raises `OnshiError` with the reason
        where there is none.
        """
        now = self._clock()
        rows = await self._store.all(GRANTS, person=person_id, at_facility=facility, now=now)
        given = [row for row in rows if row["purpose"] == purpose.value]
        alive = [row for row in given if is_alive(row, now)]
        if not alive:
            raise OnshiError(why_ended(given[0], now) if given else trust.NO_GRANT, facility=facility)
        newest = alive[0]
        proven = await proofs(self._store, person_id, facility, [newest["consent_id"]])
        broken = unproven(newest, proven)
        if broken is not None:
            raise OnshiError(broken, facility=facility)
        items = {ConsentItem(row["item"]) for row in alive if row["consent_id"] == newest["consent_id"]}
        patient = ConsentedPatient(
            person_id=person_id,
            purpose=purpose,
            items=tuple(item for item in ConsentItem if item in items),
            consent_id=newest["consent_id"],
            consented_at=newest["granted_at"],
            available_until=newest["available_until"],
        )
        return Living(patient, proven[newest["consent_id"]])

    def reading(self, reader: Reader, living: Living, *, known_at: datetime) -> Write:
        """The row of a reading of 特定疾病, for the commit of the audit row: a `Conflict`, and so nothing leaves, where
        the consent or what it stands on changed since ``known_at``. It is no care, and keeps no consent alive.
        """
        return KEEP, {
            **living.proof.kept(),
            "person": living.patient.person_id,
            "at_facility": reader.facility,
            "of_item": ConsentItem.SPECIFIC_DISEASES.value,
            "of_right": None,
            "under": living.patient.consent_id,
            "known_at": known_at,
            "reading_id": self._ids(),
            "device": reader.device,
            "operator": reader.operator,
            "read_at": self._clock(),
            "records": "",
        }
