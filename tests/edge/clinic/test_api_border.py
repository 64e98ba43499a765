"""What every answer of the local API has, whatever it is and however it leaves."""

import re
from io import BytesIO

import pytest

from edge.clinic.api_document import document
from protocol.codes import SegmentOfResult
from protocol.errors import clinic
from protocol.messages import BULK_BYTES, BulkReception, write_json
from protocol.numbers import FacilityCode
from tests.edge.clinic.test_api import ORIGIN, TOKEN, Program, program
from tests.edge.clinic.test_appointments import CSV, VALID, answer
from tests.edge.fakes import FACILITY, NOW

__all__ = ["program"]

pytestmark = pytest.mark.sockets

RECEPTION = BulkReception(
    executed_at=NOW, facility=FacilityCode(FACILITY), segment=SegmentOfResult.NORMAL, reception_number="7"
)


@pytest.mark.parametrize("origin", [ORIGIN, "https://evil.example", ""])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/openapi.json", 200),
        ("GET", "/v1/health", 200),
        ("GET", "/v1/visits/events", 200),
        ("GET", "/v1/bulk/queries/7", 200),
        ("POST", "/v1/appointments/2026-11-22", 200),
        ("POST", "/v1/appointments/tomorrow", 400),
        ("POST", "/v1/eligibility", 400),
    ],
)
async def test_a_named_origin_may_read_every_answer_and_nobody_keeps_one(
    program: Program, method: str, path: str, status: int, origin: str
) -> None:
    result = answer(("A-1", VALID))
    program.centre.reply = lambda called, tree: write_json(result if called.endswith("/results") else RECEPTION)
    headers = {**program.headers, "Content-Type": "text/csv"} | ({"Origin": origin} if origin else {})
    body = CSV.encode() if method == "POST" else None
    async with program.http.request(method, path, data=body, headers=headers) as told:
        assert told.status == status
        assert told.headers.get("Access-Control-Allow-Origin") == (ORIGIN if origin == ORIGIN else None)
        assert (told.headers["Cache-Control"], told.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize(
    ("shown", "status"),
    [(f"bearer {TOKEN}", 200), (f"BEARER  {TOKEN}", 200), (f"Bearer{TOKEN}", 401), (TOKEN, 401), ("Bearer", 401)],
)
async def test_the_scheme_of_a_token_is_known_in_any_letters(program: Program, shown: str, status: int) -> None:
    async with program.http.get("/v1/health", headers={"Authorization": shown}) as told:
        assert told.status == status


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "allow"),
    [
        ("GET", "/v1/nothing", None, 404, None),
        ("POST", "/v1/health", b"{}", 405, "GET,HEAD"),
        ("PUT", "/v1/eligibility", b"{}", 405, "POST"),
        ("POST", "/v1/eligibility", b" " * (BULK_BYTES + 1), 413, None),
        ("GET", "/v1/visits?after=x", None, 400, None),
    ],
)
async def test_a_call_that_leads_nowhere_says_so_by_its_status_and_as_a_problem(
    program: Program, method: str, path: str, body: bytes | None, status: int, allow: str | None
) -> None:
    data = BytesIO(body) if body is not None else None
    async with program.http.request(method, path, data=data, headers=program.headers) as told:
        assert (told.status, (await told.json())["code"]) == (status, clinic.API_REQUEST.code)
        found = told.headers.get("Allow")
        assert (found.replace(" ", "") if found else found) == allow


@pytest.mark.parametrize("name", ["", "short", "x" * 65, "a" * 16 + "&x=1", "a" * 16 + "/..", "患" * 16])
async def test_an_upload_is_named_as_the_document_says_or_refused_before_anything_is_asked(
    program: Program, name: str
) -> None:
    header = {"MedicalInstitutionCode": FACILITY, "QualificationConfirmationDate": "20261121"}
    search = [{"InsuredIdentificationNumber": "1"}]
    bulk = {"XmlMsg": {"MessageHeader": header, "MessageBody": {"QualificationConfirmSearchInfo": search}}}
    program.centre.reply = lambda called, tree: write_json(RECEPTION)
    async with program.http.post(
        "/v1/bulk/queries", params={"upload": name}, json=bulk, headers=program.headers
    ) as told:
        assert (told.status, (await told.json())["details"]) == (400, {"parameter": "upload"})
    assert program.centre.sent == []
    (upload,) = document("1")["paths"]["/v1/bulk/queries"]["post"]["parameters"]
    assert re.search(upload["schema"]["pattern"], name) is None
    assert (await program.post("/v1/bulk/queries", bulk))[0] == 200
