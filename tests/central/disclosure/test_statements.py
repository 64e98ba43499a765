"""What the door reads pins the distribution key of every sharded table, so that one request asks one shard of each."""

import pytest
import sqlalchemy as sa
from sqlalchemy.sql import visitors

import central.db.tables  # noqa: F401 — every table with its distribution
from central.db import Statement
from central.disclosure.opened import OPENED
from central.disclosure.statements import ASSISTED, BY_RECORD, GRANTS, PERSON, READINGS
from tests.central.register.test_statements import pinned

STATEMENTS = (ASSISTED, BY_RECORD, GRANTS, OPENED, PERSON, READINGS)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_a_statement_of_the_door_pins_every_sharded_table_that_it_touches(statement: Statement) -> None:
    tables = {node for node in visitors.iterate(statement.core) if isinstance(node, sa.Table)}  # type: ignore[arg-type]
    assert tables
    held = pinned(statement)
    for table in tables:
        key = table.info["distribution"]
        assert key is None or key in held.get(table.name, set()), table.name
