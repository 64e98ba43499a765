"""Real MQTT brokers for tests: Mosquitto as a process, and the embedded one in this loop. Loopback, no outside."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from socket import create_connection

import pytest
from amqtt.broker import Broker

from tests.conftest import need
from tests.parts.ports import free_port

HOST = "127.0.0.1"


@pytest.fixture(scope="session")
def mosquitto() -> Iterator[int]:
    """The port of a Mosquitto that anybody on the loopback may use."""
    program = need("mosquitto")
    folder = Path(tempfile.mkdtemp(prefix="onshi-mqtt-"))
    port = free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} {HOST}\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nuser root\n"
    )
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([program, "-c", str(settings)], stdout=log, stderr=log, cwd=folder)
    try:
        _await_port(port, running)
        yield port
    finally:
        running.terminate()
        running.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _await_port(port: int, running: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and running.poll() is None:
        try:
            create_connection((HOST, port), 1).close()
        except OSError:
            time.sleep(0.02)
            continue
        return
    raise RuntimeError("mosquitto did not start")


@asynccontextmanager
async def embedded_broker(port: int = 0) -> AsyncIterator[int]:
    """The port of an amqtt broker in this event loop."""
    port = port or free_port()
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    try:
        yield port
    finally:
        await broker.shutdown()
        await asyncio.sleep(0)
