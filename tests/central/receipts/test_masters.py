"""The drug master in the database: full and difference files, versions with their days, names for readers."""

import asyncio
import io
from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files

import pytest

from central.db import Row, Statement, Store
from central.receipts.master import SYNTHETIC, load, synthetic
from central.receipts.masters import PATIENCE, StoredMaster, load_master
from central.receipts.readings import ReceiptReadings
from protocol.errors import OnshiError
from protocol.errors.receipts import MASTER_NOT, MASTER_UNKNOWN
from tests.central.receipts.office import FIRST, LAST, NOON, Claim, Office, claims

CODE, OTHER = "699900102", "699900103"


def full() -> bytes:
    return (files("central.receipts") / "data" / SYNTHETIC).read_bytes()


def row(kind: str, code: str, since: str, **columns: str) -> bytes:
    """A row of a difference: only what is named is not empty."""
    places = {"name": 4, "price": 11, "ended": 30}
    filled = [kind, "Y", code, *[""] * 39]
    filled[29] = since
    for name, value in columns.items():
        filled[places[name]] = value
    return (",".join(f'"{one}"' for one in filled) + "\r\n").encode("cp932")


async def test_a_difference_is_merged_over_what_is_stored(store: Store) -> None:
    await load_master(store, full(), now=NOON)
    loaded = await load_master(store, row("5", CODE, "20270401", price="9.90"), now=NOON + timedelta(days=1))
    assert (loaded.rows, loaded.changed, loaded.products) == (1, 1, 31)
    master = await StoredMaster(store).having({CODE, OTHER})
    before, after = master.product(CODE, date(2027, 3, 31)), master.product(CODE, date(2027, 4, 1))
    assert before is not None
    assert after is not None
    assert (str(before.price), str(after.price)) == ("10.10", "9.90")
    assert (after.name, after.general_name, after.unit) == (before.name, before.general_name, before.unit)
    other = master.product(OTHER, date(2027, 4, 1))
    assert other is not None
    assert (other.price_code, str(other.price)) == (after.price_code, "10.10"), "one 薬価基準コード, two products"


async def test_the_database_has_what_the_files_say_in_memory(store: Store) -> None:
    second = row("9", CODE, "20270331", ended="20270331") + row("3", "699900900", "20270401", name="ミホン錠")
    third = row("1", OTHER, "20270501")
    for day, data in enumerate((full(), second, third)):
        await load_master(store, data, now=NOON + timedelta(days=day))
    memory = load(io.BytesIO(full()), io.BytesIO(second), io.BytesIO(third))
    codes = {product.code for product in synthetic()} | {"699900900"}
    stored = await StoredMaster(store).having(codes)
    for code in codes:
        assert stored.versions(code) == memory.versions(code), code
    assert stored.versions(OTHER) == ()


async def test_the_same_file_again_changes_nothing(store: Store) -> None:
    first = await load_master(store, full(), now=NOON)
    await load_master(store, row("5", CODE, "20270401", price="9.90"), now=NOON)
    again = await load_master(store, full(), now=NOON + timedelta(days=1))
    assert (first.known, again.known) == (False, True)
    found = (await StoredMaster(store).having({CODE})).versions(CODE)
    assert [str(one.price) for one in found] == ["10.10", "9.90"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"hello\r\n", MASTER_NOT),
        (row("3", "699900901", "20270401", name="ミホン錠") + row("5", "600000000", "20270401"), MASTER_UNKNOWN),
    ],
    ids=["no master", "a difference without its base"],
)
async def test_a_file_that_cannot_be_loaded_whole_is_not_loaded(store: Store, data: bytes, fault: object) -> None:
    await load_master(store, full(), now=NOON)
    with pytest.raises(OnshiError) as refused:
        await load_master(store, data, now=NOON)
    assert refused.value.fault is fault
    assert (await StoredMaster(store).having({"699900901"})).versions("699900901") == ()


async def test_a_reader_sees_a_newly_loaded_master_within_its_patience(store: Store) -> None:
    now = [0.0]
    master = StoredMaster(store, monotonic=lambda: now[0])
    assert (await master.having({CODE})).product(CODE, date(2026, 6, 1)) is None
    await load_master(store, full(), now=NOON)
    now[0] = PATIENCE
    assert (await master.having({CODE})).product(CODE, date(2026, 6, 1)) is not None


class Slow:
    """A store whose first answer to a query for products waits until it is let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def first(self, statement: Statement, **parameters: object) -> Row | None:
        return await self._store.first(statement, **parameters)

    async def all(self, statement: Statement, **parameters: object) -> Sequence[Row]:
        found = await self._store.all(statement, **parameters)
        if not self.asked.is_set():
            self.asked.set()
            await self.go.wait()
        return found


async def test_a_master_that_is_loaded_while_another_reader_waits_loses_no_name(store: Store) -> None:
    slow, now = Slow(store), [0.0]
    master = StoredMaster(slow, monotonic=lambda: now[0])
    waiting = asyncio.create_task(master.having({CODE}))
    await slow.asked.wait()
    await load_master(store, full(), now=NOON)
    now[0] = PATIENCE
    await master.having({OTHER})
    slow.go.set()
    await waiting
    assert (await master.having({CODE})).product(CODE, date(2026, 6, 1)) is not None


async def test_readings_take_names_from_the_stored_master(office: Office) -> None:
    await office.insured(1)
    await office.send(claims(Claim(1)))
    readings = ReceiptReadings(office.store, StoredMaster(office.store))
    (one,) = await readings.of_person("p1", first=FIRST, last=LAST)
    assert [line.name for line in one.drugs] == [""]
    await load_master(office.store, full(), now=NOON)
    readings = ReceiptReadings(office.store, StoredMaster(office.store))
    (one,) = await readings.of_person("p1", first=FIRST, last=LAST)
    assert [line.name for line in one.drugs] == ["カクウジピン錠５ｍｇ「架空」"]
