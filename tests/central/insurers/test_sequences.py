"""Any sequence of registrations, updates, invalidations and moves keeps the invariants, and the past as known."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from central.db.opening import open_store
from central.insurers.parts import State
from tests.central.insurers.bureau import Bureau
from tests.parts.store import create_all

FIRST = date(2020, 1, 1)
DAYS = 24
"""Days of the little calendar."""


def _written(day: int | None) -> str:
    return "" if day is None else f"{FIRST + timedelta(days=day):%Y%m%d}"


@dataclass(frozen=True)
class Step:
    """One line: who (1 or 2), what, from which day, until when, from which day the ratio, the ratio."""

    operation: str
    who: int
    first: int
    until: int | None
    cut: int | None
    percent: int | None


day = st.integers(0, DAYS - 1)
steps = st.builds(
    Step,
    st.sampled_from("1122223"),
    st.sampled_from((1, 1, 1, 2)),
    day,
    st.one_of(st.none(), st.integers(1, DAYS)),
    st.one_of(st.none(), day),
    st.sampled_from((None, 10, 20, 30)),
)


@dataclass
class Model:
    """What should be known: spans (end, who, 有効開始日) by their first day, and the ratio of each day."""

    spans: dict[int, tuple[int | None, int, int | None]] = field(default_factory=dict)
    ratios: dict[int, int] = field(default_factory=dict)

    def end(self, until: int | None) -> int:
        return DAYS if until is None else until

    def copy(self) -> "Model":
        return Model(dict(self.spans), dict(self.ratios))

    def apply(self, step: Step) -> bool:
        """Whether the line is right; then this is what it means."""
        cut = step.first if step.cut is None else max(step.cut, step.first)
        if step.until is not None and step.until < step.first:
            return False  # of whatever 処理区分: a line that contradicts itself is no line
        if step.operation == "3":
            if step.first not in self.spans:
                return step.first in self.voided
            self._clear(step.first, self.end(self.spans.pop(step.first)[0]))
            self.voided.add(step.first)
            return True
        if step.operation == "2":
            if step.first not in self.spans or self._overlaps(step, besides=step.first):
                return False
            old = self.end(self.spans[step.first][0])
            self._clear(cut, max(old, self.end(step.until)), since=step.first)
            self._clear(self.end(step.until), old)
            self._state(step, cut)
            return True
        if step.first in self.spans:
            before = self.copy()
            self._clear(cut, self.end(step.until), since=step.first)
            self._state(step, cut)
            same = (before.spans, before.ratios) == (self.spans, self.ratios)
            if not same:
                self.spans, self.ratios = before.spans, before.ratios
            return same
        if self._overlaps(step):
            return False
        self._state(step, cut)
        return True

    voided: set[int] = field(default_factory=set)

    def _state(self, step: Step, cut: int) -> None:
        self.spans[step.first] = (step.until, step.who, step.cut)
        if step.percent is not None:
            self.ratios |= dict.fromkeys(range(max(cut, 0), self.end(step.until)), step.percent)

    def _clear(self, first: int, until: int, *, since: int = 0) -> None:
        for one in range(max(first, since), until):
            self.ratios.pop(one, None)

    def _days(self, first: int, until: int | None) -> range:
        """A coverage lost on its first day stands on that day."""
        return range(first, max(first + 1, self.end(until)))

    def _overlaps(self, step: Step, besides: int | None = None) -> bool:
        mine = set(self._days(step.first, step.until))
        return any(
            first != besides and (first == step.first or mine & set(self._days(first, until)))
            for first, (until, *_) in self.spans.items()
        )


async def _known(bureau: Bureau) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Everything about the record with its recorded times: spans and ratios."""
    spans = await bureau.rows("SELECT * FROM register_coverage")
    ratios = await bureau.rows("SELECT * FROM register_burden_ratio")
    return list(spans), list(ratios)  # type: ignore[arg-type]


def _holds(row: dict[str, object], known_at: str | None) -> bool:
    begun, ended = str(row["recorded_from"]), row["recorded_to"]
    if known_at is None:
        return ended is None
    return begun <= known_at and (ended is None or str(ended) > known_at)


def _seen(rows: tuple[list, list], known_at: str | None = None) -> tuple[dict, dict]:  # type: ignore[type-arg]
    """Spans and days' ratios as they were known, on the little calendar."""
    spans = {}
    for row in rows[0]:
        if _holds(row, known_at):
            first = (date.fromisoformat(str(row["valid_from"])) - FIRST).days
            until = row["valid_to"] and (date.fromisoformat(str(row["valid_to"])) - FIRST).days
            spans[first] = until
    days: dict[int, int] = {}
    for row in rows[1]:
        if _holds(row, known_at):
            first = (date.fromisoformat(str(row["valid_from"])) - FIRST).days
            until = (date.fromisoformat(str(row["valid_to"])) - FIRST).days if row["valid_to"] else DAYS
            for one in range(first, min(until, DAYS)):
                assert one not in days, "two ratios on one day"
                days[one] = row["percent"]
    return spans, days


async def _play(sequence: list[Step], folder: Path) -> None:
    url = f"sqlite:///{folder / 'x.sqlite'}"
    await create_all(url)
    store = open_store(url)
    try:
        bureau, model = Bureau(store, url, folder / "spool"), Model()
        await bureau.open()
        history: list[tuple[str, tuple[dict, dict]]] = []  # type: ignore[type-arg]
        for step in sequence:
            line = bureau.line(step.who, number="1001", operation=step.operation) | {
                "qualified": _written(step.first),
                "disqualified": _written(step.until),
                "loss": "99" if step.until is not None else "",
                "card_from": _written(step.cut),
                "percent": "" if step.percent is None else f"{step.percent:03d}",
            }
            right = model.apply(step)
            result = await bureau.send(line)
            if result.state is State.HELD:
                await bureau.importer.confirm(result.upload, operator="second")
                result = await bureau.importer.run(result.upload)
            assert (result.state is State.APPLIED) == right, (step, result.code, await bureau.codes(result))
            rows = await _known(bureau)
            spans, days = _seen(rows)
            assert spans == {first: until for first, (until, *_) in model.spans.items()}
            assert days == {one: ratio for one, ratio in model.ratios.items() if one < DAYS}
            await _ties(bureau, model)
            for moment, then in history:
                assert _seen(rows, moment) == then, "what was known then is still answered"
            (published,) = await bureau.rows("SELECT published FROM register_clock")
            history.append((str(published["published"]), (spans, days)))
    finally:
        await store.close()


async def _ties(bureau: Bureau, model: Model) -> None:
    """Each span's first day lies in exactly one tie, that of its person, and the directory says the same."""
    ties = await bureau.current("tie")
    directory = await bureau.rows("SELECT * FROM register_number_directory WHERE recorded_to IS NULL")
    facts = ("person_id", "record_id", "valid_from", "valid_to")
    assert sorted(tuple(str(row[f]) for f in facts) for row in ties) == sorted(
        tuple(str(row[f]) for f in facts) for row in directory
    )
    people = {}
    for first, (_, who, _) in model.spans.items():
        on = FIRST + timedelta(days=first)
        holding = [
            row
            for row in ties
            if str(row["valid_from"]) <= str(on) and (row["valid_to"] is None or str(on) < str(row["valid_to"]))
        ]
        assert len(holding) == 1
        assert people.setdefault(who, holding[0]["person_id"]) == holding[0]["person_id"]
        for table in ("coverage", "burden_ratio"):
            hanging = await bureau.rows(
                f"SELECT person_id FROM register_{table} WHERE recorded_to IS NULL AND valid_from = :day",  # noqa: S608
                day=str(on),
            )
            assert {row["person_id"] for row in hanging} <= {holding[0]["person_id"]}
    assert len(set(people.values())) == len(people)
    assert bool(ties) == bool(model.spans)


ENDS_BEFORE_ITS_RATIO = [Step("1", 1, 1, None, None, 10), Step("2", 1, 1, 1, 2, None)]
ENDS_BETWEEN_TWO_RATIOS = [
    Step("1", 1, 1, None, None, 10),
    Step("2", 1, 1, None, 7, 20),
    Step("2", 1, 1, 5, 10, 30),
]

BEGINS_BEFORE_ITS_COVERAGE = [
    Step("1", 1, 0, 1, None, None),
    Step("1", 1, 1, None, 0, 10),
    Step("3", 1, 0, None, None, None),
]


@example(BEGINS_BEFORE_ITS_COVERAGE)
@example(ENDS_BEFORE_ITS_RATIO)
@example(ENDS_BETWEEN_TWO_RATIOS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=1, max_size=7))
def test_any_sequence_keeps_the_invariants_and_the_past(sequence: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(sequence, Path(folder)))


@pytest.mark.soak
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=3, max_size=10))
def test_long_sequences_keep_the_invariants_and_the_past(sequence: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(sequence, Path(folder)))
