"""Queries by number at a steady rate beside something heavy: latency from the moment at which each was due.

Open loop: a slow answer does not delay the next question. In a process of its own, so that what runs beside does not
wait for this one's interpreter.
"""

import asyncio
import sys
import time
from datetime import date
from typing import Any

import click
import msgspec

from central.db.opening import open_store
from central.insurers.layout import AT
from central.logs import configure
from central.register.limits import QueryLimits
from central.register.service import Register
from protocol.codes import LimitConsent
from protocol.eras import day
from protocol.messages import EligibilityRequest, SearchInfo, write_json
from protocol.numbers import BirthDate, Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol, with_check_digit
from sandbox.clock import japan_today

CLINIC = FacilityCode(with_check_digit("991000000"))


def request(line: str, today: date) -> EligibilityRequest:
    """A question about the member of this line of an upload."""
    fields = line.split(",")
    return EligibilityRequest(
        asked_day=today,
        facility=CLINIC,
        search=SearchInfo(
            insurer_number=InsurerNumber(fields[AT["insurer"]]),
            symbol=Symbol(fields[AT["symbol"]]) if fields[AT["symbol"]] else None,
            number=InsuredNumber(fields[AT["number"]]),
            branch=Branch(fields[AT["branch"]]) if fields[AT["branch"]] else None,
            birth_date=BirthDate.of(day(fields[AT["birth"]])),
            limit_consent=LimitConsent.NOT_GIVEN,
        ),
    )


async def run(url: str, file: str, rate: float) -> dict[str, Any]:
    """Asks until standard input closes; seconds of each answer."""
    today = japan_today()
    with open(file, encoding="utf-8") as lines:  # noqa: ASYNC230 - before anything is measured
        asked = [request(line, today) for line in lines if line.startswith("1,")]
    store = open_store(url, size=8)
    register = Register(store, limits=QueryLimits(per_minute=10**9, burst=10**9))
    took: list[float] = []
    found = 0
    running: set[asyncio.Task[None]] = set()

    async def ask(n: int, due: float) -> None:
        nonlocal found
        answer = await register.query_by_number(asked[n % len(asked)], facility=str(CLINIC), now=_now())
        msgspec.json.encode(write_json(answer.message))
        found += bool(answer.message.results)
        took.append(time.monotonic() - due)

    stopped = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    begun, n = time.monotonic(), 0
    while not stopped.done():
        due = begun + n / rate
        await asyncio.sleep(max(due - time.monotonic(), 0))
        task = asyncio.create_task(ask(n, due))
        running.add(task)
        task.add_done_callback(running.discard)
        n += 1
    await asyncio.gather(*running)
    await store.close()
    return {"seconds": took, "found": found}


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


@click.command(hidden=True)
@click.argument("url")
@click.argument("file")
@click.option("--rate", default=50.0)
def beside(url: str, file: str, rate: float) -> None:
    """Ask by number at a steady rate until standard input closes; JSON on standard output."""
    configure("warning")
    click.echo(msgspec.json.encode(asyncio.run(run(url, file, rate))))
