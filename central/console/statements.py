"""What the console reads: every statement is bound to the officer's own insurer, so that no page can forget it."""

import sqlalchemy as sa

from central.console.tables import action
from central.db.schema import Day, Moment
from central.db.store import Statement
from central.insurers import tables as i
from central.insurers.parts import State
from central.register import tables as r

_insurer: sa.BindParameter[str] = sa.bindparam("insurer")
_record: sa.BindParameter[str] = sa.bindparam("record")
_many: sa.BindParameter[int] = sa.bindparam("many", type_=sa.Integer)
_past: sa.BindParameter[int] = sa.bindparam("past", type_=sa.Integer)

INSURER = Statement(
    "console.insurer",
    sa.select(r.insurer.c.name)
    .where(r.insurer.c.number == _insurer, r.insurer.c.recorded_to.is_(None))
    .order_by(r.insurer.c.valid_from.desc())
    .limit(1),
    key="insurer",
)

# Uploads.
UPLOADS = Statement(
    "console.uploads",
    sa.select(i.upload)
    .where(i.upload.c.insurer_number == _insurer)
    .order_by(i.upload.c.received_at.desc(), i.upload.c.upload_id)
    .limit(_many)
    .offset(_past),
    key="insurer",
)
UPLOAD = Statement(
    "console.upload",
    sa.select(i.upload).where(i.upload.c.insurer_number == _insurer, i.upload.c.upload_id == sa.bindparam("upload")),
    key="insurer",
)
WAITING = Statement(
    "console.uploads.waiting",
    sa.select(i.upload)
    .where(i.upload.c.state.in_([State.CHECKING.value, State.HELD.value]))
    .order_by(i.upload.c.received_at),
)
"""Of all insurers: for the process itself when it starts, never for a page."""
FAULTS = Statement(
    "console.faults",
    sa.select(i.fault)
    .where(i.fault.c.upload_id == sa.bindparam("upload"))
    .order_by(i.fault.c.line, i.fault.c.place)
    .limit(_many)
    .offset(_past),
    key="upload",
)
"""Ask only with the id of an upload that `UPLOAD` gave."""
FAULT_CODES = Statement(
    "console.faults.codes",
    sa.select(i.fault.c.code, sa.func.count().label("count"))
    .where(i.fault.c.upload_id == sa.bindparam("upload"))
    .group_by(i.fault.c.code)
    .order_by(sa.desc("count"), i.fault.c.code),
    key="upload",
)

# Work items.
_w = r.work_item
_open = sa.and_(_w.c.insurer_number == _insurer, _w.c.closed_at.is_(None))
WORK_KINDS = Statement(
    "console.work.kinds",
    sa.select(_w.c.kind, sa.func.count().label("count"), sa.func.min(_w.c.opened_at).label("oldest"))
    .where(_open)
    .group_by(_w.c.kind)
    .order_by(_w.c.kind),
    key="insurer",
)
_listed = (
    sa.select(_w, i.comparison.c.digest, i.comparison.c.sealed)
    .outerjoin(
        i.comparison,
        sa.and_(
            i.comparison.c.insurer_number == _insurer,
            i.comparison.c.record_id == _w.c.record_id,
            _w.c.kind.startswith("identity-"),
        ),
    )
    .order_by(_w.c.opened_at, _w.c.row_id)
)
WORK = Statement("console.work", _listed.where(_open).limit(_many).offset(_past), key="insurer")
WORK_OF_KIND = Statement(
    "console.work.of_kind",
    _listed.where(_open, _w.c.kind == sa.bindparam("kind")).limit(_many).offset(_past),
    key="insurer",
)
WORK_CHOSEN = Statement(
    "console.work.chosen",
    _listed.where(_w.c.insurer_number == _insurer, _w.c.row_id.in_(sa.bindparam("items", expanding=True))),
    key="insurer",
)
"""Closed ones as well: a page tells them from those that are another insurer's."""

# Members.
_tie = r.tie
RECORDS = Statement(
    "console.records",
    sa.select(_tie.c.record_id, _tie.c.symbol, _tie.c.number, _tie.c.branch, _tie.c.person_id, _tie.c.valid_from)
    .where(
        _tie.c.record_id.in_(sa.bindparam("records", expanding=True)),
        _tie.c.insurer_number == _insurer,
        _tie.c.recorded_to.is_(None),
    )
    .order_by(_tie.c.record_id, _tie.c.valid_from),
)
"""How records are printed and whose they are: the last row of each is the newest tie."""
COVERAGES_OF = Statement(
    "console.coverages_of",
    sa.select(r.coverage.c.person_id, r.coverage.c.valid_to, r.coverage.c.recorded_to).where(
        r.coverage.c.record_id.in_(sa.bindparam("records", expanding=True)), r.coverage.c.recorded_to.is_(None)
    ),
)
BY_NUMBER = Statement(
    "console.by_number",
    sa.select(r.insured_record)
    .where(r.insured_record.c.lookup_key == sa.bindparam("lookup_key"), r.insured_record.c.insurer_number == _insurer)
    .order_by(r.insured_record.c.symbol_key, r.insured_record.c.branch)
    .limit(_many),
    key="lookup_key",
)
BY_NAME = Statement(
    "console.by_name",
    sa.select(_tie.c.record_id)
    .distinct()
    .join(i.individual, i.individual.c.person_id == _tie.c.person_id)
    .where(
        i.individual.c.birth_date == sa.bindparam("birth", type_=Day),
        sa.or_(
            i.individual.c.kana_key.like(sa.bindparam("kana", type_=sa.String), escape="/"),
            i.individual.c.kanji_key.like(sa.bindparam("kanji", type_=sa.String), escape="/"),
        ),
        _tie.c.insurer_number == _insurer,
        _tie.c.recorded_to.is_(None),
    )
    .limit(_many),
)
"""Search keys that are like that, with that birth date: the index is on the birth date, and nobody browses names."""

TIES = Statement(
    "console.member.ties",
    sa.select(_tie)
    .where(_tie.c.record_id == _record, _tie.c.insurer_number == _insurer)
    .order_by(_tie.c.valid_from, _tie.c.recorded_from),
)
"""Whether the record is this insurer's is decided here; what hangs on the record is read only afterwards."""


def _of_record(table: sa.Table) -> Statement:
    return Statement(
        f"console.member.{table.name}",
        sa.select(table).where(table.c.record_id == _record).order_by(table.c.valid_from, table.c.recorded_from),
    )


COVERAGES = _of_record(r.coverage)
RATIOS = _of_record(r.burden_ratio)
ELDERLY = _of_record(r.elderly_certificate)
LIMITS = _of_record(r.limit_certificate)
DISEASES = _of_record(r.disease_certificate)
STOPS_OF = _of_record(r.view_stop)
PERSON_ROWS = Statement(
    "console.member.people",
    sa.select(r.person)
    .where(r.person.c.person_id.in_(sa.bindparam("people", expanding=True)))
    .order_by(r.person.c.valid_from, r.person.c.recorded_from),
)
ASSURED = Statement(
    "console.member.assured",
    sa.select(i.assurance)
    .where(i.assurance.c.insurer_number == _insurer, i.assurance.c.record_id == _record)
    .order_by(i.assurance.c.stated_at),
    key="insurer",
)
WORK_OF = Statement(
    "console.member.work",
    sa.select(_w)
    .where(
        _w.c.person_id.in_(sa.bindparam("people", expanding=True)),
        _w.c.insurer_number == _insurer,
        _w.c.record_id == _record,
    )
    .order_by(_w.c.opened_at),
)
MADE_BY = Statement(
    "console.member.made_by",
    sa.select(i.upload.c.upload_id, i.upload.c.operator, i.upload.c.confirmed_by, i.upload.c.applied_as).where(
        i.upload.c.insurer_number == _insurer,
        i.upload.c.applied_as.in_(sa.bindparam("moments", expanding=True, type_=Moment)),
    ),
    key="insurer",
)
"""Which upload wrote what became known at these moments: a moment of the register belongs to one writer."""

# Stopped.
_v = r.view_stop
_stopped = sa.and_(
    _v.c.recorded_to.is_(None),
    _v.c.record_id.is_not(None),
    sa.exists(
        sa.select(_tie.c.row_id).where(
            _tie.c.record_id == _v.c.record_id, _tie.c.insurer_number == _insurer, _tie.c.recorded_to.is_(None)
        )
    ),
)
STOPPED = Statement(
    "console.stopped",
    sa.select(_v).where(_stopped).order_by(_v.c.recorded_from, _v.c.row_id).limit(_many).offset(_past),
)
STOPPED_COUNT = Statement(
    "console.stopped.count", sa.select(sa.func.count().label("count")).select_from(_v).where(_stopped)
)

# Actions.
ACT = Statement("console.act", sa.insert(action), key="insurer_number")
ACTIONS = Statement(
    "console.actions",
    sa.select(action)
    .where(action.c.insurer_number == _insurer, action.c.officer == sa.bindparam("officer"))
    .order_by(action.c.at.desc(), action.c.row_id)
    .limit(_many)
    .offset(_past),
    key="insurer",
)
