"""The pure rules: ages, numbers, words, limits of asking; no database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.register import words
from central.register.eligibility import elderly_certificate_applies, is_preschool, late_elderly_from
from central.register.keys import certificate_key, insurer_key, is_late_elderly, lookup_key, number_key, symbol_key
from central.register.limits import QueryGuard, QueryLimits
from protocol.codes import QualificationValidity
from protocol.errors import OnshiError
from protocol.errors.central import QUERIES_TOO_MANY

START = datetime(2026, 6, 1, tzinfo=UTC)
BIRTHS = st.dates(date(1900, 1, 1), date(2020, 12, 31))


@pytest.mark.parametrize(
    ("birth", "first"),
    [
        (date(1951, 6, 1), date(2026, 6, 1)),
        (date(1951, 12, 31), date(2026, 12, 31)),
        (date(1948, 2, 29), date(2023, 3, 1)),
        (date(1952, 2, 29), date(2027, 3, 1)),
    ],
)
def test_late_elderly_insurance_begins_on_the_75th_birthday(birth: date, first: date) -> None:
    assert late_elderly_from(birth) == first


@pytest.mark.parametrize(
    ("birth", "first"),
    [
        (date(1956, 4, 15), date(2026, 5, 1)),
        (date(1956, 4, 1), date(2026, 4, 1)),
        (date(1956, 4, 2), date(2026, 5, 1)),
        (date(1956, 2, 29), date(2026, 3, 1)),
    ],
)
def test_the_elderly_certificate_begins_the_month_after_70_is_attained(birth: date, first: date) -> None:
    assert elderly_certificate_applies(birth, first)
    assert not elderly_certificate_applies(birth, first - timedelta(1))
    last = late_elderly_from(birth) - timedelta(1)
    assert elderly_certificate_applies(birth, last)
    assert not elderly_certificate_applies(birth, last + timedelta(1))


@pytest.mark.parametrize(
    ("birth", "last"),
    [
        (date(2019, 6, 1), date(2026, 3, 31)),
        (date(2019, 4, 2), date(2026, 3, 31)),
        (date(2019, 4, 1), date(2025, 3, 31)),
        (date(2019, 3, 31), date(2025, 3, 31)),
        (date(2020, 2, 29), date(2026, 3, 31)),
    ],
)
def test_pre_school_ends_with_the_first_31_march_after_six_is_attained(birth: date, last: date) -> None:
    assert is_preschool(birth, last)
    assert not is_preschool(birth, last + timedelta(1))


@given(birth=BIRTHS, age=st.integers(0, 120 * 366))
def test_nobody_is_in_two_ages_at_once(birth: date, age: int) -> None:
    day = birth + timedelta(age)
    stages = [is_preschool(birth, day), elderly_certificate_applies(birth, day), day >= late_elderly_from(birth)]
    assert sum(stages) <= 1


def test_numbers_are_compared_without_width_padding_and_kind_of_dash() -> None:
    assert insurer_key("  990010") == insurer_key("00990010") == insurer_key("990010") == "00990010"
    assert symbol_key("１２－３４") == symbol_key("12‐34") == symbol_key("12 - 34")
    assert number_key("０４２６０") == "04260"
    assert symbol_key("") == ""
    assert lookup_key("  990010", "７") == "00990010:7"
    assert certificate_key("AB", "00FF") == certificate_key("ab", "ff") == "ab:ff"
    assert certificate_key("ab", "0") == "ab:0"
    assert is_late_elderly("39990013")
    assert not is_late_elderly("390013")
    with pytest.raises(OnshiError):
        number_key("　")


def test_every_word_has_its_own_code_and_both_languages() -> None:
    assert len({word.code for word in words.ALL}) == len(words.ALL) >= 16
    for word in words.ALL:
        assert word.ja.endswith("。")
        assert word.en.endswith(".")
    firsts = {word.code[1] for word in words.ALL if word.code < "R7"}
    assert firsts == {validity.value for validity in QualificationValidity}


def test_a_facility_that_asks_too_often_is_told_how_long_to_wait() -> None:
    guard = QueryGuard(QueryLimits(per_minute=6, burst=3))
    for _ in range(3):
        guard.take("A", START)
    with pytest.raises(OnshiError) as refused:
        guard.take("A", START)
    assert refused.value.fault is QUERIES_TOO_MANY
    assert refused.value.details == {"facility": "A", "retry_after": 11}
    guard.take("B", START)
    guard.take("A", START + timedelta(seconds=10))
    with pytest.raises(OnshiError):
        guard.take("A", START)
    for _ in range(3):
        guard.take("A", START + timedelta(minutes=9))


def test_a_run_of_misses_raises_the_alarm_and_a_hit_ends_the_run() -> None:
    guard = QueryGuard(QueryLimits(misses=3))
    guard.take("A", START)
    told = [guard.found("A", hit=hit) for hit in (False, False, True, False, False, False, False, False, False)]
    assert told == [False, False, False, False, False, True, False, False, True]
    assert guard.alarms == 2
    assert not guard.found("never asked", hit=False)


def test_only_so_many_facilities_are_remembered() -> None:
    guard = QueryGuard(QueryLimits(burst=1, facilities=2))
    for facility in "ABC":
        guard.take(facility, START)
    guard.take("A", START)
    with pytest.raises(OnshiError):
        guard.take("C", START)
