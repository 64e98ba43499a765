"""The eight patterns of wrong burden ratios (2023: 5,695 people), one test each, as they would come through an upload.

The ministry counted eight patterns (4,017 people: no guard against a wrong procedure; 1,678: the system's own
processing) and did not publish the list. Published causes are 1 (千葉市), 2 (千葉市), 3 (reissue after a new card was
posted) and 4 (六戸町, 中泊町: a vendor's processing). 5 to 8 are inferred from what the flow allows.
"""

from datetime import date

from central.insurers.parts import State
from tests.central.insurers.bureau import Bureau

MAY, JULY, AUGUST = date(2025, 5, 1), date(2025, 7, 31), date(2025, 8, 1)


async def codes(bureau: Bureau, *lines: dict[str, str]) -> set[str]:
    result = await bureau.send(*lines)
    assert result.state is State.REFUSED
    return {code for _, code in await bureau.codes(result)}


async def test_1_a_right_ratio_added_without_invalidating_the_wrong_one_is_refused(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, percent="020"))
    assert await codes(bureau, bureau.line(1, percent="030")) == {"INSURER-042"}
    assert (await bureau.send(bureau.line(1, operation="2", percent="030"))).state is State.APPLIED
    assert await bureau.ratio(1, AUGUST) == 30


async def test_2_neighbouring_spans_of_one_ratio_stay_two_and_are_corrected_one_by_one(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, percent="020", card_through="20250731"))
    await bureau.send(bureau.line(1, operation="2", percent="020", card_from="20250801"))
    await bureau.send(bureau.line(1, operation="2", percent="030", card_from="20250801"))
    assert [await bureau.ratio(1, day) for day in (JULY, AUGUST)] == [20, 30]


async def test_3_a_reissue_after_the_new_card_was_posted_changes_the_days_it_says_and_no_others(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, percent="020"))
    await bureau.send(bureau.line(1, operation="2", percent="030", card_from="20250801", issued="20250701"))
    reissue = {"card_from": "20250710", "card_through": "20250731", "issued": "20250710"}
    await bureau.send(bureau.line(1, operation="2", percent="020", **reissue))
    assert await bureau.ratio(1, JULY) == 20
    assert await bureau.ratio(1, AUGUST) is None, "an old card that ends says nothing of the days after it"
    await bureau.send(bureau.line(1, operation="2", percent="030", card_from="20250801", issued="20250701"))
    assert [await bureau.ratio(1, day) for day in (JULY, AUGUST)] == [20, 30]


async def test_4_a_vendors_processing_that_changes_a_cohort_is_told_before_it_is_applied(bureau: Bureau) -> None:
    await bureau.send(*(bureau.line(n, percent="020") for n in range(1, 11)))
    changed = [bureau.line(n, operation="2", percent="030") for n in range(1, 11)]
    result = await bureau.send(*changed, check_only=True)
    assert result.difference is not None
    assert (result.state, result.difference.total("ratio_changed")) == (State.CHECKED, 10)
    assert await bureau.ratio(1, AUGUST) == 20, "nothing is applied by a check"


async def test_5_an_income_corrected_in_retrospect_is_true_back_then_and_was_unknown_back_then(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, percent="020"))
    asked = bureau.now
    await bureau.send(bureau.line(1, operation="2", percent="030", card_from="20250501"))
    assert await bureau.ratio(1, MAY) == 30
    assert await bureau.ratio(1, MAY, known_at=asked) == 20


async def test_6_an_ended_ratio_is_not_carried_on(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, percent="020", card_through="20250731"))
    assert [await bureau.ratio(1, day) for day in (JULY, AUGUST)] == [20, None]


async def test_7_an_invalidated_ratio_does_not_bring_back_an_older_one(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, percent="010"))
    await bureau.send(bureau.line(1, operation="2", percent="020", card_from="20250801"))
    await bureau.send(bureau.line(1, operation="3"))
    assert await bureau.current("burden_ratio") == []


async def test_8_a_cohort_that_loses_its_ratio_waits_for_a_second_person(bureau: Bureau) -> None:
    """熊本市, July 2025: one wrong setting in a vendor's upload, and the ratio was missing for everybody."""
    await bureau.send(*(bureau.line(n) for n in range(1, 11)))
    held = await bureau.send(*(bureau.line(n, operation="2", percent="") for n in range(1, 11)))
    assert held.state is State.HELD
    assert await bureau.ratio(1, AUGUST) == 30
