"""The reads behind the door use an index for what they ask by, on both databases."""

import sqlite3
from contextlib import closing
from datetime import date
from typing import Any

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql import dialect as postgresql
from sqlalchemy.dialects.sqlite import dialect as sqlite

from central.db.opening import sqlite_path
from central.db.store import Statement
from central.receipts import readings
from tests.central.receipts.office import Claim, Office, claims

ASKED: dict[Statement, dict[str, object]] = {
    readings._OF_RECORDS: {"record_ids": ["r1", "r2"], "first": date(2023, 6, 1), "last": date(2026, 6, 1)},
    readings._TIES: {"person_id": "p1"},
    readings._SHARED: {"lookup_key": "x:1", "person_id": "p1"},
}


@pytest.mark.parametrize("statement", ASKED, ids=lambda statement: statement.name)
async def test_a_reading_never_scans_a_table(office: Office, statement: Statement) -> None:
    await office.insured(1, 2)
    await office.send(claims(Claim(1), Claim(2, 2)))

    def spelled(dialect: Any) -> str:
        core = statement.core.params(**ASKED[statement])  # type: ignore[attr-defined]
        return str(core.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

    if office.store.dialect == "sqlite":
        path = sqlite_path(office.url)
        assert path is not None
        with closing(sqlite3.connect(path)) as connection:
            lines = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + spelled(sqlite()))]
        assert any(line.startswith("SEARCH") for line in lines)
        assert not any(line.startswith("SCAN") for line in lines), lines
        return
    connection = await asyncpg.connect(office.url)
    try:
        await connection.execute("SET enable_seqscan = off")
        rows = await connection.fetch("EXPLAIN " + spelled(postgresql()))  # type: ignore[no-untyped-call]
    finally:
        await connection.close()
    assert not any("Seq Scan" in row[0] for row in rows), rows
