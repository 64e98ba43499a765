"""Any sequence of imports, corrections, returns and relinks: each current receipt once, at whom the tie names."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.db import Store
from central.db.opening import open_store
from central.receipts.service import State
from tests.central.receipts.office import SINCE, Claim, Office, claims
from tests.parts.store import create_all

PLACES = (1, 2, 3)
Slot = tuple[int, str]
"""Place of the record, search number of the claim."""


@dataclass(frozen=True)
class Said:
    """One receipt of a file: whose, which claim, with which drug, or that it comes back."""

    place: int
    search: str
    code: int
    returned: bool


said = st.builds(
    Said,
    st.sampled_from(PLACES),
    st.sampled_from("12"),
    st.sampled_from((102, 104, 108)),
    st.sampled_from((False, False, False, True)),
)
sends = st.tuples(st.just("send"), st.lists(said, min_size=1, max_size=4))
ties = st.tuples(st.just("tie"), st.sampled_from(PLACES), st.sampled_from(PLACES))
others = st.sampled_from((("link",), ("again",)))
steps = st.lists(st.one_of(sends, sends, ties, others), min_size=1, max_size=9)


@dataclass
class Model:
    """What should be: ``current`` and ``waiting`` receipts by slot as (drug, number of the import)."""

    ties: dict[int, int] = field(default_factory=dict)
    current: dict[Slot, tuple[Said, int]] = field(default_factory=dict)
    waiting: dict[Slot, tuple[Said, int]] = field(default_factory=dict)
    newest: dict[Slot, int] = field(default_factory=dict)
    """The newest import that ever gave a record this claim."""

    def found(self, place: int) -> bool:
        """Whether a receipt of this place finds its record: somebody with its birth date has it."""
        return self.ties.get(place) == place

    def link(self, places: set[int], said: set[Slot]) -> None:
        """What waits comes to its record, unless something later was said of it."""
        for slot in [slot for slot in self.waiting if slot[0] in places and self.found(slot[0])]:
            one, at = self.waiting.pop(slot)
            if slot not in said and at > self.newest.get(slot, 0):
                self.current[slot], self.newest[slot] = (one, at), at

    def send(self, file: list[Said], at: int) -> None:
        last = {(one.place, one.search): (number, one) for number, one in enumerate(file, 1)}
        self.link({one.place for one in file}, set(last))
        for slot, (number, one) in last.items():
            linked = self.found(slot[0])
            kept = self.current if linked else self.waiting
            if one.returned:
                kept.pop(slot, None)
            elif slot not in kept or self._bytes(*kept[slot]) != (number, one):
                kept[slot] = one, at
                self.numbers[at, slot] = number
                if linked:
                    self.newest[slot] = at

    numbers: dict[tuple[int, Slot], int] = field(default_factory=dict)

    def _bytes(self, one: Said, at: int) -> tuple[int, Said]:
        return self.numbers[at, (one.place, one.search)], one


async def _play(store: Store, url: str, folder: Path, sequence: list[tuple]) -> None:  # type: ignore[type-arg]
    office, model = Office(store, url, folder), Model()
    await office.open()
    for place in PLACES:
        await office.person(place)
    files: list[bytes] = []
    for at, (step, *rest) in enumerate(sequence, 1):
        if step == "send":
            (file,) = rest
            found = [
                Claim(one.place, number, search=one.search, code=one.code, returned=one.returned)
                for number, one in enumerate(file, 1)
            ]
            data = claims(*found)
            result = await office.send(data)
            if data not in files:
                model.send(file, at)
            assert result.state is (State.KNOWN if data in files else State.LOADED), result.faults
            files.append(data)
        elif step == "again" and files:
            assert (await office.send(files[0])).state is State.KNOWN
        elif step == "link":
            await office.imports.link()
            model.link(set(PLACES), set())
        elif step == "tie":
            place, person = rest
            if place not in model.ties:
                await office.tie(place, f"p{person}")
            elif model.ties[place] != person:
                async with office.intake.transaction() as intake:
                    await intake.relink(office.record(place), f"p{person}", on=SINCE)
            model.ties[place] = person
        await _compare(office, model)


async def _compare(office: Office, model: Model) -> None:
    for person in PLACES:
        expected = sorted(
            str(one.code) for (place, _), (one, _) in model.current.items() if model.ties[place] == person
        )
        assert await office.drugs(person) == expected
    assert await office.waiting() == len(model.waiting)
    twice = await office.rows(
        "SELECT 1 FROM receipts_receipt WHERE recorded_to IS NULL GROUP BY record_id, institution, month, claim "
        "HAVING count(*) > 1"
    )
    assert twice == []
    assert await office.rows("SELECT 1 FROM receipts_staging") == []


def _run(sequence: list[tuple]) -> None:  # type: ignore[type-arg]
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/x.sqlite"
            await create_all(url)
            store = open_store(url)
            try:
                await _play(store, url, Path(folder), sequence)
            finally:
                await store.close()

    asyncio.run(play())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_any_sequence(sequence: list[tuple]) -> None:  # type: ignore[type-arg]
    _run(sequence)


@pytest.mark.soak
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_any_sequence_many_times(sequence: list[tuple]) -> None:  # type: ignore[type-arg]
    _run(sequence)


_LONG: list[tuple] = [  # type: ignore[type-arg]
    ("send", [Said(1, "1", 102, False), Said(2, "1", 104, False), Said(2, "2", 108, False)]),
    ("tie", 1, 1),
    ("send", [Said(1, "1", 104, False), Said(1, "1", 108, True)]),
    ("tie", 2, 3),
    ("link",),
    ("tie", 2, 2),
    ("send", [Said(2, "1", 102, False), Said(1, "1", 102, False), Said(3, "1", 102, False)]),
    ("link",),
    ("tie", 1, 3),
    ("send", [Said(1, "1", 108, False), Said(2, "2", 108, True)]),
    ("again",),
    ("tie", 1, 1),
    ("link",),
    ("tie", 3, 3),
    ("send", [Said(3, "1", 102, True)]),
    ("link",),
]


async def test_a_long_sequence_on_both_databases(store: Store, store_url: str, tmp_path: Path) -> None:
    await _play(store, store_url, tmp_path, _LONG)
