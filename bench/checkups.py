"""Checkup submissions into a database: CPU of one result read, judged, placed and stored, against its XML parsed alone.

The floor is `xml.etree` over the same documents in the same run. CPU of this process: PostgreSQL's own is not in it.
"""

import asyncio
import io
import tempfile
import time
import zipfile
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import click
import msgspec
import sqlalchemy as sa

from central.audit import Journal
from central.checkups import tables
from central.checkups.readings import CheckupReadings
from central.checkups.service import Checkups
from central.db import migrate
from central.db.opening import open_store
from central.db.store import Statement, Store
from central.register import entries as e
from central.register.intake import RegisterIntake
from protocol.numbers import with_check_digit
from sandbox.checkups.files import Plan, write
from sandbox.checkups.members import Member, of_population
from sandbox.residents.people import Population
from tests.parts.postgres import running_server

TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
INSURER = with_check_digit("0699777")
_RECORDS = Statement("bench.records", sa.select(tables.checkup.c.record_id).distinct().limit(200))


async def _registered(store: Store, members: list[Member]) -> None:
    """The members' records, tied to one person each."""
    intake = RegisterIntake(store, lambda: NOW)
    await intake.register(e.Insurer(number=INSURER, name="見本健康保険組合", valid_from=date(1961, 4, 1)))
    for place, one in enumerate(members):
        keys = one.keys
        record = e.RecordKey(
            insurer=INSURER,
            symbol=keys.symbol.raw if keys.symbol else "",
            number=keys.number.raw,
            branch=keys.branch.raw if keys.branch else None,
        )
        person = e.Person(
            person_id=f"p{place}", birth_date=keys.birth.day, name="見本　太郎", kana=one.kana, sex=e.Sex(keys.sex)
        )
        async with intake.transaction() as running:
            await running.register(person)
            await running.register(e.Tie(record=record, person_id=f"p{place}", valid_from=one.since))


def _floor(zips: list[Path]) -> tuple[float, int]:
    """CPU seconds of parsing every document, and how many results there are."""
    began, results = time.process_time(), 0
    for path in zips:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                ElementTree.fromstring(archive.read(name))  # noqa: S314 - our own files
                results += "/DATA/" in name
    return time.process_time() - began, results


async def _measured(url: str, members: list[Member], zips: list[Path]) -> dict[str, float]:
    store = open_store(url, size=2)
    try:
        await migrate.upgrade(url)
        await _registered(store, members)
        journal = Journal(store, log="bench", clock=lambda: NOW)
        service = Checkups(store, journal, clock=lambda: NOW + timedelta(days=1))
        floor, results = _floor(zips)
        wall, cpu, waiting = time.perf_counter(), time.process_time(), 0
        for path in zips:
            loaded = await service.load(io.BytesIO(path.read_bytes()), path.name, operator="bench")
            waiting += loaded.waiting + loaded.left_out
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if waiting:
            raise click.ClickException(f"{waiting} results did not reach their person")
        await journal.stop()
        reading, read = await _reading(store)
    finally:
        await store.close()
    return {
        "results": results,
        "floor_ms": floor / results * 1000,
        "import_cpu_ms": cpu / results * 1000,
        "import_wall_ms": wall / results * 1000,
        "floors": cpu / floor,
        "reading_cpu_ms": reading * 1000,
        "checkups_read": read,
    }


async def _reading(store: Store) -> tuple[float, float]:
    """CPU seconds of reading one record's checkups, and how many it has on average."""
    records = [row["record_id"] for row in await store.all(_RECORDS)]
    readings, found = CheckupReadings(store), 0
    began = time.process_time()
    for record in records:
        found += len(await readings.of([record], first=date(2000, 1, 1), last=date(2100, 1, 1)))
    return (time.process_time() - began) / len(records), found / len(records)


@click.command()
@click.option("--members", default=200, show_default=True, help="People with five years of checkups.")
@click.option("--postgres", is_flag=True, help="A real PostgreSQL; without it SQLite.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def checkups(members: int, postgres: bool, as_json: bool) -> None:
    """Checkup submissions: import and reading, CPU of one result."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onshi-bench-")))
        url = f"sqlite:///{folder / 'centre.sqlite'}"
        if postgres:
            server = stack.enter_context(running_server()).server
            server.run("createdb", "checkups")
            url = server.url("checkups")
        found = list(of_population(Population("bench", TODAY, INSURER).people(members * 3)))
        people = [one for one in found if one.program(TODAY) is not None][:members]
        write(people, folder, Plan(1, TODAY, participation=100))
        told = asyncio.run(_measured(url, people, sorted(folder.glob("*.zip"))))
    if as_json:
        click.echo(msgspec.json.encode(told))
        return
    for name, value in told.items():
        click.echo(f"{name:20} {value:10.2f}")
