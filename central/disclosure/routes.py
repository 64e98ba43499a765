"""Routes of consents and of what stands in for them, for enrolled devices: withdraw, emergency, disaster.

What is read afterwards goes through the medical routes, and those through the door. Every answer's audit row is on
disk before it leaves. Facts: trust rules; reference clinic-interface 5, field 1.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from central.api.route import Call, Route
from central.disclosure.disclosed import Purpose, Reader
from central.disclosure.lookup import Candidate, Lookup, Sought
from central.disclosure.openings import Basis, Insured, Openings, Reason
from central.disclosure.service import Disclosure, Withdrawal
from protocol.errors import central, disclosure, input_
from protocol.numbers import Branch, InsuredNumber, InsurerNumber, Symbol
from protocol.visit import ConsentItem, Identifier, RequestId


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class WithdrawalAsked(_Body, frozen=True, kw_only=True):
    """The facility ends a consent that it has taken (医療機関取消); no ``items``: all that the patient allowed here."""

    consent_id: RequestId
    device: Identifier | None = None
    """The reader at which it was given; the calling device when not said."""
    items: Annotated[tuple[ConsentItem, ...], msgspec.Meta(max_length=5)] = ()
    operator: Identifier | None = None


class Withdrawn(_Body, frozen=True, kw_only=True):
    consent_id: RequestId
    items: tuple[ConsentItem, ...]
    """Empty: all."""
    withdrawn_at: datetime


class EmergencyAsked(_Body, frozen=True, kw_only=True):
    """The first member of staff asks to read without consent; ``visit`` is the visit in which the card was read."""

    visit: RequestId
    device: Identifier | None = None
    reason: Reason
    operator: Identifier


class EmergencyWaiting(_Body, frozen=True, kw_only=True):
    opening_id: str
    confirm_until: datetime


class EmergencyConfirmed(_Body, frozen=True, kw_only=True):
    """The second member of staff."""

    opening_id: RequestId
    operator: Identifier


class Readable(_Body, frozen=True, kw_only=True):
    """Open now. ``insured`` is today's insured number of the person, where there is one."""

    opening_id: str
    purpose: Purpose
    available_until: datetime
    insured: Insured | None = None


class PersonSought(_Body, frozen=True, kw_only=True):
    """What is known: the birth date, with a name, a kana name, or insurer and insured number."""

    operator: Identifier
    birth_date: date
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    kana: Annotated[str, msgspec.Meta(max_length=200)] = ""
    sex: Literal["", "1", "2"] = ""
    address: Annotated[str, msgspec.Meta(max_length=400)] = ""
    insurer_number: Annotated[str, msgspec.Meta(max_length=8)] = ""
    symbol: Annotated[str, msgspec.Meta(max_length=40)] = ""
    number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    branch: Annotated[str, msgspec.Meta(max_length=2)] = ""


class PeopleFound(_Body, frozen=True, kw_only=True):
    """At most five. An ``opening_id`` is good for a quarter of an hour."""

    candidates: tuple[Candidate, ...]


class DisasterOpened(_Body, frozen=True, kw_only=True):
    """One of the found people is to be read: the oral consent, or why nobody could be asked."""

    opening_id: RequestId
    operator: Identifier
    basis: Basis
    reason: Reason | None = None

    def __post_init__(self) -> None:
        if (self.basis is Basis.WAIVED) != (self.reason is not None):
            raise ValueError("a reason stands beside a waived consent, and nowhere else")


_ID = "00112233445566778899aabbccddeeff"
_NOON = "2026-06-01T03:00:00Z"
_LIVE = {"opening_id": _ID, "purpose": "emergency", "available_until": _NOON}


@dataclass(frozen=True, slots=True)
class DisclosureRoutes:
    """Handlers; ``clock`` gives the present, aware."""

    disclosure: Disclosure
    openings: Openings
    lookup: Lookup
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        return [
            self._withdraw(),
            self._emergency(),
            self._confirm(),
            self._found(),
            self._opened(),
        ]

    def _withdraw(self) -> Route:
        async def withdraw(call: Call[WithdrawalAsked]) -> Withdrawn:
            asked, now = call.body, self.clock()
            person = await self.disclosure.person_of_consent(
                call.device.facility, asked.device or call.device.id, asked.consent_id
            )
            for item in asked.items or (None,):
                await self.disclosure.withdraw(
                    call.device.facility,
                    person,
                    now,
                    why=Withdrawal.FACILITY,
                    item=item,
                    device=call.device.id,
                    operator=asked.operator,
                )
            return Withdrawn(consent_id=asked.consent_id, items=asked.items, withdrawn_at=now)

        return Route(
            method="POST",
            path="/v1/consents/withdraw",
            handler=withdraw,
            request=WithdrawalAsked,
            response=Withdrawn,
            summary_ja="閲覧同意の取り消し（医療機関取消）",
            summary_en="The facility withdraws a consent that it has taken, all of it or some items",
            tag="consent",
            faults=(disclosure.CONSENT_UNKNOWN,),
            request_example={"consent_id": _ID, "items": ["YZK"]},
            response_example={"consent_id": _ID, "items": ["YZK"], "withdrawn_at": _NOON},
        )

    def _emergency(self) -> Route:
        async def emergency(call: Call[EmergencyAsked]) -> EmergencyWaiting:
            asked = call.body
            opening = await self.openings.emergency(
                _reader(call, asked.operator), visit=asked.visit, device=asked.device, reason=asked.reason
            )
            return EmergencyWaiting(opening_id=opening.opening_id, confirm_until=opening.until)

        return Route(
            method="POST",
            path="/v1/emergencies",
            handler=emergency,
            request=EmergencyAsked,
            response=EmergencyWaiting,
            summary_ja="救急時の閲覧の申請（カード確認の後、理由を付けて）",
            summary_en="Ask for an emergency reading, after the card, with the reason",
            tag="emergency and disaster",
            faults=(disclosure.EMERGENCY_NO_RIGHT, disclosure.EMERGENCY_NO_CARD, disclosure.CERTIFICATE_ENDED),
            request_example={"visit": _ID, "reason": "unconscious", "operator": "nurse-1"},
            response_example={"opening_id": _ID, "confirm_until": _NOON},
        )

    def _confirm(self) -> Route:
        async def confirm(call: Call[EmergencyConfirmed]) -> Readable:
            opening = await self.openings.confirm(_reader(call, call.body.operator), call.body.opening_id)
            return Readable(
                opening_id=opening.opening_id,
                purpose=Purpose.EMERGENCY,
                available_until=opening.until,
                insured=await self.openings.insured(opening.person_id),
            )

        return Route(
            method="POST",
            path="/v1/emergencies/confirm",
            handler=confirm,
            request=EmergencyConfirmed,
            response=Readable,
            summary_ja="救急時の閲覧の確認（2人目の職員）",
            summary_en="The second member of staff confirms an emergency reading",
            tag="emergency and disaster",
            faults=(disclosure.OPENING_NONE, disclosure.OPENING_ENDED, disclosure.SAME_PERSON),
            request_example={"opening_id": _ID, "operator": "doctor-1"},
            response_example=_LIVE,
        )

    def _found(self) -> Route:
        async def found(call: Call[PersonSought]) -> PeopleFound:
            asked = call.body
            sought = Sought(
                birth_date=asked.birth_date,
                name=asked.name,
                kana=asked.kana,
                sex=asked.sex,
                address=asked.address,
                insurer=InsurerNumber(asked.insurer_number) if asked.insurer_number else None,
                symbol=Symbol(asked.symbol) if asked.symbol else None,
                number=InsuredNumber(asked.number) if asked.number else None,
                branch=Branch(asked.branch) if asked.branch else None,
            )
            digest = hashlib.sha256(call.raw).hexdigest()
            people = await self.lookup(_reader(call, asked.operator), sought, request_hash=digest)
            return PeopleFound(candidates=tuple(people))

        return Route(
            method="POST",
            path="/v1/disasters/people",
            handler=found,
            request=PersonSought,
            response=PeopleFound,
            summary_ja="災害時の本人検索（氏名・生年月日・性別・住所・被保険者番号）",
            summary_en="Find a person without a card while a disaster is open for the facility",
            tag="emergency and disaster",
            faults=(
                disclosure.DISASTER_NOT_OPEN,
                disclosure.LOOKUP_TOO_LITTLE,
                disclosure.LOOKUP_NONE,
                disclosure.LOOKUP_TOO_MANY,
                central.QUERIES_TOO_MANY,
                input_.INSURER_NUMBER,
                input_.SYMBOL,
                input_.INSURED_NUMBER,
                input_.BRANCH,
            ),
            request_example={"operator": "nurse-1", "birth_date": "1980-01-02", "kana": "レイジ タロウ"},
            response_example={
                "candidates": [
                    {
                        "opening_id": _ID,
                        "name": "例示　太郎",
                        "kana": "レイジ　タロウ",
                        "birth_date": "1980-01-02",
                        "sex": "1",
                    }
                ]
            },
        )

    def _opened(self) -> Route:
        async def opened(call: Call[DisasterOpened]) -> Readable:
            asked = call.body
            opening = await self.openings.disaster(
                _reader(call, asked.operator), asked.opening_id, basis=asked.basis, reason=asked.reason
            )
            return Readable(
                opening_id=opening.opening_id,
                purpose=Purpose.DISASTER,
                available_until=opening.until,
                insured=await self.openings.insured(opening.person_id),
            )

        return Route(
            method="POST",
            path="/v1/disasters/openings",
            handler=opened,
            request=DisasterOpened,
            response=Readable,
            summary_ja="災害時の閲覧（口頭同意、または同意を得られない理由を記録して）",
            summary_en="Open the reading of a person found: oral consent, or why nobody could be asked",
            tag="emergency and disaster",
            faults=(disclosure.OPENING_NONE, disclosure.OPENING_ENDED, disclosure.DISASTER_NOT_OPEN),
            request_example={"opening_id": _ID, "operator": "nurse-1", "basis": "oral"},
            response_example={**_LIVE, "purpose": "disaster"},
        )


def _reader(call: Call[Any], operator: str) -> Reader:
    return Reader(facility=call.device.facility, device=call.device.id, operator=operator)
