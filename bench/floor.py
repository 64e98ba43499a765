"""The floor under a visit, measured in the same run: what its cryptography and its wire cost with nothing around.

A visit with consent makes two RSA-2048 signatures on the card and three requests (challenge, visit, consent) on a
kept-alive mutual-TLS connection. The floor is just that: bare signatures, bare requests to a handler that says "ok".
"""

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

SIGNATURES, REQUESTS = 2, 3
ROUNDS = 200


def rsa_sign_ms(rounds: int = ROUNDS) -> list[float]:
    """One RSA-2048 signature, in milliseconds, so many times."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return _timed(lambda: key.sign(b"floor", padding.PKCS1v15(), SHA256()), rounds)


def _timed(work: Callable[[], object], rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return times


async def tls_request_ms(
    *, ca: Path, server: tuple[Path, Path], client: tuple[Path, Path], client_ca: Path, rounds: int = ROUNDS
) -> list[float]:
    """One POST of 1.5 kB on a kept connection, both sides with certificates, in milliseconds, so many times."""
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    listening.load_cert_chain(*server)
    listening.load_verify_locations(client_ca)
    listening.verify_mode = ssl.CERT_REQUIRED
    calling = ssl.create_default_context(cafile=str(ca))
    calling.load_cert_chain(*client)

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=b"ok")

    application = web.Application()
    application.router.add_post("/", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=listening)
        await site.start()
        port = runner.addresses[0][1]
        connector = aiohttp.TCPConnector(ssl=calling, limit=1)
        async with aiohttp.ClientSession(connector=connector) as session:
            times = []
            for _ in range(rounds + 5):
                start = time.perf_counter()
                async with session.post(f"https://127.0.0.1:{port}/", data=b"x" * 1500) as response:
                    await response.read()
                times.append((time.perf_counter() - start) * 1000)
            return times[5:]
    finally:
        await runner.cleanup()
