"""What officers see and do: from the file to the register, mismatches, stops, members, in both languages."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from central.console.pages import PLACE
from central.console.words import CODES, ENGLISH
from central.insurers.identity import Verdict
from central.insurers.layout import COLUMNS
from central.insurers.parts import State
from central.register import entries as e
from central.register.entries import StopReason, StopScope
from central.register.intake import RegisterIntake
from central.register.work import OPEN, Item, WorkKind
from protocol.errors import console
from tests.central.console.desk import Desk
from tests.central.console.test_others import PAGES
from tests.central.console.world import made
from tests.central.insurers.bureau import OTHER, csv_file

pytestmark = pytest.mark.sockets


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """One database: `test_others` asks every statement of the other one, too."""
    return f"sqlite:///{tmp_path / 'centre.sqlite'}"


REASON = "住民票の写しで同一人と確認"


async def test_a_file_is_checked_then_applied_by_the_officer(desk: Desk) -> None:
    path = await desk.upload("o-1", *(desk.bureau.line(n) for n in range(1, 4)))
    status, page = await desk["o-1"].get(path)
    assert status == 200
    assert "誤りはありません。まだ反映されていません。" in page
    assert await desk.bureau.current("coverage") == []
    status, told = await desk["o-1"].post(f"{path}/apply")
    assert (status, told) == (303, path)
    await desk.served.runs.settled()
    _, page = await desk["o-1"].get(path)
    assert "反映しました。" in page
    assert len(await desk.bureau.current("coverage")) == 3
    assert "反映済み" in (await desk["o-1"].get("/uploads"))[1]


async def test_pages_with_nothing_in_them_say_so(desk: Desk) -> None:
    for path, words in (
        ("/", "まだ何も反映されていません。"),
        ("/uploads", "取込はまだありません。"),
        ("/pending", "確認が必要なものはありません。"),
        ("/stops", "閲覧停止中の加入者はいません。"),
        ("/actions", "自分の操作"),
        ("/pending?kind=nonsense&page=99999999&done=x", "確認が必要なものはありません。"),
    ):
        status, page = await desk["o-1"].get(path)
        assert (status, words in page) == (200, True), path


async def test_a_mismatch_shows_both_sides_and_ends_with_a_statement(desk: Desk) -> None:
    world = await made(desk)
    officer = desk["o-1"]
    _, page = await officer.get("/pending?kind=identity-names")
    card = page[page.index('class="onshi-card"') : page.index("</section>", page.index('class="onshi-card"'))]
    assert "山田　花子" in card
    assert card.count("≠ 相違") == 2
    assert card.count("＝ 一致") == 3
    chosen = ("item", f"{world.item}.{world.digest}")
    status, told = await officer.post("/pending/review", chosen, reason=" ")
    assert (status, console.REASON_MISSING.code in told) == (400, True)
    status, told = await officer.post("/pending/review", reason=REASON)
    assert (status, console.ITEMS_NONE.code in told) == (400, True)
    status, told = await officer.post("/pending/review", chosen, reason=REASON)
    assert (status, REASON in told) == (200, True)
    assert await desk.bureau.rows("SELECT * FROM insurers_assurance") == []
    assert await officer.post("/pending/no-doubt", chosen, reason=REASON) == (303, "/pending?done=1")
    _, page = await officer.get("/pending?done=1")
    assert "「疑いなし」を記録しました。" in page
    assert "山田" not in page
    assert world.record not in (await officer.get("/stops"))[1]
    _, page = await officer.get(f"/members/{world.record}")
    assert REASON in page
    assert "疑いなし" in page
    assert await officer.post("/pending/no-doubt", chosen, reason=REASON) == (303, "/pending?done=0")
    status, told = await officer.post("/pending/review", chosen, reason=REASON)
    assert (status, console.ITEMS_NONE.code in told) == (400, True)


async def test_many_are_stated_at_once_and_what_changed_meanwhile_is_left(desk: Desk) -> None:
    await made(desk)
    officer = desk["o-1"]
    _, page = await officer.get("/pending")
    items = re.findall(r'name="item" value="([^"]+)"', page)
    assert len(items) == 4
    stale = [("item", items[0].split(".")[0] + "." + "0" * 64), *(("item", one) for one in items[1:])]
    _, page = await officer.post("/pending/review", *stale, reason=REASON)
    assert "一部は含まれていません。" in page
    assert page.count('name="item"') == 3
    assert await officer.post("/pending/no-doubt", *stale, reason=REASON) == (303, "/pending?done=3")
    assert (await officer.get("/pending"))[1].count('name="item"') == 1


async def test_who_has_the_number_of_nobody_is_told_so(desk: Desk) -> None:
    await made(desk)
    _, page = await desk["o-1"].get("/pending?kind=identity-no-resident")
    assert "届け出の個人番号を持つ住民は見つかりませんでした。" in page
    assert "≠" not in page


async def test_what_a_card_says_otherwise_is_named_and_can_be_vouched_for(desk: Desk) -> None:
    bureau = desk.bureau
    await desk.apply("o-1", bureau.line(1))
    (tie,) = await bureau.current("tie")
    item = Item(
        insurer_number=tie["insurer_number"],
        kind=WorkKind.CHIP_DIFFERS,
        person_id=tie["person_id"],
        record_id=tie["record_id"],
        subject="chip-differs:test",
        details="birth_date,sex",
    )
    async with bureau.store.transaction() as running:
        await running.run(OPEN, **item.parameters("c" * 32, bureau.now))
    _, page = await desk["o-1"].get("/pending")
    assert "≠ 生年月日・性別" in page
    assert "見本　1郎" in page
    assert await desk["o-1"].post("/pending/no-doubt", ("item", f"{'c' * 32}."), reason=REASON) == (
        303,
        "/pending?done=1",
    )
    assert REASON in (await desk["o-1"].get(f"/members/{tie['record_id']}"))[1]


async def test_overlapping_coverages_are_shown_but_never_vouched_for(desk: Desk) -> None:
    bureau = desk.bureau
    await desk.apply("o-1", bureau.line(1))
    await desk.apply("o-9", bureau.line(1, insurer=OTHER, symbol="9"))
    _, page = await desk["o-1"].get("/pending")
    assert "資格の重複" in page
    assert 'name="item"' not in page
    (row,) = await bureau.rows("SELECT row_id FROM register_work_item WHERE insurer_number <> :other", other=OTHER)
    for path in ("/pending/review", "/pending/no-doubt"):
        status, told = await desk["o-1"].post(path, ("item", f"{row['row_id']}."), reason=REASON)
        assert (status, told) in {(303, "/pending?done=0")} or console.ITEMS_NONE.code in told
    assert "資格の重複" in (await desk["o-1"].get("/pending"))[1]


FOUND = (
    ({"number": "1005"}, 1),
    ({"number": "１００５"}, 1),
    ({"number": "1005", "symbol": "12ー34"}, 1),
    ({"number": "1005", "symbol": "99"}, 0),
    ({"number": "9999"}, 0),
    ({"name": "見本", "birth": "1980-06-15"}, 1),
    ({"name": "見本　5郎", "birth": "昭和55年6月15日"}, 1),
    ({"name": "ﾐﾎﾝ", "birth": "S55.6.15"}, 1),
    ({"name": "見本", "birth": "１９８００６１５"}, 1),
    ({"name": "%", "birth": "1980-06-15"}, 0),
    ({"name": "見_", "birth": "1980-06-15"}, 0),
    ({"name": "/", "birth": "1980-06-15"}, 0),
    ({"name": "見本", "birth": "1980-06-16"}, 0),
)
REFUSED = (
    {},
    {"symbol": "12-34"},
    {"name": "見本"},
    {"birth": "1980-06-15"},
    {"name": "見本", "birth": "31.02.1980"},
    {"name": "見本", "birth": "19800231"},
    {"name": "●", "birth": "19800615"},
    {"number": "1" * 60},
)


async def test_a_member_is_found_by_number_or_by_name_and_birth_date(desk: Desk) -> None:
    await desk.apply("o-1", desk.bureau.line(5))
    for words, found in FOUND:
        status, page = await desk["o-1"].post("/members", **words)
        assert (status, f'<p role="status">{found} 件</p>' in page) == (200, True), words
        assert ("見本　5郎" in page.partition("<section")[2]) == bool(found), words


async def test_a_search_that_says_too_little_is_refused_with_the_words_kept(desk: Desk) -> None:
    for words in REFUSED:
        status, page = await desk["o-1"].post("/members", **words)
        assert (status, "検索できませんでした。" in page) == (400, True), words
        for word in words.values():
            assert f'value="{word}"' in page


async def test_a_members_history_says_what_was_known_when_and_who_said_so(desk: Desk) -> None:
    bureau = desk.bureau
    await desk.apply("o-1", bureau.line(1))
    await desk.apply("s-1", bureau.line(1, operation="2", percent="020"))
    (tie,) = await bureau.current("tie")
    status, page = await desk["o-1"].get(f"/members/{tie['record_id']}")
    assert status == 200
    section = page[page.index("負担割合</h2>") :]
    assert "20%" in section.partition("<details>")[0]
    assert "30%" in section.partition("<details>")[2]
    assert "s-1" in section
    assert section.count("/uploads/") >= 2
    assert "2026年6月1日" in section


async def test_the_address_of_a_protected_person_is_not_shown(desk: Desk) -> None:
    bureau = desk.bureau
    await desk.apply("o-1", bureau.line(1))
    (tie,) = await bureau.current("tie")
    path = f"/members/{tie['record_id']}"
    assert "見本県青葉市" in (await desk["o-1"].get(path))[1]
    (person,) = await bureau.current("person")
    await RegisterIntake(bureau.store, lambda: bureau.now).register(
        e.Person(
            person_id=person["person_id"],
            name=person["name"],
            kana=person["kana"],
            birth_date=person["birth_date"],
            sex=e.Sex(person["sex"]),
            address=person["address"],
            support_measure=True,
            valid_from=bureau.now.date(),
        )
    )
    _, page = await desk["o-1"].get(path)
    assert "支援措置の対象です。" in page
    assert "見本県青葉市" not in page
    assert "支援措置" in (await desk["o-1"].post("/members", number="1001"))[1]


async def test_what_happens_after_somebody_left_is_not_the_old_insurers_to_see(desk: Desk) -> None:
    bureau = desk.bureau
    await desk.apply("o-1", bureau.line(1))
    await desk.apply("o-1", bureau.line(1, operation="2", disqualified="20260401", loss="03"))
    moved = "見本県若草市本町４丁目５番６号"
    bureau.town.settle(1, name="改姓　1郎", kana="カイセイ　1ロウ", address=moved)
    await desk.apply("o-9", bureau.line(1, insurer=OTHER, symbol="9", qualified="20260401"))
    assert moved in {row["address"] for row in await bureau.current("person")}
    ties = await bureau.current("tie")
    for officer, insurer, shown in (("o-1", False, False), ("o-9", True, True)):
        (record,) = [tie["record_id"] for tie in ties if (tie["insurer_number"] == OTHER) is insurer]
        status, page = await desk[officer].get(f"/members/{record}")
        assert (status, moved in page, "改姓" in page) == (200, shown, shown), officer
        assert f"<h1>{'改姓' if shown else '見本'}　1郎</h1>" in page
        _, page = await desk[officer].post("/members", number="1001")
        assert ("見本　1郎" in page, "改姓　1郎" in page) == (not shown, shown), officer


async def test_an_insurer_that_goes_quiet_against_its_habit_is_told(desk: Desk) -> None:
    bureau = desk.bureau
    for place in range(1, 5):
        bureau.now += timedelta(days=7)
        await desk.apply("o-1", bureau.line(place))
    _, page = await desk["o-1"].get("/")
    assert "いつもの間隔: 7 日" in page
    assert "取込の間隔がいつもより空いています。" not in page
    bureau.now += timedelta(days=22)
    assert "取込の間隔がいつもより空いています。" in (await desk["o-1"].get("/"))[1]


async def test_long_lists_come_in_pages(desk: Desk) -> None:
    bureau = desk.bureau
    for place in range(1, 56):
        bureau.town.settle(place, sex="2")
    await desk.apply("o-1", *(bureau.line(place, sex="1") for place in range(1, 56)))
    for path, word in (("/pending", 'name="item"'), ("/stops", 'scope="row"')):
        _, first = await desk["o-1"].get(path)
        _, second = await desk["o-1"].get(f"{path}?page=2")
        assert (first.count(word), second.count(word)) == (50, 5), path
        assert "次のページ" in first
        assert "前のページ" in second


async def test_the_layout_can_be_read_and_its_file_sent_back(desk: Desk) -> None:
    status, page = await desk["o-1"].get("/layout")
    assert status == 200
    assert page.count('scope="row"') == len(COLUMNS)
    for word in ("3割は 030", "999-0220", "01・02・03・99 のいずれか"):
        assert word in page
    answer = await desk["o-1"].raw("GET", "/layout.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="layout.csv"'
    template = await answer.read()
    status, told = await desk["o-1"].send(template)
    await desk.served.runs.settled()
    assert (status, "誤りはありません。" in (await desk["o-1"].get(told))[1]) == (303, True)


async def test_a_fault_says_what_its_column_takes(desk: Desk) -> None:
    line = desk.bureau.line(1)
    path = await desk.upload("o-1", {**line, "percent": "30"}, {**line, "postal": "9990220"}, {**line, "branch": "0"})
    _, page = await desk["o-1"].get(path)
    for word in ("3割は 030", "999-0220", "数字2桁"):
        assert word in page
    assert "030 for 30 %" in (await desk["o-1"].get(path, Cookie="onshi_language=en"))[1]
    errors = (await (await desk["o-1"].raw("GET", f"{path}/errors.csv")).read()).decode("utf-8-sig")
    assert "3割は 030" in errors


async def test_a_refused_file_says_where_it_differs(desk: Desk) -> None:
    whole = csv_file([desk.bureau.line(1)])
    status, page = await desk["o-1"].send(whole.replace("氏名カナ".encode(), "カナ氏名".encode(), 1))
    assert (status, 'href="/layout"' in page) == (400, True)
    assert re.search(r"様式と違う最初の列: <[^>]*>9<", page)
    assert re.search(r"その列の見出し: <[^>]*>氏名カナ<", page)
    _, path = await desk["o-1"].send(whole.replace("件数,1".encode(), "件数,2".encode()))
    await desk.served.runs.settled()
    _, page = await desk["o-1"].get(path)
    for word, value in (("行", 3), ("数えた行数", 1), ("件数行の値", 2)):
        assert re.search(rf"{word}: <[^>]*>{value}<", page), word


async def test_every_page_speaks_english_too(desk: Desk) -> None:
    world = await made(desk)
    for path in ("/", "/uploads/new", "/layout", f"/uploads/{world.waiting}", "/uploads", "/pending", "/stops",
                 "/members", f"/members/{world.record}", "/actions", "/nothing"):  # fmt: skip
        _, page = await desk["s-1"].get(path, Cookie="onshi_language=en")
        text = re.sub(r"<[^>]*>", " ", re.sub(r'<span lang="ja">[^<]*</span>', "", page))
        assert '<html lang="en">' in page, path
        left = re.findall(r"[ぁ-ん]{2,}", text)
        assert left == [], (path, left)


def test_every_word_of_the_templates_has_its_english_and_no_more() -> None:
    used = set()
    for path in (PLACE / "templates").glob("*.html"):
        used |= set(re.findall(r"_\('([^']*)'\)", path.read_text("utf-8")))
    assert used == set(ENGLISH)


def test_every_code_that_can_be_shown_has_words() -> None:
    assert set(CODES["state"]) == {state.value for state in State}
    assert set(CODES["verdict"]) == {verdict.value for verdict in Verdict}
    assert set(CODES["scope"]) == {scope.value for scope in StopScope}
    assert set(CODES["reason"]) == {reason.value for reason in StopReason}
    assert set(CODES["action"]) == {page.action for page in PAGES if page.audited}
    assert set(CODES["work"]) == set(CODES["work_help"])
    groups = set()
    for path in (PLACE / "templates").glob("*.html"):
        groups |= set(re.findall(r"code\('([a-z_]+)'", path.read_text("utf-8")))
    assert groups <= set(CODES)


def test_every_page_is_in_the_officers_handbook() -> None:
    text = (Path(__file__).parents[3] / "docs/console.md").read_text("utf-8")
    for page in PAGES:
        path = re.sub(r"\{([a-z]+):\[[^\]]*\]\{[^}]*\}\}", r"{\1}", page.path)
        assert f"`{path}`" in text, path
