"""The error catalogue: a code names one fault for ever, with words for the desk in both languages."""

import re

import pytest

from protocol import errors
from protocol.errors import CATALOGUE, Fault, OnshiError, card, input_, problem, words

FAULTS = [fault for area in errors.AREAS for fault in vars(area).values() if isinstance(fault, Fault)]


def test_no_code_is_used_twice() -> None:
    codes = [fault.code for fault in FAULTS]
    assert sorted(codes) == sorted(set(codes))
    assert len(CATALOGUE) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_every_fault_speaks_to_desk_and_vendor(fault: Fault) -> None:
    assert re.fullmatch(r"[A-Z]+-[0-9]{3}", fault.code)
    assert re.search("[ぁ-ん]", fault.desk_ja)
    assert re.search("[ぁ-ん]", fault.next_ja)
    assert not re.search("[ぁ-んァ-ヶ]", fault.desk_en + fault.next_en)
    assert fault.desk_en
    assert fault.next_en
    assert fault.vendor


def test_the_codes_of_an_area_share_their_letters() -> None:
    for area in errors.AREAS:
        letters = {fault.code.partition("-")[0] for fault in vars(area).values() if isinstance(fault, Fault)}
        assert len(letters) <= 1, area.__name__


def test_an_error_names_its_code_and_ids_for_the_vendor() -> None:
    error = OnshiError(input_.CHECK_DIGIT, number="InsurerNumber", length=8)
    assert str(error) == f"INPUT-002 {input_.CHECK_DIGIT.vendor} (length=8 number=InsurerNumber)"
    assert str(OnshiError(input_.TEXT)) == f"INPUT-013 {input_.TEXT.vendor}"


def test_a_command_tells_both_languages_the_next_step_and_the_vendors_line() -> None:
    fault = input_.CHECK_DIGIT
    assert words(OnshiError(fault, length=8)).splitlines() == [
        f"INPUT-002 {fault.desk_ja} / {fault.desk_en}",
        f"  → {fault.next_ja} / {fault.next_en}",
        f"  [INPUT-002 {fault.vendor} (length=8)]",
    ]


def test_an_error_travels_with_its_words_and_details() -> None:
    fault = next(fault for fault in vars(card).values() if isinstance(fault, Fault))
    travelling = problem(OnshiError(fault, tries_left=2))
    assert (travelling.code, travelling.desk_ja, travelling.repeat) == (fault.code, fault.desk_ja, fault.repeat)
    assert travelling.details == {"tries_left": 2}
