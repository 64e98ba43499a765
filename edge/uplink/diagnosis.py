"""Says which hop of the way to the centre failed: name, connection, encryption, the centre, its database.

For the desk's chain of lamps and ``onshi edge line``; it asks for one challenge and spends nothing. The words are
the catalogue's. Facts: field reference 1 (clinic-only outages, "self-diagnosis that names the failing hop").
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from edge.uplink.handshake import is_refused
from edge.uplink.port import Centre
from protocol.errors import OnshiError, Problem, central, problem, uplink


class Hop(StrEnum):
    NAME = "name"
    CONNECTION = "connection"
    ENCRYPTION = "encryption"
    CENTRE = "centre"
    DATABASE = "database"


NAMES_JA = {
    Hop.NAME: "院内ネットワークと名前の解決",
    Hop.CONNECTION: "回線とセンターへの接続",
    Hop.ENCRYPTION: "暗号通信と端末の証明書",
    Hop.CENTRE: "センター",
    Hop.DATABASE: "センターのデータベース",
}
NAMES_EN = {
    Hop.NAME: "clinic network and name lookup",
    Hop.CONNECTION: "line and connection to the centre",
    Hop.ENCRYPTION: "encryption and device certificate",
    Hop.CENTRE: "the centre",
    Hop.DATABASE: "the centre's database",
}


class HopState(msgspec.Struct, frozen=True, kw_only=True):
    """``ok`` None: not reached, because a hop before it failed. ``ms`` in milliseconds."""

    hop: Hop
    ok: bool | None
    ms: float = 0.0
    problem: Problem | None = None


async def diagnose(
    url: str,
    tls: ssl.SSLContext | None,
    centre: Centre,
    *,
    ticks: Callable[[], float],
    seconds: float = 4.0,
    answer_seconds: float = 8.0,
) -> tuple[HopState, ...]:
    """One state for each hop, in order; ends at the first that fails. ``seconds`` bounds each hop of the line."""
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)

    async def name() -> None:
        try:
            await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise OnshiError(uplink.NAME_UNRESOLVED) from None

    async def connection() -> None:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError as refused:
            unreachable = "unreachable" in (refused.strerror or "").lower()
            raise OnshiError(uplink.NO_ROUTE if unreachable else uplink.NO_CONNECTION) from None
        writer.close()

    async def encryption() -> None:
        if tls is None:
            return
        try:
            refused = await is_refused(url, tls)
        except OSError:
            refused = True
        if refused:
            raise OnshiError(uplink.TLS_FAILED)

    async def asked() -> None:
        await centre.challenges(1, deferred=False)

    states: list[HopState] = []
    for hop, check in ((Hop.NAME, name), (Hop.CONNECTION, connection), (Hop.ENCRYPTION, encryption)):
        states.append(await _checked(hop, check, ticks, seconds))
        if not states[-1].ok:
            return _filled(states)
    state = await _checked(Hop.CENTRE, asked, ticks, answer_seconds)
    told = state.problem
    if told is not None and told.code == central.DATABASE_DOWN.code:
        database = problem(OnshiError(uplink.CENTRE_DATABASE))
        states.append(HopState(hop=Hop.CENTRE, ok=True, ms=state.ms))
        states.append(HopState(hop=Hop.DATABASE, ok=False, problem=database))
        return tuple(states)
    states.append(state)
    if state.ok:
        states.append(HopState(hop=Hop.DATABASE, ok=True))
    return _filled(states)


async def _checked(
    hop: Hop, check: Callable[[], Awaitable[None]], ticks: Callable[[], float], seconds: float
) -> HopState:
    start = ticks()
    failed: OnshiError | None = None
    try:
        async with asyncio.timeout(seconds):
            await check()
    except TimeoutError:
        failed = OnshiError(uplink.CENTRE_SLOW if hop is Hop.CENTRE else uplink.NO_CONNECTION)
    except OnshiError as error:
        failed = error
    return HopState(
        hop=hop, ok=failed is None, ms=(ticks() - start) * 1000, problem=problem(failed) if failed else None
    )


def _filled(states: list[HopState]) -> tuple[HopState, ...]:
    missing = list(Hop)[len(states) :]
    return (*states, *(HopState(hop=hop, ok=None) for hop in missing))
