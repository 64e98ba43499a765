"""Writes files that clinic software sees whole, whatever its habit of watching a folder.

A temporary name that no client looks for is filled and synced, linked to the final name (which so appears whole
and never replaces another), and unlinked. About a second later, if the client has not taken the file, it is opened
for appending, closed and touched: clients that wait for "written" or "changed" wake then. A file that was taken is
never made again. Facts: reference clinic-interface 2.1 ("How clients notice a file").
"""

import asyncio
import errno
import os
import secrets
from pathlib import Path

import structlog

from protocol.errors import OnshiError, clinic

log = structlog.get_logger("onshi.clinic")

NUDGE_SECONDS = 1.0
PART = ".onshi-part"
FILE_MODE = 0o664
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EINVAL}


class WholeFiles:
    """One writer for all folders; `close` ends the nudges that are still to come."""

    def __init__(self, *, nudge_seconds: float = NUDGE_SECONDS, links: bool = True) -> None:
        self._nudge_seconds = nudge_seconds
        self._links = links
        self._nudges: set[asyncio.Task[None]] = set()

    async def write(self, path: Path, data: bytes) -> None:
        """Put ``data`` at ``path``; whole and on disk when this returns.

        Raises ``CLINIC-013`` when the name is taken, ``CLINIC-011`` without the folder, ``CLINIC-012`` otherwise;
        then nothing of it is left behind.
        """
        await asyncio.to_thread(self._write, path, data)
        nudge = asyncio.create_task(self._nudge(path), name="nudge")
        self._nudges.add(nudge)
        nudge.add_done_callback(self._nudges.discard)

    async def close(self) -> None:
        """Nudge at once what still waits for it."""
        waiting = list(self._nudges)
        for nudge in waiting:
            nudge.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def _write(self, path: Path, data: bytes) -> None:
        part = path.with_name(f"{secrets.token_hex(8)}{PART}")
        try:
            _fill(part, data)
            try:
                self._place(part, path)
            finally:
                part.unlink(missing_ok=True)
            _sync_folder(path.parent)
        except FileExistsError:
            raise OnshiError(clinic.NAME_TAKEN) from None
        except FileNotFoundError:
            raise OnshiError(clinic.FOLDER_MISSING) from None
        except OSError as refused:
            part.unlink(missing_ok=True)
            raise OnshiError(clinic.FOLDER_NOT_WRITABLE, errno=refused.errno or 0) from None

    def _place(self, part: Path, path: Path) -> None:
        if self._links:
            try:
                path.hardlink_to(part)
            except OSError as refused:
                if refused.errno not in _NO_LINKS:
                    raise
            else:
                return
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "taken")
        part.rename(path)

    async def _nudge(self, path: Path) -> None:
        try:
            await asyncio.sleep(self._nudge_seconds)
        finally:
            await asyncio.to_thread(_touch, path)


def _fill(part: Path, data: bytes) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _touch(path: Path) -> None:
    """Close-after-write and a new modification time, only if the file is still there.

    Never waits: over a file server a client may hold a lease on it, and then it knows the file already.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            os.utime(descriptor)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, BlockingIOError):
        return  # the client took it, or has it open: done
    except OSError as refused:
        log.warning("nudge_failed", errno=refused.errno)


def _sync_folder(folder: Path) -> None:
    """Some network folders cannot be synced; the file itself was."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as refused:
        if refused.errno not in {errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.EROFS}:
            raise
    finally:
        os.close(descriptor)
