"""An insurer's upload into PostgreSQL: lines checked, matched and applied, against a bare INSERT … SELECT of the rows.

The floor is measured in the same run, in the same database, into copies of the tables with the same keys, indexes and
exclusion constraints. The importer, the resident register's stand-in and PostgreSQL share the machine.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import click
import msgspec

from central.db.migrate import upgrade
from protocol.numbers import with_check_digit
from sandbox.residents.files import write
from sandbox.residents.people import Population
from tests.parts.postgres import running_server

INSURER = with_check_digit("0699777")
ONSHI = str(Path(sys.executable).with_name("onshi"))
TABLES = (
    "insurers_individual",
    "register_insured_record",
    "register_person",
    "register_coverage",
    "register_tie",
    "register_number_directory",
    "register_burden_ratio",
    "register_elderly_certificate",
    "register_limit_certificate",
    "register_disease_certificate",
    "register_view_stop",
    "register_work_item",
)
FULL = 1_000_000


@contextmanager
def _database(url: str) -> Iterator[str]:
    """The given database, or a fresh server's."""
    if url:
        yield url
        return
    with running_server() as running:
        running.server.run("psql", "-c", "ALTER SYSTEM SET max_wal_size = '8GB'")
        running.server.run("psql", "-c", "SELECT pg_reload_conf()")
        running.server.run("createdb", "bench")
        yield running.server.url("bench")


@contextmanager
def _residents(folder: Path) -> Iterator[str]:
    """The stand-in in a process of its own; gives its URL."""
    process = subprocess.Popen([ONSHI, "sandbox", "residents", str(folder), "--port", "0"], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
    finally:
        process.terminate()
        process.wait(20)


def _import(file: Path, environment: dict[str, str]) -> tuple[dict[str, Any], float, int]:
    """The command in a process of its own: its result, seconds, and the most memory it had in bytes."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([ONSHI, "insurer", "import", str(file), "--json"], env=environment, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begun
        out.seek(0)
        told: dict[str, Any] = msgspec.json.decode(out.read())
    return told["result"], seconds, used.ru_maxrss * 1024


async def _floor(url: str) -> tuple[float, dict[str, int]]:
    """Seconds of one transaction that inserts the same rows into bare copies of the tables, and the rows of each."""
    connection = await asyncpg.connect(url, timeout=30)
    try:
        rows = {}
        await connection.execute("CREATE SCHEMA bare")
        for table in TABLES:
            await connection.execute(f"CREATE TABLE bare.{table} (LIKE public.{table} INCLUDING ALL)")
            rows[table] = await connection.fetchval(f"SELECT count(*) FROM public.{table}")  # noqa: S608
        begun = time.monotonic()
        async with connection.transaction():
            for table in TABLES:
                await connection.execute(f"INSERT INTO bare.{table} SELECT * FROM public.{table}")  # noqa: S608
        return time.monotonic() - begun, {table: count for table, count in rows.items() if count}
    finally:
        await connection.close()


def measure(count: int, url: str, folder: Path) -> dict[str, Any]:
    """Generates, imports, imports again, and measures the floor."""
    today = date.today()  # noqa: DTZ011 - the importer's own day
    write(Population("bench", today, INSURER), count, folder, today=today)
    file = folder / f"upload-{INSURER}.csv"
    with _database(url) as database, _residents(folder) as residents:
        asyncio.run(upgrade(database))
        keys = folder / "keys"
        subprocess.run([ONSHI, "insurer", "keys", str(keys)], check=True, stdout=subprocess.DEVNULL)
        environment = {
            **os.environ,
            "ONSHI_INSURER_CREDENTIALS": str(keys),
            "ONSHI_INSURER_DATABASE__URL": database,
            "ONSHI_INSURER_FILES__FOLDER": str(folder / "spool"),
            "ONSHI_INSURER_RESIDENTS__URL": residents,
            "ONSHI_INSURER_NUMBERS__CHECK_DIGIT": "synthetic",
        }
        subprocess.run(
            [ONSHI, "insurer", "add", INSURER, "--name", "見本組合", "--from", "1961-04-01"],
            check=True,
            env=environment,
        )
        first, seconds, memory = _import(file, environment)
        assert first["state"] == "applied", first
        floor, rows = asyncio.run(_floor(database))
        again, repeated, _ = _import(file, environment)
        assert set(again["difference"]["effects"]) == {"same"}, again
    return {
        "lines": first["lines"],
        "seconds": round(seconds, 1),
        "lines_per_second": int(first["lines"] / seconds),
        "memory_mib": memory >> 20,
        "floor_seconds": round(floor, 1),
        "rate_of_floor": round(floor / seconds, 2),
        "again_seconds": round(repeated, 1),
        "rows": rows,
        "verdicts": first["difference"]["verdicts"],
    }


@click.command()
@click.option("--lines", type=click.IntRange(1), default=20_000, show_default=True, help="How many lines.")
@click.option("--full", is_flag=True, help=f"The count of the goal: {FULL:,} lines.")
@click.option("--url", default="", help="An empty PostgreSQL database; without it a server of its own.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def upload(lines: int, full: bool, url: str, *, as_json: bool) -> None:
    """One insurer's upload: check, match, apply; against bare INSERT … SELECT of the same rows."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="onshi-bench-") as folder:
        Path(folder).chmod(0o755)
        found = measure(FULL if full else lines, url, Path(folder))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    click.echo(
        f"{found['lines']:,} lines in {found['seconds']} s ({found['lines_per_second']:,}/s, "
        f"{found['memory_mib']} MiB); "
        f"bare INSERT … SELECT {found['floor_seconds']} s: {found['rate_of_floor']:.0%} of its rate; "
        f"the same file again {found['again_seconds']} s"
    )
    click.echo("rows: " + ", ".join(f"{table} {count:,}" for table, count in found["rows"].items()))
