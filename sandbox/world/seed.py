"""The cast as statements for the register: what insurers and welfare offices would have reported.

Values only; `central.register.intake` takes them. The register gets what the insurer's file holds (a name with ●
where the insurer had no character for it), the chip has the true name.
"""

from dataclasses import dataclass
from datetime import date

from central.register import entries
from sandbox.cast.insurers import CLINIC, INSURERS, OTHER_CLINIC
from sandbox.cast.persona import Hierarchy, Membership, Persona, Ticket, Welfare

OPENED = date(1961, 4, 1)
"""Since when the insurers exist: 国民皆保険."""


@dataclass(frozen=True)
class CertificateIdentity:
    """(issuer key id, serial), both lower-case hexadecimal."""

    issuer_key_id: str
    serial: str


def person_id(persona: Persona) -> str:
    """The centre's own id of a member of the cast."""
    return f"cast-{persona.slug}"


def insurers() -> list[entries.Entry]:
    return [entries.Insurer(number=insurer.number, name=insurer.name, valid_from=OPENED) for insurer in INSURERS]


def statements(
    persona: Persona, certificate: CertificateIdentity, replaced: CertificateIdentity | None
) -> list[entries.Entry]:
    """Everything about one persona, in the order that the intake asks for.

    ``replaced``: the certificate before a renewal. Then the register is told of that one only; who the new one
    belongs to follows from the linkage.
    """
    who = person_id(persona)
    said: list[entries.Entry] = [
        entries.Person(
            person_id=who,
            name=persona.name.as_registered(),
            kana=persona.name.kana,
            birth_date=persona.birth,
            sex=entries.Sex(persona.sex.value),
            address=persona.home.address,
            postal_code=persona.home.post_number,
            other_name=persona.name.other or None,
            other_kana=persona.name.other_kana or None,
            support_measure=persona.support_measure,
        )
    ]
    if tells_certificate(persona):
        plan = persona.card.replaced or persona.card.certificate
        known = replaced or certificate
        said.append(
            entries.Certificate(
                issuer_key_id=known.issuer_key_id,
                serial=known.serial,
                person_id=who,
                valid_from=plan.issued,
                valid_through=plan.last_day,
            )
        )
    for membership in persona.memberships:
        said += _membership(membership, who)
    if persona.welfare:
        said += _welfare(persona.welfare, who)
    if persona.viewing_stopped:
        said.append(
            entries.ViewStop(
                person_id=who,
                scope=entries.StopScope.MEDICAL,
                reason=entries.StopReason.NAMES_DIFFER,
                valid_from=persona.memberships[0].start,
            )
        )
    return said


def tells_certificate(persona: Persona) -> bool:
    """Whether the register knows the certificate on the persona's card as theirs."""
    plan = persona.card
    return persona.registered and plan.certificate_of is None and plan.certificate.hierarchy is Hierarchy.LAB


def record_key(membership: Membership) -> entries.RecordKey:
    return entries.RecordKey(
        insurer=membership.insurer.number,
        symbol=membership.symbol,
        number=membership.number,
        branch=membership.branch or None,
    )


def _membership(membership: Membership, who: str) -> list[entries.Entry]:
    record = record_key(membership)
    said: list[entries.Entry] = [
        entries.Tie(record=record, person_id=who, valid_from=membership.start),
        entries.Coverage(
            record=record,
            classification=entries.Classification(membership.classification),
            relation=entries.Relation.FAMILY if membership.family else entries.Relation.INSURED,
            insured_name=membership.insured_name or None,
            qualified_on=membership.start,
            disqualified_on=membership.end,
            loss_reason=entries.LossReason(membership.loss) if membership.loss else None,
            issued_on=membership.issued,
            card_valid_from=membership.valid_from,
            card_valid_through=membership.valid_until,
        ),
    ]
    if membership.ratio:
        said.append(
            entries.BurdenRatio(
                record=record,
                percent=int(membership.ratio),
                valid_from=membership.valid_from,
                valid_through=membership.valid_until,
            )
        )
    if membership.elderly:
        elderly = membership.elderly
        said.append(
            entries.ElderlyCertificate(
                record=record,
                percent=int(elderly.ratio),
                issued_on=elderly.issued,
                valid_from=elderly.start,
                valid_through=elderly.end,
            )
        )
    if membership.limit:
        limit = membership.limit
        said.append(
            entries.LimitCertificate(
                record=record,
                kind=limit.kind,
                income_class=limit.category,
                issued_on=limit.issued,
                valid_from=limit.start,
                valid_through=limit.end,
                long_term_from=limit.long_term,
            )
        )
    said += [
        entries.DiseaseCertificate(
            record=record,
            category=disease.category,
            issued_on=disease.issued,
            valid_from=disease.start,
            valid_through=disease.end,
            self_pay=disease.self_pay,
        )
        for disease in membership.diseases
    ]
    return said


def _welfare(welfare: Welfare, who: str) -> list[entries.Entry]:
    said: list[entries.Entry] = [
        entries.Assistance(
            person_id=who,
            payer=welfare.office.number,
            recipient=welfare.recipient,
            starts_on=welfare.start,
            ends_on=welfare.end,
        )
    ]
    said += [_ticket(ticket, who) for ticket in welfare.tickets]
    return said


def _ticket(ticket: Ticket, who: str) -> entries.Ticket:
    clinic = CLINIC if ticket.for_our_facility else OTHER_CLINIC
    return entries.Ticket(
        person_id=who,
        ticket_type="01",
        month=f"{ticket.month:%Y%m}",
        valid_from=ticket.valid_from,
        valid_through=ticket.valid_until,
        issue_number=ticket.issue_number,
        facility=clinic.code,
        facility_name=clinic.name,
        injuries=(ticket.injury_name,) if ticket.injury_name else (),
        treatment=ticket.treatment,
        self_pay=ticket.self_pay,
        single_or_combined="02" if ticket.combined else "01",
        social_insurance="01" if ticket.social_insurance else "02",
    )
