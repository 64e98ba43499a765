"""Numbers keep what came in, know their parts, and validate check digits only when asked."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import numbers
from protocol.errors import Fault, OnshiError, input_
from protocol.numbers import (
    BirthDate,
    Branch,
    BurdenRatio,
    FacilityCode,
    InsuredNumber,
    InsurerNumber,
    PayerNumber,
    RecipientNumber,
    Symbol,
    YearMonth,
    Yen,
)
from tests.protocol.strategies import digits


def test_the_published_example_of_an_insurer_gets_its_check_digit() -> None:
    assert numbers.with_check_digit("3312001") == "33120015"
    assert all(InsurerNumber(known).check_digit_ok for known in ("33120015", "01130012", "34130021", "01350016"))


def test_the_published_example_of_a_facility_passes_over_all_ten_digits() -> None:
    assert FacilityCode("0110113719").validate_check_digit().institution == "0113719"


@given(digits)
def test_a_check_digit_always_fits_what_it_was_made_for(body: str) -> None:
    assert numbers.check_digit_fits(numbers.with_check_digit(body))


@given(digits, st.data())
def test_a_single_wrong_digit_never_passes(body: str, data: st.DataObject) -> None:
    number = numbers.with_check_digit(body)
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not numbers.check_digit_fits(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("body", ["12a", "１２", " 1", "-1"])
def test_a_check_digit_is_made_of_ascii_digits_only(body: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        numbers.check_digit(body)


@pytest.mark.parametrize("raw", ["990010", "  990010", "00990010", "990010  "])
def test_national_health_is_one_number_however_it_is_padded(raw: str) -> None:
    number = InsurerNumber(raw)
    assert number == InsurerNumber("990010")
    assert hash(number) == hash(InsurerNumber("990010"))
    assert (number.digits, number.raw, str(number)) == ("990010", raw, raw)
    assert (number.padded_spaces, number.padded_zeros) == ("  990010", "00990010")
    assert (number.law, number.prefecture, number.is_national_health) == (None, "99", True)


def test_an_employees_insurer_has_a_law_number_and_a_prefecture() -> None:
    number = InsurerNumber("06990014")
    assert (number.law, number.prefecture, number.is_national_health) == ("06", "99", False)
    assert number.padded_spaces == number.padded_zeros == "06990014"


@pytest.mark.parametrize(("raw", "digits"), [("6990014", "06990014"), (" 6990014", "06990014"), ("10017", "010017")])
def test_a_number_that_lost_its_leading_zero_in_a_spreadsheet_is_understood(raw: str, digits: str) -> None:
    assert InsurerNumber(raw).digits == digits
    assert InsurerNumber(raw).raw == raw


def test_retired_national_health_has_eight_digits_and_a_law_number() -> None:
    assert InsurerNumber("67990018").law == "67"


@pytest.mark.parametrize(
    "raw",
    ["", "    ", "1234", "123456789", "0699001a", "06 90014", "０６９９００１４", "00000000", "000000",
     "\t990010", "9" * 40],
)  # fmt: skip
def test_what_is_no_insurer_number_is_refused_without_repeating_it(raw: str) -> None:
    with pytest.raises(OnshiError) as refused:
        InsurerNumber(raw)
    assert refused.value.fault is input_.INSURER_NUMBER
    assert refused.value.details == {"length": len(raw)}


def test_a_wrong_check_digit_is_a_separate_question() -> None:
    number = InsurerNumber("06990013")
    assert not number.check_digit_ok
    with pytest.raises(OnshiError) as refused:
        number.validate_check_digit()
    assert refused.value.fault is input_.CHECK_DIGIT
    assert "0699" not in str(refused.value)


def test_a_facility_code_knows_its_parts() -> None:
    code = FacilityCode("9919900010")
    assert (code.prefecture, code.fee_table, code.institution) == ("99", "1", "9900010")
    assert code.check_digit_ok
    assert not FacilityCode("9919900011").check_digit_ok


def test_a_fee_table_that_is_a_letter_is_not_contradicted() -> None:
    assert FacilityCode("99B9900010").check_digit_ok


def test_public_expense_numbers_have_their_own_check_digits() -> None:
    payer = PayerNumber(numbers.with_check_digit("1299001"))
    assert (payer.law, payer.prefecture, payer.check_digit_ok) == ("12", "99", True)
    assert RecipientNumber(numbers.with_check_digit("123456")).check_digit_ok


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (lambda: FacilityCode("991990001"), input_.FACILITY_CODE),
        (lambda: FacilityCode("99a9900010"), input_.FACILITY_CODE),
        (lambda: FacilityCode("9919900010\n"), input_.FACILITY_CODE),
        (lambda: PayerNumber("1299001"), input_.PAYER_NUMBER),
        (lambda: RecipientNumber("12345678"), input_.PAYER_NUMBER),
        (lambda: Symbol("　"), input_.SYMBOL),
        (lambda: Symbol("記" * 21), input_.SYMBOL),
        (lambda: Symbol("a\x00"), input_.SYMBOL),
        (lambda: InsuredNumber(""), input_.INSURED_NUMBER),
        (lambda: Branch("1"), input_.BRANCH),
        (lambda: Branch("０１"), input_.BRANCH),
        (lambda: BirthDate("20010229"), input_.BIRTH_DATE),
        (lambda: BirthDate("18671231"), input_.BIRTH_DATE),
        (lambda: BirthDate("2001-2-3"), input_.BIRTH_DATE),
        (lambda: BurdenRatio("30"), input_.BURDEN_RATIO),
        (lambda: BurdenRatio("000"), input_.BURDEN_RATIO),
        (lambda: BurdenRatio.of(15), input_.BURDEN_RATIO),
        (lambda: BurdenRatio.of(110), input_.BURDEN_RATIO),
        (lambda: Yen("-1"), input_.AMOUNT),
        (lambda: Yen("1,000"), input_.AMOUNT),
        (lambda: YearMonth("202613"), input_.DATE),
    ],
)
def test_a_wrong_shape_is_refused_by_its_own_fault(made: Callable[[], object], fault: Fault) -> None:
    with pytest.raises(OnshiError) as refused:
        made()
    assert refused.value.fault is fault


def test_symbols_and_numbers_are_compared_without_width_blanks_or_kind_of_dash() -> None:
    assert Symbol("７７－８８") == Symbol("77-88") == Symbol(" 77‐88 ")
    assert Symbol("あ１") == Symbol("あ1")
    assert InsuredNumber("00３１") == InsuredNumber("0031") != InsuredNumber("31")
    assert str(Symbol("７７－８８")) == "７７－８８"


def test_values_do_not_show_themselves_to_a_log() -> None:
    values = (InsurerNumber("06990014"), Symbol("77-88"), InsuredNumber("0031"), BirthDate("19840229"))
    assert [repr(value) for value in values] == ["InsurerNumber(…)", "Symbol(…)", "InsuredNumber(…)", "BirthDate(…)"]


def test_a_birth_date_knows_its_printed_form_and_age() -> None:
    birth = BirthDate("19800217")
    assert (birth.day, birth.printed, birth.printed_gregorian) == (date(1980, 2, 17), "550217", "800217")
    assert birth == BirthDate.of(date(1980, 2, 17))
    assert (birth.age_on(date(2026, 2, 16)), birth.age_on(date(2026, 2, 17))) == (45, 46)


def test_small_values_give_what_they_hold() -> None:
    assert BurdenRatio.of(30) == BurdenRatio("030")
    assert BurdenRatio("100").percent == 100
    assert Yen("010000").amount == 10_000
    assert YearMonth("202611").first_day == date(2026, 11, 1)
    assert Branch("00").raw == "00"
