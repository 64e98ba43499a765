"""Medical information for clinic software: drugs and treatment (YZK), checkups (TKK), the glance, cancelled consents.

Asks the centre and gives a message or a PDF; what cannot be had is a message with the reason in words, whether the
centre refused or the line is down. Nothing is kept here. Facts: reference clinic-interface 3.8.
"""

import asyncio
from typing import Any

import msgspec

from edge.clinic.habits import Habits, Reply
from edge.clinic.names import Kind, RequestName
from edge.uplink import answers
from edge.uplink.port import Centre
from protocol.errors import OnshiError, clinic, input_, uplink
from protocol.messages import (
    DONE,
    CheckupAnswer,
    ConsentCancel,
    ConsentCancelled,
    DrugAnswer,
    MedicalRefusal,
    MedicalRequest,
    declared_encoding,
    read_xml,
    write_json,
)
from protocol.numbers import FacilityCode

DRUGS, CHECKUPS = "/v1/medical/drugs", "/v1/medical/checkups"
GLANCE, CANCEL = "/v1/medical/glance", "/v1/medical/consents/cancel"
PATHS = {Kind.MEDICAL: DRUGS, Kind.CHECKUPS: CHECKUPS}
ANSWER_BYTES = 64_000_000
"""Three years of somebody who is treated every day, with room."""
PDF = "application/pdf"
_PDF_CATEGORIES = {DRUGS: {"1", "3"}, CHECKUPS: {"1"}}
_MESSAGE_CATEGORIES = {DRUGS: {"2", "4"}, CHECKUPS: {"2"}}
_TYPES: dict[str, type[DrugAnswer] | type[CheckupAnswer]] = {DRUGS: DrugAnswer, CHECKUPS: CheckupAnswer}

Answered = DrugAnswer | CheckupAnswer | MedicalRefusal | bytes
"""A message, or the bytes of a PDF."""


class Medical:
    """``facility`` is the device's."""

    def __init__(self, centre: Centre, *, facility: str, habits: Habits) -> None:
        self._centre = centre
        self._facility = facility
        self._habits = habits

    async def answer(self, request: RequestName, data: bytes) -> Reply:
        """The answer file, ``.pdf`` or ``.xml``; raises `OnshiError` when the request itself is refused."""
        asked = read_xml(data, MedicalRequest)
        self._ours(asked.facility)
        answer = await self.ask(PATHS[request.kind], asked)
        if isinstance(answer, bytes):
            name = f"{request.result[:-4]}.pdf"
            return await asyncio.to_thread(self._habits.packed, name, answer, bulk=False)
        document = await asyncio.to_thread(self._habits.written, answer, declared_encoding(data))
        return await asyncio.to_thread(self._habits.packed, request.result, document, bulk=False)

    async def ask(self, path: str, asked: MedicalRequest) -> Answered:
        """Raises `OnshiError` (INPUT-012) for a FileCategory that there is not; everything else is an answer."""
        wants_pdf = is_pdf(path, asked)
        try:
            found = await self._centre.fetch(path, write_json(asked), accept=PDF, max_bytes=ANSWER_BYTES)
            if found.content_type == PDF:
                if not wants_pdf or not found.body.startswith(b"%PDF-"):
                    raise OnshiError(uplink.ANSWER_UNREADABLE, reason="form")
                return found.body
            return await asyncio.to_thread(_message, found.body, asked, _TYPES[path], wants_pdf)
        except OnshiError as failed:
            return MedicalRefusal.of(failed.fault, asked)

    async def glance(self, asked: MedicalRequest) -> dict[str, Any]:
        """The centre's facts, unread; raises `OnshiError` with the reason when there are none."""
        return await self._centre.exchange(GLANCE, write_json(asked), max_bytes=ANSWER_BYTES)

    async def cancel(self, asked: ConsentCancel) -> ConsentCancelled | MedicalRefusal:
        """Ends this facility's consents of a person, or says why they were not ended."""
        try:
            tree = await self._centre.exchange(CANCEL, write_json(asked), max_bytes=ANSWER_BYTES)
            if _result_code(tree) == DONE:
                return answers.read(tree, ConsentCancelled)
            return answers.read(tree, MedicalRefusal)
        except OnshiError as failed:
            return MedicalRefusal.of(failed.fault, asked)

    def _ours(self, facility: FacilityCode) -> None:
        if str(facility) != self._facility:
            raise OnshiError(clinic.FOREIGN_FACILITY)


def is_pdf(path: str, asked: MedicalRequest) -> bool:
    """Whether the request asks for a PDF; raises `OnshiError` (INPUT-012) for a FileCategory that there is not."""
    wanted = asked.file_category in _PDF_CATEGORIES[path]
    if not wanted and asked.file_category not in _MESSAGE_CATEGORIES[path]:
        raise OnshiError(input_.UNKNOWN_CODE, list="FileCategory", at="MessageBody/FileCategory")
    return wanted


def _message(
    body: bytes, asked: MedicalRequest, kind: type[DrugAnswer] | type[CheckupAnswer], wants_pdf: bool
) -> Answered:
    tree = answers.tree(body)
    done = _result_code(tree) == DONE
    if done and wants_pdf:
        raise OnshiError(uplink.ANSWER_UNREADABLE, reason="form")
    answer: DrugAnswer | CheckupAnswer | MedicalRefusal
    answer = answers.read(tree, kind) if done else answers.read(tree, MedicalRefusal)
    return msgspec.structs.replace(answer, file_identifier=asked.file_identifier)


def _result_code(tree: dict[str, Any]) -> str:
    """Without one the message is read as what it should be, and refused for what it lacks."""
    message = tree.get("XmlMsg")
    header = message.get("MessageHeader") if isinstance(message, dict) else None
    found = header.get("ResultCode") if isinstance(header, dict) else None
    return found if isinstance(found, str) else DONE
