"""A clinic's software that speaks FHIR to a centre over HTTP, as an enrolled device of `CLINIC`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient

from central.audit.tables import audit_log
from central.db import Statement
from central.facilities.device import Device
from central.fhir import systems as s
from central.fhir.outcome import FHIR_JSON
from central.fhir.routes import routes
from central.fhir.service import Fhir
from central.receipts import master
from tests.central.api.clinic import client
from tests.central.disclosure.practice import Practice
from tests.central.fhir.facts import MAKER, kept
from tests.central.register.world import CLINIC, NOON, SOCIETY

MEMBER = f"{SOCIETY}:１２－３４:４２６０:00"
DEVICE = Device(id="reader-1", facility=CLINIC, public_key=b"k", certificate=b"f", enrolled_at=NOON)
_AUDIT = Statement("test.audit", sa.select(audit_log).order_by(audit_log.c.sequence))


class Desk:
    def __init__(self, practice: Practice, http: "TestClient[web.Request, web.Application]") -> None:
        self.practice = practice
        self.http = http

    async def search(self, type_: str, *more: tuple[str, str], **fields: str | None) -> tuple[int, dict[str, Any]]:
        """``fields`` with ``_`` for ``.``; ``facility`` is our own unless told; None leaves one out."""
        name = {"Patient": "identifier", "Coverage": "beneficiary.identifier"}.get(type_, "patient.identifier")
        given = {"-facility": CLINIC, name: f"{s.MEMBER_ID}|{MEMBER}"}
        given |= {
            (f"-{key}" if key in {"facility", "purpose"} else key.replace("_", ".")): value
            for key, value in fields.items()
        }
        pairs = [(key, value) for key, value in given.items() if value is not None]
        return await self.form(type_, [*pairs, *more])

    async def form(self, type_: str, pairs: Sequence[tuple[str, str]] | bytes) -> tuple[int, dict[str, Any]]:
        data = pairs if isinstance(pairs, bytes) else urlencode(pairs).encode()
        return await self.send(
            "POST", f"{type_}/_search", data=data, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )

    async def submit(self, document: Any) -> tuple[int, dict[str, Any]]:
        data = document if isinstance(document, bytes) else msgspec.json.encode(document)
        return await self.send(
            "POST", "CoverageEligibilityRequest/$submit", data=data, headers={"Content-Type": FHIR_JSON}
        )

    async def send(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Status and resource; every answer keeps the rules and is FHIR to somebody else."""
        response = await self.http.request(method, f"/fhir/r4/{path}", **more)
        assert response.content_type == FHIR_JSON
        assert response.headers["Cache-Control"] == "no-store"
        return response.status, kept(await response.read())

    async def audit(self) -> list[Any]:
        rows = await self.practice.store.all(_AUDIT)
        return [msgspec.json.decode(row["content"])["entry"] for row in rows]


@asynccontextmanager
async def desk(practice: Practice) -> AsyncIterator[Desk]:
    products = master.synthetic().product
    service = Fhir(
        practice.register, practice.journal, practice.door, MAKER, clock=lambda: practice.now, products=products
    )

    async def authenticate(request: web.Request) -> Device:
        return DEVICE

    async with client(routes(service), authenticate=authenticate) as http:
        yield Desk(practice, http)
    await practice.journal.stop()


def request(**more: Any) -> dict[str, Any]:
    """A CoverageEligibilityRequest that holds what it refers to."""
    return {
        "resourceType": "CoverageEligibilityRequest",
        "id": "cer-1",
        "status": "active",
        "purpose": ["validation", "benefits"],
        "patient": {"reference": "#patient"},
        "servicedDate": "2026-06-01",
        "created": "2026-06-01T09:12:00+09:00",
        "provider": {"identifier": {"system": s.FACILITY_CODE, "value": CLINIC}},
        "insurer": {"identifier": {"system": s.INSURER_NUMBER, "value": SOCIETY}},
        "insurance": [{"focal": True, "coverage": {"identifier": {"system": s.MEMBER_ID, "value": MEMBER}}}],
        "contained": [{"resourceType": "Patient", "id": "patient", "birthDate": "1980-01-02"}],
        **more,
    }


def outcome(resource: dict[str, Any]) -> str:
    """The code of a refusal."""
    assert resource["resourceType"] == "OperationOutcome"
    code: str = resource["issue"][0]["details"]["coding"][0]["code"]
    return code
