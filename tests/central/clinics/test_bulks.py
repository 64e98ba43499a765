"""Bulk queries: taken in, worked off whatever happens, handed out to their facility only."""

import asyncio

import msgspec
import pytest
import sqlalchemy as sa

from central.clinics import service, statements
from central.clinics.tables import bulk_unit
from central.clinics.units import BulkKind
from central.db import Statement
from central.register import entries as e
from protocol import codes
from protocol.errors import OnshiError, central, clinic, input_, trust
from protocol.messages import BulkRequest, TicketBulkRequest
from protocol.numbers import FacilityCode, YearMonth
from tests.central.clinics.desk import Desk, asked
from tests.central.register.world import ADULT, CLINIC, OFFICE, OTHER_CLINIC, TODAY, record

NORMAL_END = codes.SegmentOfResult.NORMAL
SINCE = TODAY.replace(year=2025)
ERROR, NORMAL = codes.ProcessingResultStatus.ERROR, codes.ProcessingResultStatus.NORMAL


async def test_a_bulk_is_in_progress_and_then_has_an_answer_for_each_unit_in_order(desk: Desk) -> None:
    await desk.world.insured()
    await desk.world.insured(key=record(number="77"), disqualified_on=TODAY)
    reception = await desk.upload(
        [
            asked(),
            asked(birth_date="19801399"),
            asked(record(number="77")),
            asked(record(number="99")),
            asked(number=None),
        ]
    )
    assert reception.segment is codes.SegmentOfResult.NORMAL
    assert (reception.file_identifier, len(reception.reception_number or "")) == ("F 1", 16)
    early = await desk.results(reception.reception_number)
    assert (early.segment, early.processed, early.units) == (codes.SegmentOfResult.IN_PROGRESS, 0, ())
    await desk.work()
    done = await desk.results(reception.reception_number)
    assert (done.segment, done.processed, done.normal, done.errors) == (codes.SegmentOfResult.NORMAL, 5, 3, 2)
    assert (done.asked_day, done.file_identifier) == (TODAY, "F 1")
    assert [unit.validity for unit in done.units] == ["1", None, "2", "4", None]
    assert [unit.status for unit in done.units] == [NORMAL, ERROR, NORMAL, NORMAL, ERROR]
    assert done.units[1].result_code == input_.BIRTH_DATE.code
    assert done.units[4].result_code == input_.MESSAGE_MISSING.code
    assert [unit.search.identifier for unit in done.units[:2]] == ["chart 4260", "chart 4260"]
    assert done.units[1].search.birth_date == "19801399"
    first = done.units[0].result
    assert (first.name, first.limit_consent, first.limit) == ("見本　太郎", None, None)


async def test_every_unit_has_its_audit_row_and_the_download_one_more(desk: Desk) -> None:
    person = await desk.world.insured()
    reception = await desk.upload([asked(), asked(record(number="99"))])
    await desk.work()
    await desk.results(reception.reception_number)
    rows = await desk.audit("bulk-queries")
    assert {row.get("subject") for row in rows} == {person, None}
    assert {row["request_id"] for row in rows} == {reception.reception_number}
    assert len(await desk.audit("bulk-upload")) == len(await desk.audit("bulk-result")) == 1


async def test_the_same_upload_is_the_same_bulk_and_an_unnamed_one_never_is(desk: Desk) -> None:
    one = await desk.upload([asked()], upload="a" * 32)
    again = await desk.upload([asked()], upload="a" * 32)
    assert one.reception_number == again.reception_number
    other = await desk.upload([asked()])
    desk.world.later(seconds=1)
    assert (await desk.upload([asked()])).reception_number not in {one.reception_number, other.reception_number}
    at_once = await asyncio.gather(*(desk.upload([asked()], upload="b" * 32) for _ in range(3)))
    assert len({reception.reception_number for reception in at_once}) == 1
    with pytest.raises(OnshiError) as refused:
        await desk.upload([asked()], upload="../x")
    assert refused.value.fault is central.QUERY_WRONG


async def test_a_bulk_is_its_facilitys_and_its_kinds(desk: Desk) -> None:
    reception = await desk.upload([asked()])
    await desk.work()
    for kind, facility in ((BulkKind.QUERIES, OTHER_CLINIC), (BulkKind.TICKETS, CLINIC)):
        with pytest.raises(OnshiError) as refused:
            await desk.results(reception.reception_number, kind, facility)
        assert refused.value.fault is clinic.BULK_UNKNOWN
    with pytest.raises(OnshiError) as refused:
        await desk.results("no such number")
    assert refused.value.fault is clinic.BULK_UNKNOWN


async def test_another_facilitys_code_is_refused(desk: Desk) -> None:
    request = BulkRequest(asked_day=TODAY, facility=FacilityCode(OTHER_CLINIC), searches=(asked(),))
    with pytest.raises(OnshiError) as refused:
        await desk.post("/v1/bulk/queries", request)
    assert refused.value.fault is trust.OTHER_FACILITY


async def test_a_crash_in_the_middle_is_taken_up_by_the_next_worker(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SLICE", 4)
    await desk.world.insured()
    reception = await desk.upload([asked(identifier=f"n{number}") for number in range(10)])
    assert await desk.bulks.work()
    crashed = desk.worker()
    real = crashed._unit

    async def dies(row: object, position: int, told: object) -> None:
        if position == 6:
            raise SystemError("power cut")
        await real(row, position, told)  # type: ignore[arg-type]

    monkeypatch.setattr(crashed, "_unit", dies)
    with pytest.raises(BaseExceptionGroup):
        await crashed.work()
    assert (await desk.results(reception.reception_number)).segment is codes.SegmentOfResult.IN_PROGRESS
    await desk.work()
    done = await desk.results(reception.reception_number)
    assert [unit.search.identifier for unit in done.units] == [f"n{number}" for number in range(10)]
    assert len(await desk.audit("bulk-queries")) == 10


async def test_a_worker_that_died_with_its_lease_is_followed_when_the_lease_is_over(desk: Desk) -> None:
    reception = await desk.upload([asked()])
    now = desk.world.now
    async with desk.store.transaction() as transaction:
        number = reception.reception_number
        assert await transaction.run(statements.LEASE, number=number, now=now, until=now + service.LEASE) == 1
        assert await transaction.run(statements.LEASE, number=number, now=now, until=now + service.LEASE) == 0
    assert not await desk.bulks.work()
    desk.world.later(minutes=3)
    await desk.work()
    assert (await desk.results(reception.reception_number)).processed == 1


async def test_two_workers_answer_no_unit_twice(desk: Desk) -> None:
    await desk.world.insured()
    reception = await desk.upload([asked(identifier=f"n{number}") for number in range(30)])
    row = await desk.store.first(statements.BULK, number=reception.reception_number)
    assert row is not None
    told = msgspec.json.decode(bytes(row["asked"]))
    workers = (desk.bulks, desk.worker())
    await asyncio.gather(*(worker._unit(row, n, told[n]) for worker in workers for n in range(30)))
    await desk.work()
    assert (await desk.results(reception.reception_number)).processed == 30
    assert len(await desk.audit("bulk-queries")) == 30


async def test_bulks_take_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SLICE", 2)
    long = await desk.upload([asked(identifier=f"n{number}") for number in range(8)])
    desk.world.later(seconds=1)
    short = await desk.upload([asked()])
    for _ in range(2):
        desk.world.later(seconds=1)
        assert await desk.bulks.work()
    assert (await desk.results(short.reception_number)).segment is codes.SegmentOfResult.NORMAL
    assert (await desk.results(long.reception_number)).processed == 2


async def test_a_unit_that_makes_us_fail_is_an_error_and_the_others_are_answered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.world.insured()
    real = desk.units.query

    async def defect(told: object, **more: object) -> object:
        if getattr(told, "identifier", "") == "bad":
            raise KeyError("defect")
        return await real(told, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.units, "query", defect)
    reception = await desk.upload([asked(identifier="bad"), asked(identifier="good")])
    await desk.work()
    done = await desk.results(reception.reception_number)
    assert [unit.result_code for unit in done.units] == [central.INTERNAL.code, None]


async def test_a_changed_limit_certificate_is_flagged_against_the_facilitys_last_bulk(desk: Desk) -> None:
    await desk.world.insured()

    async def flag(facility: str = CLINIC) -> str:
        desk.world.later(minutes=1)
        reception = await desk.upload([asked()], facility=facility)
        await desk.work()
        (unit,) = (await desk.results(reception.reception_number, facility=facility)).units
        return str(unit.result.limit_changed)

    assert [await flag(), await flag()] == ["0", "0"]
    limit = e.LimitCertificate(
        record=record(), kind="01", income_class="A03", issued_on=TODAY, valid_from=TODAY, valid_through=None
    )
    await desk.world.add(limit)
    assert [await flag(OTHER_CLINIC), await flag(), await flag(), await flag(OTHER_CLINIC)] == ["1", "1", "0", "0"]
    await desk.world.insured(key=record(number="88"), since=TODAY)
    new = await desk.upload([asked(record(number="88"))])
    await desk.work()
    (unit,) = (await desk.results(new.reception_number)).units
    assert unit.result.limit_changed is codes.LimitChanged.YES_OR_UNKNOWN


async def test_results_are_forgotten_after_a_week(desk: Desk) -> None:
    await desk.world.insured()
    reception = await desk.upload([asked()])
    await desk.work()
    desk.world.later(days=6)
    await desk.bulks.forget()
    assert (await desk.results(reception.reception_number)).processed == 1
    desk.world.later(days=2)
    await desk.bulks.forget()
    with pytest.raises(OnshiError) as refused:
        await desk.results(reception.reception_number)
    assert refused.value.fault is clinic.BULK_EXPIRED
    rows = await desk.store.all(Statement("test.units", sa.select(bulk_unit)))
    assert [row["answer"] for row in rows] == [None]


async def test_too_many_units_a_day_and_days_out_of_range_are_refused(desk: Desk) -> None:
    desk.bulks._a_day = 3
    await desk.upload([asked(), asked()])
    with pytest.raises(OnshiError) as refused:
        await desk.upload([asked(), asked()])
    assert refused.value.fault is clinic.BULK_TOO_MANY
    desk.world.later(hours=25)
    await desk.upload([asked(), asked()])
    with pytest.raises(OnshiError) as refused:
        await desk.upload([asked()], day=TODAY.replace(year=2020))
    assert refused.value.fault is central.QUERY_DAY


async def test_more_units_than_one_file_may_have_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BULK_UNITS", 2)
    with pytest.raises(OnshiError) as refused:
        await desk.upload([asked()] * 3)
    assert refused.value.fault is clinic.BULK_TOO_LONG


async def test_the_background_worker_is_woken_by_an_upload(desk: Desk) -> None:
    await desk.world.insured()
    task = asyncio.create_task(desk.bulks.run())
    try:
        reception = await desk.upload([asked()])
        async with asyncio.timeout(60):
            while (await desk.results(reception.reception_number)).segment is not NORMAL_END:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_month_of_medical_assistance_has_the_facilitys_tickets_only(desk: Desk) -> None:
    person, other = await desk.world.person(), await desk.world.person(ADULT)
    for who, facility, number in ((person, CLINIC, "A-1"), (other, OTHER_CLINIC, "B-1")):
        await desk.world.add(
            e.Assistance(person_id=who, payer=OFFICE, recipient=f"123456{number[-1]}", starts_on=SINCE),
            e.Ticket(
                person_id=who,
                ticket_type="01",
                month=f"{TODAY:%Y%m}",
                valid_from=TODAY,
                valid_through=TODAY.replace(day=30),
                issue_number=number,
                facility=facility,
                facility_name="見本医院",
                treatment="02",
            ),
        )
    request = TicketBulkRequest(facility=FacilityCode(CLINIC), month=YearMonth(f"{TODAY:%Y%m}"))
    tree = await desk.post("/v1/bulk/tickets", request)
    number = tree["XmlMsg"]["MessageBody"]["ReceptionNumber"]
    await desk.work()
    done = await desk.results(number, BulkKind.TICKETS)
    (unit,) = done.units
    assert (unit.validity, unit.result.card_classification) == ("1", "A1")
    assert [ticket.issue_number for ticket in unit.result.tickets] == ["A-1"]
    assert [row["subject"] for row in await desk.audit("bulk-tickets")] == [person]


async def test_a_month_without_tickets_is_done_at_once_and_empty(desk: Desk) -> None:
    request = TicketBulkRequest(facility=FacilityCode(CLINIC), month=YearMonth("202601"))
    tree = await desk.post("/v1/bulk/tickets", request)
    done = await desk.results(tree["XmlMsg"]["MessageBody"]["ReceptionNumber"], BulkKind.TICKETS)
    assert (done.segment, done.processed, done.units) == (codes.SegmentOfResult.NORMAL, 0, ())
