"""How often a facility may ask by number, and the alarm when it keeps missing: guessing numbers must not pay.

Per process and in memory: several worker processes each allow their share. Not for card queries.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from protocol.errors import OnshiError
from protocol.errors.central import QUERIES_TOO_MANY

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLimits:
    """``per_minute`` queries on average with ``burst`` at once; alarm at every ``misses`` misses in a row."""

    per_minute: int = 120
    burst: int = 240
    misses: int = 10
    facilities: int = 300_000
    """How many facilities are remembered; the one silent for longest is forgotten first."""


@dataclass(slots=True)
class _Facility:
    left: float
    seen: datetime
    misses: int = 0


class QueryGuard:
    """A bucket of queries and a run of misses for each facility."""

    def __init__(self, limits: QueryLimits) -> None:
        self._limits = limits
        self._known: OrderedDict[str, _Facility] = OrderedDict()
        self.alarms = 0
        """Alarms raised since the start."""

    def take(self, facility: str, now: datetime) -> None:
        """Count one query; raises `OnshiError` (CENTRE-954, ``retry_after`` in seconds) when there are too many."""
        limits = self._limits
        known = self._known.get(facility)
        if known is None:
            known = self._known[facility] = _Facility(limits.burst, now)
            if len(self._known) > limits.facilities:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(facility)
            passed = max(now - known.seen, timedelta(0))
            known.left = min(limits.burst, known.left + passed.total_seconds() * limits.per_minute / 60)
            known.seen = max(now, known.seen)
        if known.left < 1:
            wait = (1 - known.left) * 60 / limits.per_minute
            raise OnshiError(QUERIES_TOO_MANY, facility=facility, retry_after=int(wait) + 1)
        known.left -= 1

    def found(self, facility: str, *, hit: bool) -> bool:
        """Note whether the query fitted anybody; True when this miss completes a run that raises the alarm."""
        known = self._known.get(facility)
        if known is None:
            return False
        known.misses = 0 if hit else known.misses + 1
        alarm = not hit and known.misses % self._limits.misses == 0
        if alarm:
            self.alarms += 1
            _log.warning("register.misses", facility=facility, run=known.misses)
        return alarm
