"""Answers one request file: read it, ask the centre, say the answer in the request's own encoding.

Not here: watching folders, writing files (`folders`, `writer`), the two phases of a bulk (`bulk`), medical data
(`medical`). A request that is refused at our own border raises `OnshiError` and goes back with an ``.err``; one that
was understood always gets a message, if need be one that says what failed (reference clinic-interface 3.10).
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from edge.clinic.bulk import Bulk
from edge.clinic.habits import Habits, Reply
from edge.clinic.medical import Medical
from edge.clinic.names import Kind, RequestName
from edge.uplink import answers
from edge.uplink.port import Centre
from protocol import codes, text
from protocol.codes import CharacterCode
from protocol.eras import JST
from protocol.errors import OnshiError, clinic
from protocol.messages import (
    EligibilityAnswer,
    EligibilityRequest,
    ReferenceNumberAnswer,
    ReferenceNumberRequest,
    declared_encoding,
    read_xml,
    write_json,
)
from protocol.numbers import FacilityCode

REFERENCE_NUMBERS = "/v1/reference-numbers"
ANSWER_BYTES = 1_000_000
_PLACES = ("at", "line", "column", "at_byte", "encoding", "bytes", "length", "limit", "depth", "errno")
"""Details that a clinic's software may be told: where and how much, never what stood there."""
_TOLD = re.compile(rf"^({'|'.join(_PLACES)}): ([A-Za-z0-9/._-]{{1,200}})\r?$".encode(), re.MULTILINE)


def places(error: OnshiError) -> dict[str, str | int]:
    """Where in a request it is wrong, as far as the error tells."""
    return {name: error.details[name] for name in _PLACES if error.details.get(name) not in (None, "")}


def rejection(error: OnshiError, request: bytes) -> bytes:
    """The text of an ``.err`` file, in the request's encoding, CR LF line ends.

    Code on the first line, then what happened and what to do, in Japanese and English; what would be accepted, for
    the vendor; where it is.
    """
    fault = error.fault
    lines = [fault.code, fault.desk_ja, fault.next_ja, fault.desk_en, fault.next_en, fault.vendor]
    lines += [f"{name}: {value}" for name, value in places(error).items()]
    try:
        encoding = declared_encoding(request)
    except OnshiError:
        encoding = CharacterCode.UTF_8
    if encoding is CharacterCode.SHIFT_JIS:
        return b"".join(text.encode_cp932(text.jis_x_0208(line)) + b"\r\n" for line in lines)
    return "".join(f"{line}\r\n" for line in lines).encode()


def places_told(rejected: bytes) -> dict[str, str | int]:
    """The places that an ``.err`` names, whatever its encoding."""
    found = {name.decode(): value.decode() for name, value in _TOLD.findall(rejected)}
    return {name: int(value) if value.isdecimal() else value for name, value in found.items()}


class Requests:
    """Every kind of request that a file can be. ``clock`` gives the present, aware; ``facility`` is the device's."""

    def __init__(
        self, centre: Centre, *, facility: str, clock: Callable[[], datetime], habits: Habits | None = None
    ) -> None:
        self._centre = centre
        self._facility = facility
        self._clock = clock
        self._habits = habits or Habits()
        self._bulk = Bulk(centre, facility=facility, clock=clock, habits=self._habits)
        self._medical = Medical(centre, facility=facility, habits=self._habits)

    @property
    def bulk(self) -> Bulk:
        return self._bulk

    @property
    def medical(self) -> Medical:
        return self._medical

    async def answer(self, request: RequestName, data: bytes, *, stamp: str = "") -> Reply:
        """The answer file; raises `OnshiError` when the request itself is refused.

        ``stamp`` is the same for one file whenever it is handled again, and another for every other file.
        """
        if request.kind is Kind.OTHER:
            raise OnshiError(clinic.REQUEST_KIND_NOT_YET)
        if request.kind.is_bulk:
            return await self._bulk.answer(request, data, stamp=stamp)
        if request.kind is Kind.SINGLE_QUERY:
            answer: Any = await self._single(data)
        elif request.kind is Kind.REFERENCE_NUMBER:
            answer = await self._registration(data)
        else:
            return await self._medical.answer(request, data)
        document = self._habits.written(answer, declared_encoding(data))
        return self._habits.packed(request.result, document, bulk=False)

    async def _single(self, data: bytes) -> EligibilityAnswer:
        request = read_xml(data, EligibilityRequest)
        self._ours(request.facility)
        answer = await self.query(request)
        return msgspec.structs.replace(answer, file_identifier=request.file_identifier)

    async def query(self, request: EligibilityRequest) -> EligibilityAnswer:
        """The centre's answer, or the message that says why there is none."""
        try:
            return answers.read(await self._centre.eligibility(write_json(request)), EligibilityAnswer)
        except OnshiError as failed:
            return EligibilityAnswer.refused(
                failed.fault,
                executed_at=self._now(),
                asked_day=request.asked_day,
                facility=request.facility,
                reference=codes.ReferenceClassification.INSURED_NUMBER,
                file_identifier=request.file_identifier,
                search=request.search,
            )

    async def _registration(self, data: bytes) -> ReferenceNumberAnswer:
        request = read_xml(data, ReferenceNumberRequest)
        self._ours(request.facility)
        answer = await self.register(request)
        return msgspec.structs.replace(
            answer, file_identifier=request.file_identifier, registration=request.registration
        )

    async def register(self, request: ReferenceNumberRequest) -> ReferenceNumberAnswer:
        """The centre's answer to a 照会番号, or the message that says why it was not registered."""
        try:
            tree = await self._centre.exchange(REFERENCE_NUMBERS, write_json(request), max_bytes=ANSWER_BYTES)
            return answers.read(tree, ReferenceNumberAnswer)
        except OnshiError as failed:
            words = f"{failed.fault.desk_ja}{failed.fault.next_ja}"
            return ReferenceNumberAnswer(
                executed_at=self._now(),
                facility=request.facility,
                file_identifier=request.file_identifier,
                segment=codes.SegmentOfResult.FAILED,
                error_code=failed.fault.code,
                error_message=words,
                registration=request.registration,
                status=codes.ProcessingResultStatus.ERROR,
                result_code=failed.fault.code,
                result_message=words,
            )

    def _ours(self, facility: FacilityCode) -> None:
        if str(facility) != self._facility:
            raise OnshiError(clinic.FOREIGN_FACILITY)

    def _now(self) -> datetime:
        return self._clock().astimezone(JST)
