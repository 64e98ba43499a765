"""Runs cases: drops files or posts bodies, waits, compares. Facts about the world come from the people's file."""

import itertools
import json
import re
import ssl
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from tests.conformance.strict import Violation, judge_json, judge_xml

CASES = Path(__file__).parent / "cases"
CODECS = {"UTF-8": "utf-8", "Shift_JIS": "cp932", "shift_jis": "cp932"}
_PLACE = re.compile(r"\{([a-z_]+)\}")
_numbers = itertools.count(int(time.time() * 1000) % 10**12)


@dataclass(frozen=True)
class Outcome:
    """How a case ended; ``why`` is empty when it passed."""

    name: str
    why: str
    seconds: float


class Failed(Exception):
    """The server did something else than the case expects."""


def cases(via: str) -> list[dict[str, Any]]:
    """Every case for ``folder`` or ``web``, in the order of the files."""
    found: list[dict[str, Any]] = []
    for file in sorted(CASES.glob("*.toml")):
        found += tomllib.loads(file.read_text("utf-8"))["case"]
    return [case for case in found if case.get("via", "folder") == via]


class World:
    """What the cases may name: ``facility``, ``today``, and the numbers of people by what they are.

    ``ValueError`` where ``told`` has no facility, or no people with their numbers as text.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        facility, people = told.get("facility"), told.get("people")
        if not isinstance(facility, str):
            raise ValueError("facility is missing, or no text")
        if not isinstance(people, dict) or not people:
            raise ValueError("no [people.…] in it")
        for name, person in people.items():
            if not isinstance(person, dict) or not all(isinstance(value, str) for value in person.values()):
                raise ValueError(f"people.{name} is no table of texts")
        self.facility: str = facility
        self.people: dict[str, dict[str, str]] = people

    def filled(self, text: str, case: Mapping[str, Any], more: Mapping[str, str]) -> str:
        """The text with ``{place}`` s replaced; whatever is no place stays."""
        today = datetime.now(UTC) + timedelta(hours=9)
        known = {"facility": self.facility, "today": f"{today:%Y%m%d}", "month": f"{today:%Y%m}", **more}
        known["yesterday"], known["tomorrow"] = (f"{today + timedelta(days=by):%Y%m%d}" for by in (-1, 1))
        for name, person in self.people.items():
            known |= {f"{name}_{field}": value for field, value in person.items()}
        known |= self.people.get(case.get("person", ""), {})
        known["padded"] = known.get("insurer", "").rjust(8)
        known["zeroed"] = known.get("insurer", "").rjust(8, "0")
        return _PLACE.sub(lambda found: known.get(found[1], found[0]), text)


class Folders:
    """A server behind req and res."""

    def __init__(self, root: Path, world: World, *, seconds: float = 15.0) -> None:
        self.req, self.res = root / "req", root / "res"
        self._world = world
        self._seconds = seconds

    def run(self, case: Mapping[str, Any]) -> None:
        """Raises `Failed` or `Violation`."""
        more: dict[str, str] = {}
        for step in (case, *case.get("then", ())):
            again = step.get("until_done", False)
            deadline = time.monotonic() + self._seconds
            while True:
                answer = self._step({**case, "then": [], **step} if step is not case else case, more)
                if not again or answer is None or answer.findtext("MessageHeader/SegmentOfResult") != "2":
                    break
                if time.monotonic() > deadline:
                    raise Failed("still in progress")
                time.sleep(0.3)
            if answer is not None:
                more["reception"] = answer.findtext("MessageBody/ReceptionNumber") or more.get("reception", "")
                _expected(answer, step.get("expect", {}), lambda text: self._world.filled(text, case, more))

    def _step(self, case: Mapping[str, Any], more: Mapping[str, str]) -> Element | None:
        unique = f"{next(_numbers):013d}"
        known = {**more, "unique": unique}
        name = self._world.filled(case["file"], case, known)
        data = self._document(case, known)
        expect = case.get("expect", {})
        part = self.req / f".{unique}.part"
        part.write_bytes(data)
        part.rename(self.req / name)
        if expect.get("rejected"):
            self._rejected(name, data, expect)
            return None
        answer = name.replace("req_", "res_", 1)
        if expect.get("pdf"):
            self._document_of_another_form(f"{answer[:-4]}.pdf")
            return None
        raw = self._taken(self.res / answer)
        codec = CODECS[case.get("encoding", "UTF-8")]
        for wanted in expect.get("raw", ()):
            if self._world.filled(wanted, case, known) not in raw.decode(codec, "replace"):
                raise Failed(f"not in the answer: {wanted}")
        root = _parsed(raw, codec)
        judge_xml(root, answer.partition("_")[0])
        return root

    def _document_of_another_form(self, name: str) -> None:
        data = self._taken(self.res / name)
        if not data.startswith(b"%PDF-") or not data.rstrip().endswith(b"%%EOF"):
            raise Failed("no whole PDF")
        if (self.res / f"{name[:-4]}.xml").exists():
            raise Failed("a message beside the PDF")

    def _document(self, case: Mapping[str, Any], known: Mapping[str, str]) -> bytes:
        if "bytes" in case:
            return bytes.fromhex(case["bytes"])
        encoding = case.get("encoding", "UTF-8")
        text = self._world.filled(case["body"], case, known)
        if "repeat" in case:
            text = text.replace("{repeated}", case["repeat"]["text"] * case["repeat"]["times"])
        declared = case.get("declared", encoding)
        head = f'<?xml version="1.0" encoding="{declared}" standalone="no"?>\n' if declared else ""
        mark = b"\xef\xbb\xbf" if case.get("mark") else b""
        return mark + (head + text).encode(CODECS[encoding])

    def _rejected(self, name: str, data: bytes, expect: Mapping[str, Any]) -> None:
        reason = self._taken(self.res / f"{name[:-4]}.err")
        if not reason.strip():
            raise Failed("an empty .err")
        if expect.get("copy", True):
            if self._taken(self.res / name) != data:
                raise Failed("the copy is not the request")
        else:
            self._tidied(name)
        if (self.res / name.replace("req_", "res_", 1)).exists():
            raise Failed("an answer beside the refusal")

    def _tidied(self, name: str) -> None:
        """A copy that may come or not is taken away: it is there when the request has left, if at all."""
        deadline = time.monotonic() + self._seconds
        while (self.req / name).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        (self.res / name).unlink(missing_ok=True)

    def _taken(self, path: Path) -> bytes:
        """The file once it is there, taken away as clients do."""
        deadline = time.monotonic() + self._seconds
        while time.monotonic() < deadline:
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                time.sleep(0.01)
                continue
            path.unlink()
            return data
        raise Failed(f"no {path.suffix} within {self._seconds:.0f} s")


class WebApi:
    """A server behind the web API; ``certified`` shows the client certificate, ``plain`` does not."""

    def __init__(self, url: str, world: World, *, certified: ssl.SSLContext, plain: ssl.SSLContext) -> None:
        self._url = url.rstrip("/")
        self._world = world
        self._tls = {"certified": certified, "plain": plain}
        self._token = ""

    def run(self, case: Mapping[str, Any]) -> None:
        """Raises `Failed` or `Violation`."""
        expect = case.get("expect", {})
        body = self._world.filled(case["body"], case, {}).encode()
        headers = {"Content-Type": "application/json;charset=UTF-8", "Accept": "application/json"}
        if "authorization" in case:
            headers["Authorization"] = case["authorization"].replace("{token}", self._token)
        status, told = self._post(case["path"], body, headers, self._tls[case.get("tls", "plain")])
        if status != expect.get("status", 200):
            raise Failed(f"status {status}")
        if case.get("keeps_token"):
            self._token = told["result"]["idToken"]
        if expect.get("message"):
            judge_json(told, expect["message"])
        for path, wanted in expect.get("elements", {}).items():
            found = told
            for name in path.split("/"):
                found = found.get(name) if isinstance(found, dict) else None
            if found != self._world.filled(wanted, case, {}):
                raise Failed(f"{path} is not {wanted}")

    def _post(self, path: str, body: bytes, headers: dict[str, str], tls: ssl.SSLContext) -> tuple[int, Any]:
        request = urllib.request.Request(self._url + path, data=body, headers=headers, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=15, context=tls) as answer:  # noqa: S310 - the tester's own URL
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read() or b"null")


def run(server: Folders | WebApi, chosen: list[dict[str, Any]]) -> Iterator[Outcome]:
    """Each case on its own; one that fails stops no other."""
    for case in chosen:
        began, why = time.monotonic(), ""
        try:
            server.run(case)
        except (Failed, Violation) as wrong:
            why = str(wrong)
        except (OSError, KeyError, TypeError, ValueError) as broken:
            why = f"{type(broken).__name__}: {broken}"
        yield Outcome(case["name"], why, time.monotonic() - began)


def _parsed(raw: bytes, codec: str) -> Element:
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        raise Failed(f"the answer is not {codec}") from None
    head, _, rest = text.partition("?>")
    shift_jis = "shift_jis" in head.lower()
    if shift_jis != (codec == "cp932"):
        raise Failed("the declaration is another encoding's")
    try:
        root: Element = fromstring(rest)
    except ParseError:
        raise Failed("the answer is no XML") from None
    identifier = root.findtext("MessageHeader/CharacterCodeIdentifier")
    if identifier is not None and identifier != str(int(shift_jis)):
        raise Failed("CharacterCodeIdentifier is another encoding's")
    return root


def _expected(answer: Element, expect: Mapping[str, Any], filled: Any) -> None:
    for path, wanted in expect.get("elements", {}).items():
        found = answer.findtext(path)
        if found != filled(wanted):
            raise Failed(f"{path} is {'absent' if found is None else 'another value'}, not {wanted}")
    for path in expect.get("missing", ()):
        if answer.find(path) is not None:
            raise Failed(f"{path} is there")
    for path in expect.get("present", ()):
        if answer.find(path) is None:
            raise Failed(f"{path} is not there")
    for path, wanted in expect.get("counts", {}).items():
        if len(answer.findall(path)) != wanted:
            raise Failed(f"{len(answer.findall(path))} of {path}, not {wanted}")
