"""The web API at the paths that clinic software has built in: login for a token, search with it.

Login: TLS client certificate of an enrolled device; what the JSON body holds (user and password, under names that
are not public) decides nothing. Search: the token alone; refusals are answers in the client's own language, because
clients die without a MessageBody. Facts: reference clinic-interface 2.2, 3.10.
"""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from central.api.route import Auth, Call, Listener, Raw, Route
from central.clinics.tokens import LIFE, Tokens
from protocol import codes
from protocol.eras import JST
from protocol.errors import Kind, OnshiError, clinic
from protocol.messages import EligibilityAnswer, EligibilityRequest, decode_json, write_json

LOGIN = "/oqs-api-pro/MSA12020/ILI12020SV01/auth"
SEARCH = "/oqs-api-pro/MSA01030/ILI01030SV01/search"


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
            request = decode_json(call.raw, EligibilityRequest)
            told = EligibilityAnswer.refused(
                refused.fault,
                executed_at=clock().astimezone(JST),
                asked_day=request.asked_day,
                facility=request.facility,
                reference=codes.ReferenceClassification.INSURED_NUMBER,
                file_identifier=request.file_identifier,
                search=request.search,
            )
            return Raw(msgspec.json.encode(write_json(told)))
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
