"""Whose things they are: an officer of one insurer gets 404 for everything of another, on every page there is."""

import re

import pytest

from central.console.page import Page
from central.console.routes import ConsoleRoutes
from protocol.errors.console import PAGE_UNKNOWN
from tests.central.console.desk import TOKEN, Desk
from tests.central.console.world import World, made

pytestmark = pytest.mark.sockets

PAGES: list[Page] = ConsoleRoutes.__new__(ConsoleRoutes).pages()
"""The table itself: a page that is added is in it."""
_PARAMETER = re.compile(r"\{([a-z]+)(?::[^}]*\}[^}]*)?\}")
FORMS = {"skip": "1", "reason": "確認済み", "number": "1001", "language": "en", "back": "/"}


def place(page: Page, **ids: str) -> str:
    """The page's path with these ids in it."""
    path = page.path
    for name, value in ids.items():
        path = re.sub(rf"\{{{name}:\[[^\]]*\]\{{[^}}]*\}}\}}", value, path)
    assert "{" not in path, path
    return path


async def ask(desk: Desk, officer: str, page: Page, **ids: str) -> tuple[int, str]:
    path = place(page, upload=ids["upload"], record=ids["record"])
    if page.method == "GET":
        return await desk[officer].get(path)
    if page.takes_file:
        return await desk[officer].send(b"")
    return await desk[officer].post(path, ("item", f"{ids['item']}.{ids['digest']}"), **FORMS)


def theirs(world: World, upload: str) -> dict[str, str]:
    return {"upload": upload, "record": world.record, "item": world.item, "digest": world.digest}


def test_every_page_says_what_it_names() -> None:
    for page in PAGES:
        assert set(re.findall(r"\{([a-z]+):", page.path)) <= set(page.names), page.path
        assert page.action
    assert len({(page.method, page.path) for page in PAGES}) == len(PAGES)
    assert len({page.action for page in PAGES}) == len(PAGES)


async def test_everything_of_another_insurer_is_not_there(desk: Desk) -> None:
    world = await made(desk)
    naming = [page for page in PAGES if page.names]
    assert len(naming) >= 9
    wrong = []
    for page in naming:
        for upload in (world.waiting, world.applied):
            status, told = await ask(desk, "s-9", page, **theirs(world, upload))
            if status != 404 or PAGE_UNKNOWN.code not in told:
                wrong.append((page.method, page.path, status))
    assert wrong == []
    rows = await desk.bureau.rows("SELECT state FROM insurers_upload WHERE upload_id = :id", id=world.waiting)
    assert [row["state"] for row in rows] == ["ready"]
    assert await desk.bureau.rows("SELECT * FROM insurers_assurance") == []


async def test_what_is_another_insurers_looks_like_what_does_not_exist(desk: Desk) -> None:
    world = await made(desk)
    nothing = {"upload": "0" * 24, "record": "0" * 32, "item": "0" * 32, "digest": "0" * 64}
    for page in PAGES:
        if page.names:
            foreign = await ask(desk, "s-9", page, **theirs(world, world.waiting))
            absent = await ask(desk, "s-9", page, **nothing)
            assert foreign == absent, page.path


async def test_lists_show_nothing_of_another_insurer(desk: Desk) -> None:
    world = await made(desk)
    ids = theirs(world, world.waiting)
    for page in PAGES:
        if page.names or page.takes_file:
            continue
        status, told = await ask(desk, "s-9", page, **ids)
        assert status in {200, 303}, page.path
        for word in (
            world.waiting,
            world.applied,
            world.record,
            world.item,
            "ミホン",
            "山田",
            "見本健康保険組合",
            "o-1",
        ):
            assert word not in TOKEN.sub("", told), (page.path, word)


async def test_an_insurers_own_officer_sees_the_same_things(desk: Desk) -> None:
    """The other side of the tests above: they would pass as well if nobody saw anything."""
    world = await made(desk)
    for page in PAGES:
        if page.names and page.method == "GET":
            status, _ = await ask(desk, "o-1", page, **theirs(world, world.waiting))
            assert status == 200, page.path
    for words in ({"number": "1005"}, {"name": "見本", "birth": "1980-06-15"}):
        status, told = await desk["o-1"].post("/members", **words)
        assert (status, "見本　5郎" in told) == (200, True), words
    for path, word in (("/pending", "ミホン"), ("/stops", world.record), ("/uploads", world.applied)):
        assert word in (await desk["o-1"].get(path))[1]
    for page in PAGES:
        if "item" in page.names:
            status, _ = await ask(desk, "o-1", page, **theirs(world, world.waiting))
            assert status in {200, 303}, page.path
    assert len(await desk.bureau.rows("SELECT * FROM insurers_assurance")) == 1
    assert world.record not in (await desk["o-1"].get("/stops"))[1]


async def test_a_file_of_another_insurer_is_refused_and_not_kept(desk: Desk) -> None:
    from tests.central.insurers.bureau import csv_file, written

    status, told = await desk["o-9"].send(csv_file([desk.bureau.line(1)]))
    assert (status, "INSURER-008" in told) == (404, True)
    assert list(written(desk.bureau.folder)) == []
