"""An insurer's upload into PostgreSQL: lines checked, matched and applied, against a bare INSERT … SELECT of the rows.

The floor is measured in the same run, in the same database, into copies of the tables with the same keys, indexes,
exclusion constraints and triggers. The importer, the resident register's stand-in, PostgreSQL and 50 queries a second
beside them share the machine.
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
from typing import Any, NamedTuple

import asyncpg
import click
import msgspec

from bench.cpu import tree_memory, tree_seconds
from bench.numbers import percentile
from central.db.migrate import upgrade
from protocol.numbers import with_check_digit
from sandbox.residents.files import write
from sandbox.residents.people import Population
from tests.parts.postgres import running_server

INSURER = with_check_digit("0699777")
OTHER = with_check_digit("0699778")
"""Whose members are asked about beside the import."""
MEMBERS = 2000
RATE = 50.0
"""Queries a second."""
BUFFERS = "512MB"
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
_TRIGGERS = (
    "SELECT pg_get_triggerdef(oid) AS made FROM pg_trigger WHERE tgrelid = $1::text::regclass AND NOT tgisinternal"
)


@contextmanager
def _database(url: str) -> Iterator[tuple[str, int]]:
    """The given database, or a fresh server's; and the server's process id where it is ours."""
    if url:
        yield url, 0
        return
    with running_server(shared_buffers=BUFFERS) as running:
        running.server.run("psql", "-c", "ALTER SYSTEM SET max_wal_size = '8GB'")
        running.server.run("psql", "-c", "SELECT pg_reload_conf()")
        running.server.run("createdb", "bench")
        yield running.server.url("bench"), running.pid


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


class _Run(NamedTuple):
    result: dict[str, Any]
    seconds: float
    importer_cpu: float
    """Seconds, of the command and the process beside it."""
    database_cpu: float
    memory: int
    """Bytes: the most that the command and the process beside it held at one time."""
    database_memory: int
    """Bytes: the same of PostgreSQL's processes, shared buffers not counted."""


def _import(file: Path, environment: dict[str, str], server: int) -> _Run:
    """The command in a process of its own, watched twice a second."""
    begun, before = time.monotonic(), tree_seconds(server) if server else 0.0
    memory = database_memory = 0
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([ONSHI, "insurer", "import", str(file), "--json"], env=environment, stdout=out)
        while True:
            found, status, used = os.wait4(process.pid, os.WNOHANG)
            if found:
                break
            memory = max(memory, tree_memory(process.pid))
            database_memory = max(database_memory, tree_memory(server)) if server else 0
            time.sleep(0.5)
        seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        told: dict[str, Any] = msgspec.json.decode(out.read())
    cpu = used.ru_utime + used.ru_stime
    return _Run(told["result"], seconds, cpu, tree_seconds(server) - before if server else 0.0, memory, database_memory)


@contextmanager
def _asking(database: str, file: Path) -> Iterator[dict[str, Any]]:
    """Queries by number beside the block; what they took is there after it."""
    words = [sys.executable, "-m", "bench", "beside", database, str(file), "--rate", str(RATE)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    found: dict[str, Any] = {}
    time.sleep(3)
    try:
        yield found
    finally:
        out, _ = process.communicate(timeout=60)
        found |= msgspec.json.decode(out)


async def _floor(url: str) -> tuple[float, dict[str, int]]:
    """Seconds of one transaction that inserts the same rows into bare copies of the tables, and the rows of each."""
    connection = await asyncpg.connect(url, timeout=30)
    try:
        rows = {}
        await connection.execute("CREATE SCHEMA bare")
        await connection.execute("CREATE TABLE bare.register_clock AS SELECT * FROM public.register_clock")
        for table in TABLES:
            await connection.execute(f"CREATE TABLE bare.{table} (LIKE public.{table} INCLUDING ALL)")
            for trigger in await connection.fetch(_TRIGGERS, f"public.{table}"):
                await connection.execute(trigger["made"].replace(" ON public.", " ON bare."))
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
    beside = folder / "beside"
    write(Population("beside", today, OTHER, first=FULL * 10), MEMBERS, beside, today=today)
    with _database(url) as (database, server):
        asyncio.run(upgrade(database))
        keys = folder / "keys"
        subprocess.run([ONSHI, "insurer", "keys", str(keys)], check=True, stdout=subprocess.DEVNULL)
        environment = {
            **os.environ,
            "ONSHI_INSURER_CREDENTIALS": str(keys),
            "ONSHI_INSURER_DATABASE__URL": database,
            "ONSHI_INSURER_FILES__FOLDER": str(folder / "spool"),
            "ONSHI_INSURER_NUMBERS__CHECK_DIGIT": "synthetic",
        }
        for number in (INSURER, OTHER):
            subprocess.run(
                [ONSHI, "insurer", "add", number, "--name", "見本組合", "--from", "1961-04-01"],
                check=True,
                env=environment,
            )
        small = beside / f"upload-{OTHER}.csv"
        with _residents(beside) as residents:
            known = _import(small, environment | {"ONSHI_INSURER_RESIDENTS__URL": residents}, server)
            assert known.result["state"] == "applied", known.result
        with _residents(folder) as residents:
            environment["ONSHI_INSURER_RESIDENTS__URL"] = residents
            file = folder / f"upload-{INSURER}.csv"
            with _asking(database, small) as asked:
                first = _import(file, environment, server)
            assert first.result["state"] == "applied", first.result
            assert asked["found"] > 0.9 * len(asked["seconds"]), "queries find their members; a few are stopped"
            before = tree_seconds(server) if server else 0.0
            floor, rows = asyncio.run(_floor(database))
            floor_cpu = tree_seconds(server) - before if server else 0.0
            again = _import(file, environment, server)
            assert set(again.result["difference"]["effects"]) == {"same"}, again.result
    lines = first.result["lines"]
    return {
        "lines": lines,
        "seconds": round(first.seconds, 1),
        "lines_per_second": int(lines / first.seconds),
        "importer_cpu_seconds": round(first.importer_cpu, 1),
        "database_cpu_seconds": round(first.database_cpu, 1),
        "memory_mib": first.memory >> 20,
        "database_memory_mib": first.database_memory >> 20,
        "floor_seconds": round(floor, 1),
        "floor_cpu_seconds": round(floor_cpu, 1),
        "rate_of_floor": round(floor / first.seconds, 2),
        "queries": len(asked["seconds"]),
        "query_p50_ms": round(percentile(asked["seconds"], 50) * 1000, 1),
        "query_p99_ms": round(percentile(asked["seconds"], 99) * 1000, 1),
        "again_seconds": round(again.seconds, 1),
        "again_cpu_seconds": round(again.importer_cpu + again.database_cpu, 1),
        "rows": rows,
        "verdicts": first.result["difference"]["verdicts"],
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
        f"{found['lines']:,} lines in {found['seconds']} s ({found['lines_per_second']:,}/s; CPU: importer "
        f"{found['importer_cpu_seconds']} s, PostgreSQL {found['database_cpu_seconds']} s); bare INSERT … SELECT "
        f"{found['floor_seconds']} s (CPU {found['floor_cpu_seconds']} s): {found['rate_of_floor']:.0%} of its rate"
    )
    click.echo(
        f"memory: importer {found['memory_mib']} MiB, PostgreSQL {found['database_memory_mib']} MiB and "
        f"{BUFFERS} of shared buffers; {RATE:.0f} queries a second beside: {found['queries']:,}, "
        f"p50 {found['query_p50_ms']} ms, p99 {found['query_p99_ms']} ms; the same file again "
        f"{found['again_seconds']} s (CPU {found['again_cpu_seconds']} s)"
    )
    click.echo("rows: " + ", ".join(f"{table} {count:,}" for table, count in found["rows"].items()))
