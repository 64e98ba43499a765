"""Two worker processes on one PostgreSQL: what one ends, the other refuses from its very next request on."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from central.audit.verify import logs, verify
from central.db.opening import open_store
from central.disclosure.service import Withdrawal
from central.register import entries as e
from protocol.errors import disclosure
from tests.central.disclosure.practice import DRUGS, Practice
from tests.central.register.world import CLINIC, record
from tests.parts.postgres import Server
from tests.parts.store import create_all

pytestmark = pytest.mark.real


class Worker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process, self._in, self._out = process, process.stdin, process.stdout

    def ask(self, readings: int = 1) -> None:
        self._in.write(f"{readings}\n".encode())

    async def told(self) -> list[str]:
        return (await asyncio.wait_for(self._out.readline(), 60)).decode().split()

    async def read(self, readings: int = 1) -> set[str]:
        self.ask(readings)
        return set(await self.told())

    async def end(self) -> None:
        self._in.close()
        assert await asyncio.wait_for(self._process.wait(), 60) == 0


@asynccontextmanager
async def workers(practice: Practice, url: str, person: str, number: int) -> AsyncIterator[list[Worker]]:
    """Other processes over the same database, each with its own audit log."""
    record_id = await practice.record_id(record())
    made = []
    for place in range(number):
        words = ("-m", "tests.central.disclosure.worker", url, person, record_id, f"w{place}")
        pipe = asyncio.subprocess.PIPE
        made.append(Worker(await asyncio.create_subprocess_exec(sys.executable, *words, stdin=pipe, stdout=pipe)))
    yield made
    for worker in made:
        await worker.end()


async def test_what_one_worker_ends_every_other_refuses_at_once(postgres: Server) -> None:
    postgres.run("createdb", "workers")
    url = postgres.url("workers")
    await create_all(url)
    store = open_store(url, patience=20)
    practice = Practice(store)
    practice.now = datetime.now(UTC) - timedelta(seconds=5)
    await practice.open()
    person = await practice.patient()
    async with workers(practice, url, person, 2) as others:
        for why, fault in (
            (Withdrawal.PATIENT, disclosure.GRANT_WITHDRAWN_PATIENT),
            (Withdrawal.FACILITY, disclosure.GRANT_WITHDRAWN_FACILITY),
        ):
            practice.later(seconds=1)
            await practice.consent(person, DRUGS)
            assert [await one.read() for one in others] == [{"left"}, {"left"}]
            await practice.disclosure.withdraw(CLINIC, person, practice.now, why=why)
            assert [await one.read(5) for one in others] == [{fault.code}, {fault.code}]

        # In the middle of many readings: once the withdrawal is done, no further reading is kept.
        practice.later(seconds=1)
        await practice.consent(person, DRUGS)
        before = len(await practice.door.readings_of(person))
        for one in others:
            one.ask(60)
        while len(await practice.door.readings_of(person)) == before:  # noqa: ASYNC110 — another process's doing
            await asyncio.sleep(0)
        await practice.disclosure.withdraw(CLINIC, person, practice.now, why=Withdrawal.PATIENT)
        kept = len(await practice.door.readings_of(person))
        outcomes = [await one.told() for one in others]
        assert len(await practice.door.readings_of(person)) == kept
        assert sum(each.count("left") for each in outcomes) == kept - before
        left = {"left", disclosure.GRANT_WITHDRAWN_PATIENT.code}
        assert set().union(*outcomes) <= left

        practice.later(seconds=1)
        await practice.consent(person, DRUGS)
        assert await others[0].read() == {"left"}
        day = practice.now.date()
        await practice.add(
            e.ViewStop(person_id=person, scope=e.StopScope.MEDICAL, reason=e.StopReason.INSURER, valid_from=day)
        )
        assert [await one.read(3) for one in others] == [{disclosure.READING_STOPPED.code}] * 2
    assert await logs(store) == ["a", "w0", "w1"]
    for log in await logs(store):
        await verify(store, log)
    await store.close()
