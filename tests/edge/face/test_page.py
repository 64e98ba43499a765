"""The camera page: frames come in only from itself and only while somebody looks; it says what the person should do."""

import asyncio
import contextlib
import http.client
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from edge.face.camera import LONGEST, PostedCamera
from edge.face.page import CameraPage
from edge.face.words import PROMPTS
from protocol.errors import OnshiError, face
from protocol.errors.input_ import SETTING_WRONG
from tests.edge.face.test_session import STATUS

pytestmark = pytest.mark.sockets


class Desk:
    """A page with both cameras, and whoever opens it."""

    def __init__(self) -> None:
        self.cameras = {"face": PostedCamera(), "front": PostedCamera()}
        self.loaded: msgspec.Struct | None = STATUS
        self.page = CameraPage(self.cameras, port=0, status=lambda: self.loaded)

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        own = f"http://127.0.0.1:{self.page.port}"
        headers = {"Origin": own, **more.pop("headers", {})}
        asked = {"headers": headers, **more}
        async with aiohttp.ClientSession() as client, client.request(method, own + path, **asked) as got:
            assert got.headers["Content-Security-Policy"].startswith("default-src 'self'")
            text = await got.text()
            return got.status, json.loads(text) if got.content_type == "application/json" else text


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    await made.page.start()
    try:
        yield made
    finally:
        await made.page.stop()


async def test_frames_reach_the_camera_while_somebody_looks_and_the_answer_says_what_to_do(desk: Desk) -> None:
    camera = desk.cameras["face"]
    assert await desk.ask("POST", "/camera/face/frames", data=b"early") == (200, {"looking": False, "said": None})
    await camera.open()
    desk.page.show(PROMPTS["too_close"])
    status, told = await desk.ask("POST", "/camera/face/frames", data=b"frame")
    assert (status, told["looking"], told["said"]["ja"]) == (200, True, PROMPTS["too_close"].ja)
    assert bytes((await camera.frame()).data) == b"frame"
    assert (await desk.ask("GET", "/camera/front/state"))[1] == {"looking": False, "said": None}
    desk.page.show(None)
    await camera.close()
    assert (await desk.ask("GET", "/camera/face/state"))[1] == {"looking": False, "said": None}


@pytest.mark.parametrize("size", [0, LONGEST + 1])
async def test_a_frame_of_no_size_or_any_size_is_refused_in_words(desk: Desk, size: int) -> None:
    with contextlib.suppress(aiohttp.ClientError):  # the page hangs up on a sender that goes on
        status, told = await desk.ask("POST", "/camera/face/frames", data=io.BytesIO(bytes(size)))
        assert (status, told["code"]) == (413, face.PICTURE_TOO_LARGE.code)
    assert desk.cameras["face"]._newest is None


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}],
    ids=["another page", "no page", "another name for this machine"],
)
async def test_nobody_elses_page_posts_frames_or_reads_along(desk: Desk, headers: dict[str, str]) -> None:
    await desk.cameras["face"].open()
    for method, path in (("POST", "/camera/face/frames"), ("GET", "/camera/face/state")):
        assert (await desk.ask(method, path, data=b"frame", headers=headers))[0] == 403
    assert desk.cameras["face"]._newest is None


async def test_a_sender_that_names_no_origin_is_no_page(desk: Desk) -> None:
    line = http.client.HTTPConnection("127.0.0.1", desk.page.port, timeout=5)

    def post() -> int:
        line.request("POST", "/camera/face/frames", body=b"frame")
        return line.getresponse().status

    assert await asyncio.to_thread(post) == 403
    line.close()


async def test_the_page_and_its_files_are_served_and_nothing_else(desk: Desk) -> None:
    assert 'lang="ja"' in (await desk.ask("GET", "/camera/face"))[1]
    assert (await desk.ask("GET", "/camera/front"))[0] == 200
    for name in ("camera.js", "camera.css"):
        assert (await desk.ask("GET", f"/camera/assets/{name}"))[0] == 200
    for path in ("/camera/other", "/camera/assets/page.py", "/camera/assets/..%2fpage.py", "/"):
        assert (await desk.ask("GET", path))[0] == 404


async def test_the_status_tells_that_no_network_looks_for_attacks(desk: Desk) -> None:
    status, told = await desk.ask("GET", "/camera/status")
    assert (status, told["detector"], told["liveness"]) == (200, None, STATUS.liveness)
    desk.loaded = None
    status, told = await desk.ask("GET", "/camera/status")
    assert (status, told["code"]) == (503, face.WORKER_GONE.code)


async def test_a_port_that_is_taken_is_a_setting_to_mend(desk: Desk) -> None:
    second = CameraPage(desk.cameras, port=desk.page.port, status=lambda: None)
    with pytest.raises(OnshiError) as told:
        await second.start()
    assert told.value.fault is SETTING_WRONG
    assert told.value.details["setting"] == "face.page_port"
