"""The door: nothing leaves without a live consent of this facility for this person and item, and each no says why."""

import hashlib
from datetime import date

import msgspec
import pytest

from central.disclosure.disclosed import Gap, Missing
from central.disclosure.service import Withdrawal
from protocol.errors import OnshiError, disclosure, trust
from tests.central.disclosure.practice import (
    CHECKUPS,
    DRUGS,
    HERE,
    OPERATIONS,
    THERE,
    TREATMENT,
    Practice,
    bytes_of,
    marks,
)
from tests.central.register.world import CLINIC

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


async def test_a_withdrawal_during_the_rendering_is_refused_at_the_commit(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS)
    standing = practice.door._standing  # the withdrawal falls between the check and the commit
    times = 0

    async def interrupted(*given: object) -> object:
        nonlocal times
        times += 1
        found = await standing(*given)  # type: ignore[arg-type]
        if times == 1:
            await practice.disclosure.withdraw(CLINIC, person, practice.now, why=Withdrawal.PATIENT)
        return found

    practice.door._standing = interrupted  # type: ignore[method-assign, assignment]
    assert await refusal(practice, person, DRUGS) == disclosure.GRANT_WITHDRAWN_PATIENT.code
    assert await practice.door.readings_of(person) == []
