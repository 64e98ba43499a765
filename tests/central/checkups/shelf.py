"""A register with an insurer and people, the import, the readings, and short ways to send something."""

import asyncio
import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from central.audit import Journal
from central.audit.tables import audit_log
from central.checkups import tables as t
from central.checkups.checkup import PersonKeys
from central.checkups.history import StoredCheckup
from central.checkups.names import FolderName
from central.checkups.readings import CheckupReadings
from central.checkups.service import Checkups, Loaded
from central.checkups.synthesis import Examined, submission
from central.db.store import Row, Statement, Store
from central.register import entries as e
from central.register.intake import RegisterIntake
from protocol import eras
from tests.central.checkups.files import INSURER, PEOPLE, SEED, SENDER
from tests.parts.store import create_all

NOON = datetime(2026, 6, 12, 3, tzinfo=UTC)
EVER = {"first": date(2000, 1, 1), "last": date(2100, 1, 1)}
_AUDIT = Statement("test.audit", sa.select(audit_log).order_by(audit_log.c.sequence))
_ROWS = {
    table: Statement(f"test.{table.name}", sa.select(table).order_by(table.c.received_at))
    for table in (t.checkup, t.waiting, t.submission)
}


class Shelf:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self._ids = count(1)
        self.journal = Journal(store, log="test", clock=lambda: self.now)
        self.intake = RegisterIntake(store, lambda: self.now, self._id)
        self.readings = CheckupReadings(store)
        self.told: list[int] = []

    def _id(self) -> str:
        return f"{next(self._ids):032d}"

    @property
    def service(self) -> Checkups:
        return Checkups(self.store, self.journal, clock=lambda: self.now, ids=self._id, told=self.told.append)

    async def open(self) -> None:
        await self.intake.register(e.Insurer(number=INSURER, name="見本健康保険組合", valid_from=date(1961, 4, 1)))

    def later(self, **passed: int) -> None:
        self.now += timedelta(**(passed or {"hours": 1}))

    async def person(self, person_id: str, keys: PersonKeys, **more: Any) -> str:
        """A person of the register; nobody is insured yet."""
        values = {"name": "見本　太郎", "kana": "ミホン　タロウ", "sex": e.Sex(keys.sex), **more}
        await self.intake.register(e.Person(person_id=person_id, birth_date=keys.birth.day, **values))
        return person_id

    async def insured(self, person_id: str, keys: PersonKeys, **more: Any) -> str:
        """The person under the record of these keys; gives the record's id."""
        await self.person(person_id, keys, **more)
        await self.tie(person_id, keys)
        return await self.record_of(person_id)

    async def tie(self, person_id: str, keys: PersonKeys, since: date = date(2015, 4, 1)) -> None:
        await self.intake.register(e.Tie(record=key(keys), person_id=person_id, valid_from=since))

    async def record_of(self, person_id: str) -> str:
        row = await self.store.first(
            Statement(
                "test.record",
                sa.text("SELECT record_id FROM register_tie WHERE person_id = :person AND recorded_to IS NULL"),
            ),
            person=person_id,
        )
        assert row is not None
        return str(row["record_id"])

    async def load(self, data: bytes, name: str = "") -> Loaded:
        return await self.service.load(io.BytesIO(data), name, operator="test")

    async def of(self, *record_ids: str, **window: date) -> tuple[StoredCheckup, ...]:
        return await self.readings.of(record_ids, **{**EVER, **window})

    async def rows(self, table: sa.Table) -> Sequence[Row]:
        return await self.store.all(_ROWS[table])

    async def audits(self) -> list[Row]:
        return list(await self.store.all(_AUDIT))


def key(keys: PersonKeys) -> e.RecordKey:
    return e.RecordKey(
        insurer=keys.insurer.padded_zeros,
        symbol=keys.symbol.raw if keys.symbol else "",
        number=keys.number.raw,
        branch=keys.branch.raw if keys.branch else None,
    )


def sent(
    people: Sequence[Examined] = PEOPLE, *, day: date = date(2026, 6, 10), turn: int = 0, seed: int = SEED
) -> bytes:
    """A submission of these people, sent on that day; another ``seed`` gives other results."""
    folder = FolderName(SENDER, INSURER, eras.day_text(day), str(turn), "1")
    return submission(folder, people, seed=seed)


def on(one: Examined, day: date) -> Examined:
    return replace(one, day=day)


def values(one: StoredCheckup) -> Mapping[str, str]:
    return {item.code: item.value for item in one.checkup.items}


@cache
def empty() -> bytes:
    """A database with its tables: making one costs more than an import."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sqlite"
        asyncio.run(create_all(f"sqlite:///{path}"))
        return path.read_bytes()
