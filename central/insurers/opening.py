"""The importer of given settings, with everything it needs: store, keys, spool, resident register."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp

from central.db.migrate import store_at_head
from central.insurers.merge import CohortLimits
from central.insurers.parts import Parts, Progress
from central.insurers.residents import HttpResidents
from central.insurers.settings import ImporterSettings
from central.insurers.spool import Spool
from central.insurers.uploads import Importer
from protocol.errors import OnshiError
from protocol.errors.input_ import CREDENTIAL_WRONG

PATIENCE = 6 * 3600.0
"""Seconds that one statement of an apply may take."""


@asynccontextmanager
async def opened_parts(settings: ImporterSettings) -> AsyncIterator[Parts]:
    """What an importer of these settings is made of, open; closed again behind the block."""
    url = settings.database_url()
    hasher, key = settings.hasher(), settings.files_key()
    async with store_at_head(url, size=4, patience=PATIENCE) as store, aiohttp.ClientSession() as session:
        settings.files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield Parts(
            store=store,
            url=url,
            hasher=hasher,
            spool=Spool(settings.files.folder, key),
            folder=settings.files.folder,
            residents=HttpResidents(session, settings.residents.url, tls=_tls(settings)),
            clock=lambda: datetime.now(UTC),
            rule=settings.numbers.check_digit,
            limits=CohortLimits(share=settings.cohorts.share_percent, members=settings.cohorts.members),
            late=timedelta(days=settings.freshness.late_days),
        )


@asynccontextmanager
async def opened(settings: ImporterSettings, told: Callable[[Progress], None]) -> AsyncIterator[Importer]:
    """The importer of these settings, with everything it needs."""
    async with opened_parts(settings) as parts:
        yield Importer(parts, told=told)


def _tls(settings: ImporterSettings) -> ssl.SSLContext | None:
    """Trust and our certificate for the resident register; None: the system's trust and no certificate."""
    own = settings.residents
    if not own.ca and not own.certificate:
        return None
    try:
        context = ssl.create_default_context(
            cadata=settings.secret("residents.ca", own.ca).decode("ascii") if own.ca else None
        )
        if own.certificate:
            context.load_cert_chain(settings.path(own.certificate), settings.path(own.key) if own.key else None)
    except (ssl.SSLError, OSError, UnicodeDecodeError) as wrong:
        raise OnshiError(CREDENTIAL_WRONG, setting="residents.ca", reason=type(wrong).__name__) from None
    return context
