"""The hot reads pin the distribution key of every table that they touch, and use an index for it."""

import sqlite3
from contextlib import closing
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql
from sqlalchemy.dialects.sqlite import dialect as sqlite
from sqlalchemy.sql import visitors

from central.db import Statement
from central.db.opening import sqlite_path
from central.register import guards
from central.register import tables as t
from central.register.statements import ASSISTANCE, BY_NUMBER, FACTS, HOLDER, HOT, NOW
from tests.central.register.test_history import fill
from tests.central.register.world import ADULT, TODAY, World

TABLES = {table.name: table for table in t.clock.metadata.tables.values() if table.name.startswith("register_")}


def test_every_table_declares_its_distribution() -> None:
    for table in TABLES.values():
        key = table.info["distribution"]
        assert key is None or key in table.primary_key.columns, table.name
    assert {table.name for table in TABLES.values() if table.info["distribution"] is None} == {
        "register_clock",
        "register_insurer",
    }


def pinned(statement: Statement) -> dict[str, set[str]]:
    """Per table: the columns that are held equal to the statement's key."""
    found: dict[str, set[str]] = {}
    for node in visitors.iterate(statement.core):  # type: ignore[arg-type]
        if isinstance(node, sa.BinaryExpression) and node.operator.__name__ == "eq":
            column, bound = node.left, node.right
            if isinstance(column, sa.Column) and isinstance(bound, sa.BindParameter) and bound.key == statement.key:
                found.setdefault(column.table.name, set()).add(column.name)
    return found


@pytest.mark.parametrize("statement", HOT, ids=lambda statement: statement.name)
def test_a_hot_statement_pins_every_sharded_table_that_it_touches(statement: Statement) -> None:
    assert statement.hot
    touched = {node.name for node in visitors.iterate(statement.core) if isinstance(node, sa.Table)}  # type: ignore[arg-type]
    assert touched
    columns = pinned(statement)
    for name in touched:
        key = TABLES[name].info["distribution"]
        assert key is None or key in columns.get(name, set()), name


ASKED: dict[Statement, dict[str, object]] = {
    HOLDER: {"certificate_key": "x"},
    BY_NUMBER: {"lookup_key": "x", "birth_date": ADULT, "day": TODAY},
    FACTS: {"person_id": "x", "day": TODAY, "facility": "x"},
    ASSISTANCE: {"person_id": "x", "day": TODAY, "facility": "x"},
}
SMALL = {"register_clock", "register_insurer"}


@pytest.mark.parametrize("statement", HOT, ids=lambda statement: statement.name)
async def test_a_hot_statement_never_scans_a_sharded_table(world: World, store_url: str, statement: Statement) -> None:
    await fill(world)
    lines = await (_sqlite_plan if world.store.dialect == "sqlite" else _postgresql_plan)(store_url, statement)
    scanned = [line for line in lines if line.lstrip(" ->").startswith(("SCAN", "Seq Scan on"))]
    names = {line.replace("Seq Scan on", "SCAN").split("SCAN")[1].split()[0] for line in scanned}
    assert names - {"CONSTANT"} <= SMALL, lines
    assert len(lines) > len(scanned)


def _spelled(statement: Statement, dialect: Any) -> str:
    core = statement.core.params(**ASKED[statement], known_at=NOW)  # type: ignore[attr-defined]
    return str(core.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


async def _sqlite_plan(url: str, statement: Statement) -> list[str]:
    path = sqlite_path(url)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("EXPLAIN QUERY PLAN " + _spelled(statement, sqlite())).fetchall()
    return [row[3] for row in rows]


async def _postgresql_plan(url: str, statement: Statement) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET enable_seqscan = off")
        sql = _spelled(statement, postgresql())  # type: ignore[no-untyped-call]
        rows = await connection.fetch("EXPLAIN " + sql)
    finally:
        await connection.close()
    return [row[0] for row in rows]


async def test_a_migration_by_hand_gets_the_same_guards(world: World) -> None:
    dialect: guards.Guarded = "sqlite" if world.store.dialect == "sqlite" else "postgresql"
    made = t.guard_statements(dialect)
    assert len(made) == len(set(made))
    assert sum("one_register_" in sql for sql in made) == len(t.ONE_AT_A_TIME)
    assert sum("keep_register_" in sql for sql in made) == len(t.HISTORY)
    assert made[-1].startswith("INSERT INTO register_clock")
