"""The web API at the paths that clinic software has built in: login for a token, search with it.

Login: TLS client certificate of an enrolled device; what the JSON body holds (user and password, under names that
are not public) decides nothing. Search: the token alone; whatever is wrong in a message of our facility is an answer
in the client's own language, because clients die without a MessageBody. Facts: reference clinic-interface 2.2, 3.10.
"""

import dataclasses
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from central.api.route import Auth, Call, Listener, Raw, Route
from central.clinics.tokens import LIFE, Tokens
from protocol import codes
from protocol.eras import JST
from protocol.errors import Fault, Kind, OnshiError, clinic
from protocol.messages import AskedSearch, Element, EligibilityAnswer, Message, read_json, write_json
from protocol.numbers import FacilityCode

LOGIN = "/oqs-api-pro/MSA12020/ILI12020SV01/auth"
SEARCH = "/oqs-api-pro/MSA01030/ILI01030SV01/search"

M = TypeVar("M", bound=Message)


class LoginResult(msgspec.Struct, frozen=True, kw_only=True):
    """``accessToken`` and ``refreshToken`` are the ``idToken`` again; nobody was seen to use them apart."""

    accessToken: str  # noqa: N815 - the client's own names
    refreshToken: str  # noqa: N815
    idToken: str  # noqa: N815
    linkSysCharCd: str  # noqa: N815


class LoginAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the login gives; ``status`` is inferred, only its name is known."""

    status: str
    msg: str
    result: LoginResult


def routes(eligibility: Route, tokens: Tokens, clock: Callable[[], datetime]) -> list[Route]:
    """``eligibility`` is the devices' route, whose handler (with its audit row) answers the search."""

    async def login(call: Call[dict[str, Any]]) -> LoginAnswer:
        token = tokens.issue(call.device)
        result = LoginResult(
            accessToken=token, refreshToken=token, idToken=token, linkSysCharCd=codes.CharacterCode.UTF_8.value
        )
        return LoginAnswer(status="1", msg="正常終了", result=result)

    async def search(call: Call[dict[str, Any]]) -> Raw:
        try:
            answer: Raw = await eligibility.handler(call)
        except OnshiError as refused:
            if refused.fault.kind is Kind.NOT_ALLOWED:
                raise
            facility = _part(call.body, _Facility)
            if facility is None or facility.code.raw != call.device.facility:
                raise
            return Raw(msgspec.json.encode(_refusal(refused.fault, facility.code, call.body, clock().astimezone(JST))))
        return answer

    return [
        Route(
            method="POST",
            path=LOGIN,
            handler=login,
            request=dict[str, Any],
            response=LoginAnswer,
            summary_ja=f"ログイン（クライアント証明書）。idToken は {LIFE.seconds // 60} 分有効",
            summary_en=f"Log in with the client certificate; the idToken lives {LIFE.seconds // 60} minutes",
            tag="web API",
            body_limit=16384,
            listener=Listener.CLINICS,
        ),
        dataclasses.replace(
            eligibility,
            path=SEARCH,
            handler=search,
            auth=Auth.TOKEN,
            listener=Listener.CLINICS,
            tag="web API",
            summary_ja="被保険者番号等による資格確認（Authorization に idToken をそのまま）",
            summary_en="Eligibility by insured number (Authorization: the idToken as it is)",
            faults=(*eligibility.faults, clinic.TOKEN_WRONG, clinic.TOKEN_EXPIRED),
        ),
    ]


class _Facility(Message, frozen=True, kw_only=True):
    code: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]


class _Day(Message, frozen=True, kw_only=True):
    asked: Annotated[date, Element("MessageHeader/QualificationConfirmationDate", "資格確認日")]


class _Identifier(Message, frozen=True, kw_only=True):
    given: Annotated[
        str, Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True)
    ]


class _Search(Message, frozen=True, kw_only=True):
    typed: Annotated[AskedSearch, Element("MessageBody/QualificationConfirmSearchInfo", "資格確認照会用情報")]


def _refusal(fault: Fault, facility: FacilityCode, asked: object, now: datetime) -> dict[str, Any]:
    """The answer that fails as a whole, with every part of the request that can be read; the search as it was typed.

    The day is today's where none can be read: clients want one.
    """
    day, identifier, search = _part(asked, _Day), _part(asked, _Identifier), _part(asked, _Search)
    told = EligibilityAnswer.refused(
        fault,
        executed_at=now,
        asked_day=day.asked if day else now.date(),
        facility=facility,
        reference=codes.ReferenceClassification.INSURED_NUMBER,
        file_identifier=identifier.given if identifier else None,
    )
    tree = write_json(told)
    if search is not None:
        message = tree["XmlMsg"]
        message["MessageBody"] = write_json(search)["XmlMsg"]["MessageBody"] | message["MessageBody"]
    return tree


def _part(asked: object, kind: type[M]) -> M | None:
    """What is good in a message of which something is not; None when this part is what is wrong."""
    try:
        return read_json(asked, kind)
    except OnshiError:
        return None
