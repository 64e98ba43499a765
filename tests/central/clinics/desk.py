"""A facility's device that calls the routes of `central.clinics` as the appliance does, without HTTP."""

import os
from typing import Any

import msgspec
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from central.api.route import Call, Raw
from central.audit import Journal
from central.audit.tables import audit_log
from central.clinics.metrics import ClinicsMetrics
from central.clinics.reference_numbers import ReferenceNumbers
from central.clinics.routes import ClinicRoutes
from central.clinics.service import Bulks
from central.clinics.units import BulkKind, Units
from central.db import Statement, Store
from central.facilities.device import Device
from central.register.entries import RecordKey
from protocol.messages import (
    AskedRegistration,
    AskedSearch,
    BulkAnswer,
    BulkDownload,
    BulkReception,
    BulkRequest,
    Message,
    ReferenceNumberBulkAnswer,
    ReferenceNumberBulkRequest,
    read_json,
    write_json,
)
from protocol.numbers import FacilityCode
from tests.central.disclosure.practice import Practice
from tests.central.register.world import ADULT, CLINIC, NOON, TODAY, record


def device(facility: str = CLINIC) -> Device:
    return Device(id="reader-1", facility=facility, public_key=b"k", certificate=b"f", enrolled_at=NOON)


class Desk:
    def __init__(self, store: Store, **more: Any) -> None:
        self.world = Practice(store)
        self.store = store
        self.journal = Journal(store, log="test", clock=lambda: self.world.now)
        self.registry = CollectorRegistry()
        metrics = ClinicsMetrics(self.registry)
        self.references = ReferenceNumbers(store, self.world.intake)
        self.units = Units(self.world.register, self.references, self.world.care)
        self.bulks = self.worker(metrics, **more)
        made = ClinicRoutes(
            self.bulks,
            self.references,
            self.journal,
            patients=self.world.care,
            metrics=metrics,
            clock=lambda: self.world.now,
        ).routes()
        self._handlers = {route.path: route.handler for route in made}

    def worker(self, metrics: ClinicsMetrics | None = None, **more: Any) -> Bulks:
        """Another worker process on the same database."""
        return Bulks(
            self.store,
            self.journal,
            self.units,
            metrics=metrics or ClinicsMetrics(CollectorRegistry()),
            clock=lambda: self.world.now,
            random=os.urandom,
            **more,
        )

    async def post(
        self, path: str, message: Message, *, upload: str | None = None, facility: str = CLINIC
    ) -> dict[str, Any]:
        tree = write_json(message)
        query = {} if upload is None else {"upload": upload}
        call: Call[Any] = Call(body=tree, raw=msgspec.json.encode(tree), query=query, caller=device(facility))
        answer = await self._handlers[path](call)
        assert isinstance(answer, Raw)
        found: dict[str, Any] = msgspec.json.decode(answer.body)
        return found

    async def upload(
        self, asked: list[AskedSearch], *, upload: str | None = None, facility: str = CLINIC, **more: Any
    ) -> BulkReception:
        request = BulkRequest(
            asked_day=more.get("day", TODAY),
            facility=FacilityCode(facility),
            file_identifier="F 1",
            searches=tuple(asked),
        )
        return read_json(await self.post("/v1/bulk/queries", request, upload=upload, facility=facility), BulkReception)

    async def register(self, asked: list[AskedRegistration]) -> BulkReception:
        request = ReferenceNumberBulkRequest(facility=FacilityCode(CLINIC), registrations=tuple(asked))
        return read_json(await self.post("/v1/bulk/reference-numbers", request), BulkReception)

    async def results(self, number: str | None, kind: BulkKind = BulkKind.QUERIES, facility: str = CLINIC) -> Any:
        assert number
        request = BulkDownload(facility=FacilityCode(facility), reception_number=number)
        tree = await self.post(f"/v1/bulk/{kind.value}/results", request, facility=facility)
        return read_json(tree, ReferenceNumberBulkAnswer if kind is BulkKind.REFERENCE_NUMBERS else BulkAnswer)

    async def work(self) -> None:
        while await self.bulks.work():
            pass

    async def audit(self, kind: str) -> list[Any]:
        rows = await self.store.all(Statement("test.audit", sa.select(audit_log).order_by(audit_log.c.sequence)))
        entries = [msgspec.json.decode(row["content"])["entry"] for row in rows]
        return [entry for entry in entries if entry["kind"] == kind]


def asked(key: RecordKey | None = None, **more: Any) -> AskedSearch:
    key = key or record()
    values = {
        "insurer_number": key.insurer,
        "symbol": key.symbol or None,
        "number": key.number,
        "branch": key.branch,
        "birth_date": f"{ADULT:%Y%m%d}",
        "limit_consent": "0",
        "identifier": f"chart {key.number}",
    }
    return AskedSearch(**{**values, **more})


def numbered(reference: str | None, key: RecordKey | None = None, **more: Any) -> AskedRegistration:
    key = key or record()
    values = {
        "reference_number": reference,
        "insurer_number": key.insurer,
        "symbol": key.symbol or None,
        "number": key.number,
        "branch": key.branch,
    }
    return AskedRegistration(**{**values, **more})
