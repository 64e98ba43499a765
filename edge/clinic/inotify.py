"""Wakes a task when something happens in one folder; says nothing about what (that is looked at, not believed).

Straight on the kernel's inotify(7): no thread, no polling, and names that are no Unicode cannot hurt, because
names are not read. Network folders tell nothing: whoever uses this also looks from time to time.
"""

import asyncio
import ctypes
import os
from pathlib import Path
from types import TracebackType
from typing import Self

_CLOSE_WRITE, _MOVED_TO, _CREATE, _ATTRIB, _MODIFY = 0x8, 0x80, 0x100, 0x4, 0x2
_DELETE_SELF, _MOVE_SELF, _ONLY_DIRECTORY = 0x400, 0x800, 0x1000000
_MASK = _CLOSE_WRITE | _MOVED_TO | _CREATE | _ATTRIB | _MODIFY | _DELETE_SELF | _MOVE_SELF | _ONLY_DIRECTORY


class FolderWatch:
    """Sets ``wake`` while entered. Raises ``OSError`` when the folder is missing or the kernel has no room."""

    def __init__(self, folder: Path, wake: asyncio.Event) -> None:
        self._folder = folder
        self._wake = wake
        self._descriptor = -1

    def __enter__(self) -> Self:
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        if libc.inotify_add_watch(descriptor, os.fsencode(self._folder), _MASK) < 0:
            number = ctypes.get_errno()
            os.close(descriptor)
            raise OSError(number, "inotify_add_watch")
        self._descriptor = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._heard)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _heard(self) -> None:
        try:
            while os.read(self._descriptor, 1 << 16):
                self._wake.set()
        except BlockingIOError:
            return
