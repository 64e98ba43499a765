"""The code lists are complete, labelled in both languages, and refuse what they do not have."""

import pytest

from protocol import codes
from protocol.errors import OnshiError, input_
from protocol.visit import ConsentItem


def test_every_list_from_001_to_044_is_there() -> None:
    assert sorted(codes.LISTS) == list(range(1, 45))
    assert len(codes.LISTS[42]) == len(codes.Factor)


def test_every_code_has_a_label_in_both_languages() -> None:
    for lists in codes.LISTS.values():
        for one in lists:
            assert one.title_ja
            assert one.title_en.isascii()
            assert all(code.ja and code.en.isascii() for code in one)
            assert len({code.ja for code in one}) == len(one)


def test_a_code_is_its_own_wire_text() -> None:
    assert codes.QualificationValidity.VALID == "1"
    assert str(codes.LimitCategory.B10) == "B10"
    assert codes.QualificationValidity.of("3") is codes.QualificationValidity.INVALID_NEWER_EXISTS
    assert codes.QualificationValidity.of("3").ja == "無効（新しい資格あり）"
    assert codes.CardClassification.of("A1").en == "medical assistance"


@pytest.mark.parametrize("text", ["", "0", "7", "１", "01", " 1"])
def test_a_code_that_the_list_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(OnshiError) as refused:
        codes.QualificationValidity.of(text)
    assert refused.value.fault is input_.UNKNOWN_CODE
    assert refused.value.details == {"list": "OQSCD006"}


def test_consent_items_are_those_of_oqscd036() -> None:
    assert [(item.name, item.value) for item in ConsentItem] == [(kind.name, kind.value) for kind in codes.ViewingKind]


def test_limit_categories_cover_both_age_bands() -> None:
    assert [code.value for code in codes.LimitCategory] == [f"A0{n}" for n in range(1, 7)] + [
        f"B{n:02d}" for n in range(1, 11)
    ]
