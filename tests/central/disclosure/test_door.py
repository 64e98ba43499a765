"""The door: nothing leaves without a live consent of this facility for this person and item, and each no says why."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from itertools import cycle

import msgspec
import pytest

from central.db import Row, Statement
from central.disclosure.disclosed import Asked, Gap, Missing, Purpose, Reader
from central.disclosure.rights import Right
from central.disclosure.service import Withdrawal, certificate_end
from central.disclosure.statements import PERSON
from central.facilities.service import ADD_FACILITY
from central.register import entries as e
from central.register.keys import lookup_key
from central.register.limits import QueryLimits
from central.trust.certificates import CertificateId
from central.trust.crl import Revocation
from central.trust.ledger import Ledger
from central.trust.links import Links
from protocol.errors import Fault, OnshiError, disclosure, trust
from protocol.errors.central import QUERIES_TOO_MANY
from protocol.numbers import Branch, InsuredNumber, InsurerNumber
from protocol.visit import ConsentItem
from tests.central.disclosure.practice import (
    CHECKUPS,
    DRUGS,
    HERE,
    MEDICAL,
    OPERATIONS,
    THERE,
    TREATMENT,
    Practice,
    bytes_of,
    certificate,
    marks,
    serial_of,
    stored_checkup,
    stored_receipt,
)
from tests.central.register.world import ADULT, CLINIC, ISSUER, OFFICE, SOCIETY, TODAY, record

MARCH = date(2026, 3, 1)


async def test_a_live_consent_lets_its_item_out_and_nothing_else(practice: Practice) -> None:
    person = await practice.patient()
    consent = await practice.consent(person, DRUGS)
    seen = await practice.read(person, DRUGS, CHECKUPS)
    assert (seen.items, seen.consents) == ((DRUGS,), (consent,))
    assert marks(seen) == {"drug"}
    assert Gap(CHECKUPS, Missing.NOT_CONSENTED) in seen.gaps
    assert [receipt.month for receipt in seen.receipts] == [MARCH]
    assert seen.person.name == "見本　太郎"


async def refusal(practice: Practice, person: str, *items: object, **more: object) -> str:
    with pytest.raises(OnshiError) as caught:
        await practice.read(person, *items, **more)  # type: ignore[arg-type]
    return caught.value.fault.code


async def test_each_refusal_says_why(practice: Practice) -> None:
    person = await practice.patient()
    assert await refusal(practice, person, DRUGS) == trust.NO_GRANT.code
    await practice.consent(person, DRUGS)
    assert await refusal(practice, person, CHECKUPS) == trust.NO_GRANT.code
    assert await refusal(practice, person, DRUGS, reader=THERE) == trust.NO_GRANT.code
    practice.tomorrow()
    assert await refusal(practice, person, DRUGS) == disclosure.GRANT_EXPIRED.code
    for why, fault in (
        (Withdrawal.FACILITY, disclosure.GRANT_WITHDRAWN_FACILITY),
        (Withdrawal.PATIENT, disclosure.GRANT_WITHDRAWN_PATIENT),
    ):
        practice.later()
        await practice.consent(person, DRUGS)
        await practice.disclosure.withdraw(CLINIC, person, practice.now, why=why, operator="x")
        assert await refusal(practice, person, DRUGS) == fault.code
    practice.later()
    await practice.consent(person, DRUGS)
    practice.later()
    await practice.consent(person, CHECKUPS)
    assert await refusal(practice, person, DRUGS) == disclosure.GRANT_REPLACED.code


async def test_the_reading_is_on_the_audit_log_with_the_answers_hash(practice: Practice) -> None:
    person = await practice.patient()
    consent = await practice.consent(person, DRUGS, CHECKUPS)
    seen = await practice.read(person, DRUGS, CHECKUPS)
    rows = await practice.door.readings_of(person)
    assert {(row["item"], row["consent_id"], row["facility"], row["device"]) for row in rows} == {
        (item.value, consent, HERE.facility, HERE.device) for item in (DRUGS, CHECKUPS)
    }
    entry = (await practice.audited())[-1]
    assert entry.answer_hash == hashlib.sha256(bytes_of(seen)).hexdigest()
    assert (entry.kind, entry.outcome, entry.subject) == ("disclosure", "answered", person)
    record_id = seen.receipts[0].record_id
    assert set(entry.references) == {
        "purpose:visit", f"reading:{seen.reading_id}", "item:YZK", "item:TKK", f"consent:{consent}",
        f"record:{record_id}",
    }  # fmt: skip
    assert "見本" not in msgspec.json.encode(entry).decode()


async def test_treatments_and_operations_pass_only_where_the_facility_uses_them(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS, TREATMENT, OPERATIONS)
    assert await refusal(practice, person, TREATMENT) == disclosure.FACILITY_SETTING_OFF.code
    seen = await practice.read(person, DRUGS, OPERATIONS)
    assert marks(seen) == {"drug"}
    assert Gap(OPERATIONS, Missing.NOT_SWITCHED_ON) in seen.gaps


Change = Callable[[Practice, str], Awaitable[object]]


async def _withdraw(practice: Practice, person: str) -> None:
    await practice.disclosure.withdraw(CLINIC, person, practice.now, why=Withdrawal.PATIENT)


async def _expire(practice: Practice, _: str) -> None:
    practice.tomorrow()


async def _answer_again(practice: Practice, person: str) -> None:
    await practice.consent(person, CHECKUPS)


async def _stop(practice: Practice, person: str) -> None:
    stop = e.ViewStop(person_id=person, scope=e.StopScope.MEDICAL, reason=e.StopReason.INSURER, valid_from=TODAY)
    await practice.add(stop)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_withdraw, disclosure.GRANT_WITHDRAWN_PATIENT),
        (_expire, disclosure.GRANT_EXPIRED),
        (_answer_again, disclosure.GRANT_REPLACED),
        (_stop, disclosure.READING_STOPPED),
    ],
)
async def test_what_ends_while_it_renders_is_refused_at_the_commit(
    practice: Practice, change: Change, fault: Fault
) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS)
    with pytest.raises(OnshiError) as caught:
        await practice.read_while(person, DRUGS, change=lambda: change(practice, person))
    assert caught.value.fault is fault
    assert await practice.door.readings_of(person) == []
    assert practice.metrics.retries._value.get() == 1
    assert [one.outcome for one in await practice.audited() if one.kind == "disclosure"] == [fault.code]


async def test_a_record_that_is_moved_while_it_renders_leaves_with_nobody(practice: Practice) -> None:
    """The reading is done again: the answer that leaves is the one after the move."""
    person, other = await practice.patient(), await practice.person()
    await practice.consent(person, DRUGS)

    async def move() -> None:
        async with practice.intake.transaction() as intake:
            await intake.relink(record(), other, on=TODAY)

    seen = await practice.read_while(person, DRUGS, change=move)
    assert (marks(seen), seen.receipts) == (set(), ())
    assert Gap(DRUGS, Missing.NOTHING_RECEIVED) in seen.gaps


async def test_a_reading_that_never_comes_to_rest_is_given_up(practice: Practice) -> None:
    person, other = await practice.patient(), await practice.person()
    await practice.consent(person, DRUGS)
    people = cycle((other, person))

    async def move() -> None:
        async with practice.intake.transaction() as intake:
            await intake.relink(record(), next(people), on=TODAY)

    with pytest.raises(OnshiError) as caught:
        await practice.read_while(person, DRUGS, change=move, times=99)
    assert caught.value.fault is disclosure.CHANGED_MEANWHILE
    assert await practice.door.readings_of(person) == []


async def test_a_relink_carries_the_data_and_strangers_months_are_nobodys(practice: Practice) -> None:
    """The record was another's until 15 March: whose that month's receipt is, nobody can say."""
    person, before = await practice.patient(since=date(2026, 3, 15)), await practice.person()
    record_id = await practice.record_id(record())
    await practice.add(
        e.Tie(record=record(), person_id=before, valid_from=date(2020, 4, 1), valid_until=date(2026, 3, 15))
    )
    practice.shelves.receipts += [stored_receipt(record_id, date(2026, month, 1)) for month in (2, 4)]
    practice.shelves.checkups.append(stored_checkup(record_id, date(2026, 4, 2)))
    for one, months, days in (
        (person, [date(2026, 4, 1)], [date(2026, 4, 2)]),
        (before, [date(2026, 2, 1)], [date(2025, 11, 4)]),
    ):
        await practice.consent(one, DRUGS, CHECKUPS)
        seen = await practice.read(one, DRUGS, CHECKUPS)
        assert [receipt.month for receipt in seen.receipts] == months
        assert [stored.checkup.day for stored in seen.checkups] == days
        assert Gap(DRUGS, Missing.NOT_SURELY_THEIRS, MARCH) in seen.gaps


async def test_a_checkup_of_another_birth_date_is_left_out_and_told(practice: Practice) -> None:
    person = await practice.patient()
    record_id = await practice.record_id(record())
    practice.shelves.checkups.append(stored_checkup(record_id, date(2026, 5, 7), birth=date(1980, 1, 3)))
    await practice.consent(person, CHECKUPS)
    seen = await practice.read(person, CHECKUPS)
    assert [stored.checkup.day for stored in seen.checkups] == [date(2025, 11, 4)]
    assert Gap(CHECKUPS, Missing.NOT_SURELY_THEIRS, date(2026, 5, 1)) in seen.gaps


async def test_a_stopped_record_is_left_out_and_told_and_a_stopped_person_refused(practice: Practice) -> None:
    person = await practice.patient()
    second = record(number="5000")
    await practice.insured(key=second, person_id=person)
    practice.shelves.receipts.append(stored_receipt(await practice.record_id(second), date(2026, 4, 1)))
    await practice.consent(person, DRUGS)
    stop = {"person_id": person, "reason": e.StopReason.NAMES_DIFFER, "valid_from": TODAY}
    await practice.add(e.ViewStop(record=record(), scope=e.StopScope.MEDICAL, **stop))
    seen = await practice.read(person, DRUGS)
    assert [receipt.month for receipt in seen.receipts] == [date(2026, 4, 1)]
    assert Gap(DRUGS, Missing.STOPPED) in seen.gaps
    await practice.add(e.ViewStop(record=second, scope=e.StopScope.ALL, **stop))
    assert await refusal(practice, person, DRUGS) == disclosure.READING_STOPPED.code


async def test_a_stop_of_medical_information_told_ahead_waits_for_its_day(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS)
    stop = {"record": record(), "person_id": person, "reason": e.StopReason.NAME_AND_ADDRESS_DIFFER}
    tomorrow = TODAY + timedelta(days=1)
    await practice.add(e.ViewStop(scope=e.StopScope.MEDICAL, valid_from=tomorrow, **stop))
    assert Gap(DRUGS, Missing.STOPPED) not in (await practice.read(person, DRUGS)).gaps
    practice.tomorrow()
    await practice.consent(person, DRUGS)
    assert await refusal(practice, person, DRUGS) == disclosure.READING_STOPPED.code


async def test_receipts_of_medical_assistance_are_the_recipients_and_named_by_no_number(practice: Practice) -> None:
    person, other = await practice.patient(), await practice.person()
    for one, since, until in ((person, date(2026, 3, 1), None), (other, date(2024, 1, 1), date(2026, 3, 1))):
        await practice.add(
            e.Assistance(person_id=one, payer=OFFICE, recipient="1234567", starts_on=since, ends_on=until)
        )
    key = lookup_key(OFFICE, "1234567")
    practice.shelves.receipts += [stored_receipt(key, date(2026, month, 1)) for month in (2, 4)]
    await practice.consent(person, DRUGS)
    seen = await practice.read(person, DRUGS)
    assert [(one.month.month, one.record_id == key) for one in seen.receipts] == [(4, True), (3, False)]
    assert not any("1234567" in reference for reference in (await practice.audited())[-1].references)
    assert all("1234567" not in row["records"] for row in await practice.door.readings_of(person))


async def test_the_certificates_end_is_the_consents_end(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS, last_day=TODAY)
    practice.now = certificate_end(TODAY) - timedelta(seconds=1)
    await practice.read(person, DRUGS)
    practice.later(seconds=1)
    assert await refusal(practice, person, DRUGS) == disclosure.CERTIFICATE_ENDED.code


async def test_a_consent_signed_with_a_certificate_that_is_found_to_be_anothers_opens_nothing(
    practice: Practice,
) -> None:
    """It was linked to the wrong person: what its holder allowed, they allowed of themselves."""
    person, holder = await practice.patient(), await practice.person()
    for purpose in (Purpose.VISIT, Purpose.HOME_VISIT):
        practice.later()
        await practice.consent(person, DRUGS, purpose=purpose)
        await practice.read(person, DRUGS, purpose=purpose)
        moved = await practice.intake.correct(practice.certificates[person], certificate(holder, serial_of(person)))
        assert await refusal(practice, person, DRUGS, purpose=purpose) == disclosure.CERTIFICATE_CORRECTED.code
        practice.certificates[person] = await practice.intake.correct(moved, certificate(person))
        await practice.read(person, DRUGS, purpose=purpose)
    await practice.intake.invalidate(practice.certificates[person])
    assert await refusal(practice, person, DRUGS, purpose=Purpose.HOME_VISIT) == disclosure.CERTIFICATE_CORRECTED.code


async def test_a_certificate_that_is_moved_while_it_renders_is_seen_at_the_commit(practice: Practice) -> None:
    person, holder = await practice.patient(), await practice.person()
    await practice.consent(person, DRUGS)

    async def move() -> None:
        await practice.intake.correct(practice.certificates[person], certificate(holder, serial_of(person)))

    with pytest.raises(OnshiError) as caught:
        await practice.read_while(person, DRUGS, change=move)
    assert caught.value.fault is disclosure.CERTIFICATE_CORRECTED
    assert await practice.door.readings_of(person) == []


async def test_a_renewed_certificate_leads_to_its_person_and_a_move_of_the_first_ends_what_it_signed(
    practice: Practice,
) -> None:
    person, holder = await practice.patient(), await practice.person()
    feed = {"links": [{"issuer": ISSUER, "old": "a1", "new": "a2"}, {"issuer": ISSUER, "old": "a2", "new": "a3"}]}
    assert await Links(practice.store).take(msgspec.json.encode(feed), practice.now) == 2
    (first,) = await practice.add(certificate(person, "a1"))
    await practice.consent(person, DRUGS, serial="a3")
    assert marks(await practice.read(person, DRUGS)) == {"drug"}

    async def move() -> None:
        await practice.intake.correct(first, certificate(holder, "a1"))

    with pytest.raises(OnshiError) as caught:
        await practice.read_while(person, DRUGS, change=move)
    assert caught.value.fault is disclosure.CERTIFICATE_CORRECTED


async def _revoke(practice: Practice, person: str) -> None:
    """As the responder's or a list's revocation is kept, by whichever worker."""
    found = Revocation(int(serial_of(person), 16), practice.now, 4)
    await Ledger(practice.store).keep(
        CertificateId(ISSUER, serial_of(person)), found, practice.now, until=date(2030, 4, 30)
    )


@pytest.mark.parametrize("purpose", [Purpose.VISIT, Purpose.HOME_VISIT])
async def test_a_revoked_certificate_ends_what_it_signed(practice: Practice, purpose: Purpose) -> None:
    person, other = await practice.patient(), await practice.patient(record(number="5000"))
    await practice.consent(person, DRUGS, purpose=purpose)
    await practice.consent(other, DRUGS, purpose=purpose)
    await practice.read(person, DRUGS, purpose=purpose)
    await _revoke(practice, person)
    assert await refusal(practice, person, DRUGS, purpose=purpose) == disclosure.CERTIFICATE_REVOKED.code
    await practice.read(other, DRUGS, purpose=purpose)


async def test_a_revocation_learned_while_it_renders_is_seen_at_the_commit(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS)
    with pytest.raises(OnshiError) as caught:
        await practice.read_while(person, DRUGS, change=lambda: _revoke(practice, person))
    assert caught.value.fault is disclosure.CERTIFICATE_REVOKED
    assert await practice.door.readings_of(person) == []


async def test_a_switch_that_is_turned_off_while_it_renders_is_seen_at_the_commit(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS)

    async def off() -> None:
        await practice.rights.switch(CLINIC, Right.DRUGS, allowed=False)

    async with practice.store.transaction() as running:
        await running.run(ADD_FACILITY, code=CLINIC, name="x", valid_from=TODAY, recorded_at=practice.now)
    with pytest.raises(OnshiError) as caught:
        await practice.read_while(person, DRUGS, change=off)
    assert caught.value.fault is disclosure.FACILITY_SETTING_OFF
    assert await practice.door.readings_of(person) == []


async def test_somebody_else_who_turns_out_to_have_had_the_number_is_seen_at_the_commit(practice: Practice) -> None:
    person, before = await practice.patient(since=date(2026, 3, 15)), await practice.person()
    await practice.consent(person, DRUGS)

    async def tied() -> None:
        tie = e.Tie(record=record(), person_id=before, valid_from=date(2020, 4, 1), valid_until=date(2026, 3, 15))
        await practice.add(tie)

    seen = await practice.read_while(person, DRUGS, change=tied)
    assert seen.receipts == ()
    assert Gap(DRUGS, Missing.NOT_SURELY_THEIRS, MARCH) in seen.gaps


async def test_a_birth_date_that_is_corrected_while_it_renders_is_seen_at_the_commit(practice: Practice) -> None:
    """A checkup is the person's by the birth date that it states."""
    key = record()
    (ref,) = await practice.add(
        e.Person(person_id="p90", name="見本　太郎", kana="ミホン　タロウ", birth_date=ADULT, sex=e.Sex.MALE)
    )
    person = await practice.insured(key=key, person_id="p90")
    practice.shelves.checkups.append(stored_checkup(await practice.record_id(key), date(2025, 11, 4)))
    await practice.consent(person, CHECKUPS)

    async def correct() -> None:
        right = e.Person(
            person_id="p90", name="見本　太郎", kana="ミホン　タロウ", birth_date=date(1980, 1, 3), sex=e.Sex.MALE
        )
        await practice.intake.correct(ref, right)

    seen = await practice.read_while(person, CHECKUPS, change=correct)
    assert (seen.checkups, seen.person.birth_date) == ((), date(1980, 1, 3))


async def test_assistance_that_is_corrected_between_the_doors_reads_is_seen(practice: Practice) -> None:
    """Whatever the door reads beside the person is read after the snapshot that names the moment."""
    person = await practice.patient()
    (ref,) = await practice.add(
        e.Assistance(person_id=person, payer=OFFICE, recipient="1234567", starts_on=date(2024, 1, 1))
    )
    practice.shelves.receipts.append(stored_receipt(lookup_key(OFFICE, "1234567"), date(2026, 2, 1)))
    await practice.consent(person, DRUGS)
    corrected: list[e.RowRef] = []
    every = practice.store.all

    async def slowly(statement: Statement, **given: object) -> Sequence[Row]:
        """The oldest snapshot that there can be of every other read; the person is read late."""
        if statement is PERSON and not corrected:
            await asyncio.sleep(0.05)
            corrected.append(ref)
            practice.later(seconds=1)
            await practice.intake.invalidate(ref)
        return await every(statement, **given)

    practice.store.all = slowly  # type: ignore[method-assign]
    seen = await practice.read(person, DRUGS)
    assert [one.month for one in seen.receipts] == [MARCH]


async def test_the_windows_and_what_is_told_beside_them(practice: Practice) -> None:
    person = await practice.patient()
    record_id = await practice.record_id(record())
    practice.shelves.receipts += [stored_receipt(record_id, month) for month in (date(2023, 5, 1), date(2023, 6, 1))]
    practice.shelves.receipts.append(stored_receipt(record_id, date(2026, 1, 1), covered=True, drugs=False))
    practice.shelves.checkups.append(stored_checkup(record_id, date(2021, 5, 31)))
    await practice.consent(person, DRUGS, CHECKUPS)
    seen = await practice.read(person, DRUGS, CHECKUPS, first_month=date(2020, 1, 1))
    assert [receipt.month for receipt in seen.receipts] == [MARCH, date(2023, 6, 1)]
    assert len(seen.checkups) == 1
    assert (seen.first_month, seen.last_month) == (date(2021, 6, 1), date(2026, 6, 1))
    assert list(seen.gaps) == [
        Gap(CHECKUPS, Missing.OUTSIDE_WINDOW),
        Gap(DRUGS, Missing.OUTSIDE_WINDOW),
        Gap(DRUGS, Missing.NOT_YET_CLAIMED, date(2026, 6, 1)),
        Gap(DRUGS, Missing.NOT_YET_CLAIMED, date(2026, 5, 1)),
        Gap(DRUGS, Missing.NOT_YET_CLAIMED, date(2026, 4, 1)),
        Gap(DRUGS, Missing.COVERED_BY_FLAT_FEE, date(2026, 1, 1)),
    ]
    february = await practice.read(person, DRUGS, first_month=date(2026, 2, 1), last_month=date(2026, 2, 1))
    assert (february.receipts, february.gaps) == ((), ())
    ancient = await practice.read(person, DRUGS, last_month=date(2020, 1, 1))
    assert (ancient.receipts, ancient.gaps) == ((), (Gap(DRUGS, Missing.OUTSIDE_WINDOW),))


async def test_drugs_without_a_name_or_a_day_are_told(practice: Practice) -> None:
    person = await practice.patient()
    record_id = await practice.record_id(record())
    practice.shelves.receipts[:] = [
        stored_receipt(record_id, date(2026, 1, 1), named=False),
        stored_receipt(record_id, date(2026, 2, 1), drugs=False, undated=2),
    ]
    await practice.consent(person, DRUGS, CHECKUPS)
    seen = await practice.read(person, DRUGS, last_month=MARCH)
    assert seen.gaps == (
        Gap(DRUGS, Missing.DAY_NOT_TOLD, date(2026, 2, 1)),
        Gap(DRUGS, Missing.NOT_IN_MASTER, date(2026, 1, 1)),
    )
    checkups = await practice.read(person, CHECKUPS)
    assert [gap for gap in checkups.gaps if gap.item is DRUGS] == []


async def test_what_is_said_at_a_glance_knows_the_whole_window_and_drugs_alone(practice: Practice) -> None:
    person = await practice.patient()
    record_id = await practice.record_id(record())
    practice.shelves.receipts.append(stored_receipt(record_id, date(2025, 1, 1)))
    months = {"first_month": date(2025, 1, 1), "last_month": date(2025, 1, 1)}
    await practice.consent(person, CHECKUPS)
    assert (await practice.read(person, DRUGS, CHECKUPS, at_a_glance=True)).glanced == ()
    practice.later()
    await practice.consent(person, DRUGS)
    assert (await practice.read(person, DRUGS, **months)).glanced == ()
    seen = await practice.read(person, DRUGS, at_a_glance=True, **months)
    assert [one.month for one in seen.receipts] == [date(2025, 1, 1)]
    assert [one.month for one in seen.glanced] == [MARCH, date(2025, 1, 1)]
    assert not any(one.treatments or one.cost for one in seen.glanced)
    assert Gap(DRUGS, Missing.NOT_YET_CLAIMED, date(2026, 6, 1)) in seen.gaps
    ancient = await practice.read(person, DRUGS, at_a_glance=True, last_month=date(2020, 1, 1))
    assert (ancient.receipts, len(ancient.glanced)) == ((), 2)


@pytest.mark.parametrize(
    ("items", "period", "fault"),
    [
        ((), {}, disclosure.ITEMS_WRONG),
        ((DRUGS, DRUGS), {}, disclosure.ITEMS_WRONG),
        ((ConsentItem.SPECIFIC_DISEASES,), {}, disclosure.ITEMS_WRONG),
        ((DRUGS,), {"first_month": date(2026, 7, 1)}, disclosure.PERIOD_WRONG),
        ((DRUGS,), {"first_month": date(2026, 5, 1), "last_month": date(2026, 4, 1)}, disclosure.PERIOD_WRONG),
    ],
)
async def test_what_nobody_can_ask_for_is_refused(
    practice: Practice, items: tuple[ConsentItem, ...], period: dict[str, date], fault: Fault
) -> None:
    person = await practice.patient()
    await practice.consent(person, *MEDICAL)
    assert await refusal(practice, person, *items, **period) == fault.code


UNKNOWN = "9999"


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("may", [False, True])
async def test_no_refusal_tells_whether_a_number_is_known(practice: Practice, purpose: Purpose, may: bool) -> None:
    """Whatever the facility may, and for whichever care: a stranger's number is refused like one that nobody has."""
    await practice.patient()
    async with practice.store.transaction() as running:
        await running.run(ADD_FACILITY, code=CLINIC, name="x", valid_from=TODAY, recorded_at=practice.now)
    if may:
        await practice.rights.switch(CLINIC, Right.TREATMENT, allowed=True)
        await practice.rights.switch(CLINIC, Right.EMERGENCY, allowed=True)
        opened = await practice.disasters.open(
            "地震", areas=["99"], facilities=[], starts_at=practice.now, ends_at=practice.now + timedelta(days=1),
            operator="x",
        )  # fmt: skip
        await practice.disasters.confirm(opened.disaster_id, operator="y")
    for items in ((TREATMENT,), (OPERATIONS, DRUGS), (DRUGS, CHECKUPS), (OPERATIONS,)):
        told = []
        for number in ("4260", UNKNOWN):
            with pytest.raises(OnshiError) as caught:
                await practice.door.person_of(
                    HERE,
                    insurer=InsurerNumber(SOCIETY),
                    symbol=None,
                    number=InsuredNumber(number),
                    branch=None,
                    asked=Asked(items=items, purpose=purpose),
                )
            told.append((caught.value.fault, caught.value.details))
        assert told[0] == told[1]
    audited = [(one.outcome, one.subject, one.references) for one in await practice.audited() if one.outcome != "done"]
    assert audited[::2] == audited[1::2]


async def test_a_number_leads_to_the_one_who_consented_here(practice: Practice) -> None:
    mother = await practice.patient()
    child = await practice.patient(record(branch="01"))

    async def who(reader: Reader = HERE, branch: str | None = None, number: str = "4260") -> str:
        try:
            return await practice.door.person_of(
                reader,
                insurer=InsurerNumber(SOCIETY),
                symbol=None,
                number=InsuredNumber(number),
                branch=Branch(branch) if branch else None,
                asked=Asked(items=(DRUGS,)),
            )
        except OnshiError as refused:
            return refused.fault.code

    assert await who() == trust.NO_GRANT.code
    await practice.consent(child, DRUGS)
    assert await who() == child
    assert await who(branch="00") == trust.NO_GRANT.code
    assert await who(THERE) == trust.NO_GRANT.code
    assert await who(number="9999") == trust.NO_GRANT.code
    await practice.consent(mother, DRUGS)
    assert await who() == disclosure.SEVERAL_PEOPLE.code
    assert (await who(branch="00"), await who(branch="01")) == (mother, child)
    practice.tomorrow()
    assert await who(branch="01") == disclosure.GRANT_EXPIRED.code
    refused = [one for one in await practice.audited() if one.kind == "disclosure"]
    assert len(refused) == 6


async def test_a_facility_that_is_refused_too_often_writes_no_more_and_a_run_of_misses_raises_an_alarm(
    practice: Practice,
) -> None:
    limits = QueryLimits(per_minute=60, burst=9, misses=4)
    practice.door = practice.made(limits=limits)
    person = await practice.patient()
    await practice.consent(person, DRUGS)
    for _ in range(limits.misses - 1):
        assert await refusal(practice, person, DRUGS, reader=THERE) == trust.NO_GRANT.code
    assert practice.metrics.miss_alarms._value.get() == 0
    assert await refusal(practice, person, DRUGS, reader=THERE) == trust.NO_GRANT.code
    assert practice.metrics.miss_alarms._value.get() == 1
    for _ in range(limits.burst - limits.misses):
        await refusal(practice, person, DRUGS, reader=THERE)
    written = len(await practice.audited())
    for _ in range(3):
        assert await refusal(practice, person, DRUGS, reader=THERE) == QUERIES_TOO_MANY.code
    assert len(await practice.audited()) == written
    assert await refusal(practice, person, CHECKUPS) == trust.NO_GRANT.code
    await practice.read(person, DRUGS)
    practice.later(minutes=1)
    assert await refusal(practice, person, DRUGS, reader=THERE) == trust.NO_GRANT.code
