"""CPU of one reading at the disclosure door: three years of drugs of somebody who is treated much, from the database.

Everything is in it but HTTP: consent, rights, ties, stops, receipts, the lines that pass, JSON, audit row and the
reading's row on disk. The floor is one indexed read through the same store, in the same run. Issue's bound: 5 ms.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import click
import msgspec
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from bench.numbers import p50, p95
from bench.register import CLINIC, FLOOR, NOW, TODAY, _seed
from central.audit import AuditEntry, Journal
from central.checkups.readings import CheckupReadings
from central.db import Statement, Store
from central.db.migrate import upgrade
from central.db.opening import open_store
from central.disclosure.disclosed import Asked, Disclosed, Reader
from central.disclosure.door import Door
from central.disclosure.metrics import DisclosureMetrics
from central.disclosure.openings import Openings
from central.disclosure.service import KEEP_CONSENT, Disclosure, certificate_end
from central.presence.statements import KEEP_VISIT
from central.receipts import tables as receipts
from central.receipts.master import synthetic
from central.receipts.readings import ReceiptReadings
from central.register import entries as e
from central.register import tables as register
from central.register.intake import RegisterIntake
from central.trust.days import months_later
from protocol.visit import ConsentItem

MONTHS = 36
BOUND_MS = 5.0
ISSUER = "ab" * 20
READER = Reader(facility=CLINIC, device="bench")
_RECORDS = Statement("bench.records", sa.select(register.tie.c.person_id, register.tie.c.record_id))
_RECEIPT = Statement("bench.receipt", sa.insert(receipts.receipt))


def _document(month: date, drugs: int) -> bytes:
    """A pharmacy's receipt as it is packed: so many drugs of one day."""
    lines = [
        [4 + n, 1, 4, 6, f"6999001{n % 20 + 1:02d}", "3", None, 28, "1", "006", "１日１回朝食後服用", ""]
        for n in range(drugs)
    ]
    places = [["9949900014", "架空薬局", "4"], ["9919900023", "架空内科", "1"]]
    return msgspec.msgpack.encode([2, 1, False, False, True, places, lines, [], None])


async def _fill(store: Store, drugs: int) -> int:
    """Two receipts a month for everybody; gives the lines of one person."""
    for tied in await store.all(_RECORDS):
        rows = [
            {
                "record_id": tied["record_id"], "receipt_id": f"{ago}-{place}", "institution": f"994990001{place}",
                "month": months_later(TODAY.replace(day=1), -ago), "claim": f"{ago}-{place}", "kind": "dispensing",
                "digest": b"d", "document": _document(months_later(TODAY.replace(day=1), -ago), drugs),
                "served_on": months_later(TODAY.replace(day=1), -ago), "received_at": NOW, "recorded_from": NOW,
                "recorded_to": None,
            }
            for ago in range(MONTHS) for place in range(2)
        ]  # fmt: skip
        async with store.transaction() as running:
            await running.run_many(_RECEIPT, rows)
    return MONTHS * 2 * drugs


async def _consent(store: Store, journal: Journal, n: int) -> None:
    """A certificate, the visit that showed it, and the consent that it signed."""
    person, number = f"bench-{n}", f"{n:032x}"
    await RegisterIntake(store, lambda: NOW).register(
        e.Certificate(
            issuer_key_id=ISSUER,
            serial=f"{n + 1:x}",
            person_id=person,
            valid_from=date(2024, 1, 1),
            valid_through=date(2028, 12, 31),
        )
    )
    visit = {
        "device": READER.device, "request_id": number, "facility": CLINIC, "person_id": person, "issuer_key_id": ISSUER,
        "serial": f"{n + 1:x}", "certificate": "c" * 64, "method": "pin", "challenge": number,
        "challenge_expires_at": NOW, "decided_at": NOW, "deferred": False, "in_grace": False, "view_stopped": False,
        "key": "authentication", "key_spki": b"k", "payload_digest": "d" * 64, "payload": b"{}", "signature": b"s",
        "answer": None, "full_message": None, "forget_at": None,
    }  # fmt: skip
    consent = {
        "device": READER.device, "visit": number, "consent_id": number, "facility": CLINIC, "person_id": person,
        "items": ConsentItem.DRUGS.value, "consented_at": NOW, "payload_digest": "d" * 64, "payload": b"{}",
        "signature": b"s", "visit_payload": b"{}", "visit_signature": b"s", "answer": None, "forget_at": None,
    }  # fmt: skip
    granted = Disclosure(store, journal).grant(
        facility=CLINIC,
        person_id=person,
        items=(ConsentItem.DRUGS,),
        consent_id=number,
        now=NOW,
        certificate_until=certificate_end(TODAY + timedelta(days=365)),
    )
    entry = AuditEntry(kind="consent", outcome="answered")
    await journal.record(entry, writes=[(KEEP_VISIT, visit), (KEEP_CONSENT, consent), *granted])


async def _each(work: Callable[[int], Awaitable[object]], times: int) -> list[float]:
    """Milliseconds of this process's CPU for each."""
    found = []
    for n in range(times + 20):
        before = time.process_time()
        await work(n)
        found.append((time.process_time() - before) * 1000)
    return found[20:]


async def measure(url: str, *, people: int, times: int, drugs: int) -> dict[str, float | str]:
    """CPU of a reading, of the same when only the newest three months are asked for, and of the floor."""
    await upgrade(url)
    store = open_store(url)
    journal = Journal(store, log="bench", clock=lambda: NOW)
    numbers = count(1)
    given = {"clock": lambda: NOW, "ids": lambda: f"{next(numbers):032x}"}
    door = Door(
        store,
        journal,
        openings=Openings(store, journal, **given),  # type: ignore[arg-type]
        receipts=ReceiptReadings(store, synthetic()),
        checkups=CheckupReadings(store),
        metrics=DisclosureMetrics(CollectorRegistry()),
        **given,  # type: ignore[arg-type]
    )
    try:
        await _seed(store, people)
        lines = await _fill(store, drugs)
        for n in range(people):
            await _consent(store, journal, n)

        async def read(n: int, asked: Asked) -> None:
            answer = await door.disclose(READER, f"bench-{n % people}", asked, _rendered)
            assert answer.count(b'"code":"6999') >= 1

        whole = Asked(items=(ConsentItem.DRUGS,))
        newest = Asked(items=(ConsentItem.DRUGS,), first_month=months_later(TODAY.replace(day=1), -2))
        floor = await _each(lambda n: store.first(FLOOR, person_id=f"bench-{n % people}"), times)
        three_years, three_months = (
            await _each(lambda n: read(n, whole), times),
            await _each(lambda n: read(n, newest), times),
        )
    finally:
        await journal.stop()
        await store.close()
    return {
        "database": store.dialect,
        "lines": lines,
        "floor_ms": round(p50(floor), 4),
        "three_years_ms": round(p50(three_years), 3),
        "three_years_p95_ms": round(p95(three_years), 3),
        "three_months_ms": round(p50(three_months), 3),
        "ratio": round(p50(three_years) / p50(floor), 1),
    }


def _rendered(disclosed: Disclosed) -> bytes:
    return msgspec.json.encode(disclosed, enc_hook=str)


@click.command()
@click.option("--people", default=50, show_default=True, help="How many people have a history.")
@click.option("--times", default=300, show_default=True, help="How many readings of each kind are measured.")
@click.option("--drugs", default=4, show_default=True, help="Drug lines of a receipt; two receipts a month.")
@click.option("--url", default="", help="An empty PostgreSQL database; without it a private SQLite file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def door(people: int, times: int, drugs: int, url: str, *, as_json: bool) -> None:
    """CPU of one reading of three years of drugs at the disclosure door."""
    with tempfile.TemporaryDirectory(prefix="onshi-bench-") as folder:
        own = f"sqlite:///{Path(folder, 'centre.sqlite')}"
        found = asyncio.run(measure(url or own, people=people, times=times, drugs=drugs))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    click.echo(
        f"{found['database']}: {found['lines']} drug lines of three years {found['three_years_ms']} ms CPU "
        f"(p95 {found['three_years_p95_ms']}, bound {BOUND_MS}), three months {found['three_months_ms']} ms; "
        f"one indexed read {found['floor_ms']} ms ({found['ratio']}x)"
    )
