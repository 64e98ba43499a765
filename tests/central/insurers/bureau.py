"""An insurer's office for tests: one register, an importer, residents in memory, short ways to write lines."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from central.db import Statement, Store
from central.db.store import Row
from central.insurers import ahead, reading, staging
from central.insurers.check import LineFault
from central.insurers.identity import Resident
from central.insurers.individual import NumberHasher, NumberKey
from central.insurers.layout import COLUMNS, COUNT_MARK, HEADER
from central.insurers.merge import CohortLimits
from central.insurers.parts import Parts, Result
from central.insurers.residents import BATCH
from central.insurers.spool import Spool
from central.insurers.uploads import Importer
from central.insurers.values import NumberRule
from central.register import entries as e
from central.register.intake import RegisterIntake
from central.register.service import Register
from protocol.numbers import with_check_digit
from sandbox.residents.people import number_of

SOCIETY = with_check_digit("0699001")
OTHER = with_check_digit("0699002")
TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)
CLINIC = with_check_digit("991000000")
SINCE = "20200401"
ADDRESS = "見本県青葉市中央１丁目２番３号"


class Town:
    """The residents, by number."""

    def __init__(self) -> None:
        self.known: dict[str, Resident] = {}
        self.asked: list[str] = []
        self.away = 0
        """How many requests fail before the next one is answered."""

    def settle(self, place: int, **items: str) -> str:
        """A resident; gives the number. Everybody differs in name and birth date unless told."""
        number = number_of(place)
        values = {
            "name": f"見本　{place}郎",
            "kana": f"ミホン　{place}ロウ",
            "birth_date": f"1980{1 + place % 12:02d}15",
        }
        values |= {"sex": "1", "address": ADDRESS} | items
        self.known[number] = Resident(**values)
        return number

    async def lookup(self, numbers: Sequence[str]) -> list[Resident | None]:
        assert len(numbers) <= BATCH
        if self.away:
            self.away -= 1
            from protocol.errors import OnshiError
            from protocol.errors.insurers import RESIDENTS_DOWN

            raise OnshiError(RESIDENTS_DOWN)
        self.asked += numbers
        return [self.known.get(number) for number in numbers]


def csv_file(lines: Sequence[dict[str, str]], *, encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    """A whole upload; serial numbers are put in."""
    rows = [
        ",".join(str(n) if c.key == "serial" else one.get(c.key, "") for c in COLUMNS) for n, one in enumerate(lines, 1)
    ]
    return (end.join([HEADER, *rows, f"{COUNT_MARK},{len(lines)}"]) + end).encode(encoding)


def parts_of(store: Store, url: str, folder: Path, town: Town, clock: Any) -> Parts:
    """An importer's parts with test keys."""
    folder.mkdir(exist_ok=True)
    return Parts(
        store=store,
        url=url,
        hasher=NumberHasher([NumberKey("number-1", b"k" * 32)]),
        spool=Spool(folder, b"f" * 32),
        folder=folder,
        residents=town,
        clock=clock,
        rule=NumberRule.SYNTHETIC,
        limits=CohortLimits(share=10, members=5),
    )


class Bureau:
    """``town`` are the residents; `send` uploads lines and gives how that ended."""

    def __init__(self, store: Store, url: str, folder: Path) -> None:
        self.store = store
        self.url = url
        self.now = NOON
        self.town = Town()
        self.folder = folder
        self.importer = Importer(parts_of(store, url, folder, self.town, lambda: self.now))
        self.register = Register(store)

    async def open(self) -> None:
        intake = RegisterIntake(self.store, lambda: self.now)
        for number, name in ((SOCIETY, "見本健康保険組合"), (OTHER, "他健康保険組合")):
            await intake.register(e.Insurer(number=number, name=name, valid_from=date(1961, 4, 1)))

    def line(self, place: int, **more: str) -> dict[str, str]:
        """A registration of the resident at this place, exactly as the resident register has them."""
        number = number_of(place)
        if number not in self.town.known:
            self.town.settle(place)
        resident = self.town.known[number]
        stated = {
            "operation": "1", "insurer": SOCIETY, "symbol": "12-34", "number": str(1000 + place), "branch": "00",
            "individual": number, "name": resident.name, "kana": resident.kana, "sex": resident.sex,
            "birth": resident.birth_date, "address": resident.address, "relation": "1", "classification": "01",
            "qualified": SINCE, "percent": "030",
        }  # fmt: skip
        return stated | more

    async def send(self, *lines: dict[str, str], operator: str = "first", **more: Any) -> Result:
        """One upload."""
        check_only = more.pop("check_only", False)
        self.now += timedelta(hours=1)
        upload = await self.importer.receive([csv_file(lines)], operator=operator, **more)
        return await self.importer.run(upload, check_only=check_only)

    async def faults(self, result: Result) -> list[LineFault]:
        return [fault async for fault in self.importer.faults(result.upload)]

    async def codes(self, result: Result) -> list[tuple[int, str]]:
        return [(fault.line, fault.code) for fault in await self.faults(result)]

    async def rows(self, sql: str, **values: object) -> Sequence[Row]:
        return await self.store.all(Statement(f"test.{sql}", sa.text(sql)), **values)

    async def current(self, table: str) -> list[Row]:
        return list(await self.rows(f"SELECT * FROM register_{table} WHERE recorded_to IS NULL ORDER BY valid_from"))  # noqa: S608

    async def person(self, place: int = 1) -> str:
        """Whose record the resident's line made."""
        rows = await self.rows(
            "SELECT person_id FROM register_tie WHERE number = :number AND recorded_to IS NULL "
            "ORDER BY valid_from DESC",
            number=str(1000 + place),
        )
        return str(rows[0]["person_id"])

    async def ratio(self, place: int, day: date, known_at: datetime | None = None) -> int | None:
        """What the register says of the resident's record on a day."""
        from central.register.statements import FACTS, NOW

        person = await self.person(place)
        rows = await self.store.all(FACTS, person_id=person, day=day, facility=CLINIC, known_at=known_at or NOW)
        found = [row["ratio"] for row in rows if row["number"] == str(1000 + place)]
        return found[0] if found else None

    async def state(self) -> dict[str, list[tuple[str, ...]]]:
        """Everything current in the register but ids and moments, to compare two ways to the same end."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for table in (
            "person",
            "tie",
            "number_directory",
            "coverage",
            "burden_ratio",
            "limit_certificate",
            "view_stop",
        ):
            rows = await self.current(table)
            left = {"row_id", "recorded_from", "recorded_to", "person_id", "record_id"}
            found[table] = sorted(tuple(str(v) for k, v in row.items() if k not in left) for row in rows)
        items = await self.rows("SELECT kind, details, insurer_number FROM register_work_item WHERE closed_at IS NULL")
        found["work"] = sorted(tuple(map(str, row.values())) for row in items)
        return found


def as_if_large(patched: pytest.MonkeyPatch) -> None:
    """Every upload is entered while it is read, two to four lines at a time (PostgreSQL)."""
    patched.setattr(ahead, "LARGE", 0)
    patched.setattr(ahead, "LEFT", float("inf"))
    patched.setattr(ahead, "FEW", 0)
    patched.setattr(ahead, "PORTION", 2)
    patched.setattr(staging, "PORTION", 2)
    patched.setattr(reading, "BATCH", 2)


def written(folder: Path) -> Iterator[str]:
    """The files that the spool holds."""
    return (path.name for path in folder.iterdir() if path.suffix != ".lock")
