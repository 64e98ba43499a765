"""The FHIR R4 resources and types that we write, each with the elements that we use and no others.

Frozen values whose JSON is one spelling: elements in this order, what is absent left out, decimals as written. Not a
FHIR library (tests read everything back with one). Facts: FHIR R4 (4.0.1), reference data-formats 4.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec


class Element(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False):
    """What has no value is not written. Trees without cycles, so the collector need not follow them."""


class Coding(Element, frozen=True, kw_only=True):
    system: str
    code: str
    display: str | None = None


class CodeableConcept(Element, frozen=True, kw_only=True):
    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Period(Element, frozen=True, kw_only=True):
    """Both days inclusive."""

    start: date | None = None
    end: date | None = None


class Identifier(Element, frozen=True, kw_only=True):
    system: str
    value: str


class Reference(Element, frozen=True, kw_only=True):
    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Money(Element, frozen=True, kw_only=True):
    value: int
    currency: Literal["JPY"]


class Extension(Element, frozen=True, kw_only=True):
    """Either parts, or one value."""

    url: str
    extension: "tuple[Extension, ...]" = ()
    value_string: str | None = None
    value_code: str | None = None
    value_boolean: bool | None = None
    value_date: date | None = None
    value_date_time: datetime | None = None
    value_period: Period | None = None
    value_coding: Coding | None = None
    value_identifier: Identifier | None = None
    value_reference: Reference | None = None


class Quantity(Element, frozen=True, kw_only=True):
    extension: tuple[Extension, ...] = ()
    value: Decimal | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Ratio(Element, frozen=True, kw_only=True):
    numerator: Quantity
    denominator: Quantity


class Meta(Element, frozen=True, kw_only=True):
    profile: tuple[str, ...]


class HumanName(Element, frozen=True, kw_only=True):
    extension: tuple[Extension, ...] = ()
    use: Literal["official", "usual"]
    text: str
    family: str | None = None
    given: tuple[str, ...] = ()


class Address(Element, frozen=True, kw_only=True):
    text: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Patient(Element, frozen=True, kw_only=True, tag_field="resourceType", tag="Patient"):
    id: str
    meta: Meta
    identifier: tuple[Identifier, ...]
    name: tuple[HumanName, ...]
    gender: Literal["male", "female", "unknown"]
    birth_date: date
    address: tuple[Address, ...] = ()


class Organization(Element, frozen=True, kw_only=True, tag_field="resourceType", tag="Organization"):
    id: str
    meta: Meta
    extension: tuple[Extension, ...] = ()
    identifier: tuple[Identifier, ...]
    type: tuple[CodeableConcept, ...]
    name: str | None = None


class CostToBeneficiary(Element, frozen=True, kw_only=True):
    type: CodeableConcept
    value_quantity: Quantity


class Coverage(Element, frozen=True, kw_only=True, tag_field="resourceType", tag="Coverage"):
    id: str
    meta: Meta
    extension: tuple[Extension, ...] = ()
    identifier: tuple[Identifier, ...]
    status: Literal["active", "cancelled"]
    type: CodeableConcept
    beneficiary: Reference
    relationship: CodeableConcept | None = None
    period: Period | None = None
    payor: tuple[Reference, ...]
    cost_to_beneficiary: tuple[CostToBeneficiary, ...] = ()


class Benefit(Element, frozen=True, kw_only=True):
    type: CodeableConcept
    allowed_unsigned_int: int | None = None
    allowed_money: Money | None = None


class BenefitItem(Element, frozen=True, kw_only=True):
    extension: tuple[Extension, ...] = ()
    category: CodeableConcept
    name: str | None = None
    description: str | None = None
    benefit: tuple[Benefit, ...] = ()


class InsuranceAnswer(Element, frozen=True, kw_only=True):
    extension: tuple[Extension, ...] = ()
    coverage: Reference
    inforce: bool
    benefit_period: Period | None = None
    item: tuple[BenefitItem, ...] = ()


class AnswerError(Element, frozen=True, kw_only=True):
    code: CodeableConcept


class CoverageEligibilityResponse(
    Element, frozen=True, kw_only=True, tag_field="resourceType", tag="CoverageEligibilityResponse"
):
    id: str
    status: Literal["active"]
    purpose: tuple[str, ...]
    patient: Reference
    serviced_date: date
    created: datetime
    request: Reference
    outcome: Literal["complete", "error", "partial"]
    disposition: str | None = None
    insurer: Reference
    insurance: tuple[InsuranceAnswer, ...] = ()
    error: tuple[AnswerError, ...] = ()


class Medication(Element, frozen=True, kw_only=True, tag_field="resourceType", tag="Medication"):
    id: str
    meta: Meta
    code: CodeableConcept
    status: Literal["active"]


class DoseAndRate(Element, frozen=True, kw_only=True):
    dose_quantity: Quantity | None = None
    rate_ratio: Ratio | None = None


class Timing(Element, frozen=True, kw_only=True):
    code: CodeableConcept


class Dosage(Element, frozen=True, kw_only=True):
    text: str
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()


class Performer(Element, frozen=True, kw_only=True):
    actor: Reference


class MedicationDispense(Element, frozen=True, kw_only=True, tag_field="resourceType", tag="MedicationDispense"):
    id: str
    meta: Meta
    contained: tuple[Medication, ...] = ()
    extension: tuple[Extension, ...] = ()
    identifier: tuple[Identifier, ...]
    status: Literal["completed"]
    category: CodeableConcept
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference
    performer: tuple[Performer, ...]
    quantity: Quantity
    days_supply: Quantity | None = None
    when_handed_over: date
    dosage_instruction: tuple[Dosage, ...]


class Observation(Element, frozen=True, kw_only=True, tag_field="resourceType", tag="Observation"):
    id: str
    meta: Meta
    status: Literal["final"]
    category: tuple[CodeableConcept, ...]
    code: CodeableConcept
    subject: Reference
    effective_date_time: date
    performer: tuple[Reference, ...]
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    specimen: Reference | None = None


class Issue(Element, frozen=True, kw_only=True):
    severity: Literal["error", "warning", "information"]
    code: str
    details: CodeableConcept
    diagnostics: str | None = None


class OperationOutcome(Element, frozen=True, kw_only=True, tag_field="resourceType", tag="OperationOutcome"):
    id: str | None = None
    issue: tuple[Issue, ...]


Resource = (
    Patient
    | Organization
    | Coverage
    | CoverageEligibilityResponse
    | MedicationDispense
    | Observation
    | OperationOutcome
)


class Search(Element, frozen=True, kw_only=True):
    mode: Literal["match", "include", "outcome"]


class Entry(Element, frozen=True, kw_only=True):
    full_url: str
    resource: Resource
    search: Search | None = None


class Link(Element, frozen=True, kw_only=True):
    relation: Literal["self"]
    url: str


class Bundle(Element, frozen=True, kw_only=True, tag_field="resourceType", tag="Bundle"):
    id: str
    type: Literal["collection", "searchset"]
    timestamp: datetime
    total: int | None = None
    link: tuple[Link, ...] = ()
    entry: tuple[Entry, ...] = ()


encode = msgspec.json.Encoder(decimal_format="number").encode
"""The one spelling of a resource, UTF-8."""


def concept(system: str, code: str, display: str | None = None, *, text: str | None = None) -> CodeableConcept:
    """One coding, and the words for it."""
    return CodeableConcept(coding=(Coding(system=system, code=code, display=display),), text=text)
