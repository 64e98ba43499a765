"""Grants: made with an audit row or not at all, alive for a day, ended by whoever may end them."""

from datetime import datetime, timedelta

import pytest

from central.audit.entry import AuditEntry
from central.audit.journal import Journal
from central.audit.verify import verify
from central.db import Store
from central.disclosure.service import Disclosure, Withdrawal
from protocol.visit import ConsentItem
from tests.central.cards import CLINIC, NOON
from tests.central.disclosure.alive import alive

DRUGS, CHECKUPS = ConsentItem.DRUGS, ConsentItem.CHECKUPS


class Door:
    def __init__(self, store: Store) -> None:
        self.journal = Journal(store, log="a", clock=lambda: NOON)
        self.disclosure = Disclosure(store, self.journal)

    async def consent(self, *items: ConsentItem, number: int = 1, at: datetime = NOON, facility: str = CLINIC) -> None:
        writes = self.disclosure.grant(
            facility=facility,
            person_id="p1",
            items=items,
            consent_id=f"{number:032x}",
            now=at,
            certificate_until=at + timedelta(days=365),
        )
        await self.journal.record(AuditEntry(kind="consent", outcome="answered"), writes=writes)

    async def live(self, at: datetime = NOON, facility: str = CLINIC) -> set[ConsentItem]:
        return set(await alive(self.disclosure, facility, "p1", at))


@pytest.fixture
def door(store: Store) -> Door:
    return Door(store)


async def test_a_grant_is_alive_for_a_day(door: Door) -> None:
    await door.consent(DRUGS)
    (grant,) = await door.disclosure.grants_of("p1")
    until = grant["available_until"]
    assert until == NOON + timedelta(hours=24)
    assert (grant["facility"], grant["item"], grant["consent_id"]) == (CLINIC, DRUGS.value, f"{1:032x}")
    assert await door.live(until - timedelta(seconds=1)) == {DRUGS}
    assert await door.live(until) == set()
    assert await door.live(NOON - timedelta(seconds=1)) == set()


async def test_the_last_answer_of_the_patient_counts_and_the_history_stays(door: Door) -> None:
    later = NOON + timedelta(hours=1)
    await door.consent(DRUGS, CHECKUPS)
    await door.consent(DRUGS, facility="9910000091", number=3)
    await door.consent(CHECKUPS, number=2, at=later)
    assert await door.live(later) == {CHECKUPS}
    assert await door.live(later, "9910000091") == {DRUGS}
    history = await door.disclosure.grants_of("p1")
    assert len(history) == 4
    assert {row["withdrawn_why"] for row in history} == {None, "newer-consent"}


@pytest.mark.parametrize(("item", "left"), [(DRUGS, {CHECKUPS}), (None, set())])
async def test_a_grant_can_be_withdrawn_for_one_item_or_all(
    door: Door, store: Store, item: ConsentItem | None, left: set[ConsentItem]
) -> None:
    await door.consent(DRUGS, CHECKUPS)
    await door.disclosure.withdraw(CLINIC, "p1", NOON, why=Withdrawal.PATIENT, item=item, operator="portal")
    assert await door.live() == left
    assert (await verify(store, "a")).rows == 2
