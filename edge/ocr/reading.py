"""What a reading of the card front gives: 照合番号B and how sure each field is. Light, for the daemon's side."""

from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Reading:
    """A number that two readings agree on. Whoever takes it zeroes it (`wipe`). Probabilities 0..1 per field."""

    number_b: bytearray
    """14 ASCII digits: birth YYMMDD, expiry YYYY, security code."""
    birth: float
    expiry: float
    code: float
    way: str
    """``windows`` or ``page``."""

    @property
    def least(self) -> float:
        """The probability of the least certain digit."""
        return min(self.birth, self.expiry, self.code)

    def wipe(self) -> None:
        self.number_b[:] = bytes(len(self.number_b))
