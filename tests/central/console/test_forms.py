"""Who may send what: own origin, the officer's own token, the role; and what every answer carries."""

from pathlib import Path

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from central.api.authentication import HOP_HEADER
from central.audit import Journal
from central.console.web import HEADERS
from central.insurers.officers import Officers
from protocol.errors import insurers as faults
from protocol.errors.console import FORM_FOREIGN, FORM_WRONG
from tests.central.console.desk import Desk, served_over
from tests.central.console.test_others import PAGES, place, theirs
from tests.central.console.world import made
from tests.central.insurers.bureau import NOON

pytestmark = pytest.mark.sockets


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """One database is enough: nothing here depends on which."""
    return f"sqlite:///{tmp_path / 'centre.sqlite'}"


SENT = [page for page in PAGES if page.method == "POST"]


async def test_no_form_is_taken_without_our_origin_and_token(desk: Desk) -> None:
    world = await made(desk)
    ids = theirs(world, world.waiting)
    officer, other = desk["s-1"], desk["s-2"]
    await officer.get("/")
    await other.get("/")
    assert len({officer.token, other.token}) == 2
    wrong = []
    for page in SENT:
        path = place(page, upload=ids["upload"], record=ids["record"])
        good = {"token": officer.token, "item": f"{world.item}.{world.digest}", "reason": "確認済み"}
        for name, headers, fields in (
            ("no origin", {"Origin": ""}, good),
            ("another origin", {"Origin": "https://example.org"}, good),
            ("null origin", {"Origin": "null"}, good),
            ("another port", {"Origin": "http://127.0.0.1:1"}, good),
            ("cross-site", {"Sec-Fetch-Site": "cross-site"}, good),
            ("same-site", {"Sec-Fetch-Site": "same-site"}, good),
            ("no token", {}, {**good, "token": ""}),
            ("another officer's token", {}, {**good, "token": other.token}),
            ("half a token", {}, {**good, "token": officer.token[:32]}),
        ):
            form = FormData(default_to_multipart=page.takes_file)
            for field, value in fields.items():
                form.add_field(field, value)
            if page.takes_file:
                form.add_field("file", b"x", filename="x.csv")
            answer = await officer.raw("POST", path, data=form, headers=headers)
            if answer.status != 403 or FORM_FOREIGN.code not in await answer.text():
                wrong.append((page.path, name, answer.status))
    assert wrong == []
    rows = await desk.bureau.rows("SELECT state FROM insurers_upload WHERE upload_id = :id", id=world.waiting)
    assert [row["state"] for row in rows] == ["ready"]


async def test_a_request_of_nobody_gets_no_page(desk: Desk) -> None:
    officer = desk["o-1"]
    for headers in ({}, {HOP_HEADER: "x"}, {HOP_HEADER: "-----BEGIN CERTIFICATE-----"}):
        officer.headers = headers
        for page in PAGES:
            path = place(page, upload="0" * 24, record="0" * 32)
            answer = await officer.raw(page.method, path)
            text = await answer.text()
            assert (answer.status, faults.OFFICER_UNKNOWN.code in text) == (401, True), page.path
            assert "onshi-nav" not in text


async def test_a_certificate_in_the_header_counts_only_from_the_named_proxy(desk: Desk) -> None:
    bureau = desk.bureau
    for hop in ("", "192.0.2.1"):
        served = served_over(bureau, bureau.folder, trusted_hop=hop)
        async with TestClient(TestServer(served.application)) as client:
            answer = await client.get("/", headers=desk["o-1"].headers)
            assert answer.status == 401


async def test_only_a_supervisor_and_never_the_uploader_confirms(desk: Desk) -> None:
    bureau = desk.bureau
    await desk.apply("s-1", *(bureau.line(place) for place in range(1, 10)))
    path = await desk.upload("s-1", *(bureau.line(place, operation="2", percent="") for place in range(1, 10)))
    status, _ = await desk["s-1"].post(f"{path}/confirm")
    assert status == 409
    await desk["o-1"].post(f"{path}/apply")
    await desk.served.runs.settled()
    _, page = await desk["s-1"].get(path)
    assert "別の責任者の確認が必要です。" in page
    assert "/confirm" not in page
    for officer, code in (("o-1", faults.ROLE_NEEDED), ("s-1", faults.SAME_PERSON_CONFIRMS)):
        status, told = await desk[officer].post(f"{path}/confirm")
        assert (status, code.code in told) == (403, True)
    assert len(await bureau.current("burden_ratio")) == 9
    _, page = await desk["s-2"].get(path)
    assert "/confirm" in page
    assert "負担割合がなくなる人" in page
    assert (await desk["s-2"].post(f"{path}/confirm"))[0] == 303
    await desk.served.runs.settled()
    _, page = await desk["o-1"].get(path)
    assert "反映しました。" in page
    assert "s-2" in page


async def test_a_revoked_officer_gets_no_further_page(desk: Desk) -> None:
    bureau = desk.bureau
    assert (await desk["o-1"].get("/"))[0] == 200
    officers = Officers(bureau.store, Journal(bureau.store, log="admin", clock=lambda: bureau.now), clock=lambda: NOON)
    await officers.revoke("o-1", reason="left")
    for path in ("/", "/pending", "/uploads"):
        status, told = await desk["o-1"].get(path)
        assert (status, faults.OFFICER_REVOKED.code in told, "onshi-nav" in told) == (403, True, False)


async def test_every_answer_keeps_the_browser_strict(desk: Desk) -> None:
    for path in ("/", "/nothing", "/static/console.css", "/static/console.js", "/static/other", "/uploads/000"):
        answer = await desk["o-1"].raw("GET", path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
    answer = await desk["o-1"].raw("PUT", "/")
    assert (answer.status, answer.headers["Content-Security-Policy"][:18]) == (405, "default-src 'none'")
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"token=x"),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", "token=あ".encode()),
        ("application/x-www-form-urlencoded", b"token=%ff"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(2000))),
    ],
)
async def test_what_is_no_form_is_refused(desk: Desk, content_type: str, body: bytes) -> None:
    answer = await desk["o-1"].raw("POST", "/members", data=body, headers={"Content-Type": content_type})
    assert (answer.status, FORM_WRONG.code in await answer.text()) == (400, True)


async def test_a_form_that_is_too_large_is_refused(desk: Desk) -> None:
    status, told = await desk["o-1"].post("/members", name="あ" * 60_000)
    assert (status, "CENTRE-903" in told) == (413, True)


async def test_fields_twice_or_too_long_are_refused(desk: Desk) -> None:
    assert (await desk["o-1"].post("/members", ("number", "1"), ("number", "2")))[0] == 400
    assert (await desk["o-1"].post("/members", number="1" * 300))[0] == 400
    assert (await desk["o-1"].post("/pending/review", ("item", "no such form"), reason="x"))[0] == 400


async def test_the_language_is_remembered_and_leads_back_to_our_own_pages(desk: Desk) -> None:
    officer = desk["o-1"]
    await officer.get("/")
    for back, to in (("/pending", "/pending"), ("//example.org", "/"), ("https://example.org", "/"), ("", "/")):
        answer = await officer.raw("POST", "/language", data={"token": officer.token, "language": "en", "back": back})
        assert (answer.status, answer.headers["Location"]) == (303, to)
    cookie = answer.headers["Set-Cookie"]
    for word in ("onshi_language=en", "HttpOnly", "SameSite=Strict", "Secure"):
        assert word in cookie
    _, page = await officer.get("/", Cookie="onshi_language=en")
    assert '<html lang="en">' in page
    assert "Insurer console" in page
