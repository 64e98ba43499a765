"""The statements over uploads, their faults and what hangs on them: the importer's own book."""

import sqlalchemy as sa

from central.db.schema import Moment
from central.db.store import Statement
from central.insurers import tables as t
from central.insurers.parts import OVER, State
from central.register.tables import insurer

_u = t.upload
UNFINISHED_STATES = tuple(state.value for state in State if state not in OVER)
INSERT = Statement("insurers.upload.insert", sa.insert(_u))
ONE = Statement("insurers.upload.one", sa.select(_u).where(_u.c.upload_id == sa.bindparam("upload")))
OPEN = Statement(
    "insurers.upload.open",
    sa.select(_u)
    .where(_u.c.insurer_number == sa.bindparam("insurer"), _u.c.state.in_(UNFINISHED_STATES))
    .order_by(_u.c.received_at),
    key="insurer",
)
INTERRUPTED = Statement(
    "insurers.upload.interrupted",
    sa.select(_u).where(_u.c.state.in_([State.RECEIVED.value, State.HELD.value])).order_by(_u.c.received_at),
)
HISTORY = Statement(
    "insurers.upload.history",
    sa.select(_u)
    .where(_u.c.insurer_number == sa.bindparam("insurer"), _u.c.received_at < sa.bindparam("before", type_=Moment))
    .order_by(_u.c.received_at.desc())
    .limit(sa.bindparam("count", type_=sa.Integer)),
    key="insurer",
)
BY_KEY = Statement(
    "insurers.upload.by_key",
    sa.select(_u).where(
        _u.c.insurer_number == sa.bindparam("insurer"), _u.c.idempotency_key == sa.bindparam("idempotency_key")
    ),
    key="insurer",
)
SET = Statement(
    "insurers.upload.set",
    sa.update(_u)
    .where(_u.c.insurer_number == sa.bindparam("insurer"), _u.c.upload_id == sa.bindparam("upload"))
    .values(
        state=sa.bindparam("to"),
        lines=sa.bindparam("read"),
        faulty=sa.bindparam("wrong"),
        late=sa.bindparam("overdue"),
        changed_at=sa.bindparam("now", type_=Moment),
        report=sa.bindparam("told", type_=sa.LargeBinary),
        salt=sa.bindparam("salted", type_=sa.LargeBinary),
    ),
    key="insurer",
)
CONFIRM = Statement(
    "insurers.upload.confirm",
    sa.update(_u)
    .where(
        _u.c.insurer_number == sa.bindparam("insurer"),
        _u.c.upload_id == sa.bindparam("upload"),
        _u.c.state == State.HELD.value,
    )
    .values(confirmed_by=sa.bindparam("by"), changed_at=sa.bindparam("now", type_=Moment)),
    key="insurer",
)
SKIP = Statement(
    "insurers.upload.skip",
    sa.update(_u)
    .where(_u.c.insurer_number == sa.bindparam("insurer"), _u.c.upload_id == sa.bindparam("upload"))
    .values(skip_faulty=True),
    key="insurer",
)
AGAIN = Statement(
    "insurers.upload.again",
    sa.update(_u)
    .where(_u.c.insurer_number == sa.bindparam("insurer"), _u.c.upload_id == sa.bindparam("upload"))
    .values(staged=0, faulty=0),
    key="insurer",
)
STAGED = Statement(
    "insurers.upload.staged",
    sa.select(sa.func.count().label("lines"))
    .select_from(t.staging)
    .where(t.staging.c.upload_id == sa.bindparam("upload")),
)
FAULTS = Statement(
    "insurers.faults",
    sa.select(t.fault).where(t.fault.c.upload_id == sa.bindparam("upload")).order_by(t.fault.c.line, t.fault.c.place),
    key="upload",
)
WIPE_FAULTS = Statement("insurers.faults.wipe", sa.delete(t.fault).where(t.fault.c.upload_id == sa.bindparam("upload")))
KNOWN_INSURER = Statement(
    "insurers.known",
    sa.text("SELECT number FROM register_insurer WHERE number = :insurer AND recorded_to IS NULL LIMIT 1"),
)
HOLD_INSURER = Statement(
    "insurers.hold",
    sa.select(insurer.c.row_id)
    .where(insurer.c.number == sa.bindparam("insurer"), insurer.c.recorded_to.is_(None))
    .order_by(insurer.c.row_id)
    .with_for_update(key_share=True),
)
"""Until the transaction ends nobody else enters an upload of this insurer (a SQLite file has one writer anyway)."""
STORED_KEY = Statement("insurers.stored_key", sa.text("SELECT key_id FROM insurers_individual LIMIT 1"))

__all__ = [
    "AGAIN", "BY_KEY", "CONFIRM", "FAULTS", "HISTORY", "HOLD_INSURER", "INSERT", "INTERRUPTED", "KNOWN_INSURER",
    "ONE", "OPEN", "SET", "SKIP", "STAGED", "STORED_KEY", "UNFINISHED_STATES", "WIPE_FAULTS",
]  # fmt: skip
