"""What the chip says against what was printed, once 照合番号B has opened the card face.

The chip accepted the number, so a difference is no misreading: the print and the chip tell two stories, and the visit
must not go on. Facts: `my-number-card` reference 2.2 (DF22 birth, DF29 expiry) and 7.
"""

from edge.card.port import SurfaceOpening
from protocol import eras
from protocol.errors import OnshiError
from protocol.errors import face as faults

BIRTH, YEAR = slice(0, 6), slice(6, 10)


def check(number_b: bytearray, opening: SurfaceOpening) -> None:
    """Compare birth (era year, or Gregorian on a foreign resident's card) and expiry year.

    ``number_b``: 14 ASCII digits, left as they are. Raises `OnshiError`: `FRONT_DIFFERS`, and INPUT-010 for a chip
    whose date is none.
    """
    born = eras.day(opening.birth_date)
    if bytes(number_b[BIRTH]) not in {eras.printed(born).encode(), f"{born:%y%m%d}".encode()}:
        raise OnshiError(faults.FRONT_DIFFERS, field="birth")
    if opening.expiry is not None and bytes(number_b[YEAR]) != opening.expiry[:4].encode():
        raise OnshiError(faults.FRONT_DIFFERS, field="expiry")
