"""Routes of clinic software for devices: bulk uploads and their results, 照会番号. XmlMsg JSON in and out.

Every answer's audit row is on disk before it leaves. Facts: reference clinic-interface 3.5-3.7.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from central.api.route import Call, Raw, Route
from central.audit import AuditEntry, Conflict, Journal
from central.clinics import consented
from central.clinics.consented import ConsentedPatients
from central.clinics.metrics import ClinicsMetrics
from central.clinics.reference_numbers import ReferenceNumbers
from central.clinics.service import Bulks, Progress
from central.clinics.units import PURPOSES, BulkKind
from central.disclosure.disclosed import Reader
from central.register.service import OLDEST_DAY
from protocol import codes
from protocol.eras import JST
from protocol.errors import OnshiError, central, clinic, disclosure, input_, trust
from protocol.messages import (
    BULK_BYTES,
    BulkAnswer,
    BulkDownload,
    BulkReception,
    BulkRequest,
    ConsentedBulkRequest,
    Message,
    ReferenceNumberAnswer,
    ReferenceNumberBulkAnswer,
    ReferenceNumberBulkRequest,
    ReferenceNumberRequest,
    TicketBulkRequest,
    read_json,
    write_json,
)
from protocol.numbers import FacilityCode

_REQUESTS: dict[BulkKind, type[Message]] = {
    BulkKind.QUERIES: BulkRequest,
    BulkKind.REFERENCE_NUMBERS: ReferenceNumberBulkRequest,
    BulkKind.TICKETS: TicketBulkRequest,
    BulkKind.HOME_VISITS: ConsentedBulkRequest,
    BulkKind.ONLINE_CARE: ConsentedBulkRequest,
}
_WORDS = {
    BulkKind.QUERIES: ("資格確認一括照会（OQSmuquc）", "Bulk query by insured numbers (OQSmuquc)"),
    BulkKind.REFERENCE_NUMBERS: ("照会番号一括登録（OQSmuimm）", "Bulk registration of reference numbers (OQSmuimm)"),
    BulkKind.TICKETS: (
        "医療扶助の一括取得（OQSmutic）",
        "Medical assistance with this facility's tickets, by month (OQSmutic)",
    ),
    BulkKind.HOME_VISITS: ("訪問診療等の一括取得（OQSmuhvq）", "Patients who consented for home visits (OQSmuhvq)"),
    BulkKind.ONLINE_CARE: (
        "オンライン診療等の一括取得（OQSmuonq）",
        "Patients who consented for online care (OQSmuonq)",
    ),
}
TRIES = 3
"""How often units are judged again because a consent changed before the commit."""
_UNITS = {BulkKind.REFERENCE_NUMBERS: "BulkRegistrationUnit"}
_FORM = (
    input_.MESSAGE_MALFORMED,
    input_.MESSAGE_MISSING,
    input_.MESSAGE_TWICE,
    input_.FACILITY_CODE,
    input_.DATE,
    input_.ERA_DATE,
    input_.UNKNOWN_CODE,
    input_.TEXT,
    trust.OTHER_FACILITY,
)
_HEADER = {"MedicalInstitutionCode": "9910000001"}


class ClinicRoutes:
    """Handlers of the clinics' domain for devices."""

    def __init__(
        self,
        bulks: Bulks,
        references: ReferenceNumbers,
        journal: Journal,
        *,
        patients: ConsentedPatients,
        metrics: ClinicsMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._bulks = bulks
        self._patients = patients
        self._references = references
        self._journal = journal
        self._metrics = metrics
        self._clock = clock

    def routes(self) -> list[Route]:
        found = [self._reference_number()]
        for kind in BulkKind:
            found += [self._upload(kind), self._results(kind)]
        return found

    # --- bulks ------------------------------------------------------------------------------------------------------

    def _upload(self, kind: BulkKind) -> Route:
        async def upload(call: Call[dict[str, Any]]) -> Raw:
            request: Any = await asyncio.to_thread(read_json, call.body, _REQUESTS[kind])
            self._ours(request.facility, call)
            return await self._taken(kind, request, call)

        ja, en = _WORDS[kind]
        return Route(
            method="POST",
            path=f"/v1/bulk/{kind.value}",
            handler=upload,
            request=dict[str, Any],
            response=dict[str, Any],
            query={"upload": "name of this upload, 16 to 64 letters and digits: the same again is the same bulk"},
            summary_ja=f"{ja}: 受付",
            summary_en=f"{en}: take in",
            tag="clinic software",
            faults=(*_FORM, clinic.BULK_TOO_LONG, clinic.BULK_TOO_MANY, clinic.CONSENTED_PERIOD, central.QUERY_DAY),
            body_limit=BULK_BYTES,
            request_example={"XmlMsg": {"MessageHeader": _HEADER, "MessageBody": {}}},
        )

    async def _taken(self, kind: BulkKind, request: Any, call: Call[Any]) -> Raw:
        day, today = getattr(request, "asked_day", None), self._now().date()
        if day is not None and not today - OLDEST_DAY <= day <= today + timedelta(days=1):
            raise OnshiError(central.QUERY_DAY)
        asked: list[Any]
        if kind in PURPOSES:
            asked = list(await consented.units(self._patients, kind, request.search, facility=call.device.facility))
        elif kind is BulkKind.TICKETS:
            asked = await self._bulks.with_tickets(call.device.facility, str(request.month))
        else:
            parts = request.searches if kind is BulkKind.QUERIES else request.registrations
            asked = await asyncio.to_thread(lambda: [write_json(part)["XmlMsg"] for part in parts])
        digest = hashlib.sha256(call.raw).hexdigest()
        reception = await self._bulks.take(
            kind,
            asked,
            device=call.device,
            upload=_named(call.query.get("upload")) or self._bulks.fresh_name(),
            request_hash=digest,
            asked_day=day,
            file_identifier=request.file_identifier,
        )
        return _raw(
            BulkReception(
                executed_at=self._now(),
                facility=request.facility,
                file_identifier=request.file_identifier,
                segment=codes.SegmentOfResult.NORMAL,
                reception_number=reception.number,
                received_at=reception.at.astimezone(JST),
                status=codes.ProcessingResultStatus.NORMAL,
            )
        )

    def _results(self, kind: BulkKind) -> Route:
        async def results(call: Call[dict[str, Any]]) -> Raw:
            request = read_json(call.body, BulkDownload)
            self._ours(request.facility, call)
            progress = await self._bulks.progress(kind, request.reception_number, facility=call.device.facility)
            head = self._head(progress, request.facility)
            if not progress.done:
                return _raw(head)
            if kind in PURPOSES:
                return await self._disclosed(progress, request.facility, call)
            parts = await self._bulks.answers(progress.number)
            body = await asyncio.to_thread(_with_units, head, _UNITS.get(kind, "BulkConfirmUnit"), parts)
            await self._journal.record(_handed_out(progress, call, body))
            return Raw(body)

        ja, en = _WORDS[kind]
        return Route(
            method="POST",
            path=f"/v1/bulk/{kind.value}/results",
            handler=results,
            request=dict[str, Any],
            response=dict[str, Any],
            summary_ja=f"{ja}: 結果（SegmentOfResult 2 は処理中）",
            summary_en=f"{en}: results (SegmentOfResult 2: ask again)",
            tag="clinic software",
            faults=(
                *_FORM,
                clinic.BULK_UNKNOWN,
                clinic.BULK_EXPIRED,
                *((disclosure.CHANGED_MEANWHILE,) if kind in PURPOSES else ()),
            ),
            body_limit=65536,
            request_example={
                "XmlMsg": {"MessageHeader": _HEADER, "MessageBody": {"ReceptionNumber": "2611211234567890"}}
            },
        )

    async def _disclosed(self, progress: Progress, facility: FacilityCode, call: Call[Any]) -> Raw:
        """Units of people who consented: each as its consent stands now, with a reading's row where 特定疾病 leave.

        Raises `OnshiError` (CHANGED_MEANWHILE) where every try found at its commit that a consent had changed.
        """
        reader = Reader(facility=call.device.facility, device=call.device.id)
        for _ in range(TRIES):
            judged = await self._bulks.judged_again(progress.number)
            failed = sum(one.outcome != "answered" for one in judged)
            head = self._head(progress._replace(processed=len(judged), failed=failed), facility)
            parts = [msgspec.json.encode(write_json(one.unit)["XmlMsg"]) for one in judged]
            body = await asyncio.to_thread(_with_units, head, "BulkConfirmUnit", parts)
            readings = [
                self._patients.reading(reader, one.discloses, known_at=one.known_at)
                for one in judged
                if one.discloses is not None and one.known_at is not None
            ]
            try:
                await self._journal.record(_handed_out(progress, call, body), unique=readings)
            except Conflict:
                continue
            return Raw(body)
        raise OnshiError(disclosure.CHANGED_MEANWHILE, facility=reader.facility)

    def _head(self, progress: Progress, facility: FacilityCode) -> BulkAnswer | ReferenceNumberBulkAnswer:
        """The answer without its units; the numbers tell how far an unfinished one is."""
        segment = codes.SegmentOfResult.NORMAL if progress.done else codes.SegmentOfResult.IN_PROGRESS
        common: dict[str, Any] = {
            "executed_at": self._now(),
            "facility": facility,
            "file_identifier": progress.file_identifier,
            "reception_number": progress.number,
            "segment": segment,
        }
        if progress.kind is BulkKind.REFERENCE_NUMBERS:
            return ReferenceNumberBulkAnswer(**common)
        return BulkAnswer(
            **common,
            asked_day=progress.asked_day,
            processed=progress.processed,
            normal=progress.processed - progress.failed,
            errors=progress.failed,
        )

    # --- 照会番号 ----------------------------------------------------------------------------------------------------

    def _reference_number(self) -> Route:
        async def register(call: Call[dict[str, Any]]) -> Raw:
            request = read_json(call.body, ReferenceNumberRequest)
            self._ours(request.facility, call)
            now = self._clock()
            self._references.take(call.device.facility, now)
            return await self._registered(request, call, now)

        return Route(
            method="POST",
            path="/v1/reference-numbers",
            handler=register,
            request=dict[str, Any],
            response=dict[str, Any],
            summary_ja="照会番号の登録（OQSsiimm01）",
            summary_en="Register the facility's own number for a patient's record (OQSsiimm01)",
            tag="clinic software",
            faults=(*_FORM, central.QUERIES_TOO_MANY, input_.INSURER_NUMBER, input_.SYMBOL, input_.INSURED_NUMBER,
                    input_.BRANCH),
            body_limit=65536,
            request_example={
                "XmlMsg": {
                    "MessageHeader": _HEADER,
                    "MessageBody": {
                        "ReferenceNumberRegistrationInfo": {
                            "ReferenceNumber": "24434",
                            "InsurerNumber": "06990018",
                            "InsuredIdentificationNumber": "4260",
                            "InsuredBranchNumber": "00",
                        }
                    },
                }
            },
        )  # fmt: skip

    async def _registered(self, request: ReferenceNumberRequest, call: Call[Any], now: datetime) -> Raw:
        outcome: dict[str, Any] = {"status": codes.ProcessingResultStatus.NORMAL}
        row: dict[str, Any] = {"outcome": "answered"}
        try:
            done = await self._references.register(request.registration, facility=call.device.facility, now=now)
            row |= {"subject": done.person_id, "computed_from": done.known_at}
        except OnshiError as refused:
            if refused.fault not in {clinic.REFERENCE_NO_RECORD, clinic.REFERENCE_SEVERAL}:
                raise
            fault = refused.fault
            row["outcome"] = fault.code
            outcome = {
                "status": codes.ProcessingResultStatus.ERROR,
                "result_code": fault.code,
                "result_message": f"{fault.desk_ja}{fault.next_ja}",
            }
        answer = _raw(
            ReferenceNumberAnswer(
                executed_at=self._now(),
                facility=request.facility,
                file_identifier=request.file_identifier,
                segment=codes.SegmentOfResult.NORMAL,
                registration=request.registration,
                **outcome,
            )
        )
        entry = AuditEntry(
            kind="reference-number",
            device=call.device.id,
            facility=call.device.facility,
            request_hash=hashlib.sha256(call.raw).hexdigest(),
            answer_hash=hashlib.sha256(answer.body).hexdigest(),
            **row,
        )
        await self._journal.record(entry)
        self._metrics.references.labels(row["outcome"]).inc()
        return answer

    def _ours(self, facility: FacilityCode, call: Call[Any]) -> None:
        if facility.raw != call.device.facility:
            raise OnshiError(trust.OTHER_FACILITY, facility=call.device.facility)

    def _now(self) -> datetime:
        return self._clock().astimezone(JST)


def _handed_out(progress: Progress, call: Call[Any], body: bytes) -> AuditEntry:
    return AuditEntry(
        kind="bulk-result",
        outcome="answered",
        device=call.device.id,
        facility=call.device.facility,
        request_id=progress.number,
        answer_hash=hashlib.sha256(body).hexdigest(),
        asked_day=progress.asked_day,
    )


def _named(given: str | None) -> str | None:
    if given is not None and not (given.isascii() and given.isalnum() and 16 <= len(given) <= 64):
        raise OnshiError(central.QUERY_WRONG)
    return given


def _raw(message: Message) -> Raw:
    return Raw(msgspec.json.encode(write_json(message)))


def _with_units(head: Message, tag: str, parts: list[bytes]) -> bytes:
    """The units go in as they were stored: their bytes are what the audit rows hashed."""
    tree = write_json(head)["XmlMsg"]
    header = msgspec.json.encode(tree["MessageHeader"])
    if not parts:
        return b'{"XmlMsg":{"MessageHeader":' + header + b"}}"
    units = b",".join(parts)
    return b'{"XmlMsg":{"MessageHeader":' + header + b',"MessageBody":{"' + tag.encode() + b'":[' + units + b"]}}}"
