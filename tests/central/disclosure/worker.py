"""Another worker process of the same centre: for every line on standard input it reads once and tells the outcome.

``python -m tests.central.disclosure.worker URL PERSON RECORD LOG``. A line is a number of readings at the same time.
"""

import asyncio
import sys
from datetime import UTC, date, datetime

from prometheus_client import CollectorRegistry

import central.db.tables  # noqa: F401 — all tables
from central.audit.journal import Journal
from central.db.opening import open_store
from central.disclosure.disclosed import Asked
from central.disclosure.door import Door
from central.disclosure.metrics import DisclosureMetrics
from central.disclosure.openings import Openings
from protocol.errors import OnshiError
from tests.central.disclosure.practice import DRUGS, HERE, Shelves, bytes_of, stored_receipt


async def main(url: str, person: str, record_id: str, log: str) -> None:
    store = open_store(url, patience=20)
    journal = Journal(store, log=log, clock=lambda: datetime.now(UTC))
    shelves = Shelves()
    shelves.receipts.append(stored_receipt(record_id, date.today().replace(day=1)))  # noqa: DTZ011 — any month will do
    ids = iter(f"{log}{number}" for number in range(10**9))
    openings = Openings(store, journal, clock=lambda: datetime.now(UTC), ids=lambda: next(ids))
    door = Door(
        store,
        journal,
        openings=openings,
        receipts=Shelves.Receipts(shelves),
        checkups=Shelves.Checkups(shelves),
        metrics=DisclosureMetrics(CollectorRegistry()),
        clock=lambda: datetime.now(UTC),
        ids=lambda: next(ids),
    )

    async def read() -> str:
        try:
            answer = await door.disclose(HERE, person, Asked(items=(DRUGS,)), bytes_of)
        except OnshiError as refused:
            return refused.fault.code
        return "left" if record_id.encode() in answer else "empty"

    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        outcomes = await asyncio.gather(*(read() for _ in range(int(line))))
        sys.stdout.write(" ".join(outcomes) + "\n")
        sys.stdout.flush()
    await journal.stop()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
