"""Days of the cast, all counted from the world's today.

Not a calendar library: birthdays and the ends of certificates and cards only. Facts: `my-number-card` reference 5
(a certificate ends with the fifth birthday after its issue, an adult's card with the tenth).
"""

from datetime import date, timedelta


def in_year(day: date, year: int) -> date:
    """The same day in another year; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def years_before(day: date, years: int) -> date:
    """The same day, ``years`` years earlier (a negative number: later)."""
    return in_year(day, day.year - years)


def born(today: date, age: int, days_since_birthday: int = 100) -> date:
    """The birth date of somebody aged ``age`` whose last birthday was that many days ago (0: it is today)."""
    return years_before(today - timedelta(days=days_since_birthday), age)


def leap_born(today: date, at_least: int) -> date:
    """29 February of the latest leap year that makes the person at least that old."""
    year = today.year - at_least
    while True:
        if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
            day = date(year, 2, 29)
            if in_year(day, year + at_least) <= today:
                return day
        year -= 1


def birthday_after(birth: date, issued: date, nth: int) -> date:
    """The ``nth`` birthday after the issue: how long a certificate (5) or a card (10, minors 5) is valid."""
    first = in_year(birth, issued.year)
    year = issued.year if first > issued else issued.year + 1
    return in_year(birth, year + nth - 1)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def months_from(day: date, months: int) -> date:
    """The first day of the month that lies that many months away."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def month_end(day: date) -> date:
    return months_from(day, 1) - timedelta(days=1)
