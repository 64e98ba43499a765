"""Five years are kept; a trend has one point a year and never mixes what was measured otherwise."""

from datetime import date

import pytest

from central.checkups.checkup import Checkup, CheckupItem, kept, kept_until, trend
from protocol.numbers import FacilityCode
from tests.central.checkups.files import PEOPLE, SENDER

TG, RANDOM_TG = "3F015000002327101", "3F015129902327101"


def checkup(day: date, *items: CheckupItem) -> Checkup:
    return Checkup("h.xml", FacilityCode(SENDER), day, PEOPLE[0].person, "10", "010", items)


def quantity(code: str, value: str, unit: str = "mg/dL", flag: str = "") -> CheckupItem:
    return CheckupItem(code, value, unit, flag=flag)


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (date(2021, 5, 27), date(2026, 5, 27)),
        (date(2024, 2, 29), date(2029, 2, 28)),
        (date(2023, 2, 28), date(2028, 2, 28)),
    ],
)
def test_a_checkup_is_kept_five_years(day: date, until: date) -> None:
    assert kept_until(day) == until


def test_what_is_older_than_five_years_is_not_kept() -> None:
    days = [date(2021, 5, 26), date(2021, 5, 27), date(2026, 5, 1)]
    left = kept([checkup(day) for day in days], date(2026, 5, 27))
    assert [one.day for one in left] == [date(2026, 5, 1), date(2021, 5, 27)]


def test_years_come_in_their_order_with_their_flags() -> None:
    years = [checkup(date(year, 6, 1), quantity(TG, str(year - 1900), flag="H" if year == 2025 else ""))
             for year in (2026, 2024, 2025)]  # fmt: skip
    (found,) = trend(years)
    assert (found.series, found.unit) == ("triglyceride_fasting", "mg/dL")
    assert [(one.day.year, one.value, one.flag) for one in found.points] == [
        (2024, "124", ""),
        (2025, "125", "H"),
        (2026, "126", ""),
    ]


def test_fasting_and_random_results_are_two_series() -> None:
    found = trend(
        [checkup(date(2025, 6, 1), quantity(TG, "120")), checkup(date(2026, 6, 1), quantity(RANDOM_TG, "150"))]
    )
    assert {one.series: len(one.points) for one in found} == {"triglyceride_fasting": 1, "triglyceride_random": 1}


def test_other_methods_are_one_series_and_each_point_says_its_code() -> None:
    other = "3F015000002327201"
    (found,) = trend(
        [checkup(date(2025, 6, 1), quantity(TG, "120")), checkup(date(2026, 6, 1), quantity(other, "121"))]
    )
    assert [one.code for one in found.points] == [TG, other]


def test_a_second_measurement_counts_before_the_first() -> None:
    first, second = quantity("9A751000000000001", "140", "mm[Hg]"), quantity("9A752000000000001", "132", "mm[Hg]")
    (found,) = trend([checkup(date(2026, 6, 1), first, second)], ["systolic"])
    assert [one.value for one in found.points] == ["132"]
    assert (found.ja, found.en) == ("収縮期血圧", "systolic pressure")


def test_what_was_not_done_is_no_point() -> None:
    assert trend([checkup(date(2026, 6, 1), CheckupItem(TG, absent="NI"))]) == []


def test_another_unit_is_never_drawn_into_a_series() -> None:
    assert trend([checkup(date(2026, 6, 1), quantity(TG, "1.4", "mmol/L"))]) == []


def test_of_two_checkups_of_a_day_the_later_counts() -> None:
    twice = [checkup(date(2026, 6, 1), quantity(TG, value)) for value in ("120", "121")]
    assert [one.value for one in trend(twice)[0].points] == ["121"]
