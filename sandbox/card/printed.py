"""What is printed on the front of a card and serves as a credential: birth date (6 digits) and 照合番号B.

Facts: `my-number-card` reference, 2.5: year of the Japanese era for nationals; Gregorian for foreign residents
(inferred there from the print rule).
"""

from datetime import date

from protocol import eras


def birth_digits(birth: date, *, foreign: bool = False) -> str:
    """YYMMDD as printed: year of the era, or the Gregorian year's last two digits on a foreigner's card."""
    return f"{birth:%y%m%d}" if foreign else eras.printed(birth)


def number_b(birth: date, expiry: date, security_code: str, *, foreign: bool = False) -> str:
    """照合番号B: birth date 6, expiry year 4, security code 4."""
    return f"{birth_digits(birth, foreign=foreign)}{expiry.year:04d}{security_code}"
