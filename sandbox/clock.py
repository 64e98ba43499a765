"""The world's time: moments in UTC, days in Japan. The one place of the sandbox that reads the clock."""

from datetime import UTC, date, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9), "Asia/Tokyo")
"""Japan has no daylight saving time, so a fixed offset is the zone."""


def now() -> datetime:
    return datetime.now(UTC)


def japan_day(moment: datetime) -> date:
    return moment.astimezone(JAPAN).date()


def japan_today() -> date:
    return japan_day(now())
