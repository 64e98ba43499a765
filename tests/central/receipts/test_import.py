"""Files into the database: what loads, what is refused, what replaces what, and who then has it; on both databases."""

import asyncio
import os
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from central.db import Violation
from central.db.store import Statement
from central.receipts import staging
from central.receipts.costs import monthly_cost
from central.receipts.extract import drug_lines, treatment_lines, undated
from central.receipts.master import synthetic
from central.receipts.packed import decode, pack, unpack
from central.receipts.readings import CostOfMonth
from central.receipts.service import State
from central.register import entries as e
from protocol.errors import OnshiError
from protocol.errors.receipts import FILE_UNREADABLE
from tests.central.insurers.bureau import Bureau
from tests.central.receipts.files import DISPENSING, GOOD, PHARMACY, closing, encode, header, patched, receipts_of
from tests.central.receipts.office import FIRST, LAST, MAY, NOON, Claim, Office, birth_of, claims

JUNE = date(2026, 6, 1)


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_what_is_packed_comes_back_with_every_line(kind: str) -> None:
    master = synthetic()
    for receipt in receipts_of(GOOD[kind]()):
        found = unpack(
            decode(pack(receipt)),
            receipt_id="receipt",
            record_id="record",
            month=MAY,
            kind=kind,
            received_at=NOON,
            names=master.product,
        )
        assert found.drugs == tuple(drug_lines(receipt, master))
        assert found.treatments == tuple(treatment_lines(receipt))
        assert found.cost == monthly_cost(receipt)
        assert found.covered == (kind == "dpc")
        assert found.undated == undated(receipt)


async def test_a_receipt_reaches_the_person_whom_the_tie_names(office: Office) -> None:
    await office.insured(1, 2)
    result = await office.send(claims(Claim(1), Claim(2, 2, code=108)))
    assert (result.state, result.counts.new, result.counts.waiting) == (State.LOADED, 2, 0)
    assert await office.drugs(1) == ["102"]
    assert await office.drugs(2) == ["108"]
    (one,) = await office.receipts(1)
    (line,) = one.drugs
    assert (one.month, one.kind, one.received_at) == (MAY, "dispensing", result.loaded_at)
    assert (line.name, line.times, line.dispensed_on) == ("カクウジピン錠５ｍｇ「架空」", 28, date(2026, 5, 7))


async def test_the_same_file_twice_changes_nothing(office: Office) -> None:
    await office.insured(1)
    data = claims(Claim(1), Claim(7, 2))
    first = await office.send(data)
    before = await office.state()
    again = await office.send(data)
    assert (again.state, again.counts, again.loaded_at) == (State.KNOWN, first.counts, first.loaded_at)
    assert await office.state() == before


async def test_an_old_file_given_again_does_not_undo_its_correction(office: Office) -> None:
    await office.insured(1)
    old = claims(Claim(1, search="77"))
    await office.send(old)
    await office.send(claims(Claim(1, search="77", code=108)))
    assert (await office.send(old)).state is State.KNOWN
    assert await office.drugs(1) == ["108"]


@pytest.mark.parametrize("search", ["", "0123456789"])
async def test_a_correction_closes_its_predecessor_and_keeps_it(office: Office, search: str) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1, search=search)))
    result = await office.send(claims(Claim(1, search=search, code=108)))
    assert (result.counts.new, result.counts.replaced) == (1, 1)
    assert await office.drugs(1) == ["108"]
    rows = await office.rows("SELECT recorded_to, recorded_from FROM receipts_receipt ORDER BY recorded_from")
    assert [row["recorded_to"] is None for row in rows] == [False, True]
    assert rows[0]["recorded_to"] == rows[1]["recorded_from"]


async def test_the_search_number_tells_a_correction_with_another_receipt_number(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1, 1, search="77"), Claim(1, 2, search="78", code=104)))
    await office.send(claims(Claim(1, 5, search="77", code=108)))
    assert await office.drugs(1) == ["104", "108"]


async def test_what_did_not_change_stays_as_it_was(office: Office) -> None:
    await office.insured(1, 2)
    await office.send(claims(Claim(1), Claim(2, 2), Claim(9, 3)))
    before = await office.receipts(1)
    result = await office.send(claims(Claim(1), Claim(2, 2, code=108), Claim(9, 3)))
    assert (result.counts.new, result.counts.same, result.counts.replaced) == (1, 2, 1)
    assert await office.receipts(1) == before
    assert await office.waiting() == 1


async def test_a_return_takes_the_receipt_away_until_it_is_claimed_again(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1, search="77")))
    result = await office.send(claims(Claim(1, search="77", returned=True)))
    assert (result.counts.returned, result.counts.closed, result.counts.new) == (1, 1, 0)
    assert await office.drugs(1) == []
    await office.send(claims(Claim(1, 3, search="77", code=108)))
    assert await office.drugs(1) == ["108"]


@pytest.mark.parametrize(("first", "then"), [("", "77"), ("77", "")])
@pytest.mark.parametrize("place", [1, 9], ids=["stored", "waiting"])
async def test_a_claim_is_found_by_its_number_where_one_of_two_has_no_search_number(
    office: Office, place: int, first: str, then: str
) -> None:
    await office.insured(1)
    await office.send(claims(Claim(place, search=first), Claim(place, 2, search=first and "78", code=104)))
    corrected = await office.send(claims(Claim(place, search=then, code=108)))
    assert (corrected.counts.new, corrected.counts.replaced) == (1, 1)
    assert await office.drugs(1) == (["104", "108"] if place == 1 else [])
    returned = await office.send(claims(Claim(place, search=first, returned=True)))
    assert (returned.counts.returned, returned.counts.closed, returned.counts.unmatched) == (1, 1, 0)
    assert await office.drugs(1) == (["104"] if place == 1 else [])
    assert await office.waiting() == (0 if place == 1 else 1)


async def test_two_search_numbers_are_two_claims_whatever_their_number(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1, search="77")))
    result = await office.send(claims(Claim(1, search="78", code=108)))
    assert (result.counts.new, result.counts.replaced) == (1, 0)
    assert await office.drugs(1) == ["102", "108"]


async def test_a_return_that_finds_nothing_is_told(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1, search="77")))
    result = await office.send(claims(Claim(1, 5, search="78", returned=True), Claim(9, 6, returned=True)))
    assert (result.state, result.counts.returned, result.counts.unmatched) == (State.LOADED, 2, 2)
    assert result.refused
    both = await office.send(claims(Claim(1, 7, search="79"), Claim(1, 8, search="79", returned=True)))
    assert (both.counts.older, both.counts.unmatched, both.refused) == (1, 0, False)
    assert await office.drugs(1) == ["102"]


async def test_of_two_in_one_file_the_later_counts(office: Office) -> None:
    await office.insured(1)
    result = await office.send(claims(Claim(1, 1, search="77"), Claim(1, 2, search="77", code=108)))
    assert (result.counts.new, result.counts.older) == (1, 1)
    assert await office.drugs(1) == ["108"]


async def test_a_receipt_without_its_person_waits_and_is_linked_later(office: Office) -> None:
    result = await office.send(claims(Claim(1)))
    assert (result.counts.new, result.counts.waiting) == (1, 1)
    assert (await office.imports.waiting()).reasons == {"unknown": 1}
    await office.insured(1)
    left = await office.imports.link()
    assert (left.stored, left.waiting) == (1, 0)
    (one,) = await office.receipts(1)
    assert one.received_at == result.loaded_at, "it is as old as its file"


async def test_what_waits_is_linked_before_it_is_replaced(office: Office) -> None:
    await office.send(claims(Claim(1)))
    await office.insured(1)
    result = await office.send(claims(Claim(1, code=108)))
    assert (result.counts.linked, result.counts.new) == (1, 1)
    assert await office.drugs(1) == ["108"]
    assert await office.waiting() == 0


async def test_a_correction_that_waits_beside_what_it_corrects(office: Office) -> None:
    await office.send(claims(Claim(1)))
    result = await office.send(claims(Claim(1, code=108)))
    assert (result.counts.new, result.counts.replaced, result.counts.waiting) == (1, 1, 1)
    await office.insured(1)
    await office.imports.link()
    assert await office.drugs(1) == ["108"]


async def test_another_birth_date_is_never_linked(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1, birth=date(1999, 9, 9))))
    assert await office.drugs(1) == []
    assert (await office.imports.waiting()).reasons == {"differs": 1}


async def test_a_receipt_without_a_branch_finds_the_one_with_its_birth_date(office: Office) -> None:
    await office.insured(1)
    sister = await office.person(2)
    await office.intake.register(
        e.Tie(record=office.record(1, "01"), person_id=sister, valid_from=date(2020, 4, 1)),
    )
    await office.send(claims(Claim(1, branch="", birth=birth_of(2), search="1"), Claim(1, 2, branch="", search="2")))
    assert (len(await office.receipts(1)), len(await office.receipts(2))) == (1, 1)


async def test_a_relink_carries_the_receipts(office: Office) -> None:
    wrong, right = await office.person(2), await office.person(1)
    await office.tie(1, right)
    await office.send(claims(Claim(1)))
    async with office.intake.transaction() as intake:
        await intake.relink(office.record(1), wrong, on=date(2026, 5, 1))
    assert (await office.drugs(1), await office.drugs(2)) == ([], ["102"])
    async with office.intake.transaction() as intake:
        await intake.relink(office.record(1), right, on=date(2026, 5, 1))
    assert (await office.drugs(1), await office.drugs(2)) == (["102"], [])


async def test_a_number_that_is_used_again_shows_nobody_the_earlier_holder_s_receipts(office: Office) -> None:
    earlier, later = await office.person(1), await office.person(2)
    await office.tie(1, earlier, until=date(2026, 5, 15))
    await office.tie(1, later, since=date(2026, 5, 15))
    await office.send(claims(Claim(1, 1, day=7), Claim(1, 2, day=20, code=108, birth=birth_of(2))))
    assert (await office.drugs(1), await office.drugs(2)) == (["102"], ["108"])


async def test_assistance_alone_hangs_on_the_recipient(office: Office) -> None:
    person = await office.person(1)
    await office.assisted(person, until=date(2026, 6, 1))
    await office.send(claims(Claim(1, welfare=True)))
    assert await office.drugs(1) == ["102"]
    assert await office.waiting() == 0
    await office.assisted(await office.person(2), since=date(2026, 4, 1), until=date(2026, 5, 31))
    assert await office.drugs(1) == [], "two people with one recipient number: nobody is shown what may be a stranger's"


async def test_windows_count_months(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1)))
    assert len(await office.receipts(1, first=date(2026, 5, 31), last=MAY)) == 1
    assert await office.receipts(1, first=JUNE, last=LAST) == ()
    assert await office.receipts(1, first=FIRST, last=date(2026, 4, 30)) == ()
    record = (await office.receipts(1))[0].record_id
    assert len(await office.readings.of([record, record], first=MAY, last=MAY)) == 1
    assert await office.readings.of([], first=MAY, last=MAY) == ()


async def test_costs_add_up_by_month(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1), Claim(1, 2)))
    record = (await office.receipts(1))[0].record_id
    costs = await office.readings.costs([record], first=MAY, last=MAY)
    assert costs == (CostOfMonth(record, MAY, 2, 3960, 2780, 0, 1180),)
    assert await office.readings.costs_of_person("p1", first=FIRST, last=LAST) == costs


async def test_receipts_with_faults_are_left_out_and_told(office: Office) -> None:
    await office.insured(1, 2, 3)
    data = patched(claims(Claim(1), Claim(2, 2), Claim(3, 3)), 16, 2, b"62000785")
    result = await office.send(data)
    assert [(one.line, one.record, one.field, one.code) for one in result.faults] == [(16, "IY", "code", "RECEIPT-022")]
    assert (result.state, result.left_out, result.counts.new, result.refused) == (State.LOADED, 1, 2, True)
    assert (await office.drugs(1), await office.drugs(2), await office.drugs(3)) == (["102"], [], ["102"])


async def test_a_total_that_is_told_after_the_receipt_keeps_it_out(office: Office) -> None:
    await office.insured(1, 2)
    result = await office.send(patched(claims(Claim(1), Claim(2, 2)), 3, 5, b"199"))
    assert [(one.line, one.code) for one in result.faults] == [(3, "RECEIPT-043")]
    assert (await office.drugs(1), await office.drugs(2)) == ([], ["102"])


async def test_a_wrong_total_before_another_header_costs_its_receipt_alone(office: Office) -> None:
    await office.insured(1, 2)
    first, second = claims(Claim(1)), claims(Claim(2))
    header = second.splitlines(keepends=True)[0]
    whole = claims(Claim(1), Claim(2, 2))
    place = whole.index(second.splitlines(keepends=True)[1].replace(b"RE,1,", b"RE,2,", 1))
    result = await office.send(patched(whole[:place] + header + whole[place:], 3, 5, b"199"))
    assert [(one.line, one.code) for one in result.faults] == [(3, "RECEIPT-043")], first
    assert (result.state, result.left_out) == (State.LOADED, 1)
    assert (await office.drugs(1), await office.drugs(2)) == ([], ["102"])


BROKEN = {
    "no receipts": b"hello",
    "empty": b"",
    "UTF-8": claims(Claim(1)).decode("cp932").encode(),
    "no closing record": claims(Claim(1)).rpartition(b"GO,")[0],
    "torn line": claims(Claim(1), Claim(2, 2))[:-40],
    "wrong header": patched(claims(Claim(1)), 1, 4, PHARMACY.encode()[:6] + b"0"),
    "first volume alone": claims(Claim(1)).replace(b",99\r\n", b",00\r\n"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
async def test_a_broken_file_is_refused_with_a_reason_and_nothing_of_it_stays(office: Office, name: str) -> None:
    await office.insured(1, 2)
    before = await office.state()
    result = await office.send(BROKEN[name])
    assert result.state is State.REFUSED
    assert result.faults
    assert await office.state() == before
    assert await office.rows("SELECT * FROM receipts_file") == []


async def test_a_refused_file_can_be_sent_again_whole(office: Office) -> None:
    await office.insured(1)
    data = claims(Claim(1))
    assert (await office.send(data[:-30])).state is State.REFUSED
    assert (await office.send(data)).state is State.LOADED
    assert await office.drugs(1) == ["102"]


async def test_imports_at_the_same_time_come_one_after_the_other(office: Office) -> None:
    await office.insured(1, 2)
    files = [claims(Claim(1, search="7", code=code), Claim(2, 2, search="8", code=code)) for code in (102, 104, 108)]
    paths = [office.file(data) for data in (*files, files[0])]
    results = await asyncio.gather(*(office.imports.run([path]) for path in paths))
    assert sorted(result.state.value for result in results) == ["known", "loaded", "loaded", "loaded"]
    assert sum(result.counts.replaced for result in results if result.state is State.LOADED) == 4
    assert len(await office.drugs(1)) == 1
    assert await office.drugs(1) == await office.drugs(2), "all of a file or nothing of it"


async def test_volumes_of_one_claim_are_one_import(office: Office) -> None:
    await office.insured(1, 2)
    first = encode(DISPENSING, [header(DISPENSING), *Claim(1).lines, closing(0, 0, "00")])
    second = encode(DISPENSING, [header(DISPENSING, volume="01"), *Claim(2, 2).lines, closing(2, 396)])
    paths = [office.file(first), office.file(second)]
    assert (await office.imports.run([paths[0]])).state is State.REFUSED
    result = await office.imports.run(paths)
    assert (result.state, result.counts.new, result.faults) == (State.LOADED, 2, [])


async def test_a_missing_file_is_told(office: Office) -> None:
    with pytest.raises(OnshiError) as refused:
        await office.imports.run([office.folder / "none.CYO"])
    assert refused.value.fault is FILE_UNREADABLE


async def test_a_pipe_is_refused_because_a_file_is_read_twice(office: Office) -> None:
    path = office.folder / "pipe"
    os.mkfifo(path)
    writer = asyncio.create_task(asyncio.to_thread(path.write_bytes, b""))
    with pytest.raises(OnshiError) as refused:
        await asyncio.to_thread(asyncio.run, office.imports.run([path]))
    assert refused.value.fault is FILE_UNREADABLE
    await writer


async def test_a_file_that_is_written_to_while_it_is_read_is_not_loaded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.insured(1)
    path = office.file(claims(Claim(1)))
    made = staging.row

    def growing(*arguments: Any, **more: Any) -> staging.Row:
        with path.open("ab") as file:
            file.write(b"\x1a")
        return made(*arguments, **more)

    monkeypatch.setattr(staging, "row", growing)
    with pytest.raises(OnshiError) as refused:
        await office.imports.run([path])
    assert refused.value.fault is FILE_UNREADABLE
    assert await office.state() == []


async def test_the_database_itself_keeps_a_receipt_from_changing(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1)))
    for sql in (
        "UPDATE receipts_receipt SET claim = 'n9'",
        "DELETE FROM receipts_receipt",
        "INSERT INTO receipts_receipt SELECT record_id, 'other', institution, month, claim, kind, digest, document,"
        " served_on, received_at, recorded_from, NULL, numbered FROM receipts_receipt",
    ):
        with pytest.raises(Violation):
            async with office.store.transaction() as running:
                await running.run(Statement(sql, sa.text(sql)))
    assert await office.drugs(1) == ["102"]


async def test_staging_of_an_import_that_ended_without_a_word_goes_after_a_day(office: Office) -> None:
    await office.insured(1)
    (receipt,) = receipts_of(claims(Claim(1)))
    async with staging.loader(office.store, office.url) as loader:
        await loader.load([staging.row("dead", "f" * 64, 1, receipt, now=office.now)])
    await office.send(claims(Claim(1)))
    assert len(await office.rows("SELECT * FROM receipts_staging")) == 1, "it may belong to an import that still runs"
    office.now += timedelta(days=2)
    await office.send(claims(Claim(1, code=108)))
    assert await office.rows("SELECT * FROM receipts_staging") == []


async def test_an_insurer_s_upload_links_what_waited_for_it(office: Office) -> None:
    bureau = Bureau(office.store, office.url, office.folder / "spool")
    line = bureau.line(3, symbol="12", birth=f"{birth_of(3):%Y%m%d}")
    bureau.town.settle(3, birth_date=f"{birth_of(3):%Y%m%d}")
    await office.send(claims(Claim(3), Claim(4, 2)))
    assert await office.waiting() == 2
    bureau.now = office.now
    assert (await bureau.send(line)).state.value == "applied"
    assert await office.waiting() == 1
    (one,) = await office.readings.of_person(await bureau.person(3), first=FIRST, last=LAST)
    assert [drug.code for drug in one.drugs] == ["699900102"]
    assert await office.rows("SELECT * FROM receipts_staging") == []
