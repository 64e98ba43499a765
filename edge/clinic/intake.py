"""Takes request files out of a folder without believing anything about them.

A client may still be writing, hold the file open, take it back, or have put something there that is no file at all.
Facts: reference clinic-interface 2.1.
"""

import errno
import fcntl
import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from edge.clinic.names import is_candidate
from protocol.errors import OnshiError, clinic, input_
from protocol.text import ENDS_EARLY

FINISH_SECONDS = 3.0
"""How long a request may be unfinished or held without a change before it is refused."""
_UNFINISHED = {clinic.REQUEST_UNREADABLE.code, clinic.REQUEST_INCOMPLETE.code, input_.MESSAGE_MALFORMED.code}


def may_be_finished(refused: OnshiError) -> bool:
    """Whether what is wrong with a request may go away by itself: its writer has not ended, or holds it."""
    return refused.fault.code in _UNFINISHED or _ends_early(refused)


def as_it_stays(refused: OnshiError) -> OnshiError:
    """What is wrong when nobody goes on writing: a document that ends early was never finished (``CLINIC-008``)."""
    return OnshiError(clinic.REQUEST_INCOMPLETE, **refused.details) if _ends_early(refused) else refused


def _ends_early(refused: OnshiError) -> bool:
    return refused.details.get("reason") == ENDS_EARLY


class Look(NamedTuple):
    """What a file looked like: two equal looks some time apart mean that nobody is writing."""

    inode: int
    size: int
    mtime_ns: int


def looks(folder: Path) -> dict[str, Look]:
    """Every file that is meant for us; raises ``CLINIC-011`` without the folder."""
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_candidate(entry.name):
                    continue
                try:
                    seen = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                found[entry.name] = Look(seen.st_ino, seen.st_size, seen.st_mtime_ns)
    except OSError as refused:
        raise OnshiError(clinic.FOLDER_MISSING, folder="req", errno=refused.errno or 0) from None
    return found


def read_request(path: Path, max_bytes: int) -> bytes:
    """The file's bytes. Raises ``INPUT-015`` (too large), ``CLINIC-007`` (cannot be read), ``FileNotFoundError``."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as refused:
        raise OnshiError(clinic.REQUEST_UNREADABLE, errno=refused.errno or 0) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OnshiError(clinic.REQUEST_UNREADABLE, reason="no regular file")
        if found.st_size > max_bytes:
            raise OnshiError(input_.MESSAGE_TOO_LARGE, bytes=found.st_size)
        _ranges_free(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        data = b""
        while len(data) <= max_bytes and (portion := os.read(descriptor, max_bytes + 1 - len(data))):
            data += portion
    except OSError as refused:
        raise OnshiError(clinic.REQUEST_UNREADABLE, errno=refused.errno or 0) from None
    finally:
        os.close(descriptor)
    if len(data) > max_bytes:
        raise OnshiError(input_.MESSAGE_TOO_LARGE, bytes=len(data))
    return data


def _ranges_free(descriptor: int) -> None:
    """Raises ``OSError`` where somebody has locked a part: that is how a file server shows what a client locked.

    Let go at once, because some network folders do not tell such a lock of our own from the one that follows.
    """
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as refused:
        if refused.errno in {errno.EACCES, errno.EAGAIN}:
            raise
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_UN)


def remove_request(path: Path, look: Look, digest: bytes = b"") -> bool:
    """Delete the request that was answered, not one that a client has put in its place since.

    True when the name is free or another's now, False when it cannot be deleted. A file server moves the time of a
    file that a client closes late: where only the time is another, ``digest`` (SHA-256) tells whether the file is.
    """
    try:
        seen = path.lstat()
        found = Look(seen.st_ino, seen.st_size, seen.st_mtime_ns)
        moved = found[:2] == look[:2] and digest and digest == _digest(path, look.size)
        if found == look or moved:
            path.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _digest(path: Path, size: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return hashlib.sha256(os.read(descriptor, size)).digest()
    finally:
        os.close(descriptor)


def move_request(path: Path, target: Path) -> bool:
    """Give a request back without reading it, where one file system holds both folders."""
    try:
        target.hardlink_to(path)
    except OSError:
        return False
    return True
