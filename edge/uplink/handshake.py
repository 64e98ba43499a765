"""Finds out whether the centre takes our TLS at all.

In TLS 1.3 a client is done before the server has judged its certificate: a refusal looks like a connection that is
cut. So a fresh connection is listened to for a moment; a server that is content stays silent.
"""

import asyncio
import ssl
from urllib.parse import urlsplit

LISTEN_SECONDS = 0.3


async def is_refused(url: str, tls: ssl.SSLContext) -> bool:
    """True when the handshake fails or the server hangs up right after it; raises ``OSError`` without a connection."""
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 443
    try:
        reader, writer = await asyncio.open_connection(host, port, ssl=tls, server_hostname=host)
    except ssl.SSLError:
        return True
    try:
        async with asyncio.timeout(LISTEN_SECONDS):
            await reader.read(1)
    except TimeoutError:
        return False
    except (OSError, ssl.SSLError):
        return True
    finally:
        writer.transport.abort()
    return True
