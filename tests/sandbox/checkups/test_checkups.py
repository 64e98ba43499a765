"""Generated checkups: good files that load onto the register's people, with values that go together."""

import io
import json
import statistics
from collections import Counter
from datetime import date, timedelta
from math import log
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.checkups.check import check, checkups_of, read_submission
from central.checkups.checkup import Checkup, kept_until, trend
from central.checkups.measured import measure
from central.checkups.names import folder_name
from central.checkups.service import Checkups
from central.db import Store
from central.register import entries as e
from sandbox.cast import cast
from sandbox.checkups.files import Plan, Written, facility_code, write
from sandbox.checkups.members import Member, of_cast, of_population
from sandbox.commands import sandbox
from sandbox.residents.people import Population
from tests.central.checkups.shelf import Shelf
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]

TODAY = date(2026, 6, 1)
BMI, TG, HDL, HBA1C, SYSTOLIC = (
    "9N011000000000001",
    "3F015000002327101",
    "3F070000002327101",
    "3D046000001906202",
    "9A752000000000001",
)


@pytest.fixture(scope="module")
def members() -> list[Member]:
    return list(of_population(Population("test", TODAY, "06990121").people(160)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, members: list[Member]) -> tuple[Path, Written]:
    made = tmp_path_factory.mktemp("checkups")
    return made, write(members, made, Plan(1, TODAY))


def zips(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.zip"))]


def read(folder: Path) -> list[Checkup]:
    return [one for name, data in zips(folder) for one in checkups_of(read_submission(io.BytesIO(data), name))]


@pytest.fixture(scope="module")
def found(folder: tuple[Path, Written]) -> list[Checkup]:
    return read(folder[0])


def test_every_zip_is_without_fault_and_nothing_is_too_old_to_keep(
    folder: tuple[Path, Written], found: list[Checkup]
) -> None:
    for path in folder[0].glob("*.zip"):
        assert check(io.BytesIO(path.read_bytes()), path.name).faults == []
        name = folder_name(path.stem)
        assert name is not None
        assert name.day <= f"{TODAY:%Y%m%d}"
    assert len(found) == folder[1].checkups
    assert all(kept_until(one.day) >= TODAY and one.day <= TODAY for one in found)


def test_sixty_per_cent_take_part_steadily_and_not_all_the_same(members: list[Member]) -> None:
    plan = Plan(1, TODAY)
    many = list(of_population(Population("shares", TODAY).people(6000)))
    taken = possible = 0
    years: Counter[int] = Counter()
    for one in many:
        days = [day for _, day in plan.days(one)]
        may = sum(
            one.insured(first) and one.program(first) is not None
            for first in (plan.window(year)[0] for year in range(5))
        )
        if may == 5:
            taken, possible = taken + len(days), possible + 5
            years[len(days)] += 1
    assert taken / possible == pytest.approx(0.6, abs=0.03)
    assert min(years[n] for n in range(6)) > 0.03 * years.total()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, members: list[Member]) -> None:
    def made(name: str, seed: int) -> dict[str, bytes]:
        write(members[:80], tmp_path / name, Plan(seed, TODAY))
        return {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}

    assert made("a", 1) == made("b", 1) != made("c", 2)


def test_nobody_under_forty_is_examined_and_the_elderly_by_their_own_program(found: list[Checkup]) -> None:
    for one in found:
        age = one.person.birth.age_on(one.day)
        assert age >= 40
        assert one.program == ("010" if age < 75 else "020")


def test_what_goes_together_in_life_goes_together_here(members: list[Member]) -> None:
    found: dict[str, list[float]] = {code: [] for code in (BMI, TG, HDL, HBA1C, SYSTOLIC)}
    for one in of_population(Population("values", TODAY).people(3000)):
        if one.keys.birth.age_on(TODAY) < 40:
            continue
        values = {item.code: item.value for item in measure(one.keys, TODAY, 1)}
        if all(values.get(code) for code in found):
            for code, series in found.items():
                series.append(float(values[code]))
    assert statistics.correlation(found[BMI], [log(one) for one in found[TG]]) > 0.25
    assert statistics.correlation(found[BMI], found[HBA1C]) > 0.25
    assert statistics.correlation(found[BMI], found[SYSTOLIC]) > 0.1
    assert statistics.correlation(found[BMI], found[HDL]) < -0.2
    assert 0.15 < sum(one >= 25 for one in found[BMI]) / len(found[BMI]) < 0.5
    assert 0.03 < sum(one >= 6.5 for one in found[HBA1C]) / len(found[HBA1C]) < 0.15


def test_a_person_of_several_years_has_a_trend(found: list[Checkup]) -> None:
    by_person: dict[object, list[Checkup]] = {}
    for one in found:
        by_person.setdefault((one.person.number.key, str(one.person.branch)), []).append(one)
    longest = max(by_person.values(), key=len)
    assert len(longest) >= 4
    weights = next(series for series in trend(longest) if series.series == "weight")
    assert len(weights.points) == len(longest)


async def test_they_arrive_as_they_would_and_lie_with_their_people(
    store: Store, tmp_path: Path, members: list[Member]
) -> None:
    shelf = Shelf(store)
    await shelf.open()
    await shelf.intake.register(e.Insurer(number="06990121", name="青空健康保険組合", valid_from=date(1961, 4, 1)))
    few = [one for one in members if one.program(TODAY)][:12]
    for place, one in enumerate(few[:10]):
        await shelf.person(f"m{place}", one.keys)
        await shelf.tie(f"m{place}", one.keys, one.since)
    written = write(few, tmp_path, Plan(1, TODAY, participation=100))
    service = Checkups(store, shelf.journal, clock=lambda: shelf.now)
    new = waiting = 0
    for name, data in zips(tmp_path):
        loaded = await service.load(io.BytesIO(data), name, operator="test")
        assert (loaded.faults, loaded.left_out) == ((), 0)
        new, waiting = new + loaded.new, waiting + loaded.waiting
    assert new == written.checkups
    assert 0 < waiting < new
    records = [await shelf.record_of(f"m{place}") for place in range(10)]
    assert len(await shelf.of(*records)) == new - waiting
    await shelf.journal.stop()


def test_the_cast_has_checkups_under_the_records_that_it_had(tmp_path: Path) -> None:
    run = CliRunner().invoke(sandbox, ["checkups", "--cast", "--out", str(tmp_path), "--today", "2026-06-01", "--json"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert told["zips"] == len(list(tmp_path.glob("*.zip")))
    known = {(one.keys.insurer, one.keys.number) for one in of_cast(cast(TODAY))}
    found = read(tmp_path)
    assert len(found) == told["checkups"] > 10
    assert {(one.person.insurer, one.person.number) for one in found} <= known


def test_the_command_wants_one_kind_of_people(tmp_path: Path) -> None:
    assert CliRunner().invoke(sandbox, ["checkups", "--out", str(tmp_path)]).exit_code == 2
    both = ["checkups", "--out", str(tmp_path), "--cast", "--count", "5"]
    assert CliRunner().invoke(sandbox, both).exit_code == 2
    run = CliRunner().invoke(sandbox, ["checkups", "--out", str(tmp_path), "--count", "40"])
    assert "checkups" in run.output


def test_many_members_get_more_facilities_and_the_turns_of_a_day_suffice() -> None:
    assert facility_code(0) != facility_code(1)
    first, end = Plan(1, TODAY).window(4)
    assert first == date(2021, 6, 1)
    assert end == Plan(1, TODAY).window(3)[0]
    assert Plan(1, TODAY).window(0)[1] == TODAY - timedelta(days=14)
