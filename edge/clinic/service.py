"""The clinic's folders put together from the settings: what runs beside a reader, and alone for integrators.

Gives works by name; the caller runs, restarts and cancels them. Facts: reference clinic-interface 2.1, 6.
"""

import functools
import ssl
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from edge.clinic.api import ApiRules, LocalApi
from edge.clinic.api_document import document
from edge.clinic.faces import FaceFolder
from edge.clinic.folders import Exchange, RequestFolder
from edge.clinic.habits import Habits, Padding
from edge.clinic.requests import Requests
from edge.clinic.sealing import read_password, seal
from edge.clinic.sweeping import sweep_forever
from edge.clinic.visits import VisitFeed
from edge.clinic.writer import WholeFiles
from edge.settings import EdgeSettings, FolderSettings
from edge.uplink.device import DeviceKey
from edge.uplink.sealed import SealedFolder
from protocol.codes import CharacterCode
from protocol.errors import OnshiError, clinic
from protocol.errors.input_ import SETTING_WRONG

Work = Callable[[], Coroutine[Any, Any, None]]


def habits_of(folders: FolderSettings) -> Habits:
    """Raises ``CLINIC-016`` when files shall be sealed and the password cannot be used."""
    sealing = None
    if folders.encrypt and folders.encrypt_password is not None:
        sealing = functools.partial(seal, read_password(folders.encrypt_password))
    return Habits(
        padding=Padding(folders.insurer_padding),
        zipped_bulk=folders.bulk_result == "zip",
        sealed=folders.encrypt,
        seal=sealing,
    )


def require_folders(folders: FolderSettings) -> None:
    """Raises ``CLINIC-011`` for a folder that is not there."""
    for folder in (folders.req, folders.res, folders.face):
        if folder is not None and not folder.is_dir():
            raise OnshiError(clinic.FOLDER_MISSING, folder=folder.name)


def face_folder(folders: FolderSettings, files: WholeFiles, habits: Habits) -> FaceFolder:
    encoding = CharacterCode.SHIFT_JIS if folders.face_encoding == "Shift_JIS" else CharacterCode.UTF_8
    return FaceFolder(folders.face, files, encoding=encoding, habits=habits)


def visit_feed(settings: EdgeSettings, key: DeviceKey, clock: Callable[[], datetime]) -> VisitFeed:
    """The visits of the stay time, kept sealed beside the outbox."""
    kept = SealedFolder(settings.files.state / "visits", key.sealing_key())
    return VisitFeed(kept, clock=clock, stay=timedelta(minutes=settings.folders.stay_minutes))


async def serve_api(settings: EdgeSettings, requests: Requests, feed: VisitFeed) -> web.AppRunner | None:
    """The local API, listening; None when there is none. Raises ``INPUT-901`` when it cannot."""
    told = settings.api
    if not told.enabled:
        return None
    rules = ApiRules(facility=settings.device.facility, clients=told.clients, origins=told.origins)
    api = LocalApi(rules, requests, requests.bulk, feed)
    runner = web.AppRunner(
        api.application(document(version("onshi"))), access_log=None, auto_decompress=False, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        tls = None
        if told.certificate is not None and told.key is not None:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(told.certificate, told.key)
        await web.TCPSite(runner, told.host, told.port, ssl_context=tls).start()
    except OSError as failed:  # ssl's errors are among them
        await runner.cleanup()
        raise OnshiError(SETTING_WRONG, setting="api", reason=failed.strerror or type(failed).__name__) from None
    return runner


def works(
    folders: FolderSettings,
    requests: Requests,
    files: WholeFiles,
    *,
    ticks: Callable[[], float],
) -> dict[str, Work]:
    """The folder exchange and the sweeping of old results, as far as the settings have folders for them."""
    found: dict[str, Work] = {}
    if folders.req is not None and folders.res is not None:
        exchange = Exchange(req=folders.req, res=folders.res, scan_seconds=folders.scan_seconds)
        found["folders"] = RequestFolder(exchange, requests, files, ticks=ticks).run
    written: tuple[Path, ...] = tuple(one for one in (folders.res, folders.face) if one is not None)
    if written:
        stay = folders.stay_minutes * 60.0
        found["sweep"] = lambda: sweep_forever(written, clock=time.time, stay_seconds=stay)
    return found


ROOTS = ("req", "res", "face")


def at_root(folders: FolderSettings, root: Path) -> FolderSettings:
    """The same habits with the three folders under one root; makes those that are missing."""
    for name in ROOTS:
        (root / name).mkdir(parents=True, exist_ok=True)
    return msgspec.structs.replace(folders, **{name: root / name for name in ROOTS})
