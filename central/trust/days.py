"""Days as certificates count them, in Japan time: last day, three months before, end of the grace period.

Facts: trust rules "Certificates"; `my-number-card` reference 4 (last paragraph) and 5.
"""

import calendar
from datetime import date, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan has had no summer time since 1951, so a fixed offset is exact for every certificate."""
GRACE_MONTHS = 3
NOTICE_MONTHS = 3


def japan_day(moment: datetime) -> date:
    """The calendar day of an aware moment in Japan."""
    return moment.astimezone(JAPAN).date()


def months_later(day: date, months: int) -> date:
    """The same day of the month, or the month's last day where there is none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def grace_end(last_day: date) -> date:
    """The last day of the third month after the month of ``last_day``."""
    month = months_later(last_day.replace(day=1), GRACE_MONTHS)
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def notice_from(last_day: date) -> date:
    """The first day on which the holder is told to renew: three months before the last day."""
    return months_later(last_day, -NOTICE_MONTHS)
