"""Invented receipts: without a fault, the same for the same seed, as many drugs as in Japan; all find their person."""

import io
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.db.opening import open_store
from central.receipts.check import check
from central.receipts.kinds import Kind
from central.receipts.master import load, synthetic
from central.receipts.reader import read
from central.receipts.readings import ReceiptReadings
from central.receipts.record import Receipt
from central.receipts.service import Parts, ReceiptImport, State
from central.register import entries as e
from central.register.intake import RegisterIntake
from sandbox.cast import cast
from sandbox.commands import sandbox
from sandbox.receipts.files import Town, months_before, write
from sandbox.receipts.lives import Lives, Outpatient
from sandbox.receipts.patients import Patient, of_cast, of_population
from sandbox.residents.people import Person, Population
from sandbox.world.seed import CertificateIdentity, insurers, statements
from tests.central.receipts.office import FIRST, LAST
from tests.parts.store import create_all

TODAY = date(2026, 6, 15)
MONTHS = list(months_before(TODAY, 2))


def people(count: int) -> list[Person]:
    return list(Population("test", TODAY).people(count))


def written(folder: Path, patients: list[Patient], seed: str = "test", corrected: float = 0.2) -> dict[str, bytes]:
    lives, town = Lives(seed, synthetic()), Town.of(len(patients))
    write(patients, MONTHS, folder, lives=lives, town=town, corrected=corrected)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("*/*"))}


def test_months_are_those_before_today() -> None:
    assert [f"{month:%Y%m%d}" for month in months_before(date(2026, 3, 31), 4)] == [
        "20251101",
        "20251201",
        "20260101",
        "20260201",
    ]


def test_every_file_is_without_a_fault_and_of_every_kind(tmp_path: Path) -> None:
    files = written(tmp_path, [*of_cast(TODAY), *of_population(people(400))])
    kinds: Counter[str] = Counter()
    types: Counter[str] = Counter()
    for name, data in files.items():
        report = check(read(io.BytesIO(data)))
        assert report.faults == [], name
        kinds.update(report.totals.by_kind)
        types.update(one.common.text("type") for one in read(io.BytesIO(data)) if isinstance(one, Receipt))
    assert kinds.keys() == {"clinic", "dental", "dispensing", "dpc"}
    assert {"4112", "4318", "4116", "4124", "1112", "3112"} <= types.keys()
    assert any(type_[1] == "2" for type_ in types), "public assistance alone"


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    patients = list(of_population(people(60)))
    first, again = (written(tmp_path / name, patients) for name in ("a", "b"))
    other = written(tmp_path / "c", patients, seed="other")
    assert first == again
    assert first != other


def test_drugs_days_and_visits_are_as_in_japan() -> None:
    """Wide bounds: the numbers follow from the seed; the shares are those of the reference, 7.1."""
    lives = Lives("shares", synthetic())
    patients = list(of_population(people(3000)))
    month = MONTHS[0]
    visits = [
        (patient.age(month), event)
        for patient in patients
        for event in lives.month(patient, month)
        if isinstance(event, Outpatient)
    ]
    assert 0.6 < len(visits) / len(patients) < 0.9
    outside = [(age, event) for age, event in visits if event.pharmacy is not None]
    assert 0.62 < len(outside) / len(visits) < 0.76
    counts = [len(event.drugs) for age, event in outside if age < 80]
    assert 3.6 < sum(counts) / len(counts) < 4.2
    assert 0.14 < counts.count(1) / len(counts) < 0.25
    eldest = [len(event.drugs) for age, event in outside if age >= 80]
    assert sum(eldest) / len(eldest) > sum(counts) / len(counts) + 0.5
    days = [one.times for _, event in outside for one in event.drugs if one.form == "1"]
    assert 16 < sum(days) / len(days) < 24


def test_the_command_writes_files(tmp_path: Path) -> None:
    words = ["receipts", "--out", str(tmp_path), "--people", "20", "--months", "1", "--today", "2026-06-15"]
    done = CliRunner().invoke(sandbox, [*words, "--no-cast", "--json"])
    assert done.exit_code == 0, done.output
    assert '"people":20' in done.stdout
    assert {path.name[:8] for path in tmp_path.glob("202606/*")} >= {"RECEIPTC", "RECEIPTY"}


def test_another_master_s_products_are_prescribed(tmp_path: Path) -> None:
    rows = (Path(__file__).parents[3] / "central/receipts/data/y_synthetic.csv").read_bytes().split(b"\r\n")[:3]
    master = load(io.BytesIO(b"\r\n".join(rows)))
    write(list(of_population(people(40))), MONTHS, tmp_path, lives=Lives("x", master), town=Town.of(40))
    codes = {
        line.split(b",")[2]
        for path in tmp_path.glob("*/RECEIPTY*")
        for line in path.read_bytes().split(b"\r\n")
        if line.startswith(b"IY,")
    }
    assert codes <= {one.code.encode() for one in master}
    assert codes


def known(person: Person) -> list[e.Entry]:
    record = e.RecordKey(
        insurer=person.insurer, symbol=person.symbol, number=person.insured_number, branch=person.branch or None
    )
    who = f"p{person.place}"
    return [
        e.Person(person_id=who, name=person.name, kana=person.kana, birth_date=person.birth, sex=e.Sex(person.sex)),
        e.Tie(record=record, person_id=who, valid_from=person.qualified),
    ]


async def test_everything_loads_as_it_would_arrive_and_finds_its_person(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    await create_all(url)
    store = open_store(url)
    try:
        clock = iter(range(1, 10_000))
        intake = RegisterIntake(store, lambda: datetime(2026, 6, 15, tzinfo=UTC))
        residents = people(80)
        bodies = sorted({person.insurer for person in residents})
        said: list[e.Entry] = [e.Insurer(number=one, name="見本", valid_from=date(1961, 4, 1)) for one in bodies]
        said += insurers()
        for number, persona in enumerate(cast(TODAY)):
            identity = CertificateIdentity("ab" * 20, f"{number + 1:x}")
            said += [one for one in statements(persona, identity, None) if not isinstance(one, e.Certificate)]
        said += [entry for person in residents for entry in known(person)]
        await intake.register(*said)
        files = written(tmp_path / "files", [*of_cast(TODAY), *of_population(residents)])
        imports = ReceiptImport(
            Parts(store=store, url=url, clock=lambda: datetime(2026, 6, 15, 1, next(clock) % 60, tzinfo=UTC))
        )
        closed = back = 0
        for name in files:
            result = await imports.run([tmp_path / "files" / name])
            assert (result.state, result.faults, result.counts.waiting) == (State.LOADED, [], 0), name
            closed, back = closed + result.counts.closed, back + result.counts.returned
        assert closed == back > 5, "each return finds what it returns"
        assert (await imports.waiting()).waiting == 0
        readings = ReceiptReadings(store, synthetic())
        ordinary = await readings.of_person("cast-ordinary", first=FIRST, last=LAST)
        assisted = await readings.of_person("cast-assistance", first=FIRST, last=LAST)
        for person in (ordinary, assisted):
            assert {one.kind for one in person} >= {Kind.CLINIC.label, Kind.DISPENSING.label}
            assert all(line.name for one in person for line in one.drugs)
    finally:
        await store.close()


@pytest.mark.parametrize("place", [0, 7])
def test_a_town_has_the_cast_s_clinics_and_right_check_digits(place: int) -> None:
    from central.receipts.fields import institution_fits

    town = Town.of(100_000)
    assert [one.code for one in town.clinics[:2]] == ["9910100016", "9910100024"]
    for one in (town.clinics, town.hospitals, town.dentists, town.pharmacies):
        code = one[place % len(one)].code
        assert institution_fits(code[:2], code[2], code[3:])
