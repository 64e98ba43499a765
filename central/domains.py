"""The domains of the centre, put together: which service gets which, and what each brings to the application."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
import structlog
from prometheus_client import CollectorRegistry

from central.api.health import Check
from central.api.route import Handler, Route
from central.audit import Journal
from central.db import Store, StoreDown
from central.db.opening import is_sqlite, sqlite_path
from central.disclosure.service import Disclosure
from central.presence.challenges import MIN_KEY, Challenges
from central.presence.routes import routes as presence_routes
from central.presence.service import Presence
from central.register.metrics import RegisterMetrics
from central.register.routes import routes as register_routes
from central.register.service import Register
from central.settings import Settings
from central.trust.anchors import LAB, PRODUCTION, TEST
from central.trust.feeds import Feed, FileFeed, Refresher, UrlFeed
from central.trust.ocsp import OcspClient
from central.trust.service import PinnedFiles, Trust, open_trust
from protocol.errors import OnshiError
from protocol.errors.input_ import CREDENTIAL_WRONG

FORGET_SECONDS = 60.0
log = structlog.get_logger(__name__)


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
    challenges = Challenges(_challenge_keys(settings, random), random=random)
    fetching = aiohttp.ClientSession()
    try:
        trust = _trust(settings, store, fetching, random)
    except OnshiError:
        fetching.detach()
        raise
    presence = Presence(
        store,
        journal,
        trust=trust,
        register=register,
        disclosure=Disclosure(store, journal),
        challenges=challenges,
        clock=clock,
        ids=lambda: secrets.token_hex(16),
    )
    visiting = presence_routes(presence)
    work = _Background(settings, trust, presence, fetching, clock)
    return Domains(
        routes=(*visiting, *register_routes(register, journal, clock)),
        register=register,
        documents={route.path.removeprefix("/v1/").removesuffix("s"): route.handler for route in visiting[1:]},
        start=work.start,
        stop=work.stop,
    )


def _trust(settings: Settings, store: Store, fetching: aiohttp.ClientSession, random: Callable[[int], bytes]) -> Trust:
    wanted = settings.trust
    hierarchies = (PRODUCTION, TEST, LAB) if wanted.allow_test_hierarchies else (PRODUCTION,)
    files = PinnedFiles.in_folder(wanted.anchors) if wanted.anchors else PinnedFiles(authentication=())

    def listed(issuer: str, serial: int) -> bool:
        return trust.revocations.listed(issuer, serial)

    ocsp = OcspClient(fetching, wanted.ocsp_url, nonce=random, revoked=listed) if wanted.ocsp_url else None
    trust = open_trust(store, files, hierarchies=hierarchies, ocsp=ocsp)
    return trust


def _challenge_keys(settings: Settings, random: Callable[[int], bytes]) -> list[bytes]:
    """The credential's key; a private database, gone with the process, gets a key that is gone with it too."""
    if is_sqlite(settings.database.url) and sqlite_path(settings.database.url) is None:
        return [random(MIN_KEY)]
    key = settings.secret("challenges.key", settings.challenges.key)
    if len(key) < MIN_KEY:
        raise OnshiError(CREDENTIAL_WRONG, setting="challenges.key", reason=f"fewer than {MIN_KEY} octets")
    return [key]


class _Background:
    """What runs beside the requests: fetching lists and linkage, forgetting what nobody may ask for again."""

    def __init__(
        self,
        settings: Settings,
        trust: Trust,
        presence: Presence,
        fetching: aiohttp.ClientSession,
        clock: Callable[[], datetime],
    ) -> None:
        wanted = settings.trust
        files = sorted(wanted.crl_folder.glob("*.crl")) if wanted.crl_folder else []
        lists: list[Feed] = [*map(FileFeed, files), *(UrlFeed(fetching, url) for url in wanted.crl_urls)]
        links = (trust.links, UrlFeed(fetching, wanted.linkage_url)) if wanted.linkage_url else None
        self._refresher = Refresher(trust.revocations, lists, clock=clock, links=links)
        self._revocations = trust.revocations
        self._presence = presence
        self._fetching = fetching
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """What was learned before, then one round of feeds, so that the first visit already meets them."""
        await self._revocations.start()
        await self._refresher.refresh()
        self._tasks = [
            asyncio.create_task(self._refresher.run(), name="trust feeds"),
            asyncio.create_task(self._forget(), name="presence forget"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self._fetching.close()

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(FORGET_SECONDS)
            try:
                await self._presence.forget()
            except StoreDown as down:
                log.warning("forget_failed", code=down.fault.code)
