"""The same journeys on a real reader: pcscd with a virtual reader, pyscard in its worker process, the whole system."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.card.port import ReaderState
from edge.card.supervisor import PcscCardPort
from protocol.visit import Method
from sandbox.card import VirtualCard, When, driving_licence
from sandbox.card.vpcd import CardOnReader
from sandbox.demo.centre import RunningCentre
from tests.edge.card.real import need_pyscard, reader
from tests.edge.card.real import until as seen
from tests.journeys.desk import ALL
from tests.journeys.test_card_leaves import CONSENT_GONE, FAILED, signatures
from tests.journeys.test_wrong_cards import SILENT
from tests.journeys.town import Clinic, Town, Visited
from tests.journeys.words import (
    ASKING,
    BY_PIN,
    CONSENT,
    CONSENT_LOST,
    GRANTED_BY_PIN,
    GRANTED_BY_SIGHT,
    LEFT_EARLY,
    READING,
    TAKE_CARD,
    VALID,
    Heard,
)
from tests.parts.pcscd import Pcscd, private_pcscd

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

LOST: Heard = (
    "カードリーダーにつながりません。",
    "The card reader is not connected.",
    "カードリーダーのケーブルと電源を確かめてください。つながれば自動で元に戻ります。",
    "Check the reader's cable and power. It comes back by itself once it is connected.",
)
BACK: Heard = ("カードリーダーが使えるようになりました。", "The card reader is back.")


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    need_pyscard()
    with private_pcscd() as running:
        yield running


class Desk:
    """An appliance whose reader is real, and somebody who lays cards on it."""

    def __init__(self, clinic: Clinic, port: PcscCardPort, held: CardOnReader) -> None:
        self.clinic = clinic
        self.port = port
        self._held = held

    async def visit(self, card: VirtualCard, **answers: Any) -> Visited:
        await seen(self.port, ReaderState.EMPTY)
        self.clinic.people.play(**answers)
        self._held.insert(card)
        try:
            return Visited(await self.clinic.people.ended(), self.clinic)
        finally:
            self._held.eject()

    async def by_pin(self, card: VirtualCard) -> Visited:
        cards = self.clinic.town.world.cards
        pin = cards.pin(self.clinic.town.persona("ordinary"))
        return await self.visit(card, method=[Method.PIN], pin=[pin], consent=[ALL])


@asynccontextmanager
async def opened(town: Town, centre: RunningCentre, folder: Path, pcscd: Pcscd) -> AsyncIterator[Desk]:
    clinic = await town.settled(centre, folder)
    async with reader(pcscd, None) as (port, held, _):
        appliance = clinic.made(port)
        await appliance.start()
        try:
            yield Desk(clinic, port, held)
        finally:
            held.eject()
            await seen(port, ReaderState.EMPTY)
            await appliance.stop()


async def test_a_visit_by_pin_and_one_by_sight(town: Town, centre: RunningCentre, tmp_path: Path, pcscd: Pcscd) -> None:
    made = town.world.cards.personalisation(town.persona("ordinary"))
    async with opened(town, centre, tmp_path / "clinic", pcscd) as desk:
        by_pin = await desk.by_pin(town.card("ordinary"))
        assert by_pin.heard == GRANTED_BY_PIN
        assert by_pin.ended == ("answered", None, "1", "granted")
        by_sight = await desk.visit(
            town.card("ordinary"),
            method=[Method.SIGHT],
            clerk=[desk.clinic.clerk],
            printed=[made.number_b],
            consent=[()],
        )
        assert by_sight.heard[:-2] == GRANTED_BY_SIGHT[:-2]
        assert by_sight.ended == ("answered", None, "1", "refused")
        assert len(desk.clinic.names("face")) == 2
        assert await desk.clinic.audited() == [("visit", "answered"), ("consent", "answered")] * 2


async def test_a_card_that_leaves_in_the_middle_of_a_command(
    town: Town, centre: RunningCentre, tmp_path: Path, pcscd: Pcscd
) -> None:
    """While it is read, at the PIN, at the signature, at the consent; and each time the next card is served."""
    async with opened(town, centre, tmp_path / "clinic", pcscd) as desk:
        whole = town.card("ordinary")
        assert (await desk.by_pin(whole)).heard == GRANTED_BY_PIN
        *_, request_signed, consent_signed = signatures(whole)
        cases: list[tuple[When, list[Heard], tuple[str, str | None, str | None, str]]] = [
            (When(instruction=0xB0), [READING, LEFT_EARLY], FAILED),
            (When(at=request_signed - 1), [*BY_PIN, LEFT_EARLY], FAILED),
            (When(at=request_signed), [*BY_PIN, LEFT_EARLY], FAILED),
            (When(at=consent_signed), [*BY_PIN, ASKING, VALID, CONSENT, CONSENT_LOST, TAKE_CARD], CONSENT_GONE),
        ]
        for when, words, ended in cases:
            card = town.card("ordinary")
            card.faults.eject = when
            visited = await desk.by_pin(card)
            assert (visited.heard, visited.ended) == (words, ended)
        assert (await desk.by_pin(town.card("ordinary"))).heard == GRANTED_BY_PIN
        assert len(desk.clinic.names("face")) == 3
        assert [one for one in await desk.clinic.audited() if one[0] == "visit"] == [("visit", "answered")] * 3


async def test_a_driving_licence_and_a_card_that_falls_silent(
    town: Town, centre: RunningCentre, tmp_path: Path, pcscd: Pcscd
) -> None:
    async with opened(town, centre, tmp_path / "clinic", pcscd) as desk:
        licence = await desk.visit(driving_licence())
        assert [line[0] for line in licence.heard] == [READING[0], "これはマイナンバーカードではないようです。"]
        assert licence.ended == ("failed", "CARD-002", None, "not_asked")
        silent = town.card("ordinary")
        silent.faults.silence = When(instruction=0x2A)
        visited = await desk.by_pin(silent)
        assert visited.heard == [*BY_PIN, SILENT]
        assert visited.ended == ("failed", "CARD-004", None, "not_asked")
        assert (await desk.by_pin(town.card("ordinary"))).heard == GRANTED_BY_PIN
        assert len(desk.clinic.names("face")) == 1


async def test_a_reader_that_goes_and_comes_back_is_said_once_each(
    town: Town, centre: RunningCentre, tmp_path: Path, pcscd: Pcscd
) -> None:
    async with opened(town, centre, tmp_path / "clinic", pcscd) as desk:
        pcscd.kill()
        await desk.clinic.people.hears(LOST)
        pcscd.start()
        await desk.clinic.people.hears(BACK)
        assert (await desk.by_pin(town.card("ordinary"))).heard == GRANTED_BY_PIN
        told = [said.ja for said in desk.clinic.told_later()]
        assert told[1:] == [LOST[0], BACK[0]]
