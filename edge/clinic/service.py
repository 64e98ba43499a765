"""The clinic's folders put together from the settings: what runs beside a reader, and alone for integrators.

Gives works by name; the caller runs, restarts and cancels them. Facts: reference clinic-interface 2.1, 6.
"""

import functools
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from edge.clinic.faces import FaceFolder
from edge.clinic.folders import Exchange, RequestFolder
from edge.clinic.habits import Habits, Padding
from edge.clinic.requests import Requests
from edge.clinic.sealing import read_password, seal
from edge.clinic.sweeping import sweep_forever
from edge.clinic.writer import WholeFiles
from edge.settings import FolderSettings
from protocol.codes import CharacterCode
from protocol.errors import OnshiError, clinic

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
