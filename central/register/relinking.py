"""A record that hung on the wrong person: move its tie, and list every disclosure that was made under the wrong one.

The move itself is `Intake.relink`; here is who did it (an audit row) and what had gone out until then, from the audit
log: answers about the wrong person computed while the tie was known and for a day on which it held, that person's
consents in the time, and readings of medical data that name the record. Facts: trust rules, "Eligibility answers".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta

import msgspec
import sqlalchemy as sa

from central.audit import AuditEntry, Journal
from central.audit.entry import AuditRow
from central.audit.tables import audit_log
from central.db import Moment, Row, Statement, Store
from central.register import forms
from central.register import tables as t
from central.register.entries import RecordKey
from central.register.intake import RegisterIntake
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_UNKNOWN

_REFUSED = re.compile("[A-Z]+-[0-9]+")
"""A catalogue code as an outcome: nothing went out."""
_ABOUT_THEN = timedelta(minutes=10)
"""How far the moment that an answer was computed from and that of its audit row may lie apart: clocks differ."""

_TIES = Statement(
    "register.relink.ties",
    sa.select(t.tie)
    .where(t.tie.c.person_id == sa.bindparam("person_id"), t.tie.c.record_id == sa.bindparam("record_id"))
    .order_by(t.tie.c.recorded_from, t.tie.c.valid_from),
    key="person_id",
)
_HOLDERS = Statement(
    "register.relink.holders",
    sa.select(t.tie.c.person_id, t.tie.c.valid_from, t.tie.c.valid_to).where(
        t.tie.c.record_id == sa.bindparam("record_id"), t.tie.c.recorded_to.is_(None)
    ),
)
_ABOUT = Statement(
    "register.relink.about",
    sa.select(audit_log.c.content)
    .where(
        audit_log.c.subject == sa.bindparam("subject"),
        audit_log.c.recorded_at >= sa.bindparam("since", type_=Moment),
        audit_log.c.recorded_at < sa.bindparam("until", type_=Moment),
    )
    .order_by(audit_log.c.recorded_at, audit_log.c.log, audit_log.c.sequence),
)
_RECORD = Statement(
    "register.relink.record",
    sa.select(t.insured_record.c.record_id).where(
        t.insured_record.c.lookup_key == sa.bindparam("lookup_key"),
        t.insured_record.c.symbol_key == sa.bindparam("symbol_key"),
        t.insured_record.c.branch == sa.bindparam("branch"),
    ),
    key="lookup_key",
)


class WrongDisclosure(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit log: what went out to whom under a wrong tie. ``log`` and ``sequence`` find it."""

    log: str
    sequence: int
    recorded_at: datetime
    kind: str
    facility: str | None
    device: str | None
    asked_day: date | None
    request_id: str | None
    answer_hash: str | None
    names_record: bool
    """The row itself names the record; else the record was among those that the answer was computed from."""
    references: tuple[str, ...]


class Relinked(msgspec.Struct, frozen=True, kw_only=True):
    """What was, or would be, moved, and what went out under the wrong tie. Person and record ids are the register's."""

    record_id: str
    wrong_person: str
    right_person: str
    moved: bool
    disclosures: tuple[WrongDisclosure, ...]


class Relinking:
    """``operator`` names who acts, for the audit row; ``clock`` gives the present, aware."""

    def __init__(self, store: Store, journal: Journal, *, clock: Callable[[], datetime], operator: str) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._operator = operator

    async def relink(self, record: RecordKey, person_id: str, *, on: date, only_tell: bool = False) -> Relinked:
        """Moves the tie valid on that day, with all that hangs on the record, to ``person_id``.

        ``only_tell`` moves nothing. Raises `OnshiError` (`REGISTER_UNKNOWN`) for an unknown record, person or tie.
        """
        record_id = await self.record_id(record)
        wrong = await self._holder(record_id, on)
        if not only_tell:
            async with RegisterIntake(self._store, self._clock).transaction() as intake:
                await intake.relink(record, person_id, on=on)
        found = tuple(await self.disclosures(record_id, wrong))
        if not only_tell:
            await self._journal.record(
                AuditEntry(
                    kind="relink",
                    outcome="done",
                    operator=self._operator,
                    subject=wrong,
                    asked_day=on,
                    references=(f"record:{record_id}", f"to:{person_id}", f"disclosures:{len(found)}"),
                )
            )
        return Relinked(
            record_id=record_id, wrong_person=wrong, right_person=person_id, moved=not only_tell, disclosures=found
        )

    async def record_id(self, record: RecordKey) -> str:
        """The register's id of a record; `OnshiError` (`REGISTER_UNKNOWN`)."""
        values = forms.identity(forms.checked(record))
        row = await self._store.first(
            _RECORD, **{name: values[name] for name in ("lookup_key", "symbol_key", "branch")}
        )
        if row is None:
            raise OnshiError(REGISTER_UNKNOWN, missing="record")
        return str(row["record_id"])

    async def _holder(self, record_id: str, on: date) -> str:
        for row in await self._store.all(_HOLDERS, record_id=record_id):
            if row["valid_from"] <= on and (row["valid_to"] is None or on < row["valid_to"]):
                return str(row["person_id"])
        raise OnshiError(REGISTER_UNKNOWN, missing="tie")

    async def disclosures(self, record_id: str, person_id: str) -> list[WrongDisclosure]:
        """What went out while the record hung on this person: over all ties of the two, ended ones too."""
        ties = await self._store.all(_TIES, person_id=person_id, record_id=record_id)
        if not ties:
            raise OnshiError(REGISTER_UNKNOWN, missing="tie")
        since = min(tie["recorded_from"] for tie in ties) - _ABOUT_THEN
        ends = [tie["recorded_to"] for tie in ties]
        until = self._clock() if None in ends else max(end for end in ends if end is not None)
        found = []
        rows = self._store.stream(_ABOUT, subject=person_id, since=since, until=until + _ABOUT_THEN)
        async with aclosing(rows) as about:  # type: ignore[type-var]
            async for row in about:
                told = msgspec.json.decode(row["content"], type=AuditRow)
                if _went_out(told, record_id, ties):
                    found.append(_disclosure(told, record_id))
        return found


def _went_out(row: AuditRow, record_id: str, ties: Sequence[Row]) -> bool:
    entry = row.entry
    if _REFUSED.fullmatch(entry.outcome) or entry.kind == "relink":
        return False
    if f"record:{record_id}" in entry.references:
        return True
    if any(reference.startswith("record:") for reference in entry.references):
        return False
    known = (entry.computed_from or row.recorded_at).astimezone(UTC)
    return any(_held(tie, known, entry.asked_day) for tie in ties)


def _held(tie: Row, known: datetime, day: date | None) -> bool:
    """Whether a tie was known at a moment and valid on a day (None: whichever)."""
    return (
        tie["recorded_from"] <= known
        and (tie["recorded_to"] is None or known < tie["recorded_to"])
        and (day is None or (tie["valid_from"] <= day and (tie["valid_to"] is None or day < tie["valid_to"])))
    )


def _disclosure(row: AuditRow, record_id: str) -> WrongDisclosure:
    entry = row.entry
    return WrongDisclosure(
        log=row.log,
        sequence=row.sequence,
        recorded_at=row.recorded_at,
        kind=entry.kind,
        facility=entry.facility,
        device=entry.device,
        asked_day=entry.asked_day,
        request_id=entry.request_id,
        answer_hash=entry.answer_hash,
        names_record=f"record:{record_id}" in entry.references,
        references=entry.references,
    )


def lines(found: Iterable[WrongDisclosure]) -> Iterable[str]:
    """One line for each, for people."""
    for one in found:
        parts = (one.recorded_at.isoformat(), one.kind, one.facility, one.device, one.asked_day, one.log, one.sequence)
        yield "  ".join(str("-" if part is None else part) for part in parts)
