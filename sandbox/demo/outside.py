"""The J-LIS stand-in of the demo, served on the loopback."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from sandbox.jlis.service import JlisService
from sandbox.world.world import World


@dataclass(frozen=True)
class RunningJlis:
    """``service.conditions`` can be changed at any time, to see the centre without J-LIS."""

    service: JlisService
    url: str


@contextlib.asynccontextmanager
async def running_jlis(world: World, *, port: int = 0) -> AsyncIterator[RunningJlis]:
    """Serves lists, OCSP and linkage on 127.0.0.1 until the block ends; port 0 takes a free one."""
    service = JlisService(world.jlis)
    runner = web.AppRunner(service.app(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield RunningJlis(service, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()
