"""A submission ZIP, opened without trusting anything it says of itself.

Nothing is written to disk and no name inside becomes a path. Not for judging what the files say (`check` does).
Facts: PKWARE APPNOTE 4.3, 4.4; D. Fifield, A better zip bomb (2019); reference data-formats 3.1.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, TypeVar

from protocol.errors import OnshiError, checkups

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_LONGEST_COMMENT = 0xFFFF
_LOCAL_HEADER = 30
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x2041
"""Flags of a password (bit 0), strong encryption (bit 6) and a hidden directory (bit 13)."""
_SAFE = re.compile(r"[0-9A-Za-z_.\-]+(?:/[0-9A-Za-z_.\-]+)*/?")
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What `zipfile` raises over bytes that are no good ZIP; RuntimeError is its word for a wanted password."""
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a ZIP may hold. Sizes are bytes, ``ratio`` is bytes out for one byte in.

    A checkup is some 15 KB and its claim 2 KB, and deflate makes a sixth of them; 20,000 people fit easily.
    """

    archive: int = 256 * 1024 * 1024
    files: int = 50_000
    file: int = 2 * 1024 * 1024
    total: int = 1024 * 1024 * 1024
    ratio: int = 100
    directory: int = 8 * 1024 * 1024


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Entry:
    """A file inside: its whole name, and how many bytes it says to have."""

    name: str
    size: int


class Archive:
    """The files of a ZIP by name. ``stream`` must be seekable and stays the caller's.

    Raises `OnshiError` (CHECKUP-001 to CHECKUP-005) at once for what is no ZIP, is damaged, encrypted, too large
    or names its files dangerously.
    """

    def __init__(self, stream: IO[bytes], limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._left = limits.total
        _before_opening(stream, limits)
        self._zip = _guarded(lambda: zipfile.ZipFile(stream))
        self._infos = {one.filename: one for one in _checked(self._zip.infolist(), self._zip.start_dir, limits)}

    def __iter__(self) -> Iterator[Entry]:
        """The files, not the folders, in the order of the directory."""
        return (Entry(name, one.file_size) for name, one in self._infos.items() if not one.is_dir())

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises `OnshiError` (CHECKUP-002, CHECKUP-003): the sizes told are not believed."""

        def read() -> bytes:
            with self._zip.open(self._infos[name]) as file:
                return file.read(self._limits.file + 1)

        data = _guarded(read)
        self._left -= len(data)
        if len(data) > self._limits.file or self._left < 0:
            raise OnshiError(checkups.ZIP_TOO_LARGE, bytes=len(data))
        return data


def _guarded(action: Callable[[], R]) -> R:
    try:
        return action()
    except _BROKEN as refused:
        raise OnshiError(checkups.ZIP_DAMAGED, reason=type(refused).__name__) from None
    except OSError as refused:
        raise OnshiError(checkups.FILE_UNREADABLE, reason=type(refused).__name__) from None


def _before_opening(stream: IO[bytes], limits: Limits) -> None:
    """Looks at the end of the file, so that `zipfile` never reads a directory of any size."""
    size = stream.seek(0, 2)
    if size > limits.archive:
        raise OnshiError(checkups.ZIP_TOO_LARGE, bytes=size)
    tail_size = min(size, _END.size + _LONGEST_COMMENT + 20)
    stream.seek(size - tail_size)
    tail = stream.read(tail_size)
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise OnshiError(checkups.NOT_A_ZIP)
    _, _, _, _, count, directory, offset, _ = _END.unpack_from(tail, at)
    if tail[max(0, at - 20) : at].startswith(_ZIP64_LOCATOR) or 0xFFFF_FFFF in (directory, offset):
        raise OnshiError(checkups.ZIP_TOO_LARGE, zip64="yes")
    if directory > limits.directory or count > limits.files:
        raise OnshiError(checkups.ZIP_TOO_LARGE, files=count)
    if size - tail_size + at != offset + directory:  # something in front, or between directory and end
        raise OnshiError(checkups.NOT_A_ZIP)
    stream.seek(0)


def _checked(infos: list[zipfile.ZipInfo], directory: int, limits: Limits) -> list[zipfile.ZipInfo]:
    if len(infos) > limits.files:
        raise OnshiError(checkups.ZIP_TOO_LARGE, files=len(infos))
    seen: set[str] = set()
    for one in infos:
        _name(one, seen)
        if one.flag_bits & _ENCRYPTED:
            raise OnshiError(checkups.ZIP_ENCRYPTED)
        if one.compress_type not in _METHODS:
            raise OnshiError(checkups.ZIP_DAMAGED, method=one.compress_type)
        if one.file_size > limits.file or one.file_size > limits.ratio * max(one.compress_size, 64):
            raise OnshiError(checkups.ZIP_TOO_LARGE, bytes=one.file_size)
    if sum(one.file_size for one in infos) > limits.total:
        raise OnshiError(checkups.ZIP_TOO_LARGE, files=len(infos))
    _apart(infos, directory)
    return infos


def _name(one: zipfile.ZipInfo, seen: set[str]) -> None:
    """Names are ASCII and relative; the same name in other letters is the same name on many disks."""
    key = one.filename.rstrip("/").lower()
    parts = key.split("/")
    link = stat.S_ISLNK(one.external_attr >> 16)
    plain = one.filename == one.orig_filename and _SAFE.fullmatch(one.filename) is not None and len(key) <= 200
    if not plain or link or key in seen or any(part.strip(".") == "" for part in parts):
        raise OnshiError(checkups.ZIP_NAMES, entry=len(seen) + 1)
    seen.add(key)


def _apart(infos: list[zipfile.ZipInfo], directory: int) -> None:
    """Files that share bytes multiply what a small ZIP unpacks to."""
    end = 0
    for one in sorted(infos, key=lambda one: one.header_offset):
        if one.header_offset < end:
            raise OnshiError(checkups.ZIP_DAMAGED, reason="overlap")
        end = one.header_offset + _LOCAL_HEADER + len(one.filename) + one.compress_size
    if end > directory:
        raise OnshiError(checkups.ZIP_DAMAGED, reason="overlap")
