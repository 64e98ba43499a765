"""Submissions into the tables: one step, nothing lost, nothing on a stranger, corrections, five years."""

import asyncio
import io
import zipfile
from datetime import date, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa
import sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite

from central.checkups import tables as t
from central.checkups.check import check, checkups_of, read_submission
from central.checkups.checkup import kept_until
from central.checkups.packing import digest, pack, unpack
from central.checkups.readings import OF_RECORDS
from central.checkups.service import first_kept
from central.db.store import Statement
from central.register import entries as e
from protocol.errors import OnshiError, checkups
from protocol.numbers import Branch, Symbol
from tests.central.checkups.files import C1, FOLDER, H1, H2, PEOPLE, changed, edited, good, keys, packed, unpacked
from tests.central.checkups.shelf import NOON, Shelf, key, on, sent, values

FIRST, SECOND, THIRD = (one.person for one in PEOPLE)


async def test_good_results_are_read_back_by_record_as_they_were(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    other = await shelf.insured("p2", SECOND)
    loaded = await shelf.load(good(), f"{FOLDER}.zip")
    assert (loaded.results, loaded.new, loaded.waiting, loaded.left_out, loaded.faults) == (3, 3, 1, 0, ())
    (stored,) = await shelf.of(record)
    before = next(checkups_of(read_submission(io.BytesIO(good()))))
    assert stored.checkup == before
    assert stored.checkup.person.number.raw == "１２３"
    assert (stored.record_id, stored.received_at) == (record, NOON)
    assert {one.record_id for one in await shelf.of(record, other)} == {record, other}
    assert await shelf.of() == await shelf.of("nobody") == ()


async def test_the_newest_come_first_and_only_those_of_the_window(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    days = [date(2023, 6, 1), date(2025, 6, 1), date(2024, 6, 1)]
    for turn, day in enumerate(days):
        await shelf.load(sent([on(PEOPLE[0], day)], turn=turn))
    assert [one.checkup.day for one in await shelf.of(record)] == sorted(days, reverse=True)
    assert [one.checkup.day for one in await shelf.of(record, first=days[2], last=days[2])] == [days[2]]


async def test_the_same_zip_twice_changes_nothing(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    first = await shelf.load(good())
    await shelf.load(sent(day=date(2026, 6, 11), seed=8))
    kept = await shelf.of(record), await shelf.rows(t.checkup), await shelf.rows(t.waiting)
    shelf.later()
    again = await shelf.load(good())
    assert again == msgspec.structs.replace(first, again=True)
    assert (await shelf.of(record), await shelf.rows(t.checkup), await shelf.rows(t.waiting)) == kept
    assert len(await shelf.rows(t.submission)) == 2


async def test_the_same_results_in_another_zip_are_counted_and_not_kept_twice(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    await shelf.load(good())
    loaded = await shelf.load(packed(unpacked(good())))
    assert (loaded.again, loaded.same, loaded.new) == (False, 3, 0)
    assert len(await shelf.of(record)) == 1


async def test_a_correction_closes_its_predecessor_and_nothing_is_overwritten(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    await shelf.load(good())
    (old,) = await shelf.of(record)
    shelf.later()
    loaded = await shelf.load(sent(day=date(2026, 6, 11), seed=8))
    assert (loaded.corrected, loaded.new) == (3, 0)
    (new,) = await shelf.of(record)
    assert new.checkup_id != old.checkup_id
    assert values(new) != values(old)
    closed, current = await shelf.rows(t.checkup)
    assert unpack(closed["document"]) == old.checkup
    assert closed["recorded_to"] == current["recorded_from"]
    assert current["recorded_to"] is None


async def test_a_late_older_submission_does_not_replace_a_later_one(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    await shelf.load(sent(turn=1, seed=8))
    (kept,) = await shelf.of(record)
    loaded = await shelf.load(sent(turn=0, seed=9))
    assert (loaded.older, loaded.corrected) == (3, 0)
    assert await shelf.of(record) == (kept,)


async def test_persons_not_in_the_register_wait_and_are_linked_when_they_are(shelf: Shelf) -> None:
    loaded = await shelf.load(good())
    assert (loaded.new, loaded.waiting) == (3, 3)
    assert await shelf.service.link(operator="test") == 0
    record = await shelf.insured("p1", FIRST)
    assert await shelf.of(record) == ()
    shelf.later()
    assert await shelf.service.link(operator="test") == 1
    (stored,) = await shelf.of(record)
    assert stored.received_at == NOON
    assert [row["kind"] for row in await shelf.audits()] == ["checkups.import", "checkups.link"]
    assert await shelf.service.link(operator="test") == 0


async def test_a_correction_finds_its_predecessor_that_still_waits(shelf: Shelf) -> None:
    await shelf.load(good())
    record = await shelf.insured("p1", FIRST)
    shelf.later()
    loaded = await shelf.load(sent(day=date(2026, 6, 11), seed=8))
    assert (loaded.corrected, loaded.waiting) == (3, 2)
    (stored,) = await shelf.of(record)
    assert stored.received_at == shelf.now
    waiting = await shelf.rows(t.waiting)
    assert sorted(row["recorded_to"] is None for row in waiting) == [False, False, False, True, True]
    assert await shelf.service.link(operator="test") == 0


async def test_a_relink_carries_the_checkups(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    right = await shelf.person("p9", FIRST)
    await shelf.load(good())
    async with shelf.intake.transaction() as intake:
        await intake.relink(key(FIRST), right, on=date(2026, 6, 1))
    assert await shelf.record_of(right) == record
    assert len(await shelf.of(await shelf.record_of(right))) == 1


@pytest.mark.parametrize(
    ("registered", "reason"),
    [
        (keys("１２３", "19800403", "1"), "birth"),
        (keys("１２３", "19800402", "2"), "sex"),
        (keys("１２４", "19800402", "1"), "unknown"),
        (keys("１２３", "19800402", "1", "合成１３"), "unknown"),
        (msgspec.structs.replace(FIRST, branch=Branch("01")), "birth"),
    ],
)
async def test_better_unlinked_than_on_a_stranger(shelf: Shelf, registered: object, reason: str) -> None:
    record = await shelf.insured("p1", registered)  # type: ignore[arg-type]
    loaded = await shelf.load(sent(PEOPLE[:1]))
    assert loaded.waiting == 1
    assert await shelf.of(record) == ()
    (row,) = await shelf.rows(t.waiting)
    assert row["reason"] == reason
    assert await shelf.service.link(operator="test") == 0


async def test_without_a_branch_birth_date_and_sex_decide_and_two_that_fit_are_nobodys(shelf: Shelf) -> None:
    nameless = msgspec.structs.replace(FIRST, branch=None)
    record = await shelf.insured("p1", FIRST)
    sister = await shelf.insured("p2", msgspec.structs.replace(FIRST, branch=Branch("01"), sex="2"))
    await shelf.load(sent([type(PEOPLE[0])(nameless, "ゴウセイ", PEOPLE[0].day, PEOPLE[0].card)]))
    assert len(await shelf.of(record)) == 1
    assert await shelf.of(sister) == ()
    await shelf.insured("p3", msgspec.structs.replace(FIRST, branch=Branch("02")))
    later = on(PEOPLE[0], date(2026, 5, 28))
    loaded = await shelf.load(sent([type(later)(nameless, "ゴウセイ", later.day, later.card)], turn=1))
    assert loaded.waiting == 1
    assert [row["reason"] for row in await shelf.rows(t.waiting)] == ["several"]


async def test_widths_and_dashes_of_symbol_and_number_are_one(shelf: Shelf) -> None:
    half = msgspec.structs.replace(keys("123", "19800402", "1"), symbol=Symbol("合成12"))
    record = await shelf.insured("p1", half)
    await shelf.load(good())
    assert len(await shelf.of(record)) == 1


async def test_faulty_results_are_left_out_and_told_and_the_good_ones_load(shelf: Shelf) -> None:
    first, second = await shelf.insured("p1", FIRST), await shelf.insured("p2", SECOND)
    loaded = await shelf.load(changed((H1, 'unit="%"', 'unit="mmol/mol"')))
    assert (loaded.results, loaded.new, loaded.left_out) == (3, 2, 1)
    (fault,) = loaded.faults
    assert (fault.code, fault.file) == (checkups.ITEM_UNIT.code, f"{FOLDER}/{H1}")
    assert await shelf.of(first) == ()
    assert len(await shelf.of(second)) == 1
    assert shelf.told == [1, 2, 3]
    again = await shelf.load(changed((H1, 'unit="%"', 'unit="mmol/mol"')))
    assert again.faults == loaded.faults


async def test_a_file_that_cannot_be_read_is_left_out(shelf: Shelf) -> None:
    loaded = await shelf.load(edited(lambda files: files.update({H2: b"<ClinicalDocument"})))
    assert (loaded.new, loaded.left_out) == (2, 1)


async def test_a_claim_that_names_another_person_puts_the_result_in_doubt(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    loaded = await shelf.load(changed((C1, 'value="19800402"', 'value="19800502"')))
    assert (loaded.new, loaded.left_out) == (2, 1)
    assert [fault.code for fault in loaded.faults] == [checkups.PERSON_DIFFERS.code]
    assert await shelf.of(record) == ()


async def test_a_refused_zip_changes_nothing(shelf: Shelf) -> None:
    for data, fault in (
        (b"Dear Sir or Madam", checkups.NOT_A_ZIP),
        (packed({"letter.txt": b"Dear Sir or Madam"}), checkups.NOT_A_SUBMISSION),
        (packed({**unpacked(good()), "../../etc/cron.d/x": b""}, ""), checkups.ZIP_NAMES),
        (packed({**unpacked(good()), H1.upper(): b""}), checkups.ZIP_NAMES),
    ):
        with pytest.raises(OnshiError) as refused:
            await shelf.load(data)
        assert refused.value.fault is fault
    assert [list(await shelf.rows(table)) for table in (t.checkup, t.waiting, t.submission)] == [[], [], []]


async def test_a_zip_in_a_zip_is_a_file_that_has_no_place(shelf: Shelf) -> None:
    loaded = await shelf.load(edited(lambda files: files.update({"DATA/more.zip": good()})))
    assert (loaded.new, loaded.left_out) == (3, 1)
    assert {fault.code for fault in loaded.faults} >= {checkups.FILE_NAME.code}
    assert {fault.file for fault in loaded.faults} == {f"{FOLDER}/DATA/more.zip"}


async def test_a_zip_that_is_too_large_loads_nothing(shelf: Shelf) -> None:
    def grow(files: dict[str, bytes]) -> None:
        files[H2] = b"<x>" + b" " * (3 * 1024 * 1024)

    with pytest.raises(OnshiError) as refused:
        await shelf.load(edited(grow))
    assert refused.value.fault is checkups.ZIP_TOO_LARGE
    assert list(await shelf.rows(t.waiting)) == []


async def test_an_import_that_breaks_in_the_middle_leaves_nothing_and_works_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await shelf.insured("p1", FIRST)
    await shelf.load(good())
    before = await shelf.rows(t.checkup), await shelf.rows(t.waiting)
    data = sent(day=date(2026, 6, 11), seed=8)
    with monkeypatch.context() as broken:
        broken.setattr("central.checkups.service.s.INSERT_SUBMISSION", None)
        with pytest.raises(AttributeError):
            await shelf.load(data)
    assert (await shelf.rows(t.checkup), await shelf.rows(t.waiting)) == before
    assert (await shelf.load(data)).corrected == 3
    assert len(await shelf.of(record)) == 1


async def test_a_request_to_delete_closes_the_checkup(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    await shelf.load(sent(PEOPLE[:2]))

    data = sent(PEOPLE[:2], day=date(2026, 6, 11))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        folder = archive.namelist()[0].partition("/")[0]
    request = packed(
        {
            name: text.replace(b'<code code="10"', b'<code code="19"') if name.startswith("DATA") else text
            for name, text in unpacked(data).items()
        },
        folder,
    )
    loaded = await shelf.load(request)
    assert (loaded.deleted, loaded.new) == (2, 0)
    assert await shelf.of(record) == ()
    assert len(await shelf.rows(t.checkup)) == 1
    assert [row["recorded_to"] is None for row in await shelf.rows(t.waiting)] == [False]


async def test_what_is_past_keeping_is_not_taken_and_is_purged_with_its_versions(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    shelf.now = datetime(2021, 7, 1, 3, tzinfo=NOON.tzinfo)
    old = [on(one, date(2021, 6, 10)) for one in PEOPLE]
    await shelf.load(sent(old, day=date(2021, 6, 11)))
    await shelf.load(sent(old, day=date(2021, 6, 12), seed=8))
    shelf.now = datetime(2026, 6, 10, 3, tzinfo=NOON.tzinfo)
    await shelf.load(sent([on(PEOPLE[0], date(2026, 6, 9))]))
    kept = await shelf.service.purge(operator="test")
    assert (kept.linked, kept.waiting) == (0, 0)
    shelf.later(days=1)
    purged = await shelf.service.purge(operator="test")
    assert (purged.before, purged.linked, purged.waiting) == (date(2021, 6, 11), 2, 4)
    assert [one.checkup.day for one in await shelf.of(record)] == [date(2026, 6, 9)]
    assert len(await shelf.rows(t.checkup)) == 1
    audits = [msgspec.json.decode(row["content"])["entry"] for row in await shelf.audits()]
    assert [one["references"] for one in audits if one["kind"] == "checkups.purge"] == [
        ["before:2021-06-11", "linked:2"],
        ["before:2021-06-11", "waiting:4"],
    ]
    loaded = await shelf.load(sent(old, day=date(2021, 6, 13)))
    assert (loaded.expired, loaded.new) == (3, 0)


def test_the_first_day_that_is_kept_fits_the_last_day_of_keeping() -> None:
    for days in range(366 * 9):
        today = date(2019, 1, 1) + timedelta(days=days)
        first = first_kept(today)
        assert kept_until(first) >= today > kept_until(first - timedelta(days=1))


async def test_the_import_is_on_the_audit_log_before_anything_is_changed(shelf: Shelf) -> None:
    loaded = await shelf.load(good())
    (row,) = await shelf.audits()
    entry = msgspec.json.decode(row["content"])["entry"]
    assert (entry["kind"], entry["outcome"], entry["facility"]) == ("checkups.import", "received", FOLDER.sender)
    assert entry["references"] == [f"submission:{loaded.submission}"]


async def test_of_two_imports_of_one_zip_at_once_one_changes_nothing(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    loads = await asyncio.gather(*(shelf.load(good()) for _ in range(3)))
    assert sorted(one.again for one in loads) == [False, True, True]
    assert len({one.submission for one in loads}) == 1
    assert len(await shelf.of(record)) == 1
    assert len(await shelf.rows(t.submission)) == 1


async def test_corrections_that_come_at_once_leave_one_current_version(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    loads = await asyncio.gather(*(shelf.load(sent(turn=turn, seed=turn)) for turn in range(4)))
    assert sum(one.new for one in loads) == 3
    (stored,) = await shelf.of(record)
    wanted = next(checkups_of(read_submission(io.BytesIO(sent(turn=3, seed=3)))))
    assert stored.checkup.items == wanted.items


async def test_reading_a_person_never_scans_the_table(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST)
    await shelf.load(good())
    sqlite = shelf.store.dialect == "sqlite"
    asked = OF_RECORDS.core.params(record_ids=[record], first=date(2020, 1, 1), last=date(2030, 1, 1))  # type: ignore[attr-defined]
    dialect = sa.dialects.sqlite.dialect() if sqlite else sa.dialects.postgresql.dialect()
    sql = str(asked.compile(dialect=dialect, compile_kwargs={"literal_binds": True, "render_postcompile": True}))
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    async with shelf.store.transaction() as running:
        if not sqlite:
            await running.run(Statement("test.noscan", sa.text("SET LOCAL enable_seqscan = off")))
        rows = await running.all(Statement("test.plan", sa.text((explain + sql).replace(":", "\\:"))))
    plan = " ".join(str(value) for row in rows for value in row.values())
    assert "index" in plan.lower()
    assert "Seq Scan" not in plan
    assert "SCAN checkups_checkup" not in plan


def test_what_is_packed_comes_out_the_same() -> None:
    for one in checkups_of(read_submission(io.BytesIO(good()))):
        assert unpack(pack(one)) == one
        assert digest(one) == digest(msgspec.structs.replace(one, file="other"))
        assert len(pack(one)) < 4096


def test_a_row_of_an_unknown_form_is_not_guessed_at() -> None:
    one = next(checkups_of(read_submission(io.BytesIO(good()))))
    values_ = msgspec.msgpack.decode(pack(one))
    with pytest.raises(msgspec.ValidationError, match="form 2"):
        unpack(msgspec.msgpack.encode([2, *values_[1:]]))


def test_a_good_submission_still_has_no_fault() -> None:
    assert check(io.BytesIO(good())).faults == []


async def test_a_person_whose_sex_is_not_registered_contradicts_nothing(shelf: Shelf) -> None:
    record = await shelf.insured("p1", FIRST, sex=e.Sex.UNSET)
    await shelf.load(good())
    assert len(await shelf.of(record)) == 1
