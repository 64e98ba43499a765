"""Brings a database to the program's version; forward only, in one transaction, on both databases.

Alembic holds the order of the steps. For PostgreSQL its SQL script is run through asyncpg (no second driver), so a
step must not read rows in Python: it says in SQL what it does.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from central.db.opening import is_sqlite, open_store, sqlite_path
from central.db.pool import LOST
from central.db.sqlite import connect
from central.db.store import Statement, Store, StoreDown
from protocol.errors import OnshiError
from protocol.errors.central import SCHEMA_OLD

PLACE = Path(__file__).parent / "migrations"
LOCK = 7_230_401
"""Key of the advisory lock under which one process at a time migrates."""

CURRENT = Statement("db.current", sa.text("SELECT version_num FROM alembic_version"))


def _config(output: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(PLACE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The version that this program needs."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise RuntimeError("no migrations")
    return found


async def upgrade(url: str) -> tuple[str | None, str]:
    """Migrates to `head`; gives the version before and after. Raises `StoreDown` when the database is not there."""
    if is_sqlite(url):
        path = sqlite_path(url)
        if path is None:
            raise ValueError("a private database has no URL to migrate; use upgrade_file")
        return await asyncio.to_thread(upgrade_file, path)
    try:
        connection = await asyncpg.connect(url, timeout=30)
    except (*LOST, asyncpg.PostgresError) as failed:
        raise StoreDown(type(failed).__name__) from failed
    try:
        await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        before = await _current(connection)
        if before != head():
            await connection.execute(await asyncio.to_thread(script, before))
        return before, head()
    finally:
        await connection.close()


async def _current(connection: Any) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    version: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return version


def script(before: str | None) -> str:
    """The PostgreSQL script from version ``before`` (None: an empty database) to `head`."""
    output = io.StringIO()
    command.upgrade(_config(output), f"{before or 'base'}:head", sql=True)
    return output.getvalue()


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine("sqlite://", creator=lambda: connect(path), poolclass=sa.NullPool)

    # SQLite has transactional DDL when the driver does not interfere: the connection is in autocommit mode.
    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def upgrade_file(path: Path) -> tuple[str | None, str]:
    """The same for a SQLite file; makes the file (not its folder) when it is not there."""
    from alembic.runtime.migration import MigrationContext

    engine = _engine(path)
    try:
        with engine.begin() as connection:
            before = MigrationContext.configure(connection).get_current_revision()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except sa.exc.OperationalError as failed:
        raise StoreDown(type(failed.orig).__name__) from failed
    finally:
        engine.dispose()
    return before, head()


def draft(message: str, path: Path) -> Path:
    """Writes a new step: what the tables have more than the up-to-date SQLite file ``path``. To be read and edited."""
    engine = _engine(path)
    try:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            made = command.revision(config, message=message, autogenerate=True, rev_id=f"{_number():04}")
    finally:
        engine.dispose()
    if made is None or isinstance(made, list):
        raise RuntimeError("one new step was expected")
    return Path(made.path)


def _number() -> int:
    return len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1


async def require_head(store: Store) -> None:
    """`OnshiError` (`SCHEMA_OLD`) unless the database is at the program's version."""
    try:
        row = await store.first(CURRENT)
    except StoreDown:
        raise
    except Exception as failed:
        # Each driver has its own word for a table that is not there.
        raise OnshiError(SCHEMA_OLD, found="none", needed=head()) from failed
    found = row["version_num"] if row else "none"
    if found != head():
        raise OnshiError(SCHEMA_OLD, found=found, needed=head())


@asynccontextmanager
async def store_at_head(url: str, *, size: int = 2, patience: float = 30.0) -> AsyncIterator[Store]:
    """A store for as long as the block runs; ``size`` and ``patience`` as in `open_store`.

    Raises `OnshiError` (`SCHEMA_OLD`) unless the database is at the program's version. A SQLite file that is not
    there is not made: a command called in the wrong folder leaves nothing behind.
    """
    path = sqlite_path(url) if is_sqlite(url) else None
    if path is not None and not path.exists():
        raise OnshiError(SCHEMA_OLD, found="none", needed=head())
    store = open_store(url, size=size, patience=patience)
    try:
        await require_head(store)
        yield store
    finally:
        await store.close()


def sqlite_version(path: Path) -> str | None:
    """The version of a SQLite file, None for one without tables."""
    with closing(connect(path, readonly=True)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return found[0] if found else None
