"""Migrations and tables say the same, on both databases, triggers and constraints included."""

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner

from central.commands import central
from central.db import migrate
from central.db.opening import open_store
from central.db.tables import metadata
from protocol.errors import OnshiError
from protocol.errors.central import SCHEMA_OLD
from tests.parts.postgres import Server, postgres_url
from tests.parts.store import create_all

__all__ = ["postgres_url"]


def described(path: Path) -> dict[str, list[str]]:
    """Every object of a SQLite file by name, with its definition; a table's constraints in no order of their own."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: (sorted if name.startswith("table") else list)(
            re.split(r", (?=CONSTRAINT|[a-z_]+ [A-Z])", re.sub(r'["\s]+', " ", sql).removesuffix(" )"))
        )
        for name, sql in rows
        if "alembic_version" not in name
    }


async def test_on_sqlite_the_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    migrated, created = tmp_path / "migrated.sqlite", tmp_path / "created.sqlite"
    assert migrate.upgrade_file(migrated) == (None, migrate.head())
    await create_all(f"sqlite:///{created}")
    assert described(migrated) == described(created)


def test_autogenerate_finds_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    migrate.upgrade_file(path)
    engine = migrate._engine(path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.real
async def test_on_postgresql_the_migrations_make_what_the_tables_say(postgres: Server, postgres_url: str) -> None:
    assert await migrate.upgrade(postgres_url) == (None, migrate.head())
    migrated = dump(postgres, postgres_url)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    await create_all(postgres_url)
    assert dump(postgres, postgres_url) == migrated


_NOT_OURS = ("--", "\\", "COMMENT ON SCHEMA", "REVOKE USAGE ON SCHEMA public")


def dump(server: Server, url: str) -> str:
    database = re.search(r"@/(\w+)\?", url)
    assert database
    try:
        text = server.run("pg_dump", "--schema-only", "--no-owner", "-T", "alembic_version", database.group(1))
    except subprocess.CalledProcessError as failed:
        raise AssertionError(failed.stderr) from failed
    lines = [line for line in text.splitlines() if line and not line.startswith(_NOT_OURS)]
    # Column order of CREATE TABLE is kept; the order of objects is pg_dump's own.
    return "\n".join(lines)


@pytest.mark.real
async def test_upgrading_twice_and_at_once_is_safe(postgres_url: str) -> None:
    import asyncio

    outcomes = await asyncio.gather(migrate.upgrade(postgres_url), migrate.upgrade(postgres_url))
    assert sorted(outcomes, key=str) == sorted([(None, migrate.head()), (migrate.head(), migrate.head())], key=str)
    store = open_store(postgres_url)
    await migrate.require_head(store)
    await store.close()


async def test_a_database_without_tables_or_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(OnshiError) as refused:
        await migrate.require_head(store)
    assert (refused.value.fault, refused.value.details["found"]) == (SCHEMA_OLD, "none")
    await store.close()
    migrate.upgrade_file(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(OnshiError, match="9999"):
        await migrate.require_head(store)
    await store.close()


async def test_a_command_in_the_wrong_folder_makes_no_database(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with pytest.raises(OnshiError) as refused:
        async with migrate.store_at_head(f"sqlite:///{path}"):
            pass
    assert (refused.value.fault, refused.value.details["found"]) == (SCHEMA_OLD, "none")
    assert os.listdir(tmp_path) == []
    migrate.upgrade_file(path)
    async with migrate.store_at_head(f"sqlite:///{path}") as store:
        await migrate.require_head(store)


def test_the_commands_upgrade_and_check(tmp_path: Path) -> None:
    environment = {"ONSHI_CENTRAL_DATABASE__URL": f"sqlite:///{tmp_path / 'x.sqlite'}"}
    runner = CliRunner(env=environment)
    before = runner.invoke(central, ["db", "check", "--json"])
    assert before.exit_code == 1
    assert '"code":"CENTRE-917"' in before.stdout
    upgraded = runner.invoke(central, ["db", "upgrade", "--json"])
    assert upgraded.exit_code == 0, upgraded.output
    assert runner.invoke(central, ["db", "upgrade"]).exit_code == 0
    assert runner.invoke(central, ["db", "check"]).output.strip() == migrate.head()
