"""An eligibility judgement as the XmlMsg answer that clinic software reads. No rule lives here (`eligibility`).

Facts: clinic-interface 3.3, 3.4, 3.10. Everything unknown is left out; specific diseases and consent flags come in
only with `consented`.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from msgspec.structs import replace

from central.register.eligibility import (
    Judgement,
    Shown,
    elderly_certificate_applies,
    is_preschool,
)
from central.register.entries import Ticket
from central.register.facts import Assistance, Coverage, Disease, Person
from central.register.keys import is_late_elderly
from central.register.words import ASSISTED, VALID
from protocol import codes
from protocol.messages import (
    ElderlyRecipient,
    EligibilityAnswer,
    EligibilityResult,
    LimitCertificateInfo,
    MedicalTicket,
    SearchInfo,
    SpecificDiseaseInfo,
)
from protocol.numbers import (
    BirthDate,
    Branch,
    BurdenRatio,
    FacilityCode,
    InsuredNumber,
    InsurerNumber,
    Symbol,
    YearMonth,
    Yen,
)
from protocol.text import half_width_kana
from protocol.visit import ConsentItem

_NO_NEWS = frozenset({VALID.code, ASSISTED.code})
"""Reasons that need no message: the validity says it."""
_kana = lru_cache(maxsize=65536)(half_width_kana)


def answer(
    judgement: Judgement,
    person: Person | None,
    *,
    day: date,
    facility: str,
    now: datetime,
    search: SearchInfo | None = None,
    file_identifier: str | None = None,
) -> EligibilityAnswer:
    """The answer to a card, or with ``search`` (its echo) the answer to a number."""
    told = tuple(word for word in judgement.words if word.code not in _NO_NEWS)
    results: list[EligibilityResult] = []
    if person and judgement.insurance:
        results.append(_insurance(judgement.insurance, person, day, search, now))
    if person and judgement.assistance:
        results.append(_assistance(judgement.assistance, person, facility, day))
    return EligibilityAnswer(
        executed_at=now,
        asked_day=day,
        facility=FacilityCode(facility),
        file_identifier=file_identifier,
        reference=(
            codes.ReferenceClassification.CARD if search is None else codes.ReferenceClassification.INSURED_NUMBER
        ),
        segment=codes.SegmentOfResult.NORMAL,
        search=search,
        status=codes.ProcessingResultStatus.NORMAL,
        result_code=told[0].code if told else None,
        result_message="".join(word.ja for word in told) or None,
        validity=judgement.validity,
        results=tuple(results),
    )


def diseases(judgement: Judgement) -> tuple[SpecificDiseaseInfo, ...]:
    """特定疾病 of the insurance shown: given only to a card, and only once the holder has consented."""
    if judgement.insurance is None or not judgement.medical:
        return ()
    return tuple(_disease(disease) for disease in judgement.insurance.coverage.diseases)


def consented(
    message: EligibilityAnswer,
    items: Iterable[ConsentItem],
    *,
    at: datetime,
    until: datetime | None,
    specific_diseases: tuple[SpecificDiseaseInfo, ...] = (),
) -> EligibilityAnswer:
    """The answer with the flags of a consent: time and limit stand only beside a flag that says yes.

    An empty ``items`` is a refusal. In every result but that of 医療扶助 the specific diseases come with theirs.
    """
    given = frozenset(items)
    return replace(
        message, results=tuple(_flagged(result, given, at, until, specific_diseases) for result in message.results)
    )


def _flagged(
    result: EligibilityResult,
    given: frozenset[ConsentItem],
    at: datetime,
    until: datetime | None,
    specific: tuple[SpecificDiseaseInfo, ...],
) -> EligibilityResult:
    def flag(item: ConsentItem) -> codes.ViewingConsent:
        return codes.ViewingConsent.GIVEN if item in given else codes.ViewingConsent.NONE

    def when(item: ConsentItem, moment: datetime | None) -> datetime | None:
        return moment if item in given else None

    item = ConsentItem
    insured = result.card_classification is not codes.CardClassification.MEDICAL_ASSISTANCE
    return replace(
        result,
        diseases_consent=flag(item.SPECIFIC_DISEASES) if insured else None,
        diseases_consent_time=when(item.SPECIFIC_DISEASES, at) if insured else None,
        diseases=specific if insured and item.SPECIFIC_DISEASES in given else (),
        checkups_consent=flag(item.CHECKUPS),
        checkups_consent_time=when(item.CHECKUPS, at),
        checkups_until=when(item.CHECKUPS, until),
        drugs_consent=flag(item.DRUGS),
        drugs_consent_time=when(item.DRUGS, at),
        drugs_until=when(item.DRUGS, until),
        treatment_consent=flag(item.TREATMENT),
        treatment_consent_time=when(item.TREATMENT, at),
        treatment_until=when(item.TREATMENT, until),
        operations_consent=flag(item.OPERATIONS),
        operations_consent_time=when(item.OPERATIONS, at),
        operations_until=when(item.OPERATIONS, until),
    )


def _last(until: date | None) -> date | None:
    """The last day of a time that ends before ``until``."""
    return until - timedelta(days=1) if until else None


def _ratio(percent: int | None) -> BurdenRatio | None:
    return BurdenRatio.of(percent) if percent else None


def _insurance(shown: Shown, person: Person, day: date, search: SearchInfo | None, now: datetime) -> EligibilityResult:
    coverage = shown.coverage
    by_card = search is None
    may_limit = by_card or (search is not None and search.limit_consent is codes.LimitConsent.GIVEN)
    insurer = InsurerNumber(coverage.insurer_number)
    return EligibilityResult(
        card_classification=codes.CardClassification(coverage.classification),
        insurer_number=InsurerNumber(insurer.padded_spaces),
        symbol=Symbol(coverage.symbol) if coverage.symbol else None,
        number=InsuredNumber(coverage.number),
        branch=Branch(coverage.branch) if coverage.branch else None,
        personal_family=codes.PersonalFamily(coverage.relation),
        insured_name=coverage.insured_name,
        name=person.name,
        name_of_other=person.other_name,
        name_kana=_kana(person.kana),
        name_of_other_kana=_kana(person.other_kana) if person.other_kana else None,
        sex1=codes.Sex(person.sex),
        birth_date=BirthDate.of(person.birth_date),
        address=_unless_hidden(person, person.address),
        post_number=_unless_hidden(person, person.postal_code),
        qualification_date=coverage.qualified_on,
        disqualification_date=shown.ends_on,
        issuance_date=coverage.issued_on,
        valid_from=coverage.card_valid_from,
        valid_until=coverage.card_valid_through,
        burden_ratio=_ratio(coverage.ratio) if is_late_elderly(coverage.insurer_number) else None,
        preschool=_preschool(person, day),
        reason_of_loss=codes.ReasonOfLoss(shown.loss_reason) if shown.loss_reason else None,
        insurer_name=coverage.insurer_name or insurer.digits,
        elderly=_elderly(coverage, person, day),
        limit_consent=codes.LimitConsent.GIVEN if may_limit else codes.LimitConsent.NOT_GIVEN,
        limit_consent_time=now if may_limit and not by_card else None,
        limit=_limit(coverage) if may_limit else None,
        reference_number=coverage.reference,
    )


def _unless_hidden(person: Person, text: str | None) -> str | None:
    """Nobody learns from an answer where a person under support measures (支援措置) lives."""
    return None if person.support_measure else text or None


def _preschool(person: Person, day: date) -> codes.Preschool | None:
    return codes.Preschool.YES if is_preschool(person.birth_date, day) else None


def _elderly(coverage: Coverage, person: Person, day: date) -> ElderlyRecipient | None:
    certificate = coverage.elderly
    if certificate is None or not elderly_certificate_applies(person.birth_date, day):
        return None
    return ElderlyRecipient(
        issued=certificate.issued_on,
        valid_from=certificate.valid_from,
        valid_until=_last(certificate.valid_to),
        ratio=_ratio(certificate.percent),
    )


def _limit(coverage: Coverage) -> LimitCertificateInfo | None:
    certificate = coverage.limit
    if certificate is None:
        return None
    return LimitCertificateInfo(
        classification=codes.LimitCertificate(certificate.kind),
        category=codes.LimitCategory(certificate.income_class),
        issued=certificate.issued_on,
        valid_from=certificate.valid_from,
        valid_until=_last(certificate.valid_to),
        long_term=certificate.long_term_from,
    )


def _disease(certificate: Disease) -> SpecificDiseaseInfo:
    return SpecificDiseaseInfo(
        disease=codes.SpecificDisease(certificate.category),
        issued=certificate.issued_on,
        valid_from=certificate.valid_from,
        valid_until=_last(certificate.valid_to),
        self_pay=Yen(str(certificate.self_pay)),
    )


def _assistance(decision: Assistance, person: Person, facility: str, day: date) -> EligibilityResult:
    lost = decision.ends_on is not None and decision.ends_on <= day
    payer = InsurerNumber(decision.payer)
    return EligibilityResult(
        card_classification=codes.CardClassification.MEDICAL_ASSISTANCE,
        insurer_number=payer,
        number=InsuredNumber(decision.recipient),
        name=person.name,
        name_of_other=person.other_name,
        name_kana=_kana(person.kana),
        name_of_other_kana=_kana(person.other_kana) if person.other_kana else None,
        sex1=codes.Sex(person.sex),
        birth_date=BirthDate.of(person.birth_date),
        address=_unless_hidden(person, person.address),
        post_number=_unless_hidden(person, person.postal_code),
        qualification_date=decision.starts_on,
        disqualification_date=decision.ends_on,
        preschool=_preschool(person, day),
        reason_of_loss=codes.ReasonOfLoss(decision.loss_reason) if decision.loss_reason else None,
        insurer_name=decision.office or payer.digits,
        tickets=() if lost else tuple(_ticket(ticket, facility) for ticket in decision.tickets),
    )


def _ticket(ticket: Ticket, facility: str) -> MedicalTicket:
    injuries, remarks = (*ticket.injuries, None, None, None), (*ticket.remarks, None, None, None)
    return MedicalTicket(
        ticket_type=codes.TicketType(ticket.ticket_type),
        valid_from=ticket.valid_from,
        valid_until=ticket.valid_through,
        issue_number=ticket.issue_number,
        month=YearMonth(ticket.month),
        designated_code=ticket.facility,
        designated=codes.DesignatedFacility.MATCHES
        if ticket.facility == facility
        else codes.DesignatedFacility.DIFFERS,
        designated_name=ticket.facility_name,
        issuer_code=ticket.prescriber,
        issuer_name=ticket.prescriber_name,
        injury1=injuries[0],
        injury2=injuries[1],
        injury3=injuries[2],
        treatment=codes.TreatmentType(ticket.treatment),
        self_pay=Yen(str(ticket.self_pay)),
        district_contact=ticket.district_contact,
        handling_contact=ticket.handling_contact,
        single_or_combined=codes.SingleOrCombined(ticket.single_or_combined),
        social_insurance=codes.SocialInsurance(ticket.social_insurance),
        consistency=codes.Consistency.INCONSISTENT if ticket.inconsistent else None,
        infection_law=codes.InfectionLaw(ticket.infection),
        elderly_care=codes.ElderlyCare(ticket.elderly),
        prefectural_expenses=codes.PrefecturalExpenses(ticket.prefectural),
        remarks1=remarks[0],
        remarks2=remarks[1],
        remarks3=remarks[2],
    )
