"""Health: alive is not ready, each part says for itself, and every metric is documented."""

import asyncio

import pytest

from central.api import health
from central.api.health import Readiness
from central.api.metrics import METRICS, make_metrics
from protocol.errors import OnshiError
from protocol.errors.central import DATABASE_DOWN
from tests.central.api.clinic import client

pytestmark = pytest.mark.sockets


async def good() -> None:
    """Ready."""


async def down() -> None:
    raise OnshiError(DATABASE_DOWN)


async def broken() -> None:
    raise KeyError("x")


async def hangs() -> None:
    await asyncio.sleep(60)


async def test_ready_when_every_part_is() -> None:
    readiness = Readiness(make_metrics())
    readiness.register("database", good)
    async with client(readiness.routes(), authenticate=None) as opened:
        response = await opened.get("/readyz")
        assert (response.status, await response.json()) == (200, {"status": "ok", "parts": {"database": "ok"}})


async def test_each_part_that_is_not_ready_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    metrics = make_metrics()
    readiness = Readiness(metrics)
    for name, check in {"good": good, "database": down, "broken": broken, "slow": hangs}.items():
        readiness.register(name, check)
    async with client(readiness.routes(), authenticate=None, metrics=metrics) as opened:
        response = await opened.get("/readyz")
        told = await response.json()
        assert (response.status, told["code"], response.headers["Retry-After"]) == (503, "CENTRE-920", "5")
        assert told["details"] == {"database": "CENTRE-901", "broken": "CENTRE-902", "slow": "timeout"}
        assert (await opened.get("/livez")).status == 200
        text = await (await opened.get("/metrics")).text()
        assert 'onshi_ready{part="good"} 1.0' in text
        assert 'onshi_ready{part="slow"} 0.0' in text


def test_every_metric_is_documented() -> None:
    made = {
        (metric.name + "_total") if metric.type == "counter" else metric.name
        for metric in make_metrics().registry.collect()
    }
    assert made == set(METRICS)
