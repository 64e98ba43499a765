"""Dispensing receipts into PostgreSQL: read, checked, linked, loaded; against a bare COPY of the same rows.

The floor is measured in the same run, in the same database, into a copy of the table with the same keys and indexes.
Then one person's history of three years: what the store, the decoding and the names cost the process. Importer and
PostgreSQL share the machine: CPU seconds stand beside the seconds.
"""

import asyncio
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import asyncpg
import click
import msgspec

from bench.upload import _database
from central.db.migrate import upgrade
from central.db.opening import open_store
from central.receipts.kinds import Kind
from central.receipts.master import SYNTHETIC, synthetic
from central.receipts.masters import StoredMaster, load_master
from central.receipts.readings import ReceiptReadings
from central.register.keys import lookup_key, symbol_key
from sandbox.receipts.files import Town, months_before, place, write
from sandbox.receipts.lives import Lives
from sandbox.receipts.patients import Patient, of_population
from sandbox.residents.people import Population

ONSHI = str(Path(sys.executable).with_name("onshi"))
FULL = 100_000
YEARS = 3
OLD = 40
"""People with a history of three years."""
ROUNDS = 100
FOR_ONE = 1.4
"""Dispensing receipts a month of somebody who goes every month (`sandbox.receipts.lives`)."""
TODAY = date(2026, 6, 15)
FLOOR = "receipts_receipt"


def _patients(count: int) -> Iterator[Patient]:
    """People who go every month, insured since long ago."""
    for one in of_population(Population("bench", TODAY).people(count)):
        if one.birth < date(2020, 1, 1):
            cover = replace(one.covers[0], since=max(one.birth, date(2015, 1, 1)))
            yield replace(one, regular=True, covers=(cover,))


async def _register(url: str, patients: Sequence[Patient]) -> None:
    """The people as the register has them after their insurers' uploads: record, tie and directory."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    records, ties, directory = [], [], []
    for serial, one in enumerate(patients):
        cover = one.covers[0]
        key, symbol = lookup_key(cover.insurer, cover.number), symbol_key(cover.symbol)
        record, person, row = f"r{serial:x}", f"p{serial:x}", f"{serial:x}"
        printed = (cover.insurer, cover.symbol, cover.number, cover.branch)
        records.append((key, record, *printed, symbol, now))
        ties.append((row, person, record, key, *printed, cover.since, None, now, None))
        directory.append((row, key, symbol, cover.branch, one.birth, person, record, cover.since, None, now, None))
    connection = await asyncpg.connect(url, timeout=30)
    try:
        for table, rows in (("insured_record", records), ("tie", ties), ("number_directory", directory)):
            await connection.copy_records_to_table(f"register_{table}", records=rows)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _import(file: Path, environment: dict[str, str]) -> tuple[dict[str, Any], float, float, int]:
    """The command in a process of its own: its result, seconds, CPU seconds, and the most memory it had in bytes."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out:
        words = [ONSHI, "receipts", "import", str(file), "--json"]
        process = subprocess.Popen(words, env=environment, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begun
        out.seek(0)
        told: dict[str, Any] = msgspec.json.decode(out.read())
    return told, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


async def _floor(url: str) -> tuple[float, int]:
    """Seconds of a COPY of the loaded rows into a bare copy of their table, and the bytes of it."""
    connection = await asyncpg.connect(url, timeout=30)
    try:
        kept = io.BytesIO()
        await connection.copy_from_table(FLOOR, output=kept, format="binary")
        await connection.execute(f"CREATE TABLE bare (LIKE {FLOOR} INCLUDING ALL)")
        kept.seek(0)
        begun = time.monotonic()
        await connection.copy_to_table("bare", source=kept, format="binary")
        return time.monotonic() - begun, kept.getbuffer().nbytes
    finally:
        await connection.close()


async def _history(url: str) -> dict[str, Any]:
    """CPU of this process for one person's three years: store, decoding, names from the stored master."""
    store = open_store(url, size=1)
    try:
        data = (files("central.receipts") / "data" / SYNTHETIC).read_bytes()
        await load_master(store, data, now=datetime.now(UTC))
        readings = ReceiptReadings(store, StoredMaster(store))
        first, last = date(TODAY.year - YEARS, TODAY.month, 1), TODAY
        people = [f"p{serial:x}" for serial in range(OLD)]
        times, lines, receipts = [], [], []
        for turn in range(ROUNDS + len(people)):
            begun = time.process_time()
            found = await readings.of_person(people[turn % len(people)], first=first, last=last)
            spent = (time.process_time() - begun) * 1000
            if turn >= len(people):
                times.append(spent)
                receipts.append(len(found))
                lines.append(sum(len(one.drugs) for one in found))
        assert all(line.name for one in found for line in one.drugs)
        return {
            "history_ms": round(median(times), 2),
            "history_95_ms": round(quantiles(times, n=20)[-1], 2),
            "history_receipts": int(median(receipts)),
            "history_drugs": int(median(lines)),
        }
    finally:
        await store.close()


def measure(count: int, url: str, folder: Path) -> dict[str, Any]:
    """Generates, registers, imports, imports again, measures the floor, then reads histories."""
    patients = list(_patients(int(count / FOR_ONE * 1.1) + OLD))[: int(count / FOR_ONE) + OLD]
    town = replace(Town.of(1), pharmacies=[place("4", 100, "見本薬局")])
    lives = Lives("bench", synthetic())
    months = list(months_before(TODAY, YEARS * 12))
    written = write(patients, months[-1:], folder / "new", lives=lives, town=town, kinds=(Kind.DISPENSING,))
    write(patients[:OLD], months[:-1], folder / "old", lives=lives, town=town, kinds=(Kind.DISPENSING,))
    (file,) = (folder / "new").glob("*/*")
    with _database(url) as (database, _):
        asyncio.run(upgrade(database))
        asyncio.run(_register(database, patients))
        environment = {**os.environ, "ONSHI_CENTRAL_DATABASE__URL": database}
        told, seconds, cpu, memory = _import(file, environment)
        assert told["state"] == "loaded", told
        assert (told["faults"], told["counts"]["waiting"], told["counts"]["new"]) == ([], 0, written.receipts), told
        floor, size = asyncio.run(_floor(database))
        again, repeated, _, _ = _import(file, environment)
        assert again["state"] == "known", again
        for old in sorted((folder / "old").glob("*/*")):
            _import(old, environment)
        history = asyncio.run(_history(database))
    return {
        "receipts": written.receipts,
        "drug_lines": told["totals"]["by_record"]["IY"],
        "bytes": file.stat().st_size,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "receipts_per_second": int(written.receipts / seconds),
        "memory_mib": memory >> 20,
        "floor_seconds": round(floor, 2),
        "floor_bytes": size,
        "times_the_floor": round(seconds / floor, 1),
        "again_seconds": round(repeated, 1),
        **history,
    }


@click.command()
@click.option("--count", type=click.IntRange(1), default=5_000, show_default=True, help="About how many receipts.")
@click.option("--full", is_flag=True, help=f"The count of the goal: {FULL:,} receipts.")
@click.option("--url", default="", help="An empty PostgreSQL database; without it a server of its own.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def receipts(count: int, full: bool, url: str, *, as_json: bool) -> None:
    """A pharmacy's receipts: read, check, link, load; against bare COPY of the same rows. One person's history."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="onshi-bench-") as folder:
        Path(folder).chmod(0o755)
        found = measure(FULL if full else count, url, Path(folder))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    click.echo(
        f"{found['receipts']:,} receipts, {found['drug_lines']:,} drug lines in {found['seconds']} s "
        f"({found['cpu_seconds']} s CPU, {found['receipts_per_second']:,}/s, {found['memory_mib']} MiB); bare COPY of "
        f"the rows {found['floor_seconds']} s; the same file again {found['again_seconds']} s"
    )
    click.echo(
        f"history of {YEARS} years ({found['history_receipts']} receipts, {found['history_drugs']} drugs): "
        f"{found['history_ms']} ms CPU, 95 of 100 within {found['history_95_ms']} ms"
    )
