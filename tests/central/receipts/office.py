"""A register with a few people and the import beside it, for tests: short ways to register, to claim, to look."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from central.db import Statement, Store
from central.db.store import Row
from central.receipts.history import StoredReceipt
from central.receipts.master import synthetic
from central.receipts.readings import ReceiptReadings
from central.receipts.service import ImportResult, Parts, ReceiptImport
from central.register import entries as e
from central.register.intake import RegisterIntake
from tests.central.receipts.files import (
    DISPENSING,
    INSURER,
    PRESCRIBER,
    RECIPIENT,
    WELFARE,
    Line,
    basics,
    closing,
    common,
    confirmed,
    dispensing,
    drug,
    encode,
    header,
    insurance,
    prescription,
    public,
    visits,
)

NOON = datetime(2026, 6, 20, 3, tzinfo=UTC)
MAY = date(2026, 5, 1)
SINCE = date(2020, 4, 1)
FIRST, LAST = date(2000, 1, 1), date(2030, 12, 31)


def birth_of(place: int) -> date:
    return date(1980, 1 + place % 12, 1 + place % 28)


class Claim:
    """One dispensing receipt of the insured person at a place: 24+84+45+45 = 198 points."""

    def __init__(
        self,
        place: int,
        number: int = 1,
        *,
        day: int = 7,
        code: int = 102,
        search: str = "",
        branch: str = "00",
        returned: bool = False,
        birth: date | None = None,
        welfare: bool = False,
    ) -> None:
        self.number = number
        self.points = 198
        birth = birth or birth_of(place)
        more: dict[str, str | int] = {**PRESCRIBER, "birth_date": f"{birth:%Y%m%d}", "search_number": search}
        burden = "5" if welfare else "1"
        payer = 2 if welfare else 1
        on = f"202605{day:02d}"
        self.lines: list[Line] = [
            common(number, "4212" if welfare else "4112", **more),
            public(1, 198) if welfare else insurance(1, 198, symbol="１２", insured_number=str(1000 + place)),
            *([] if welfare else [confirmed(payer, branch)]),
            visits(payer, **{f"_{day}": 1}),
            prescription(1, 1, "006", unit_points=3),
            dispensing(on, 28, 24, 84, burden=burden),
            drug(code, burden=burden),
            basics(on, 45, 45, burden=burden),
            *([("HR", {})] if returned else []),
        ]


def claims(*found: Claim, month: str = "202606") -> bytes:
    """A pharmacy's file with these receipts."""
    lines = [header(DISPENSING, month), *(line for one in found for line in one.lines)]
    return encode(DISPENSING, [*lines, closing(len(found), sum(one.points for one in found))], end=b"\x1a")


class Office:
    """``send`` loads a file; `drugs` says what a person's history shows."""

    def __init__(self, store: Store, url: str, folder: Path) -> None:
        self.store = store
        self.url = url
        self.folder = folder
        self.now = NOON
        self.intake = RegisterIntake(store, lambda: self.now)
        self.imports = ReceiptImport(Parts(store=store, url=url, clock=self._tick))
        self.readings = ReceiptReadings(store, synthetic())
        self._files = count(1)

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    async def open(self) -> None:
        for number, name in ((INSURER, "見本健康保険組合"), (WELFARE, "見本福祉事務所")):
            await self.intake.register(e.Insurer(number=number, name=name, valid_from=date(1961, 4, 1)))

    async def person(self, place: int, birth: date | None = None) -> str:
        """A person who has no record yet."""
        person = f"p{place}"
        await self.intake.register(
            e.Person(
                person_id=person,
                name=f"見本　{place}郎",
                kana=f"ミホン　{place}ロウ",
                birth_date=birth or birth_of(place),
                sex=e.Sex.MALE,
            )
        )
        return person

    def record(self, place: int, branch: str = "00") -> e.RecordKey:
        return e.RecordKey(insurer=INSURER, symbol="12", number=str(1000 + place), branch=branch)

    async def tie(self, place: int, person: str, *, since: date = SINCE, until: date | None = None) -> e.RowRef:
        """The record at a place belongs to a person."""
        entry = e.Tie(record=self.record(place), person_id=person, valid_from=since, valid_until=until)
        return (await self.intake.register(entry))[0]

    async def insured(self, *places: int) -> None:
        """People with their records."""
        for place in places:
            await self.tie(place, await self.person(place))

    async def assisted(self, person: str, *, since: date = SINCE, until: date | None = None) -> None:
        await self.intake.register(
            e.Assistance(person_id=person, payer=WELFARE, recipient=RECIPIENT, starts_on=since, ends_on=until)
        )

    def file(self, data: bytes) -> Path:
        path = self.folder / f"{next(self._files)}.CYO"
        path.write_bytes(data)
        return path

    async def send(self, data: bytes) -> ImportResult:
        return await self.imports.run([self.file(data)])

    async def receipts(self, place: int, *, first: date = FIRST, last: date = LAST) -> tuple[StoredReceipt, ...]:
        """What `readings` gives for the person at a place."""
        return await self.readings.of_person(f"p{place}", first=first, last=last)

    async def drugs(self, place: int) -> list[str]:
        """The last three digits of the codes in the person's history."""
        return sorted(line.code[6:] for one in await self.receipts(place) for line in one.drugs)

    async def waiting(self) -> int:
        return (await self.imports.waiting()).waiting

    async def rows(self, sql: str, **values: object) -> Sequence[Row]:
        return await self.store.all(Statement(f"test.{sql}", sa.text(sql)), **values)

    async def state(self) -> list[tuple[str, ...]]:
        """Everything in the tables of receipts but moments, to compare two ways to the same end."""
        found: list[tuple[str, ...]] = []
        for table in ("receipts_receipt", "receipts_waiting", "receipts_staging"):
            rows = await self.rows(f"SELECT * FROM {table}")  # noqa: S608 - our own tables
            found += [(table, *_without_moments(row.items())) for row in rows]
        return sorted(found)


def _without_moments(row: Iterable[tuple[str, object]]) -> tuple[str, ...]:
    left = {"received_at", "recorded_from", "staged_at"}
    return tuple(
        f"{name}={'closed' if name == 'recorded_to' and value else value!r}" for name, value in row if name not in left
    )
