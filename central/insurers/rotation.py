"""A new key for the hashes of 個人番号: every stored hash is wrapped once more, since the number itself is gone.

All in one transaction: either every hash has the newest key or none has, so one row tells which it is.
"""

import sqlalchemy as sa

from central.db.store import Statement, Store
from central.insurers import tables as t
from central.insurers.individual import NumberHasher

PORTION = 2000

_OLD = Statement(
    "insurers.rotate.old",
    sa.select(t.individual.c.individual, t.individual.c.key_id)
    .where(t.individual.c.key_id != sa.bindparam("newest"))
    .limit(PORTION),
)
_WRAP = Statement(
    "insurers.rotate.wrap",
    sa.update(t.individual)
    .where(t.individual.c.individual == sa.bindparam("old"), t.individual.c.key_id == sa.bindparam("old_key"))
    .values(individual=sa.bindparam("wrapped"), key_id=sa.bindparam("newest")),
    key="old",
)


async def rotate(store: Store, hasher: NumberHasher) -> int:
    """Wraps what is not under the newest key; gives how many. Raises `OnshiError` (INSURER-063) for an unknown key."""
    done = 0
    async with store.transaction() as running:
        while rows := await running.all(_OLD, newest=hasher.key_id):
            await running.run_many(
                _WRAP,
                [
                    {
                        "old": row["individual"],
                        "old_key": row["key_id"],
                        "wrapped": hasher.wrapped(row["individual"], row["key_id"]),
                        "newest": hasher.key_id,
                    }
                    for row in rows
                ],
            )
            done += len(rows)
    return done
