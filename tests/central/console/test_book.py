"""What is written down: a row for every action, ids only; the 個人番号 nowhere; nothing shown before it is on disk."""

import re
from pathlib import Path

import msgspec
import pytest

import central.db.tables
from central.audit import verify
from central.audit.entry import AuditRow
from central.db.store import StoreDown
from tests.central.console.desk import Desk
from tests.central.console.test_others import PAGES, ask, theirs
from tests.central.console.world import NUMBERS, SCRIPT, made
from tests.central.insurers.bureau import SOCIETY

pytestmark = pytest.mark.sockets


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """One database is enough: nothing here depends on which."""
    return f"sqlite:///{tmp_path / 'centre.sqlite'}"


async def entries(desk: Desk) -> list[AuditRow]:
    rows = await desk.bureau.rows("SELECT content FROM audit_log WHERE log = 'console-1' ORDER BY sequence")
    return [msgspec.json.decode(bytes(row["content"]), type=AuditRow) for row in rows]


async def test_every_action_is_in_the_audit_log_and_in_the_officers_own_book(desk: Desk) -> None:
    world = await made(desk)
    ids = theirs(world, world.waiting)
    for page in PAGES:
        before = len(await entries(desk))
        await ask(desk, "s-1", page, **ids)
        await desk.served.runs.settled()
        written = (await entries(desk))[before:]
        if not page.audited:
            assert page.path.endswith("/progress")
            assert written == []
            continue
        (row,) = written
        assert (row.entry.kind, row.entry.operator) == (f"console.{page.action}", "officer:s-1")
    actions = await desk.bureau.rows("SELECT * FROM console_action WHERE officer = 's-1'")
    assert {row["action"] for row in actions} == {page.action for page in PAGES if page.audited}
    assert {row["insurer_number"] for row in actions} == {SOCIETY}
    told = await verify(desk.bureau.store, "console-1")
    assert told.rows == len(await entries(desk))


async def test_refusals_are_written_down_too(desk: Desk) -> None:
    world = await made(desk)
    await desk["o-9"].get(f"/members/{world.record}")
    await desk["o-1"].post(f"/uploads/{world.waiting}/confirm")
    last = [row.entry for row in (await entries(desk))[-2:]]
    assert [(one.kind, one.outcome, one.operator) for one in last] == [
        ("console.member.show", "CONSOLE-001", "officer:o-9"),
        ("console.upload.confirm", "INSURER-074", "officer:o-1"),
    ]


async def test_a_member_that_was_looked_at_can_be_found_by_the_person(desk: Desk) -> None:
    world = await made(desk)
    await desk["o-1"].get(f"/members/{world.record}")
    (row,) = await desk.bureau.rows("SELECT subject FROM audit_log WHERE kind = 'console.member.show'")
    assert row["subject"] == await desk.bureau.person(1)
    await desk["o-1"].get("/pending")
    shown = (await entries(desk))[-1].entry
    assert world.record in shown.references


async def test_the_rows_hold_ids_and_codes_only(desk: Desk) -> None:
    await made(desk)
    await desk["o-1"].post("/members", name="見本", birth="1980-06-15")
    await desk["o-1"].post("/members", number="1005", symbol="12-34")
    rows = await desk.bureau.rows("SELECT content FROM audit_log WHERE log = 'console-1'")
    book = await desk.bureau.rows("SELECT row_id, officer, action, outcome, subject FROM console_action")
    told = b"".join(bytes(row["content"]) for row in rows).decode() + str([dict(row) for row in book])
    for word in ("見本", "ミホン", "1980", "1005", "12-34", SOCIETY):
        assert word not in told


async def test_a_page_is_not_given_when_its_row_cannot_be_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await made(desk)
    officer = desk["o-1"]
    assert "ミホン" in (await officer.get(f"/members/{world.record}"))[1]

    async def down(*_: object, **__: object) -> int:
        raise StoreDown("test")

    monkeypatch.setattr("central.audit.journal.Journal.record", down)
    status, page = await officer.get(f"/members/{world.record}")
    assert (status, "CENTRE-901" in page, "ミホン" in page) == (503, True, False)


async def test_the_officers_book_shows_own_actions_only(desk: Desk) -> None:
    world = await made(desk)
    await desk["s-1"].get(f"/members/{world.record}")
    _, own = await desk["s-1"].get("/actions")
    assert "加入者の履歴を見た" in own
    _, others = await desk["o-1"].get("/actions")
    assert "加入者の履歴を見た" not in others
    assert "反映した" in others


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_personal_number_is_nowhere_but_in_the_file(
    desk: Desk, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    world = await made(desk)
    pages = []
    for page in PAGES:
        status, told = await ask(desk, "o-1", page, **theirs(world, world.waiting))
        pages.append(f"{status} {told}")
    await desk["o-1"].post("/members", number=NUMBERS[0])
    await desk["o-1"].post("/pending/review", ("item", f"{world.item}.{world.digest}"), reason=f"番号 {NUMBERS[0]}")
    stored = []
    for table in central.db.tables.metadata.sorted_tables:
        stored += [str(dict(row)) for row in await desk.bureau.rows(f"SELECT * FROM {table.name}")]  # noqa: S608
    files = contents(tmp_path)
    out, err = capfd.readouterr()
    assert desk.bureau.town.asked, "the numbers were asked for"
    assert len(stored) > 50
    for number in NUMBERS:
        for where in (*pages, *stored, out, err):
            assert number not in where
        assert number.encode() not in files


async def test_logs_name_routes_and_ids_never_words(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    world = await made(desk)
    await desk["o-1"].post("/members", name="見本", birth="1980-06-15")
    await desk["o-1"].get(f"/members/{world.record}")
    await desk["o-1"].get("/pending?kind=%E8%A6%8B%E6%9C%AC")
    out, err = capfd.readouterr()
    told = out + err
    assert "/members" in told
    for word in ("見本", "1980-06-15", world.record, "%E8"):
        assert word not in told


async def test_names_are_text_wherever_they_stand(desk: Desk) -> None:
    world = await made(desk)
    for path in ("/pending", f"/members/{world.record}", "/stops", f"/uploads/{world.waiting}"):
        status, page = await desk["o-1"].get(path)
        assert (status, SCRIPT in page) == (200, False), path
    assert "&lt;script&gt;" in (await desk["o-1"].get("/pending"))[1]
    _, page = await desk["o-1"].post("/members", name=SCRIPT, birth=SCRIPT)
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_no_template_holds_a_script_or_a_style() -> None:
    from central.console.pages import PLACE

    for path in sorted((PLACE / "templates").glob("*.html")):
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*src=)|<style|\son[a-z]+=|\sstyle=|\|\s*safe|javascript:", text), path.name
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), path.name


def test_search_words_are_sent_in_a_body() -> None:
    text = (Path(central.db.tables.__file__).parents[1] / "console/templates/search.html").read_text("utf-8")
    assert 'method="post" action="/members"' in text
