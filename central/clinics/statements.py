"""The statements of bulk requests, each made once."""

import sqlalchemy as sa

from central.clinics.tables import bulk, bulk_unit
from central.db import Moment, Statement, insert
from central.register import tables as t

_now = sa.bindparam("now", type_=Moment)
_number: sa.BindParameter[str] = sa.bindparam("number")

ADD_BULK = Statement("clinics.bulk.add", insert(bulk).on_conflict_do_nothing())
BY_UPLOAD = Statement(
    "clinics.bulk.by_upload",
    sa.select(bulk).where(bulk.c.facility == sa.bindparam("at"), bulk.c.upload == sa.bindparam("named")),
)
BULK = Statement("clinics.bulk.one", sa.select(bulk).where(bulk.c.reception_number == _number))
UNITS_SINCE = Statement(
    "clinics.bulk.units_since",
    sa.select(sa.func.coalesce(sa.func.sum(bulk.c.units), 0).label("units")).where(
        bulk.c.facility == sa.bindparam("at"), bulk.c.received_at > sa.bindparam("since", type_=Moment)
    ),
)
_free = sa.or_(bulk.c.leased_until.is_(None), bulk.c.leased_until < _now)
NEXT = Statement(
    "clinics.bulk.next",
    sa.select(bulk.c.reception_number)
    .where(bulk.c.done_at.is_(None), bulk.c.forgotten_at.is_(None), _free)
    .order_by(sa.func.coalesce(bulk.c.served_at, bulk.c.received_at), bulk.c.reception_number)
    .limit(1),
)
"""The bulk that was served longest ago: many facilities share the worker fairly."""
LEASE = Statement(
    "clinics.bulk.lease",
    sa.update(bulk)
    .where(bulk.c.reception_number == _number, bulk.c.done_at.is_(None), _free)
    .values(leased_until=sa.bindparam("until", type_=Moment), served_at=_now),
)
RELEASE = Statement(
    "clinics.bulk.release", sa.update(bulk).where(bulk.c.reception_number == _number).values(leased_until=sa.null())
)
DONE = Statement(
    "clinics.bulk.done",
    sa.update(bulk)
    .where(bulk.c.reception_number == _number, bulk.c.done_at.is_(None))
    .values(done_at=_now, leased_until=sa.null()),
)
ADD_UNIT = Statement("clinics.unit.add", insert(bulk_unit).on_conflict_do_nothing(), key="reception_number")
POSITIONS = Statement(
    "clinics.unit.positions",
    sa.select(bulk_unit.c.position).where(bulk_unit.c.reception_number == _number),
    key="number",
)
COUNTS = Statement(
    "clinics.unit.counts",
    sa.select(bulk_unit.c.failed, sa.func.count().label("units"))
    .where(bulk_unit.c.reception_number == _number)
    .group_by(bulk_unit.c.failed),
    key="number",
)
ANSWERS = Statement(
    "clinics.unit.answers",
    sa.select(bulk_unit.c.answer).where(bulk_unit.c.reception_number == _number).order_by(bulk_unit.c.position),
    key="number",
)
LIMIT_BEFORE = Statement(
    "clinics.unit.limit_before",
    sa.select(bulk_unit.c.limit_digest)
    .where(
        bulk_unit.c.facility == sa.bindparam("at"),
        bulk_unit.c.asked_key == sa.bindparam("asked"),
        bulk_unit.c.reception_number != _number,
    )
    .order_by(bulk_unit.c.answered_at.desc())
    .limit(1),
)
_old = sa.select(bulk.c.reception_number).where(
    bulk.c.done_at < sa.bindparam("before", type_=Moment), bulk.c.forgotten_at.is_(None)
)
FORGET_ANSWERS = Statement(
    "clinics.unit.forget",
    sa.update(bulk_unit).where(bulk_unit.c.reception_number.in_(_old)).values(answer=sa.null()),
)
FORGET = Statement(
    "clinics.bulk.forget",
    sa.update(bulk)
    .where(bulk.c.reception_number.in_(_old.scalar_subquery()))
    .values(forgotten_at=_now, asked=sa.null()),
)
WITH_TICKETS = Statement(
    "clinics.with_tickets",
    sa.select(t.assistance_ticket.c.person_id, sa.func.max(t.assistance_ticket.c.valid_from).label("day"))
    .where(
        t.assistance_ticket.c.facility == sa.bindparam("at"),
        t.assistance_ticket.c.month == sa.bindparam("month"),
        t.assistance_ticket.c.recorded_to.is_(None),
    )
    .group_by(t.assistance_ticket.c.person_id)
    .order_by(t.assistance_ticket.c.person_id),
)
"""Everybody with a ticket of this facility in that month: across all people, so never on a hot path."""
