"""Any sequence of submissions, corrections, resends, registrations, lost ties and relinks: the last word stands, on the
right record, and nothing is lost."""

import asyncio
import random
import tempfile
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.checkups import tables as t
from central.checkups.checkup import PersonKeys
from central.db.opening import open_store
from central.db.store import Store
from central.register import entries as e
from tests.central.checkups.files import PEOPLE, keys
from tests.central.checkups.shelf import Shelf, empty, key, on, sent, values

DAYS = (date(2026, 5, 20), date(2026, 5, 21))
TIED = date(2015, 4, 1)


@dataclass(frozen=True)
class Step:
    """``send``: these people (bits of ``who``), examined on a day, with the results of ``seed``, in the folder of a
    turn; ``again``: an earlier ZIP once more; ``tie``, ``untie``, ``relink`` (to a person of the same birth date, or
    of another): one of the three records; ``link``: what waits."""

    kind: Literal["send", "again", "tie", "untie", "relink", "stray", "link"]
    who: int = 1
    day: int = 0
    seed: int = 1
    turn: int = 0


steps = st.builds(
    Step,
    st.sampled_from(("send", "send", "send", "again", "tie", "tie", "untie", "relink", "stray", "link")),
    st.integers(1, 7),
    st.integers(0, 1),
    st.integers(1, 3),
    st.integers(0, 3),
)


@lru_cache(maxsize=512)
def zipped(who: int, day: int, seed: int, turn: int) -> bytes:
    people = [on(one, DAYS[day]) for place, one in enumerate(PEOPLE) if who >> place & 1]
    return sent(people, turn=turn, seed=seed)


@lru_cache(maxsize=64)
def result(who: int, day: int, seed: int) -> dict[str, str]:
    from central.checkups.measured import measure

    return {item.code: item.value for item in measure(PEOPLE[who].person, DAYS[day], seed)}


Said = tuple[int, int, int]
"""Turn, place in the order of arrival, seed: the greatest is the last word."""


@dataclass
class Model:
    """Per person: whether a fitting person holds the record, what was placed and what waits, by day."""

    fits: dict[int, bool | None] = field(default_factory=dict)
    placed: dict[tuple[int, int], Said] = field(default_factory=dict)
    waits: dict[tuple[int, int], Said] = field(default_factory=dict)

    def arrive(self, who: int, day: int, said: Said) -> None:
        if self.fits.get(who):
            self.link(who)
        kept = self.placed if self.fits.get(who) else self.waits
        kept[who, day] = max(said, kept.get((who, day), said))

    def link(self, who: int) -> None:
        if self.fits.get(who):
            for one, said in list(self.waits.items()):
                if one[0] == who:
                    del self.waits[one]
                    self.placed[one] = max(said, self.placed.get(one, said))


class Play:
    def __init__(self, store: Store) -> None:
        self.shelf = Shelf(store)
        self.model = Model()
        self.seen: dict[bytes, Step] = {}
        self.sent: list[Step] = []
        self.records: dict[int, str] = {}
        self.ties: dict[int, e.RowRef] = {}
        self.people = 0

    async def run(self, sequence: list[Step]) -> None:
        await self.shelf.open()
        for step in sequence:
            self.shelf.later()
            await getattr(self, step.kind)(step)
            await self.check()
        await self.shelf.journal.stop()

    async def send(self, step: Step) -> None:
        data = zipped(step.who, step.day, step.seed, step.turn)
        loaded = await self.shelf.load(data)
        assert loaded.again == (data in self.seen)
        assert loaded.faults == ()
        if data not in self.seen:
            self.seen[data] = step
            self.sent.append(step)
            for who in range(3):
                if step.who >> who & 1:
                    self.model.arrive(who, step.day, (step.turn, len(self.sent), step.seed))

    async def again(self, step: Step) -> None:
        if self.sent:
            await self.send(self.sent[step.turn % len(self.sent)])

    async def tie(self, step: Step) -> None:
        who = step.who % 3
        if who in self.ties:
            return
        person = await self._person(PEOPLE[who].person)
        tie = e.Tie(record=key(PEOPLE[who].person), person_id=person, valid_from=TIED)
        (self.ties[who],) = await self.shelf.intake.register(tie)
        self.records[who] = await self.shelf.record_of(person)
        self.model.fits[who] = True

    async def untie(self, step: Step) -> None:
        who = step.who % 3
        if who in self.ties:
            await self.shelf.intake.invalidate(self.ties.pop(who))
            self.model.fits[who] = None

    async def relink(self, step: Step, stranger: bool = False) -> None:
        who = step.who % 3
        if who not in self.ties:
            return
        own = PEOPLE[who].person
        person = await self._person(keys("1", "19550505", own.sex) if stranger else own)
        async with self.shelf.intake.transaction() as intake:
            self.ties[who] = await intake.relink(key(own), person, on=date(2026, 6, 1))
        assert await self.shelf.record_of(person) == self.records[who], "the record moves, not what hangs on it"
        self.model.fits[who] = not stranger

    async def stray(self, step: Step) -> None:
        await self.relink(step, stranger=True)

    async def link(self, step: Step) -> None:
        await self.shelf.service.link(operator="test")
        for who in range(3):
            self.model.link(who)

    async def _person(self, own: PersonKeys) -> str:
        self.people += 1
        return await self.shelf.person(f"p{self.people}", own)

    async def check(self) -> None:
        for who, record in self.records.items():
            found = {one.checkup.day: values(one) for one in await self.shelf.of(record)}
            wanted = {DAYS[day]: said for (of, day), said in self.model.placed.items() if of == who}
            assert found == {day: result(who, DAYS.index(day), said[2]) for day, said in wanted.items()}
        assert all(who in self.records for who, _ in self.model.placed)
        waiting = [row for row in await self.shelf.rows(t.waiting) if row["recorded_to"] is None]
        assert len(waiting) == len(self.model.waits)


async def _on_sqlite(sequence: list[Step], database: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sqlite"
        path.write_bytes(database)
        store = open_store(f"sqlite:///{path}")
        try:
            await Play(store).run(sequence)
        finally:
            await store.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=2, max_size=10))
def test_any_sequence_keeps_the_last_word_on_the_right_record(sequence: list[Step]) -> None:
    asyncio.run(_on_sqlite(sequence, empty()))


@pytest.mark.soak
@pytest.mark.timeout(900)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=4, max_size=16))
def test_long_sequences_keep_the_last_word_on_the_right_record(sequence: list[Step]) -> None:
    asyncio.run(_on_sqlite(sequence, empty()))


async def test_a_long_sequence_on_both_databases(store: Store) -> None:
    drawn = random.Random(5)  # noqa: S311 - a test's choices
    kinds = ("tie", "send", "link", "send", "send", "again", "untie", "relink", "stray")
    sequence = [
        Step(kinds[n % 9], drawn.randint(1, 7), drawn.randint(0, 1), drawn.randint(1, 3), drawn.randint(0, 3))  # type: ignore[arg-type]
        for n in range(45)
    ]
    await Play(store).run(sequence)
