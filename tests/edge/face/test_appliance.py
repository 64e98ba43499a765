"""The face method in a whole appliance: its page comes and goes with it, and what it lacks closes no other way."""

import asyncio
from datetime import date
from pathlib import Path

import aiohttp
import pytest

from edge.daemon import Appliance
from edge.face.page import CameraPage
from edge.face.session import FaceRecognition
from edge.face.setup import face_method
from edge.settings import FaceSettings
from edge.visit.desk import Ending
from protocol.errors import face, models_
from protocol.visit import Method
from tests.edge.fakes import FakeCentre, Script, pin
from tests.edge.test_appliance import Port, settings

pytestmark = pytest.mark.sockets


async def test_an_appliance_serves_the_camera_page_and_a_missing_pack_leaves_the_pin_open(tmp_path: Path) -> None:
    desk = Script(method=[Method.FACE, Method.PIN], pin=[pin()], consent=[()])
    chosen = FaceSettings(camera="posted", front_camera="posted", page_port=0, models=tmp_path / "nothing")
    method = face_method(chosen, desk, today=lambda: date(2026, 11, 21))
    assert isinstance(method, FaceRecognition)
    assert isinstance(method._screen, CameraPage)
    reader = Port()
    appliance = Appliance(settings(tmp_path), reader, desk, centre=FakeCentre(), face=method, nudge_seconds=0.01)
    await appliance.start()
    page = f"http://127.0.0.1:{method._screen.port}/camera"
    try:
        async with aiohttp.ClientSession() as browser:
            for which in ("face", "front"):
                async with browser.get(f"{page}/{which}") as shown:
                    assert shown.status == 200
            async with browser.get(f"{page}/status") as told:
                assert (told.status, (await told.json())["code"]) == (503, face.WORKER_GONE.code)
        async with asyncio.timeout(20):
            while method.closed is None:  # noqa: ASYNC110 - the worker is another process
                await asyncio.sleep(0.05)
            reader.insert()
            while not desk.records:  # noqa: ASYNC110 - what is waited for is the desk's list
                await asyncio.sleep(0.01)
    finally:
        await appliance.stop()
    assert desk.records[0].outcome.ending is Ending.ANSWERED
    assert models_.PACK_NOT_BUILT.desk_ja in desk.words()
    assert Method.FACE not in desk.offers[0].methods
    async with aiohttp.ClientSession() as browser:
        with pytest.raises(aiohttp.ClientConnectionError):
            await browser.get(f"{page}/face")
