"""What is asked in FHIR: a CoverageEligibilityRequest, and the forms of searches, as the values that we answer from.

Elements that we do not read are ignored, as FHIR wants; what would change the question (modifier extensions, implicit
rules, a search parameter that we do not know) is refused. Refusals name a place, never what stood there.
Facts: FHIR R4 CoverageEligibilityRequest, search; reference data-formats 1.3, 4.1, 4.2.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from central.disclosure.disclosed import Purpose
from central.fhir import systems as s
from central.fhir.bundle import Days
from central.fhir.resources import Identifier, Reference
from protocol import eras
from protocol.codes import LimitConsent
from protocol.errors import OnshiError, fhir
from protocol.messages import EligibilityRequest, SearchInfo
from protocol.numbers import BirthDate, Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol

PURPOSES = ("validation", "benefits")
"""discovery and auth-requirements are not answered."""
PURPOSES_OF_CARE = (Purpose.VISIT.value, Purpose.HOME_VISIT.value, Purpose.ONLINE_CARE.value)
_CSV = re.compile(r'"([^"]*)","([^"]*)","([^"]*)","([^"]*)"')
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PREFIXED = re.compile(r"(eq|ge|le)?([0-9]{4}-[0-9]{2}-[0-9]{2})")

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """The insured number that is asked for."""

    insurer: InsurerNumber
    symbol: Symbol | None
    number: InsuredNumber
    branch: Branch | None

    def __repr__(self) -> str:
        return "Insured(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A CoverageEligibilityRequest: the query by number in it, and what the response repeats of it."""

    query: EligibilityRequest
    purpose: tuple[str, ...]
    request: Reference | None
    """Where the request has an id."""


# --- CoverageEligibilityRequest/$submit -------------------------------------------------------------------------------


def submitted(document: Resource, today: date) -> Submitted:
    """The request of a body: the resource itself, a Bundle of it and what it refers to, or Parameters around these.

    Raises `OnshiError`: FHIR-001, FHIR-002, and what the numbers raise.
    """
    resource, pool = _opened(document)
    for name in ("modifierExtension", "implicitRules", "servicedPeriod"):
        if name in resource:
            raise OnshiError(fhir.NOT_SUPPORTED, at=name)
    if _text(resource, "status") != "active":
        raise OnshiError(fhir.NOT_SUPPORTED, at="status")
    purpose = tuple(dict.fromkeys(_list(resource, "purpose")))
    if not purpose:
        raise OnshiError(fhir.REQUEST_WRONG, at="purpose")
    if not set(purpose) <= set(PURPOSES):
        raise OnshiError(fhir.NOT_SUPPORTED, at="purpose")
    person = _followed(resource, "patient", pool)
    coverage = _followed(_focal(resource), "coverage", pool)
    insured = _insured(coverage, person, pool)
    payer = _number_of(_followed(resource, "insurer", pool), s.INSURER_NUMBER)
    if payer and InsurerNumber(payer) != insured.insurer:
        raise OnshiError(fhir.REQUEST_WRONG, at="insurer")
    facility = _number_of(_followed(resource, "provider", pool), s.FACILITY_CODE)
    if not facility:
        raise OnshiError(fhir.REQUEST_WRONG, at="provider.identifier")
    query = EligibilityRequest(
        asked_day=_day(resource, "servicedDate") if "servicedDate" in resource else today,
        facility=FacilityCode(facility),
        search=_search(insured, _day(person, "birthDate"), _limit_consent(resource)),
    )
    id_ = _text(resource, "id")
    named = (
        Reference(reference=f"CoverageEligibilityRequest/{id_}") if re.fullmatch(r"[A-Za-z0-9.-]{1,64}", id_) else None
    )
    return Submitted(query=query, purpose=purpose, request=named)


def _opened(document: Resource) -> tuple[Resource, dict[str, Resource]]:
    """The request, and every resource beside or inside it by the references that lead there."""
    kind = document.get("resourceType")
    pool: dict[str, Resource] = {}
    if kind == "Parameters":
        inner = [one.get("resource") for one in _objects(document, "parameter") if one.get("name") == "resource"]
        if len(inner) != 1 or not isinstance(inner[0], dict) or inner[0].get("resourceType") == "Parameters":
            raise OnshiError(fhir.REQUEST_WRONG, at="Parameters.parameter")
        return _opened(inner[0])
    found = [document]
    if kind == "Bundle":
        found = []
        for entry in _objects(document, "entry"):
            resource = entry.get("resource")
            if not isinstance(resource, dict):
                raise OnshiError(fhir.REQUEST_WRONG, at="Bundle.entry.resource")
            found.append(resource)
            pool[_text(entry, "fullUrl")] = resource
            pool[f"{_text(resource, 'resourceType')}/{_text(resource, 'id')}"] = resource
        found = [one for one in found if one.get("resourceType") == "CoverageEligibilityRequest"]
    if len(found) != 1 or found[0].get("resourceType") != "CoverageEligibilityRequest":
        raise OnshiError(fhir.REQUEST_WRONG, at="resourceType")
    for contained in _objects(found[0], "contained"):
        pool[f"#{_text(contained, 'id')}"] = contained
    return found[0], pool


def _followed(resource: Resource, name: str, pool: Mapping[str, Resource]) -> Resource:
    """What a reference leads to; the reference itself, with its identifier, where it leads nowhere; {} for none."""
    reference = resource.get(name, {})
    if not isinstance(reference, dict):
        raise OnshiError(fhir.REQUEST_WRONG, at=name)
    return pool.get(_text(reference, "reference"), reference)


def _focal(resource: Resource) -> Resource:
    insurance = _objects(resource, "insurance")
    focal = [one for one in insurance if one.get("focal") is True] or insurance
    if len(focal) != 1:
        raise OnshiError(fhir.NOT_SUPPORTED if focal else fhir.REQUEST_WRONG, at="insurance")
    return focal[0]


def _insured(coverage: Resource, person: Resource, pool: Mapping[str, Resource]) -> Insured:
    """From the Coverage's identifiers, else its JP Core extensions and payor, else the Patient's member id."""
    found: Insured | None = None
    for system, value in _identifiers(coverage):
        if system == s.MEMBER_ID:
            found = found or member(value, at="coverage.identifier")
        elif system == s.COVERAGE_ID and (fields := _CSV.fullmatch(value)):
            found = found or _of_parts(*fields.groups())
    told = {_text(one, "url"): _text(one, "valueString") for one in _objects(coverage, "extension")}
    payors = [_number_of(_followed({"to": one}, "to", pool), s.INSURER_NUMBER) for one in _objects(coverage, "payor")]
    if found is None and told.get(s.INSURED_NUMBER) and any(payors):
        symbol, branch = told.get(s.INSURED_SYMBOL, ""), told.get(s.INSURED_BRANCH, "")
        found = _of_parts(next(filter(None, payors)), symbol, told[s.INSURED_NUMBER], branch)
    for system, value in _identifiers(person):
        if system == s.MEMBER_ID:
            found = found or member(value, at="patient.identifier")
    if found is None:
        raise OnshiError(fhir.REQUEST_WRONG, at="insurance.coverage")
    return found


def _limit_consent(resource: Resource) -> LimitConsent:
    told = [one.get("valueBoolean") for one in _objects(resource, "extension") if one.get("url") == s.LIMIT_CONSENT]
    return LimitConsent.GIVEN if told == [True] else LimitConsent.NOT_GIVEN


def _identifiers(resource: Resource) -> Iterator[tuple[str, str]]:
    """Of a resource, or of a reference that has one."""
    own = resource.get("identifier", [])
    for one in own if isinstance(own, list) else [own]:
        if isinstance(one, dict):
            yield _text(one, "system"), _text(one, "value")


def _number_of(resource: Resource, system: str) -> str:
    return next((value for one, value in _identifiers(resource) if one == system), "")


def _text(resource: Resource, name: str) -> str:
    found = resource.get(name, "")
    return found if isinstance(found, str) else ""


def _list(resource: Resource, name: str) -> list[str]:
    found = resource.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise OnshiError(fhir.REQUEST_WRONG, at=name)
    return found


def _objects(resource: Resource, name: str) -> list[Resource]:
    found = resource.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise OnshiError(fhir.REQUEST_WRONG, at=name)
    return found


def _day(resource: Resource, name: str) -> date:
    return _a_day(_text(resource, name), at=name)


def _a_day(text: str, *, at: str) -> date:
    if not _DAY.fullmatch(text):
        raise OnshiError(fhir.REQUEST_WRONG, at=at)
    return eras.day(text.replace("-", ""))


def _search(insured: Insured, birth: date, consent: LimitConsent) -> SearchInfo:
    return SearchInfo(
        insurer_number=insured.insurer,
        symbol=insured.symbol,
        number=insured.number,
        branch=insured.branch,
        birth_date=BirthDate.of(birth),
        limit_consent=consent,
    )


# --- searches ---------------------------------------------------------------------------------------------------------


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every search has. ``facility``: the 医療機関コード of the device's facility."""

    facility: str = msgspec.field(name="-facility")
    format: str = msgspec.field(name="_format", default="json")

    def checked(self) -> None:
        """Raises `OnshiError` (FHIR-002) for a format that we do not write."""
        if self.format not in {"json", "application/json", "application/fhir+json"}:
            raise OnshiError(fhir.NOT_SUPPORTED, at="_format")


class PatientForm(Form, frozen=True, kw_only=True):
    """Patient/_search."""

    identifier: str
    birthdate: str


class CoverageForm(Form, frozen=True, kw_only=True):
    """Coverage/_search."""

    identifier: str = msgspec.field(name="beneficiary.identifier")
    birthdate: str = msgspec.field(name="beneficiary.birthdate")


class ReadingForm(Form, frozen=True, kw_only=True):
    """Searches that read medical information. ``purpose``: the care that the consent was given for."""

    identifier: str = msgspec.field(name="patient.identifier")
    purpose: str = msgspec.field(name="-purpose", default=Purpose.VISIT.value)

    def read_for(self) -> Purpose:
        """Raises `OnshiError` (FHIR-002): what stands in for a consent needs named staff, which FHIR does not name."""
        if self.purpose not in PURPOSES_OF_CARE:
            raise OnshiError(fhir.NOT_SUPPORTED, at="-purpose")
        return Purpose(self.purpose)


class MedicationForm(ReadingForm, frozen=True, kw_only=True):
    """MedicationDispense/_search."""

    days: tuple[str, ...] = msgspec.field(name="whenhandedover", default=())


class ObservationForm(ReadingForm, frozen=True, kw_only=True):
    """Observation/_search."""

    days: tuple[str, ...] = msgspec.field(name="date", default=())
    code: str | None = None


def by_number(form: PatientForm | CoverageForm, today: date) -> EligibilityRequest:
    """The query by number of a search, as of today. Raises `OnshiError`."""
    form.checked()
    insured, _ = token(form.identifier)
    birth = _a_day(form.birthdate, at="birthdate")
    return EligibilityRequest(
        asked_day=today,
        facility=FacilityCode(form.facility),
        search=_search(insured, birth, LimitConsent.NOT_GIVEN),
    )


def token(text: str) -> tuple[Insured, Identifier]:
    """``system|value`` of a member id (被保険者個人識別子), and the identifier as it was given."""
    system, _, value = text.partition("|")
    if system != s.MEMBER_ID:
        raise OnshiError(fhir.NOT_SUPPORTED, at="identifier")
    return member(value, at="identifier"), Identifier(system=system, value=value)


def member(value: str, *, at: str) -> Insured:
    """``保険者番号:記号:番号:枝番``; the last colon is always there. Raises `OnshiError`."""
    parts = value.split(":")
    if len(parts) != 4:
        raise OnshiError(fhir.REQUEST_WRONG, at=at)
    return _of_parts(*parts)


def _of_parts(insurer: str, symbol: str, number: str, branch: str) -> Insured:
    return Insured(
        insurer=InsurerNumber(insurer),
        symbol=Symbol(symbol) if symbol else None,
        number=InsuredNumber(number),
        branch=Branch(branch) if branch else None,
    )


def days(told: tuple[str, ...], *, at: str) -> Days:
    """``ge``, ``le`` and plain days of a search, all of which must hold. Raises `OnshiError`."""
    first, last = date.min, date.max
    for one in told:
        found = _PREFIXED.fullmatch(one)
        if found is None:
            raise OnshiError(fhir.NOT_SUPPORTED, at=at)
        day = _a_day(found[2], at=at)
        if found[1] in {None, "eq", "ge"}:
            first = max(first, day)
        if found[1] in {None, "eq", "le"}:
            last = min(last, day)
    return Days(None if first == date.min else first, None if last == date.max else last)


def codes(told: str | None) -> frozenset[tuple[str | None, str]]:
    """``code`` of a search: ``system|code`` or ``code``, several with commas."""
    found = set()
    for one in told.split(",") if told else ():
        system, bar, code = one.rpartition("|")
        if not code:
            raise OnshiError(fhir.REQUEST_WRONG, at="code")
        found.add((system if bar else None, code))
    return frozenset(found)
