"""The database crashes in the middle of an upload and comes back with its unlogged tables empty: nothing is lost."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from central.insurers import merge
from central.insurers.applying import Applier
from central.insurers.parts import Progress, State
from central.insurers.uploads import Importer
from protocol.errors import OnshiError
from protocol.errors.insurers import HELPER_LOST
from tests.central.insurers.bureau import as_if_large, csv_file
from tests.central.insurers.test_ahead import office
from tests.parts.postgres import Running, running_server

pytestmark = pytest.mark.real
COUNT = 20


@pytest.fixture(scope="module")
def crashing() -> Iterator[Running]:
    with running_server() as running:
        yield running


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize("at", ["read:12", "read:20", "enter:0", "enter:10", "apply:0", "apply:41"])
async def test_an_upload_goes_on_after_a_crash(
    crashing: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, *, large: bool
) -> None:
    if large:
        as_if_large(monkeypatch)
    part, _, done = at.partition(":")
    crashed = False

    def told(now: Progress) -> None:
        nonlocal crashed
        if now.part == part and now.done >= int(done) and not crashed:
            crashed = True
            crashing.crash()
            crashing.start()

    async with office(crashing.server, tmp_path / "spool") as bureau:
        lines = [bureau.line(place) for place in range(1, COUNT + 1)]
        upload = await bureau.importer.receive([csv_file(lines)], operator="a")
        try:
            result = await Importer(bureau.importer._parts, told=told).run(upload)
        except OnshiError:
            result = await bureau.importer.run(upload)
        assert crashed == (part != "enter" or large)
        assert (result.state, result.lines) == (State.APPLIED, COUNT)
        for table in ("person", "tie", "coverage", "burden_ratio"):
            assert len(await bureau.current(table)) == COUNT, table


async def test_staged_lines_that_are_gone_are_noticed_before_anything_is_judged(
    crashing: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(crashing.server, tmp_path / "spool") as bureau:
        lines = [bureau.line(place) for place in range(1, COUNT + 1)]
        upload = await bureau.importer.receive([csv_file(lines)], operator="a")
        judge = Applier._judge

        async def emptied(self: Applier, *values: object, **more: object) -> object:
            await merge.wipe(bureau.store, upload)
            return await judge(self, *values, **more)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(Applier, "_judge", emptied)
            with pytest.raises(OnshiError) as lost:
                await bureau.importer.run(upload)
        assert lost.value.fault is HELPER_LOST
        assert (await bureau.importer.run(upload)).state is State.APPLIED
        assert len(await bureau.current("coverage")) == COUNT


async def test_one_connection_is_enough_while_others_wait_for_the_register(
    crashing: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the register asks for no second connection: all of them may be waiting for it."""
    as_if_large(monkeypatch)
    async with office(crashing.server, tmp_path / "spool", size=1) as bureau:
        async with asyncio.timeout(60):
            assert (await bureau.send(*(bureau.line(place) for place in range(1, COUNT + 1)))).state is State.APPLIED
