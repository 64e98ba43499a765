"""The statements of visits and bindings, made once. Each pins its table's key."""

import sqlalchemy as sa

from central.db import Moment, Statement, insert
from central.presence.tables import bindings, challenges, visits

_now = sa.bindparam("now", type_=Moment)

VISIT = Statement(
    "presence.visit",
    sa.select(visits).where(
        visits.c.device == sa.bindparam("device"), visits.c.request_id == sa.bindparam("request_id")
    ),
    key="device",
    hot=True,
)
KEEP_VISIT = Statement("presence.visit.keep", insert(visits).on_conflict_do_nothing(), key="device", hot=True)
SPEND = Statement("presence.challenge.spend", insert(challenges).on_conflict_do_nothing(), key="digest", hot=True)
BINDING = Statement(
    "presence.binding",
    sa.select(bindings.c.surface_key).where(
        bindings.c.issuer_key_id == sa.bindparam("issuer_key_id"), bindings.c.serial == sa.bindparam("serial")
    ),
    key="serial",
    hot=True,
)
BIND = Statement("presence.binding.keep", insert(bindings).on_conflict_do_nothing(), key="serial")
FORGET_ANSWERS = Statement(
    "presence.visit.forget",
    sa.update(visits)
    .where(visits.c.forget_at < _now)
    .values(answer=sa.null(), full_message=sa.null(), forget_at=sa.null()),
)
FORGET_CHALLENGES = Statement("presence.challenge.forget", sa.delete(challenges).where(challenges.c.expires_at < _now))
