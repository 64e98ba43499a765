"""A practice at the door: a register, grants, stored receipts and checkups, and what leaves as names that tell whose.

Every line carries a mark "record/month/what", so that a test sees from the bytes alone what left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import msgspec
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from central.audit.entry import AuditEntry, AuditRow
from central.audit.journal import Journal
from central.audit.verify import CHAIN
from central.checkups.checkup import Checkup, CheckupItem, PersonKeys
from central.checkups.history import StoredCheckup
from central.db import Statement, Store
from central.disclosure.care import CareConsents
from central.disclosure.disasters import Disasters
from central.disclosure.disclosed import Asked, Disclosed, Purpose, Reader
from central.disclosure.door import Door
from central.disclosure.lookup import Lookup
from central.disclosure.metrics import DisclosureMetrics
from central.disclosure.openings import Openings
from central.disclosure.rights import Rights
from central.disclosure.service import Disclosure, certificate_end
from central.presence.statements import KEEP_VISIT
from central.receipts.extract import DrugLine, Institution, TreatmentLine
from central.receipts.history import StoredReceipt
from central.register import entries as e
from central.register import tables as register
from protocol import canonical
from protocol.numbers import BirthDate, FacilityCode, InsuredNumber, InsurerNumber, Symbol
from protocol.visit import ConsentItem
from sandbox.world.consenting import on_record
from sandbox.world.seed import CertificateIdentity
from tests.central.register.world import ADULT, CLINIC, ISSUER, OTHER_CLINIC, SOCIETY, World, record

DRUGS, CHECKUPS = ConsentItem.DRUGS, ConsentItem.CHECKUPS
TREATMENT, OPERATIONS = ConsentItem.TREATMENT, ConsentItem.OPERATIONS
MEDICAL = (CHECKUPS, DRUGS, TREATMENT, OPERATIONS)
LAST_DAY = date(2030, 1, 1)
HERE = Reader(facility=CLINIC, device="reader-1")
THERE = Reader(facility=OTHER_CLINIC, device="reader-9")
_PLACE = Institution("9910000001", "見本医院", "1")
_RECORD_ID = Statement(
    "test.record_id",
    sa.select(register.insured_record.c.record_id).where(
        register.insured_record.c.number == sa.bindparam("number"),
        register.insured_record.c.insurer_number == sa.bindparam("insurer"),
    ),
)


class Shelves:
    """Stands in for `ReceiptReadings` and `CheckupReadings`, holding real values."""

    def __init__(self) -> None:
        self.receipts: list[StoredReceipt] = []
        self.checkups: list[StoredCheckup] = []
        self.receipt_reads: list[tuple[date, date]] = []

    class Receipts:
        def __init__(self, shelves: "Shelves") -> None:
            self.shelves = shelves

        async def of(self, record_ids: Sequence[str], *, first: date, last: date) -> list[StoredReceipt]:
            self.shelves.receipt_reads.append((first, last))
            return [r for r in self.shelves.receipts if r.record_id in record_ids and first <= r.month <= last]

    class Checkups:
        def __init__(self, shelves: "Shelves") -> None:
            self.shelves = shelves

        async def of(self, record_ids: Sequence[str], *, first: date, last: date) -> list[StoredCheckup]:
            return [c for c in self.shelves.checkups if c.record_id in record_ids and first <= c.checkup.day <= last]


def stored_receipt(
    record_id: str, month: date, *, covered: bool = False, drugs: bool = True, named: bool = True, undated: int = 0
) -> StoredReceipt:
    """A drug, a treatment and an operation of one month, and a cost that must never leave."""
    mark = f"{record_id}/{month:%Y%m}"
    drug = DrugLine(
        line=4, receipt=1, month=month, pharmacy=False, inpatient=False, institution=_PLACE, prescriber=_PLACE,
        prescribed_on=month, dispensed_on=month, code="620000001", amount=None, single_dose=None, times=14,
        category="21", category_ja="内服", usage_code="", usage="", instruction="",
        name=f"{mark}/drug" if named else "",
    )  # fmt: skip
    treatments = tuple(
        TreatmentLine(
            line=5 + number, receipt=1, month=month, inpatient=False, institution=_PLACE, done_on=month,
            code="160000001", additions=(f"{mark}/{name}",), amount=None, times=1, points=None, category="50",
            category_ja="", operation=name == "operation",
        )
        for number, name in enumerate(("treatment", "operation"))
    )  # fmt: skip
    return StoredReceipt(
        receipt_id=mark, record_id=record_id, month=month, kind="medical", institution=_PLACE, inpatient=False,
        covered=covered, received_at=datetime(2026, 5, 1, tzinfo=UTC), drugs=(drug,) if drugs else (),
        treatments=treatments, undated=undated,
    )  # fmt: skip


def stored_checkup(record_id: str, day: date, birth: date = ADULT) -> StoredCheckup:
    checkup = Checkup(
        file="h.xml",
        facility=FacilityCode(CLINIC),
        day=day,
        person=PersonKeys(
            InsurerNumber(SOCIETY), Symbol("12-34"), InsuredNumber("4260"), None, BirthDate.of(birth), "1"
        ),
        report="10",
        program="000",
        items=(CheckupItem(code="9N001000000000001", value=f"{record_id}/{day:%Y%m}/checkup"),),
    )
    return StoredCheckup(
        checkup_id=f"{record_id}:{day}",
        record_id=record_id,
        received_at=datetime(2026, 5, 1, tzinfo=UTC),
        checkup=checkup,
    )


def bytes_of(disclosed: Disclosed) -> bytes:
    """Everything in it, as an answer might show it."""
    return msgspec.json.encode(disclosed, enc_hook=str)


def serial_of(person: str) -> str:
    """Of the person's own certificate; the world's people are p1, p2 …"""
    return f"{0xC0 + int(person[1:]):x}"


def certificate(person: str | None, serial: str | None = None, *, renews: str | None = None) -> e.Certificate:
    """What the register is told of a certificate (``renews``: of a renewed one, the serial before)."""
    return e.Certificate(
        issuer_key_id=ISSUER,
        serial=serial or serial_of(person or ""),
        person_id=person,
        previous_issuer_key_id=ISSUER if renews else None,
        previous_serial=renews,
        valid_from=date(2024, 1, 1),
        valid_through=LAST_DAY,
    )


class Practice(World):
    """`World` with the door. Everything reads its clock (``now``)."""

    def __init__(self, store: Store, *, log: str = "a") -> None:
        super().__init__(store)
        self.shelves = Shelves()
        self.journal = Journal(store, log=log, clock=lambda: self.now)
        self.metrics = DisclosureMetrics(CollectorRegistry())
        numbers = count(1)
        self.disclosure = Disclosure(store, self.journal)
        given: dict[str, Any] = {"clock": lambda: self.now, "ids": lambda: f"{log}{next(numbers):031x}"}
        self.openings = Openings(store, self.journal, **given)
        self.disasters = Disasters(store, self.journal, **given)
        self.rights = Rights(store, self.journal, clock=given["clock"], operator="x")
        self.lookup = Lookup(store, self.journal, self.openings, metrics=self.metrics, clock=given["clock"])
        self.care = CareConsents(store, **given)
        self.made: Callable[..., Door] = partial(
            Door,
            store,
            self.journal,
            openings=self.openings,
            receipts=Shelves.Receipts(self.shelves),
            checkups=Shelves.Checkups(self.shelves),
            metrics=self.metrics,
            **given,
        )
        self.door = self.made()
        self._consents = count(1)
        self.certificates: dict[str, e.RowRef] = {}
        """Of each person who consented, what the register says of their certificate; its serial by `serial`."""

    async def record_id(self, key: e.RecordKey) -> str:
        row = await self.store.first(_RECORD_ID, number=key.number, insurer=InsurerNumber(key.insurer).padded_zeros)
        assert row is not None
        return str(row["record_id"])

    async def patient(self, key: e.RecordKey | None = None, *, since: date = date(2020, 4, 1)) -> str:
        """A person with a receipt of 2026-03 and a checkup of 2025-11 under the record."""
        key = key or record()
        person = await self.insured(key=key, since=since)
        record_id = await self.record_id(key)
        self.shelves.receipts.append(stored_receipt(record_id, date(2026, 3, 1)))
        self.shelves.checkups.append(stored_checkup(record_id, date(2025, 11, 4)))
        return person

    async def consent(
        self,
        person: str,
        *items: ConsentItem,
        reader: Reader = HERE,
        purpose: Purpose = Purpose.VISIT,
        last_day: date = LAST_DAY,
        serial: str | None = None,
    ) -> str:
        """``serial``: of the certificate that signs, the person's own unless told."""
        consent_id = f"{next(self._consents):032x}"
        if serial is None and person not in self.certificates:
            (self.certificates[person],) = await self.add(certificate(person))
        before = on_record(
            consent_id=consent_id,
            items=items,
            person_id=person,
            facility=reader.facility,
            device=reader.device,
            certificate=CertificateIdentity(ISSUER, serial or serial_of(person)),
            now=self.now,
        )
        writes = self.disclosure.grant(
            facility=reader.facility,
            person_id=person,
            items=items,
            consent_id=consent_id,
            now=self.now,
            certificate_until=certificate_end(last_day),
            purpose=purpose,
        )
        await self.journal.record(AuditEntry(kind="consent", outcome="answered"), writes=[*before, *writes])
        return consent_id

    async def card_read(self, person: str, *, reader: Reader = HERE, **more: object) -> str:
        """The patient's card lies on the reader: a visit as `central.presence` keeps it. Gives its request id."""
        request_id = f"{next(self._consents):032x}"
        row = {
            "device": reader.device, "request_id": request_id, "facility": reader.facility, "person_id": person,
            "issuer_key_id": ISSUER, "serial": "1", "certificate": "c" * 64, "method": "pin", "challenge": request_id,
            "challenge_expires_at": self.now, "decided_at": self.now, "deferred": False, "in_grace": False,
            "view_stopped": False, "key": "authentication", "key_spki": b"k", "payload_digest": "d" * 64,
            "payload": b"{}", "signature": b"s", "answer": None, "full_message": None, "forget_at": None, **more,
        }  # fmt: skip
        async with self.store.transaction() as running:
            await running.run(KEEP_VISIT, **row)
        return request_id

    async def read(self, person: str, *items: ConsentItem, reader: Reader = HERE, **asked: Any) -> Disclosed:
        """What left, as the value that was rendered."""
        return await self._read(person, items, reader, asked, None, 0)

    async def read_while(
        self, person: str, *items: ConsentItem, change: Callable[[], Awaitable[object]], times: int = 1
    ) -> Disclosed:
        """As `read`; while it renders (the first ``times``), something happens."""
        return await self._read(person, items, HERE, {}, change, times)

    async def _read(
        self,
        person: str,
        items: tuple[ConsentItem, ...],
        reader: Reader,
        asked: dict[str, Any],
        change: Callable[[], Awaitable[object]] | None,
        times: int,
    ) -> Disclosed:
        seen: list[Disclosed] = []
        loop = asyncio.get_running_loop()

        async def happen() -> None:
            if change is not None:
                await change()

        def render(disclosed: Disclosed) -> bytes:
            seen.append(disclosed)
            if len(seen) <= times:
                asyncio.run_coroutine_threadsafe(happen(), loop).result(30)
            return bytes_of(disclosed)

        answer = await self.door.disclose(reader, person, Asked(items=items, **asked), render)
        assert answer == bytes_of(seen[-1])
        return seen[-1]

    async def audited(self) -> list[AuditEntry]:
        """The audit log's entries, the oldest first."""
        rows = await self.store.all(CHAIN, log="a")
        return [canonical.decode(row["content"], AuditRow).entry for row in rows]

    def tomorrow(self, **more: int) -> None:
        self.now += timedelta(days=1, **more)


def marks(disclosed: Disclosed) -> set[str]:
    """The last part of every mark in it: drug, treatment, operation, checkup."""
    found = {line.name for receipt in disclosed.receipts for line in receipt.drugs}
    found |= {line.additions[0] for receipt in disclosed.receipts for line in receipt.treatments}
    found |= {item.value for stored in disclosed.checkups for item in stored.checkup.items}
    return {name.rsplit("/", 1)[1] for name in found}
