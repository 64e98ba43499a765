"""CPU per eligibility answer against the floor: one indexed row read through the same store, in the same run.

Not the whole visit (`bench.visit`): no network, no card, no audit row. Central's CPU only; with PostgreSQL the
server's CPU is not in it.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import click
import msgspec
import sqlalchemy as sa

from central.db import Statement, Store
from central.db.migrate import upgrade
from central.db.opening import open_store
from central.register import entries as e
from central.register import tables
from central.register.intake import RegisterIntake
from central.register.limits import QueryLimits
from central.register.service import Register
from protocol.codes import LimitConsent
from protocol.messages import EligibilityRequest, SearchInfo, write_json
from protocol.numbers import BirthDate, Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol, with_check_digit

INSURER = with_check_digit("0699001")
CLINIC = with_check_digit("991000000")
BIRTH = date(1980, 1, 2)
TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FLOOR = Statement(
    "bench.floor",
    sa.select(tables.person.c.name).where(tables.person.c.person_id == sa.bindparam("person_id")),
    key="person_id",
    hot=True,
)


async def _seed(store: Store, people: int) -> None:
    intake = RegisterIntake(store, lambda: NOW)
    async with intake.transaction() as running:
        await running.register(e.Insurer(number=INSURER, name="見本健康保険組合", valid_from=date(1961, 4, 1)))
        for n in range(people):
            key, who, since = _key(n), f"bench-{n}", date(2020, 4, 1)
            await running.register(
                e.Person(person_id=who, name="見本　太郎", kana="ミホン　タロウ", birth_date=BIRTH, sex=e.Sex.MALE)
            )
            await running.register(e.Tie(record=key, person_id=who, valid_from=since))
            await running.register(e.Coverage(record=key, qualified_on=since, issued_on=since))
            await running.register(
                e.LimitCertificate(record=key, kind="01", income_class="A03", issued_on=since, valid_from=since)
            )


def _key(n: int) -> e.RecordKey:
    return e.RecordKey(insurer=INSURER, symbol="12-34", number=str(100000 + n), branch="00")


def _request(n: int) -> EligibilityRequest:
    return EligibilityRequest(
        asked_day=TODAY,
        facility=FacilityCode(CLINIC),
        search=SearchInfo(
            insurer_number=InsurerNumber(INSURER),
            symbol=Symbol("12-34"),
            number=InsuredNumber(str(100000 + n)),
            branch=Branch("00"),
            birth_date=BirthDate.of(BIRTH),
            limit_consent=LimitConsent.GIVEN,
        ),
    )


async def _cpu(work: Callable[[int], Awaitable[object]], times: int) -> float:
    """Milliseconds of this process's CPU for one."""
    for n in range(min(times, 50)):
        await work(n)
    before = time.process_time()
    for n in range(times):
        await work(n)
    return (time.process_time() - before) * 1000 / times


async def measure(url: str, *, people: int, times: int) -> dict[str, float | str]:
    """Milliseconds of CPU per card answer, per number answer, per floor read, and their ratios."""
    await upgrade(url)
    store = open_store(url)
    try:
        await _seed(store, people)
        register = Register(store, limits=QueryLimits(per_minute=10**9, burst=10**9))

        async def card(n: int) -> None:
            answer = await register.answer_for_card(f"bench-{n % people}", TODAY, facility=CLINIC, now=NOW)
            msgspec.json.encode(write_json(answer.message))

        async def number(n: int) -> None:
            answer = await register.query_by_number(_request(n % people), facility=CLINIC, now=NOW)
            msgspec.json.encode(write_json(answer.message))

        floor = await _cpu(lambda n: store.first(FLOOR, person_id=f"bench-{n % people}"), times)
        by_card, by_number = await _cpu(card, times), await _cpu(number, times)
    finally:
        await store.close()
    return {
        "database": store.dialect,
        "floor_ms": round(floor, 4),
        "card_ms": round(by_card, 4),
        "number_ms": round(by_number, 4),
        "card_ratio": round(by_card / floor, 2),
        "number_ratio": round(by_number / floor, 2),
    }


@click.command()
@click.option("--people", default=1000, show_default=True, help="How many people are in the register.")
@click.option("--times", default=3000, show_default=True, help="How many answers of each kind are measured.")
@click.option("--url", default="", help="An empty PostgreSQL database; without it a private SQLite file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def register(people: int, times: int, url: str, *, as_json: bool) -> None:
    """CPU per eligibility answer, against one indexed read."""
    with tempfile.TemporaryDirectory(prefix="onshi-bench-") as folder:
        own = f"sqlite:///{Path(folder, 'centre.sqlite')}"
        found = asyncio.run(measure(url or own, people=people, times=times))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    click.echo(
        f"{found['database']}: one indexed read {found['floor_ms']} ms; card {found['card_ms']} ms "
        f"({found['card_ratio']}x); number {found['number_ms']} ms ({found['number_ratio']}x)"
    )
