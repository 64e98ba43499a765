"""The local API: who may call, visits as they happen, questions as XmlMsg, and nothing by accident."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from click.testing import CliRunner
from jsonschema_rs import Draft202012Validator

from edge.clinic.api import BULKS, STREAMS, ApiRules, LocalApi, hashed, new_token
from edge.clinic.api_document import document
from edge.clinic.commands import clinic as command
from edge.clinic.requests import Requests
from edge.clinic.visits import VisitFeed
from edge.settings import read_settings
from edge.uplink.sealed import SealedFolder
from protocol.codes import SegmentOfResult, Sex
from protocol.errors import OnshiError, clinic, input_, trust, uplink
from protocol.messages import (
    BulkReception,
    CheckupAnswer,
    CheckupHolder,
    ConsentCancelled,
    DrugAnswer,
    DrugHolder,
    EligibilityAnswer,
    EligibilityRequest,
    Message,
    read_json,
    read_xml,
    write_json,
)
from protocol.numbers import FacilityCode
from tests.edge.clinic.test_folders import request as request_file
from tests.edge.clinic.test_kinds import bulk_answer, reference_answer
from tests.edge.fakes import FACILITY, NOW, FakeCentre, message

pytestmark = pytest.mark.sockets

TOKEN = "a-token-of-the-chart-system"
ORIGIN = "https://chart.example"
ASKED = write_json(read_xml(request_file(), EligibilityRequest))


class Program:
    def __init__(self, http: "TestClient[web.Request, web.Application]", feed: VisitFeed, centre: FakeCentre) -> None:
        self.http, self.feed, self.centre = http, feed, centre
        self.headers = {"Authorization": f"Bearer {TOKEN}"}

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        answer = await self.http.get(path, headers={**self.headers, **headers})
        return answer.status, await answer.json()

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = await self.http.post(path, data=data, headers=self.headers)
        return answer.status, await answer.json()

    async def visit(self, number: int) -> None:
        await self.feed.publish(message(), visit=f"{number:032x}", at=NOW + timedelta(seconds=number))


@pytest_asyncio.fixture
async def program() -> AsyncIterator[Program]:
    centre = FakeCentre()
    requests = Requests(centre, facility=FACILITY, clock=lambda: NOW)
    feed = VisitFeed(None, clock=lambda: NOW, stay=timedelta(hours=24))
    rules = ApiRules(facility=FACILITY, clients={"chart": hashed(TOKEN)}, origins=(ORIGIN,))
    api = LocalApi(rules, requests, requests.bulk, feed)
    async with TestClient(TestServer(api.application(document("1")), access_log=None)) as http:
        yield Program(http, feed, centre)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {TOKEN}"}])
async def test_nobody_calls_without_a_token(program: Program, headers: dict[str, str]) -> None:
    for path in ("/v1/health", "/v1/visits", "/v1/nothing"):
        answer = await program.http.get(path, headers=headers)
        assert (answer.status, (await answer.json())["code"]) == (401, clinic.API_TOKEN.code)
    assert (await program.http.get("/openapi.json", headers=headers)).status == 200


async def test_browsers_are_kept_out_unless_their_origin_is_named(program: Program) -> None:
    stranger = await program.http.options("/v1/visits", headers={"Origin": "https://evil.example"})
    assert (stranger.status, "Access-Control-Allow-Origin" in stranger.headers) == (401, False)
    known = await program.http.options("/v1/visits", headers={"Origin": ORIGIN})
    assert (known.status, known.headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    answer = await program.http.get("/v1/visits", headers={**program.headers, "Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    answer = await program.http.get("/v1/visits", headers={**program.headers, "Origin": "null"})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_long_poll_is_answered_by_the_next_visit(program: Program) -> None:
    assert await program.get("/v1/visits") == (200, {"visits": [], "next": 0})
    waiting = asyncio.create_task(program.get("/v1/visits?wait=20"))
    await asyncio.sleep(0.05)
    await program.visit(1)
    status, told = await asyncio.wait_for(waiting, 60)
    assert (status, [one["visit"] for one in told["visits"]]) == (200, [f"{1:032x}"])
    assert read_json(told["visits"][0]["message"], EligibilityAnswer).validity == "1"
    await program.visit(2)
    await program.visit(2)
    status, more = await program.get(f"/v1/visits?after={told['next']}")
    assert [one["visit"] for one in more["visits"]] == [f"{2:032x}"]
    assert (await program.get(f"/v1/visits?after={more['next']}"))[1]["visits"] == []
    assert (await program.get("/v1/health"))[1]["newest_visit"] == more["next"]


async def test_events_come_as_they_happen_and_go_on_after_a_cut(program: Program) -> None:
    await program.visit(1)
    async with program.http.get("/v1/visits/events", headers=program.headers) as stream:
        assert stream.content_type == "text/event-stream"
        first = await _event(stream)
        waiting = asyncio.create_task(_event(stream))
        await asyncio.sleep(0.05)
        await program.visit(2)
        second = await asyncio.wait_for(waiting, 60)
    assert [one["visit"] for one in (first, second)] == [f"{1:032x}", f"{2:032x}"]
    headers = {**program.headers, "Last-Event-ID": str(first["number"])}
    async with program.http.get("/v1/visits/events", headers=headers) as stream:
        assert await _event(stream) == second


async def _event(stream: Any) -> Any:
    while True:
        line = await stream.content.readline()
        if line.startswith(b"data: "):
            return json.loads(line[6:])


async def test_streams_are_counted(program: Program) -> None:
    streams = [await program.http.get("/v1/visits/events", headers=program.headers) for _ in range(STREAMS)]
    answer = await program.http.get("/v1/visits/events", headers=program.headers)
    assert (answer.status, (await answer.json())["code"]) == (429, clinic.API_CROWDED.code)
    for stream in streams:
        stream.close()


async def test_a_query_is_the_centres_answer_or_says_why_not(program: Program) -> None:
    status, told = await program.post("/v1/eligibility", ASKED)
    assert (status, read_json(told, EligibilityAnswer).validity) == (200, "1")
    program.centre.faults = {"eligibility": [OnshiError(uplink.NO_ROUTE)]}
    status, told = await program.post("/v1/eligibility", ASKED)
    found = read_json(told, EligibilityAnswer)
    assert (status, found.segment, found.error_code) == (200, SegmentOfResult.FAILED, uplink.NO_ROUTE.code)


async def test_reference_numbers_and_bulks_go_through(program: Program) -> None:
    program.centre.reply = lambda path, tree: write_json(reference_answer())
    info = {"ReferenceNumber": "7", "InsurerNumber": "06990013", "InsuredIdentificationNumber": "1"}
    body = {"ReferenceNumberRegistrationInfo": info}
    asked = {"XmlMsg": {"MessageHeader": {"MedicalInstitutionCode": FACILITY}, "MessageBody": body}}
    status, told = await program.post("/v1/reference-numbers", asked)
    assert (status, told["XmlMsg"]["MessageBody"]["ProcessingResultStatus"]) == (200, "1")
    reception = BulkReception(
        executed_at=NOW, facility=FacilityCode(FACILITY), segment=SegmentOfResult.NORMAL, reception_number="77"
    )
    program.centre.reply = lambda path, tree: write_json(reception)
    header = {"MedicalInstitutionCode": FACILITY, "QualificationConfirmationDate": "20261121"}
    search = [{"InsuredIdentificationNumber": "1"}]
    bulk = {"XmlMsg": {"MessageHeader": header, "MessageBody": {"QualificationConfirmSearchInfo": search}}}
    status, told = await program.post("/v1/bulk/queries?upload=" + "a" * 32, bulk)
    assert (status, told["XmlMsg"]["MessageBody"]["ReceptionNumber"]) == (200, "77")
    assert program.centre.sent[-1][0] == "/v1/bulk/queries?upload=" + "a" * 32
    program.centre.reply = lambda path, tree: write_json(bulk_answer())
    status, told = await program.get("/v1/bulk/queries/77")
    assert (status, len(told["XmlMsg"]["MessageBody"]["BulkConfirmUnit"])) == (200, 2)
    assert program.centre.sent[-1][1]["XmlMsg"]["MessageBody"] == {"ReceptionNumber": "77"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", input_.MESSAGE_MALFORMED.code),
        (b"[1]", input_.MESSAGE_MALFORMED.code),
        (b"\xff", input_.MESSAGE_MALFORMED.code),
        ({"XmlMsg": {"MessageHeader": {"MedicalInstitutionCode": 1}}}, input_.MESSAGE_MALFORMED.code),
        (json.dumps(ASKED).replace(FACILITY, "9911111111").encode(), clinic.FOREIGN_FACILITY.code),
    ],
)
async def test_wrong_bodies_are_refused_by_name(program: Program, body: Any, code: str) -> None:
    status, told = await program.post("/v1/eligibility", body)
    assert status in {400, 403}
    assert told["code"] == code
    assert program.centre.queries == []


@pytest.mark.parametrize(
    "path", ["/v1/visits?after=x", "/v1/visits?wait=-1", "/v1/visits?after=" + "9" * 40, "/v1/none", "/v1/bulk/x/1"]
)
async def test_wrong_calls_are_problems(program: Program, path: str) -> None:
    status, told = await program.get(path)
    assert status == {"/v1/none": 404, "/v1/bulk/x/1": 403}.get(path, 400)
    assert told["code"] in {clinic.API_REQUEST.code, clinic.REQUEST_KIND_NOT_YET.code}


async def test_the_document_names_every_route_and_its_schemas_are_schemas(program: Program) -> None:
    whole = document("1")
    routes = {
        (resource.canonical, method.lower())
        for route in program.http.server.app.router.routes()  # type: ignore[attr-defined]
        if (resource := route.resource) is not None and (method := route.method) != "HEAD"
    }
    told = {(path, method) for path, methods in whole["paths"].items() for method in methods}
    served = {path.replace("{kind}", kind) for path, _ in routes for kind in BULKS}
    assert {path for path, _ in told} == served - {"/openapi.json"}
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator({**schema, "components": whole["components"]})


def test_visits_survive_a_restart_and_go_with_their_time(tmp_path: Path) -> None:
    now = [NOW]

    def feed() -> VisitFeed:
        return VisitFeed(SealedFolder(tmp_path, b"k" * 32), clock=lambda: now[0], stay=timedelta(hours=1))

    async def publish(one: VisitFeed, visit: str) -> None:
        await one.publish(message(), visit=visit, at=now[0])

    asyncio.run(publish(feed(), "a" * 32))
    assert b"1234567" not in next(tmp_path.iterdir()).read_bytes()
    (tmp_path / f"{1:015d}.visit").write_bytes(b"broken")
    second = feed()
    assert second.find("aaaa").visit == "a" * 32
    asyncio.run(publish(second, "b" * 32))
    assert [event.visit[0] for event in feed().since(0)] == ["a", "b"]
    for wrong in ("", "c"):
        with pytest.raises(OnshiError) as refused:
            feed().find(wrong)
        assert refused.value.fault is clinic.VISIT_NOT_KEPT
    now[0] += timedelta(hours=2)
    assert feed().since(0) == []
    assert list(tmp_path.glob("*.visit")) == []


def test_a_token_is_shown_once_and_kept_as_its_hash() -> None:
    token, kept = new_token()
    assert kept == hashed(token)
    assert token not in kept
    run = CliRunner().invoke(command, ["token", "--id", "chart", "--json"], catch_exceptions=False)
    told = json.loads(run.stdout)
    assert told["hash"] == hashed(told["token"])


@pytest.mark.parametrize(
    ("lines", "setting"),
    [
        ('host = "0.0.0.0"\nport = 1', "api.host"),
        ('clients = {chart = "secret"}', "api.clients.chart"),
    ],
)
def test_settings_that_would_show_data_to_anybody_stop_the_start(lines: str, setting: str) -> None:
    text = (
        f'[device]\nid = "d"\nfacility = "{FACILITY}"\n[files]\nkey = "k"\ncertificate = "c"\ncentre_ca = "a"\n'
        f'state = "s"\n[centre]\nurl = "https://localhost"\n[api]\n{lines}\n'
    )
    with pytest.raises(OnshiError) as refused:
        read_settings(text, file="edge.toml", environment={})
    assert refused.value.details["setting"] == setting


MEDICAL = {
    "XmlMsg": {
        "MessageHeader": {
            "MedicalInstitutionCode": FACILITY,
            "InsurerNumber": "06990013",
            "InsuredPersonIdentificationNumber": "12",
        },
        "MessageBody": {"FileCategory": "2"},
    }
}
PAPER = copy.deepcopy(MEDICAL)
PAPER["XmlMsg"]["MessageBody"]["FileCategory"] = "1"
CANCEL = {"XmlMsg": {"MessageHeader": MEDICAL["XmlMsg"]["MessageHeader"]}}
BORN = date(1980, 2, 17)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (
            "/v1/medical/drugs",
            DrugAnswer(facility=FacilityCode(FACILITY), holder=DrugHolder(birth_date=BORN, sex=Sex.MALE)),
        ),
        (
            "/v1/medical/checkups",
            CheckupAnswer(facility=FacilityCode(FACILITY), holder=CheckupHolder(birth_date=BORN, sex=Sex.MALE)),
        ),
    ],
)
async def test_drugs_and_checkups_are_a_message_or_a_pdf(program: Program, path: str, answer: Message) -> None:
    program.centre.reply = lambda _, tree: write_json(answer)
    status, told = await program.post(path, MEDICAL)
    assert (status, told["XmlMsg"]["MessageHeader"]["ResultCode"]) == (200, "1")
    program.centre.document = b"%PDF-1.4 paper"
    response = await program.http.post(path, json=PAPER, headers=program.headers)
    assert (response.status, response.content_type, await response.read()) == (
        200, "application/pdf", b"%PDF-1.4 paper",
    )  # fmt: skip
    assert response.headers["Cache-Control"] == "no-store"
    assert [one for one, _ in program.centre.sent] == [path, path]


async def test_a_refused_reading_is_a_message_with_the_reason_and_another_category_a_problem(program: Program) -> None:
    program.centre.faults = {"fetch": [OnshiError(trust.NO_GRANT)]}
    status, told = await program.post("/v1/medical/drugs", MEDICAL)
    header = told["XmlMsg"]["MessageHeader"]
    assert (status, header["ResultCode"]) == (200, "9")
    assert header["MessageContents"].startswith(trust.NO_GRANT.code)
    wrong = copy.deepcopy(MEDICAL)
    wrong["XmlMsg"]["MessageBody"]["FileCategory"] = "8"
    status, told = await program.post("/v1/medical/drugs", wrong)
    assert (status, told["code"]) == (400, input_.UNKNOWN_CODE.code)


async def test_the_glance_is_the_centres_or_its_reason(program: Program) -> None:
    program.centre.reply = lambda _, tree: {"reading_id": "r", "same_ingredient": []}
    assert await program.post("/v1/medical/glance", MEDICAL) == (200, {"reading_id": "r", "same_ingredient": []})
    program.centre.faults = {"exchange": [OnshiError(trust.NO_GRANT)]}
    status, told = await program.post("/v1/medical/glance", MEDICAL)
    assert (status, told["code"]) == (403, trust.NO_GRANT.code)


async def test_a_consent_is_cancelled_or_the_reason_told(program: Program) -> None:
    done = ConsentCancelled(facility=FacilityCode(FACILITY), contents="取り消しました。")
    program.centre.reply = lambda _, tree: write_json(done)
    assert await program.post("/v1/medical/consents/cancel", CANCEL) == (200, write_json(done))
    program.centre.faults = {"exchange": [OnshiError(trust.NO_GRANT)]}
    _, told = await program.post("/v1/medical/consents/cancel", CANCEL)
    assert told["XmlMsg"]["MessageHeader"]["ResultCode"] == "9"


@pytest.mark.parametrize("path", ["drugs", "checkups", "glance", "consents/cancel"])
async def test_medical_information_is_asked_for_by_this_facility_only(program: Program, path: str) -> None:
    foreign = copy.deepcopy(MEDICAL)
    foreign["XmlMsg"]["MessageHeader"]["MedicalInstitutionCode"] = "9911111111"
    status, told = await program.post(f"/v1/medical/{path}", foreign)
    assert (status, told["code"]) == (403, clinic.FOREIGN_FACILITY.code)
    assert program.centre.sent == []


@pytest.mark.parametrize("kind", ["queries", "reference-numbers", "home-visits", "online-care", "tickets"])
async def test_every_bulk_is_uploaded_and_its_results_are_asked_for(program: Program, kind: str) -> None:
    header = {"MedicalInstitutionCode": FACILITY, "QualificationConfirmationDate": "20261121"}
    search = {
        "InsurerNumber": "06990013",
        "InsuredIdentificationNumber": "12",
        "ConsentDateFrom": "20261101",
        "ConsentDateTo": "20261130",
        "MedicalTreatmentFlag": "2",
        "MedicalTreatmentMonth": "202611",
    }
    one = kind in {"home-visits", "online-care", "tickets"}
    info = {"ReferenceNumber": "1", "InsurerNumber": "06990013", "InsuredIdentificationNumber": "12"}
    body = {
        "QualificationConfirmSearchInfo": search if one else [search],
        "ReferenceNumberRegistrationInfo": [info],
    }
    reception = BulkReception(executed_at=NOW, facility=FacilityCode(FACILITY), reception_number="7")
    program.centre.reply = lambda path, _: write_json(
        bulk_answer() if path.endswith("/results") and kind != "reference-numbers" else reception
    )
    status, told = await program.post(
        f"/v1/bulk/{kind}?upload={'a' * 32}", {"XmlMsg": {"MessageHeader": header, "MessageBody": body}}
    )
    assert (status, told["XmlMsg"]["MessageBody"]["ReceptionNumber"]) == (200, "7")
    assert (await program.get(f"/v1/bulk/{kind}/7"))[0] == 200
    assert [path for path, _ in program.centre.sent] == [
        f"/v1/bulk/{kind}?upload={'a' * 32}",
        f"/v1/bulk/{kind}/results",
    ]
