"""Who has gone quiet against its own habit, what waits, what came late."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from central.db.migrate import upgrade_file
from central.insurers.commands import insurer
from central.insurers.freshness import Freshness, judged
from central.insurers.metrics import METRICS, InsurerMetrics
from protocol.errors import OnshiError
from protocol.errors.insurers import INSURER_UNKNOWN
from protocol.numbers import with_check_digit
from tests.central.insurers.bureau import OTHER, SOCIETY, Bureau

DAY = timedelta(days=1)
START = datetime(2026, 6, 1, tzinfo=UTC)


def _every(days: float, count: int) -> list[datetime]:
    return [START + timedelta(days=days * n) for n in range(count)]


@pytest.mark.parametrize(
    ("moments", "silent", "quiet"),
    [
        (_every(1, 10), 3, False),
        (_every(1, 10), 3.1, True),
        (_every(30, 6), 60, False),
        (_every(30, 6), 91, True),
        (_every(1, 3), 1000, False),
        ([], 1000, False),
        (_every(0.01, 12), 2.9, False),
        ([*_every(1, 5), START + 60 * DAY], 3.5, True),
    ],
    ids=["daily", "daily-quiet", "monthly", "monthly-quiet", "no-habit", "never", "many-on-a-day", "one-long-pause"],
)
def test_quiet_is_judged_by_each_insurers_own_habit(moments: list[datetime], silent: float, quiet: bool) -> None:
    now = (moments[-1] if moments else START) + timedelta(days=silent)
    assert judged(moments, now=now, factor=3)[1] is quiet


async def test_last_upload_backlog_work_and_late_lines(bureau: Bureau) -> None:
    freshness = Freshness(bureau.store, clock=lambda: bureau.now)
    assert [(one.insurer, one.last_upload, one.quiet) for one in await freshness.all()] == [
        (SOCIETY, None, False),
        (OTHER, None, False),
    ]
    for place in range(1, 7):
        bureau.now += DAY
        await bureau.send(bureau.line(place, qualified="20260530" if place == 1 else "20200401"))
    last = bureau.now
    bureau.town.settle(9, birth_date="19770707")
    await bureau.send(bureau.line(9, birth="19770708"))
    held = [bureau.line(n, operation="2", disqualified="20260501", loss="03") for n in range(2, 7)]
    waiting = await bureau.send(*held)
    own = await freshness.of(SOCIETY)
    assert waiting.state.value == "held"
    assert (own.waiting_uploads, own.waiting_lines, own.open_work) == (1, 5, 1)
    assert (own.late_lines, own.lines, own.quiet) == (6, 7, False)
    assert own.last_upload is not None
    assert own.last_upload > last
    bureau.now += 4 * DAY
    assert [(one.insurer, one.quiet) for one in await freshness.all()] == [(SOCIETY, True), (OTHER, False)]
    with pytest.raises(OnshiError) as refused:
        await freshness.of(with_check_digit("0699009"))
    assert refused.value.fault is INSURER_UNKNOWN
    registry = CollectorRegistry()
    InsurerMetrics(registry).show(await freshness.all(), now=bureau.now.timestamp())
    told = {name: registry.get_sample_value(name) for name in METRICS}
    assert (told["onshi_insurers_quiet"], told["onshi_insurers_waiting_uploads"]) == (1, 1)
    assert told["onshi_insurers_oldest_wait_seconds"] == 4 * 86400


def test_the_command_ends_with_1_when_somebody_is_quiet(tmp_path: Path) -> None:
    upgrade_file(tmp_path / "x.sqlite")
    runner = CliRunner(env={"ONSHI_INSURER_DATABASE__URL": f"sqlite:///{tmp_path / 'x.sqlite'}"})
    assert runner.invoke(insurer, ["add", SOCIETY, "--name", "見本組合", "--from", "1961-04-01"]).exit_code == 0
    fresh = runner.invoke(insurer, ["freshness", "--alarm"])
    assert fresh.exit_code == 0, fresh.output
    assert "no habit yet" in fresh.stdout
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as connection, connection:
        for n in range(5):
            moment = f"2026-01-0{n + 1}T00:00:00.000000Z"
            connection.execute(
                "INSERT INTO insurers_upload (insurer_number, upload_id, state, digest, operator, received_at,"
                " changed_at, skip_faulty, lines, staged, faulty, late) "
                "VALUES (?, ?, 'applied', '', 'x', ?, ?, 0, 1, 1, 0, 0)",
                (SOCIETY, f"u{n}", moment, moment),
            )
    quiet = runner.invoke(insurer, ["freshness", "--alarm", "--json"])
    assert quiet.exit_code == 1
    assert [(one["insurer"], one["quiet"], one["usual_hours"]) for one in json.loads(quiet.stdout)] == [
        (SOCIETY, True, 24.0)
    ]
    assert "QUIET" in runner.invoke(insurer, ["freshness"]).stdout
