"""The same signed documents over MQTT: a whole visit through Mosquitto and through the embedded broker.

Challenges come over HTTP, visit and consent travel as the appliance's own MQTT line carries them, to the same
service at the running centre.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from central.settings import Fleet
from edge.daemon import Appliance, tls_of
from edge.uplink.http import HttpCentre
from edge.uplink.mqtt import Broker, MqttCentre
from protocol.visit import ConsentAnswer, ConsentItem, SignedDocument, VisitAnswer
from sandbox.demo.centre import RunningCentre
from tests.journeys.letters import refused, writer
from tests.journeys.test_cast import REFUSED
from tests.journeys.test_replays import REPLAYED, grants
from tests.journeys.town import Clinic, Town
from tests.journeys.words import ASKING, BY_PIN, GRANTED_BY_PIN, GRANTED_BY_SIGHT, KEPT, Heard
from tests.parts.mosquitto import HOST, embedded_broker

pytestmark = pytest.mark.asyncio(loop_scope="package")

NO_BROKER: Heard = (
    "センターから時間内に返事がありません。",
    "The centre did not answer in time.",
    "しばらく待ってください。カードの受付は控えてあり、自動で送られます。番号での照会は、あとでもう一度行ってください。",
    "Wait a while. Visits with a card are kept and sent by themselves; ask by number again later.",
)
LONG, SHORT = 30.0, 1.0
"""Seconds for an answer: as long as a loaded machine may take, and where nobody is there to answer."""


class BothLines(HttpCentre):
    """Documents over MQTT, the rest over HTTP."""

    def __init__(self, clinic: Clinic, mqtt: MqttCentre) -> None:
        super().__init__(clinic.settings.centre.url, tls_of(clinic.settings))
        self.mqtt = mqtt
        self.carried: list[SignedDocument] = []

    async def visit(self, document: SignedDocument) -> VisitAnswer:
        self.carried.append(document)
        return await self.mqtt.visit(document)

    async def consent(self, document: SignedDocument) -> ConsentAnswer:
        self.carried.append(document)
        return await self.mqtt.consent(document)


@pytest_asyncio.fixture(
    loop_scope="package",
    params=[pytest.param("mosquitto", marks=pytest.mark.real), pytest.param("embedded", marks=pytest.mark.sockets)],
)
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    """The port of either broker."""
    if request.param == "mosquitto":
        yield request.getfixturevalue("mosquitto")
        return
    async with embedded_broker() as port:
        yield port


@pytest_asyncio.fixture(loop_scope="package")
async def listening(town: Town, broker: int, tmp_path: Path) -> AsyncIterator[RunningCentre]:
    """A centre that listens to that broker."""
    fleet = Fleet(broker=HOST, port=broker, tls=False)
    async with town.own_centre(tmp_path, fleet=fleet) as own:
        assert own.central.fleet is not None
        await own.central.fleet.subscribed.wait()
        yield own


@asynccontextmanager
async def over_mqtt(clinic: Clinic, port: int) -> AsyncIterator[BothLines]:
    """The clinic's appliance, started with both lines."""
    async with (
        MqttCentre(Broker(host=HOST, port=port), clinic.device, answer_seconds=LONG) as mqtt,
        BothLines(clinic, mqtt) as lines,
    ):
        clinic.appliance = Appliance(
            clinic.settings, clinic.reader, clinic.people, clock=clinic.town.clock, centre=lines, nudge_seconds=0.0
        )
        await clinic.appliance.start()
        try:
            yield lines
        finally:
            await clinic.appliance.stop()


async def test_a_whole_visit_travels_over_mqtt(
    town: Town, listening: RunningCentre, broker: int, tmp_path: Path
) -> None:
    clinic = await town.settled(listening, tmp_path / "clinic")
    async with over_mqtt(clinic, broker) as lines:
        visited = await clinic.by_pin(town.persona("ordinary"), consent=(ConsentItem.DRUGS, ConsentItem.CHECKUPS))
        assert visited.heard[: len(BY_PIN)] == BY_PIN
        assert visited.heard[-2] == (
            "同意を受け付けました（健診、お薬）。24時間有効です。",
            "Consent is recorded (health checks; medicines). It lasts 24 hours.",
        )
        assert visited.ended == ("answered", None, "1", "granted")
        assert visited.values("Name", "PharmacistsInfoConsFlg", "DiagnosisInfoConsFlg") == ["見本　花子", "1", "0"]
        assert [document.kind for document in lines.carried] == ["visit", "consent"]
        assert await clinic.audited() == [("visit", "answered"), ("consent", "answered")]
        assert await grants(clinic, "ordinary") == ["TKK", "YZK"]
        assert (await clinic.by_sight(town.persona("elderly"))).heard == GRANTED_BY_SIGHT
        assert (await clinic.by_pin(town.persona("revoked"))).heard == [*BY_PIN, ASKING, REFUSED["revoked"]]


async def test_the_same_document_has_one_answer_whatever_line_it_takes(
    town: Town, listening: RunningCentre, broker: int, tmp_path: Path
) -> None:
    """Over MQTT, then over HTTP: the stored answer, one audit row; other bytes under the same id are refused."""
    clinic = await town.settled(listening, tmp_path / "clinic")
    async with writer(clinic) as hand, MqttCentre(Broker(host=HOST, port=broker), clinic.device) as mqtt:
        statement = hand.statement(await hand.challenge())
        document = hand.document(statement)
        first = await mqtt.visit(document)
        assert await hand.line.visit(document) == first
        other = hand.document(hand.statement(await hand.challenge(), request_id=statement.request_id))
        assert await refused(mqtt.visit(other)) == ("TRUST-037", REPLAYED)
        assert await clinic.audited() == [("visit", "answered"), ("visit", "TRUST-037")]


async def test_a_centre_that_listens_no_more_is_a_line_that_is_down(
    town: Town, listening: RunningCentre, broker: int, tmp_path: Path
) -> None:
    """The broker takes the request, nobody answers: kept, and the next visit goes as ever once somebody listens."""
    clinic = await town.settled(listening, tmp_path / "clinic", stock=2)
    fleet = listening.central.fleet
    assert fleet is not None
    async with over_mqtt(clinic, broker) as lines:
        await fleet.stop()
        lines.mqtt._seconds = SHORT
        visited = await clinic.by_pin(town.persona("ordinary"))
        assert visited.heard == [*BY_PIN, ASKING, NO_BROKER, KEPT]
        assert visited.ended == ("deferred", "LINE-005", None, "not_asked")
        lines.mqtt._seconds = LONG
        await fleet.start()
        await fleet.subscribed.wait()
        assert (await clinic.by_pin(town.persona("ordinary"))).heard == GRANTED_BY_PIN
