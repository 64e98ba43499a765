"""Nothing is overwritten: corrections, recorded moments, guards of the databases, work items, relinking."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.db import Statement, Violation
from central.db.opening import open_store
from central.register import entries as e
from central.register import tables as t
from central.register.statements import NOW
from central.register.work import OF_INSURER
from protocol.codes import QualificationValidity as V
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_CLOSED, REGISTER_ENTRY, REGISTER_OVERLAP, REGISTER_UNKNOWN
from tests.central.register.world import (
    ADULT,
    CLINIC,
    ELDERLY,
    ISSUER,
    OFFICE,
    SOCIETY,
    TODAY,
    TOWN,
    World,
    record,
)
from tests.parts.postgres import postgres_url
from tests.parts.store import create_all

__all__ = ["postgres_url"]

SPAN = date(2020, 4, 1)
NEW = record(TOWN, "777", "", None)


async def refused(world: World, *entries: e.Entry) -> Any:
    with pytest.raises(OnshiError) as told:
        await world.add(*entries)
    return told.value


async def test_a_corrected_span_is_what_was_known_then_and_now(world: World) -> None:
    who = await world.person()
    _, first = await world.add(
        e.Tie(record=record(), person_id=who, valid_from=SPAN), e.Coverage(record=record(), qualified_on=SPAN)
    )
    before = (await world.card(who)).known_at
    world.later()
    await world.intake.correct(first, e.Coverage(record=record(), qualified_on=SPAN, disqualified_on=date(2026, 5, 1)))
    assert (await world.card(who)).validity is V.INVALID
    assert (await world.ask()).validity is V.INVALID
    assert (await world.card(who, known_at=before)).validity is V.VALID
    assert (await world.ask(known_at=before)).validity is V.VALID


async def test_an_answer_can_be_computed_again_from_its_recorded_moment(world: World) -> None:
    who = await world.insured()
    answered = await world.card(who)
    for _ in range(3):
        world.later()
        await world.insured(person_id=who, key=record(TOWN, f"{_}1"), since=date(2025, 1, 1 + _))
    again = await world.register.answer_for_card(
        who, TODAY, facility=CLINIC, now=answered.message.executed_at, known_at=answered.known_at
    )
    assert again == answered


async def test_an_answer_about_nobody_names_its_moment_too(world: World) -> None:
    nobody = await world.ask()
    card = await world.card("p1")
    world.later()
    who = await world.insured()
    assert (await world.ask(known_at=nobody.known_at)).validity is V.NONE
    assert (await world.card(who, known_at=card.known_at)).validity is V.NONE
    assert await world.register.holder(ISSUER, "1") is None


async def test_recorded_moments_rise_even_when_the_clock_stands_still_or_goes_back(world: World) -> None:
    who = await world.insured()
    first = (await world.card(who)).known_at
    world.later(hours=-5)
    await world.add(e.BurdenRatio(record=record(), percent=30, valid_from=SPAN))
    second = (await world.card(who)).known_at
    assert second == first + timedelta(microseconds=1)


async def test_spans_of_one_record_never_overlap(world: World) -> None:
    await world.insured()
    error = await refused(world, e.Coverage(record=record(), qualified_on=date(2026, 1, 1)))
    assert error.fault is REGISTER_OVERLAP


async def test_the_day_of_loss_may_be_the_day_of_the_next_span(world: World) -> None:
    who = await world.insured(disqualified_on=TODAY)
    await world.add(e.Coverage(record=record(), qualified_on=TODAY))
    assert (await world.card(who)).validity is V.VALID
    assert (await world.ask()).validity is V.VALID


async def test_a_record_lost_on_the_day_it_was_acquired_is_never_valid(world: World) -> None:
    who = await world.insured(disqualified_on=SPAN)
    assert (await world.card(who, SPAN)).validity is V.INVALID
    await world.add(e.Coverage(record=record(), qualified_on=SPAN))
    assert (await world.card(who)).validity is V.VALID


async def test_there_is_one_ratio_on_a_day(world: World) -> None:
    await world.insured()
    ratio = e.BurdenRatio(record=record(), percent=20, valid_from=date(2026, 1, 1), valid_through=date(2026, 7, 31))
    await world.add(ratio, e.BurdenRatio(record=record(), percent=30, valid_from=date(2026, 8, 1)))
    assert (await refused(world, ratio)).fault is REGISTER_OVERLAP


async def test_a_refused_entry_undoes_its_whole_transaction(world: World) -> None:
    who = await world.insured()
    await refused(
        world,
        e.Person(person_id="half", name="半", kana="ハン", birth_date=ADULT, sex=e.Sex.FEMALE),
        e.Coverage(record=record(), qualified_on=date(2026, 1, 1)),
    )
    assert (await world.card("half")).birth_date is None
    assert (await world.card(who)).validity is V.VALID


async def test_a_row_is_corrected_or_invalidated_once(world: World) -> None:
    await world.insured()
    (ratio,) = await world.add(e.BurdenRatio(record=record(), percent=30, valid_from=SPAN))
    await world.intake.invalidate(ratio)
    for attempt in (
        world.intake.invalidate(ratio),
        world.intake.correct(ratio, e.BurdenRatio(record=record(), percent=20, valid_from=SPAN)),
    ):
        with pytest.raises(OnshiError) as told:
            await attempt
        assert told.value.fault is REGISTER_CLOSED


async def test_an_entry_about_something_unknown_is_refused(world: World) -> None:
    elsewhere = "01990010"
    span: Any = {"valid_from": SPAN, "valid_through": TODAY}
    stop = e.ViewStop(person_id="nobody", scope=e.StopScope.ALL, reason=e.StopReason.INSURER, valid_from=SPAN)
    for entry, missing in (
        (e.Tie(record=record(), person_id="nobody", valid_from=SPAN), "person"),
        (e.Tie(record=record(elsewhere), person_id="nobody", valid_from=SPAN), "insurer"),
        (e.Coverage(record=record(), qualified_on=SPAN), "tie"),
        (stop, "person"),
        (e.Assistance(person_id="nobody", payer=OFFICE, recipient="1", starts_on=SPAN), "person"),
        (e.Assistance(person_id="nobody", payer=elsewhere, recipient="1", starts_on=SPAN), "insurer"),
        (e.Certificate(issuer_key_id=ISSUER, serial="1", person_id="nobody", **span), "person"),
    ):
        error = await refused(world, entry)
        assert (error.fault, error.details) == (REGISTER_UNKNOWN, {"missing": missing})
    who = await world.person()
    error = await refused(world, msgspec.structs.replace(stop, person_id=who, record=record()))
    assert error.details == {"missing": "record"}


def person(**more: Any) -> e.Person:
    return e.Person(**{"person_id": "x", "name": "名", "kana": "メイ", "birth_date": ADULT, "sex": e.Sex.MALE, **more})


def certificate(**more: Any) -> e.Certificate:
    return e.Certificate(issuer_key_id=ISSUER, serial="1", valid_from=SPAN, valid_through=TODAY, **more)


async def test_an_entry_that_contradicts_itself_is_refused_by_field(world: World) -> None:
    await world.insured()
    for entry, item in (
        (person(name="名\x00"), "name"),
        (person(kana="　"), "kana"),
        (person(person_id="空 白"), "person_id"),
        (person(valid_from=date(1979, 1, 1)), "valid_from"),
        (e.Insurer(number=SOCIETY, name="x", valid_from=TODAY, valid_until=SPAN), "valid_until"),
        (e.BurdenRatio(record=record(), percent=25, valid_from=SPAN), "percent"),
        (e.BurdenRatio(record=record(), percent=30, valid_from=TODAY, valid_through=SPAN), "valid_through"),
        (e.Coverage(record=record(branch="1"), qualified_on=SPAN), "record.branch"),
        (e.Coverage(record=record(), qualified_on=SPAN, classification=e.Classification("A1")), "classification"),
        (certificate(), "previous_serial"),
        (certificate(previous_serial="1"), "previous_serial"),
    ):
        error = await refused(world, entry)
        assert (error.fault, error.details) == (REGISTER_ENTRY, {"item": item})


async def test_an_open_end_as_files_write_it_is_open(world: World) -> None:
    who = await world.insured(disqualified_on=date(9999, 12, 31))
    await world.add(
        e.LimitCertificate(
            record=record(),
            kind="01",
            income_class="A01",
            issued_on=SPAN,
            valid_from=SPAN,
            valid_through=date(9999, 12, 31),
        )
    )
    result = (await world.card(who)).message.results[0]
    assert result.disqualification_date is None
    assert result.limit is not None
    assert result.limit.valid_until is None


async def test_a_correction_is_of_the_same_kind_and_thing(world: World) -> None:
    who = await world.person()
    tie, coverage = await world.add(
        e.Tie(record=record(), person_id=who, valid_from=SPAN), e.Coverage(record=record(), qualified_on=SPAN)
    )
    (other,) = await world.add(person())
    await world.insured(key=NEW)
    wrong = e.RowRef(kind="Nonsense", row_id="1", key="1")
    for ref, entry in (
        (coverage, person()),
        (other, person(person_id="y")),
        (tie, e.Tie(record=NEW, person_id=who, valid_from=SPAN)),
    ):
        with pytest.raises(OnshiError) as told:
            await world.intake.correct(ref, entry)
        assert told.value.fault is REGISTER_ENTRY
    with pytest.raises(OnshiError):
        await world.intake.invalidate(wrong)


async def test_a_name_changes_from_a_day_on_and_history_keeps_the_old_one(world: World) -> None:
    who = await world.insured()
    await world.add(person(person_id=who, name="見本　花子", valid_from=date(2026, 3, 1)))
    assert (await world.card(who)).message.results[0].name == "見本　花子"
    assert (await world.card(who, date(2026, 2, 28))).message.results[0].name == "見本　太郎"
    error = await refused(world, person(person_id=who, birth_date=date(1981, 1, 1), valid_from=TODAY))
    assert error.details == {"item": "birth_date"}


async def test_a_corrected_birth_date_goes_with_every_number(world: World) -> None:
    (ref,) = await world.add(person())
    await world.insured(person_id="x")
    await world.add(person(name="新", valid_from=date(2026, 1, 1)))
    ref = e.RowRef(kind="Person", key="x", row_id=await current_row(world, t.person, "x", SPAN))
    right = date(1980, 2, 1)
    known = (await world.ask()).known_at
    world.later()
    await world.intake.correct(ref, person(birth_date=right))
    assert (await world.ask()).validity is V.NONE
    assert (await world.ask(birth=right)).validity is V.VALID
    assert (await world.ask(known_at=known)).validity is V.VALID
    assert (await world.card("x")).birth_date == right
    assert (await world.card("x", date(2025, 1, 1))).birth_date == right
    newest = e.RowRef(kind="Person", key="x", row_id=await current_row(world, t.person, "x", TODAY))
    await world.intake.correct(newest, person(name="更", birth_date=right))
    assert (await world.card("x")).message.results[0].name == "更"
    assert (await world.card("x", date(2025, 1, 1))).message.results[0].name == "名"


async def current_row(world: World, table: sa.Table, person_id: str, day: date) -> str:
    found = Statement(
        "test.rows", sa.select(table).where(table.c.person_id == person_id, table.c.recorded_to.is_(None))
    )
    rows = await world.store.all(found)
    return next(
        str(row["row_id"])
        for row in rows
        if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])
    )


async def test_relinking_moves_the_record_with_all_that_hangs_on_it_and_keeps_what_was_known(world: World) -> None:
    wrong = await world.insured()
    await world.add(
        e.BurdenRatio(record=record(), percent=30, valid_from=SPAN),
        e.ReferenceNumber(record=record(), facility=CLINIC, reference="K", valid_from=SPAN),
    )
    right = await world.person(name="見本　次郎")
    seen = await world.card(wrong)
    world.later()
    async with world.intake.transaction() as intake:
        await intake.relink(record(), right, on=TODAY)
    assert (await world.card(wrong)).validity is V.NONE
    moved = await world.card(right)
    assert (moved.message.results[0].name, moved.message.results[0].reference_number) == ("見本　次郎", "K")
    assert (await world.ask()).person_id == right
    then = await world.card(wrong, known_at=seen.known_at)
    assert (then.validity, then.message.results) == (V.VALID, seen.message.results)
    assert (await world.card(right, known_at=seen.known_at)).validity is V.NONE
    with pytest.raises(OnshiError) as told:
        async with world.intake.transaction() as intake:
            await intake.relink(record(number="1"), right, on=TODAY)
    assert told.value.details == {"missing": "tie"}


async def test_a_tie_corrected_to_another_person_is_a_relink(world: World) -> None:
    wrong, right = await world.person(), await world.person()
    tie, _ = await world.add(
        e.Tie(record=record(), person_id=wrong, valid_from=SPAN), e.Coverage(record=record(), qualified_on=SPAN)
    )
    world.later()
    moved = await world.intake.correct(tie, e.Tie(record=record(), person_id=right, valid_from=SPAN))
    assert (await world.card(right)).validity is V.VALID
    await world.intake.correct(moved, e.Tie(record=record(), person_id=right, valid_from=SPAN, valid_until=TODAY))
    assert (await world.card(right)).validity is V.VALID
    assert (await world.card(wrong)).validity is V.NONE


async def test_without_its_tie_a_coverage_shows_nobody_anything(world: World) -> None:
    who = await world.person()
    tie, _ = await world.add(
        e.Tie(record=record(), person_id=who, valid_from=SPAN), e.Coverage(record=record(), qualified_on=SPAN)
    )
    await world.intake.invalidate(tie)
    assert (await world.card(who)).validity is V.NONE
    assert (await world.ask()).validity is V.NONE


async def test_invalidated_assistance_is_gone_from_card_and_number(world: World) -> None:
    who = await world.person()
    (ref,) = await world.add(e.Assistance(person_id=who, payer=OFFICE, recipient="7", starts_on=SPAN))
    await world.intake.invalidate(ref)
    assert (await world.card(who)).validity is V.NONE
    assert (await world.ask(record(OFFICE, "7", "", None))).validity is V.NONE


async def test_a_conflict_across_insurers_is_a_work_item_for_both_until_it_is_resolved(world: World) -> None:
    who = await world.person()
    await world.insured(person_id=who)
    _, late = await world.add(
        e.Tie(record=NEW, person_id=who, valid_from=SPAN), e.Coverage(record=NEW, qualified_on=date(2026, 5, 1))
    )
    for insurer in (SOCIETY, f"00{TOWN}"):
        (item,) = await world.store.all(OF_INSURER, insurer_number=insurer)
        assert (item["kind"], item["person_id"]) == ("several-coverages", who)
    world.later()
    await world.intake.invalidate(late)
    for insurer in (SOCIETY, f"00{TOWN}"):
        assert await world.store.all(OF_INSURER, insurer_number=insurer) == []


async def test_a_chip_that_differs_opens_one_work_item_per_insurer(world: World) -> None:
    who = await world.insured()
    await world.add(e.Assistance(person_id=who, payer=OFFICE, recipient="7", starts_on=SPAN))
    answer = await world.card(who)
    for row_ids in (["w1", "w2"], ["w3", "w4"]):
        writes = world.register.chip_differs(answer, fields=["birth_date"], row_ids=row_ids, now=world.now)
        async with world.store.transaction() as running:
            for statement, parameters in writes:
                await running.run(statement, **parameters)
    (item,) = await world.store.all(OF_INSURER, insurer_number=SOCIETY)
    assert (item["row_id"], item["kind"], item["details"]) == ("w1", "chip-differs", "birth_date")
    (item,) = await world.store.all(OF_INSURER, insurer_number=OFFICE)
    assert (item["row_id"], item["record_id"], item["person_id"]) == ("w2", None, who)


async def test_the_database_lets_history_be_closed_once_and_nothing_else(world: World) -> None:
    await fill(world)
    world.later()
    for table in t.HISTORY:
        current = sa.select(table.c.row_id).where(table.c.recorded_to.is_(None)).limit(1)
        some = await world.store.first(Statement("test.some", current))
        assert some is not None, table
        mine = table.c.row_id == some["row_id"]
        close = sa.update(table).where(mine).values(recorded_to=world.now)
        await denied(world, sa.update(table).where(mine).values(valid_from=date(1999, 1, 1)))
        await denied(world, close.values(valid_from=date(1999, 1, 1)))
        await denied(world, sa.delete(table).where(mine))
        async with world.store.transaction() as running:
            assert await running.run(Statement("test.close", close)) == 1
        await denied(world, close)
        await denied(world, sa.update(table).where(mine).values(recorded_to=None))


@pytest.mark.real
async def test_what_a_transaction_itself_put_in_it_may_take_back_and_nothing_else(postgres_url: str) -> None:
    await create_all(postgres_url)
    store = open_store(postgres_url)
    insert = sa.insert(t.insurer).values(name="見本", valid_from=SPAN, recorded_from=datetime(2026, 1, 1, tzinfo=UTC))
    delete = Statement("test.delete", sa.delete(t.insurer).where(t.insurer.c.row_id == sa.bindparam("row")))
    close = sa.update(t.insurer).where(t.insurer.c.row_id == "old").values(recorded_to=datetime(2026, 1, 2, tzinfo=UTC))
    async with store.transaction() as running:
        await running.run(Statement("test.old", insert.values(row_id="old", number="1")))
    async with store.transaction() as running:
        await running.run(Statement("test.new", insert.values(row_id="new", number="2")))
        assert await running.run(delete, row="new") == 1

    async def taking_back(*before: Statement) -> None:
        async with store.transaction() as running:
            for statement in before:
                assert await running.run(statement) == 1
            await running.run(delete, row="old")

    with pytest.raises(Violation):
        await taking_back()
    with pytest.raises(Violation):
        await taking_back(Statement("test.close", close))
    await store.close()


async def test_the_database_itself_refuses_an_overlap(world: World) -> None:
    await fill(world)
    for table in t.ONE_AT_A_TIME:
        row = await world.store.first(Statement("test.some", sa.select(table).where(table.c.recorded_to.is_(None))))
        assert row is not None, table
        await denied(world, sa.insert(table), **{**row, "row_id": "again"})
        async with world.store.transaction() as running:
            past = {**row, "row_id": "past", "recorded_to": row["recorded_from"]}
            await running.run(Statement("test.past", sa.insert(table)), **past)


@pytest.mark.real
async def test_two_who_write_a_person_at_once_without_the_clock_are_told_apart(postgres_url: str) -> None:
    """The trigger takes the clock itself: the later one waits for the earlier one's end, and sees its row."""
    await create_all(postgres_url)
    row = sa.insert(t.person).values(
        person_id="p", name="見本", kana="ミホン", birth_date=SPAN, sex="1", address="", support_measure=False,
        valid_from=SPAN, recorded_from=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    store = open_store(postgres_url)
    written = asyncio.Event()

    async def first() -> None:
        async with store.transaction() as running:
            await running.run(Statement("test.first", row.values(row_id="1")))
            written.set()
            await asyncio.sleep(0.3)

    async def second() -> None:
        await written.wait()
        async with store.transaction() as running:
            await running.run(Statement("test.second", row.values(row_id="2")))

    done = await asyncio.gather(first(), second(), return_exceptions=True)
    assert done[0] is None
    assert isinstance(done[1], Violation)
    assert done[1].kind == "exclude"
    await store.close()


async def denied(world: World, core: Any, **values: Any) -> None:
    with pytest.raises(Violation) as told:
        async with world.store.transaction() as running:
            await running.run(Statement("test.denied", core), **values)
    assert told.value.kind == "exclude"


async def fill(world: World) -> None:
    """One row in every table."""
    key = record(ELDERLY, "1", "", None)
    who = await world.insured(key=key)
    await world.add(
        e.Certificate(issuer_key_id=ISSUER, serial="1", person_id=who, valid_from=SPAN, valid_through=TODAY),
        e.BurdenRatio(record=key, percent=10, valid_from=SPAN),
        e.ElderlyCertificate(record=key, percent=20, issued_on=SPAN, valid_from=SPAN),
        e.LimitCertificate(record=key, kind="01", income_class="A01", issued_on=SPAN, valid_from=SPAN),
        e.DiseaseCertificate(record=key, category="1", issued_on=SPAN, valid_from=SPAN, self_pay=1),
        e.ReferenceNumber(record=key, facility=CLINIC, reference="K", valid_from=SPAN),
        e.ViewStop(person_id=who, record=key, scope=e.StopScope.ALL, reason=e.StopReason.INSURER, valid_from=SPAN),
        e.Assistance(person_id=who, payer=OFFICE, recipient="7", starts_on=SPAN),
        e.Ticket(
            person_id=who,
            ticket_type="01",
            month="202606",
            valid_from=TODAY,
            valid_through=TODAY,
            issue_number="1",
            facility=CLINIC,
            facility_name="見本",
            treatment="02",
        ),
    )


async def test_writers_at_once_are_told_apart_by_rising_moments(world: World) -> None:
    who = await world.insured()
    ratio = e.BurdenRatio(record=record(), percent=30, valid_from=SPAN)
    results = await asyncio.gather(*(world.add(ratio) for _ in range(5)), return_exceptions=True)
    refusals = [result for result in results if isinstance(result, BaseException)]
    assert len(refusals) == 4
    assert all(isinstance(told, OnshiError) and told.fault is REGISTER_OVERLAP for told in refusals)
    await asyncio.gather(*(world.add(person(person_id=f"at-once-{n}")) for n in range(8)))
    recorded = sa.select(t.person.c.recorded_from).where(t.person.c.person_id.like("at-once-%"))
    moments = [row["recorded_from"] for row in await world.store.all(Statement("test.moments", recorded))]
    assert len(set(moments)) == 8
    assert (await world.card(who)).known_at == max(moments)


DAYS = [date(2026, 1, 1) + timedelta(30 * n) for n in range(6)]
FIRST = st.integers(0, 4)
LENGTH = st.integers(0, 3) | st.none()
STEP = st.one_of(
    st.tuples(st.just("cover"), st.integers(0, 1), FIRST, LENGTH),
    st.tuples(st.just("ratio"), st.integers(0, 1), FIRST, LENGTH),
    st.tuples(st.just("correct"), st.integers(0, 9), FIRST, LENGTH),
    st.tuples(st.just("invalidate"), st.integers(0, 9)),
    st.tuples(st.just("relink"), st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.just("renew"), st.integers(0, 1)),
    st.tuples(st.just("merge"), st.integers(0, 4) | st.none()),
)
_INSURER = Statement(
    "test.insurer", sa.select(t.insurer).where(t.insurer.c.number == SOCIETY, t.insurer.c.recorded_to.is_(None))
)
YEARS: Any = {"valid_from": date(2025, 1, 1), "valid_through": date(2030, 1, 1)}
_made = iter(range(1_000_000))


class Script:
    """Plays steps on a fresh pair of people and records, with a model beside it."""

    def __init__(self, world: World, people: list[str]) -> None:
        self.world = world
        self.people = people
        run = self.run = next(_made)
        self.serials = [[f"{run:x}a0"], [f"{run:x}b0"]]
        self.records = [record(SOCIETY, f"{run}-0"), record(ELDERLY, f"{run}-1", "", None)]
        self.refs: list[tuple[e.RowRef, int]] = []
        self.spans: dict[str, tuple[str, int, date, date | None]] = {}
        self.known: list[tuple[Any, list[Any]]] = []

    async def open(self) -> None:
        for key, person_id in zip(self.records, self.people, strict=True):
            await self.world.add(e.Tie(record=key, person_id=person_id, valid_from=date(2025, 1, 1)))
        for person_id, serials in zip(self.people, self.serials, strict=True):
            await self.world.add(e.Certificate(issuer_key_id=ISSUER, serial=serials[0], person_id=person_id, **YEARS))

    async def renew(self, who: int) -> None:
        """The next certificate names the one before and no person."""
        old = self.serials[who][-1]
        new = f"{old[:-1]}{len(self.serials[who]):x}" if len(self.serials[who]) < 16 else old
        if new != old:
            await self.world.add(e.Certificate(issuer_key_id=ISSUER, serial=new, previous_serial=old, **YEARS))
            self.serials[who].append(new)

    async def merge(self, day: int | None) -> None:
        """The society ends on a day and the town takes over; or it turns out that it goes on."""
        (row,) = await self.world.store.all(_INSURER)
        ref = e.RowRef(kind="Insurer", row_id=row["row_id"], key=SOCIETY)
        end = {} if day is None else {"valid_until": DAYS[day], "successor": TOWN}
        await self.world.intake.correct(
            ref, e.Insurer(number=SOCIETY, name="見本", valid_from=row["valid_from"], **end)
        )

    def entry(self, kind: str, which: int, first: int, length: int | None) -> e.Entry:
        start, key = DAYS[first], self.records[which]
        if kind == "Coverage":
            ends = None if length is None else start + timedelta(30 * length)
            return e.Coverage(record=key, qualified_on=start, disqualified_on=ends)
        last = None if length is None else start + timedelta(30 * length)
        return e.BurdenRatio(record=key, percent=10, valid_from=start, valid_through=last)

    def overlaps(self, kind: str, which: int, first: int, length: int | None, but: str = "") -> bool:
        start, end = self.span(kind, first, length)
        return start != end and any(
            row != but
            and (a_kind, a_record) == (kind, which)
            and a_start != a_end
            and (a_end is None or start < a_end)
            and (end is None or a_start < end)
            for row, (a_kind, a_record, a_start, a_end) in self.spans.items()
        )

    def span(self, kind: str, first: int, length: int | None) -> tuple[date, date | None]:
        start = DAYS[first]
        if length is None:
            return start, None
        return start, start + timedelta(30 * length + (kind == "BurdenRatio"))

    async def play(self, step: tuple[Any, ...]) -> None:
        self.world.later(minutes=1)
        name, *rest = step
        if name in ("cover", "ratio"):
            await self.register("Coverage" if name == "cover" else "BurdenRatio", *rest)
        elif name == "relink":
            which, person = rest
            async with self.world.intake.transaction() as intake:
                await intake.relink(self.records[which], self.people[person], on=TODAY)
            # Moving gives the rows new ids: earlier references are closed now, or still good when nobody moved.
            self.refs = [(ref, of) for ref, of in self.refs if of != which]
        elif name == "renew":
            await self.renew(*rest)
        elif name == "merge":
            await self.merge(*rest)
        elif self.refs:
            ref, which = self.refs.pop(rest[0] % len(self.refs))
            if name == "invalidate":
                await self.world.intake.invalidate(ref)
                del self.spans[ref.row_id]
            else:
                await self.correct(ref, which, rest[1], rest[2])
        self.known.append(await self.look())

    async def register(self, kind: str, which: int, first: int, length: int | None) -> None:
        entry = self.entry(kind, which, first, length)
        if self.overlaps(kind, which, first, length):
            with pytest.raises(OnshiError) as told:
                await self.world.add(entry)
            assert told.value.fault is REGISTER_OVERLAP
            return
        (ref,) = await self.world.add(entry)
        self.refs.append((ref, which))
        self.spans[ref.row_id] = (kind, which, *self.span(kind, first, length))

    async def correct(self, ref: e.RowRef, which: int, first: int, length: int | None) -> None:
        entry = self.entry(ref.kind, which, first, length)
        if self.overlaps(ref.kind, which, first, length, but=ref.row_id):
            with pytest.raises(OnshiError):
                await self.world.intake.correct(ref, entry)
            return
        new = await self.world.intake.correct(ref, entry)
        del self.spans[ref.row_id]
        self.spans[new.row_id] = (ref.kind, which, *self.span(ref.kind, first, length))
        self.refs.append((new, which))

    async def look(self, known_at: Any = None) -> tuple[Any, list[Any]]:
        seen: list[Any] = []
        moment = known_at
        for person_id in self.people:
            for day in (DAYS[0], DAYS[3]):
                card = await self.world.card(person_id, day, known_at=moment)
                moment = card.known_at
                seen.append((card.validity, [(str(r.number), r.burden_ratio) for r in card.message.results]))
        for key in self.records:
            answer = await self.world.ask(key, day=DAYS[3], known_at=moment)
            seen.append((answer.validity, answer.person_id))
        for serials in self.serials:
            held = [await self.world.register.holder(ISSUER, serial, known_at=moment) for serial in serials[:2]]
            # A certificate that was not known yet at that moment is nobody's then, and is not counted.
            seen.append([one.person_id for one in held if one is not None])
        return moment, seen


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=10))
async def test_any_sequence_keeps_the_invariants_and_what_was_known(world: World, steps: list[tuple[Any, ...]]) -> None:
    script = Script(world, [await world.person(), await world.person()])
    await script.open()
    for step in steps:
        await script.play(step)
    for moment, seen in script.known:
        assert (await script.look(moment))[1] == seen
    for person_id, serials in zip(script.people, script.serials, strict=True):
        for serial in serials:
            holder = await world.register.holder(ISSUER, serial)
            assert holder is not None
            assert holder.person_id == person_id
    for table in (t.coverage, t.burden_ratio):
        rows = await world.store.all(Statement("test.all", sa.select(table).where(table.c.recorded_to.is_(None))))
        mine = [row for row in rows if row["person_id"] in script.people]
        kind = "Coverage" if table is t.coverage else "BurdenRatio"
        assert sorted((row["valid_from"], row["valid_to"] or date.max) for row in mine) == sorted(
            (start, end or date.max) for a_kind, _, start, end in script.spans.values() if a_kind == kind
        )


def test_now_is_later_than_every_moment() -> None:
    assert NOW.year == 9999
