"""What is printed on the front of a card and serves as a credential: birth date (6 digits) and 照合番号B.

Facts: `my-number-card` reference, 2.5: year of the Japanese era for nationals; Gregorian for foreign residents
(inferred there from the print rule).
"""

from datetime import date

ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1868, 10, 23), "明治"),
)
"""First day and name of each era, newest first."""


def era_year(day: date) -> tuple[str, int]:
    """Era and year in it, the first year being 1."""
    for start, name in ERAS:
        if day >= start:
            return name, day.year - start.year + 1
    raise ValueError("before Meiji")


def birth_digits(birth: date, *, foreign: bool = False) -> str:
    """YYMMDD as printed: year of the era, or the Gregorian year's last two digits on a foreigner's card."""
    year = birth.year % 100 if foreign else era_year(birth)[1]
    return f"{year:02d}{birth:%m%d}"


def number_b(birth: date, expiry: date, security_code: str, *, foreign: bool = False) -> str:
    """照合番号B: birth date 6, expiry year 4, security code 4."""
    return f"{birth_digits(birth, foreign=foreign)}{expiry.year:04d}{security_code}"
