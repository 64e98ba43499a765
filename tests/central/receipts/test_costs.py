"""What a month cost: the whole, the insurer's share, the public share, what was paid at the desk."""

import pytest

from central.receipts.costs import MonthlyCost, monthly_cost
from tests.central.receipts.files import (
    CLINIC,
    DISPENSING,
    GOOD,
    Line,
    clinic_lines,
    closing,
    common,
    encode,
    header,
    insurance,
    patched,
    pharmacy_lines,
    public,
    receipts_of,
)


def cost(*lines: Line, table: bytes = b"") -> MonthlyCost:
    (receipt,) = receipts_of(encode(DISPENSING, [header(DISPENSING), *lines, closing(1, 1)]))
    found = monthly_cost(receipt)
    assert found is not None
    assert found.total == found.insurer + found.public + found.desk
    return found


def shares(one: MonthlyCost) -> tuple[int, int, int, int]:
    return one.total, one.insurer, one.public, one.desk


@pytest.mark.parametrize(
    ("type_", "more", "ratio", "desk"),
    [
        ("4112", {}, 30, 650),
        ("4116", {}, 30, 650),
        ("4114", {}, 20, 440),
        ("4118", {}, 20, 440),
        ("4110", {}, 30, 650),
        ("4318", {}, 10, 220),
        ("4318", {"special_notes": "0241"}, 20, 440),
        ("4310", {}, 30, 650),
        ("4112", {"benefit_ratio": "080"}, 20, 440),
    ],
)
def test_the_share_at_the_desk_follows_type_and_notes(type_: str, more: dict[str, str], ratio: int, desk: int) -> None:
    found = cost(common(1, type_, **more), insurance(1, 218))
    assert (found.ratio, found.recorded) == (ratio, False)
    assert shares(found) == (2180, 2180 - desk, 0, desk)


def test_a_recorded_amount_is_taken_as_it_is() -> None:
    found = cost(common(1, "4112"), insurance(1, 30000, desk_amount=80430))
    assert shares(found) == (300000, 219570, 0, 80430)
    assert found.recorded


def test_public_payers_take_what_the_patient_does_not_pay() -> None:
    found = cost(common(1, "4122"), insurance(1, 1000), public(1, 1000, desk_amount=500))
    assert shares(found) == (10000, 7000, 2500, 500)
    assert found.recorded
    nothing = cost(common(1, "4122"), insurance(1, 1000), public(1, 1000))
    assert shares(nothing) == (10000, 7000, 3000, 0)
    part = cost(common(1, "4122"), insurance(1, 1000), public(1, 600, desk_amount=500))
    assert shares(part) == (10000, 7000, 1300, 1700)
    assert not part.recorded


def test_welfare_alone_has_no_insurer() -> None:
    found = cost(common(1, "4212"), public(1, 294))
    assert shares(found) == (2940, 0, 2940, 0)
    assert found.ratio is None


def test_meals_are_part_of_the_whole() -> None:
    (receipt,) = receipts_of(GOOD["dpc"]())
    found = monthly_cost(receipt)
    assert found is not None
    assert (found.kind, found.inpatient, found.meals) == ("dpc", True, 7680)
    assert found.total == 123450 + 7680


def test_a_clinic_with_insurance_and_public_payer() -> None:
    second = monthly_cost(receipts_of(encode(CLINIC, clinic_lines()))[1])
    assert second is not None
    assert second.kind == "clinic"
    assert shares(second) == (3400, 2380, 370, 650)


def test_what_cannot_be_read_has_no_cost() -> None:
    data = encode(DISPENSING, pharmacy_lines())
    for line, place, value in ((2, 3, b"202699"), (3, 5, b"x"), (3, 0, b"XX")):
        assert monthly_cost(receipts_of(patched(data, line, place, value))[0]) is None
