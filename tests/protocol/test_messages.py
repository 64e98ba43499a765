"""One definition, three written forms: what goes out comes back, in the shapes that clinic software reads."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from protocol import codes, eras, messages, text
from protocol.codes import CharacterCode
from protocol.errors import OnshiError, input_
from protocol.messages import (
    EligibilityAnswer,
    EligibilityRequest,
    EligibilityResult,
    MedicalTicket,
    Message,
    SearchInfo,
    SpecificDiseaseInfo,
)
from protocol.numbers import BirthDate, FacilityCode, InsuredNumber, InsurerNumber, Symbol, Yen
from tests.protocol.strategies import TYPES, jis_texts, message_of
from tests.protocol.trees import fixture, xml_tree

THOROUGH = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def answer(**fields: Any) -> EligibilityAnswer:
    """A valid answer, with ``fields`` on top."""
    told: dict[str, Any] = {
        "executed_at": datetime(2026, 11, 18, 9, 30, 12, tzinfo=eras.JST),
        "asked_day": date(2026, 11, 18),
        "facility": FacilityCode("9919900010"),
        "reference": codes.ReferenceClassification.CARD,
        "segment": codes.SegmentOfResult.NORMAL,
        "status": codes.ProcessingResultStatus.NORMAL,
        "validity": codes.QualificationValidity.VALID,
    }
    return EligibilityAnswer(**(told | fields))


def result(**fields: Any) -> EligibilityResult:
    """A valid result, with ``fields`` on top."""
    told: dict[str, Any] = {
        "card_classification": codes.CardClassification.GENERAL,
        "name": "見本　花子",
        "sex1": codes.Sex.FEMALE,
        "birth_date": BirthDate("19840229"),
        "insurer_name": "架空県見本市",
    }
    return EligibilityResult(**(told | fields))


def search(**fields: Any) -> SearchInfo:
    """A valid search, with ``fields`` on top."""
    told: dict[str, Any] = {
        "insurer_number": InsurerNumber("  990010"),
        "number": InsuredNumber("0031"),
        "birth_date": BirthDate("19840229"),
        "limit_consent": codes.LimitConsent.NOT_GIVEN,
    }
    return SearchInfo(**(told | fields))


@pytest.mark.parametrize("kind", TYPES)
@THOROUGH
@given(data=st.data())
def test_every_message_comes_back_from_utf_8_and_from_json(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(message_of(kind))
    document = messages.write_xml(message)
    tree = messages.write_json(message)
    assert messages.read_xml(document, kind) == message
    assert messages.read_json(tree, kind) == message
    assert messages.decode_json(json.dumps(tree).encode(), kind) == message
    assert messages.write_json(messages.read_xml(document, kind)) == tree
    assert messages.write_xml(messages.read_json(tree, kind)) == document


def reads_as_utf_8(document: bytes) -> bool:
    """Shift_JIS bytes that happen to be UTF-8 (a rare kanji before half-width kana only): refused by intent."""
    try:
        return not document.decode().isascii()
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("kind", TYPES)
@THOROUGH
@given(data=st.data())
def test_every_message_comes_back_from_shift_jis(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(message_of(kind, jis_texts))
    document = messages.write_xml(message, CharacterCode.SHIFT_JIS)
    assume(not reads_as_utf_8(document))
    assert b'encoding="Shift_JIS"' in document
    assert messages.declared_encoding(document) is CharacterCode.SHIFT_JIS
    back = messages.read_xml(document, kind)
    assert messages.write_json(back) == messages.write_json(message)
    assert getattr(back, "character_code", CharacterCode.SHIFT_JIS) is CharacterCode.SHIFT_JIS


@pytest.mark.parametrize("kind", TYPES)
@THOROUGH
@given(data=st.data())
def test_shift_jis_output_is_readable_by_whoever_reads_shift_jis(kind: type[Message], data: st.DataObject) -> None:
    document = messages.write_xml(data.draw(message_of(kind)), CharacterCode.SHIFT_JIS)
    assume(not reads_as_utf_8(document))
    assert isinstance(messages.read_xml(document, kind), kind)


@THOROUGH
@given(message_of(EligibilityAnswer))
def test_json_is_strings_all_the_way_and_never_empty(message: EligibilityAnswer) -> None:
    def check(value: Any) -> None:
        assert value
        if isinstance(value, dict):
            for inner in value.values():
                check(inner)
        elif isinstance(value, list):
            for inner in value:
                check(inner)
        else:
            assert type(value) is str

    check(messages.write_json(message))


def test_the_face_result_comes_back_as_the_same_tree() -> None:
    document = fixture("face_result.xml")
    message = messages.read_xml(document, EligibilityAnswer)
    assert xml_tree(messages.write_xml(message)) == xml_tree(document)
    (one,) = message.results
    assert one.insurer_number is not None
    assert (one.insurer_number.raw, one.insurer_number.digits) == ("  990010", "990010")
    assert one.drugs_until == datetime(2026, 11, 19, 9, 30, 12, tzinfo=eras.JST)
    assert messages.read_json(messages.write_json(message), EligibilityAnswer) == message


def test_the_web_answer_comes_back_as_the_same_tree() -> None:
    tree = json.loads(fixture("number_answer.json"))
    message = messages.read_json(tree, EligibilityAnswer)
    assert messages.write_json(message) == tree
    assert messages.read_xml(messages.write_xml(message), EligibilityAnswer) == message
    limit = message.results[0].limit
    assert limit is not None
    assert limit.category is codes.LimitCategory.A03


def test_a_sloppy_template_is_understood() -> None:
    message = messages.read_xml(fixture("sloppy_request.xml"), EligibilityRequest)
    assert message.search.branch is None
    assert message.search.insurer_number == InsurerNumber("990010")
    assert message.file_identifier == "chart 0042"


@pytest.mark.parametrize("encoding", list(CharacterCode))
def test_the_echo_is_exactly_what_was_sent(encoding: CharacterCode) -> None:
    asked = search(symbol=Symbol("髙－７７ ①"), insurer_number=InsurerNumber("990010  "))
    document = messages.write_xml(answer(search=asked, file_identifier="a & b <髙>"), encoding)
    echoed = messages.read_xml(document, EligibilityAnswer)
    assert echoed.search is not None
    assert echoed.search.insurer_number.raw == "990010  "
    assert echoed.search.symbol is not None
    assert echoed.search.symbol.raw == "髙－７７ ①"
    assert echoed.file_identifier == "a & b <髙>"


def test_the_file_identifier_stands_in_a_bare_tag() -> None:
    document = messages.write_xml(answer(file_identifier="T25zaGlUZXN0MDE="))
    assert b"<ArbitraryFileIdentifier>T25zaGlUZXN0MDE=</ArbitraryFileIdentifier>" in document


def test_names_outside_jis_are_black_circles_in_shift_jis_and_whole_in_utf_8() -> None:
    message = answer(results=(result(name="髙橋　葛\U000e0100𠮷〜", insurer_name="德島組合"),))
    utf_8 = messages.read_xml(messages.write_xml(message), EligibilityAnswer)
    shift_jis = messages.read_xml(messages.write_xml(message, CharacterCode.SHIFT_JIS), EligibilityAnswer)
    assert utf_8.results[0].name == "髙橋　葛\U000e0100𠮷〜"
    assert (shift_jis.results[0].name, shift_jis.results[0].insurer_name) == ("●橋　葛●～", "●島組合")


def test_specific_diseases_are_wrapped_in_xml_and_flat_in_json() -> None:
    disease = SpecificDiseaseInfo(disease=codes.SpecificDisease.DIALYSIS, self_pay=Yen("10000"))
    message = answer(results=(result(diseases=(disease, disease)),))
    written = {"SpecificDiseasesDiseaseCategory": "1", "SpecificDiseasesSelfPay": "10000"}
    tree = messages.write_json(message)["XmlMsg"]["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"]
    assert tree["SpecificDiseasesCertificateList"] == [written, written]
    document = messages.write_xml(message).decode()
    assert document.count("<SpecificDiseasesCertificateList>") == 1
    assert document.count("<SpecificDiseasesCertificateInfo>") == 2


def test_lists_in_json_are_read_with_and_without_the_inner_name() -> None:
    message = answer(results=(result(diseases=(SpecificDiseaseInfo(disease=codes.SpecificDisease.HIV),)),))
    tree = messages.write_json(message)
    body = tree["XmlMsg"]["MessageBody"]
    (one,) = (item["ResultOfQualificationConfirmation"] for item in body["ResultList"])
    body["ResultList"] = [one]
    one["SpecificDiseasesCertificateList"] = [
        {"SpecificDiseasesCertificateInfo": item} for item in one["SpecificDiseasesCertificateList"]
    ]
    assert messages.read_json(tree, EligibilityAnswer) == message


def test_a_ticket_keeps_the_layouts_own_spelling() -> None:
    ticket = MedicalTicket(infection_law=codes.InfectionLaw.NO)
    assert b"<StatusOfInfecton>02</StatusOfInfecton>" in messages.write_xml(
        answer(results=(result(tickets=(ticket,)),))
    )


def test_empty_groups_and_blank_texts_are_left_out() -> None:
    message = answer(
        results=(result(limit=messages.LimitCertificateInfo(), diseases=(SpecificDiseaseInfo(),), address="　"),)
    )
    document = messages.write_xml(message)
    for tag in (b"LimitApplicationCertificateRelatedInfo", b"SpecificDiseasesCertificateList", b"Address"):
        assert tag not in document
    tree = messages.write_json(message)["XmlMsg"]["MessageBody"]["ResultList"][0]
    assert set(tree["ResultOfQualificationConfirmation"]) == {
        "InsuredCardClassification", "Name", "Sex1", "Birthdate", "InsurerName",
    }  # fmt: skip


@pytest.mark.parametrize("write", [messages.write_xml, messages.write_json])
def test_what_no_message_may_carry_does_not_leave(write: Any) -> None:
    for wrong, fault in (
        ({"name": "a\x00b"}, input_.TEXT),
        ({"name": "\ud800"}, input_.TEXT),
        ({"name": " "}, input_.MESSAGE_MISSING),
        ({"post_number": "123-45678"}, input_.TEXT),
    ):
        with pytest.raises(OnshiError) as refused:
            write(answer(results=(result(**wrong),)))
        assert refused.value.fault is fault


@pytest.mark.parametrize("write", [messages.write_xml, messages.write_json])
def test_a_required_list_is_not_written_empty(write: Any) -> None:
    request = messages.BulkRequest(asked_day=date(2026, 11, 18), facility=FacilityCode("9919900010"), searches=())
    with pytest.raises(OnshiError) as refused:
        write(request)
    assert refused.value.fault is input_.MESSAGE_MISSING


def test_a_bulk_result_stands_directly_in_its_unit() -> None:
    asked = messages.AskedSearch(number="1987654", birth_date="no day")
    unit = messages.BulkUnit(search=asked, status=codes.ProcessingResultStatus.NORMAL, result=result())
    message = messages.BulkAnswer(
        executed_at=datetime(2026, 11, 18, tzinfo=eras.JST),
        facility=FacilityCode("9919900010"),
        segment=codes.SegmentOfResult.NORMAL,
        processed=2,
        units=(unit, unit),
    )
    document = messages.write_xml(message, CharacterCode.SHIFT_JIS)
    assert b"ResultList" not in document
    assert document.count(b"<BulkConfirmUnit>") == document.count(b"<ResultOfQualificationConfirmation>") == 2
    assert b"<NumberOfProcessingResult>2</NumberOfProcessingResult>" in document
    assert len(messages.write_json(message)["XmlMsg"]["MessageBody"]["BulkConfirmUnit"]) == 2


def test_a_refusal_speaks_the_catalogues_words_and_has_what_clients_die_without() -> None:
    message = EligibilityAnswer.refused(
        input_.BIRTH_DATE,
        executed_at=datetime(2026, 11, 18, 9, 30, tzinfo=eras.JST),
        asked_day=date(2026, 11, 18),
        facility=FacilityCode("9919900010"),
        reference=codes.ReferenceClassification.INSURED_NUMBER,
        file_identifier="chart 0042",
    )
    tree = messages.write_json(message)["XmlMsg"]
    assert tree["MessageHeader"] | {"ErrorMessage": ""} == {
        "ProcessExecutionTime": "20261118093000",
        "QualificationConfirmationDate": "20261118",
        "MedicalInstitutionCode": "9919900010",
        "ArbitraryFileIdentifier": "chart 0042",
        "ReferenceClassification": "2",
        "SegmentOfResult": "9",
        "ErrorCode": "INPUT-007",
        "ErrorMessage": "",
        "CharacterCodeIdentifier": "0",
    }
    assert tree["MessageBody"]["ProcessingResultStatus"] == "2"
    assert input_.BIRTH_DATE.desk_ja in tree["MessageHeader"]["ErrorMessage"]


def test_every_fault_can_be_told_in_shift_jis() -> None:
    from protocol.errors import CATALOGUE

    for fault in CATALOGUE.values():
        assert text.is_jis_x_0208(fault.desk_ja + fault.next_ja), fault.code


def test_messages_do_not_show_a_person_to_a_log() -> None:
    shown = repr(answer(results=(result(),), search=search()))
    assert shown == (
        "EligibilityAnswer(executed_at, asked_day, facility, reference, segment, character_code, search, status, "
        "validity, results)"
    )
    assert repr(result()) == "EligibilityResult(card_classification, name, sex1, birth_date, insurer_name)"
