"""The world's own wires have certificates that a strict TLS client takes, and that are renewed in time."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.world import tls
from sandbox.world.keys import KeyCache

NOW = datetime.now(UTC)


def shake_hands(ca: Path, certificate: Path, key: Path, host: str) -> str | None:
    """TLS over memory buffers; gives the protocol version."""
    client = ssl.create_default_context(cafile=str(ca))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(down, up, server_hostname=host)
    there = server.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return here.version()


def test_a_client_that_checks_takes_the_servers_certificate(tmp_path: Path) -> None:
    keys = KeyCache(tmp_path)
    ca = tls.authority(keys, "centre-ca", "centre CA", NOW)
    certificate = tls.server(keys, "centre", "centre-ca", ("localhost", "127.0.0.1"), NOW)
    for host in ("localhost", "127.0.0.1"):
        assert shake_hands(ca, certificate, keys.path("centre"), host) == "TLSv1.3"


def test_a_certificate_is_kept_until_it_comes_near_its_end(tmp_path: Path) -> None:
    keys = KeyCache(tmp_path)
    first = tls.authority(keys, "centre-ca", "centre CA", NOW).read_bytes()
    assert tls.authority(keys, "centre-ca", "centre CA", NOW).read_bytes() == first
    later = NOW + tls.YEARS - timedelta(days=10)
    assert tls.authority(keys, "centre-ca", "centre CA", later).read_bytes() != first
