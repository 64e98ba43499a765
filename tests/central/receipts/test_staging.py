"""What a receipt says of whose it is, which claim it is and when: the values by which it is linked and replaced."""

from datetime import date

import pytest

from central.receipts.record import Receipt
from central.receipts.staging import Named, claim_of, days_of
from central.register.keys import lookup_key
from protocol.numbers import with_check_digit
from tests.central.receipts.files import (
    CLINIC,
    INSURER,
    NATIONAL,
    RECIPIENT,
    WELFARE,
    Line,
    closing,
    common,
    confirmed,
    encode,
    header,
    insurance,
    public,
    receipts_of,
    visits,
)

OTHER = with_check_digit("0699002")
MAY = date(2026, 5, 1)


def receipt(*lines: Line, **more: str | int) -> Receipt:
    (found,) = receipts_of(encode(CLINIC, [header(CLINIC), common(1, "1112", **more), *lines, closing(1, 100)]))
    return found


def test_numbers_are_compared_whatever_their_width_and_padding() -> None:
    named = Named(
        receipt(insurance(1, 100, insurer=NATIONAL, symbol="１３・０１", insured_number="００１２"), confirmed())
    )
    assert named.lookup_key == lookup_key(NATIONAL, "0012")
    assert (named.insured, named.branch, named.birth_date) == (True, "00", date(1980, 4, 2))
    half = Named(receipt(insurance(1, 100, insurer=NATIONAL, symbol="13･01", insured_number="0012"), confirmed()))
    assert half.holder == named.holder


def test_a_moved_claim_belongs_to_the_insurer_that_was_confirmed() -> None:
    moved = {"insurer": OTHER, "symbol": "９", "insured_number": "７", "branch": "02", "confirmation": "04"}
    named = Named(receipt(insurance(1, 100), ("SN", {"payer_kind": 1} | moved)))
    assert (named.lookup_key, named.symbol_key, named.branch) == (lookup_key(OTHER, "7"), "9", "02")


def test_public_assistance_alone_is_named_by_its_recipient_and_beside_an_insurance_it_is_not() -> None:
    alone = Named(receipt(public(1, 100), confirmed(2, ""), type="1212"))
    assert (alone.insured, alone.lookup_key) == (False, lookup_key(WELFARE, RECIPIENT))
    beside = Named(receipt(insurance(1, 100), public(1, 100), confirmed()))
    assert (beside.insured, beside.lookup_key) == (True, lookup_key(INSURER, "345"))


def test_numbers_that_cannot_be_compared_are_told_apart() -> None:
    first, second = (
        Named(receipt(insurance(1, 100, insured_number=number), confirmed())) for number in ("9" * 30, "8" * 30)
    )
    assert first.lookup_key == second.lookup_key == ""
    assert first.holder != second.holder


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([insurance(2, 100), visits(_7=1, _21=2)], (7, 21)),
        ([insurance(1, 100)], (1, 31)),
        ([insurance(1, 100), public(1, 100), visits(2, _3=1), visits(1, _9=1)], (9, 9)),
        ([public(1, 100), visits(2, _3=1)], (3, 3)),
    ],
    ids=["the days of the visits", "the whole month where none are told", "the main payer's", "the public payer's"],
)
def test_days_are_those_on_which_the_person_was_seen(lines: list[Line], expected: tuple[int, int]) -> None:
    assert days_of(receipt(*lines), MAY) == (MAY.replace(day=expected[0]), MAY.replace(day=expected[1]))


def test_a_claim_is_its_search_number_or_else_its_number() -> None:
    assert claim_of(receipt(insurance(1, 100), search_number="ABC 12").common) == ("sABC 12", "n1")
    assert claim_of(receipt(insurance(1, 100)).common) == ("n1", "n1")
