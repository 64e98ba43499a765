"""The drug master (医薬品マスター, y_*.csv): products by code and day; full files and differences.

A difference row leaves empty what did not change. Products that share a code of the 薬価基準 stay apart: the key is the
医薬品コード. Facts: reference data-formats 2.7. A synthetic master of our own comes with the package.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import IO

import msgspec

from central.receipts.record import day_of
from protocol.errors import OnshiError, receipts

WIDTHS = (35, 40, 42)
"""Columns of the older file, of the one from 2024-04 and of the one from 2024-09."""
_CLASS, _KIND, _CODE, _NAME, _UNIT, _PRICE, _GENERIC, _FORM = 0, 1, 2, 4, 9, 11, 16, 27
_CHANGED, _ABOLISHED, _PRICE_CODE, _TRANSITION, _BASE_NAME = 29, 30, 31, 33, 34
_GENERAL_CODE, _GENERAL_NAME = 36, 37
KEPT, DELETED, REVIVED, NEW, CHANGED, ABOLISHED = "0", "1", "2", "3", "5", "9"
"""変更区分."""
_CLASSES = frozenset({KEPT, DELETED, REVIVED, NEW, CHANGED, ABOLISHED})
_DIFFERENCES = frozenset({REVIVED, CHANGED, ABOLISHED})
"""Of a product that is known, with empty columns where nothing changed."""
FOREVER = "99999999"
MAX_ROW = 4096
_PRICE_FORM = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,3})?)?", re.ASCII)
SYNTHETIC = "y_synthetic.csv"


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A drug as the master has it from ``since`` on.

    ``abolished_on``: the day from which it may not be claimed; ``price``: yen per ``unit``; ``form``: 1 oral,
    3 other, 4 injection, 6 external, 8 dental; ``price_code``: 薬価基準コード (12), shared within one 統一名.
    """

    code: str
    name: str
    base_name: str
    unit: str
    price: Decimal | None
    form: str
    generic: bool
    price_code: str
    general_code: str
    general_name: str
    since: date
    abolished_on: date | None
    transition_until: date | None

    @property
    def ingredient(self) -> str:
        """Class and ingredient, the first 7 characters of the 薬価基準コード: the same in products of one drug."""
        return self.price_code[:7]

    def valid_on(self, day: date) -> bool:
        """Whether it may be claimed on a day."""
        return self.abolished_on is None or day <= self.abolished_on


class Row(msgspec.Struct, frozen=True):
    """One row of a file: its line and columns as text, filled up to the newest width; ``stated`` of them are there."""

    line: int
    columns: tuple[str, ...]
    stated: int

    @property
    def code(self) -> str:
        """医薬品コード."""
        return self.columns[_CODE]


class RowFault(msgspec.Struct, frozen=True):
    """A row that was left out: its line, the drug's code where it has one, the catalogue code."""

    line: int
    drug: str
    code: str


def read_rows(stream: IO[bytes]) -> Iterator[Row]:
    """The rows of a master file. Raises `OnshiError` (RECEIPT-080) where the file is no drug master.

    A row of another width, of no known 変更区分 or without a code of nine digits raises RECEIPT-081 with its line.
    """
    number = 0
    while line := stream.readline(MAX_ROW + 1):
        number += 1
        content = line.partition(b"\x1a")[0].rstrip(b"\r\n")
        if not content:
            continue
        try:
            columns = next(csv.reader(io.StringIO(content.decode("cp932")), strict=True), [])
        except (UnicodeDecodeError, csv.Error):
            columns = []
        if len(columns) not in WIDTHS or columns[_KIND] != "Y" or len(line) > MAX_ROW:
            raise OnshiError(receipts.MASTER_NOT if number == 1 else receipts.MASTER_ROW, line=number)
        code = columns[_CODE]
        if columns[_CLASS] not in _CLASSES or not (len(code) == 9 and code.isascii() and code.isdigit()):
            raise OnshiError(receipts.MASTER_ROW, line=number)
        yield Row(number, (*columns, *("",) * (WIDTHS[-1] - len(columns))), len(columns))
    if number == 0:
        raise OnshiError(receipts.MASTER_NOT, line=0)


class DrugMaster:
    """Products by code, each with its versions; later rows continue earlier ones."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[str, ...]] = {}
        self._versions: dict[str, list[Product]] = {}
        self._rows: dict[str, dict[date, tuple[str, ...]]] = {}

    def __len__(self) -> int:
        return len(self._versions)

    def __iter__(self) -> Iterator[Product]:
        """The newest version of every product."""
        return (versions[-1] for versions in self._versions.values())

    def product(self, code: str, on: date) -> Product | None:
        """The product as it was on a day; before its first known day as it was first known. None for no such code.

        Drugs given before a change of the master still have a name, so nobody is refused for the day.
        """
        found = None
        for version in self._versions.get(code, ()):
            if found is None or version.since <= on:
                found = version
        return found

    def versions(self, code: str) -> tuple[Product, ...]:
        """All versions of a product, the oldest first; empty for a code that the master does not have."""
        return tuple(self._versions.get(code, ()))

    def sharing(self, price_code: str) -> tuple[Product, ...]:
        """The products of one 薬価基準コード: one for a brand, several for a 統一名."""
        return tuple(one for one in self if one.price_code == price_code)

    def rows(self, code: str) -> Mapping[date, tuple[str, ...]]:
        """The columns of each version of a product, by its first day: what a store keeps."""
        return self._rows.get(code, {})

    def restore(self, code: str, rows: Mapping[date, tuple[str, ...]]) -> None:
        """Takes a product back as `rows` gave it."""
        kept = sorted(rows.items())
        made = ((since, _product(columns)) for since, columns in kept)
        versions = [msgspec.structs.replace(product, since=since) for since, product in made if product is not None]
        if versions:
            self._versions[code], self._rows[code], self._columns[code] = versions, dict(kept), kept[-1][1]

    def apply(self, rows: Iterable[Row]) -> list[RowFault]:
        """Loads a full file or a difference, in the order of the rows; gives the rows that had to be left out."""
        faults = []
        for row in rows:
            fault = self._apply(row)
            if fault:
                faults.append(RowFault(row.line, row.code, fault))
        return faults

    def _apply(self, row: Row) -> str:
        kind = row.columns[_CLASS]
        if kind == DELETED:
            self._columns.pop(row.code, None)
            self._versions.pop(row.code, None)
            self._rows.pop(row.code, None)
            return ""
        stored = self._columns.get(row.code)
        if stored is None and kind in {CHANGED, ABOLISHED} and not row.columns[_NAME]:
            return receipts.MASTER_UNKNOWN.code
        merged = row.columns if stored is None else _merged(row, stored)
        product = _product(merged)
        if product is None:
            return receipts.MASTER_ROW.code
        self._columns[row.code] = merged
        versions = self._versions.setdefault(row.code, [])
        if kind == ABOLISHED and versions:
            product = msgspec.structs.replace(product, since=versions[-1].since)
        versions[:] = sorted((one for one in versions if one.since != product.since), key=lambda one: one.since)
        versions.append(product)
        self._rows.setdefault(row.code, {})[product.since] = merged
        versions.sort(key=lambda one: one.since)
        return ""


def load(*streams: IO[bytes]) -> DrugMaster:
    """A master from a full file and the differences that follow it. Raises `OnshiError` (RECEIPT-080 to 082)."""
    master = DrugMaster()
    for stream in streams:
        apply_whole(master, read_rows(stream))
    return master


def apply_whole(master: DrugMaster, rows: Iterable[Row]) -> None:
    """As `DrugMaster.apply`, but the first row that would be left out raises `OnshiError` (RECEIPT-081, 082)."""
    for fault in master.apply(rows):
        known = {one.code: one for one in (receipts.MASTER_ROW, receipts.MASTER_UNKNOWN)}
        raise OnshiError(known[fault.code], line=fault.line, drug=fault.drug)


def synthetic() -> DrugMaster:
    """Our own master of invented products, for demonstrations and tests."""
    with (files("central.receipts") / "data" / SYNTHETIC).open("rb") as stream:
        return load(stream)


def _merged(row: Row, stored: tuple[str, ...]) -> tuple[str, ...]:
    """What is known of a product after a row: a difference leaves empty what did not change, a full row says it all.

    An older file says nothing of the columns that it does not have.
    """
    if row.columns[_CLASS] not in _DIFFERENCES:
        return row.columns[: row.stated] + stored[row.stated :]
    return tuple(new or old for new, old in zip(row.columns, stored, strict=True))


def _product(columns: tuple[str, ...]) -> Product | None:
    since = day_of(columns[_CHANGED].encode())
    ended = columns[_ABOLISHED]
    abolished = day_of(ended.encode()) if ended not in {"", "0", FOREVER} else None
    transition = columns[_TRANSITION]
    price = columns[_PRICE]
    if not _PRICE_FORM.fullmatch(price):
        return None
    if since is None or not columns[_NAME] or (abolished is None and ended not in {"", "0", FOREVER}):
        return None
    return Product(
        code=columns[_CODE],
        name=columns[_NAME],
        base_name=columns[_BASE_NAME],
        unit=columns[_UNIT],
        price=Decimal(price) if price else None,
        form=columns[_FORM],
        generic=columns[_GENERIC] == "1",
        price_code=columns[_PRICE_CODE],
        general_code=columns[_GENERAL_CODE],
        general_name=columns[_GENERAL_NAME],
        since=since,
        abolished_on=abolished,
        transition_until=day_of(transition.encode()) if transition not in {"", "0", FOREVER} else None,
    )
