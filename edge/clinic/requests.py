"""Answers one request file: read it, ask the centre, say the answer in the request's own encoding.

Not here: watching folders, writing files (`folders`, `writer`). A request that is refused at our own border gives a
`Rejected`; one that was understood always gets a message, if need be one that says what failed (reference
clinic-interface 3.10).
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from edge.uplink.port import Centre
from protocol import codes, text
from protocol.codes import CharacterCode
from protocol.eras import JST
from protocol.errors import OnshiError, clinic
from protocol.messages import (
    EligibilityAnswer,
    EligibilityRequest,
    declared_encoding,
    read_json,
    read_xml,
    write_json,
    write_xml,
)


class Rejected(NamedTuple):
    """Why a request goes back, and the text of its ``.err`` file in the request's encoding."""

    error: OnshiError
    text: bytes


def rejection(error: OnshiError, request: bytes) -> Rejected:
    """Code on the first line, then what happened and what to do, in Japanese and English; CR LF line ends."""
    fault = error.fault
    at = error.details.get("at")
    lines = [fault.code, fault.desk_ja, fault.next_ja, fault.desk_en, fault.next_en]
    if isinstance(at, str) and at:
        lines.append(f"at: {at}")
    try:
        encoding = declared_encoding(request)
    except OnshiError:
        encoding = CharacterCode.UTF_8
    if encoding is CharacterCode.SHIFT_JIS:
        return Rejected(error, b"".join(text.encode_cp932(text.jis_x_0208(line)) + b"\r\n" for line in lines))
    return Rejected(error, "".join(f"{line}\r\n" for line in lines).encode())


class SingleQuery:
    """OQSsiquc01: one person by insured number."""

    def __init__(self, centre: Centre, *, facility: str, clock: Callable[[], datetime]) -> None:
        self._centre = centre
        self._facility = facility
        self._clock = clock

    async def answer(self, data: bytes) -> bytes:
        """The answer file's bytes; raises `OnshiError` when the request itself is refused."""
        request = read_xml(data, EligibilityRequest)
        if str(request.facility) != self._facility:
            raise OnshiError(clinic.FOREIGN_FACILITY)
        try:
            tree = await self._centre.eligibility(write_json(request))
            answer = read_json(tree, EligibilityAnswer)
        except OnshiError as failed:
            answer = self._failed(request, failed)
        echoed = msgspec.structs.replace(answer, file_identifier=request.file_identifier)
        return write_xml(echoed, declared_encoding(data))

    def _failed(self, request: EligibilityRequest, failed: OnshiError) -> EligibilityAnswer:
        now = self._clock().astimezone(JST)
        asked: date = request.asked_day
        return EligibilityAnswer.refused(
            failed.fault,
            executed_at=now,
            asked_day=asked,
            facility=request.facility,
            reference=codes.ReferenceClassification.INSURED_NUMBER,
            file_identifier=request.file_identifier,
            search=request.search,
        )
