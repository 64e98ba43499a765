"""From the bytes of an upload to its lines: encoding, header, count, line ends; streaming, nothing is kept.

A physical line is a record: a quotation mark that stays open is a fault of that line and of no other. What stands
in a line is judged by `check`. Encodings: UTF-8 with or without BOM, CP932; found by the header, which is Japanese.
"""

from collections.abc import Iterable, Iterator

from central.insurers.layout import COLUMNS, COUNT_MARK, HEADER, MAX_LINE_BYTES, MAX_LINES
from protocol.errors import Fault, OnshiError
from protocol.errors.insurers import (
    FILE_COUNT,
    FILE_EMPTY,
    FILE_ENCODING,
    FILE_HEADER,
    FILE_TOO_LONG,
    LINE_CONTROL,
    LINE_ENCODING,
    LINE_TOO_LONG,
)
from protocol.text import is_plain

BOM = b"\xef\xbb\xbf"
END_MARK = b"\x1a"
"""What some programs write behind the last line."""

Line = tuple[int, str | Fault]
"""Number in the file (the header is 1) and the text without its end, or why there is none."""


class UploadReader:
    """Iterate once. ``encoding`` is known after the first line, ``lines`` (records) and ``octets`` as they are read.

    Raises `OnshiError`: empty, encoding, header, count, too many lines. Until the last line was read nothing is sure.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.encoding = ""
        self.lines = 0
        self.octets = 0

    def __iter__(self) -> Iterator[Line]:
        number, counted = 0, -1
        mark = COUNT_MARK.encode()
        for raw in self._split():
            number += 1
            if number == 1:
                self._header(raw)
                mark = COUNT_MARK.encode(self.encoding)
                continue
            if counted >= 0:
                if raw is None or raw.strip(b"\r\n \x1a"):
                    raise OnshiError(FILE_COUNT, line=number, reason="lines after the count")
                continue
            if raw is not None and raw.startswith(mark):
                counted = _count(raw[len(mark) :])
                if counted != self.lines:
                    stated = counted if counted >= 0 else "no number"
                    raise OnshiError(FILE_COUNT, line=number, counted=self.lines, stated=stated)
                continue
            self.lines += 1
            if self.lines > MAX_LINES:
                raise OnshiError(FILE_TOO_LONG, limit=MAX_LINES)
            yield number, self._text(raw)
        if not number:
            raise OnshiError(FILE_EMPTY)
        if counted < 0:
            raise OnshiError(FILE_COUNT, line=number, reason="none", counted=self.lines)

    def _text(self, raw: bytes | None) -> str | Fault:
        if raw is None:
            return LINE_TOO_LONG
        try:
            text = raw.decode(self.encoding)
        except UnicodeDecodeError:
            return LINE_ENCODING
        return text if is_plain(text) and "\t" not in text else LINE_CONTROL

    def _header(self, raw: bytes | None) -> None:
        if raw is None or raw.startswith(b"PK\x03\x04"):
            raise OnshiError(FILE_ENCODING, reason="no CSV")
        raw = raw.removeprefix(BOM)
        for encoding in ("utf-8", "cp932"):
            try:
                header = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            break
        else:
            raise OnshiError(FILE_ENCODING, reason="header")
        if not is_plain(header):
            raise OnshiError(FILE_ENCODING, reason="control characters")
        header = header.replace('"', "")
        if header != HEADER:
            found = header.split(",")
            same = (given == column.header for given, column in zip(found, COLUMNS, strict=False))
            place = next((at for at, fits in enumerate(same, 1) if not fits), min(len(found), len(COLUMNS)) + 1)
            wanted = COLUMNS[place - 1].header if place <= len(COLUMNS) else ""
            raise OnshiError(FILE_HEADER, column=place, wanted=wanted, columns=len(found), needed=len(COLUMNS))
        self.encoding = encoding

    def _split(self) -> Iterator[bytes | None]:
        """Lines without their ends; None for one that is too long, however long it is."""
        rest, skipping = b"", False
        for chunk in self._chunks:
            self.octets += len(chunk)
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                if skipping or len(line) > MAX_LINE_BYTES:
                    skipping = False
                    yield None
                else:
                    yield line.removesuffix(b"\r")
            if len(rest) > MAX_LINE_BYTES:
                rest, skipping = b"", True
        if skipping:
            yield None
        elif rest.removesuffix(END_MARK):
            yield rest.removesuffix(b"\r")


def _count(rest: bytes) -> int:
    """N of ``,N`` with nothing but empty fields behind; -2 when it is no number."""
    text = rest.decode("ascii", "replace").replace('"', "").strip().rstrip(",")
    digits = text.removeprefix(",")
    return int(digits) if text.startswith(",") and digits.isdecimal() and len(digits) <= 9 else -2
