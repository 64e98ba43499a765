"""Watches a clinic's folders beside the exchange and says what its software is doing wrong, in words for both sides.

Reads only; changes nothing. Judges names, contents and habits, not people: a finding shows file names and places in
a message, never what stands there. Facts: reference clinic-interface 2.1, 3, 8.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from edge.clinic.intake import FINISH_SECONDS, as_it_stays, may_be_finished, read_request
from edge.clinic.medical import PATHS, is_pdf
from edge.clinic.names import Kind, RequestName, is_candidate, is_result, request_name
from edge.clinic.requests import places, places_told
from edge.clinic.writer import PART
from protocol.errors import CATALOGUE, Fault, OnshiError, clinic
from protocol.messages import BULK_BYTES, MESSAGES, BulkDownload, MedicalRequest, Message, read_xml

UNFETCHED_SECONDS = 60.0
UNANSWERED_SECONDS = 15.0
SLOW_SECONDS = 1.0
LEFT_OVER_SECONDS = 60.0
ERR_BYTES = 10_000
HASTY_SECONDS = 3.0
"""Between two downloads of one bulk."""


class Sign(StrEnum):
    """What was seen; the texts are in `TEXTS`."""

    NAME = "name"
    CONTENT = "content"
    UNFINISHED = "unfinished"
    HELD = "held"
    FACILITY = "facility"
    NO_IDENTIFIER = "no-identifier"
    KIND = "kind"
    SLOW = "slow"
    REUSED = "reused"
    UNANSWERED = "unanswered"
    UNFETCHED = "unfetched"
    REFUSED = "refused"
    LEFT_OVER = "left-over"
    HASTY = "hasty"
    FOLDER = "folder"


TEXTS: dict[Sign, tuple[str, str]] = {
    Sign.NAME: (
        "ファイル名が決まりに合いません（例 OQSsiquc01req_….xml）。",
        "The file's name follows no rule (like OQSsiquc01req_….xml).",
    ),
    Sign.CONTENT: ("照会ファイルの中身に誤りがあります。", "Something is wrong inside the request."),
    Sign.UNFINISHED: (
        "照会ファイルが書きかけのまま止まっています。",
        "The request was begun and never finished.",
    ),
    Sign.HELD: (
        "照会ファイルを開けません。ソフトが開いたままか、権限がありません。",
        "The request cannot be opened: a program keeps it, or permissions are missing.",
    ),
    Sign.FACILITY: (
        "医療機関コードが、この端末のものではありません。",
        "The facility code is not this appliance's.",
    ),
    Sign.NO_IDENTIFIER: (
        "任意のファイル識別子がありません。回答を中身で対応付けるソフトは、これがないと困ります。",
        "No ArbitraryFileIdentifier: software that matches answers by their content needs one.",
    ),
    Sign.KIND: ("この種類の照会には、まだ対応していません。", "This kind of request is not answered yet."),
    Sign.SLOW: (
        "照会ファイルが少しずつ書かれています。別の名前で書き終えてから、名前を変えてください。",
        "The request is written bit by bit. Write it under another name, then rename it.",
    ),
    Sign.REUSED: (
        "前の回答を取り込まないまま、同じ名前で照会しています。前の回答は消えます。",
        "The same name is used again while its answer is still there; that answer is lost.",
    ),
    Sign.UNANSWERED: (
        "照会ファイルが残ったままです。連携が動いていないか、ファイルが開かれたままです。",
        "The request stays. The exchange is not running, or a program keeps the file open.",
    ),
    Sign.UNFETCHED: (
        "回答が取り込まれていません。ソフトの監視フォルダと文字コードの設定を確認してください。",
        "The answer is not fetched. Check the folder and the encoding in the software's settings.",
    ),
    Sign.REFUSED: ("照会が受け付けられませんでした。", "The request was refused."),
    Sign.LEFT_OVER: ("作業用のファイルが残っています。", "A temporary file was left behind."),
    Sign.HASTY: (
        "一括照会の結果を短い間隔で取りに来ています。数秒おきにしてください。",
        "The result of a bulk is asked for too often. Wait some seconds in between.",
    ),
    Sign.FOLDER: ("フォルダがないか、読めません。", "A folder is missing or cannot be read."),
}
_SIGNS = {clinic.REQUEST_UNREADABLE.code: Sign.HELD, clinic.REQUEST_INCOMPLETE.code: Sign.UNFINISHED}
"""Of a code that is not about what the request says."""
_HARMLESS = {Sign.NO_IDENTIFIER, Sign.SLOW, Sign.LEFT_OVER, Sign.HASTY}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong. ``code`` and ``places`` (``line``, ``at``, …) are those of a catalogue error."""

    sign: Sign
    file: str
    code: str = ""
    places: tuple[tuple[str, str | int], ...] = ()

    @property
    def serious(self) -> bool:
        return self.sign not in _HARMLESS

    @property
    def fault(self) -> Fault | None:
        """The catalogue's words for it."""
        return CATALOGUE.get(self.code)


@dataclass
class _Known:
    look: tuple[int, int, int]
    first: float
    changed: float
    read: bool = False
    doubt: Finding | None = None
    """What is wrong unless the file is finished."""
    counted: bool = False
    asked: bool = False
    told: set[Finding] = field(default_factory=set)


class Doctor:
    """Give it looks (`look`) often: a request that is answered is gone within a quarter of a second."""

    def __init__(self, root: Path, *, facility: str | None = None) -> None:
        self._root = root
        self._facility = facility
        self._known: dict[Path, _Known] = {}
        self._downloads: dict[str, float] = {}
        self._missing: set[str] = set()
        self.requests = 0
        """Requests seen so far, each file once."""

    def look(self, now: float) -> list[Finding]:
        """What is new since the last look; ``now`` in seconds of a monotonic clock."""
        return [finding for name in ("req", "res", "face") for finding in self._folder(name, now)]

    def _folder(self, name: str, now: float) -> Iterator[Finding]:
        folder = self._root / name
        try:
            with os.scandir(folder) as entries:
                found = {Path(entry.path): _look(entry) for entry in entries}
        except OSError:
            if name not in self._missing:
                self._missing.add(name)
                yield Finding(sign=Sign.FOLDER, file=name)
            return
        self._missing.discard(name)
        for gone in [path for path in self._known if path.parent == folder and path not in found]:
            del self._known[gone]
        for path, seen in found.items():
            if seen is None:
                continue
            known = self._known.get(path)
            if known is None or known.look[0] != seen[0]:
                known = self._known[path] = _Known(seen, now, now)
            elif known.look != seen:
                known.look, known.changed, known.read, known.doubt = seen, now, False, None
            yield from (self._request if name == "req" else self._answer)(path, known, now)

    def _request(self, path: Path, known: _Known, now: float) -> Iterator[Finding]:
        if not is_candidate(path.name):
            if now - known.changed > LEFT_OVER_SECONDS:
                yield from _once(known, Finding(sign=Sign.LEFT_OVER, file=path.name))
            return
        if known.changed - known.first > SLOW_SECONDS:
            yield from _once(known, Finding(sign=Sign.SLOW, file=path.name))
        if now - known.changed > UNANSWERED_SECONDS:
            yield from _once(known, Finding(sign=Sign.UNANSWERED, file=path.name))
        if known.read:
            return
        request = request_name(path.name)
        if request is None:
            known.read = True
            yield from _once(known, Finding(sign=Sign.NAME, file=path.name, code=clinic.REQUEST_NAME.code))
            return
        self.requests += not known.counted
        known.counted = True
        if known.doubt is None or known.doubt.sign is Sign.HELD:
            yield from self._content(path, request, known, now)
        if known.doubt is not None and now - known.changed >= FINISH_SECONDS:
            known.read = True
            yield from _once(known, known.doubt)

    def _content(self, path: Path, request: RequestName, known: _Known, now: float) -> Iterator[Finding]:
        try:
            message = _read(request.kind, read_request(path, BULK_BYTES))
        except FileNotFoundError:
            return
        except OnshiError as refused:
            stays = as_it_stays(refused)
            code = stays.fault.code
            sign = _SIGNS.get(code, Sign.CONTENT)
            wrong = Finding(sign=sign, file=path.name, code=code, places=tuple(places(stays).items()))
            if may_be_finished(refused):
                known.doubt = wrong
                return
            known.read, known.doubt = True, None
            yield from _once(known, wrong)
            return
        known.read, known.doubt = True, None
        first, known.asked = not known.asked, True
        for finding in self._good(path, request.results(), message, now, first=first):
            yield from _once(known, finding)

    def _good(
        self, path: Path, answers: tuple[str, ...], message: Message | None, now: float, *, first: bool
    ) -> Iterator[Finding]:
        if message is None:
            yield Finding(sign=Sign.KIND, file=path.name, code=clinic.REQUEST_KIND_NOT_YET.code)
            return
        facility = str(getattr(message, "facility", ""))
        if self._facility and facility != self._facility:
            yield Finding(sign=Sign.FACILITY, file=path.name, code=clinic.FOREIGN_FACILITY.code)
        if getattr(message, "file_identifier", "-") is None:
            yield Finding(sign=Sign.NO_IDENTIFIER, file=path.name)
        if not first:  # written again, or its time moved: the same question
            return
        earlier = [self._known.get(self._root / "res" / name) for name in answers]
        if any(one is not None for one in earlier):
            yield Finding(sign=Sign.REUSED, file=path.name)
        if isinstance(message, BulkDownload):
            last = self._downloads.get(message.reception_number)
            self._downloads[message.reception_number] = now
            if last is not None and now - last < HASTY_SECONDS:
                yield Finding(sign=Sign.HASTY, file=path.name)

    def _answer(self, path: Path, known: _Known, now: float) -> Iterator[Finding]:
        if path.name.endswith(PART) or not is_result(path.name):
            return
        if path.suffix.lower() == ".err" and not known.read:
            known.read = True
            try:
                with path.open("rb") as file:
                    told = file.read(ERR_BYTES)
            except OSError:
                return
            code = b"".join(told[:40].splitlines()[:1]).strip().decode("ascii", "replace")
            where = tuple(places_told(told).items())
            yield from _once(known, Finding(sign=Sign.REFUSED, file=path.name, code=code, places=where))
        elif now - known.first > UNFETCHED_SECONDS:
            yield from _once(known, Finding(sign=Sign.UNFETCHED, file=path.name))


def _read(kind: Kind, data: bytes) -> Message | None:
    """The request's message, read as strictly as `requests` does; None for a kind that is not answered."""
    if kind is Kind.OTHER:
        return None
    if not data.strip():
        raise OnshiError(clinic.REQUEST_INCOMPLETE)
    message = read_xml(data, MESSAGES[f"{kind.value}req"], max_bytes=BULK_BYTES)
    if isinstance(message, MedicalRequest):
        is_pdf(PATHS[kind], message)
    return message


def _look(entry: "os.DirEntry[str]") -> tuple[int, int, int] | None:
    try:
        seen = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


def _once(known: _Known, finding: Finding) -> Iterator[Finding]:
    if finding not in known.told:
        known.told.add(finding)
        yield finding


def told(finding: Finding) -> str:
    """A finding for people: what it is, the catalogue's words for it, what would be right."""
    where = " ".join(part for part in (finding.code, *(f"{name}={value}" for name, value in finding.places)) if part)
    lines = [f"{'×' if finding.serious else '△'} {finding.file}  {where}", *TEXTS[finding.sign]]
    if finding.fault is not None:
        fault = finding.fault
        lines += [f"{fault.desk_ja}{fault.next_ja}", f"{fault.desk_en} {fault.next_en}", fault.vendor]
    return "\n    ".join(lines)


def told_as_json(finding: Finding) -> str:
    """One JSON object; the catalogue's words under their own names."""
    ja, en = TEXTS[finding.sign]
    words = ("desk_ja", "desk_en", "next_ja", "next_en", "vendor")
    tree: dict[str, Any] = {
        "sign": finding.sign.value,
        "file": finding.file,
        "serious": finding.serious,
        "ja": ja,
        "en": en,
    }
    if finding.code:
        tree |= {"code": finding.code, "places": dict(finding.places)}
    if finding.fault is not None:
        tree |= {name: getattr(finding.fault, name) for name in words}
    return json.dumps(tree, ensure_ascii=False)
