"""After the opening the chip has the last word on what was printed."""

import pytest

from edge.card.port import SurfaceOpening
from edge.ocr import chip
from protocol.errors import OnshiError
from protocol.errors import face as faults


def opening(birth: str = "19800217", expiry: str | None = "20350217") -> SurfaceOpening:
    return SurfaceOpening(
        file="0002", birth_date=birth, sex="2", expiry=expiry, attributes=b"", digests=(), signature=b"", issuer=b"",
        photo_digest=None,
    )  # fmt: skip


@pytest.mark.parametrize("number", [b"55021720352285", b"80021720352285"], ids=["era", "gregorian"])
def test_a_number_that_fits_the_chip_passes_and_is_left_as_it_is(number: bytes) -> None:
    given = bytearray(number)
    chip.check(given, opening())
    assert given == number


@pytest.mark.parametrize(
    ("given", "birth", "expiry", "field"),
    [
        (b"55021720352285", "19800218", "20350217", "birth"),
        (b"55021720352285", "19900217", "20350217", "birth"),
        (b"55021720352285", "19800217", "20300217", "expiry"),
    ],
)
def test_a_chip_that_tells_another_story_stops_the_visit(given: bytes, birth: str, expiry: str, field: str) -> None:
    with pytest.raises(OnshiError) as told:
        chip.check(bytearray(given), opening(birth, expiry))
    assert told.value.fault is faults.FRONT_DIFFERS
    assert told.value.details == {"field": field}


def test_a_chip_without_an_expiry_is_compared_by_birth_alone() -> None:
    chip.check(bytearray(b"55021720352285"), opening(expiry=None))
