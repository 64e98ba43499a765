"""Whatever is typed into the forms: a day, a selection, a reason either has a meaning or is refused in words."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.console.page import Visit
from central.console.routes import _chosen
from central.console.service import _begins, written_day
from central.insurers.assurances import LONGEST, checked_reason
from central.insurers.officers import Officer, Role
from protocol.eras import japanese
from protocol.errors import OnshiError

OFFICER = Officer(id="o-1", insurer="06990014", role=Role.OFFICER)


def refusal(read: Callable[[Any], object], typed: object) -> str:
    """The code of the refusal; "" where there is none."""
    try:
        read(typed)
    except OnshiError as refused:
        return refused.fault.code
    return ""


@given(st.text(max_size=40))
def test_a_typed_day_is_a_day_or_refused(typed: str) -> None:
    assert refusal(written_day, typed) in {"", "CONSOLE-008"}


@given(st.dates(min_value=date(1868, 1, 23), max_value=date(2199, 12, 31)))
def test_a_day_is_read_however_it_is_written(day: date) -> None:
    for written in (day.isoformat(), day.strftime("%Y%m%d").rjust(8, "0"), day.strftime("%Y/%m/%d"), japanese(day)):
        assert written_day(written) == day


@given(st.lists(st.text(max_size=80), max_size=5))
def test_a_selection_is_read_or_refused(items: list[str]) -> None:
    visit = Visit(officer=OFFICER, form={"item": items})
    code = refusal(_chosen, visit)
    assert code in {"", "CONSOLE-003", "CONSOLE-006"}
    for one in _chosen(visit) if not code else ():
        assert one.item.isalnum()
        assert one.digest == "" or len(one.digest) == 64


@given(st.text(max_size=250))
def test_a_reason_holds_no_number_of_a_person(reason: str) -> None:
    code = refusal(checked_reason, reason)
    assert code in {"", "CONSOLE-004", "CONSOLE-005"}
    if not code:
        assert 0 < len(checked_reason(reason)) <= LONGEST
        assert "\n" not in checked_reason(reason)


@pytest.mark.parametrize("number", ["123456789012", "1234 5678 9012", "１２３４５６７８９０１２", "1234-5678-9012"])
@given(before=st.text("あ山 ", max_size=20), after=st.text("あ山 ", max_size=20))
def test_a_number_in_a_reason_is_found_wherever_it_stands(number: str, before: str, after: str) -> None:
    with pytest.raises(OnshiError):
        checked_reason(f"あ{before}{number}{after}")


@given(st.text(max_size=30))
def test_a_search_key_is_never_a_pattern(key: str) -> None:
    pattern = _begins(key)
    assert pattern.endswith("%")
    assert pattern[:-1].replace("//", "").replace("/%", "").replace("/_", "").count("%") == 0


@given(st.text(max_size=12))
def test_the_page_number_of_a_list_is_always_one(typed: str) -> None:
    assert 1 <= Visit(officer=OFFICER, query={"page": typed}).page <= 100_000
