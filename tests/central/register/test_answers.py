"""What a card and a number get, on both databases: every validity with its words."""

from datetime import date, timedelta
from typing import Any

import pytest

from central.register import entries as e
from central.register import words
from protocol.codes import CardClassification, LimitConsent, ReasonOfLoss, ReferenceClassification
from protocol.codes import QualificationValidity as V
from protocol.errors import OnshiError
from protocol.errors.central import QUERY_DAY
from protocol.errors.trust import OTHER_FACILITY
from protocol.messages import write_json
from protocol.visit import CertificateState, ConsentItem
from tests.central.register.world import (
    ADULT,
    CLINIC,
    ELDERLY,
    ISSUER,
    OFFICE,
    OTHER_CLINIC,
    SOCIETY,
    TODAY,
    TOWN,
    World,
    record,
    request,
)

NEW = record(TOWN, "777", "", None)


async def test_an_ordinary_adult_is_valid_and_needs_no_message(world: World) -> None:
    who = await world.insured(issued_on=date(2020, 4, 5), card_valid_from=date(2020, 4, 1))
    card = await world.card(who)
    assert (card.validity, card.words, card.medical) == (V.VALID, (words.VALID,), True)
    body = write_json(card.message)["XmlMsg"]["MessageBody"]
    assert body["QualificationValidity"] == "1"
    assert "ProcessingResultMessage" not in body
    result = body["ResultList"][0]["ResultOfQualificationConfirmation"]
    assert result["InsurerNumber"] == SOCIETY
    assert result["NameKana"] == "ﾐﾎﾝ ﾀﾛｳ"
    assert result["InsurerName"] == "見本健康保険組合"
    assert result["QualificationDate"] == "20200401"
    assert "DisqualificationDate" not in result
    assert card.message.reference is ReferenceClassification.CARD
    assert (card.birth_date, card.sex) == (ADULT, "1")


async def test_a_number_fits_in_either_width_and_padding(world: World) -> None:
    await world.insured(key=record(TOWN, "００1", "町－１", "01"))
    for insurer in (TOWN, f"  {TOWN}", f"00{TOWN}"):
        for number, symbol in (("001", "町-1"), ("００１", "町－１")):
            answer = await world.ask(record(insurer, number, symbol, "01"))
            assert answer.validity is V.VALID
    result = answer.message.results[0]
    assert result.insurer_number is not None
    assert (result.insurer_number.raw, str(result.symbol)) == (f"  {TOWN}", "町－１")
    assert answer.message.search is not None
    assert answer.message.search.insurer_number.raw == f"00{TOWN}"
    assert answer.message.file_identifier == "F-1"


@pytest.mark.parametrize(
    "asked",
    [record(number="4261"), record(symbol="12-35"), record(branch="01"), record(TOWN)],
    ids=["number", "symbol", "branch", "insurer"],
)
async def test_every_given_field_of_a_number_must_fit(world: World, asked: e.RecordKey) -> None:
    await world.insured()
    answer = await world.ask(asked)
    assert (answer.validity, answer.words, answer.message.results) == (V.NONE, (words.NONE,), ())
    assert answer.message.result_message == words.NONE.ja
    assert (await world.ask(birth=ADULT + timedelta(1))).validity is V.NONE


async def test_fields_that_are_not_given_do_not_have_to_fit(world: World) -> None:
    await world.insured()
    assert (await world.ask(record(symbol="", branch=None))).validity is V.VALID


async def test_a_lost_coverage_is_shown_to_the_card_as_reference(world: World) -> None:
    who = await world.insured(disqualified_on=date(2026, 4, 1), loss_reason=e.LossReason.DEATH)
    card = await world.card(who)
    assert (card.validity, card.words, card.medical) == (V.INVALID, (words.LOST,), False)
    result = card.message.results[0]
    assert (result.disqualification_date, result.reason_of_loss) == (date(2026, 4, 1), ReasonOfLoss.DEATH)
    number = await world.ask()
    assert (number.validity, number.message.results[0].disqualification_date) == (V.INVALID, date(2026, 4, 1))


async def test_the_day_of_loss_is_the_first_day_without(world: World) -> None:
    who = await world.insured(disqualified_on=date(2026, 6, 1))
    assert (await world.card(who, date(2026, 5, 31))).validity is V.VALID
    assert (await world.card(who, date(2026, 6, 1))).validity is V.INVALID


async def test_lost_with_a_newer_one_is_3_for_the_number_and_the_newer_for_the_card(world: World) -> None:
    who = await world.insured(disqualified_on=date(2026, 4, 1))
    await world.insured(person_id=who, key=NEW, since=date(2026, 4, 1))
    old = await world.ask()
    assert (old.validity, old.words) == (V.INVALID_NEWER_EXISTS, (words.LOST_NEWER,))
    assert [str(result.number) for result in old.message.results] == ["4260"]
    card = await world.card(who)
    assert (card.validity, str(card.message.results[0].number), card.conflict) == (V.VALID, "777", ())
    assert (await world.ask(NEW)).validity is V.VALID


async def test_before_the_first_day_there_is_nothing_yet(world: World) -> None:
    who = await world.insured(since=date(2026, 7, 1))
    card = await world.card(who)
    assert (card.validity, card.words, card.message.results) == (V.NONE, (words.NOT_BEGUN,), ())
    await world.add(e.Tie(record=NEW, person_id=who, valid_from=date(2020, 1, 1)))
    assert (await world.ask(NEW)).words == (words.NONE,)


async def test_an_unknown_person_gets_4(world: World) -> None:
    card = await world.card("nobody")
    assert (card.validity, card.words, card.birth_date) == (V.NONE, (words.NONE,), None)
    assert (await world.card(await world.person())).words == (words.NONE,)


async def test_twins_under_one_number_are_several_until_the_branch_is_given(world: World) -> None:
    for branch in ("01", "02"):
        await world.insured(key=record(branch=branch))
    several = await world.ask(record(branch=None))
    assert (several.validity, several.words, several.message.results) == (V.SEVERAL, (words.SEVERAL,), ())
    assert several.person_id is None
    assert (await world.ask(record(branch="02"))).validity is V.VALID


async def test_two_records_of_one_person_are_not_several(world: World) -> None:
    who = await world.insured(disqualified_on=date(2026, 1, 1))
    await world.insured(person_id=who, key=record(symbol="99"), since=date(2026, 1, 1))
    answer = await world.ask(record(symbol=""))
    assert (answer.validity, str(answer.message.results[0].symbol)) == (V.VALID, "99")


async def test_a_number_used_again_tells_nothing_of_its_former_holder(world: World) -> None:
    former = await world.person()
    await world.add(
        e.Tie(record=record(), person_id=former, valid_from=date(2015, 4, 1), valid_until=date(2020, 4, 1)),
        e.Coverage(record=record(), qualified_on=date(2015, 4, 1), disqualified_on=date(2020, 4, 1)),
    )
    holder = await world.insured()
    assert (await world.ask()).person_id == holder
    assert (await world.card(former)).message.results[0].disqualification_date == date(2020, 4, 1)
    with pytest.raises(OnshiError) as refused:
        await world.ask(day=date(2019, 1, 1))
    assert refused.value.fault is QUERY_DAY


async def test_the_last_holder_of_a_number_gets_lost(world: World) -> None:
    who = await world.person()
    await world.add(
        e.Tie(record=record(), person_id=who, valid_from=date(2015, 4, 1), valid_until=date(2025, 4, 1)),
        e.Coverage(record=record(), qualified_on=date(2015, 4, 1), disqualified_on=date(2025, 4, 1)),
    )
    assert (await world.ask()).validity is V.INVALID


async def test_a_conflict_across_insurers_is_flagged_and_the_newest_acquisition_answered(world: World) -> None:
    who = await world.insured()
    await world.insured(person_id=who, key=NEW, since=date(2026, 5, 1))
    card = await world.card(who)
    assert (card.validity, str(card.message.results[0].number)) == (V.VALID, "777")
    assert set(card.conflict) == {SOCIETY, f"00{TOWN}"}
    assert card.words == (words.VALID, words.CONFLICT)
    assert card.message.result_code == words.CONFLICT.code
    assert (await world.ask()).validity is V.VALID


async def test_on_one_acquisition_day_the_later_issue_wins(world: World) -> None:
    who = await world.insured(issued_on=date(2026, 5, 2))
    await world.insured(person_id=who, key=NEW, issued_on=date(2026, 5, 1))
    assert str((await world.card(who)).message.results[0].number) == "4260"


async def test_a_stop_of_everything_hides_the_coverage_until_it_is_lifted(world: World) -> None:
    who = await world.insured()
    (stop,) = await world.add(
        e.ViewStop(
            person_id=who, scope=e.StopScope.ALL, reason=e.StopReason.BIRTH_OR_SEX_DIFFERS, valid_from=date(2026, 1, 1)
        )
    )
    for answer in (await world.card(who), await world.ask()):
        assert (answer.validity, answer.words, answer.message.results) == (V.NONE, (words.STOPPED,), ())
    world.later()
    await world.intake.invalidate(stop)
    assert (await world.card(who)).validity is V.VALID


async def test_a_stop_holds_for_the_days_before_it_as_well(world: World) -> None:
    who = await world.insured()
    await world.add(
        e.ViewStop(person_id=who, scope=e.StopScope.ALL, reason=e.StopReason.BIRTH_OR_SEX_DIFFERS, valid_from=TODAY)
    )
    yesterday = TODAY - timedelta(days=1)
    for answer in (await world.card(who, yesterday), await world.ask(day=yesterday)):
        assert (answer.validity, answer.words, answer.message.results) == (V.NONE, (words.STOPPED,), ())


async def test_a_stop_of_one_record_leaves_the_other(world: World) -> None:
    who = await world.insured()
    await world.insured(person_id=who, key=NEW, since=date(2026, 5, 1))
    await world.add(
        e.ViewStop(
            person_id=who,
            record=NEW,
            scope=e.StopScope.ALL,
            reason=e.StopReason.SEVERAL_ON_ONE_NUMBER,
            valid_from=date(2026, 5, 1),
        )
    )
    card = await world.card(who)
    assert (str(card.message.results[0].number), card.conflict) == ("4260", ())
    assert (card.words, card.medical) == ((words.VALID, words.MEDICAL_STOPPED), False)
    assert (await world.ask(NEW)).words == (words.STOPPED,)


async def test_a_stop_of_medical_information_leaves_insured_care_alone(world: World) -> None:
    who = await world.insured()
    await world.add(
        e.DiseaseCertificate(
            record=record(), category="1", issued_on=date(2025, 1, 1), valid_from=date(2025, 1, 1), self_pay=10000
        ),
        e.ViewStop(
            person_id=who, scope=e.StopScope.MEDICAL, reason=e.StopReason.NAMES_DIFFER, valid_from=date(2026, 1, 1)
        ),
    )
    card = await world.card(who)
    assert (card.validity, card.medical, card.specific_diseases) == (V.VALID, False, ())
    assert card.message.result_message == words.MEDICAL_STOPPED.ja


@pytest.mark.parametrize(
    ("state", "word", "medical"),
    [(CertificateState.EXPIRING, words.EXPIRING, True), (CertificateState.GRACE, words.GRACE, False)],
)
async def test_an_ending_certificate_is_news_and_grace_allows_no_medical_items(
    world: World, state: CertificateState, word: words.Word, medical: bool
) -> None:
    who = await world.insured()
    card = await world.card(who, certificate_state=state)
    assert (card.validity, card.words, card.medical) == (V.VALID, (words.VALID, word), medical)
    assert (card.message.result_code, card.message.result_message) == (word.code, word.ja)


async def test_specific_diseases_come_only_with_consent_and_only_to_a_card(world: World) -> None:
    who = await world.insured()
    await world.add(
        *(
            e.DiseaseCertificate(
                record=record(),
                category=category,
                issued_on=date(2025, 1, 1),
                valid_from=date(2025, 1, 1),
                valid_through=TODAY,
                self_pay=10000,
            )
            for category in "21"
        )
    )
    card = await world.card(who)
    assert "SpecificDiseases" not in str(write_json(card.message))
    assert "SpecificDiseases" not in str(write_json((await world.ask(consent=True)).message))
    until = world.now + timedelta(hours=24)
    given = card.consented([ConsentItem.SPECIFIC_DISEASES, ConsentItem.DRUGS], at=world.now, until=until)
    result = write_json(given)["XmlMsg"]["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"]
    listed = result["SpecificDiseasesCertificateList"]
    assert [disease["SpecificDiseasesDiseaseCategory"] for disease in listed] == ["1", "2"]
    assert listed[0]["SpecificDiseasesValidEndDate"] == "20260601"
    assert (result["PharmacistsInfoConsFlg"], result["DiagnosisInfoConsFlg"]) == ("1", "0")
    assert result["PharmacistsInfoAvailableTime"] == "20260602120000"
    assert not {"DiagnosisInfoConsTime", "DiagnosisInfoAvailableTime"} & result.keys()
    refused = write_json(card.consented([], at=world.now))
    assert "SpecificDiseasesCertificateList" not in str(refused)
    assert (await world.card(who, TODAY + timedelta(1))).specific_diseases == ()


async def test_the_limit_certificate_comes_to_every_card_and_to_a_number_only_with_consent(world: World) -> None:
    who = await world.insured()
    await world.add(
        e.LimitCertificate(
            record=record(),
            kind="01",
            income_class="A03",
            issued_on=date(2026, 4, 1),
            valid_from=date(2026, 4, 1),
            valid_through=date(2027, 3, 31),
        )
    )
    given = (await world.card(who)).message.results[0]
    assert given.limit is not None
    assert (given.limit.valid_until, given.limit_consent) == (date(2027, 3, 31), LimitConsent.GIVEN)
    assert given.limit_consent_time is None
    without = (await world.ask()).message.results[0]
    assert (without.limit, without.limit_consent) == (None, LimitConsent.NOT_GIVEN)
    with_consent = (await world.ask(consent=True)).message.results[0]
    assert with_consent.limit == given.limit
    assert with_consent.limit_consent_time == world.now


async def test_a_facility_gets_back_its_own_reference_number_only(world: World) -> None:
    who = await world.insured()
    for reference, day in (("K-1", date(2026, 1, 1)), ("K-2", date(2026, 2, 1)), ("K-3", date(2026, 2, 1))):
        await world.add(e.ReferenceNumber(record=record(), facility=CLINIC, reference=reference, valid_from=day))
    assert (await world.card(who)).message.results[0].reference_number == "K-3"
    assert (await world.card(who, date(2026, 1, 31))).message.results[0].reference_number == "K-1"
    assert (await world.ask()).message.results[0].reference_number == "K-3"
    assert (await world.card(who, facility=OTHER_CLINIC)).message.results[0].reference_number is None


async def test_where_a_person_under_support_measures_lives_is_never_told(world: World) -> None:
    who = await world.person(support_measure=True, address="見本県見本市1-1", postal_code="990-0001")
    await world.insured(person_id=who)
    for message in ((await world.card(who)).message, (await world.ask()).message):
        assert "見本市" not in str(write_json(message))
        assert "990-0001" not in str(write_json(message))


async def test_an_address_and_a_common_name_are_told_where_known(world: World) -> None:
    who = await world.person(
        address="見本市1-1", postal_code="990-0001", other_name="見本　花子", other_kana="ミホン　ハナコ"
    )
    await world.insured(person_id=who, insured_name="見本　一郎", relation=e.Relation.FAMILY)
    result = (await world.card(who)).message.results[0]
    assert (result.address, result.post_number) == ("見本市1-1", "990-0001")
    assert (result.name_of_other, result.name_of_other_kana) == ("見本　花子", "ﾐﾎﾝ ﾊﾅｺ")
    assert result.insured_name == "見本　一郎"


async def test_a_message_for_another_facility_is_refused(world: World) -> None:
    with pytest.raises(OnshiError) as refused:
        await world.register.query_by_number(request(record(), facility=CLINIC), facility=OTHER_CLINIC, now=world.now)
    assert refused.value.fault is OTHER_FACILITY


@pytest.mark.parametrize("day", [date(2026, 6, 3), date(2021, 5, 1)])
async def test_a_day_out_of_range_is_refused(world: World, day: date) -> None:
    with pytest.raises(OnshiError) as refused:
        await world.ask(day=day)
    assert refused.value.fault is QUERY_DAY


def ticket(who: str, **more: object) -> e.Ticket:
    values: dict[str, object] = {
        "person_id": who,
        "ticket_type": "01",
        "month": "202606",
        "valid_from": TODAY,
        "valid_through": date(2026, 6, 30),
        "issue_number": "1",
        "facility": CLINIC,
        "facility_name": "見本診療所",
        "treatment": "02",
        "injuries": ("見本病",),
        **more,
    }
    return e.Ticket(**values)  # type: ignore[arg-type]


async def assisted(world: World, who: str, **more: object) -> None:
    values: dict[str, object] = {"payer": OFFICE, "recipient": "1234567", "starts_on": date(2026, 1, 1), **more}
    await world.add(e.Assistance(person_id=who, **values))  # type: ignore[arg-type]


async def test_medical_assistance_with_a_ticket_is_valid(world: World) -> None:
    who = await world.person()
    await assisted(world, who)
    await world.add(ticket(who), ticket(who, facility=OTHER_CLINIC, issue_number="2"))
    card = await world.card(who)
    assert (card.validity, card.words) == (V.VALID, (words.ASSISTED,))
    (result,) = card.message.results
    assert (result.card_classification, result.insurer_name) == (
        CardClassification.MEDICAL_ASSISTANCE,
        "見本福祉事務所",
    )
    assert [t.issue_number for t in result.tickets] == ["1"]
    assert (str(result.number), result.tickets[0].injury1) == ("1234567", "見本病")
    number = await world.ask(record(OFFICE, "1234567", "", None))
    assert (number.validity, number.message.results) == (V.VALID, card.message.results)
    written = write_json(card.consented([ConsentItem.SPECIFIC_DISEASES], at=world.now))
    assert "SpecificDiseases" not in str(written)


async def test_medical_assistance_without_a_ticket_of_this_facility_is_valid_but_unregistered(world: World) -> None:
    who = await world.person()
    await assisted(world, who)
    await world.add(
        ticket(who, facility=OTHER_CLINIC),
        ticket(who, month="202605", valid_from=date(2026, 5, 1), valid_through=date(2026, 5, 31)),
    )
    card = await world.card(who)
    assert (card.validity, card.words) == (V.VALID_UNREGISTERED, (words.UNREGISTERED,))
    assert card.message.results[0].tickets == ()
    assert (await world.card(who, facility=OTHER_CLINIC)).validity is V.VALID


async def test_medical_assistance_stands_beside_insurance(world: World) -> None:
    who = await world.insured()
    await assisted(world, who)
    card = await world.card(who)
    assert (card.validity, card.words) == (V.VALID, (words.VALID, words.BESIDE))
    kinds = [result.card_classification for result in card.message.results]
    assert kinds == [CardClassification.GENERAL, CardClassification.MEDICAL_ASSISTANCE]
    assert len((await world.ask()).message.results) == 1


async def test_ended_medical_assistance_is_lost(world: World) -> None:
    who = await world.person()
    await assisted(world, who, ends_on=date(2026, 5, 1), loss_reason=e.LossReason.OTHER)
    asked = await world.ask(record(OFFICE, "1234567", "", None))
    for answer in (await world.card(who), asked):
        assert (answer.validity, answer.words) == (V.INVALID, (words.LOST_ASSISTANCE,))
        assert answer.message.results[0].disqualification_date == date(2026, 5, 1)
    assert (await world.card(who, date(2025, 1, 1))).words == (words.NONE,)


async def test_a_stop_covers_medical_assistance_too(world: World) -> None:
    who = await world.person()
    await assisted(world, who)
    await world.add(e.ViewStop(person_id=who, scope=e.StopScope.ALL, reason=e.StopReason.INSURER, valid_from=TODAY))
    assert (await world.card(who)).words == (words.STOPPED,)
    assert (await world.ask(record(OFFICE, "1234567", "", None))).words == (words.STOPPED,)


async def test_lost_insurance_and_valid_assistance_is_assistance(world: World) -> None:
    who = await world.insured(disqualified_on=date(2026, 1, 1), loss_reason=e.LossReason.PUBLIC_ASSISTANCE)
    await assisted(world, who)
    (result,) = (await world.card(who)).message.results
    assert result.card_classification is CardClassification.MEDICAL_ASSISTANCE


async def test_from_the_75th_birthday_only_late_elderly_insurance_counts(world: World) -> None:
    birth = date(1951, 6, 1)
    who = await world.insured(birth)
    await world.insured(person_id=who, key=record(ELDERLY, "12345678", "", None), since=TODAY)
    await world.add(
        e.BurdenRatio(record=record(ELDERLY, "12345678", "", None), percent=20, valid_from=TODAY),
        e.BurdenRatio(record=record(), percent=30, valid_from=date(2021, 1, 1)),
    )
    card = await world.card(who)
    assert (card.validity, card.conflict) == (V.VALID, ())
    assert (str(card.message.results[0].number), str(card.message.results[0].burden_ratio)) == ("12345678", "020")
    day_before = (await world.card(who, TODAY - timedelta(1))).message.results[0]
    assert (str(day_before.number), day_before.burden_ratio) == ("4260", None)
    old = await world.ask(birth=birth)
    assert old.validity is V.INVALID_NEWER_EXISTS
    assert old.message.results[0].disqualification_date == TODAY
    assert old.message.results[0].reason_of_loss is ReasonOfLoss.OTHER_INSURANCE


async def test_at_75_without_the_new_insurance_the_reason_says_so(world: World) -> None:
    who = await world.insured(date(1951, 6, 1))
    card = await world.card(who)
    assert (card.validity, card.words) == (V.INVALID, (words.LATE_ELDERLY,))


async def test_the_elderly_certificate_is_shown_between_70_and_75(world: World) -> None:
    who = await world.insured(date(1956, 4, 15))
    await world.add(
        e.ElderlyCertificate(record=record(), percent=20, issued_on=date(2026, 4, 1), valid_from=date(2026, 4, 1))
    )
    assert (await world.card(who, date(2026, 4, 30))).message.results[0].elderly is None
    elderly = (await world.card(who, date(2026, 5, 1))).message.results[0].elderly
    assert elderly is not None
    assert (str(elderly.ratio), elderly.valid_until) == ("020", None)


async def test_a_child_is_pre_school_until_the_31_march(world: World) -> None:
    who = await world.insured(date(2019, 6, 1))
    assert (await world.card(who, date(2026, 3, 31))).message.results[0].preschool is not None
    assert (await world.card(who, date(2026, 4, 1))).message.results[0].preschool is None


async def test_the_holder_is_found_through_renewals_by_issuer_and_serial(world: World) -> None:
    who = await world.person()
    days: Any = {"valid_from": date(2025, 1, 1), "valid_through": date(2030, 1, 1)}
    await world.add(
        e.Certificate(issuer_key_id=ISSUER, serial="1", person_id=who, **days),
        e.Certificate(issuer_key_id=ISSUER, serial="2", previous_serial="1", **days),
        e.Certificate(issuer_key_id=ISSUER, serial="9", previous_serial="8", **days),
    )
    for serial in ("1", "2", "0002"):
        holder = await world.register.holder(ISSUER.upper(), serial)
        assert holder is not None
        assert holder.person_id == who
    assert await world.register.holder(ISSUER, "9") is None
    await world.add(e.Certificate(issuer_key_id=ISSUER, serial="8", previous_serial="2", **days))
    late = await world.register.holder(ISSUER, "9")
    assert late is not None
    assert late.person_id == who
    assert await world.register.holder("cd" * 20, "1") is None


async def test_renewals_in_a_circle_end(world: World) -> None:
    days: Any = {"valid_from": date(2025, 1, 1), "valid_through": date(2030, 1, 1)}
    await world.add(
        e.Certificate(issuer_key_id=ISSUER, serial="1", previous_serial="2", **days),
        e.Certificate(issuer_key_id=ISSUER, serial="2", previous_serial="1", **days),
    )
    assert await world.register.holder(ISSUER, "1") is None
