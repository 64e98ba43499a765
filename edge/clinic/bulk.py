"""The two phases of a bulk through files: upload gives a reception number, download gives 2 (ask again) or the result.

The centre keeps the work; nothing is remembered here. An upload carries a name made from the file itself, so that a
file handled twice (a lost answer, a restart) is one bulk. Facts: reference clinic-interface 3.5-3.7.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from edge.clinic.habits import Habits, Reply
from edge.clinic.names import Kind, RequestName
from edge.uplink import answers
from edge.uplink.port import Centre, deferrable
from protocol import codes
from protocol.eras import JST
from protocol.errors import CATALOGUE, OnshiError, clinic, uplink
from protocol.messages import (
    BULK_BYTES,
    MESSAGES,
    BulkAnswer,
    BulkDownload,
    BulkReception,
    BulkRequest,
    ConsentedBulkRequest,
    ReferenceNumberBulkAnswer,
    ReferenceNumberBulkRequest,
    TicketBulkRequest,
    declared_encoding,
    read_xml,
    write_json,
)

PATHS = {
    Kind.BULK_QUERY: "/v1/bulk/queries",
    Kind.BULK_REFERENCE_NUMBER: "/v1/bulk/reference-numbers",
    Kind.HOME_VISITS: "/v1/bulk/home-visits",
    Kind.ONLINE_CARE: "/v1/bulk/online-care",
    Kind.TICKETS: "/v1/bulk/tickets",
}
UPLOAD_NAME = "[0-9A-Za-z]{16,64}"
"""What an upload may be called, as the centre reads it."""
RECEPTION_BYTES = 100_000
RESULT_BYTES = 64_000_000
"""Ten thousand results, each as large as one can be."""

Upload = BulkRequest | ReferenceNumberBulkRequest | ConsentedBulkRequest | TicketBulkRequest
Download = BulkAnswer | ReferenceNumberBulkAnswer


class Bulk:
    """Uploads and downloads of every kind of bulk."""

    def __init__(self, centre: Centre, *, facility: str, clock: Callable[[], datetime], habits: Habits) -> None:
        self._centre = centre
        self._facility = facility
        self._clock = clock
        self._habits = habits

    async def answer(self, request: RequestName, data: bytes, *, stamp: str) -> Reply:
        """The answer file; raises `OnshiError` when the request itself is refused."""
        encoding = declared_encoding(data)
        if request.kind.is_download:
            download = await asyncio.to_thread(read_xml, data, BulkDownload)
            self._ours(str(download.facility))
            result = await self.download(request.kind, download)
            document = await asyncio.to_thread(self._habits.written, result, encoding)  # ten thousand take seconds
            return await asyncio.to_thread(self._habits.packed, request.result, document, bulk=True)
        kind: Any = MESSAGES[f"{request.kind.value}req"]
        upload: Upload = await asyncio.to_thread(read_xml, data, kind, max_bytes=BULK_BYTES)
        self._ours(str(upload.facility))
        name = hashlib.sha256(stamp.encode("utf-8", "surrogateescape") + b"\0" + data).hexdigest()[:32]
        reception = await self.upload(request.kind, upload, name=name)
        document = self._habits.written(
            msgspec.structs.replace(reception, file_identifier=upload.file_identifier), encoding
        )
        return self._habits.packed(request.result, document, bulk=False)

    async def upload(self, kind: Kind, upload: Upload, *, name: str) -> BulkReception:
        """The reception number, or the message that says why there is none. The same ``name`` is the same bulk."""
        try:
            body = await asyncio.to_thread(write_json, upload)
            tree = await self._centre.exchange(f"{PATHS[kind]}?upload={name}", body, max_bytes=RECEPTION_BYTES)
            return answers.read(tree, BulkReception)
        except OnshiError as failed:
            words = f"{failed.fault.desk_ja}{failed.fault.next_ja}"
            return BulkReception(
                executed_at=self._now(),
                facility=upload.facility,
                file_identifier=upload.file_identifier,
                segment=codes.SegmentOfResult.FAILED,
                error_code=failed.fault.code,
                error_message=words,
                status=codes.ProcessingResultStatus.ERROR,
                result_code=failed.fault.code,
                result_message=words,
            )

    async def download(self, kind: Kind, download: BulkDownload) -> Download:
        """What the centre has so far; a failure of the line says "in progress", because the work goes on."""
        path = f"{PATHS[upload_of(kind)]}/results"
        try:
            tree = await self._centre.exchange(path, write_json(download), max_bytes=RESULT_BYTES)
            return await asyncio.to_thread(answers.read, tree, result_type(kind))
        except OnshiError as failed:
            return self._failed(kind, download, failed)

    def _failed(self, kind: Kind, download: BulkDownload, failed: OnshiError) -> Download:
        again = deferrable(failed)
        return result_type(kind)(
            executed_at=self._now(),
            facility=download.facility,
            reception_number=download.reception_number,
            segment=codes.SegmentOfResult.IN_PROGRESS if again else codes.SegmentOfResult.FAILED,
            error_code=failed.fault.code,
            error_message=f"{failed.fault.desk_ja}{failed.fault.next_ja}",
        )

    def _ours(self, facility: str) -> None:
        if facility != self._facility:
            raise OnshiError(clinic.FOREIGN_FACILITY)

    def _now(self) -> datetime:
        return self._clock().astimezone(JST)


def upload_of(kind: Kind) -> Kind:
    """The upload that a download belongs to; an upload is its own."""
    return Kind(f"{kind.value[:-2]}01")


def result_type(kind: Kind) -> type[Download]:
    return ReferenceNumberBulkAnswer if upload_of(kind) is Kind.BULK_REFERENCE_NUMBER else BulkAnswer


async def finished(
    bulk: Bulk, asked: BulkRequest, *, name: str, told: Callable[[int, int], None], seconds: float
) -> BulkAnswer:
    """Upload and wait for the result; ``told`` gets how many are done and how many of them failed.

    Raises `OnshiError`: the centre's own refusal, or ``LINE-…`` when it took longer than ``seconds``.
    """
    reception = await bulk.upload(Kind.BULK_QUERY, asked, name=name)
    if reception.reception_number is None:
        raise _said(reception.error_code, reception.error_message)
    download = BulkDownload(facility=asked.facility, reception_number=reception.reception_number)
    pause = 0.2
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = await bulk.download(Kind.BULK_QUERY_RESULT, download)
                if not isinstance(answer, BulkAnswer) or answer.segment is codes.SegmentOfResult.FAILED:
                    raise _said(answer.error_code, answer.error_message)
                told(answer.processed or 0, answer.errors or 0)
                if answer.segment is codes.SegmentOfResult.NORMAL:
                    return answer
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, 5.0)
    except TimeoutError:
        raise OnshiError(uplink.CENTRE_SLOW, reception=reception.reception_number) from None


def _said(code: str | None, words: str | None) -> OnshiError:
    """The fault that a message named; one that this version does not know keeps its words."""
    known = CATALOGUE.get(code or "")
    return OnshiError(known or uplink.ANSWER_UNREADABLE, **({} if known else {"reason": words or ""}))
