"""The generator: as fast as told, the same for the same seed, numbers of nobody, shares and ages as in Japan."""

import random
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.insurers.check import LineChecker
from central.insurers.reader import UploadReader
from central.insurers.residents import Lookup
from central.insurers.values import NumberRule, individual_fits
from sandbox.commands import sandbox
from sandbox.residents.files import RESIDENTS, write
from sandbox.residents.lines import line
from sandbox.residents.people import SHARES, Population, number_of
from sandbox.residents.service import Search, StandIn, application

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("people")
    write(Population("test", TODAY), 12_000, made, today=TODAY, mistakes=300)
    return made


def test_the_same_seed_gives_the_same_people() -> None:
    first, again, other = (
        [(p.number, p.name, p.insurer) for p in Population(seed, TODAY).people(300)] for seed in ("a", "a", "b")
    )
    assert first == again
    assert first != other


def test_numbers_and_records_are_each_once_and_numbers_can_be_nobodys() -> None:
    people = list(Population("test", TODAY).people(12_000))
    assert len({person.number for person in people}) == len(people)
    assert len({(p.insurer, p.symbol, p.insured_number, p.branch) for p in people}) == len(people)
    assert all(individual_fits(person.number, NumberRule.SYNTHETIC) for person in people[:500])
    assert not any(individual_fits(person.number, NumberRule.REAL) for person in people[:500])
    assert number_of(1) != number_of(2)


def test_ages_and_insurers_have_their_shares() -> None:
    people = list(Population("test", TODAY).people(30_000))
    ages = [(TODAY - person.birth).days / 365.25 for person in people]
    assert sum(age < 15 for age in ages) / len(ages) == pytest.approx(13.83 / 123.8, abs=0.012)
    assert sum(age >= 75 for age in ages) / len(ages) == pytest.approx(20.78 / 123.8, abs=0.012)
    young = Counter(
        "" if person.insurer.startswith("00") else person.insurer[:2]
        for person in people
        if not person.insurer.startswith("39")
    )
    for law, share in SHARES.items():
        assert young[law] / young.total() == pytest.approx(share / sum(SHARES.values()), abs=0.04), law


def test_missing_characters_have_their_share() -> None:
    rng = random.Random(1)  # noqa: S311
    names = [line(person, rng, TODAY)["name"] for person in Population("test", TODAY).people(30_000)]
    assert sum("●" in name for name in names) / len(names) == pytest.approx(0.044, abs=0.005)


def test_every_line_is_right_but_the_seeded_mistakes(folder: Path) -> None:
    truth = {tuple(row.split(",")[:2]) for row in (folder / "truth.csv").read_text("utf-8").split()[1:]}
    assert len(truth) >= 290
    faulty = set()
    for path in folder.glob("upload-*.csv"):
        checker = LineChecker(today=TODAY, rule=NumberRule.SYNTHETIC)
        for number, text in UploadReader([path.read_bytes()]):
            if checker.check(number, text)[1]:
                faulty.add((path.name, str(number)))
    assert faulty
    assert faulty <= truth


def test_the_stand_in_answers_in_order_and_none_for_nobody(folder: Path) -> None:
    stand_in = StandIn(folder / RESIDENTS)
    first, second = islice(Population("test", TODAY).people(12_000), 2)
    found = stand_in.lookup([second.number, "000000000000", first.number])
    assert [one and one.name for one in found] == [second.name, None, first.name]
    items = Search(name=first.name, kana=first.kana, birth_date=f"{first.birth:%Y%m%d}", sex=first.sex)
    assert stand_in.search(items) == [first.number]
    stand_in.close()


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("lookup", {"numbers": ["1"]}, 200),
        ("lookup", {"numbers": ["1"] * 2001}, 413),
        ("lookup", {"numbers": 1}, 400),
        ("search", {"name": "見本　太郎", "birth_date": "19800102", "sex": "1"}, 422),
        ("search", {"name": "x", "kana": "x", "sex": "1", "address": "x"}, 422),
        ("search", {"name": "x", "kana": "x", "birth_date": "19800102", "sex": "1"}, 200),
    ],
)
async def test_the_stand_in_refuses_a_search_by_less_than_four_items(
    folder: Path, path: str, body: dict[str, object], status: int
) -> None:
    from aiohttp.test_utils import TestClient, TestServer

    stand_in = StandIn(folder / RESIDENTS)
    async with TestClient(TestServer(application(stand_in))) as client:
        answer = await client.post(f"/v1/residents/{path}", json=body)
        assert answer.status == status
    stand_in.close()


def test_the_command_writes_a_population(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        sandbox, ["people", "--count", "50", "--out", str(tmp_path), "--insurer", "06990014", "--json"]
    )
    assert run.exit_code == 0, run.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [RESIDENTS, "truth.csv", "upload-06990014.csv"]
    assert Lookup(numbers=[]).numbers == []
