"""Consents: signed by the card that was there, for what was offered, once; and the message that follows from them."""

from datetime import date, timedelta

import msgspec
import pytest

from central.disclosure.service import CARE_LIFE, certificate_end
from central.register import entries as e
from protocol.errors import trust
from protocol.visit import (
    Care,
    ConsentItem,
    Method,
    SignedDocument,
)
from tests.central.cards import NOON, TODAY, Appliance, keys
from tests.central.presence.centre import RECORD, Centre, body, consent_refused, granted, ready, result, visited

ALL = tuple(ConsentItem)
pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
DIALYSIS = e.DiseaseCertificate(
    record=RECORD, category="1", issued_on=date(2024, 4, 1), valid_from=date(2024, 4, 1), self_pay=10000
)


@pytest.mark.parametrize("method", [Method.PIN, Method.SIGHT, Method.FACE])
async def test_a_consent_grants_facility_and_person_for_a_day(centre: Centre, method: Method) -> None:
    answer = await centre.agree((await visited(centre, method)).consent())
    assert (answer.items, answer.granted_at, answer.available_until) == (ALL, NOON, NOON + timedelta(hours=24))
    assert await granted(centre) == set(ALL)
    assert await granted(centre, hours=23, minutes=59) == set(ALL)
    assert await granted(centre, hours=24) == set()
    assert await granted(centre, "9910000091") == set()


async def test_the_flags_carry_moment_and_limit_in_japan_time(centre: Centre) -> None:
    visit = await visited(centre)
    told = result(await centre.agree(visit.consent((ConsentItem.CHECKUPS, ConsentItem.DRUGS))))
    assert told["SpecificDiseasesCertificateRelatedConsFlg"] == "0"
    assert told["DiagnosisInfoConsFlg"] == told["OperationInfoConsFlg"] == "0"
    for name in ("SpecificHealthCheckupsInfo", "PharmacistsInfo"):
        assert told[f"{name}ConsFlg"] == "1"
        assert told[f"{name}ConsTime"] == "20260601120000"
        assert told[f"{name}AvailableTime"] == "20260602120000"
    for name in ("DiagnosisInfo", "OperationInfo", "SpecificDiseasesCertificateRelated"):
        assert f"{name}ConsTime" not in told
        assert f"{name}AvailableTime" not in told


async def test_specific_diseases_are_told_only_with_their_own_consent(centre: Centre) -> None:
    visit = await visited(centre, entries=(DIALYSIS,))
    stored = await centre.send(visit.again())
    assert "SpecificDiseasesCertificateList" not in result(stored)
    assert b"SpecificDiseasesDiseaseCategory" not in msgspec.json.encode(stored)
    told = result(await centre.agree(visit.consent((ConsentItem.SPECIFIC_DISEASES,))))
    assert told["SpecificDiseasesCertificateRelatedConsFlg"] == "1"
    assert told["SpecificDiseasesCertificateList"][0]["SpecificDiseasesSelfPay"] == "10000"


async def test_without_it_they_stay_back(centre: Centre) -> None:
    visit = await visited(centre, entries=(DIALYSIS,))
    told = result(await centre.agree(visit.consent((ConsentItem.DRUGS,))))
    assert "SpecificDiseasesCertificateList" not in told


async def test_any_device_of_the_facility_may_use_the_grant(centre: Centre) -> None:
    await centre.agree((await visited(centre)).consent())
    assert await granted(centre, centre.appliance.facility) == set(ALL)
    assert await granted(centre, "9910000091") == set()


@pytest.mark.parametrize("care", [None, *Care])
async def test_a_consent_is_for_the_care_that_its_statement_names(centre: Centre, care: Care | None) -> None:
    more = {"care": care} if care else {}
    answer = await centre.agree((await visited(centre)).consent((ConsentItem.DRUGS,), **more))
    (row,) = await centre.disclosure.grants_of("p1")
    assert row["purpose"] == (care.value if care else "visit")
    life = CARE_LIFE if care else timedelta(hours=24)
    assert row["available_until"] == answer.available_until == NOON + life


async def test_a_grant_ends_with_the_last_day_of_the_certificate(centre: Centre) -> None:
    """From then on the certificate is in grace: eligibility yes, medical information no."""
    answer = await centre.agree((await visited(centre, until=TODAY)).consent((ConsentItem.DRUGS,)))
    assert answer.available_until == certificate_end(TODAY)
    assert answer.available_until < NOON + timedelta(hours=24)
    assert result(answer)["PharmacistsInfoAvailableTime"] == "20260602000000"


# Refused


async def test_a_consent_belongs_to_a_visit_of_this_device(centre: Centre) -> None:
    visit = await visited(centre)
    other = Appliance(clock=centre.clock, id="reader-2")
    elsewhere = other.consent(visit.card, visit.statement)
    assert await consent_refused(centre, elsewhere, other) is trust.CONSENT_VISIT_UNKNOWN
    assert await consent_refused(centre, visit.consent(visit_id="cd" * 16)) is trust.CONSENT_VISIT_UNKNOWN
    assert await consent_refused(centre, visit.consent(challenge=centre.challenge())) is trust.CONSENT_VISIT_UNKNOWN
    assert await consent_refused(centre, visit.consent(challenge="A" * 40)) is trust.CHALLENGE_FOREIGN
    assert await consent_refused(centre, visit.consent(facility="9910000091")) is trust.OTHER_FACILITY
    assert await consent_refused(centre, visit.consent(device="reader-2")) is trust.OTHER_DEVICE
    assert await consent_refused(centre, visit.consent(), other) is trust.OTHER_DEVICE
    assert await granted(centre) == set()


async def test_a_consent_comes_within_minutes(centre: Centre) -> None:
    visit = await visited(centre)
    centre.clock.pass_(minutes=10)
    last = visit.consent()
    centre.clock.pass_(seconds=1)
    assert await consent_refused(centre, visit.consent()) is trust.CONSENT_TOO_LATE
    centre.clock.pass_(seconds=-1)
    assert (await centre.agree(last)).items == ALL


@pytest.mark.parametrize(
    ("method", "key"), [(Method.PIN, "surface"), (Method.SIGHT, "authentication"), (Method.FACE, "authentication")]
)
async def test_it_is_signed_with_the_key_that_the_visit_proved(centre: Centre, method: Method, key: str) -> None:
    visit = await visited(centre, method)
    assert await consent_refused(centre, visit.consent(key=key)) is trust.CONSENT_OTHER_KEY


async def test_it_is_signed_by_the_same_card(centre: Centre) -> None:
    visit = await visited(centre)
    assert await consent_refused(centre, visit.consent(certificate="00" * 32)) is trust.CONSENT_OTHER_KEY
    assert (
        await consent_refused(centre, visit.consent(signer=keys().rsa_2048("forger"))) is trust.CONSENT_SIGNATURE_WRONG
    )


async def test_items_come_each_once_and_in_order(centre: Centre) -> None:
    visit = await visited(centre)
    for items in (
        (ConsentItem.DRUGS, ConsentItem.CHECKUPS),
        (ConsentItem.DRUGS, ConsentItem.DRUGS),
    ):
        assert await consent_refused(centre, visit.consent(items)) is trust.CONSENT_NOT_OFFERED


async def test_work_off_line_never_grants(centre: Centre) -> None:
    visit = await visited(centre, deferred=True)
    assert await consent_refused(centre, visit.consent()) is trust.CONSENT_DEFERRED
    assert (await centre.agree(visit.consent(()))).items == ()
    assert await granted(centre) == set()


async def test_a_certificate_in_grace_never_grants(centre: Centre) -> None:
    for back in range(1, 20):
        await centre.trust.revocations.take(centre.lab.crl(NOON - timedelta(days=back)), NOON)
    visit = await visited(centre, until=TODAY - timedelta(days=10))
    assert await consent_refused(centre, visit.consent()) is trust.CONSENT_IN_GRACE


async def test_where_viewing_is_stopped_nothing_is_granted(centre: Centre) -> None:
    stop = e.ViewStop(
        person_id="p1", scope=e.StopScope.MEDICAL, reason=e.StopReason.INSURER, valid_from=date(2026, 1, 1)
    )
    visit = await visited(centre, entries=(stop,))
    assert await consent_refused(centre, visit.consent()) is trust.VIEW_STOPPED
    assert await centre.outcomes() == ["answered", trust.VIEW_STOPPED.code]


async def test_an_answer_about_an_earlier_day_opens_nothing_of_today(centre: Centre) -> None:
    card = await ready(centre)
    statement = centre.appliance.statement(card, centre.challenge(), asked_day=TODAY - timedelta(days=1))
    answer = await centre.send(centre.appliance.sign(centre.appliance.request(card, statement)))
    assert (body(answer)["QualificationValidity"], answer.consent_items) == ("1", ())
    assert await consent_refused(centre, centre.appliance.consent(card, statement)) is trust.CONSENT_NOT_OFFERED
    assert await granted(centre) == set()


async def test_a_visit_over_midnight_is_still_of_its_day(centre: Centre) -> None:
    card = await ready(centre)
    centre.clock.pass_(hours=11, minutes=59)
    value = centre.challenge()
    centre.clock.pass_(seconds=90)
    assert (await centre.send(centre.appliance.visit(card, value))).consent_items == tuple(ConsentItem)


async def test_without_eligibility_nothing_is_offered(centre: Centre) -> None:
    card = centre.lab.card()
    await centre.intake.register(
        e.Person(person_id="p9", name="見本　花子", kana="ミホン　ハナコ", birth_date=card.birth, sex=e.Sex.FEMALE),
        centre.tied(card, "p9"),
    )
    statement = centre.appliance.statement(card, centre.challenge())
    answer = await centre.send(centre.appliance.sign(centre.appliance.request(card, statement)))
    assert body(answer)["QualificationValidity"] == "4"
    assert await consent_refused(centre, centre.appliance.consent(card, statement)) is trust.CONSENT_NOT_OFFERED


async def test_a_visit_document_is_no_consent(centre: Centre) -> None:
    visit = await visited(centre)
    assert await consent_refused(centre, visit.again()) is trust.DOCUMENT_UNREADABLE
    envelope = msgspec.json.decode(visit.consent(), type=SignedDocument)
    changed = envelope.payload.replace(b'"key":"authentication"', b'"key":"surface"')
    signed = centre.appliance.envelope(changed, "consent")
    assert await consent_refused(centre, signed) is trust.CONSENT_OTHER_KEY
