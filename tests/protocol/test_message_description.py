"""Schemas and tables come from the definitions: they cover every element and agree with the readers."""

from datetime import date
from typing import Annotated

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from protocol import messages
from protocol.messages import Element, EligibilityAnswer, EligibilityRequest, Message
from protocol.messages.definition import plan_of
from tests.protocol.strategies import TYPES, message_of


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_we_write_fits_the_schema(kind: type[Message], data: st.DataObject) -> None:
    schema = messages.json_schema(kind)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(messages.write_json(data.draw(message_of(kind))))


def test_the_schema_asks_for_what_the_reader_asks_for() -> None:
    schema = messages.json_schema(EligibilityRequest)
    header = schema["properties"]["XmlMsg"]["properties"]["MessageHeader"]
    assert schema["properties"]["XmlMsg"]["required"] == ["MessageHeader", "MessageBody"]
    assert header["required"] == ["QualificationConfirmationDate", "MedicalInstitutionCode"]
    search = schema["properties"]["XmlMsg"]["properties"]["MessageBody"]["properties"]["QualificationConfirmSearchInfo"]
    consent = search["properties"]["LimitApplicationCertificateRelatedConsFlg"]
    assert consent["enum"] == ["0", "1"]
    assert consent["description"] == "OQSCD001: 0 未同意, 1 同意"


def test_the_table_of_the_request_is_the_layouts() -> None:
    rows = [(row.path, row.limit, row.cardinality, row.codes) for row in messages.describe(EligibilityRequest)]
    info = "MessageBody/QualificationConfirmSearchInfo"
    assert rows == [
        ("MessageHeader/QualificationConfirmationDate", 8, "1", None),
        ("MessageHeader/MedicalInstitutionCode", 10, "1", None),
        ("MessageHeader/ArbitraryFileIdentifier", 50, "0..1", None),
        (info, None, "1", None),
        (f"{info}/InsurerNumber", 8, "1", None),
        (f"{info}/InsuredCardSymbol", 20, "0..1", None),
        (f"{info}/InsuredIdentificationNumber", 20, "1", None),
        (f"{info}/InsuredBranchNumber", 2, "0..1", None),
        (f"{info}/Birthdate", 8, "1", None),
        (f"{info}/LimitApplicationCertificateRelatedConsFlg", 1, "1", "OQSCD001"),
        (f"{info}/ArbitraryIdentifier", 50, "0..1", None),
    ]


def test_the_table_of_the_answer_has_every_element_of_the_layout() -> None:
    rows = {row.path: row for row in messages.describe(EligibilityAnswer)}
    result = "MessageBody/ResultList/ResultOfQualificationConfirmation"
    assert rows[result].cardinality == "0..n"
    assert rows["MessageHeader/CharacterCodeIdentifier"].cardinality == "1"
    for element in ("InsuredCardClassification", "Name", "Sex1", "Birthdate", "InsurerName"):
        assert rows[f"{result}/{element}"].cardinality == "1"
    assert (
        rows[f"{result}/LimitApplicationCertificateRelatedInfo/LimitApplicationCertificateClassificationFlag"].codes
        == "OQSCD012"
    )
    assert rows[f"{result}/SpecificDiseasesCertificateList/SpecificDiseasesCertificateInfo/SpecificDiseasesSelfPay"]
    assert len([path for path in rows if "/MedicalTicketInfo/" in path]) == 26
    assert (
        len([path for path in rows if path.count("/") == 3]) == 46
    )  # 43 leaves and single groups of the layout, three more
    assert all(row.ja for row in rows.values())


def test_a_definition_that_contradicts_itself_is_a_programming_error() -> None:
    class Twice(Message, frozen=True, kw_only=True):
        one: Annotated[date, Element("A", "一")]
        two: Annotated[date, Element("A", "二")]

    class Through(Message, frozen=True, kw_only=True):
        one: Annotated[date, Element("A", "一")]
        two: Annotated[date, Element("A/B", "二")]

    class Shapeless(Message, frozen=True, kw_only=True):
        many: Annotated[tuple[EligibilityRequest, ...], Element("A", "一")]

    for wrong in (Twice, Through, Shapeless):
        with pytest.raises(TypeError):
            plan_of(wrong)
