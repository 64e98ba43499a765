"""Eras end when they end, ages are complete when the law says, months end on their last day."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import eras
from protocol.eras import Era
from protocol.errors import OnshiError, input_
from tests.protocol.strategies import days, moments


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("令和8年5月7日", date(2026, 5, 7)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("昭和６４年　１月　７日", date(1989, 1, 7)),
        ("明治45年7月29日", date(1912, 7, 29)),
        ("大正元年7月30日", date(1912, 7, 30)),
        ("S64.1.7", date(1989, 1, 7)),
        ("h1/01/08", date(1989, 1, 8)),
        ("昭64-1-7", date(1989, 1, 7)),
        ("Ｒ８．５．７", date(2026, 5, 7)),
    ],
)
def test_era_dates_are_read_in_the_spellings_people_use(written: str, day: date) -> None:
    assert eras.parse(written) == day


@pytest.mark.parametrize(
    "written",
    ["平成32年1月1日", "平成31年5月1日", "昭和65年1月1日", "昭和64年1月8日", "平成元年1月7日", "令和0年1月1日",
     "大正15年12月25日", "昭和元年12月24日",
     "令和元年4月30日", "明治元年1月22日", "平成2年2月29日", "令和999年13月1日"],
)  # fmt: skip
def test_a_day_that_its_era_never_had_is_refused(written: str) -> None:
    with pytest.raises(OnshiError) as refused:
        eras.parse(written)
    assert refused.value.fault is input_.ERA_DATE


@pytest.mark.parametrize(
    "written", ["", "2026年5月7日", "令和8年5月", "慶応4年1月1日", "令和八年五月七日", "R8.5.7x", "令" * 90]
)
def test_what_is_no_era_date_is_refused(written: str) -> None:
    with pytest.raises(OnshiError) as refused:
        eras.parse(written)
    assert refused.value.fault is input_.DATE


@given(days)
def test_an_era_date_that_was_written_is_read_as_the_same_day(day: date) -> None:
    assert eras.parse(eras.japanese(day)) == day


@given(days)
def test_a_receipts_era_date_is_the_same_day(day: date) -> None:
    era = eras.era_of(day)
    if era.year_of(day) < 100:
        assert eras.from_gyymmdd(f"{era.digit}{eras.printed(day)}") == day


@pytest.mark.parametrize(
    ("digits", "fault"), [("9640107", input_.DATE), ("364010", input_.DATE), ("3650101", input_.ERA_DATE)]
)
def test_a_receipts_era_date_out_of_its_era_is_refused(digits: str, fault: object) -> None:
    with pytest.raises(OnshiError) as refused:
        eras.from_gyymmdd(digits)
    assert refused.value.fault is fault


def test_eras_follow_each_other_without_a_gap() -> None:
    for earlier, later in zip(Era, list(Era)[1:], strict=False):
        assert (later.first - earlier.last).days == 1
        assert eras.era_of(earlier.last) is earlier
        assert eras.era_of(later.first) is later


def test_a_day_before_meiji_has_no_era_here() -> None:
    with pytest.raises(OnshiError):
        eras.era_of(date(1868, 1, 22))


def test_the_first_year_is_written_gannen() -> None:
    assert eras.japanese(date(2019, 5, 1)) == "令和元年5月1日"
    assert eras.japanese(date(2026, 11, 21)) == "令和8年11月21日"


@given(days)
def test_days_round_trip(day: date) -> None:
    assert eras.day(eras.day_text(day)) == day


@given(moments)
def test_moments_round_trip(moment: datetime) -> None:
    assert eras.moment(eras.moment_text(moment)) == moment


def test_a_moment_is_written_in_japan_time() -> None:
    assert eras.moment_text(datetime(2026, 1, 31, 15, 0, 1, 999999, tzinfo=UTC)) == "20260201000001"
    with pytest.raises(ValueError, match="zone"):
        eras.moment_text(datetime(2026, 1, 1))  # noqa: DTZ001 - the very thing that is refused


@pytest.mark.parametrize("digits", ["", "2026010", "20260230", "20261301", "00000101", "２０２６０１０１", "20260101 "])
def test_what_is_no_day_is_refused(digits: str) -> None:
    with pytest.raises(OnshiError) as refused:
        eras.day(digits)
    assert refused.value.fault is input_.DATE


@pytest.mark.parametrize("digits", ["20260101", "20260101240000", "20260101006000", "20260101000060", "20260230000000"])
def test_what_is_no_moment_is_refused(digits: str) -> None:
    with pytest.raises(OnshiError) as refused:
        eras.moment(digits)
    assert refused.value.fault is input_.DATE


def test_an_age_is_complete_at_midnight_before_the_birthday() -> None:
    birth = date(1951, 11, 21)
    assert eras.age_on(birth, date(2026, 11, 20)) == 74
    assert eras.age_on(birth, date(2026, 11, 21)) == 75
    assert eras.attains_on(birth, 75) == date(2026, 11, 20)


def test_who_is_born_on_leap_day_is_older_from_the_first_of_march() -> None:
    birth = date(1956, 2, 29)
    assert eras.age_on(birth, date(2026, 2, 28)) == 69
    assert eras.age_on(birth, date(2026, 3, 1)) == 70
    assert eras.attains_on(birth, 70) == date(2026, 2, 28)
    assert eras.age_on(birth, date(2028, 2, 28)) == 71
    assert eras.age_on(birth, date(2028, 2, 29)) == 72
    assert eras.attains_on(birth, 72) == date(2028, 2, 28)


def test_who_is_born_on_the_first_reaches_an_age_in_the_month_before() -> None:
    assert eras.attains_on(date(1956, 12, 1), 70) == date(2026, 11, 30)


@given(days, st.integers(0, 120))
def test_age_and_the_day_it_is_reached_agree(birth: date, age: int) -> None:
    reached = eras.attains_on(birth, age)
    assert eras.age_on(birth, reached) == age - 1
    assert eras.age_on(birth, date.fromordinal(reached.toordinal() + 1)) == age


def test_the_grace_of_a_certificate_ends_with_the_third_month() -> None:
    assert eras.last_day_of_month(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert eras.last_day_of_month(date(2027, 11, 1), 3) == date(2028, 2, 29)
    assert eras.last_day_of_month(date(2026, 9, 15), 3) == date(2026, 12, 31)
    assert eras.last_day_of_month(date(2026, 2, 1)) == date(2026, 2, 28)
