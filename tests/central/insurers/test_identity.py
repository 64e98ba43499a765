"""Five items against the resident register: notation is no difference, ● is no match, the matrix decides what stops."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.insurers import identity
from central.insurers.address import AddressKey, address_key, same_address
from central.insurers.identity import Items, Resident, Verdict, judge
from protocol.errors import insurers as faults
from sandbox.residents.people import number_of
from tests.central.insurers.bureau import ADDRESS, OTHER, TODAY, Bureau

BASE = ("高橋　涼子", "タカハシ　リョウコ", "19800102", "2", ADDRESS)


def verdict(**changes: str) -> tuple[Verdict, str]:
    names = ("name", "kana", "birth_date", "sex", "address")
    stated = dict(zip(names, BASE, strict=True)) | changes
    return judge(identity.items(*(stated[name] for name in names)), identity.items(*BASE))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "髙橋 涼子"},
        {"name": "高橋涼子"},
        {"kana": "ﾀｶﾊｼ ﾘｮｳｺ"},
        {"kana": "タカハシリヨウコ"},
        {"kana": "たかはし　りょうこ"},
        {"address": "見本県青葉市中央1-2-3"},
        {"address": "青葉市中央１丁目２番地の３"},
        {"address": "見本県青葉市中央一丁目二番三号 見本荘１０１"},
        {"address": "見本県青葉市中央1ー2ー3ー101"},
        {"name": "●橋　涼子"},
        {"address": ""},
    ],
)
def test_another_notation_is_no_difference(changes: dict[str, str]) -> None:
    assert verdict(**changes) == (Verdict.MATCH, "")


@pytest.mark.parametrize(
    ("changes", "expected", "told"),
    [
        ({"birth_date": "19800103"}, Verdict.BIRTH_OR_SEX, "birth"),
        ({"sex": "1"}, Verdict.BIRTH_OR_SEX, "sex"),
        ({"name": "山田　花子", "kana": "ヤマダ　ハナコ"}, Verdict.NAMES, "kanji+kana"),
        ({"name": "●●　●●", "kana": "ヤマダ　ハナコ"}, Verdict.NAMES, "kana"),
        ({"name": "山田　涼子", "address": "見本県若草市本町1-1-1"}, Verdict.NAME_ADDRESS, "kanji+address"),
        ({"kana": "タカハシ　リョウ", "address": "見本県若草市本町1-1-1"}, Verdict.NAME_ADDRESS, "kana+address"),
        ({"address": "見本県若草市本町1-1-1"}, Verdict.REVIEW, "address"),
        ({"name": "山田　涼子"}, Verdict.REVIEW, "kanji"),
        ({"name": "●橋　涼子", "address": ""}, Verdict.TOO_FEW, ""),
        ({"name": "●橋　涼子", "sex": "3"}, Verdict.TOO_FEW, ""),
        ({"name": "", "address": "●"}, Verdict.TOO_FEW, ""),
        ({"name": "●橋　涼子", "address": "", "birth_date": "19800103"}, Verdict.TOO_FEW, "birth"),
        ({"name": "●橋　涼子", "address": "", "sex": "1"}, Verdict.TOO_FEW, "sex"),
    ],
)
def test_the_matrix_decides(changes: dict[str, str], expected: Verdict, told: str) -> None:
    assert verdict(**changes) == (expected, told)


def test_nobody_with_that_number_is_a_verdict_of_its_own() -> None:
    assert judge(identity.items(*BASE), None) == (Verdict.NO_RESIDENT, "number")


item = st.one_of(st.none(), st.sampled_from(["A", "B"]))
place = st.one_of(st.none(), st.builds(AddressKey, st.sampled_from(["A", "B"])))
items = st.builds(Items, item, item, item, item, place)


@given(items, items)
def test_fewer_than_four_items_never_match(one: Items, other: Items) -> None:
    found, _ = judge(one, other)
    pairs = [(getattr(one, name), getattr(other, name)) for name in ("kanji", "kana", "birth", "sex", "address")]
    compared = [pair for pair in pairs if None not in pair]
    assert (found is Verdict.TOO_FEW) == (len(compared) < 4)
    if found in {Verdict.MATCH, Verdict.REVIEW}:
        assert one.birth in {None, other.birth} or other.birth is None
    if found is Verdict.MATCH:
        assert all(a == b for a, b in compared)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北海道札幌市中央区北一条西二丁目1番5号", "札幌市中央区北1条西2-1-5"),
        ("見本県西郡若草町大字本郷十二番地", "若草町本郷12"),
        ("千代田区一番町二十三番地", "千代田区一番町23"),
        ("青葉市三の丸二丁目1-1", "見本県青葉市三の丸2-1-1"),
        ("青葉市霞が関1-2-3", "青葉市霞ヶ関１丁目２番３号"),
        ("青葉市中央1-2-3", "青葉市中央1-2-3-405"),
        ("青葉市中央1-2-3 405", "見本県青葉市中央１丁目２番３号"),
        ("青葉市中央 1 丁目 2 番 3 号", "青葉市中央1 - 2 - 3"),
        ("岩手県滝沢市鵜飼第九地割30番地", "滝沢市鵜飼9地割30"),
        ("岩手県滝沢市鵜飼第９地割３０番地１", "滝沢市鵜飼第9地割30-1"),
        ("松山市三番町1-2-3", "松山市3番町１－２－３"),
        ("丸亀市三番丁一番地", "丸亀市3番丁1"),
        ("秋田市雄和字一ノ沢12", "秋田市雄和1の沢12番地"),
        ("青葉市四谷1-2-3", "青葉市4谷一丁目2番3号"),
        ("青葉市十日市町1-2", "青葉市10日市町1番2号"),
        ("堺市西区鳳東町四丁411番地", "大阪府堺市西区鳳東町4丁411"),
        ("青葉市本郷12ノ3", "青葉市本郷12番地の3"),
        ("青葉市本郷12 ノースハイツ101", "青葉市本郷12番地"),
        ("青葉市本郷12ノースハイツ101", "青葉市本郷12番地"),
        ("宮崎県東諸県郡国富町本庄1", "東諸県郡国富町本庄1"),
        ("奈良県高市郡明日香村岡1", "明日香村岡1"),
        ("北海道余市郡余市町朝日町1", "余市町朝日町1"),
        ("山形県東村山郡中山町本町1", "中山町本町1"),
        ("富山県中新川郡上市町法音寺1", "上市町法音寺1"),
        ("奈良県大和郡山市本町1", "大和郡山市本町1"),
        ("兵庫県赤穂郡上郡町竹万1", "上郡町竹万1"),
    ],
)
def test_addresses_written_in_two_ways_are_one(one: str, other: str) -> None:
    first, second = address_key(one), address_key(other)
    assert first is not None
    assert second is not None
    assert same_address(first, second)
    assert same_address(second, first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("青葉市中央1-2-3", "青葉市中央1-2-4"),
        ("青葉市中央1-2-3", "青葉市中央1-23"),
        ("青葉市中央1", "青葉市中央1-2-3"),
        ("青葉市中央1-2-3", "若草市中央1-2-3"),
        ("札幌市中央区北1条西2-1-5", "札幌市中央区北11条西2-1-5"),
        ("青葉市中央12-3-4", "青葉市中央1-2-3-4"),
        ("青葉市中央1丁目2番地3の4", "青葉市中央1-2-3-5"),
        ("東京都府中市宮町1-2-3", "広島県府中市宮町1-2-3"),
        ("北海道伊達市1-2-3", "福島県伊達市1-2-3"),
        ("福井県今立郡池田町稲荷12", "北海道中川郡池田町稲荷12"),
        ("今立郡池田町稲荷12", "中川郡池田町稲荷12"),
        ("岩手県滝沢市鵜飼第9地割30番地", "岩手県滝沢市鵜飼第9地割99番地"),
        ("岩手県滝沢市鵜飼第9地割30番地", "岩手県滝沢市鵜飼第10地割30番地"),
        ("滝沢市鵜飼9地割30-1", "滝沢市鵜飼9地割99-2"),
        ("丸亀市3番丁1-2", "丸亀市3番丁9-9"),
        ("松山市3番町1-2-3", "松山市3番町9-9-9"),
        ("青葉市三番町1-2-3", "青葉市一番町1-2-3"),
        ("浜田市1の宮1-2", "浜田市1の宮3-4"),
        ("秋田市雄和字1ノ沢12", "秋田市雄和字1ノ沢99"),
        ("堺市西区鳳東町4丁411", "堺市西区鳳東町4丁999"),
        ("青葉市本郷12ノ3", "青葉市本郷12ノ4"),
        ("青葉市県町1", "若草市県町1"),
    ],
)
def test_neighbours_are_two_addresses(one: str, other: str) -> None:
    first, second = address_key(one), address_key(other)
    assert first is not None
    assert second is not None
    assert not same_address(first, second)
    assert not same_address(second, first)


async def test_a_prefecture_that_is_not_stated_changes_nothing_that_is_kept(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    await bureau.send(bureau.line(1, operation="2", address=ADDRESS.removeprefix("見本県")))
    assert [row["address"] for row in await bureau.rows("SELECT address FROM register_person")] == [ADDRESS]
    assert await bureau.rows("SELECT * FROM register_work_item") == []


async def test_the_same_place_in_another_prefecture_is_another_address(bureau: Bureau) -> None:
    bureau.town.settle(1, address="東京都府中市宮町１丁目２番３号")
    line = bureau.line(1, name="山田　一郎", address="広島県府中市宮町1-2-3")
    await bureau.send(line)
    (item_,) = await bureau.rows("SELECT kind, details FROM register_work_item WHERE closed_at IS NULL")
    assert (item_["kind"], item_["details"]) == ("identity-name-address", "kanji+address")


@given(st.text(max_size=60))
def test_any_address_has_a_key_or_none(text: str) -> None:
    key = address_key(text)
    assert key is None or key


STOPS = {
    "birth": ({"birth": "19850101"}, "all", "birth-or-sex-differs", "identity-birth-or-sex"),
    "nobody": ({}, "all", "no-resident", "identity-no-resident"),
    "names": ({"name": "山田　花子", "kana": "ヤマダ　ハナコ"}, "medical", "names-differ", "identity-names"),
}


@pytest.mark.parametrize("case", STOPS)
async def test_a_mismatch_stops_viewing_until_it_is_corrected(bureau: Bureau, case: str) -> None:
    changes, scope, reason, kind = STOPS[case]
    good = bureau.line(1)
    if case == "nobody":
        known = bureau.town.known.pop(good["individual"])
    result = await bureau.send(good | changes)
    assert result.state.value == "applied"
    (stop,) = await bureau.current("view_stop")
    assert (stop["scope"], stop["reason"]) == (scope, reason)
    (item_,) = await bureau.rows("SELECT * FROM register_work_item WHERE closed_at IS NULL")
    assert item_["kind"] == kind
    answer = await bureau.register.answer_for_card(await bureau.person(1), TODAY, facility="9910000001", now=bureau.now)
    assert not answer.medical
    assert (answer.validity.value == "4") == (scope == "all")
    if case == "nobody":
        bureau.town.known[good["individual"]] = known
    await bureau.send(good | {"operation": "2"})
    assert await bureau.current("view_stop") == []
    assert await bureau.rows("SELECT * FROM register_work_item WHERE closed_at IS NULL") == []
    assert [str(row["birth_date"]) for row in await bureau.current("person")] == ["1980-02-15"]
    answer = await bureau.register.answer_for_card(await bureau.person(1), TODAY, facility="9910000001", now=bureau.now)
    assert (answer.medical, answer.validity.value) == (True, "1")


async def test_no_doubt_with_a_reason_opens_viewing_again(bureau: Bureau) -> None:
    wrong = bureau.line(1, birth="19850101")
    await bureau.send(wrong)
    assert len(await bureau.current("view_stop")) == 1
    await bureau.send(wrong | {"operation": "2", "assured": "2", "assurance": "戸籍で確認"})
    assert await bureau.current("view_stop") == []
    (stated,) = await bureau.rows("SELECT * FROM insurers_assurance")
    assert (stated["reason"], stated["operator"]) == ("戸籍で確認", "first")
    (item_,) = await bureau.rows("SELECT outcome FROM register_work_item")
    assert item_["outcome"] == "no-doubt"


async def test_a_name_and_the_address_stop_only_where_there_are_several_coverages(bureau: Bureau) -> None:
    odd = {"name": "山田　一郎", "address": "見本県若草市本町1-1-1"}
    await bureau.send(bureau.line(1, **odd))
    assert await bureau.current("view_stop") == []
    await bureau.send(bureau.line(1, insurer=OTHER, qualified="20250401"))
    (stop,) = await bureau.current("view_stop")
    assert (stop["scope"], stop["reason"]) == ("medical", "name-and-address-differ")
    await bureau.send(bureau.line(1, operation="2"))
    assert await bureau.current("view_stop") == []


@pytest.mark.parametrize("first", ["odd", "other", "one file"])
async def test_where_the_other_coverage_begins_later_the_stop_begins_with_it(bureau: Bureau, first: str) -> None:
    odd = bureau.line(1, name="山田　一郎", address="見本県若草市本町1-1-1")
    other = bureau.line(1, number="1077", qualified="20260701")
    for lines in {"odd": [[odd], [other]], "other": [[other], [odd]], "one file": [[odd, other]]}[first]:
        await bureau.send(*lines)
    (stop,) = await bureau.current("view_stop")
    assert (stop["reason"], str(stop["valid_from"])) == ("name-and-address-differ", "2026-07-01")
    person = await bureau.person(1)
    for day, medical in ((TODAY, True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)):
        answer = await bureau.register.answer_for_card(person, day, facility="9910000001", now=bureau.now)
        assert (answer.medical, answer.validity.value) == (medical, "1"), day
    await bureau.send(bureau.line(1, operation="2", number="1077", qualified="20260701", percent="020"))
    assert await bureau.current("view_stop") == [stop], "a change of something else leaves the stop as it is"
    bureau.now += timedelta(days=60)
    await bureau.send(odd | {"operation": "2", "percent": "020"})
    assert [row["valid_from"] for row in await bureau.current("view_stop")] == [stop["valid_from"]]


async def test_a_planned_change_of_insurer_stops_nobody_and_a_coverage_called_off_ends_the_stop(bureau: Bureau) -> None:
    odd = {"name": "山田　一郎", "address": "見本県若草市本町1-1-1"}
    await bureau.send(bureau.line(1, **odd, disqualified="20260701", loss="03"))
    await bureau.send(bureau.line(1, insurer=OTHER, qualified="20260701"))
    assert await bureau.current("view_stop") == []
    await bureau.send(bureau.line(1, **odd, operation="2"))
    assert [str(row["valid_from"]) for row in await bureau.current("view_stop")] == ["2026-07-01"]
    await bureau.send(bureau.line(1, insurer=OTHER, qualified="20260401", operation="1", number="1077"))
    assert [str(row["valid_from"]) for row in await bureau.current("view_stop")] == ["2026-04-01"]
    for day, number in (("20260401", "1077"), ("20260701", "1001")):
        await bureau.send(bureau.line(1, insurer=OTHER, operation="3", qualified=day, number=number))
    assert await bureau.current("view_stop") == []
    kinds = await bureau.rows("SELECT kind FROM register_work_item WHERE closed_at IS NULL")
    assert [row["kind"] for row in kinds] == ["identity-name-address"], "what differs is still looked into"


async def test_a_record_that_begins_later_for_a_stranger_is_stopped_at_once(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, name="山田　花子", kana="ヤマダ　ハナコ", qualified="20260701"))
    assert [str(row["valid_from"]) for row in await bureau.current("view_stop")] == [str(TODAY)]


async def test_too_few_comparable_items_refuse_the_line(bureau: Bureau) -> None:
    result = await bureau.send(bureau.line(1, name="●●　一郎", address=""))
    assert await bureau.codes(result) == [(2, faults.ITEMS_TOO_FEW.code)]
    assert await bureau.current("coverage") == []


async def test_too_few_items_are_too_few_where_one_of_them_differs(bureau: Bureau) -> None:
    bureau.line(1)
    assured = {"assured": "2", "assurance": "戸籍で確認"}
    for more in ({}, assured):
        result = await bureau.send(bureau.line(1, name="●●　一郎", address="", birth="19850101", **more))
        assert await bureau.codes(result) == [(2, faults.ITEMS_TOO_FEW.code)]
        assert await bureau.current("coverage") == []
        assert await bureau.rows("SELECT * FROM register_work_item") == []


async def test_two_people_on_one_number_are_in_the_queue(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    stranger = bureau.line(2, individual=bureau.line(1)["individual"])
    await bureau.send(stranger)
    items_ = await bureau.rows("SELECT kind FROM register_work_item WHERE closed_at IS NULL")
    assert {"several-on-one-number", "identity-birth-or-sex"} <= {row["kind"] for row in items_}
    answer = await bureau.register.answer_for_card(await bureau.person(1), TODAY, facility="9910000001", now=bureau.now)
    assert [str(one.number) for one in answer.message.results] == ["1001"], "the stranger's record is not shown"
    (person,) = await bureau.current("person")
    assert person["name"] == "見本　1郎", "the person's own data stays"


async def test_the_right_person_replaces_a_wrong_one_who_came_first(bureau: Bureau) -> None:
    right = bureau.line(1)
    await bureau.send(bureau.line(2, individual=right["individual"]))
    await bureau.send(right)
    (person,) = await bureau.current("person")
    assert (person["name"], str(person["birth_date"])) == ("見本　1郎", "1980-02-15")
    births = await bureau.rows(
        "SELECT DISTINCT birth_date AS b FROM register_number_directory WHERE recorded_to IS NULL"
    )
    assert len(births) == 1
    kinds = await bureau.rows("SELECT kind, record_id FROM register_work_item WHERE closed_at IS NULL")
    assert sum(row["kind"] == "several-on-one-number" for row in kinds) == 2


async def test_one_person_on_two_numbers_is_in_the_queue(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    again = bureau.line(1, individual=bureau.line(7)["individual"], number="1050")
    await bureau.send(again)
    kinds = {row["kind"] for row in await bureau.rows("SELECT kind FROM register_work_item WHERE closed_at IS NULL")}
    assert "one-on-several-numbers" in kinds
    assert [row["reason"] for row in await bureau.current("view_stop")] == ["birth-or-sex-differs"]


async def _conflicts(bureau: Bureau) -> list[str]:
    rows = await bureau.rows(
        "SELECT r.number FROM register_work_item w JOIN register_insured_record r ON r.record_id = w.record_id "
        "WHERE w.kind = 'one-on-several-numbers' AND w.closed_at IS NULL ORDER BY r.number"
    )
    return [row["number"] for row in rows]


@pytest.mark.parametrize(
    ("order", "told"), [("right wrong", ["1050"]), ("wrong right", ["1001"]), ("both", ["1001", "1050"])]
)
async def test_one_person_on_two_numbers_is_told_in_any_order(bureau: Bureau, order: str, told: list[str]) -> None:
    lines = {"right": bureau.line(1), "wrong": bureau.line(1, individual=bureau.line(7)["individual"], number="1050")}
    if order == "both":
        await bureau.send(*lines.values())
    else:
        for name in order.split():
            await bureau.send(lines[name])
    assert await _conflicts(bureau) == told


@pytest.mark.parametrize("change", [{"operation": "2"}, {"insurer": OTHER, "number": "2001"}])
async def test_a_changed_number_that_the_resident_register_knows_is_told(
    bureau: Bureau, change: dict[str, str]
) -> None:
    old = bureau.line(1)
    await bureau.send(old)
    bureau.town.known[number_of(77)] = bureau.town.known.pop(old["individual"])
    await bureau.send(old | change | {"individual": number_of(77)})
    assert await _conflicts(bureau) == [change.get("number", "1001")]


async def test_a_wrong_number_with_the_items_of_today_is_told_once_the_right_line_has_them_too(bureau: Bureau) -> None:
    right = bureau.line(1)
    await bureau.send(right)
    bureau.town.settle(1, address="見本県若草市本町9-8-7")
    moved = bureau.line(1, address="見本県若草市本町9-8-7", operation="2")
    await bureau.send(moved | {"operation": "1", "individual": bureau.line(7)["individual"], "number": "1050"})
    assert await _conflicts(bureau) == []
    await bureau.send(moved | {"percent": "020"})
    assert await _conflicts(bureau) == ["1001"]


async def test_twins_without_names_and_namesakes_are_two_people(bureau: Bureau) -> None:
    same = {"name": "見本　同一", "kana": "ミホン　ドウイツ", "birth_date": "20000415"}
    twin = {"name": "見本　名未定", "kana": "ミホン　メイミテイ", "birth_date": "20260501"}
    for place in (1, 2):
        bureau.town.settle(place, **twin)
        bureau.town.settle(place + 2, **same, address=f"見本県青葉市中央1-2-{place}")
    born = {"qualified": "20260501", "relation": "2"}
    await bureau.send(bureau.line(1, **born), bureau.line(3))
    await bureau.send(bureau.line(2, **born), bureau.line(4))
    assert await bureau.rows("SELECT kind FROM register_work_item") == []
    assert len(await bureau.current("person")) == 4


async def test_a_better_name_and_a_move_follow_the_register_of_residents(bureau: Bureau) -> None:
    number = bureau.town.settle(1, name="髙橋　涼子", kana="タカハシ　リョウコ")
    await bureau.send(bureau.line(1, name="●橋　涼子"))
    bureau.town.known[number] = Resident(
        name="髙橋　涼子", kana="タカハシ　リョウコ", birth_date="19800215", sex="1", address="見本県若草市本町9-8-7"
    )
    await bureau.send(bureau.line(1, operation="2"))
    rows = await bureau.current("person")
    assert [(row["name"], row["address"], str(row["valid_from"])) for row in rows] == [
        ("●橋　涼子", ADDRESS, "1980-02-15"),
        ("髙橋　涼子", "見本県若草市本町9-8-7", "2026-06-01"),
    ]


async def test_an_update_without_a_number_keeps_person_and_stop(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, birth="19850101"))
    await bureau.send(bureau.line(1, birth="19850101", operation="2", individual="", percent="020"))
    assert len(await bureau.current("view_stop")) == 1
    rows = await bureau.current("burden_ratio")
    assert [row["percent"] for row in rows] == [20]
