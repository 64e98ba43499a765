"""The domains of the centre, put together: which service gets which, and what each brings to the application."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry

from central.api.health import Check
from central.api.route import Handler, Route
from central.audit import Journal
from central.db import Store
from central.register.metrics import RegisterMetrics
from central.register.routes import routes as register_routes
from central.register.service import Register
from central.settings import Settings


async def _nothing() -> None:
    """A stage without work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domains:
    """``documents``: kind of `SignedDocument` → the handler of its route; ``checks``: part → readiness."""

    routes: tuple[Route, ...]
    register: Register
    documents: Mapping[str, Handler] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    start: Callable[[], Awaitable[None]] = _nothing
    stop: Callable[[], Awaitable[None]] = _nothing


def open_domains(
    settings: Settings,
    *,
    store: Store,
    journal: Journal,
    clock: Callable[[], datetime],
    random: Callable[[int], bytes],
    registry: CollectorRegistry,
) -> Domains:
    """Needs a running event loop. Raises `OnshiError` for credentials and anchors that cannot be used."""
    register = Register(store, metrics=RegisterMetrics(registry))
    return Domains(routes=tuple(register_routes(register, journal, clock)), register=register)
