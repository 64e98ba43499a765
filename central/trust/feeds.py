"""Fetching what the centre trusts by: revocation lists and the linkage of renewals, again and again, in the background.

A feed that fails changes nothing that is in force; it is logged with its name, and status turns unknown by itself
once the last list is past its nextUpdate. Not for judging (`revocation`, `links`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import aiohttp
import structlog

from central.trust.links import Links
from central.trust.revocation import Revocations
from protocol.errors import OnshiError

MAX_LIST = 256 * 1024 * 1024
"""Octets of a list or linkage: five times what a million entries take."""
TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10)
log = structlog.get_logger(__name__)


class Feed(Protocol):
    """Where bytes come from again and again."""

    name: str

    async def fetch(self) -> bytes | None:
        """The bytes, or None when they have not changed. Raises `OSError`, `aiohttp.ClientError`, `TimeoutError`."""
        ...


class FileFeed:
    """A file that somebody else replaces."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self._seen: tuple[int, int] | None = None

    async def fetch(self) -> bytes | None:
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes | None:
        with self._path.open("rb") as file:
            content = file.read(MAX_LIST + 1)
        if len(content) > MAX_LIST:
            raise OSError("file too large")
        state = self._path.stat()
        seen = (state.st_mtime_ns, state.st_size)
        if seen == self._seen:
            return None
        self._seen = seen
        return content


class UrlFeed:
    """A URL, asked with ETag and Last-Modified so that an unchanged list costs nothing."""

    def __init__(self, session: aiohttp.ClientSession, url: str, *, name: str = "") -> None:
        self.name = name or url.rsplit("/", 1)[-1] or "feed"
        self._session = session
        self._url = url
        self._conditions: dict[str, str] = {}

    async def fetch(self) -> bytes | None:
        async with self._session.get(self._url, headers=self._conditions, timeout=TIMEOUT) as response:
            if response.status == 304:
                return None
            response.raise_for_status()
            content = bytearray()
            async for portion in response.content.iter_chunked(1 << 20):
                content += portion
                if len(content) > MAX_LIST:
                    raise aiohttp.ClientPayloadError("answer too large")
            self._conditions = {
                condition: response.headers[header]
                for condition, header in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
                if header in response.headers
            }
            return bytes(content)


class Refresher:
    """Fetches all feeds every ``every`` and hands them on; `run` until cancelled, or `refresh` once.

    ``lists`` are CRL feeds, one per issuer or more; ``links`` the linkage feed.
    """

    def __init__(
        self,
        revocations: Revocations,
        lists: Sequence[Feed],
        *,
        clock: Callable[[], datetime],
        links: tuple[Links, Feed] | None = None,
        every: timedelta = timedelta(minutes=5),
    ) -> None:
        self._revocations = revocations
        self._lists = lists
        self._links = links
        self._clock = clock
        self._every = every

    async def run(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(self._every.total_seconds())

    async def refresh(self) -> int:
        """One round; gives how many feeds failed."""
        failed = 0
        for feed in self._lists:
            failed += not await self._one(feed, self._take_list)
        if self._links is not None:
            failed += not await self._one(self._links[1], self._take_links)
        await self._revocations.purge(self._clock())
        return failed

    async def _one(self, feed: Feed, take: Callable[[bytes], Awaitable[object]]) -> bool:
        try:
            content = await feed.fetch()
            if content is not None:
                await take(content)
        except OnshiError as refused:
            log.warning("feed_refused", feed=feed.name, code=refused.fault.code, **refused.details)
            return False
        except (OSError, TimeoutError, aiohttp.ClientError) as failed:
            log.warning("feed_failed", feed=feed.name, reason=type(failed).__name__)
            return False
        return True

    async def _take_list(self, content: bytes) -> None:
        await self._revocations.take(content, self._clock())

    async def _take_links(self, content: bytes) -> None:
        if self._links is not None:
            await self._links[0].take(content, self._clock())
