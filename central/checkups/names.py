"""How a submission names its folder and files. Facts: reference data-formats 3.1."""

import re
from dataclasses import dataclass

INDEX = "ix08_V08.xml"
SUMMARY = "su08_V08.xml"
RESULTS = "DATA"
CLAIMS = "CLAIMS"
SCHEMAS = "XSD"
_FOLDER = re.compile(r"([0-9]{10})_([0-9]{8})_([0-9]{8})([0-9])_([1-9])")
_DOCUMENT = re.compile(r"([hc])([0-9]{10})([0-9]{8})([0-9])([1-9])([0-9]{6})\.xml")


@dataclass(frozen=True, slots=True)
class FolderName:
    """``<sender>_<receiver>_<day><turn>_<kind>``: 送付元 10, 送付先 8, YYYYMMDD, 同日回数, 実施区分."""

    sender: str
    receiver: str
    day: str
    turn: str
    kind: str

    def __str__(self) -> str:
        return f"{self.sender}_{self.receiver}_{self.day}{self.turn}_{self.kind}"

    def document(self, letter: str, serial: int) -> str:
        """The name of a result (``h``) or claim (``c``) that the sender itself made."""
        return f"{letter}{self.sender}{self.day}{self.turn}{self.kind}{serial:06d}.xml"


@dataclass(frozen=True, slots=True)
class DocumentName:
    """``h`` or ``c``, facility 10, YYYYMMDD, 同日回数, 実施区分, serial 6."""

    letter: str
    facility: str
    day: str
    turn: str
    kind: str
    serial: str

    @property
    def pair(self) -> str:
        """What result and claim of a person share."""
        return f"{self.facility}{self.day}{self.turn}{self.kind}{self.serial}"


def folder_name(written: str) -> FolderName | None:
    """The parts of a folder's name; None where it is none."""
    found = _FOLDER.fullmatch(written)
    return FolderName(*found.groups()) if found else None


def document_name(written: str) -> DocumentName | None:
    """The parts of a file's name; None where it is none."""
    found = _DOCUMENT.fullmatch(written)
    return DocumentName(*found.groups()) if found else None
