"""The console in a real Chromium, over TLS with an officer's own certificate: journeys, keyboard, zoom, axe.

One browser and one console for the module. ``ONSHI_SHOTS`` names a folder that gets a picture of every page.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright, expect
from pytest_socket import enable_socket

import central.db.tables  # noqa: F401 — the tables that `create_all` makes
from central.audit import Journal
from central.console.app import Served
from central.db.opening import open_store
from central.facilities.ca import DeviceCa
from central.insurers.freshness import Freshness
from central.insurers.officers import Officers
from central.insurers.parts import Progress, Result
from central.insurers.serving import listening, server_tls
from central.insurers.settings import ImporterSettings, Listen
from central.insurers.settings import Officers as OfficerSettings
from central.insurers.uploads import Importer
from protocol.settings import Credential
from tests.central.console.desk import CA, ENROLLED
from tests.central.insurers.bureau import Bureau, csv_file, parts_of
from tests.conftest import need
from tests.parts.devices import key_pem, new_key, server_certificate, signing_request
from tests.parts.store import create_all

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REASON = "住民票の写しで同一人と確認"


class Desktop:
    """A browser for each officer, and what is behind the console."""

    def __init__(self, browser: Browser, bureau: Bureau, served: Served, port: int, folder: Path) -> None:
        self.bureau = bureau
        self.served = served
        self.origin = f"https://127.0.0.1:{port}"
        self._browser = browser
        self._folder = folder
        self._contexts: list[BrowserContext] = []
        self.outside: list[str] = []
        self.errors: list[str] = []

    async def page(self, officer: str, **more: Any) -> Page:
        """A new window of this officer."""
        context = await self._browser.new_context(
            locale="ja-JP",
            viewport=more.pop("viewport", {"width": 1280, "height": 800}),
            ignore_https_errors=True,
            client_certificates=[
                {
                    "origin": self.origin,
                    "certPath": str(self._folder / f"{officer}.pem"),
                    "keyPath": str(self._folder / f"{officer}.key"),
                }
            ],
            **more,
        )
        self._contexts.append(context)
        page = await context.new_page()
        page.on("request", lambda one: None if one.url.startswith(self.origin) else self.outside.append(one.url))
        page.on("pageerror", lambda failed: self.errors.append(str(failed)))
        page.on("console", lambda told: self.errors.append(told.text) if "Security Policy" in told.text else None)
        return page

    async def settled(self, page: Page) -> None:
        await self.served.runs.settled()
        try:
            await page.reload()
        except Error:
            # The page asked by itself meanwhile and loads already.
            await page.wait_for_load_state()

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()
        self._contexts.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    enable_socket()
    async with async_playwright() as playwright:
        words = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        launched = await playwright.chromium.launch(executable_path=need("chromium"), args=words)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desktop(browser: Browser, tmp_path: Path) -> AsyncIterator[Desktop]:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    await create_all(url)
    store = open_store(url, patience=20)
    bureau = Bureau(store, url, tmp_path / "spool")
    await bureau.open()
    officers = Officers(store, Journal(store, log="admin", clock=lambda: bureau.now), clock=lambda: bureau.now)
    for name, insurer, role in ENROLLED[:3]:
        key = new_key()
        issued = await officers.enrol(
            DeviceCa(*CA), signing_request(key, name), officer=name, insurer=insurer, role=role, days=400
        )
        _write(tmp_path, {f"{name}.pem": issued.pem, f"{name}.key": key_pem(key)})
    server = new_key()
    _write(tmp_path, {"ca.pem": CA[0], "server.pem": server_certificate(server), "server.key": key_pem(server)})
    settings = ImporterSettings(
        credentials=tmp_path,
        officers=OfficerSettings(ca_certificate=Credential("ca.pem")),
        listen=Listen(certificate=Credential("server.pem"), key=Credential("server.key")),
    )
    parts = parts_of(store, url, tmp_path / "spool", bureau.town, lambda: bureau.now)
    served = Served(
        settings,
        store=store,
        parts=parts,
        journal=Journal(store, log="console-1", clock=parts.clock),
        officers=officers,
        freshness=Freshness(store, clock=parts.clock),
    )
    async with AsyncExitStack() as stack:
        port = await listening(stack, served.application, "127.0.0.1", 0, server_tls(settings))
        made = Desktop(browser, bureau, served, port, tmp_path)
        yield made
        await made.close()
        await served.stop()
    await store.close()
    assert (made.outside, made.errors) == ([], [])


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


async def looked(page: Page, name: str, *, axe: bool = True) -> None:
    """No fault by axe, nothing wider than the window, nothing too small to hit; a picture where they are wanted."""
    if axe:
        found = await Axe().run(page, options={"runOnly": RULES})
        assert found.violations_count == 0, found.generate_report()
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name
    small = await page.evaluate(
        """() => [...document.querySelectorAll("button, .onshi-button, nav a, input:not([type=hidden])")]
             .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 24)
             .map((one) => one.outerHTML)"""
    )
    assert small == [], name
    shots = os.environ.get("ONSHI_SHOTS")
    if shots:
        await page.screenshot(path=Path(shots) / f"{name}.png", full_page=True)


async def test_from_a_file_to_the_register_and_a_statement_of_no_doubt(desktop: Desktop, tmp_path: Path) -> None:
    bureau = desktop.bureau
    bureau.town.settle(1, name="山田　花子", kana="ヤマダ　ハナコ")
    lines = [
        bureau.line(1, name="<b>見本</b>", kana="ミホン　タロウ"),
        *(bureau.line(place) for place in range(2, 12)),
        bureau.line(12, percent="031"),
    ]
    file = tmp_path / "upload.csv"
    _write(tmp_path, {"upload.csv": csv_file(lines), "other.csv": b"a,b,c\r\n1,2,3\r\n"})
    page = await desktop.page("o-1")
    await page.goto(desktop.origin)
    await looked(page, "home-empty")
    for path in ("/layout", "/uploads", "/pending", "/stops", "/members", "/actions"):
        await page.goto(desktop.origin + path)
        await looked(page, f"{path[1:]}-empty")

    await page.get_by_role("link", name="取込", exact=True).click()
    await page.set_input_files("#file", tmp_path / "other.csv")
    await page.get_by_role("button", name="送信して検査する").click()
    await expect(page.locator("#problem")).to_contain_text("見出し行が様式と違います。")
    await looked(page, "upload-refused")
    await page.set_input_files("#file", file)
    await page.get_by_role("button", name="送信して検査する").click()
    await page.wait_for_url(re.compile("/uploads/[0-9a-f]{20}"))
    await expect(page.get_by_text("誤りのある行があります。")).to_be_visible()
    await looked(page, "upload-faults")
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="誤りだけの CSV を保存").click()
    assert "031" in (await (await saved.value).path()).read_text("utf-8-sig")
    await page.get_by_role("button", name="誤りのない行だけ反映する").click()
    await expect(page.get_by_text("反映しました。")).to_be_visible()
    await looked(page, "upload-applied")

    await page.get_by_role("link", name="確認待ち", exact=True).click()
    await expect(page.get_by_role("cell", name="山田　花子")).to_be_visible()
    await page.get_by_label("このページのすべてを選ぶ").check()
    await expect(page.locator("#chosen")).to_have_text("1 件を選択中")
    await looked(page, "work")
    await page.get_by_label("理由").fill(REASON)
    await page.get_by_role("button", name="内容を確かめる").click()
    await expect(page.get_by_text(REASON)).to_be_visible()
    await looked(page, "work-review")
    await page.get_by_role("button", name="「疑いなし」を記録する").click()
    await expect(page.get_by_text("「疑いなし」を記録しました。")).to_be_visible()
    await looked(page, "work-done")

    await page.get_by_role("link", name="加入者の検索").click()
    await page.get_by_role("button", name="検索する").click()
    await expect(page.get_by_text("検索できませんでした。")).to_be_visible()
    await looked(page, "search-refused")
    await page.get_by_label("番号", exact=True).fill("1001")
    await page.get_by_role("button", name="検索する").click()
    assert page.url == f"{desktop.origin}/members"
    await looked(page, "search-found")
    await page.get_by_role("link", name="<b>見本</b>").click()
    await expect(page.get_by_text(REASON)).to_be_visible()
    await looked(page, "member")
    for path in ("/", "/uploads", "/actions", "/nothing"):
        await page.goto(desktop.origin + path)
        await looked(page, f"{path.strip('/') or 'home'}-full")
    await page.get_by_role("link", name="ホームに戻る").click()
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Last applied")).to_be_visible()
    await looked(page, "home-english")


async def test_a_held_upload_is_confirmed_by_a_second_person(desktop: Desktop, tmp_path: Path) -> None:
    bureau = desktop.bureau
    people = range(1, 10)
    for number, lines in enumerate(
        (
            [bureau.line(place) for place in people],
            [bureau.line(place, operation="2", percent="") for place in people],
        )
    ):
        _write(tmp_path, {f"{number}.csv": csv_file(lines)})
    page = await desktop.page("s-1")
    for name in ("0.csv", "1.csv"):
        await page.goto(f"{desktop.origin}/uploads/new")
        await page.set_input_files("#file", tmp_path / name)
        await page.get_by_role("button", name="送信して検査する").click()
        await page.wait_for_url(re.compile("/uploads/[0-9a-f]{20}"))
        await page.get_by_role("button", name="反映する", exact=True).click()
        await desktop.settled(page)
    await expect(page.get_by_text("あなたが登録した取込です。")).to_be_visible()
    await looked(page, "upload-held-own")
    other = await desktop.page("s-2")
    await other.goto(page.url)
    await looked(other, "upload-held")
    await other.get_by_role("button", name="差分を確認したので反映する").click()
    await desktop.settled(other)
    await expect(other.get_by_text("反映しました。")).to_be_visible()


async def test_the_keyboard_alone_is_enough(desktop: Desktop) -> None:
    desktop.bureau.town.settle(1, sex="2")
    await desktop.bureau.send(desktop.bureau.line(1, sex="1"))
    page = await desktop.page("o-1")
    await page.goto(f"{desktop.origin}/pending")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="本文へ移動")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()

    async def reach(selector: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                ring = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
                assert ring == "4px"
                return
        pytest.fail(f"{selector} cannot be reached")

    await reach('input[name="item"]')
    await page.keyboard.press("Space")
    await reach("#reason")
    await page.keyboard.type("by telephone")
    await reach("form button")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/pending/review")
    await reach("form button.onshi-button--main")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("「疑いなし」を記録しました。")).to_be_visible()


async def test_at_200_per_cent_everything_is_there_and_nothing_scrolls_sideways(desktop: Desktop) -> None:
    """1280 pixels at 200 % are 640; at 400 % (WCAG 1.4.10) 320."""
    desktop.bureau.town.settle(1, name="山田　花子", kana="ヤマダ　ハナコ")
    await desktop.bureau.send(desktop.bureau.line(1, name="見本　太郎", kana="ミホン　タロウ"), desktop.bureau.line(2))
    (tie, *_) = await desktop.bureau.current("tie")
    for width in (640, 320):
        page = await desktop.page("o-1", viewport={"width": width, "height": 400})
        for path in (
            "/",
            "/uploads/new",
            "/layout",
            "/uploads",
            "/pending",
            "/stops",
            "/members",
            f"/members/{tie['record_id']}",
        ):
            await page.goto(desktop.origin + path)
            await looked(page, f"{width}{path.replace('/', '-')[:12]}", axe=width == 640)


async def test_on_a_narrow_screen_both_sides_of_a_mismatch_are_seen_at_once_and_a_moment_stays_readable(
    desktop: Desktop,
) -> None:
    desktop.bureau.town.settle(1, name="山田　花子", kana="ヤマダ　ハナコ")
    await desktop.bureau.send(desktop.bureau.line(1, name="見本　太郎", kana="ミホン　タロウ"))
    page = await desktop.page("o-1", viewport={"width": 400, "height": 800})
    await page.goto(f"{desktop.origin}/pending")
    hidden = "document.querySelector('.onshi-compare').parentElement"
    assert await page.evaluate(f"{hidden}.scrollWidth - {hidden}.clientWidth") <= 0
    await looked(page, "narrow-pending")
    await page.goto(f"{desktop.origin}/uploads")
    assert await page.evaluate("document.querySelector('tbody tr').getBoundingClientRect().height") < 100


async def test_without_a_script_the_pages_still_work(desktop: Desktop, tmp_path: Path) -> None:
    desktop.bureau.town.settle(1, sex="2")
    _write(tmp_path, {"a.csv": csv_file([desktop.bureau.line(1, sex="1")])})
    page = await desktop.page("o-1", java_script_enabled=False)
    await page.goto(f"{desktop.origin}/uploads/new")
    await page.set_input_files("#file", tmp_path / "a.csv")
    await page.get_by_role("button", name="送信して検査する").click()
    await page.wait_for_url(re.compile("/uploads/[0-9a-f]{20}"))
    await desktop.settled(page)
    await page.get_by_role("button", name="反映する", exact=True).click()
    await desktop.settled(page)
    await page.goto(f"{desktop.origin}/pending")
    await page.get_by_role("checkbox").check()
    await page.get_by_label("理由").fill(REASON)
    await page.get_by_role("button", name="内容を確かめる").click()
    await page.get_by_role("button", name="「疑いなし」を記録する").click()
    await expect(page.get_by_text("「疑いなし」を記録しました。")).to_be_visible()


async def test_a_file_can_be_dropped_and_its_way_is_seen_again_after_a_reload(desktop: Desktop) -> None:
    desktop.bureau.town.away = 1
    page = await desktop.page("o-1")
    await page.goto(f"{desktop.origin}/uploads/new")
    text = csv_file([desktop.bureau.line(1)]).decode()
    moved = await page.evaluate_handle(
        """(text) => { const moved = new DataTransfer();
             moved.items.add(new File([text], "dropped.csv", {type: "text/csv"})); return moved; }""",
        text,
    )
    await page.dispatch_event("#drop", "drop", {"dataTransfer": moved})
    assert await page.evaluate("document.getElementById('file').files[0].name") == "dropped.csv"
    await page.get_by_role("button", name="送信して検査する").click()
    await page.wait_for_url(re.compile("/uploads/[0-9a-f]{20}"))
    await desktop.settled(page)
    await expect(page.get_by_text("処理が途中で止まりました。")).to_be_visible()
    await looked(page, "upload-stopped")
    await page.get_by_role("button", name="もう一度続ける").click()
    await expect(page.get_by_text("誤りはありません。まだ反映されていません。")).to_be_visible(timeout=10_000)


async def test_a_check_that_takes_long_shows_its_way_and_ends_by_itself(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, real = asyncio.Event(), Importer.look

    async def slow(importer: Importer, upload: str) -> Result:
        importer._told(Progress(part="read", done=1, of=0, lines=1))
        await goes_on.wait()
        return await real(importer, upload)

    monkeypatch.setattr(Importer, "look", slow)
    _write(tmp_path, {"a.csv": csv_file([desktop.bureau.line(1), desktop.bureau.line(2)])})
    page = await desktop.page("o-1")
    await page.goto(f"{desktop.origin}/uploads/new")
    await page.set_input_files("#file", tmp_path / "a.csv")
    await page.get_by_role("button", name="送信して検査する").click()
    for _ in range(2):
        await expect(page.get_by_role("progressbar")).to_have_js_property("value", 50)
        await expect(page.locator("#working-text")).to_contain_text("1 / 2")
        await looked(page, "upload-checking")
        await page.reload()
    goes_on.set()
    await expect(page.get_by_text("誤りはありません。まだ反映されていません。")).to_be_visible(timeout=20_000)
    await looked(page, "upload-ready")


async def test_nobody_without_a_certificate_gets_in(desktop: Desktop, browser: Browser) -> None:
    context = await browser.new_context(ignore_https_errors=True)
    page = await context.new_page()
    with pytest.raises(Error, match=r"net::ERR_"):
        await page.goto(desktop.origin)
    await context.close()
