"""What an upload does to the register: register, update, invalidate; idempotent, in one step, nothing overwritten."""

import asyncio
from datetime import date, timedelta

import pytest

from central.insurers.error_list import listed
from central.insurers.merge import Cohort, CohortLimits
from central.insurers.parts import State
from central.register import entries as e
from central.register.intake import RegisterIntake
from protocol.errors import OnshiError
from protocol.errors import insurers as faults
from tests.central.insurers.bureau import NOON, OTHER, SOCIETY, TODAY, Bureau, csv_file, written


async def test_a_registration_becomes_person_record_tie_coverage_and_ratio(bureau: Bureau) -> None:
    result = await bureau.send(bureau.line(1), bureau.line(2, branch="01", relation="2", head="見本　太郎"))
    assert (result.state, result.lines, result.faulty) == (State.APPLIED, 2, 0)
    assert result.difference is not None
    assert (result.difference.effects, result.difference.verdicts) == ({"new": 2}, {"match": 2})
    assert [len(await bureau.current(t)) for t in ("person", "tie", "number_directory", "coverage")] == [2, 2, 2, 2]
    assert await bureau.ratio(1, TODAY) == 30
    answer = await bureau.register.answer_for_card(await bureau.person(1), TODAY, facility="9910000001", now=bureau.now)
    assert answer.validity.value == "1"


async def test_the_same_file_twice_changes_nothing(bureau: Bureau) -> None:
    lines = [
        bureau.line(n, limit_kind="01", limit_class="A03", limit_issued="20200401", limit_from="20200401")
        for n in (1, 2)
    ]
    await bureau.send(*lines)
    before = [dict(row) for table in TABLES for row in await bureau.rows(f"SELECT * FROM register_{table}")]  # noqa: S608
    again = await bureau.send(*lines)
    assert again.difference is not None
    assert (again.state, again.difference.effects) == (State.APPLIED, {"same": 2})
    assert [dict(row) for table in TABLES for row in await bureau.rows(f"SELECT * FROM register_{table}")] == before  # noqa: S608


TABLES = (
    "person",
    "tie",
    "number_directory",
    "coverage",
    "burden_ratio",
    "limit_certificate",
    "work_item",
    "view_stop",
)


async def test_an_update_holds_from_its_day_and_keeps_what_was_before(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    known = bureau.now
    changed = bureau.line(1, operation="2", percent="020", card_from="20250801")
    result = await bureau.send(changed)
    assert result.difference is not None
    assert result.difference.total("ratio_changed") == 1
    assert [await bureau.ratio(1, day) for day in (date(2025, 7, 31), date(2025, 8, 1))] == [30, 20]
    assert await bureau.ratio(1, date(2025, 8, 1), known + timedelta(minutes=1)) == 30
    again = await bureau.send(changed)
    assert again.difference is not None
    assert again.difference.effects == {"same": 1}
    assert len(await bureau.current("burden_ratio")) == 2


async def test_an_update_without_a_day_states_the_whole_span_anew(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    await bureau.send(bureau.line(1, operation="2", percent="020", card_from="20250801"))
    await bureau.send(bureau.line(1, operation="2", percent="010"))
    assert [row["percent"] for row in await bureau.current("burden_ratio")] == [10]


async def test_loss_and_return_on_one_record(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    lost = await bureau.send(bureau.line(1, operation="2", disqualified="20250401", loss="99"))
    assert lost.difference is not None
    assert lost.difference.total("lost") == 1
    await bureau.send(bureau.line(1, qualified="20250501", percent="020"))
    spans = [(str(row["valid_from"]), str(row["valid_to"])) for row in await bureau.current("coverage")]
    assert spans == [("2020-04-01", "2025-04-01"), ("2025-05-01", "None")]
    assert [await bureau.ratio(1, day) for day in (date(2025, 3, 1), date(2025, 6, 1))] == [30, 20]
    assert len(await bureau.current("tie")) == 1


async def test_a_number_given_to_somebody_else_later_has_two_ties(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, disqualified="20250401", loss="01"))
    await bureau.send(bureau.line(2, number="1001", qualified="20250501"))
    ties = await bureau.current("tie")
    assert [(str(row["valid_from"]), str(row["valid_to"])) for row in ties] == [
        ("2020-04-01", "2025-05-01"),
        ("2025-05-01", "None"),
    ]
    assert len({row["person_id"] for row in ties}) == 2


async def test_a_corrected_number_moves_the_record_to_the_right_person(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1), bureau.line(2))
    right = await bureau.person(2)
    await bureau.send(bureau.line(2, operation="2", number="1001"), bureau.line(1, operation="2", number="1002"))
    rows = await bureau.rows(
        "SELECT person_id FROM register_burden_ratio WHERE recorded_to IS NULL AND record_id IN "
        "(SELECT record_id FROM register_insured_record WHERE number = '1001')"
    )
    assert [row["person_id"] for row in rows] == [right]
    assert await bureau.person(1) == right
    assert len(await bureau.current("tie")) == 2


async def test_an_invalidation_closes_the_span_and_all_that_hangs_on_it(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1), bureau.line(2))
    known = bureau.now
    void = {"operation": "3", "insurer": SOCIETY, "symbol": "12-34", "number": "1001", "branch": "00"}
    result = await bureau.send(void | {"qualified": "20200401"})
    assert result.difference is not None
    assert (result.difference.effects, result.difference.total("lost")) == ({"void": 1}, 1)
    for table in ("coverage", "tie", "number_directory", "burden_ratio"):
        assert len(await bureau.current(table)) == 1, table
    rows = await bureau.rows("SELECT recorded_from FROM register_coverage WHERE recorded_to IS NOT NULL")
    assert len(rows) == 1
    assert known
    again = await bureau.send(void | {"qualified": "20200401"})
    assert (again.state, again.faulty) == (State.APPLIED, 0)


async def test_a_span_is_named_by_its_registration(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    (row,) = await bureau.current("coverage")
    await bureau.send(bureau.line(1, operation="2", qualified="20190401", registration=row["row_id"]))
    (moved,) = await bureau.current("coverage")
    assert str(moved["valid_from"]) == "2019-04-01"
    assert await bureau.ratio(1, date(2019, 5, 1)) == 30
    assert [str(tie["valid_from"]) for tie in await bureau.current("tie")] == ["2019-04-01"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([{"percent": "020"}], faults.REGISTERED_ALREADY),
        ([{"issued": "20210401"}], faults.REGISTERED_ALREADY),
        ([{"qualified": "20210401"}], faults.OVERLAP),
        ([{"qualified": "20190401", "disqualified": "20200402", "loss": "99"}], faults.OVERLAP),
        ([{"operation": "2", "qualified": "20210401"}], faults.NOTHING_TO_CHANGE),
        ([{"operation": "3", "qualified": "20210401"}], faults.NOTHING_TO_CHANGE),
        ([{"operation": "2", "branch": "05"}], faults.NOTHING_TO_CHANGE),
        ([{}, {}], faults.TWICE_IN_FILE),
        ([{"branch": "07"}, {"branch": "07", "qualified": "20210401"}], faults.OVERLAP),
    ],
)
async def test_what_contradicts_the_register_is_refused_and_nothing_is_applied(
    bureau: Bureau, lines: list[dict[str, str]], code: object
) -> None:
    await bureau.send(bureau.line(1))
    before = await bureau.state()
    result = await bureau.send(*(bureau.line(1, **change) for change in lines), bureau.line(9))
    assert (result.state, result.code) == (State.REFUSED, faults.LINES_REFUSED.code)
    assert code in [
        {f.code: f for f in vars(faults).values() if hasattr(f, "code")}[c] for _, c in await bureau.codes(result)
    ]
    assert await bureau.state() == before
    assert list(written(bureau.folder)) == []


async def test_faulty_lines_are_left_out_when_that_is_asked_for(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    result = await bureau.send(
        bureau.line(2), bureau.line(1, percent="020"), bureau.line(3, birth="19800231"), skip_faulty=True
    )
    assert (result.state, result.faulty, result.lines) == (State.APPLIED, 2, 3)
    assert await bureau.codes(result) == [(3, faults.REGISTERED_ALREADY.code), (4, faults.DAY.code)]
    assert len(await bureau.current("coverage")) == 2


async def test_a_check_applies_nothing(bureau: Bureau) -> None:
    result = await bureau.send(bureau.line(1), check_only=True)
    assert result.state is State.CHECKED
    assert result.difference is not None
    assert result.difference.total("gained") == 1
    assert await bureau.current("person") == []
    assert await bureau.rows("SELECT * FROM insurers_individual") == []
    assert list(written(bureau.folder)) == []


async def test_one_insurer_never_touches_anothers_record(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    result = await bureau.send(bureau.line(1, operation="2", insurer=OTHER, percent="010"))
    assert await bureau.codes(result) == [(2, faults.NOTHING_TO_CHANGE.code)]
    with pytest.raises(OnshiError) as unknown:
        await bureau.importer.result(result.upload, insurer=SOCIETY)
    assert unknown.value.fault is faults.UPLOAD_UNKNOWN


async def test_two_insurers_at_once_are_flagged_at_both_and_resolved(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    await bureau.send(bureau.line(1, insurer=OTHER, qualified="20250401"))
    items = await bureau.rows("SELECT * FROM register_work_item WHERE closed_at IS NULL")
    assert {(row["kind"], row["insurer_number"]) for row in items} == {
        ("several-coverages", SOCIETY),
        ("several-coverages", OTHER),
    }
    assert len({row["person_id"] for row in await bureau.current("tie")}) == 1
    await bureau.send(bureau.line(1, operation="2", disqualified="20250401", loss="03"))
    assert await bureau.rows("SELECT * FROM register_work_item WHERE closed_at IS NULL") == []


async def test_what_another_way_registered_is_updated_like_the_rest(bureau: Bureau) -> None:
    record = e.RecordKey(insurer=SOCIETY, symbol="12-34", number="1001", branch="00")
    intake = RegisterIntake(bureau.store, lambda: NOON)
    await intake.register(
        e.Person(person_id="seed", name="種　花子", kana="タネ　ハナコ", birth_date=date(1980, 2, 15), sex=e.Sex.MALE),
        e.Tie(record=record, person_id="seed", valid_from=date(2020, 4, 1)),
        e.Coverage(record=record, qualified_on=date(2020, 4, 1)),
        e.BurdenRatio(record=record, percent=30, valid_from=date(2020, 4, 1)),
    )
    await bureau.send(bureau.line(1, operation="2", individual="", percent="020", card_from="20260101"))
    assert await bureau.person(1) == "seed"
    assert [await bureau.ratio(1, day) for day in (date(2025, 12, 31), TODAY)] == [30, 20]


async def test_an_unknown_insurer_and_a_second_upload_at_once_are_refused(bureau: Bureau) -> None:
    with pytest.raises(OnshiError) as unknown:
        await bureau.send(bureau.line(1, insurer="39990014"))
    assert unknown.value.fault is faults.INSURER_UNKNOWN
    first = await bureau.importer.receive([csv_file([bureau.line(1)])], operator="a")
    assert await bureau.importer.receive([csv_file([bureau.line(1)])], operator="a") == first
    with pytest.raises(OnshiError) as running:
        await bureau.importer.receive([csv_file([bureau.line(2)])], operator="a")
    assert running.value.fault is faults.UPLOAD_RUNNING
    assert running.value.details == {"upload": first, "state": "received"}
    assert (await bureau.importer.withdraw(first)).state is State.WITHDRAWN
    assert list(written(bureau.folder)) == []


async def test_what_comes_several_times_at_once_is_one_upload(bureau: Bureau) -> None:
    """A client that was not answered in time sends the same again while the first is still coming in."""
    line = bureau.line

    async def receive(*lines: dict[str, str], key: str | None = None, operator: str = "a") -> str:
        return await bureau.importer.receive([csv_file(lines)], operator=operator, idempotency_key=key)

    keyed = await asyncio.gather(*(receive(line(1), key="k") for _ in range(6)))
    assert len(set(keyed)) == 1
    await bureau.importer.withdraw(keyed[0])
    assert len(set(await asyncio.gather(*(receive(line(2)) for _ in range(4))))) == 1
    (row,) = await bureau.rows("SELECT * FROM insurers_upload WHERE state = 'received'")
    await bureau.importer.withdraw(row["upload_id"])
    several = await asyncio.gather(*(receive(line(n)) for n in range(3, 7)), return_exceptions=True)
    ids = [one for one in several if isinstance(one, str)]
    refused = [one.fault for one in several if isinstance(one, OnshiError)]
    assert (len(ids), refused) == (1, [faults.UPLOAD_RUNNING] * 3)
    assert bureau.importer._parts.spool.kept() == ids
    assert (await bureau.importer.run(ids[0])).state is State.APPLIED


async def test_a_cohort_that_loses_its_ratio_waits_for_a_second_person(bureau: Bureau) -> None:
    people = range(1, 11)
    await bureau.send(*(bureau.line(n) for n in people))
    before = await bureau.state()
    emptied = [bureau.line(n, operation="2", percent="") for n in people]
    only = await bureau.send(*emptied, check_only=True)
    assert (only.state, only.code) == (State.CHECKED, faults.WOULD_BE_HELD.code)
    assert only.difference is not None
    assert only.difference.held == ("01:198",)
    held = await bureau.send(*emptied)
    assert (held.state, held.code) == (State.HELD, faults.HELD.code)
    assert held.difference is not None
    assert (held.difference.held, held.difference.total("ratio_lost")) == (("01:198",), 10)
    assert await bureau.state() == before
    assert (await bureau.importer.run(held.upload)).state is State.HELD
    with pytest.raises(OnshiError) as waits:
        await bureau.send(bureau.line(11))
    assert (waits.value.fault, waits.value.details["upload"]) == (faults.UPLOAD_WAITS, held.upload)
    for name in ("first", "officer:first", "cli:first", " First"):
        with pytest.raises(OnshiError) as same:
            await bureau.importer.confirm(held.upload, operator=name)
        assert same.value.fault is faults.SAME_PERSON_CONFIRMS
    await bureau.importer.confirm(held.upload, operator="second")
    assert (await bureau.importer.run(held.upload)).state is State.APPLIED
    assert await bureau.current("burden_ratio") == []


@pytest.mark.parametrize(
    ("before", "lost", "ratios", "ratio_lost", "ratio_left", "held"),
    [
        (16, 0, 16, 16, 0, True),
        (16, 1, 16, 15, 1, True),
        (5, 5, 5, 0, 5, True),
        (4, 4, 4, 0, 4, False),
        (4, 0, 4, 4, 0, False),
        (16, 0, 16, 15, 0, False),
        (100, 0, 12, 12, 0, True),
        (100, 10, 100, 0, 10, False),
        (100, 20, 100, 0, 20, True),
        (1000, 20, 1000, 20, 20, False),
        (16, 0, 0, 0, 0, False),
    ],
)
def test_a_small_cohort_that_loses_everything_is_held_with_the_limits_as_they_come(
    before: int, lost: int, ratios: int, ratio_lost: int, ratio_left: int, held: bool
) -> None:
    cohort = Cohort(
        cohort="01:198", before=before, ratios_before=ratios, lost=lost, gained=0, ratio_lost=ratio_lost,
        ratio_changed=0, ratio_gained=0, ratio_left=ratio_left,
    )  # fmt: skip
    assert CohortLimits().exceeded(cohort) is held


async def test_losing_more_than_the_share_of_members_is_held_and_a_few_are_not(bureau: Bureau) -> None:
    await bureau.send(*(bureau.line(n) for n in range(1, 41)))
    few = await bureau.send(*(bureau.line(n, operation="2", disqualified="20260401", loss="03") for n in range(1, 4)))
    assert few.state is State.APPLIED
    many = await bureau.send(*(bureau.line(n, operation="2", disqualified="20260401", loss="03") for n in range(4, 10)))
    assert many.state is State.HELD
    assert (await bureau.importer.withdraw(many.upload)).state is State.WITHDRAWN


async def test_of_very_many_faults_some_are_kept_and_all_are_counted(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("central.insurers.staging.FAULTS_KEPT", 5)
    monkeypatch.setattr("central.insurers.staging.PORTION", 4)
    result = await bureau.send(*(bureau.line(n, sex="9") for n in range(1, 21)))
    assert (result.state, result.faulty, len(await bureau.faults(result))) == (State.REFUSED, 20, 5)
    rows = [row async for row in listed(bureau.importer.faults(result.upload), result.faulty)]
    assert [row[0] for row in rows] == ["2", "3", "4", "5", "6", ""]
    assert "15 行" in rows[-1][4]


async def test_a_coverage_lost_on_its_first_day_may_not_lie_inside_another(bureau: Bureau) -> None:
    """Found by a sequence: it ended the other coverage's ratio on that day."""
    await bureau.send(bureau.line(1))
    inside = await bureau.send(bureau.line(1, qualified="20210401", disqualified="20210401", loss="99", percent=""))
    assert await bureau.codes(inside) == [(2, faults.OVERLAP.code)]
    assert await bureau.ratio(1, TODAY) == 30
    before = await bureau.send(bureau.line(1, qualified="20200301", disqualified="20200301", loss="99", percent=""))
    assert before.state is State.APPLIED
