"""Parts stop and start: the centre between answer and consent, and everything in every order."""

import asyncio
import contextlib
from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from central.settings import Settings
from protocol.visit import ConsentItem
from sandbox.demo.centre import RunningCentre
from sandbox.demo.outside import running_jlis
from tests.journeys.desk import ALL, heard
from tests.journeys.test_line import REFUSED_CONNECTION
from tests.journeys.test_replays import grants
from tests.journeys.town import Town, unused_ports
from tests.journeys.words import ASKING, BY_PIN, CONSENT, GRANTED_BY_PIN, LATE_ANSWER, TAKE_CARD, VALID
from tests.parts.until import until

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]


class Restartable:
    """A centre on one port and one database, that can be stopped and started."""

    def __init__(self, town: Town, folder: Path, *, database: str | None = None) -> None:
        self._file = None if database else folder / "own.sqlite"
        plain = town.centre_settings(database or folder / "own.sqlite")
        self._town = town
        self.settings: Settings = msgspec.structs.replace(
            plain, listen=msgspec.structs.replace(plain.listen, port=unused_ports(1)[0])
        )
        self._stack = contextlib.AsyncExitStack()
        self._known = False

    async def start(self) -> RunningCentre:
        if self._file and not self._known:
            await self._town.known_cast(self._file)
        centre = self._town.centre(self.settings, registers=not self._known and not self._file)
        self._known = True
        return await self._stack.enter_async_context(centre)

    async def stop(self) -> None:
        await self._stack.aclose()


async def test_the_centre_restarts_between_the_answer_and_the_consent(town: Town, tmp_path: Path) -> None:
    """Same database, another process as far as anybody can see: the consent is taken, nobody at the desk notices."""
    centre = Restartable(town, tmp_path)
    own = await centre.start()

    async def restart() -> tuple[ConsentItem, ...]:
        await centre.stop()
        clinic.centre = await centre.start()
        return ALL

    try:
        async with town.clinic(own, tmp_path / "clinic") as clinic:
            visited = await clinic.by_pin(town.persona("ordinary"), consent=restart)
            assert visited.heard == GRANTED_BY_PIN
            assert visited.ended == ("answered", None, "1", "granted")
            assert await clinic.audited() == [("visit", "answered"), ("consent", "answered")]
            assert await grants(clinic, "ordinary") == [item.value for item in ConsentItem]
    finally:
        await centre.stop()


async def test_a_centre_that_does_not_come_back_costs_the_consent_and_not_the_answer(
    town: Town, tmp_path: Path
) -> None:
    centre = Restartable(town, tmp_path)
    own = await centre.start()

    async def stop() -> tuple[ConsentItem, ...]:
        await centre.stop()
        return ALL

    async with town.clinic(own, tmp_path / "clinic") as clinic:
        visited = await clinic.by_pin(town.persona("ordinary"), consent=stop)
        assert visited.heard == [*BY_PIN, ASKING, VALID, CONSENT, REFUSED_CONNECTION, TAKE_CARD]
        assert visited.ended == ("answered", "LINE-003", "1", "not_held")
        assert visited.values("QualificationValidity", "PharmacistsInfoConsFlg") == ["1", "0"]
        clinic.centre = await centre.start()
        try:
            assert await clinic.audited() == [("visit", "answered")]
            assert await grants(clinic, "ordinary") == []
            assert (await clinic.by_pin(town.persona("ordinary"))).heard == GRANTED_BY_PIN
        finally:
            await centre.stop()


@pytest.mark.parametrize("order", list(permutations(("jlis", "centre", "appliance"))), ids="-".join)
async def test_parts_start_in_any_order(town: Town, tmp_path: Path, order: tuple[str, ...]) -> None:
    """Who is there first waits for the others; once all are there, a visit is as any other."""
    centre = Restartable(town, tmp_path)
    _, port = unused_ports(2)
    trust = centre.settings.trust
    elsewhere = msgspec.structs.replace(
        trust,
        crl_urls=tuple(url.replace(town.jlis.url, f"http://127.0.0.1:{port}") for url in trust.crl_urls),
        ocsp_url=f"http://127.0.0.1:{port}/ocsp",
        linkage_url=f"http://127.0.0.1:{port}/linkage",
    )
    centre.settings = msgspec.structs.replace(centre.settings, trust=elsewhere)
    clinic = await town.settled(await centre.start(), tmp_path / "clinic")
    await centre.stop()
    async with contextlib.AsyncExitStack() as stack:
        for part in order:
            if part == "jlis":
                await stack.enter_async_context(running_jlis(town.world, port=port))
            elif part == "centre":
                clinic.centre = await centre.start()
                stack.push_async_callback(centre.stop)
            else:
                await clinic.appliance.start()
                stack.push_async_callback(clinic.appliance.stop)
        visited = await clinic.by_pin(town.persona("ordinary"))
        assert visited.heard == GRANTED_BY_PIN
        assert await clinic.audited() == [("visit", "answered"), ("consent", "answered")]


async def test_an_appliance_that_restarts_in_the_middle_of_a_visit_leaves_nothing_half_done(
    town: Town, centre: RunningCentre, tmp_path: Path
) -> None:
    """Stopped while the consent stands: the visit ends with what it has; the next one is as any other."""
    async with town.clinic(centre, tmp_path / "clinic") as clinic:

        async def stop() -> tuple[ConsentItem, ...]:
            asyncio.get_running_loop().create_task(clinic.appliance.stop(), name="stop")
            await asyncio.Event().wait()
            return ALL

        visited = await clinic.by_pin(town.persona("ordinary"), consent=stop)
        assert visited.heard[: len(BY_PIN) + 3] == [*BY_PIN, ASKING, VALID, CONSENT]
        assert visited.ended[0] == "answered"
        assert visited.ended[3] == "card_gone"
        await until(lambda: len(clinic.names("face")) == 1)
        assert not [name for name in clinic.names("face") if not name.endswith(".xml")]
        assert await clinic.audited() == [("visit", "answered")]


async def test_a_centre_that_is_down_when_the_appliance_starts_serves_its_kept_requests_later(
    town: Town, tmp_path: Path
) -> None:
    """The stock of yesterday still serves: it lies on disk, and the request is answered when the centre is there."""
    centre = Restartable(town, tmp_path)
    own = await centre.start()
    async with town.clinic(own, tmp_path / "clinic") as clinic:
        await until((clinic.folder / "state" / "outbox" / "stock").exists)
    await centre.stop()
    again = clinic.made(clinic.reader)
    clinic.reader._board._closed = False
    await again.start()
    try:
        visited = await clinic.by_pin(town.persona("ordinary"))
        assert visited.ended == ("deferred", "LINE-003", None, "not_asked")
        clinic.centre = await centre.start()
        await clinic.people.hears(LATE_ANSWER)
        assert heard(clinic.people.told[-1]) == VALID
        assert await clinic.audited() == [("visit", "answered")]
    finally:
        await again.stop()
        await centre.stop()
