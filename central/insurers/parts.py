"""What the importer is made of, and the states, progress and results of uploads."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec

from central.db.store import Store
from central.insurers.individual import NumberHasher
from central.insurers.merge import CohortLimits, Difference
from central.insurers.residents import Residents
from central.insurers.spool import Spool
from central.insurers.values import NumberRule


class State(StrEnum):
    """Of an upload."""

    RECEIVED = "received"
    CHECKING = "checking"
    """Came in at somebody's screen and is to be checked: never applied without that person's word."""
    READY = "ready"
    """Checked at somebody's screen, who decides next; the file is still there."""
    HELD = "held"
    APPLIED = "applied"
    CHECKED = "checked"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OVER = frozenset({State.APPLIED, State.CHECKED, State.REFUSED, State.WITHDRAWN})


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where an upload stands: ``part`` (keep, read, enter, apply), how much of how much, lines so far."""

    part: str
    done: int
    of: int
    lines: int = 0


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How an upload ended or where it waits."""

    upload: str
    insurer: str
    state: State
    lines: int
    faulty: int
    late: int = 0
    code: str = ""
    """The catalogue's, where it was refused or is held."""
    details: dict[str, str | int] = {}
    """Of that refusal: the line of the count, how many were counted …"""
    applied_as: datetime | None = None
    difference: Difference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the importer is made of. ``url``: the database's, for COPY; ``random`` gives random bytes."""

    store: Store
    url: str
    hasher: NumberHasher
    spool: Spool
    folder: Path
    """For the lock of each insurer."""
    residents: Residents
    clock: Callable[[], datetime]
    random: Callable[[int], bytes] = os.urandom
    rule: NumberRule = NumberRule.REAL
    limits: CohortLimits = field(default_factory=CohortLimits)
    late: timedelta = timedelta(days=5)
    """A line that comes longer than this after its event is late."""
