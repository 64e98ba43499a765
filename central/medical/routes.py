"""Routes of medical information for devices: drugs and treatment, checkups, the glance.

The request names an insured record and no token; the door finds the grant. A reading that is refused is an answer in
words (ResultCode 9), because clients look for nothing else; what is wrong with the request itself, or with us, is a
problem as everywhere. The door writes the audit row before an answer leaves. Facts: reference clinic-interface 3.8.
"""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from central.api.route import Call, Raw, Route
from central.disclosure.disclosed import Asked, Disclosed, Purpose, Reader
from central.disclosure.service import Withdrawal
from central.medical.glance import Glance, glance
from central.medical.messages import checkup_answer, drug_answer
from central.medical.pdf import checkup_pdf, drug_pdf
from central.receipts.master import DrugMaster
from protocol import codes
from protocol.errors import Kind, OnshiError, central, clinic, disclosure, input_, trust
from protocol.messages import (
    ConsentCancel,
    ConsentCancelled,
    MedicalRefusal,
    MedicalRequest,
    Message,
    read_json,
    write_json,
)
from protocol.numbers import Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol
from protocol.visit import ConsentItem, Identifier

PDF = "application/pdf"
PATIENCE_SECONDS = 30.0
"""How long the thread that makes an answer waits for the names of drugs; only a stopping centre lets it wait."""
_DRUGS = (ConsentItem.DRUGS,)
_ALL = (ConsentItem.DRUGS, ConsentItem.TREATMENT, ConsentItem.OPERATIONS)
_CHECKUPS = (ConsentItem.CHECKUPS,)
_PURPOSES = {
    codes.MedicalTreatment.OUTPATIENT: Purpose.VISIT,
    codes.MedicalTreatment.HOME_VISIT: Purpose.HOME_VISIT,
    codes.MedicalTreatment.ONLINE: Purpose.ONLINE_CARE,
    codes.MedicalTreatment.EMERGENCY: Purpose.EMERGENCY,
}
_OURS = frozenset({Kind.UPSTREAM, Kind.INTERNAL, Kind.NOT_AUTHENTICATED, Kind.TOO_MANY})
"""Kinds of faults that say nothing about the reading: the centre's own trouble, or the facility's haste."""
_OPENING = {
    "opening": "The id of an emergency or disaster opening: read for its person, without the card's consent.",
    "operator": "The member of staff who reads; under an opening, without it, the reading names who confirmed that.",
}
_FAULTS = (
    input_.MESSAGE_MALFORMED,
    input_.MESSAGE_MISSING,
    input_.MESSAGE_TWICE,
    input_.FACILITY_CODE,
    input_.INSURER_NUMBER,
    input_.SYMBOL,
    input_.INSURED_NUMBER,
    input_.BRANCH,
    input_.DATE,
    input_.UNKNOWN_CODE,
    input_.TEXT,
    trust.OTHER_FACILITY,
    central.QUERIES_TOO_MANY,
)
_REFUSALS = (
    trust.NO_GRANT,
    disclosure.SEVERAL_PEOPLE,
    disclosure.READING_STOPPED,
    disclosure.FACILITY_SETTING_OFF,
    disclosure.PERIOD_WRONG,
)
_EXAMPLE = {
    "XmlMsg": {
        "MessageHeader": {
            "MedicalInstitutionCode": "9910000001",
            "InsurerNumber": "06990018",
            "InsuranceCardSymbol": "12-34",
            "InsuredPersonIdentificationNumber": "4260",
            "BranchNumber": "01",
        },
        "MessageBody": {"StartDate": "202605", "EndDate": "202610", "FileCategory": "2", "MedicalTreatmentFlag": "1"},
    }
}


class Masters(Protocol):
    """`central.receipts.masters.StoredMaster` as this room needs it."""

    def having(self, codes: Collection[str]) -> Coroutine[Any, Any, DrugMaster]:
        """A master that has every product of these codes that the centre knows."""
        ...


class Withdrawing(Protocol):
    """`central.disclosure.service.Disclosure` as this room needs it."""

    async def withdraw(
        self,
        facility: str,
        person_id: str,
        now: datetime,
        *,
        why: Withdrawal,
        item: ConsentItem | None = None,
        device: str | None = None,
    ) -> None: ...


class Doorkeeper(Protocol):
    """`central.disclosure.door.Door` as this room needs it."""

    async def person_of(
        self,
        reader: Reader,
        *,
        insurer: InsurerNumber,
        symbol: Symbol | None,
        number: InsuredNumber,
        branch: Branch | None,
        asked: Asked,
    ) -> str: ...

    async def person_opened(self, reader: Reader, opening_id: str) -> tuple[str, Purpose]: ...

    async def disclose(
        self,
        reader: Reader,
        person_id: str,
        asked: Asked,
        render: Callable[[Disclosed], bytes],
        *,
        request_hash: str | None = None,
    ) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Form:
    """What one FileCategory asks for."""

    items: tuple[ConsentItem, ...]
    pdf: bool

    @property
    def at_a_glance(self) -> bool:
        """Whether the answer says something of today: paper about drugs does."""
        return self.pdf and ConsentItem.DRUGS in self.items


DRUG_FORMS = {"1": _Form(_DRUGS, True), "2": _Form(_DRUGS, False), "3": _Form(_ALL, True), "4": _Form(_ALL, False)}
CHECKUP_FORMS = {"1": _Form(_CHECKUPS, True), "2": _Form(_CHECKUPS, False)}


class MedicalRoutes:
    """Handlers; ``masters`` tell which drugs have the same ingredient."""

    def __init__(
        self, door: Doorkeeper, consents: Withdrawing, *, masters: Masters, clock: Callable[[], datetime]
    ) -> None:
        self._door = door
        self._consents = consents
        self._masters = masters
        self._clock = clock

    def routes(self) -> list[Route]:
        return [
            self._documents(
                "/v1/medical/drugs",
                DRUG_FORMS,
                "薬剤情報・診療情報（YZKsiquc01）。FileCategory 1 薬剤PDF 2 薬剤XML 3 診療と薬剤PDF 4 診療と薬剤XML",
                "Drugs and treatment (YZKsiquc01) as FileCategory says: 1, 3 PDF, 2, 4 a message; 3, 4 with treatment",
            ),
            self._documents(
                "/v1/medical/checkups",
                CHECKUP_FORMS,
                "特定健診情報（TKKsiquc01）。FileCategory 1 PDF 2 XML",
                "Checkups (TKKsiquc01) as FileCategory says: 1 PDF, 2 a message",
            ),
            self._at_a_glance(),
            self._cancel(),
        ]

    def _documents(self, path: str, forms: dict[str, _Form], ja: str, en: str) -> Route:
        async def answer(call: Call[dict[str, Any]]) -> Raw:
            request = self._request(call)
            form = forms.get(request.file_category)
            if form is None:
                raise OnshiError(input_.UNKNOWN_CODE, list="FileCategory", at="MessageBody/FileCategory")
            try:
                render = self._render(request, form)
                body = await self._read(call, request, form.items, render, at_a_glance=form.at_a_glance)
            except OnshiError as refused:
                if refused.fault.kind in _OURS:
                    raise
                return Raw(_encoded(MedicalRefusal.of(refused.fault, request)))
            return Raw(body, content_type=PDF) if form.pdf else Raw(body)

        return Route(
            method="POST",
            path=path,
            handler=answer,
            request=dict[str, Any],
            response=dict[str, Any],
            or_content_type=PDF,
            query=_OPENING,
            summary_ja=f"{ja}。閲覧できないときは ResultCode 9 と理由",
            summary_en=f"{en}. A reading that is refused: ResultCode 9 and the reason",
            tag="medical information",
            faults=(*_FAULTS, clinic.PAPER_FONT),
            body_limit=65536,
            request_example=_EXAMPLE,
        )

    def _at_a_glance(self) -> Route:
        async def answer(call: Call[dict[str, Any]]) -> Raw:
            request = self._request(call)

            known = self._known()

            def render(disclosed: Disclosed) -> bytes:
                return msgspec.json.encode(glance(disclosed, known(disclosed)))

            request = msgspec.structs.replace(request, first_month=None, last_month=None)
            return Raw(await self._read(call, request, _DRUGS, render, at_a_glance=True))

        return Route(
            method="POST",
            path="/v1/medical/glance",
            handler=answer,
            request=dict[str, Any],
            response=Glance,
            query=_OPENING,
            summary_ja="薬剤を一目で: 同じ成分、残り日数、最後の調剤。事実と出典（要求は YZKsiquc01、期間は問わない）",
            summary_en="Drugs at a glance, facts with the lines they came from; asked for like YZKsiquc01, any period",
            tag="medical information",
            faults=(*_FAULTS, *_REFUSALS),
            body_limit=65536,
            request_example=_EXAMPLE,
        )

    def _cancel(self) -> Route:
        async def cancel(call: Call[dict[str, Any]]) -> Raw:
            request = read_json(call.body, ConsentCancel)
            self._ours(request.facility, call)
            if request.item is codes.ViewingKind.SPECIFIC_DISEASES:
                raise OnshiError(disclosure.ITEMS_WRONG)
            item = ConsentItem(request.item.value) if request.item else None
            asked = Asked(items=(item,) if item else (*_CHECKUPS, *_ALL), purpose=_purpose(request.treatment))
            try:
                person = await self._person(call, request, asked)
            except OnshiError as refused:
                if refused.fault.kind in _OURS:
                    raise
                return Raw(_encoded(MedicalRefusal.of(refused.fault, request)))
            await self._consents.withdraw(
                call.device.facility,
                person,
                self._clock(),
                why=Withdrawal.FACILITY,
                item=item,
                device=call.device.id,
            )
            done = ConsentCancelled(
                facility=request.facility,
                file_identifier=request.file_identifier,
                contents="閲覧の同意を取り消しました。以後、この方の情報は閲覧できません。",
            )
            return Raw(_encoded(done))

        return Route(
            method="POST",
            path="/v1/medical/consents/cancel",
            handler=cancel,
            request=dict[str, Any],
            response=dict[str, Any],
            summary_ja="閲覧同意の取り消し（医療機関から）。同じ秒から閲覧できない",
            summary_en="The facility ends a person's consents, all or one item; refused from the same second on",
            tag="medical information",
            faults=(*_FAULTS, disclosure.ITEMS_WRONG),
            body_limit=65536,
            request_example={"XmlMsg": {"MessageHeader": _EXAMPLE["XmlMsg"]["MessageHeader"]}},
        )

    def _ours(self, facility: FacilityCode, call: Call[Any]) -> None:
        if facility.raw != call.device.facility:
            raise OnshiError(trust.OTHER_FACILITY, facility=call.device.facility)

    def _request(self, call: Call[dict[str, Any]]) -> MedicalRequest:
        request = read_json(call.body, MedicalRequest)
        self._ours(request.facility, call)
        _reader(call)  # an operator that is no id is wrong with the request, not with the reading
        return request

    def _render(self, request: MedicalRequest, form: _Form) -> Callable[[Disclosed], bytes]:
        if form.items is _CHECKUPS:
            if form.pdf:
                return checkup_pdf
            return lambda disclosed: _encoded(checkup_answer(disclosed, request))
        if form.pdf:
            known = self._known()
            return lambda disclosed: drug_pdf(disclosed, known(disclosed))
        return lambda disclosed: _encoded(drug_answer(disclosed, request))

    def _known(self) -> Callable[[Disclosed], DrugMaster]:
        """The master of a reading's drugs, asked for by the door's thread that makes the answer."""
        loop = asyncio.get_running_loop()

        def known(disclosed: Disclosed) -> DrugMaster:
            codes_ = {drug.code for receipt in disclosed.glanced for drug in receipt.drugs}
            return asyncio.run_coroutine_threadsafe(self._masters.having(codes_), loop).result(PATIENCE_SECONDS)

        return known

    async def _read(
        self,
        call: Call[Any],
        request: MedicalRequest,
        items: tuple[ConsentItem, ...],
        render: Callable[[Disclosed], bytes],
        *,
        at_a_glance: bool,
    ) -> bytes:
        asked = Asked(
            items=items,
            first_month=request.first_month.first_day if request.first_month else None,
            last_month=request.last_month.first_day if request.last_month else None,
            purpose=_purpose(request.treatment),
            at_a_glance=at_a_glance,
        )
        opening = call.query.get("opening")
        if opening is None:
            person = await self._person(call, request, asked)
        else:
            # Found without a card: the opening knows whose data it is for, whatever number the request names.
            person, purpose = await self._door.person_opened(_reader(call), opening)
            asked = msgspec.structs.replace(asked, purpose=purpose)
        digest = hashlib.sha256(call.raw).hexdigest()
        return await self._door.disclose(_reader(call), person, asked, render, request_hash=digest)

    async def _person(self, call: Call[Any], request: MedicalRequest | ConsentCancel, asked: Asked) -> str:
        return await self._door.person_of(
            _reader(call),
            insurer=request.insurer_number,
            symbol=request.symbol,
            number=request.number,
            branch=request.branch,
            asked=asked,
        )


def _reader(call: Call[Any]) -> Reader:
    """Raises `OnshiError` (CENTRE-…) for an operator that is no id."""
    try:
        operator = msgspec.convert(call.query.get("operator"), Identifier | None)
    except msgspec.ValidationError:
        raise OnshiError(central.QUERY_WRONG) from None
    return Reader(facility=call.device.facility, device=call.device.id, operator=operator)


def _purpose(treatment: codes.MedicalTreatment | None) -> Purpose:
    return _PURPOSES[treatment] if treatment else Purpose.VISIT


def _encoded(message: Message) -> bytes:
    return msgspec.json.encode(write_json(message))
