"""The statements over checkups: what the import reads and writes, what the purge deletes."""

import sqlalchemy as sa

from central.checkups import tables as t
from central.db.schema import Day, Moment
from central.db.store import Statement
from central.register import tables as register

_moment = sa.bindparam("moment", type_=Moment)
_before = sa.bindparam("before", type_=Day)


def _in(name: str) -> sa.BindParameter[list[str]]:
    return sa.bindparam(name, expanding=True)


_d, _p = register.number_directory, register.person
DIRECTORY = Statement(
    "checkups.directory",
    sa.select(_d.c.lookup_key, _d.c.symbol_key, _d.c.branch, _d.c.birth_date, _d.c.person_id, _d.c.record_id)
    .where(_d.c.lookup_key.in_(_in("lookup_keys")), _d.c.record_id.is_not(None), _d.c.recorded_to.is_(None))
    .distinct(),
    key="lookup_keys",
)
"""The insured records under these numbers, whenever they were valid."""

SEXES = Statement(
    "checkups.sexes",
    sa.select(_p.c.person_id, _p.c.sex).where(_p.c.person_id.in_(_in("person_ids")), _p.c.recorded_to.is_(None)),
    key="person_ids",
)
CURRENT = Statement(
    "checkups.current",
    sa.select(
        t.checkup.c.record_id,
        t.checkup.c.checkup_id,
        t.checkup.c.facility,
        t.checkup.c.day,
        t.checkup.c.program,
        t.checkup.c.sent,
        t.checkup.c.digest,
        t.checkup.c.received_at,
    ).where(t.checkup.c.record_id.in_(_in("record_ids")), t.checkup.c.recorded_to.is_(None)),
    key="record_ids",
)
WAITING = Statement(
    "checkups.waiting",
    sa.select(t.waiting).where(t.waiting.c.lookup_key.in_(_in("lookup_keys")), t.waiting.c.recorded_to.is_(None)),
    key="lookup_keys",
)
PLACEABLE = Statement(
    "checkups.placeable",
    sa.select(t.waiting.c.lookup_key)
    .where(
        t.waiting.c.recorded_to.is_(None),
        t.waiting.c.lookup_key > sa.bindparam("after"),
        sa.exists().where(
            _d.c.lookup_key == t.waiting.c.lookup_key,
            _d.c.symbol_key == t.waiting.c.symbol_key,
            _d.c.birth_date == t.waiting.c.birth_date,
            _d.c.record_id.is_not(None),
            _d.c.recorded_to.is_(None),
        ),
    )
    .distinct()
    .order_by(t.waiting.c.lookup_key)
    .limit(sa.bindparam("portion", type_=sa.Integer)),
)
"""Numbers under which something waits and the register may know the person by now. Beyond ``after``, in order."""

INSERT = Statement("checkups.insert", sa.insert(t.checkup), key="record_id")
INSERT_WAITING = Statement("checkups.insert_waiting", sa.insert(t.waiting), key="lookup_key")
CLOSE = Statement(
    "checkups.close",
    sa.update(t.checkup)
    .where(
        t.checkup.c.record_id == sa.bindparam("of"),
        t.checkup.c.checkup_id == sa.bindparam("one"),
        t.checkup.c.recorded_to.is_(None),
    )
    .values(recorded_to=_moment),
    key="of",
)
CLOSE_WAITING = Statement(
    "checkups.close_waiting",
    sa.update(t.waiting)
    .where(
        t.waiting.c.lookup_key == sa.bindparam("of"),
        t.waiting.c.checkup_id == sa.bindparam("one"),
        t.waiting.c.recorded_to.is_(None),
    )
    .values(recorded_to=_moment),
    key="of",
)
SUBMISSION = Statement(
    "checkups.submission", sa.select(t.submission).where(t.submission.c.digest == sa.bindparam("digest"))
)
INSERT_SUBMISSION = Statement("checkups.insert_submission", sa.insert(t.submission))


def _overdue(table: sa.Table, key: str) -> tuple[Statement, Statement]:
    """The rows past keeping, so many at a time, and their deletion."""
    of = table.c[key]
    find = sa.select(of.label("of"), table.c.checkup_id.label("one")).where(table.c.day < _before)
    delete = sa.delete(table).where(of.in_(_in("of")), table.c.checkup_id.in_(_in("ones")), table.c.day < _before)
    return (
        Statement(f"checkups.overdue.{table.name}", find.limit(sa.bindparam("portion", type_=sa.Integer))),
        Statement(f"checkups.purge.{table.name}", delete, key="of"),
    )


OVERDUE, PURGE = _overdue(t.checkup, "record_id")
"""Closed rows included."""
OVERDUE_WAITING, PURGE_WAITING = _overdue(t.waiting, "lookup_key")
