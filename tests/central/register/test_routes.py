"""POST /v1/eligibility: XmlMsg JSON in and out, never another facility's code, the audit row before the answer."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient
from prometheus_client import CollectorRegistry, generate_latest

from central.audit import Journal
from central.audit.tables import audit_log
from central.db import Statement
from central.register.limits import QueryLimits
from central.register.metrics import RegisterMetrics
from central.register.routes import PATH, routes
from central.register.service import Register
from protocol.messages import write_json
from tests.central.api.clinic import DEVICE, client
from tests.central.register.world import ADULT, CLINIC, World, record, request

pytestmark = pytest.mark.sockets


class Clinic:
    def __init__(
        self, world: World, http: "TestClient[web.Request, web.Application]", registry: CollectorRegistry
    ) -> None:
        self.world = world
        self.http = http
        self.registry = registry

    async def ask(self, body: Any) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        response = await self.http.post(PATH, data=data, headers={"Content-Type": "application/json"})
        return response.status, msgspec.json.decode(await response.read())

    async def audit(self) -> list[Any]:
        rows = await self.world.store.all(Statement("test.audit", sa.select(audit_log).order_by(audit_log.c.sequence)))
        return [msgspec.json.decode(row["content"])["entry"] for row in rows]


@asynccontextmanager
async def clinic(world: World, limits: QueryLimits | None = None) -> AsyncIterator[Clinic]:
    registry = CollectorRegistry()
    register = Register(world.store, limits=limits, metrics=RegisterMetrics(registry))
    journal = Journal(world.store, log="test", clock=lambda: world.now)
    async with client(routes(register, journal, lambda: world.now)) as http:
        yield Clinic(world, http, registry)
    await journal.stop()


def asked(**more: Any) -> Any:
    return write_json(request(record(**more), facility=DEVICE.facility))


async def test_a_number_is_answered_with_the_tree_that_clinics_read(world: World) -> None:
    who = await world.insured()
    async with clinic(world) as desk:
        status, answer = await desk.ask(asked())
        assert status == 200
        body = answer["XmlMsg"]["MessageBody"]
        assert (body["QualificationValidity"], body["ProcessingResultStatus"]) == ("1", "1")
        assert body["QualificationConfirmSearchInfo"]["InsuredIdentificationNumber"] == "4260"
        assert answer["XmlMsg"]["MessageHeader"]["ReferenceClassification"] == "2"
        (row,) = await desk.audit()
        assert (row["kind"], row["outcome"], row["subject"]) == ("query", "answered", who)
        assert row["answer_hash"] == hashlib.sha256(msgspec.json.encode(answer)).hexdigest()
        assert "4260" not in str(row)
        assert b'reference="2",validity="1"} 1.0' in generate_latest(desk.registry)


async def test_no_answer_has_nulls_or_empty_groups(world: World) -> None:
    await world.insured()
    async with clinic(world) as desk:
        for tree in (asked(), asked(number="1"), asked(branch=None)):
            _, answer = await desk.ask(tree)
            assert "" not in leaves(answer)
            assert None not in leaves(answer)
            assert all(isinstance(leaf, str) for leaf in leaves(answer))


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)] or [None]
    if isinstance(tree, list):
        return [leaf for value in tree for leaf in leaves(value)] or [None]
    return [tree]


async def test_another_facilitys_code_is_refused_and_noted(world: World) -> None:
    assert DEVICE.facility != CLINIC
    async with clinic(world) as desk:
        status, problem = await desk.ask(write_json(request(record(), ADULT, facility=CLINIC)))
        assert status == 403
        (row,) = await desk.audit()
        assert (row["outcome"], row["facility"]) == (problem["code"], DEVICE.facility)


async def test_asking_too_often_is_refused_without_a_row(world: World) -> None:
    async with clinic(world, QueryLimits(burst=1, misses=1)) as desk:
        assert (await desk.ask(asked()))[0] == 200
        status, problem = await desk.ask(asked())
        assert (status, problem["code"]) == (429, "CENTRE-954")
        assert len(await desk.audit()) == 1
        told = generate_latest(desk.registry)
        assert b"onshi_register_limited_total 1.0" in told
        assert b"onshi_register_miss_alarms_total 1.0" in told


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"XmlMsg":{"MessageHeader":{"a":1},"MessageHeader":{}}}',
        b'{"XmlMsg":{"MessageHeader":{"QualificationConfirmationDate":"20260631"}}}',
        b"\xff",
        b'{"XmlMsg":' * 5000,
    ],
    ids=["empty", "array", "twice", "no such day", "no UTF-8", "deep"],
)
async def test_a_wrong_body_is_a_catalogue_error_and_nothing_is_written(world: World, body: bytes) -> None:
    async with clinic(world) as desk:
        status, problem = await desk.ask(body)
        assert 400 <= status < 500
        assert problem["code"]
        assert await desk.audit() == []
