"""A good result on its way into the tables: whose record it belongs to, and which of two of the same checkup stays.

Pure. A record is found by insurer, symbol, number and birth date together, and by branch and sex where both sides know
them: better unlinked than on a stranger. Facts: reference data-formats 1.3, 1.9 (birth date or sex differs: blocked);
that an earlier folder day never replaces a later one is our reading of 同日回数.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from central.checkups import packing
from central.checkups.checkup import Checkup
from central.db.store import Row
from central.register import keys

DELETE = "19"
"""報告区分 of a request to delete."""
_SEXES = frozenset("12")
_KEPT = (
    *("lookup_key", "symbol_key", "branch", "birth_date", "sex", "facility", "day", "program"),
    *("sent", "digest", "document", "submission_id", "received_at"),
)
"""What a waiting row holds of an arrival."""


class Waits(StrEnum):
    """Why a checkup waits for its person."""

    UNKNOWN = "unknown"
    """Nobody in the register has this number."""
    BIRTH = "birth"
    """The number is known, with another birth date or branch."""
    SEX = "sex"
    """Number and birth date fit, the sex does not."""
    SEVERAL = "several"
    """More than one record fits (a branch would tell)."""


class Order(StrEnum):
    """What an arrival is beside the current row of the same checkup."""

    NEW = "new"
    CORRECTED = "corrected"
    SAME = "same"
    OLDER = "older"


@dataclass(frozen=True, slots=True, repr=False)
class Arrival:
    """One checkup to be placed. ``waiting_id``: it is a row of the waiting table already, and has been received then.

    ``deletes``: it asks that the checkup be deleted.
    """

    lookup_key: str
    symbol_key: str
    branch: str
    birth_date: date
    sex: str
    facility: str
    day: date
    program: str
    sent: str
    digest: str
    document: bytes
    submission_id: str
    received_at: datetime
    deletes: bool = False
    waiting_id: str = ""

    @property
    def same_checkup(self) -> tuple[str, date, str]:
        """What two versions of one checkup share besides the person."""
        return self.facility, self.day, self.program

    @property
    def identity(self) -> tuple[str, str, str, date, str]:
        """The person as the document names them."""
        return self.lookup_key, self.symbol_key, self.branch, self.birth_date, self.sex


def arrival(checkup: Checkup, *, sent: str, submission_id: str, received_at: datetime) -> Arrival:
    """A result as it came in a submission."""
    person = checkup.person
    return Arrival(
        lookup_key=keys.lookup_key(person.insurer.raw, person.number.raw),
        symbol_key=keys.symbol_key(person.symbol.raw) if person.symbol else "",
        branch=person.branch.raw if person.branch else "",
        birth_date=person.birth.day,
        sex=person.sex,
        facility=checkup.facility.raw,
        day=checkup.day,
        program=checkup.program,
        sent=sent,
        digest=packing.digest(checkup),
        document=packing.pack(checkup),
        submission_id=submission_id,
        received_at=received_at,
        deletes=checkup.report == DELETE,
    )


def waited(row: Row) -> Arrival:
    """A row of the waiting table as what it was when it came."""
    return Arrival(waiting_id=row["checkup_id"], **{name: row[name] for name in _KEPT})


def place(one: Arrival, directory: Iterable[Row], sexes: Mapping[str, frozenset[str]]) -> str | Waits:
    """The record that it belongs to, or why none.

    ``directory``: the register's records under the number; ``sexes``: by person, as registered (every valid time).
    """
    numbered = [row for row in directory if row["symbol_key"] == one.symbol_key]
    if not numbered:
        return Waits.UNKNOWN
    born = [row for row in numbered if row["birth_date"] == one.birth_date and _may_be(one.branch, row["branch"])]
    if not born:
        return Waits.BIRTH
    fitting = [row for row in born if _sex_fits(one.sex, sexes.get(row["person_id"], frozenset()))]
    if not fitting:
        return Waits.SEX
    exact = [row for row in fitting if row["branch"] == one.branch]
    found = {str(row["record_id"]) for row in exact or fitting}
    return found.pop() if len(found) == 1 else Waits.SEVERAL


def _may_be(ours: str, theirs: str) -> bool:
    """Branches that one side does not know contradict nothing."""
    return ours == theirs or not ours or not theirs


def _sex_fits(ours: str, registered: frozenset[str]) -> bool:
    return ours in registered or not registered & _SEXES


def beside(one: Arrival, current: Row | None) -> Order:
    """What ``one`` is beside the current row of the same checkup of the same person.

    The later folder day and turn stays; where they are equal or unknown, what was received later.
    """
    if current is None:
        return Order.NEW
    if one.digest == current["digest"] and not one.deletes:
        return Order.SAME
    if one.sent and current["sent"] and one.sent != current["sent"]:
        return Order.OLDER if one.sent < current["sent"] else Order.CORRECTED
    return Order.OLDER if one.received_at < current["received_at"] else Order.CORRECTED


def restates(one: Arrival, current: Row | None) -> bool:
    """The same results, said again by a later submission: what was sent in between and comes late is older."""
    return current is not None and bool(one.sent) and one.sent > str(current["sent"])
