"""Reads a receipt file as a stream: lines, records, receipts. Nothing of it is judged here (`check` does that).

Memory holds one receipt. What is no receipt file is refused; everything else comes out, however odd, so that
`writer` gives the same bytes again. Facts: reference data-formats 2.1.
"""

import re
from collections.abc import Iterable, Iterator
from typing import IO

from central.receipts.kinds import HEADERS, Kind, kind_of
from central.receipts.record import Blank, Closing, End, Item, Opening, Receipt, Record, Stray
from protocol.errors import OnshiError, receipts

MAX_LINE = 16_384
"""Bytes of one line; the longest record (SJ) needs 2,500."""
MAX_RECORDS = 20_000
"""Records of one receipt; a long stay in hospital has some thousands."""
MAX_TAIL = 4_096
END_MARK = b"\x1a"
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_UTF8_KANJI = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}){2}")


def read(stream: IO[bytes]) -> Iterator[Item]:
    """What a file holds, in its order; the last item is `End`.

    Raises `OnshiError` (RECEIPT-001 to RECEIPT-006, with the line) for what is no receipt file of a kind we read.
    """
    lines = _Lines(stream)
    kind: Kind | None = None
    reception: Opening | None = None
    opening: Opening | None = None
    gathered: list[Record] = []
    for number, content, ending in lines:
        if not content:
            if gathered:
                gathered.append(Record(number, "", None, (), ending))
            else:
                yield Blank(number, ending)
            continue
        head, comma, body = content.partition(b",")
        id_ = head.decode("latin-1")
        raw = tuple(body.split(b",")) if comma else ()
        if kind is None or id_ in HEADERS:
            kind = _kind(id_, raw, number, kind)
        record = Record(number, id_, kind.record_type(id_, raw), raw, ending)
        if id_ == "RE" or id_ in HEADERS or id_ == "GO":
            yield from _receipt(opening, reception, gathered)
        if id_ in HEADERS:
            reception = Opening(record, kind) if id_ == "UK" else reception
            opening = Opening(record, kind)
            yield opening
        elif id_ == "GO":
            yield Closing(record)
        elif id_ == "RE" or gathered:
            gathered.append(record)
            if len(gathered) > MAX_RECORDS:
                raise OnshiError(receipts.RECEIPT_TOO_LONG, line=number)
        else:
            yield Stray(record)
    yield from _receipt(opening, reception, gathered)
    if kind is None:
        raise OnshiError(receipts.FILE_EMPTY, line=0)
    yield End(lines.number, lines.tail)


def read_volumes(streams: Iterable[IO[bytes]]) -> Iterator[Item]:
    """The volumes of one claim, one after the other; each ends with its `End`."""
    for stream in streams:
        yield from read(stream)


def _receipt(opening: Opening | None, reception: Opening | None, gathered: list[Record]) -> Iterator[Item]:
    if gathered and opening is not None:
        yield Receipt(opening, tuple(gathered), reception)
        gathered.clear()


def _kind(id_: str, raw: tuple[bytes, ...], number: int, known: Kind | None) -> Kind:
    """The kind that a header tells. A broken header inside a file leaves the kind as it was."""
    try:
        return kind_of(id_, raw)
    except OnshiError as refused:
        if known is not None:
            return known
        raise OnshiError(refused.fault, line=number) from None


class _Lines:
    """Lines without their endings; stops at the end mark and keeps what stands from there on."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.number = 0
        self.tail = b""

    def __iter__(self) -> Iterator[tuple[int, bytes, bytes]]:
        while line := self._stream.readline(MAX_LINE + 1):
            self.number += 1
            if len(line) > MAX_LINE:
                raise OnshiError(receipts.LINE_TOO_LONG, line=self.number)
            mark = line.find(END_MARK)
            if mark >= 0:
                self.tail = line[mark:] + self._stream.read(MAX_TAIL + 1)
                if len(self.tail) > MAX_TAIL:
                    raise OnshiError(receipts.AFTER_END, line=self.number)
                line = line[:mark]
                if not line:
                    self.number -= 1
                    return
            if not line.isascii() or self.number == 1:
                self._characters(line)
            content = line.rstrip(b"\r\n")
            yield self.number, content, line[len(content) :]
            if mark >= 0:
                return

    def _characters(self, line: bytes) -> None:
        if self.number == 1 and line.startswith(_MARKS):
            raise OnshiError(receipts.NOT_CP932, line=1)
        if _UTF8_KANJI.search(line) is None:
            return
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return
        raise OnshiError(receipts.NOT_CP932, line=self.number)
