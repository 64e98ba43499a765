"""Over any sequence of consents, withdrawals, expiries, stops, relinks and switches, no byte of an item leaves without
its live consent; and what is consented to does leave. A model says what; some of it happens while a reading renders."""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.audit.verify import verify
from central.db.opening import open_store
from central.disclosure.disclosed import Asked, Disclosed, Purpose, Reader
from central.disclosure.rights import AS_DELIVERED, OF_ITEM, Right
from central.disclosure.service import CARE_LIFE, GRANT_LIFE, Withdrawal, certificate_end
from central.facilities.service import ADD_FACILITY
from central.register import entries as e
from central.trust.days import japan_day
from protocol.errors import OnshiError
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
    stored_checkup,
    stored_receipt,
)
from tests.central.register.world import CLINIC, OTHER_CLINIC, TODAY, record
from tests.parts.store import create_all

PLACES = (HERE, THERE)
KEYS = (record(), record(number="5000"))
MONTHS = (date(2022, 1, 1), date(2024, 2, 1), date(2026, 4, 1))
"""The first lies outside the window of three years, at any time of a sequence."""
EXAMINED = (date(2019, 11, 4), date(2025, 11, 4))
PASSED = (timedelta(seconds=1), timedelta(hours=9), timedelta(hours=24), timedelta(days=93))
MARK = re.compile(rb"[0-9a-f]{32}/[0-9]{6}/(?:drug|treatment|operation|checkup)")
KINDS = {DRUGS: "drug", TREATMENT: "treatment", OPERATIONS: "operation"}


@dataclass(frozen=True)
class Step:
    """One thing that happens. ``during``: what happens while the reading of this step renders."""

    kind: str
    who: int
    place: int
    record: int
    items: tuple[ConsentItem, ...]
    purpose: Purpose
    passed: int
    flag: bool
    during: "Step | None" = None


def steps(kinds: tuple[str, ...], during: "st.SearchStrategy[Step | None]") -> st.SearchStrategy[Step]:
    bit = st.integers(0, 1)
    some = st.sets(st.sampled_from(MEDICAL)).map(lambda some: tuple(item for item in MEDICAL if item in some))
    items = st.just(MEDICAL) | some
    purposes = st.sampled_from((Purpose.VISIT, Purpose.VISIT, Purpose.HOME_VISIT))
    passed = st.integers(0, len(PASSED) - 1)
    return st.builds(Step, st.sampled_from(kinds), bit, bit, bit, items, purposes, passed, st.booleans(), during)


CHANGES = ("consent", "consent", "consent", "withdraw", "wait", "stop", "lift", "lift", "relink", "switch")
changes = steps(CHANGES, st.none())
sudden = steps(("withdraw", "consent", "wait", "stop", "relink"), st.none())
sequences = st.lists(changes | steps(("read",), st.none() | sudden), min_size=6, max_size=30)


@dataclass
class Grant:
    consent_id: str
    purpose: Purpose
    until: datetime
    certificate_until: datetime


@dataclass
class Model:
    """What has to be so, written without looking at how the door does it."""

    now: datetime
    grants: dict[tuple[int, int, ConsentItem], Grant] = field(default_factory=dict)
    holders: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 1})
    stops: set[tuple[int, int | None]] = field(default_factory=set)
    rights: dict[int, set[Right]] = field(default_factory=lambda: {0: set(AS_DELIVERED), 1: set(AS_DELIVERED)})

    def allowed(self, step: Step) -> dict[ConsentItem, str]:
        found = {}
        for item in step.items:
            grant = self.grants.get((step.who, step.place, item))
            alive = grant is not None and self.now < min(grant.until, grant.certificate_until)
            if alive and grant.purpose is step.purpose and OF_ITEM[item] in self.rights[step.place]:
                found[item] = grant.consent_id
        return found

    def records(self, who: int) -> list[int] | None:
        """The records of which data may leave; None: none at all, because of a stop."""
        tied = [one for one, holder in self.holders.items() if holder == who]
        free = [one for one in tied if (who, one) not in self.stops]
        return None if (who, None) in self.stops or (tied and not free) else free

    def outcome(self, step: Step, ids: list[str]) -> "tuple[frozenset[bytes], frozenset[str]] | None":
        """The marks and the consents of a reading, or None: refused."""
        allowed, records = self.allowed(step), self.records(step.who)
        if not allowed or records is None:
            return None
        marks = {
            f"{ids[one]}/{month:%Y%m}/{KINDS[item]}".encode()
            for one in records
            for item in allowed
            if item in KINDS
            for month in MONTHS[1:]
        }
        if CHECKUPS in allowed:
            marks |= {f"{ids[one]}/{EXAMINED[1]:%Y%m}/checkup".encode() for one in records}
        return frozenset(marks), frozenset(allowed.values())


class Play:
    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.model = Model(practice.now)
        self.people: list[str] = []
        self.ids: list[str] = []
        self.stops: dict[tuple[int, int | None], e.RowRef] = {}
        self.left = 0

    async def open(self) -> None:
        practice = self.practice
        await practice.open()
        async with practice.store.transaction() as running:
            for code in (CLINIC, OTHER_CLINIC):
                await running.run(ADD_FACILITY, code=code, name="x", valid_from=TODAY, recorded_at=practice.now)
        for key in KEYS:
            self.people.append(await practice.insured(key=key))
            record_id = await practice.record_id(key)
            self.ids.append(record_id)
            practice.shelves.receipts += [stored_receipt(record_id, month) for month in MONTHS]
            practice.shelves.checkups += [stored_checkup(record_id, day) for day in EXAMINED]

    async def run(self, sequence: list[Step]) -> None:
        await self.open()
        # It begins with everything allowed: what ends is what has to be seen.
        for who in (0, 1):
            for place in (0, 1):
                await self.consent(Step("consent", who, place, 0, MEDICAL, Purpose.VISIT, 0, flag=False))
        for right in OF_ITEM.values():
            await self.practice.rights.switch(CLINIC, right, allowed=True)
            self.model.rights[0].add(right)
        for step in sequence:
            await getattr(self, step.kind)(step)
        read = [row for person in self.people for row in await self.practice.door.readings_of(person)]
        assert len({row["reading_id"] for row in read}) == self.left
        assert await verify(self.practice.store, "a")

    async def consent(self, step: Step) -> None:
        last_day = japan_day(self.model.now) if step.flag else date(2030, 1, 1)
        consent_id = await self.practice.consent(
            self.people[step.who], *step.items, reader=PLACES[step.place], purpose=step.purpose, last_day=last_day
        )
        for item in MEDICAL:
            self.model.grants.pop((step.who, step.place, item), None)
        life = GRANT_LIFE if step.purpose is Purpose.VISIT else CARE_LIFE
        for item in step.items:
            self.model.grants[step.who, step.place, item] = Grant(
                consent_id, step.purpose, self.model.now + life, certificate_end(last_day)
            )

    async def withdraw(self, step: Step) -> None:
        item = step.items[0] if step.items else None
        why = Withdrawal.PATIENT if step.flag else Withdrawal.FACILITY
        await self.practice.disclosure.withdraw(
            PLACES[step.place].facility, self.people[step.who], self.model.now, why=why, item=item
        )
        for one in (item,) if item else MEDICAL:
            self.model.grants.pop((step.who, step.place, one), None)

    async def wait(self, step: Step) -> None:
        self.model.now += PASSED[step.passed]
        self.practice.now = self.model.now

    async def stop(self, step: Step) -> None:
        which = (step.who, None if step.flag else step.record)
        if which in self.stops:
            return
        scope = e.StopScope.ALL if step.passed % 2 else e.StopScope.MEDICAL
        key = None if step.flag else KEYS[step.record]
        (self.stops[which],) = await self.practice.add(
            e.ViewStop(
                person_id=self.people[step.who], record=key, scope=scope, reason=e.StopReason.INSURER, valid_from=TODAY
            )
        )
        self.model.stops.add(which)

    async def lift(self, step: Step) -> None:
        which = (step.who, None if step.flag else step.record)
        if which in self.stops:
            await self.practice.intake.invalidate(self.stops.pop(which))
            self.model.stops.discard(which)

    async def relink(self, step: Step) -> None:
        if self.model.holders[step.record] == step.who:
            return
        async with self.practice.intake.transaction() as intake:
            await intake.relink(KEYS[step.record], self.people[step.who], on=TODAY)
        self.model.holders[step.record] = step.who

    async def switch(self, step: Step) -> None:
        right = OF_ITEM[MEDICAL[step.passed]]
        await self.practice.rights.switch(PLACES[step.place].facility, right, allowed=step.flag)
        (set.add if step.flag else set.discard)(self.model.rights[step.place], right)

    async def read(self, step: Step) -> None:
        before = self.model.outcome(step, self.ids)
        reader = Reader(facility=PLACES[step.place].facility, device="any-device")
        loop = asyncio.get_running_loop()
        seen: list[Disclosed] = []
        happens: list[Step] = [step.during] if step.during else []

        def render(disclosed: Disclosed) -> bytes:
            seen.append(disclosed)
            if happens:
                change = self._aimed(happens.pop(), step)
                action: Callable[[Step], Awaitable[None]] = getattr(self, change.kind)
                asyncio.run_coroutine_threadsafe(_awaited(action, change), loop).result(30)
            return bytes_of(disclosed)

        asked = Asked(items=step.items, purpose=step.purpose)
        left: tuple[frozenset[bytes], frozenset[str]] | None = None
        try:
            answer = await self.practice.door.disclose(reader, self.people[step.who], asked, render)
        except OnshiError:
            pass
        else:
            self.left += 1
            left = frozenset(MARK.findall(answer)), frozenset(seen[-1].consents)
            stray = set(self.ids) - {mark.split(b"/")[0].decode() for mark in left[0]}
            assert not any(one.encode() in answer for one in stray)
            self._prolonged(step, seen[-1])
        after = self.model.outcome(step, self.ids)
        assert left in (before, after)
        if left is not None and step.during is not None and step.during.kind != "switch":
            # Whatever happened while it was rendered: nothing that it took away has left.
            assert after is not None
            assert left[0] <= after[0]

    def _aimed(self, change: Step, step: Step) -> Step:
        """The change, at the very person and place that is being read; a relink takes a record away from them."""
        if change.kind != "relink":
            return replace(change, who=step.who, place=step.place)
        theirs = [one for one, holder in self.model.holders.items() if holder == step.who]
        return replace(change, who=1 - step.who, record=theirs[0] if theirs else change.record)

    def _prolonged(self, step: Step, seen: Disclosed) -> None:
        if step.purpose is Purpose.HOME_VISIT:
            for grant in self.model.grants.values():
                if grant.consent_id in seen.consents:
                    grant.until = max(grant.until, certificate_end(japan_day(self.model.now) + CARE_LIFE))


async def _awaited(action: Callable[[Step], Awaitable[None]], step: Step) -> None:
    await action(step)


async def played(sequence: list[Step], url: str) -> None:
    await create_all(url)
    store = open_store(url, patience=20)
    try:
        await Play(Practice(store)).run(sequence)
    finally:
        await store.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=sequences)
def test_nothing_leaves_without_its_live_consent(sequence: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(played(sequence, f"sqlite:///{Path(folder) / 'centre.sqlite'}"))


@pytest.mark.soak
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=sequences)
def test_nothing_leaves_without_its_live_consent_at_length(sequence: list[Step]) -> None:
    test_nothing_leaves_without_its_live_consent.hypothesis.inner_test(sequence)  # type: ignore[attr-defined]
