"""An import that is stopped or killed at any moment, then run again, ends as one that ran through."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from central.db import Store
from central.receipts import staging
from central.receipts.linking import Progress
from central.receipts.service import Parts, ReceiptImport, State
from tests.central.receipts.office import Claim, Office, claims

COUNT = 40


class Killed(BaseException):
    """Stands for the process's end: nothing of ours catches it."""


async def _before(office: Office) -> bytes:
    """People, an earlier file with something that waits, and the file that is to come."""
    await office.insured(*range(1, COUNT - 5))
    await office.send(claims(*(Claim(place, place, search=str(place)) for place in range(1, 21))))
    return claims(*(Claim(place, place, search=str(place), code=108) for place in range(10, COUNT + 1)))


@pytest.mark.parametrize("at", ["digest:0", "read:5", "read:25", "apply:0", "apply:4", "apply:9", "apply:11"])
async def test_stopped_at_any_moment_and_run_again_it_ends_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(staging, "PORTION", 10)
    monkeypatch.setattr("central.receipts.service.TOLD_EVERY", 5)
    part, _, done = at.partition(":")

    def told(now: Progress) -> None:
        if now.part == part and (now.receipts if part == "read" else now.done) >= int(done):
            raise Killed

    data = await _before(office)
    before = await office.state()
    path = office.file(data)
    stopping = ReceiptImport(Parts(store=office.store, url=office.url, clock=office._tick), told=told)
    with pytest.raises(Killed):
        await stopping.run([path])
    assert await office.state() == before, "nothing is visible before all of it is"
    result = await office.imports.run([path])
    assert (result.state, result.counts.new, result.counts.replaced) == (State.LOADED, 31, 11)
    assert (await office.drugs(9), await office.drugs(10), await office.waiting()) == (["102"], ["108"], 6)


_CHILD = """
    import asyncio, sys
    from datetime import UTC, datetime
    from pathlib import Path
    import central.db.tables
    from central.db.opening import open_store
    from central.receipts import service, staging
    from central.receipts.service import Parts, ReceiptImport

    staging.PORTION, service.TOLD_EVERY = 10, 5

    async def main():
        store = open_store(sys.argv[1])
        imports = ReceiptImport(
            Parts(store=store, url=sys.argv[1], clock=lambda: datetime.now(UTC)),
            told=lambda now: print(now.part, now.done, flush=True),
        )
        print("end", (await imports.run([Path(sys.argv[2])])).state.value, flush=True)
        await store.close()

    asyncio.run(main())
"""


@pytest.mark.parametrize("lines_heard", [6, 9, 13])
async def test_kill_9_at_any_moment_then_the_same_command_again(
    store: Store, store_url: str, tmp_path: Path, lines_heard: int
) -> None:
    office = Office(store, store_url, tmp_path)
    await office.open()
    path = office.file(await _before(office))
    words = [sys.executable, "-c", textwrap.dedent(_CHILD), store_url, str(path)]

    def run(until: int) -> str:
        child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
        assert child.stdout is not None
        last = ""
        for heard, line in enumerate(child.stdout, 1):
            last = line
            if heard == until:
                os.kill(child.pid, signal.SIGKILL)
                break
        child.wait(60)
        child.stdout.close()
        return last

    await asyncio.to_thread(run, lines_heard)
    assert await office.drugs(10) in (["102"], ["108"])
    assert await asyncio.to_thread(run, -1) in ("end loaded\n", "end known\n")
    current = await office.rows("SELECT count(*) AS n FROM receipts_receipt WHERE recorded_to IS NULL")
    assert current[0]["n"] == COUNT - 6
    assert (await office.drugs(9), await office.drugs(10), await office.waiting()) == (["102"], ["108"], 6)
