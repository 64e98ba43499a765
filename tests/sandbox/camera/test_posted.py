"""The face method as the settings make it, fed by a page: card front and person over HTTP, the page in a browser."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image as Pillow

from edge.card.port import CardSession
from edge.face.camera import PostedCamera
from edge.face.page import CameraPage
from edge.face.picture import decode_frame
from edge.face.session import FaceRecognition
from edge.face.setup import face_method
from edge.face.words import PROMPTS
from edge.ocr.seen import SeenFront
from edge.settings import FaceSettings
from edge.visit.stopwatch import Stopwatch
from edge.visit.talk import Talk
from models import pack as packing
from sandbox import portraits
from sandbox.camera import scenes
from sandbox.camera.actors import Person
from sandbox.camera.presentations import Wardrobe
from sandbox.card import personalise
from sandbox.card.pictures import photo_jp2
from sandbox.fronts.draw import draw
from sandbox.fronts.over import CameraOverReader
from sandbox.fronts.text import front_of
from tests.conftest import need
from tests.edge.card.world import port
from tests.edge.fakes import Script
from tests.parts.cards import toy_personalisation

pytestmark = pytest.mark.sockets
TODAY = date(2026, 11, 21)
STEP = 0.125


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    packing.build(folder, told=lambda line: None)
    return folder


@pytest_asyncio.fixture
async def method(models: Path) -> AsyncIterator[FaceRecognition]:
    chosen = FaceSettings(camera="posted", front_camera="posted", page_port=0, models=models)
    made = face_method(chosen, Script(), today=lambda: TODAY)
    assert isinstance(made, FaceRecognition)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


class Browser:
    """Both camera pages in one: posts what its cameras see while it is asked to, and acts on the words it is told."""

    def __init__(self, method: FaceRecognition, person: Person, card: CameraOverReader) -> None:
        assert isinstance(method._screen, CameraPage)
        assert isinstance(method._camera, PostedCamera)
        assert isinstance(method._front, SeenFront)
        assert isinstance(method._front._camera, PostedCamera)
        self.place = f"http://127.0.0.1:{method._screen.port}"
        self.cameras = {"face": method._camera, "front": method._front._camera}
        self.person, self.card = person, card
        self.at = 0.0
        for camera in self.cameras.values():
            camera._ticks = lambda: self.at
        self.posted = {"face": 0, "front": 0}

    async def run(self) -> None:
        async with aiohttp.ClientSession(headers={"Origin": self.place}) as page:
            while True:
                for which in self.cameras:
                    await self._once(page, which)

    async def _once(self, page: aiohttp.ClientSession, which: str) -> None:
        async with page.get(f"{self.place}/camera/{which}/state") as told:
            state = await told.json()
        if not state["looking"]:
            await asyncio.sleep(0.01)
            return
        if state["said"] and which == "face":
            self.person.hear(state["said"]["code"].removeprefix("face_"), self.at)
        self.at += STEP
        seen = scenes.jpeg(self.person.look(self.at)) if which == "face" else bytes((await self.card.frame()).data)
        async with page.post(f"{self.place}/camera/{which}/frames", data=seen) as taken:
            assert taken.status == 200
        self.posted[which] += 1
        for _ in range(500):  # until it is taken: the real camera's time would go on meanwhile
            if self.cameras[which]._newest is None:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.02)


async def test_a_page_feeds_card_front_and_person_and_the_face_is_confirmed(
    method: FaceRecognition, models: Path
) -> None:
    picture = portraits.chip_picture(portraits.SPEAKER)
    assert picture is not None
    made = toy_personalisation(photo=photo_jp2(picture))
    flat = draw(front_of(made, "seed"), photo=Pillow.open(io.BytesIO(made.photo or b"")))
    person = Person(Wardrobe(models).puppet(portraits.SPEAKER), np.random.default_rng(1))
    browser = Browser(method, person, CameraOverReader(flat))
    desk = Script()
    talk = Talk(desk, asyncio.Event(), Stopwatch(lambda: 0.0), seconds=1.0)
    session: CardSession = await port(personalise(made)).open()
    showing = asyncio.create_task(browser.run())
    try:
        proof = await method.confirm(session, talk)
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
    assert bytes(proof.number_b) == made.number_b.encode()
    assert proof.report.score >= proof.report.threshold
    assert proof.report.frames == 3
    assert min(browser.posted.values()) > 0
    codes = [said.code for said in talk.said()]
    assert codes[:2] == ["front_show", "front_read"]
    assert desk.questions == []


async def test_the_page_in_a_browser_turns_its_camera_on_only_while_somebody_looks() -> None:
    from axe_playwright_python.async_playwright import Axe
    from playwright.async_api import async_playwright, expect

    camera = PostedCamera(silence=20)
    page = CameraPage({"face": camera}, port=0, status=lambda: None)
    await page.start()
    fake = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    try:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=need("chromium"), args=fake)
            tab = await browser.new_page(viewport={"width": 1024, "height": 600})
            outside: list[str] = []
            tab.on("request", lambda asked: outside.append(asked.url))
            await tab.goto(f"http://127.0.0.1:{page.port}/camera/face")
            words, view = tab.locator("#ja"), tab.locator("#view")
            await expect(view).to_be_hidden()
            page.show(PROMPTS["too_close"])
            await camera.open()
            assert decode_frame((await camera.frame()).data).shape == (480, 640, 3)
            await expect(words).to_have_text(PROMPTS["too_close"].ja)
            await expect(view).to_be_visible()
            for size in ((1024, 600), (1280, 800), (800, 1280)):
                await tab.set_viewport_size({"width": size[0], "height": size[1]})
                for shown in (words, view):
                    box = await shown.bounding_box()
                    assert box is not None
                    assert box["y"] + box["height"] <= size[1], "below the screen"
                    assert 0 <= box["x"] <= box["x"] + box["width"] <= size[0], "beside the screen"
            found = await Axe().run(tab)
            assert found.violations_count == 0, found.generate_report()
            await camera.close()
            await expect(words).to_have_text("カメラは止まっています。")
            await expect(view).to_be_hidden()
            assert all(asked.startswith(f"http://127.0.0.1:{page.port}/camera/") for asked in outside)
            await browser.close()
    finally:
        await page.stop()
