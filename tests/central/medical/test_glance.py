"""At a glance: facts side by side, each with the lines it came from."""

from collections import Counter
from datetime import date, timedelta

import msgspec
from hypothesis import given, settings
from jsonschema_rs import Draft202012Validator

from central.disclosure.disclosed import Disclosed, Gap, Missing
from central.medical.glance import LOOKED_BACK, Glance, Line, glance, last_day
from edge.clinic.api_document import document
from protocol.visit import ConsentItem
from tests.central.medical.readings import (
    FIVE,
    FIVE_OTHER,
    HOSPITAL,
    MASTER,
    TEN,
    TODAY,
    any_readings,
    disclosed,
    drug,
    receipt,
)

ELSEWHERE = "699900108"


def facts(*receipts: object, **more: object) -> Glance:
    return glance(disclosed(*receipts, **more), MASTER)  # type: ignore[arg-type]


def test_the_same_ingredient_from_two_places_shows_both_with_their_dates() -> None:
    seen = facts(
        receipt(drug(FIVE, date(2026, 5, 20))),
        receipt(drug(FIVE_OTHER, date(2026, 5, 11), prescriber=HOSPITAL, line=4), id_="r2"),
    )
    (same,) = seen.same_ingredient
    assert same.same_strength
    assert [(one.receipt, one.line, one.prescriber, one.dispensed_on) for one in same.lines] == [
        ("r1", 9, "架空内科", date(2026, 5, 20)),
        ("r2", 4, "見本整形外科", date(2026, 5, 11)),
    ]


def test_another_strength_is_the_same_ingredient_and_is_told() -> None:
    (same,) = facts(receipt(drug(FIVE), drug(TEN, prescriber=HOSPITAL))).same_ingredient
    assert not same.same_strength


def test_one_place_twice_another_ingredient_or_long_ago_is_no_such_fact() -> None:
    assert not facts(receipt(drug(FIVE), drug(FIVE, date(2026, 5, 1)))).same_ingredient
    assert not facts(receipt(drug(FIVE), drug(ELSEWHERE, prescriber=HOSPITAL))).same_ingredient
    old = TODAY - LOOKED_BACK - timedelta(days=1)
    assert not facts(receipt(drug(FIVE), drug(FIVE, old, prescriber=HOSPITAL))).same_ingredient
    assert facts(receipt(drug(FIVE), drug(FIVE, TODAY - LOOKED_BACK, prescriber=HOSPITAL))).same_ingredient


def test_a_drug_that_the_master_does_not_know_is_the_same_by_its_code_only() -> None:
    unknown = "699999999"
    assert facts(receipt(drug(unknown), drug(unknown, prescriber=HOSPITAL))).same_ingredient
    assert not facts(receipt(drug(unknown), drug(FIVE, prescriber=HOSPITAL))).same_ingredient


def test_days_left_count_from_the_day_of_dispensing_with_today() -> None:
    assert last_day(drug(on=date(2026, 5, 5), times=28)) == date(2026, 6, 1)
    seen = facts(receipt(drug(on=date(2026, 5, 5), times=28), drug(on=date(2026, 5, 4), times=28, line=10)))
    assert seen.supply is not None
    assert [(one.line, one.days_left) for one in seen.supply.lines] == [(9, 1)]


def test_only_oral_drugs_outside_a_stay_have_days() -> None:
    assert last_day(drug(category="5", category_ja="外用")) is None
    assert last_day(drug(category="21", pharmacy=False)) is not None
    assert last_day(drug(category="22", pharmacy=False)) is None
    assert last_day(drug(inpatient=True)) is None
    assert last_day(drug(times=0)) is None


def test_the_last_dispensing_has_all_drugs_of_its_day_and_of_no_day_to_come() -> None:
    seen = facts(
        receipt(drug(on=date(2026, 5, 20)), drug(TEN, date(2026, 5, 20), line=10), drug(on=date(2026, 5, 1), line=11)),
        receipt(drug(on=date(2026, 6, 2)), id_="r2"),
    )
    assert seen.last_dispensing is not None
    assert seen.last_dispensing.day == date(2026, 5, 20)
    assert [one.line for one in seen.last_dispensing.lines] == [9, 10]


def test_nothing_on_record_is_no_statement_but_what_is_missing_is_told() -> None:
    seen = facts(gaps=(Gap(ConsentItem.DRUGS, Missing.NOTHING_RECEIVED),))
    assert (seen.same_ingredient, seen.supply, seen.last_dispensing) == ((), None, None)
    assert len(seen.missing) == 1


def _lines(seen: Glance) -> list[Line]:
    found = [line for one in seen.same_ingredient for line in one.lines]
    found += seen.supply.lines if seen.supply else ()
    return found + list(seen.last_dispensing.lines if seen.last_dispensing else ())


@settings(max_examples=80, deadline=None)
@given(any_readings)
def test_every_line_of_every_statement_stands_in_a_receipt_that_was_let_through(told: Disclosed) -> None:
    seen = glance(told, MASTER)
    there = {(kept.receipt_id, one.line, one.code, one.dispensed_on) for kept in told.receipts for one in kept.drugs}
    for line in _lines(seen):
        assert (line.receipt, line.line, line.code, line.dispensed_on) in there
        assert line.days_left is None or line.days_left >= 0
        assert line.dispensed_on <= seen.today
    for same in seen.same_ingredient:
        places = Counter(line.prescriber_code or line.prescriber or line.place_code for line in same.lines)
        assert len(places) > 1


@settings(max_examples=40, deadline=None)
@given(any_readings)
def test_the_appliances_document_tells_what_the_centre_gives(told: Disclosed) -> None:
    components = document("1")["components"]
    schema = {"$ref": "#/components/schemas/Glance", "components": components}
    Draft202012Validator(schema).validate(msgspec.json.decode(msgspec.json.encode(glance(told, MASTER))))
