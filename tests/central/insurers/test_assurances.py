"""An officer's 「疑いなし」 ends the stop, is kept with its reason, and holds while the same two sides are compared."""

from pathlib import Path

import pytest

from central.insurers.assurances import MOST, Seen, state_no_doubt
from central.insurers.comparisons import Comparison, Comparisons, sealing_key
from central.insurers.identity import Resident
from central.insurers.parts import State
from central.insurers.spool import Spool
from central.register.facts import person as person_of
from central.register.statements import FACTS, NOW
from central.register.work import OF_INSURER, OPEN
from protocol.errors import OnshiError, console
from protocol.errors import insurers as faults
from tests.central.insurers.bureau import CLINIC, OTHER, SOCIETY, TODAY, Bureau, csv_file, written

REASON = "戸籍謄本で同一人と確認"


async def stopped(bureau: Bureau, place: int = 1) -> bool:
    person = await bureau.person(place)
    rows = await bureau.store.all(FACTS, person_id=person, day=TODAY, facility=CLINIC, known_at=NOW)
    found = person_of(rows)
    assert found is not None
    return found.medical_stopped


async def seen(bureau: Bureau) -> list[Seen]:
    rows = await bureau.rows(
        "SELECT w.row_id, c.digest FROM register_work_item w LEFT JOIN insurers_comparison c "
        "ON c.insurer_number = w.insurer_number AND c.record_id = w.record_id AND w.kind LIKE 'identity-%' "
        "WHERE w.closed_at IS NULL"
    )
    return [Seen(item=row["row_id"], digest=row["digest"] or "") for row in rows]


async def state(bureau: Bureau, items: list[Seen], reason: str = REASON, insurer: str = SOCIETY) -> int:
    return await state_no_doubt(
        bureau.store, lambda: bureau.now, insurer=insurer, seen=items, reason=reason, operator="officer:o-1"
    )


async def test_both_sides_of_a_mismatch_are_kept_sealed_until_somebody_decides(bureau: Bureau) -> None:
    bureau.town.settle(1, name="山田　花子", kana="ヤマダ　ハナコ")
    await bureau.send(bureau.line(1, name="見本　太郎", kana="ミホン　タロウ"))
    (row,) = await bureau.rows("SELECT * FROM insurers_comparison")
    assert "山田" not in row["sealed"]
    comparisons = Comparisons(sealing_key(Spool(bureau.folder, b"f" * 32)))
    opened = comparisons.open(SOCIETY, row["sealed"])
    assert opened is not None
    assert (opened.stated.name, opened.resident.name if opened.resident else "") == ("見本　太郎", "山田　花子")
    assert comparisons.open(OTHER, row["sealed"]) is None
    assert Comparisons(sealing_key(Spool(bureau.folder, b"g" * 32))).open(SOCIETY, row["sealed"]) is None

    await bureau.send(bureau.line(1, operation="2"))
    assert await bureau.rows("SELECT * FROM insurers_comparison") == []


async def test_no_doubt_ends_the_stop_and_holds_while_the_same_is_compared(bureau: Bureau) -> None:
    bureau.town.settle(1, name="山田　花子", kana="ヤマダ　ハナコ")
    stated = bureau.line(1, name="見本　太郎", kana="ミホン　タロウ")
    await bureau.send(stated)
    assert await stopped(bureau)
    assert await state(bureau, await seen(bureau)) == 1
    assert not await stopped(bureau)
    (kept,) = await bureau.rows("SELECT * FROM insurers_assurance")
    assert (kept["operator"], kept["reason"], bool(kept["comparison"])) == ("officer:o-1", REASON, True)
    (item,) = await bureau.rows("SELECT * FROM register_work_item")
    assert (item["outcome"], item["closed_at"] is not None) == ("no-doubt", True)
    assert await bureau.rows("SELECT * FROM insurers_comparison") == []

    again = await bureau.send(stated)
    assert again.state is State.APPLIED
    assert not await stopped(bureau)
    assert await seen(bureau) == []

    bureau.town.settle(1, name="鈴木　一郎", kana="スズキ　イチロウ")
    await bureau.send(stated)
    assert await stopped(bureau)
    assert len(await seen(bureau)) == 1


async def test_what_is_compared_by_now_has_to_be_what_was_seen(bureau: Bureau) -> None:
    bureau.town.settle(1, name="山田　花子", kana="ヤマダ　ハナコ")
    stated = bureau.line(1, name="見本　太郎", kana="ミホン　タロウ")
    await bureau.send(stated)
    old = await seen(bureau)
    bureau.town.settle(1, name="鈴木　一郎", kana="スズキ　イチロウ")
    await bureau.send(stated)
    assert await state(bureau, old) == 0
    assert await stopped(bureau)
    assert await state(bureau, await seen(bureau)) == 1


async def test_another_insurers_items_stay_as_they_are(bureau: Bureau) -> None:
    bureau.town.settle(1, sex="2")
    await bureau.send(bureau.line(1, sex="1"))
    assert await state(bureau, await seen(bureau), insurer=OTHER) == 0
    assert await stopped(bureau)


async def test_several_items_of_one_record_are_one_statement(bureau: Bureau) -> None:
    bureau.town.settle(1, name="山田　花子", kana="ヤマダ　ハナコ")
    await bureau.send(bureau.line(1, name="見本　太郎", kana="ミホン　タロウ"))
    (row,) = await bureau.store.all(OF_INSURER, insurer_number=SOCIETY)
    async with bureau.store.transaction() as running:
        await running.run(OPEN, **{**_opened(row), "row_id": "c" * 32, "kind": "chip-differs", "subject": "chip"})
    assert await state(bureau, await seen(bureau)) == 2
    assert len(await bureau.rows("SELECT * FROM insurers_assurance")) == 1


def _opened(row: object) -> dict[str, object]:
    names = ("insurer_number", "row_id", "kind", "person_id", "record_id", "subject", "details", "opened_at")
    return {name: row[name] for name in names}  # type: ignore[index]


@pytest.mark.parametrize(
    ("reason", "items", "fault"),
    [
        ("  　", 1, console.REASON_MISSING),
        ("あ" * 201, 1, console.REASON_WRONG),
        ("改行\nあり", 1, console.REASON_WRONG),
        ("個人番号 1234-5678-9012 を確認", 1, console.REASON_WRONG),
        ("個人番号 １２３４５６７８９０１２", 1, console.REASON_WRONG),
        (REASON, 0, console.ITEMS_NONE),
        (REASON, MOST + 1, console.ITEMS_TOO_MANY),
    ],
)
async def test_a_statement_needs_a_reason_and_items(bureau: Bureau, reason: str, items: int, fault: object) -> None:
    with pytest.raises(OnshiError) as refused:
        await state(bureau, [Seen(item=f"{n:032x}") for n in range(items)], reason)
    assert refused.value.fault is fault


async def test_a_look_applies_nothing_and_keeps_the_file_for_the_decision(bureau: Bureau) -> None:
    lines = [bureau.line(n) for n in range(1, 4)] + [bureau.line(4, percent="031")]
    upload = await bureau.importer.receive([csv_file(lines)], operator="officer:o-1", at_screen=True)
    looked = await bureau.importer.look(upload)
    assert (looked.state, looked.code, looked.faulty) == (State.READY, faults.LINES_REFUSED.code, 1)
    assert await bureau.current("coverage") == []
    assert list(written(bureau.folder)) != []
    assert await bureau.importer.look(upload) == looked
    with pytest.raises(OnshiError) as refused:
        await bureau.importer.receive([csv_file([bureau.line(9)])], operator="officer:o-2")
    assert refused.value.fault is faults.UPLOAD_WAITS
    assert refused.value.details == {"upload": upload, "state": "ready"}
    await bureau.importer.skip_faulty(upload)
    assert (await bureau.importer.run(upload)).state is State.APPLIED
    assert len(await bureau.current("coverage")) == 3
    assert list(written(bureau.folder)) == []
    with pytest.raises(OnshiError):
        await bureau.importer.skip_faulty(upload)


async def test_a_file_that_is_none_ends_refused_at_the_look(bureau: Bureau) -> None:
    whole = csv_file([bureau.line(1)])
    cut = whole.replace("件数,1".encode(), "件数,2".encode())
    upload = await bureau.importer.receive([cut], operator="o", at_screen=True)
    looked = await bureau.importer.look(upload)
    assert (looked.state, looked.code) == (State.REFUSED, faults.FILE_COUNT.code)
    assert list(written(bureau.folder)) == []


def test_a_derived_key_is_not_the_spools(tmp_path: Path) -> None:
    spool = Spool(tmp_path, b"f" * 32)
    assert len({spool.key_for("comparison"), spool.key_for("other"), b"f" * 32}) == 3
    assert len(spool.key_for("comparison")) == 32


def test_a_sealed_text_that_was_touched_is_nothing(tmp_path: Path) -> None:
    comparisons = Comparisons(sealing_key(Spool(tmp_path, b"f" * 32)))
    digest, sealed = comparisons.seal(SOCIETY, Comparison(stated=Resident(name="見本")))
    again, other = comparisons.seal(SOCIETY, Comparison(stated=Resident(name="見本")))
    assert digest == again
    assert sealed != other
    for wrong in ("", "x", sealed[:-4], sealed[4:], "あ"):
        assert comparisons.open(SOCIETY, wrong) is None
