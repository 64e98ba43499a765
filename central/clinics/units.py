"""One unit of a bulk: what it asks becomes its answer, whatever is wrong with it. Bulks themselves are `service`.

Facts: reference clinic-interface 3.5 (which elements a unit has), 3.6, 3.7; OQSCD014 for the changed limit.
"""

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import msgspec

from central.clinics.reference_numbers import ReferenceNumbers
from central.db.store import StoreDown
from central.disclosure import care
from central.disclosure.disclosed import Purpose
from central.register import wire
from central.register.service import Register
from protocol import codes
from protocol.eras import JST
from protocol.errors import Fault, Kind, OnshiError
from protocol.messages import (
    AskedRegistration,
    AskedSearch,
    BulkUnit,
    EligibilityAnswer,
    EligibilityRequest,
    EligibilityResult,
    Message,
    ReferenceNumberInfo,
    ReferenceNumberUnit,
    SearchInfo,
    read_json,
    write_json,
)
from protocol.numbers import FacilityCode
from protocol.visit import ConsentItem

M = TypeVar("M", bound=Message)

_NOT_IN_A_BULK: dict[str, Any] = {
    "limit_consent": None,
    "limit_consent_time": None,
    "limit": None,
    "diseases": (),
    "reference_number": None,
}
"""A unit says only whether the limit certificate changed; its 照会番号 stands beside the result, not in it."""


class BulkKind(StrEnum):
    """What a bulk does; also the last part of its route."""

    QUERIES = "queries"
    """OQSmuquc."""
    REFERENCE_NUMBERS = "reference-numbers"
    """OQSmuimm."""
    TICKETS = "tickets"
    """OQSmutic, 医療扶助 by month."""
    HOME_VISITS = "home-visits"
    """OQSmuhvq."""
    ONLINE_CARE = "online-care"
    """OQSmuonq."""


PURPOSES = {BulkKind.HOME_VISITS: Purpose.HOME_VISIT, BulkKind.ONLINE_CARE: Purpose.ONLINE_CARE}
"""The kinds that tell of people who consented to care that goes on."""


class ConsentedUnit(msgspec.Struct, frozen=True):
    """What one unit asks: a person. Under which consent, is judged whenever it is answered."""

    person_id: str


class Living(Protocol):
    """`central.disclosure.care.CareConsents` as units need it."""

    async def living(self, facility: str, person_id: str, purpose: Purpose) -> care.Living: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A unit's answer. ``outcome`` is ``answered`` or a catalogue code; the keys are digests (`tables.bulk_unit`)."""

    unit: BulkUnit | ReferenceNumberUnit
    outcome: str = "answered"
    person_id: str | None = None
    known_at: datetime | None = None
    validity: str | None = None
    asked_key: str | None = None
    limit_digest: str | None = None
    discloses: care.Living | None = None
    """The consent under which 特定疾病 are in it."""


class Units:
    """Judges units of every kind."""

    def __init__(self, register: Register, references: ReferenceNumbers, patients: Living) -> None:
        self._register = register
        self._patients = patients
        self._references = references

    async def query(self, asked: AskedSearch, *, facility: str, day: date, now: datetime) -> Judged:
        """A query by number, without the share that single queries have: a bulk is counted as a whole."""
        try:
            search = _strict(asked, SearchInfo)
            # Asked as with consent, to see whether the certificate changed; it does not leave with the unit.
            wide = msgspec.structs.replace(search, limit_consent=codes.LimitConsent.GIVEN)
            request = EligibilityRequest(asked_day=day, facility=FacilityCode(facility), search=wide)
            found = await self._register.query_by_number(request, facility=facility, now=now, counted=False)
        except OnshiError as refused:
            return Judged(unit=failed_query(asked, refused.fault), outcome=refused.fault.code)
        answer = found.message
        result = answer.results[0] if answer.results else None
        return Judged(
            unit=BulkUnit(
                search=asked,
                status=answer.status,
                result_code=answer.result_code,
                result_message=answer.result_message,
                validity=answer.validity,
                result=msgspec.structs.replace(result, **_NOT_IN_A_BULK) if result else None,
                reference_number=result.reference_number if result else None,
            ),
            person_id=found.person_id,
            known_at=found.known_at,
            validity=found.validity.value,
            asked_key=_asked_key(facility, search),
            limit_digest=_limit_digest(result),
        )

    async def limit_before(self, asked: AskedSearch, *, facility: str, day: date, now: datetime) -> str | None:
        """The digest of the limit certificate at the end of the month before: for a facility's first bulk."""
        judged = await self.query(asked, facility=facility, day=day.replace(day=1) - timedelta(days=1), now=now)
        return judged.limit_digest

    async def registration(self, asked: AskedRegistration, *, facility: str, now: datetime) -> Judged:
        """A 照会番号 to register."""
        try:
            info = _strict(asked, ReferenceNumberInfo)
            done = await self._references.register(info, facility=facility, now=now)
        except StoreDown:
            raise
        except OnshiError as refused:
            return Judged(unit=failed_registration(asked, refused.fault), outcome=refused.fault.code)
        return Judged(
            unit=ReferenceNumberUnit(registration=asked, status=codes.ProcessingResultStatus.NORMAL),
            person_id=done.person_id,
            known_at=done.known_at,
        )

    async def ticket(self, person_id: str, day: date, *, facility: str, now: datetime) -> Judged:
        """医療扶助 of one person with this facility's tickets on that day."""
        found = await self._register.answer_for_card(person_id, day, facility=facility, now=now)
        result = _assistance(found.message)
        validity = found.message.validity if result and len(found.message.results) == 1 else None
        if validity is None and result:
            validity = codes.QualificationValidity.VALID
        return Judged(
            unit=BulkUnit(
                status=codes.ProcessingResultStatus.NORMAL,
                validity=validity or codes.QualificationValidity.NONE,
                result=result,
            ),
            person_id=person_id,
            known_at=found.known_at,
            validity=(validity or codes.QualificationValidity.NONE).value,
        )

    async def consented(
        self, asked: ConsentedUnit, purpose: Purpose, *, facility: str, day: date, now: datetime
    ) -> Judged:
        """The coverage today of one person who consented to care that goes on, with the flags of that consent.

        Where it lives no longer, the unit says why and nothing else.
        """
        # The consent after what leaves under it: `CareConsents.living`.
        found = await self._register.answer_for_card(asked.person_id, day, facility=facility, now=now)
        try:
            living = await self._patients.living(facility, asked.person_id, purpose)
        except OnshiError as refused:
            if refused.fault.kind is not Kind.NOT_ALLOWED:
                raise
            return Judged(unit=failed_query(None, refused.fault), outcome=refused.fault.code, person_id=asked.person_id)
        patient = living.patient
        message = wire.consented(
            found.message,
            patient.items,
            at=patient.consented_at.astimezone(JST),
            until=patient.available_until.astimezone(JST),
            specific_diseases=found.specific_diseases,
        )
        result = _insured(message)
        return Judged(
            unit=BulkUnit(
                status=message.status,
                result_code=message.result_code,
                result_message=message.result_message,
                validity=message.validity,
                result=msgspec.structs.replace(result, reference_number=None) if result else None,
                reference_number=result.reference_number if result else None,
            ),
            person_id=asked.person_id,
            known_at=found.known_at,
            validity=found.validity.value,
            discloses=living if found.medical and ConsentItem.SPECIFIC_DISEASES in patient.items else None,
        )


def told_of_limit(judged: Judged, before: str | None) -> Judged:
    """The unit with OQSCD014: 0 when the same certificate was there before, else 1 (or cannot be told)."""
    unit = judged.unit
    if not isinstance(unit, BulkUnit) or unit.result is None or judged.limit_digest is None:
        return judged
    same = before == judged.limit_digest
    changed = codes.LimitChanged.NO if same else codes.LimitChanged.YES_OR_UNKNOWN
    result = msgspec.structs.replace(unit.result, limit_changed=changed)
    return dataclasses.replace(judged, unit=msgspec.structs.replace(unit, result=result))


def failed_query(asked: AskedSearch | None, fault: Fault) -> BulkUnit:
    return BulkUnit(
        search=asked,
        status=codes.ProcessingResultStatus.ERROR,
        result_code=fault.code,
        result_message=f"{fault.desk_ja}{fault.next_ja}",
    )


def failed_registration(asked: AskedRegistration, fault: Fault) -> ReferenceNumberUnit:
    return ReferenceNumberUnit(
        registration=asked,
        status=codes.ProcessingResultStatus.ERROR,
        result_code=fault.code,
        result_message=f"{fault.desk_ja}{fault.next_ja}",
    )


def _strict(asked: Message, kind: type[M]) -> M:
    """The same elements under their rules; raises `OnshiError` (INPUT-…)."""
    return read_json(write_json(asked), kind)


def _asked_key(facility: str, search: SearchInfo) -> str:
    symbol = search.symbol.key if search.symbol else ""
    branch = search.branch.raw if search.branch else ""
    parts = (facility, search.insurer_number.padded_zeros, symbol, search.number.key, branch, str(search.birth_date))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _limit_digest(result: EligibilityResult | None) -> str | None:
    if result is None:
        return None
    return hashlib.sha256(msgspec.json.encode(write_json(result.limit) if result.limit else None)).hexdigest()


def _insured(answer: EligibilityAnswer) -> EligibilityResult | None:
    """The one result of a unit: the insurance's, or 医療扶助 where there is no other."""
    kind = codes.CardClassification.MEDICAL_ASSISTANCE
    insured = [result for result in answer.results if result.card_classification is not kind]
    return next(iter([*insured, *answer.results]), None)


def _assistance(answer: EligibilityAnswer) -> EligibilityResult | None:
    kind = codes.CardClassification.MEDICAL_ASSISTANCE
    return next((result for result in answer.results if result.card_classification is kind), None)
