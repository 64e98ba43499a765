"""File names of the folder exchange: ``<SYS><si|mu><function><NN><req|res>_<suffix>.<ext>``, any suffix.

Facts: reference clinic-interface 2.1 ("File name grammar", "Which answer belongs to which request").
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from protocol.eras import JST

_REQUEST = re.compile(
    r"(?P<kind>(?:OQS|YZK|TKK|EPS|CIS|PMH|EMS)(?:si|mu)[a-z]{2,4}[0-9]{2})req(?P<rest>_.+)\.xml",
    re.IGNORECASE | re.DOTALL,
)
_RESULT = re.compile(
    r"(?:OQS|YZK|TKK|EPS|CIS|PMH|EMS)(?:si|mu)[a-z]{2,4}[0-9]{2}(?:res|req)_.+\.(?:xml|err|pdf|zip)",
    re.IGNORECASE | re.DOTALL,
)
_FACE = re.compile(r"OQSsiquc01res_face_(?P<code>[0-9A-Z]{10})(?P<hex>[0-9a-f]{20})_[0-9]{14}\.(?:xml|zip)")
_NOT_FOR_EVERYBODY = re.compile(r"[^ -~]|[\\|]")

SUFFIXES = (".xml", ".zip", ".pdf")
"""What an answer may be."""


class Kind(StrEnum):
    """What a request asks for, by the first part of its file's name."""

    SINGLE_QUERY = "OQSsiquc01"
    REFERENCE_NUMBER = "OQSsiimm01"
    BULK_QUERY = "OQSmuquc01"
    BULK_QUERY_RESULT = "OQSmuquc02"
    BULK_REFERENCE_NUMBER = "OQSmuimm01"
    BULK_REFERENCE_NUMBER_RESULT = "OQSmuimm02"
    HOME_VISITS = "OQSmuhvq01"
    HOME_VISITS_RESULT = "OQSmuhvq02"
    ONLINE_CARE = "OQSmuonq01"
    ONLINE_CARE_RESULT = "OQSmuonq02"
    TICKETS = "OQSmutic01"
    TICKETS_RESULT = "OQSmutic02"
    MEDICAL = "YZKsiquc01"
    CHECKUPS = "TKKsiquc01"
    OTHER = "other"
    """Well named, not answered by this version."""

    @property
    def is_bulk(self) -> bool:
        return self[3:5] == "mu"

    @property
    def is_download(self) -> bool:
        return self.is_bulk and self.endswith("02")


_KINDS = {kind.lower(): kind for kind in Kind}


class RequestName(NamedTuple):
    """A request's name and the names that answer it."""

    name: str
    kind: Kind

    @property
    def result(self) -> str:
        found = _REQUEST.fullmatch(self.name)
        if found is None:
            raise ValueError("not a request's name")
        place = found.end("kind")
        return self.name[:place] + _like(self.name[place : place + 3]) + self.name[place + 3 :]

    def results(self) -> tuple[str, ...]:
        """Every name under which an answer may stand: of a bulk as it is, or in a zip."""
        return tuple(self.result[:-4] + suffix for suffix in SUFFIXES)

    @property
    def error(self) -> str:
        return self.name[:-4] + ".err"


def _like(req: str) -> str:
    """``res`` in the capitals of ``req``."""
    return req[:2] + ("S" if req[2].isupper() else "s")


def request_name(name: str) -> RequestName | None:
    """The request that a file name stands for; None when it follows no rule."""
    found = _REQUEST.fullmatch(name)
    if found is None:
        return None
    return RequestName(name, _KINDS.get(found["kind"].lower(), Kind.OTHER))


def is_candidate(name: str) -> bool:
    """Whether a file is meant for us at all: clients' temporary names and hidden files are not."""
    return name.lower().endswith(".xml") and not name.startswith((".", "~"))


def is_result(name: str) -> bool:
    """Whether a file in ``res`` or ``face`` is of a kind that we write, and may delete when nobody takes it."""
    return _RESULT.fullmatch(name) is not None


def name_in_zip(name: str) -> str:
    """The name as it stands inside a zip; of one that is no UTF-8 only what every program reads."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return _NOT_FOR_EVERYBODY.sub("_", name)
    return name


def face_name(facility: str, visit: str, at: datetime) -> str:
    """``OQSsiquc01res_face_<code10><20hex>_<YYYYMMDDhhmmss>.xml``, Japan time; the hex is the visit's."""
    return f"OQSsiquc01res_face_{facility}{visit[:20]}_{at.astimezone(JST):%Y%m%d%H%M%S}.xml"


def is_face_of(name: str, facility: str, visit: str) -> bool:
    found = _FACE.fullmatch(name)
    return found is not None and found["code"] == facility and found["hex"] == visit[:20]
