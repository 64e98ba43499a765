"""照会番号: registered for a record that is there, given back in every answer to that facility, the newest only."""

from typing import Any

import pytest

from central.clinics.reference_numbers import ReferenceNumbers
from central.clinics.units import BulkKind
from central.db import StoreDown
from central.register.limits import QueryLimits
from protocol import codes
from protocol.eras import JST
from protocol.errors import OnshiError, central, clinic, input_, trust
from protocol.messages import (
    ReferenceNumberAnswer,
    ReferenceNumberInfo,
    ReferenceNumberRequest,
    read_json,
)
from protocol.numbers import Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol
from tests.central.clinics.desk import Desk, asked, numbered
from tests.central.register.world import CLINIC, OTHER_CLINIC, SOCIETY, TODAY, record

ERROR, NORMAL = codes.ProcessingResultStatus.ERROR, codes.ProcessingResultStatus.NORMAL


def info(reference: str = "chart 7", **more: Any) -> ReferenceNumberInfo:
    values = {
        "insurer_number": InsurerNumber(SOCIETY),
        "symbol": Symbol("１２－３４"),
        "number": InsuredNumber("4260"),
        "branch": Branch("00"),
    }
    return ReferenceNumberInfo(reference_number=reference, **{**values, **more})


async def ask(desk: Desk, registration: ReferenceNumberInfo, facility: str = CLINIC) -> ReferenceNumberAnswer:
    request = ReferenceNumberRequest(facility=FacilityCode(facility), file_identifier="F-9", registration=registration)
    return read_json(await desk.post("/v1/reference-numbers", request, facility=facility), ReferenceNumberAnswer)


async def test_a_number_comes_back_in_the_next_answers_of_its_facility_only(desk: Desk) -> None:
    person = await desk.world.insured()
    answer = await ask(desk, info())
    assert (answer.status, answer.segment, answer.error_code) == (NORMAL, codes.SegmentOfResult.NORMAL, None)
    assert (answer.file_identifier, answer.registration) == ("F-9", info())
    ours, theirs = await desk.world.ask(), await desk.world.ask(facility=OTHER_CLINIC)
    assert ours.message.results[0].reference_number == "chart 7"
    assert theirs.message.results[0].reference_number is None
    assert (await desk.world.card(person)).message.results[0].reference_number == "chart 7"
    (row,) = await desk.audit("reference-number")
    assert (row["subject"], row["outcome"]) == (person, "answered")


async def test_the_newest_of_a_facility_holds(desk: Desk) -> None:
    await desk.world.insured()
    for reference in ("old", "new", "newest"):
        desk.world.later(hours=20)
        assert (await ask(desk, info(reference))).status is NORMAL
    day = desk.world.now.astimezone(JST).date()
    assert (await desk.world.ask(day=day)).message.results[0].reference_number == "newest"


async def test_symbol_and_branch_may_be_left_out_while_one_record_fits(desk: Desk) -> None:
    await desk.world.insured()
    assert (await ask(desk, info(symbol=None, branch=None))).status is NORMAL
    await desk.world.insured(key=record(branch="01"))
    answer = await ask(desk, info(branch=None))
    assert (answer.status, answer.result_code) == (ERROR, clinic.REFERENCE_SEVERAL.code)
    assert (await ask(desk, info(branch=Branch("01")))).status is NORMAL


@pytest.mark.parametrize("wrong", [{"number": InsuredNumber("1")}, {"symbol": Symbol("9")}, {"branch": Branch("07")}])
async def test_a_record_that_is_not_there_is_said_in_words_and_written_down(desk: Desk, wrong: Any) -> None:
    await desk.world.insured()
    answer = await ask(desk, info(**wrong))
    assert (answer.status, answer.result_code) == (ERROR, clinic.REFERENCE_NO_RECORD.code)
    assert answer.result_message
    assert answer.result_message.startswith(clinic.REFERENCE_NO_RECORD.desk_ja)
    (row,) = await desk.audit("reference-number")
    assert row["outcome"] == clinic.REFERENCE_NO_RECORD.code


async def test_another_facilitys_code_and_too_many_are_refused(desk: Desk) -> None:
    request = ReferenceNumberRequest(facility=FacilityCode(OTHER_CLINIC), registration=info())
    with pytest.raises(OnshiError) as refused:
        await desk.post("/v1/reference-numbers", request)
    assert refused.value.fault is trust.OTHER_FACILITY
    few = ReferenceNumbers(desk.store, desk.world.intake, limits=QueryLimits(per_minute=1, burst=1))
    few.take(CLINIC, desk.world.now)
    with pytest.raises(OnshiError) as refused:
        few.take(CLINIC, desk.world.now)
    assert refused.value.fault is central.QUERIES_TOO_MANY


async def test_a_bulk_of_numbers_has_a_unit_for_each_and_their_errors(desk: Desk) -> None:
    await desk.world.insured()
    reception = await desk.register([numbered("A-1"), numbered("A-2", record(number="99")), numbered(None)])
    await desk.work()
    done = await desk.results(reception.reception_number, BulkKind.REFERENCE_NUMBERS)
    assert [unit.status for unit in done.units] == [NORMAL, ERROR, ERROR]
    assert [unit.result_code for unit in done.units] == [
        None,
        clinic.REFERENCE_NO_RECORD.code,
        input_.MESSAGE_MISSING.code,
    ]
    assert done.units[1].registration == numbered("A-2", record(number="99"))
    bulk = await desk.upload([asked()])
    await desk.work()
    (unit,) = (await desk.results(bulk.reception_number)).units
    assert (unit.reference_number, unit.result.reference_number) == ("A-1", None)
    assert done.executed_at.date() == TODAY


async def test_units_for_which_the_register_was_busy_are_done_in_the_next_round(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.world.insured()
    reception = await desk.register([numbered("A-1"), numbered("A-2", record(number="99"))])

    async def busy(*_: object, **__: object) -> None:
        raise StoreDown("the register is being written")

    with monkeypatch.context() as patched:
        patched.setattr(desk.references, "register", busy)
        with pytest.raises(StoreDown):
            await desk.bulks.work()
    await desk.work()
    done = await desk.results(reception.reception_number, BulkKind.REFERENCE_NUMBERS)
    assert [unit.status for unit in done.units] == [NORMAL, ERROR]
