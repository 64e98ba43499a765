"""The web API as its known client calls it: over TLS, login with a certificate, search with the raw token."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from central.app import Central, build
from central.clinics.tokens import LIFE, Tokens
from central.clinics.web import LOGIN, SEARCH
from central.facilities.ca import DeviceCa, make_ca
from central.settings import Clinics, Database, Listen, Settings
from protocol.errors import Fault, OnshiError, central, clinic, input_, trust
from protocol.messages import EligibilityAnswer, read_json
from protocol.numbers import with_check_digit
from tests.central.clinics.desk import device
from tests.conformance.strict import judge_json
from tests.parts.devices import key_pem, new_key, server_certificate, signing_request

pytestmark = pytest.mark.sockets

CLINIC = with_check_digit("991000000")
SHOWN = {"Content-Type": "application/json;charset=UTF-8", "Accept": "application/json"}


def request(facility: str = CLINIC, symbol: str = "公立学校共済") -> dict[str, Any]:
    search = {
        "InsurerNumber": "06990018",
        "InsuredCardSymbol": symbol,
        "InsuredIdentificationNumber": "4260",
        "Birthdate": "19800102",
        "LimitApplicationCertificateRelatedConsFlg": "1",
    }
    header = {
        "QualificationConfirmationDate": f"{datetime.now(UTC) + timedelta(hours=9):%Y%m%d}",
        "MedicalInstitutionCode": facility,
    }
    return {"XmlMsg": {"MessageHeader": header, "MessageBody": {"QualificationConfirmSearchInfo": search}}}


class Client:
    def __init__(self, served: Central, folder: Path, pem: bytes) -> None:
        self.central = served
        self.base = f"https://127.0.0.1:{served.clinics_port}"
        self.plain = ssl.create_default_context(cafile=str(folder / "server.pem"))
        self.certified = ssl.create_default_context(cafile=str(folder / "server.pem"))
        place = folder / "client.pem"
        place.write_bytes(pem)
        self.certified.load_cert_chain(place)

    async def post(self, path: str, body: Any, tls: ssl.SSLContext, **headers: str) -> tuple[int, Any]:
        async with aiohttp.ClientSession() as session:
            data = json.dumps(body, ensure_ascii=False).encode()
            async with session.post(self.base + path, data=data, headers={**SHOWN, **headers}, ssl=tls) as answer:
                return answer.status, await answer.json()

    async def token(self) -> str:
        status, answer = await self.post(LOGIN, {"loginId": "u", "password": "p"}, self.certified)
        assert status == 200
        found: str = answer["result"]["idToken"]
        return found


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    key = new_key()
    (tmp_path / "server.pem").write_bytes(server_certificate(key))
    (tmp_path / "server.key").write_bytes(key_pem(key))
    certificate, ca_key = make_ca(now=datetime.now(UTC))
    (tmp_path / "device-ca.pem").write_bytes(certificate)
    listen = Listen(host="127.0.0.1", port=0, ops_port=0)
    settings = Settings(
        credentials=tmp_path,
        database=Database(url="sqlite://"),
        listen=listen,
        clinics=Clinics(enabled=True, host="127.0.0.1", port=0),
    )
    served = build(settings)
    await served.start()
    try:
        await served.facilities.add_facility(CLINIC, "第一医院")
        own = new_key()
        issued = await served.facilities.enrol(
            DeviceCa(certificate, ca_key), signing_request(own, "chart-1"), device="chart-1", facility=CLINIC, days=3
        )
        yield Client(served, tmp_path, issued.pem + key_pem(own))
    finally:
        await served.stop()


async def test_login_needs_the_certificate_and_gives_strings(client: Client) -> None:
    status, refused = await client.post(LOGIN, {}, client.plain)
    assert (status, refused["code"]) == (401, central.DEVICE_NOT_SHOWN.code)
    status, answer = await client.post(LOGIN, {"user": "u", "password": "p"}, client.certified)
    assert status == 200
    assert set(answer) == {"status", "msg", "result"}
    assert set(answer["result"]) == {"accessToken", "refreshToken", "idToken", "linkSysCharCd"}
    assert all(isinstance(one, str) and one for one in (*answer["result"].values(), answer["status"], answer["msg"]))


async def test_a_search_with_the_raw_token_is_answered_without_a_certificate(client: Client) -> None:
    status, answer = await client.post(SEARCH, request(), client.plain, Authorization=await client.token())
    assert status == 200
    found = read_json(answer, EligibilityAnswer)
    assert (found.validity, found.reference, found.status) == ("4", "2", "1")
    assert answer["XmlMsg"]["MessageBody"]["QualificationConfirmSearchInfo"]["InsuredCardSymbol"] == "公立学校共済"
    assert "ResultList" not in answer["XmlMsg"]["MessageBody"]


async def test_tokens_of_nobody_and_codes_of_others_are_refused(client: Client) -> None:
    token = await client.token()
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in ({}, {"Authorization": "x"}, {"Authorization": changed}):
        status, refused = await client.post(SEARCH, request(), client.plain, **wrong)
        assert (status, refused["code"]) == (401, clinic.TOKEN_WRONG.code)
    other = with_check_digit("991000001")
    status, refused = await client.post(SEARCH, request(other), client.plain, Authorization=token)
    assert (status, refused["code"]) == (403, trust.OTHER_FACILITY.code)


async def test_a_revoked_device_takes_its_tokens_along(client: Client) -> None:
    token = await client.token()
    await client.central.facilities.revoke("chart-1", reason="lost")
    status, refused = await client.post(SEARCH, request(), client.plain, Authorization=token)
    assert (status, refused["code"]) == (403, central.DEVICE_REVOKED.code)


async def test_a_refused_day_is_an_answer_that_the_client_can_read(client: Client) -> None:
    asked = request()
    asked["XmlMsg"]["MessageHeader"]["QualificationConfirmationDate"] = "20100101"
    status, answer = await client.post(SEARCH, asked, client.plain, Authorization=await client.token())
    assert status == 200
    found = read_json(answer, EligibilityAnswer)
    assert (found.segment, found.error_code, found.status) == ("9", central.QUERY_DAY.code, "2")


@pytest.mark.parametrize(
    ("group", "name", "value", "code"),
    [
        ("QualificationConfirmSearchInfo", "Birthdate", "19801332", input_.BIRTH_DATE),
        ("QualificationConfirmSearchInfo", "InsurerNumber", "0699x018", input_.INSURER_NUMBER),
        ("QualificationConfirmSearchInfo", "LimitApplicationCertificateRelatedConsFlg", None, input_.MESSAGE_MISSING),
        ("MessageHeader", "QualificationConfirmationDate", "2026/12/01", input_.DATE),
        ("QualificationConfirmSearchInfo", "InsuredIdentificationNumber", 4260, input_.MESSAGE_MALFORMED),
    ],
)
async def test_a_mistyped_value_is_an_answer_with_the_search_as_it_was_typed(
    client: Client, group: str, name: str, value: Any, code: Fault
) -> None:
    asked = request()
    message = asked["XmlMsg"]
    search = message["MessageBody"]["QualificationConfirmSearchInfo"]
    (search if group == "QualificationConfirmSearchInfo" else message[group])[name] = value
    status, answer = await client.post(SEARCH, asked, client.plain, Authorization=await client.token())
    assert status == 200
    judge_json(answer, "OQSsiquc01res")
    header, body = answer["XmlMsg"]["MessageHeader"], answer["XmlMsg"]["MessageBody"]
    assert (header["SegmentOfResult"], header["ErrorCode"]) == ("9", code.code)
    assert (header["MedicalInstitutionCode"], header["ReferenceClassification"]) == (CLINIC, "2")
    typed = {tag: text for tag, text in search.items() if text is not None}
    shown = {} if code is input_.MESSAGE_MALFORMED else {"QualificationConfirmSearchInfo": typed}
    assert {tag: body[tag] for tag in body if tag.startswith("Qualification")} == shown


async def test_a_message_without_its_body_is_answered_and_what_is_none_or_not_ours_is_refused(client: Client) -> None:
    token = await client.token()
    for asked in (whole := request(), request(with_check_digit("991000001"))):
        del asked["XmlMsg"]["MessageBody"]
        status, answer = await client.post(SEARCH, asked, client.plain, Authorization=token)
        if asked is whole:
            assert (status, read_json(answer, EligibilityAnswer).error_code) == (200, input_.MESSAGE_MISSING.code)
        else:
            assert (status, answer["code"]) == (400, input_.MESSAGE_MISSING.code)
    for none in ({}, {"XmlMsg": "x"}, {"XmlMsg": {"MessageBody": request()["XmlMsg"]["MessageBody"]}}):
        status, refused = await client.post(SEARCH, none, client.plain, Authorization=token)
        assert (status, refused["kind"]) == (400, "bad_input")


async def test_a_content_length_in_characters_is_tolerated(client: Client) -> None:
    token, text = await client.token(), json.dumps(request(), ensure_ascii=False)
    assert len(text) < len(text.encode())
    reader, writer = await asyncio.open_connection("127.0.0.1", client.central.clinics_port, ssl=client.plain)
    head = (
        f"POST {SEARCH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json;charset=UTF-8\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    for _ in range(2):
        writer.write(head.encode() + text.encode())
        answered = await reader.readuntil(b"\r\n\r\n")
        length = int(answered.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        answer = read_json(json.loads(await reader.readexactly(length)), EligibilityAnswer)
        assert answered.startswith(b"HTTP/1.1 200")
        assert answer.search
        assert str(answer.search.symbol) == "公立学校共済"
    writer.close()
    await writer.wait_closed()


def test_tokens_expire_and_belong_to_their_keys() -> None:
    now = [datetime(2026, 11, 21, tzinfo=UTC)]
    issuing = Tokens([b"a" * 32], lambda: now[0])
    token = issuing.issue(device())
    assert Tokens([b"b" * 32, b"a" * 32], lambda: now[0]).read(token) == ("reader-1", device().facility)
    for wrong in ("", ".", "a.b", token + "A", "é." + token, "x" * 2000):
        with pytest.raises(OnshiError) as refused:
            issuing.read(wrong)
        assert refused.value.fault is clinic.TOKEN_WRONG
    with pytest.raises(OnshiError):
        Tokens([b"c" * 32], lambda: now[0]).read(token)
    now[0] += LIFE
    with pytest.raises(OnshiError) as refused:
        issuing.read(token)
    assert refused.value.fault is clinic.TOKEN_EXPIRED
