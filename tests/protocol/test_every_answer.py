"""What holds in every answer: no empty element, no null, no number, and a reason in plain words where it says no."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol import codes, eras
from protocol.codes import CharacterCode
from protocol.errors import CATALOGUE, Fault
from protocol.messages import (
    MESSAGES,
    ConsentCancelled,
    EligibilityAnswer,
    MedicalRefusal,
    MedicalRequest,
    Message,
    write_json,
    write_xml,
)
from protocol.numbers import FacilityCode, InsuredNumber, InsurerNumber
from tests.protocol.strategies import message_of

ANSWERS = sorted(
    {kind for name, kind in MESSAGES.items() if name.endswith("res")} | {MedicalRefusal, ConsentCancelled},
    key=lambda kind: kind.__name__,
)
HERE = FacilityCode("9919900010")


def leaves(value: Any) -> Iterator[str]:
    assert value not in (None, "", {}, [])
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        assert isinstance(value, str)
        yield value


@pytest.mark.parametrize("kind", ANSWERS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_answer_has_an_empty_group_a_null_or_a_number(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(message_of(kind))
    assert all(leaf.strip() for leaf in leaves(write_json(message)))
    for encoding in CharacterCode:
        text = write_xml(message, encoding).decode("cp932" if encoding is CharacterCode.SHIFT_JIS else "utf-8")
        for element in fromstring(text.partition("?>")[2]).iter():
            assert len(element) or (element.text or "").strip(), element.tag
            assert not element.attrib


@pytest.mark.parametrize("fault", CATALOGUE.values(), ids=lambda fault: fault.code)
def test_whatever_is_refused_has_its_reason_in_plain_words(fault: Fault) -> None:
    """Words that a clerk understands, in JIS X 0208, so that a Shift_JIS client shows them whole."""
    answer = EligibilityAnswer.refused(
        fault,
        executed_at=datetime(2026, 11, 18, 9, 30, tzinfo=eras.JST),
        asked_day=date(2026, 11, 18),
        facility=HERE,
        reference=codes.ReferenceClassification.INSURED_NUMBER,
    )
    assert answer.result_message == answer.error_message == f"{fault.desk_ja}{fault.next_ja}"
    request = MedicalRequest(
        facility=HERE,
        insurer_number=InsurerNumber("06990018"),
        number=InsuredNumber("1"),
        file_category="2",
    )
    refusal = MedicalRefusal.of(fault, request)
    assert refusal.result_code == "9"
    assert refusal.contents == f"{fault.code} {fault.desk_ja}{fault.next_ja}"
    for message in (answer, refusal):
        assert b"\x81\x9c" not in write_xml(message, CharacterCode.SHIFT_JIS)
