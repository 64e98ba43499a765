"""A whole centre without a network: trust, register, presence and disclosure over one store and one clock."""

import hashlib
from datetime import date, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from central.audit.entry import AuditEntry
from central.audit.journal import Journal
from central.audit.tables import audit_log
from central.db import Row, Statement, Store
from central.disclosure.service import Disclosure
from central.presence.challenges import Challenges
from central.presence.service import Presence
from central.register import entries as e
from central.register.intake import RegisterIntake
from central.register.service import Register
from central.register.tables import work_item
from central.trust.links import Links
from central.trust.revocation import Revocations
from central.trust.service import Trust
from protocol.errors import Fault, OnshiError
from protocol.visit import ConsentAnswer, ConsentItem, Method, VisitAnswer, VisitStatement
from tests.central.cards import BIRTH, Appliance, Card, Clock, Lab
from tests.central.disclosure.alive import alive
from tests.central.register.world import NAMES, SOCIETY

AUDIT = Statement("test.audit", sa.select(audit_log).order_by(audit_log.c.log, audit_log.c.sequence))
WORK = Statement("test.work", sa.select(work_item).order_by(work_item.c.subject))
RECORD = e.RecordKey(insurer=SOCIETY, symbol="12-34", number="4260", branch="00")


_numbers = count(1)


def random(length: int) -> bytes:
    """Different every time, the same in every run."""
    return hashlib.shake_256(next(_numbers).to_bytes(8, "big")).digest(length)


class Centre:
    """``open`` once; then ``insured`` people, ``visit`` and ``consent`` as an appliance would."""

    def __init__(self, store: Store, log: str = "a", lab: Lab | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.lab = lab or Lab(self.clock)
        self.store = store
        self.journal = Journal(store, log=log, clock=self.clock)
        self.disclosure = Disclosure(store, self.journal)
        self.register = Register(store)
        self.intake = RegisterIntake(store, self.clock)
        anchors = self.lab.anchors()
        self.trust = Trust(
            anchors=anchors,
            certificates=self.lab.reader(),
            revocations=Revocations(anchors, store),
            surfaces=self.lab.surfaces(),
            links=Links(store),
        )
        numbers = count(1)
        self.presence = Presence(
            store,
            self.journal,
            trust=self.trust,
            register=self.register,
            disclosure=self.disclosure,
            challenges=Challenges([b"k" * 32], random=random),
            clock=self.clock,
            ids=lambda: f"{log}{next(numbers):032x}",
        )
        self.appliance = Appliance(clock=self.clock)

    async def open(self) -> None:
        for number, name in NAMES.items():
            await self.intake.register(e.Insurer(number=number, name=name, valid_from=date(1961, 4, 1)))
        await self.lists()

    async def lists(self) -> None:
        for generation in (1, 2, 3):
            await self.trust.revocations.take(self.lab.crl(generation=generation), self.clock())

    async def insured(
        self, card: Card, *more: e.Entry, person_id: str = "p1", birth: date = BIRTH, sex: e.Sex = e.Sex.FEMALE
    ) -> str:
        """The card's holder with one valid coverage."""
        await self.intake.register(
            e.Person(person_id=person_id, name="見本　花子", kana="ミホン　ハナコ", birth_date=birth, sex=sex),
            self.tied(card, person_id),
            e.Tie(record=RECORD, person_id=person_id, valid_from=date(2020, 4, 1)),
            e.Coverage(record=RECORD, qualified_on=date(2020, 4, 1)),
            *more,
        )
        return person_id

    def tied(self, card: Card, person_id: str) -> e.Certificate:
        return e.Certificate(
            issuer_key_id=card.issued.issuer_key_id,
            serial=card.issued.serial_hex,
            person_id=person_id,
            valid_from=card.issued.issued,
            valid_through=card.issued.last_day,
        )

    def challenge(self, appliance: Appliance | None = None, *, deferred: bool = False) -> str:
        device = (appliance or self.appliance).device
        return self.presence.challenges(device, 1, deferred=deferred)[0].value

    async def send(self, document: bytes, appliance: Appliance | None = None) -> VisitAnswer:
        return await self.presence.visit((appliance or self.appliance).device, document)

    async def visit(self, card: Card, method: Method = Method.PIN, **more: Any) -> VisitAnswer:
        return await self.send(self.appliance.visit(card, self.challenge(), method, **more))

    async def agree(self, document: bytes, appliance: Appliance | None = None) -> ConsentAnswer:
        return await self.presence.consent((appliance or self.appliance).device, document)

    async def audit(self) -> list[AuditEntry]:
        rows = await self.store.all(AUDIT)
        return [msgspec.convert(msgspec.json.decode(row["content"])["entry"], AuditEntry) for row in rows]

    async def outcomes(self) -> list[str]:
        return [entry.outcome for entry in await self.audit()]

    async def work(self) -> list[Row]:
        return list(await self.store.all(WORK))


def body(answer: VisitAnswer | ConsentAnswer) -> dict[str, Any]:
    found: dict[str, Any] = answer.message["XmlMsg"]["MessageBody"]
    return found


def result(answer: VisitAnswer | ConsentAnswer) -> dict[str, Any]:
    found: dict[str, Any] = body(answer)["ResultList"][0]["ResultOfQualificationConfirmation"]
    return found


async def ready(centre: Centre, **more: Any) -> Card:
    """An insured person's card."""
    card = centre.lab.card(**more)
    await centre.insured(card)
    return card


async def visit_refused(centre: Centre, document: bytes, appliance: Appliance | None = None) -> Fault:
    with pytest.raises(OnshiError) as caught:
        await centre.send(document, appliance)
    return caught.value.fault


async def consent_refused(centre: Centre, document: bytes, appliance: Appliance | None = None) -> Fault:
    with pytest.raises(OnshiError) as caught:
        await centre.agree(document, appliance)
    return caught.value.fault


class Visited:
    """A card that has just been answered."""

    def __init__(self, centre: Centre, card: Card, statement: VisitStatement) -> None:
        self.centre, self.card, self.statement = centre, card, statement

    def again(self) -> bytes:
        return self.centre.appliance.sign(self.centre.appliance.request(self.card, self.statement))

    def consent(self, items: tuple[ConsentItem, ...] = tuple(ConsentItem), **more: Any) -> bytes:
        return self.centre.appliance.consent(self.card, self.statement, items, **more)


async def visited(
    centre: Centre,
    method: Method = Method.PIN,
    *,
    entries: tuple[e.Entry, ...] = (),
    deferred: bool = False,
    **more: Any,
) -> Visited:
    card = centre.lab.card(**more)
    await centre.insured(card, *entries)
    appliance = centre.appliance
    statement = appliance.statement(card, centre.challenge(deferred=deferred), method, deferred=deferred)
    await centre.send(appliance.sign(appliance.request(card, statement)))
    return Visited(centre, card, statement)


async def granted(centre: Centre, facility: str | None = None, **passed: int) -> set[ConsentItem]:
    now = centre.clock() + timedelta(**passed)
    place = facility or centre.appliance.facility
    return set(await alive(centre.disclosure, place, "p1", now))
