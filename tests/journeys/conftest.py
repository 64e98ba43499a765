"""One town for all journeys, a clinic for each, and what must hold in every one of them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.card import VirtualCard
from sandbox.cast.insurers import CLINIC
from sandbox.demo.centre import RunningCentre
from sandbox.demo.logs import logging_to
from tests.journeys.persons import persons_in
from tests.journeys.town import Clinic, Running, Town, audit_rows
from tests.journeys.untouched import individual_number
from tests.parts.mosquitto import mosquitto
from tests.parts.postgres import postgres, postgres_url

__all__ = ["mosquitto", "postgres", "postgres_url"]


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The world is made once; its keys are what takes long."""
    async with Town.open(tmp_path_factory.mktemp("town") / "world") as town, town.centre() as centre:
        shared = Running(town, centre, persons_in(town.world.people))
        yield shared
        # After all journeys: neither the audit log nor the metrics of the shared centre tell who anybody is.
        told = [entry.decode() for entry in await audit_rows(centre)] + [centre.central.metrics.text().decode()]
        assert [found for text in told if (found := shared.of_the_cast.findall(text))] == []


@pytest.fixture
def town(running: Running) -> Town:
    return running.town


@pytest.fixture
def centre(running: Running) -> RunningCentre:
    """The centre that all journeys share."""
    return running.centre


@pytest_asyncio.fixture(loop_scope="package")
async def clinic(town: Town, centre: RunningCentre, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with town.clinic(centre, tmp_path / "clinic") as made:
        yield made


@pytest_asyncio.fixture(loop_scope="package")
async def their_clinic(town: Town, centre: RunningCentre, tmp_path: Path) -> AsyncIterator[Clinic]:
    """青空見本クリニック: the one for which the cast has medical tickets."""
    async with town.clinic(centre, tmp_path / "aozora", facility=CLINIC.code) as made:
        yield made


@pytest.fixture(autouse=True)
def cards(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[VirtualCard]]:
    """Every card that a journey lays down, wherever it was made: none was asked for anything of 個人番号."""
    made: list[VirtualCard] = []
    plain = VirtualCard.__init__

    def noted(self: VirtualCard, *args: object, **more: object) -> None:
        plain(self, *args, **more)  # type: ignore[arg-type]
        made.append(self)

    monkeypatch.setattr(VirtualCard, "__init__", noted)
    yield made
    assert [found for card in made if (found := individual_number(card))] == []


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, running: Running) -> Iterator[Path]:
    """What centre and appliance log during a journey: ids and codes, and nothing of anybody."""
    path = tmp_path / "journey.log"
    with logging_to(path):
        yield path
    assert running.of_the_cast.findall(path.read_text("utf-8")) == []
