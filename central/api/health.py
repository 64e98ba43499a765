"""``/livez`` (the process turns), ``/readyz`` (each part that others registered is fit), ``/metrics``."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from central.api.metrics import Metrics
from central.api.problems import incident
from central.api.route import Auth, Call, Raw, Route
from protocol.errors import OnshiError
from protocol.errors.central import NOT_READY

Check = Callable[[], Awaitable[None]]
"""Returns when the part is ready; raises `OnshiError` when it is not."""

PATIENCE = 5.0
"""Seconds that one check may take."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["ok"] = "ok"
    parts: dict[str, Literal["ok"]] = {}


class Readiness:
    """The parts that must be fit before requests are sent here: database, revocation lists, …"""

    def __init__(self, metrics: Metrics) -> None:
        self._checks: dict[str, Check] = {}
        self._metrics = metrics

    def register(self, part: str, check: Check) -> None:
        """``part`` is a short code (``database``); it shows in the answer and as a metric's label."""
        self._checks[part] = check

    async def failures(self) -> dict[str, str | int]:
        """Part → code of its fault, for each that is not ready."""
        codes = await asyncio.gather(*(_asked(check) for check in self._checks.values()))
        for part, code in zip(self._checks, codes, strict=True):
            self._metrics.ready.labels(part).set(code is None)
        return {part: code for part, code in zip(self._checks, codes, strict=True) if code}

    def routes(self) -> list[Route]:
        async def livez(call: Call[None]) -> Health:
            return Health()

        async def readyz(call: Call[None]) -> Health:
            failures = await self.failures()
            if failures:
                raise OnshiError(NOT_READY, **failures)
            return Health(parts=dict.fromkeys(self._checks, "ok"))

        async def metrics(call: Call[None]) -> Raw:
            return Raw(self._metrics.text(), "text/plain; version=0.0.4; charset=utf-8")

        return [
            Route(
                method="GET", path="/livez", handler=livez, response=Health, auth=Auth.OPS, tag="health",
                summary_ja="プロセスが動いているか", summary_en="The process turns",
            ),
            Route(
                method="GET", path="/readyz", handler=readyz, response=Health, auth=Auth.OPS, tag="health",
                faults=(NOT_READY,), summary_ja="要求を受けられるか", summary_en="Every part is ready",
            ),
            Route(
                method="GET", path="/metrics", handler=metrics, response=str, content_type="text/plain", auth=Auth.OPS,
                tag="health", summary_ja="計測値（Prometheus 形式）", summary_en="Metrics in Prometheus' format",
            ),
        ]  # fmt: skip


async def _asked(check: Check) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except OnshiError as refused:
        return refused.fault.code
    except TimeoutError:
        return "timeout"
    except Exception as failed:  # noqa: BLE001 - a check that breaks is a part that is not ready
        return incident(failed).fault.code
    return None
