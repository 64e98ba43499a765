"""An eligibility answer as FHIR: CoverageEligibilityResponse with Coverage, Patient and Organization in one bundle.

Made from the `EligibilityAnswer` that XmlMsg clients get and from nothing else: what is not in it, or not consented
to in it, is not here. Nothing is worked out anew. The mapping of 資格有効性 is ours [I]: reference data-formats 4.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from central.fhir import systems as s
from central.fhir.ids import Ids, url
from central.fhir.parties import full, insurer, member_id, names, patient, to
from central.fhir.resources import (
    AnswerError,
    Benefit,
    BenefitItem,
    Bundle,
    CodeableConcept,
    Coding,
    CostToBeneficiary,
    Coverage,
    CoverageEligibilityResponse,
    Entry,
    Extension,
    Identifier,
    InsuranceAnswer,
    Meta,
    Money,
    Organization,
    Patient,
    Period,
    Quantity,
    Reference,
    concept,
)
from central.register.keys import is_late_elderly
from protocol import codes
from protocol.codes import Code, QualificationValidity
from protocol.eras import JST
from protocol.messages import (
    EligibilityAnswer,
    EligibilityResult,
    LimitCertificateInfo,
    MedicalTicket,
    SearchInfo,
    SpecificDiseaseInfo,
)
from protocol.numbers import BurdenRatio, InsurerNumber, Yen

IN_FORCE = frozenset({QualificationValidity.VALID, QualificationValidity.VALID_UNREGISTERED})
_OUTCOMES = {QualificationValidity.NONE: "error", QualificationValidity.SEVERAL: "partial"}
_ERRORS = {QualificationValidity.NONE: "not-found", QualificationValidity.SEVERAL: "multiple-matches"}
VIEWING = (
    ("TSR", "diseases_consent", None),
    ("TKK", "checkups_consent", "checkups_until"),
    ("YZK", "drugs_consent", "drugs_until"),
    ("SRJ", "treatment_consent", "treatment_until"),
    ("SHJ", "operations_consent", "operations_until"),
)
"""閲覧同意情報種別, and the fields of a result that hold its flag and its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One coverage of an answer as three resources."""

    result: EligibilityResult
    patient: Patient
    payer: Organization
    coverage: Coverage


def coverages(message: EligibilityAnswer, ids: Ids) -> tuple[Covered, ...]:
    """Each result as resources. One person: the first result's Patient stands for all, with every member id."""
    found = []
    for result in message.results:
        number = result.insurer_number
        if number is not None and result.number is not None:
            found.append((result, number, member_id(number, result.symbol, result.number, result.branch)))
    if not found:
        return ()
    who = _patient(message, [member for _, _, member in found], ids)
    return tuple(_covered(message, result, number, member, who, ids) for result, number, member in found)


def response(
    message: EligibilityAnswer,
    *,
    search: SearchInfo,
    purpose: tuple[str, ...],
    request: Reference,
    ids: Ids,
    now: datetime,
) -> Bundle:
    """The answer to ``$submit``: the response first, then what it refers to. ``request`` is what it answers."""
    found = coverages(message, ids)
    validity = message.validity or QualificationValidity.NONE
    asked = member_id(search.insurer_number, search.symbol, search.number, search.branch)
    payer = Identifier(system=s.INSURER_NUMBER, value=search.insurer_number.padded_zeros)
    id_ = ids(
        "response", asked.value, message.executed_at.isoformat(), request.identifier.value if request.identifier else ""
    )
    answer = CoverageEligibilityResponse(
        id=id_,
        status="active",
        purpose=purpose,
        patient=to(found[0].patient.id) if found else Reference(type="Patient", identifier=asked),
        serviced_date=message.asked_day,
        created=now.astimezone(JST).replace(microsecond=0),
        request=request,
        outcome=_OUTCOMES.get(validity, "complete"),  # type: ignore[arg-type]
        disposition=message.result_message,
        insurer=to(found[0].payer.id) if found else Reference(type="Organization", identifier=payer),
        insurance=tuple(_insurance(one, inforce=validity in IN_FORCE) for one in found),
        error=tuple(_errors(message, validity)),
    )
    return Bundle(
        id=ids("bundle", id_),
        type="collection",
        timestamp=answer.created,
        entry=tuple(Entry(full_url=url(one.id), resource=one) for one in (answer, *parts(found))),
    )


def parts(found: tuple[Covered, ...]) -> Iterator[Patient | Organization | Coverage]:
    """The resources of an answer, each once."""
    seen = set()
    for one in found:
        for resource in (one.patient, one.coverage, one.payer):
            if resource.id not in seen:
                seen.add(resource.id)
                yield resource


def _errors(message: EligibilityAnswer, validity: QualificationValidity) -> Iterator[AnswerError]:
    if validity not in _ERRORS:
        return
    coding = [Coding(system=s.ISSUE, code=_ERRORS[validity])]
    if message.result_code:
        coding.append(Coding(system=s.WORD, code=message.result_code))
    yield AnswerError(code=CodeableConcept(coding=tuple(coding), text=message.result_message or validity.ja))


def _patient(message: EligibilityAnswer, members: list[Identifier], ids: Ids) -> Patient:
    first = message.results[0]
    own = (
        Identifier(system=s.PATIENT_NUMBER.format(facility=message.facility.raw), value=result.reference_number)
        for result in message.results
        if result.reference_number
    )
    other = names(first.name_of_other, first.name_of_other_kana, use="usual") if first.name_of_other else ()
    return patient(
        # By the number that was asked for: an id of the person would tie two numbers of theirs together.
        ids("patient", members[0].value, first.birth_date.raw),
        (*dict.fromkeys(members), *dict.fromkeys(own)),
        names=(*names(first.name, first.name_kana), *other),
        birth_date=first.birth_date.day,
        sex=(first.sex2 or first.sex1).value,
        address=first.address,
        postal_code=first.post_number,
    )


def _covered(
    message: EligibilityAnswer,
    result: EligibilityResult,
    number: InsurerNumber,
    member: Identifier,
    who: Patient,
    ids: Ids,
) -> Covered:
    payer = insurer(ids("insurer", number.padded_zeros), number, result.insurer_name)
    return Covered(
        result=result,
        patient=who,
        payer=payer,
        coverage=Coverage(
            id=ids("coverage", member.value),
            meta=Meta(profile=(s.COVERAGE,)),
            extension=tuple(_insured(result)),
            identifier=(member, _csv(result, number)),
            status="active" if message.validity in IN_FORCE else "cancelled",
            type=concept(s.INSURANCE_KIND, _kind(result, number), text=result.card_classification.ja),
            beneficiary=to(who.id),
            relationship=_relationship(result),
            period=_period(result),
            payor=(to(payer.id),),
            cost_to_beneficiary=tuple(_costs(result)),
        ),
    )


def _insured(result: EligibilityResult) -> Iterator[Extension]:
    if result.symbol:
        yield Extension(url=s.INSURED_SYMBOL, value_string=full(result.symbol.raw))
    if result.number:
        yield Extension(url=s.INSURED_NUMBER, value_string=full(result.number.raw))
    if result.branch:
        yield Extension(url=s.INSURED_BRANCH, value_string=result.branch.raw)


def _csv(result: EligibilityResult, number: InsurerNumber) -> Identifier:
    symbol = full(result.symbol.raw) if result.symbol else ""
    insured = full(result.number.raw) if result.number else ""
    fields = (number.padded_zeros, symbol, insured, result.branch.raw if result.branch else "")
    return Identifier(system=s.COVERAGE_ID, value=",".join(f'"{field}"' for field in fields))


def _kind(result: EligibilityResult, number: InsurerNumber) -> str:
    if result.card_classification is codes.CardClassification.MEDICAL_ASSISTANCE:
        return "8"
    if number.is_national_health:
        return "2"
    return "7" if is_late_elderly(number.raw) else "1"


def _relationship(result: EligibilityResult) -> CodeableConcept | None:
    told = result.personal_family
    if told is None:
        return None
    code = "self" if told is codes.PersonalFamily.INSURED else "other"
    return CodeableConcept(
        coding=(Coding(system=s.RELATIONSHIP, code=code), Coding(system=s.INSURED_PERSON, code=told.value)),
        text=told.ja,
    )


def _period(result: EligibilityResult) -> Period | None:
    """資格喪失年月日 is the first day without: the last day with is the day before. Lost on its first day: none."""
    start, lost = result.qualification_date, result.disqualification_date
    end = lost - timedelta(days=1) if lost else None
    if (start is None and end is None) or (start is not None and end is not None and end < start):
        return None
    return Period(start=start, end=end)


def _ratio(result: EligibilityResult) -> BurdenRatio | None:
    return (result.elderly.ratio if result.elderly else None) or result.burden_ratio


def _costs(result: EligibilityResult) -> Iterator[CostToBeneficiary]:
    ratio = _ratio(result)
    if ratio is not None:
        share = Quantity(value=Decimal(ratio.percent), unit="%", system=s.UCUM, code="%")
        yield CostToBeneficiary(type=concept(s.COPAY, "copaypct"), value_quantity=share)


def _insurance(one: Covered, *, inforce: bool) -> InsuranceAnswer:
    return InsuranceAnswer(
        extension=tuple(_viewing(one.result)),
        coverage=to(one.coverage.id),
        inforce=inforce,
        benefit_period=one.coverage.period,
        item=tuple(_items(one.result)),
    )


def _viewing(result: EligibilityResult) -> Iterator[Extension]:
    """The consent flags as they stand in the message; none where the message has none."""
    for item, flag, limit in VIEWING:
        given: codes.ViewingConsent | None = getattr(result, flag)
        if given is None:
            continue
        until: datetime | None = getattr(result, limit) if limit else None
        told = [Extension(url="item", value_code=item), Extension(url="consent", value_coding=_coding(given))]
        if until is not None:
            told.append(Extension(url="until", value_date_time=until.astimezone(JST)))
        yield Extension(url=s.VIEWING_CONSENT, extension=tuple(told))


def _coding(code: Code) -> Coding:
    return Coding(system=s.OQSCD.format(number=code.number), code=code.value, display=code.ja)


def _items(result: EligibilityResult) -> Iterator[BenefitItem]:
    ratio = _ratio(result)
    if ratio is not None:
        benefit = Benefit(type=concept(s.BENEFIT, "copay-percent"), allowed_unsigned_int=ratio.percent)
        yield _item("ratio", "一部負担金割合", ratio.raw, f"{ratio.percent}％", benefit=(benefit,))
    if result.limit is not None and result.limit_consent is codes.LimitConsent.GIVEN:
        yield _limit(result.limit)
    if result.diseases_consent is codes.ViewingConsent.GIVEN:
        yield from (_disease(one) for one in result.diseases)
    yield from (_ticket(one) for one in result.tickets)


def _limit(one: LimitCertificateInfo) -> BenefitItem:
    words = [word.ja for word in (one.category, one.classification) if word is not None]
    name = one.category or one.classification
    return _item(
        "limit",
        "限度額適用区分",
        name.value if name else None,
        "・".join(words) or None,
        start=one.valid_from,
        end=one.valid_until,
    )


def _disease(one: SpecificDiseaseInfo) -> BenefitItem:
    disease = one.disease
    return _item(
        "specific-disease",
        "特定疾病療養受療証",
        disease.value if disease else None,
        disease.ja if disease else None,
        start=one.valid_from,
        end=one.valid_until,
        benefit=_self_pay(one.self_pay),
    )


def _ticket(one: MedicalTicket) -> BenefitItem:
    words = (one.ticket_type, one.treatment, one.single_or_combined, one.designated)
    return _item(
        "ticket",
        "医療券・調剤券",
        one.issue_number,
        "・".join(word.ja for word in words if word is not None) or None,
        start=one.valid_from,
        end=one.valid_until,
        benefit=_self_pay(one.self_pay),
    )


def _self_pay(amount: Yen | None) -> tuple[Benefit, ...]:
    if amount is None:
        return ()
    most = Money(value=amount.amount, currency="JPY")
    return (Benefit(type=CodeableConcept(text="自己負担限度額"), allowed_money=most),)


def _item(
    code: str,
    category: str,
    name: str | None,
    description: str | None,
    *,
    start: date | None = None,
    end: date | None = None,
    benefit: tuple[Benefit, ...] = (),
) -> BenefitItem:
    valid = start is not None or end is not None
    period = Extension(url=s.CERTIFICATE_PERIOD, value_period=Period(start=start, end=end))
    return BenefitItem(
        extension=(period,) if valid else (),
        category=concept(s.BENEFIT_ITEM, code, text=category),
        name=name,
        description=description,
        benefit=benefit,
    )
