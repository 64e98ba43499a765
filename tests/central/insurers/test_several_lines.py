"""Several lines about one record in one upload: what each says of its own days is kept, and nothing of the others'."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from central.db.opening import open_store
from central.insurers import reading, staging
from central.insurers.parts import State
from protocol.errors import insurers as faults
from tests.central.insurers.bureau import Bureau, csv_file
from tests.central.insurers.test_sequences import DAYS, Step, _known, _seen, _written, steps
from tests.parts.store import create_all

Line = dict[str, str]
WAS = {"qualified": "20200101", "percent": "030"}
ENDED = {"operation": "2", "qualified": "20200101", "disqualified": "20200601", "loss": "99"}
NEXT = {"qualified": "20200601", "percent": "020"}


@pytest.mark.parametrize(
    ("before", "lines", "ratios"),
    [
        (
            WAS,
            [ENDED | {"card_from": "20200401", "percent": "020"}, NEXT],
            [(30, "2020-01-01", "2020-04-01"), (20, "2020-04-01", "2020-06-01"), (20, "2020-06-01", "None")],
        ),
        (
            WAS | {"disqualified": "20200701", "loss": "99"},
            [ENDED | {"card_from": "20200801", "percent": ""}, NEXT],
            [(30, "2020-01-01", "2020-06-01"), (20, "2020-06-01", "None")],
        ),
        (
            WAS | {"disqualified": "20200701", "loss": "99"},
            [ENDED | {"card_from": "20200301", "percent": ""}, NEXT],
            [(30, "2020-01-01", "2020-03-01"), (20, "2020-06-01", "None")],
        ),
        (
            WAS,
            [{"operation": "3", "qualified": "20200101"}, NEXT],
            [(20, "2020-06-01", "None")],
        ),
    ],
    ids=["cut inside", "cut behind the end", "no ratio any more", "void and anew"],
)
async def test_an_end_and_what_follows_it_in_one_upload(
    bureau: Bureau, before: Line, lines: list[Line], ratios: list[tuple[int, str, str]]
) -> None:
    assert (await bureau.send(bureau.line(1, **before))).state is State.APPLIED
    assert (await bureau.send(*(bureau.line(1, **line) for line in lines))).state is State.APPLIED
    current = await bureau.current("burden_ratio")
    assert [(row["percent"], str(row["valid_from"]), str(row["valid_to"])) for row in current] == ratios


async def test_faults_of_a_portion_under_way_are_told_where_the_count_is_wrong(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "PORTION", 20)
    monkeypatch.setattr(reading, "BATCH", 10)
    data = csv_file([bureau.line(place) for place in range(1, 59)]).replace(b",19800415,", b",19800231,", 1)
    upload = await bureau.importer.receive([data.replace(b",58\r\n", b",59\r\n")], operator="first")
    result = await bureau.importer.run(upload)
    assert (result.state, result.code) == (State.REFUSED, faults.FILE_COUNT.code)
    assert await bureau.codes(result) == [(4, faults.DAY.code)]


async def _play(packs: list[list[Step]], folder: Path) -> None:
    url = f"sqlite:///{folder / 'x.sqlite'}"
    await create_all(url)
    store = open_store(url)
    bureau = Bureau(store, url, folder / "spool")
    await bureau.open()
    history: list[tuple[str, tuple[dict[int, int | None], dict[int, int]]]] = []
    for pack in packs:
        result = await bureau.send(
            *(
                bureau.line(step.who, number="1001", operation=step.operation)
                | {
                    "qualified": _written(step.first),
                    "disqualified": _written(step.until),
                    "loss": "99" if step.until is not None else "",
                    "card_from": _written(step.cut),
                    "percent": "" if step.percent is None else f"{step.percent:03d}",
                }
                for step in pack
            )
        )
        if result.state is State.HELD:
            await bureau.importer.confirm(result.upload, operator="second")
            result = await bureau.importer.run(result.upload)
        assert result.state in {State.APPLIED, State.REFUSED}
        assert result.code != faults.REGISTER_MOVED.code, "nobody else was there"
        rows = await _known(bureau)
        spans, days = _seen(rows)
        covered = {
            one for first, until in spans.items() for one in range(first, DAYS if until is None else min(until, DAYS))
        }
        assert set(days) <= covered
        ties = await bureau.current("tie")
        for row in await bureau.current("burden_ratio"):
            holding = [
                tie["person_id"]
                for tie in ties
                if tie["valid_from"] <= row["valid_from"]
                and (tie["valid_to"] is None or row["valid_from"] < tie["valid_to"])
            ]
            assert holding == [row["person_id"]]
        for moment, then in history:
            assert _seen(rows, moment) == then, "what was known then is still answered"
        (published,) = await bureau.rows("SELECT published FROM register_clock")
        history.append((str(published["published"]), (spans, days)))
    await store.close()


@example([[Step("1", 1, 1, None, None, 30)], [Step("2", 1, 1, 6, 4, 20), Step("1", 2, 6, None, None, 20)]])
@example([[Step("1", 1, 1, None, None, 30)], [Step("3", 1, 1, None, None, None), Step("1", 2, 6, None, None, 20)]])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=2, max_size=4))
def test_any_packs_of_lines_keep_ratios_inside_coverages_and_with_their_person(packs: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(packs, Path(folder)))


@pytest.mark.soak
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(steps, min_size=1, max_size=4), min_size=2, max_size=6))
def test_long_packs_of_lines_keep_ratios_inside_coverages_and_with_their_person(packs: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(packs, Path(folder)))
