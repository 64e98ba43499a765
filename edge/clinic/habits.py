"""How this clinic wants its answers: padding of insurer numbers, zipped bulk results, sealed zips.

Applied on the way out, after the answer is right. What a client sent is echoed as it came and never touched here.
Facts: reference clinic-interface 2.1, 3.2, 6.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import msgspec

from edge.clinic.names import name_in_zip
from protocol.codes import CharacterCode
from protocol.messages import BulkAnswer, EligibilityAnswer, EligibilityResult, Message, write_xml
from protocol.numbers import InsurerNumber

NEVER_SEALED = (
    "EPS", "OQSmutic", "OQSmuhvq", "OQSmuonq", "OQSsihvq", "OQSsionq", "OQSsihvd", "OQSsiurl", "OQSsiinq",
    "OQSsiupd", "PMHsimsm", "prescription", "publicmedicalhub",
)  # fmt: skip
"""Prefixes that are never encrypted, whatever the settings say (reference 2.1)."""


class Padding(StrEnum):
    """How a 6-digit insurer number is written in answers (always 8 wide in the reference's samples)."""

    SPACES = "spaces"
    ZEROS = "zeros"
    NONE = "none"

    def of(self, number: InsurerNumber) -> InsurerNumber:
        match self:
            case Padding.SPACES:
                return InsurerNumber(number.padded_spaces)
            case Padding.ZEROS:
                return InsurerNumber(number.padded_zeros)
            case Padding.NONE:
                return InsurerNumber(number.digits)


class Reply(NamedTuple):
    """An answer file: what is in it, and how its name ends."""

    data: bytes
    suffix: str = ".xml"


Seal = Callable[[str, bytes], bytes]
"""(name inside, content) → a password-protected zip."""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """One clinic's. ``sealed`` are beginnings of file names; without ``seal`` nothing is sealed."""

    padding: Padding = Padding.SPACES
    zipped_bulk: bool = False
    sealed: tuple[str, ...] = ()
    seal: Seal | None = None

    def written(self, answer: Message, encoding: CharacterCode) -> bytes:
        """The message as a document, with this clinic's padding."""
        return write_xml(self.padded(answer), encoding)

    def padded(self, answer: Message) -> Message:
        if self.padding is Padding.SPACES:  # as the centre sends it
            return answer
        if isinstance(answer, EligibilityAnswer):
            return msgspec.structs.replace(answer, results=tuple(map(self._result, answer.results)))
        if isinstance(answer, BulkAnswer):
            units = tuple(
                msgspec.structs.replace(unit, result=self._result(unit.result)) if unit.result else unit
                for unit in answer.units
            )
            return msgspec.structs.replace(answer, units=units)
        return answer

    def _result(self, result: EligibilityResult) -> EligibilityResult:
        if result.insurer_number is None:
            return result
        return msgspec.structs.replace(result, insurer_number=self.padding.of(result.insurer_number))

    def packed(self, name: str, data: bytes, *, bulk: bool) -> Reply:
        """The document as it goes into the folder; ``name`` is the plain answer's, ending in ``.xml`` or ``.pdf``."""
        if self.seal is not None and self.is_sealed(name):
            return Reply(self.seal(name, data), ".zip")
        if bulk and self.zipped_bulk:
            return Reply(_zipped(name, data), ".zip")
        return Reply(data, name[-4:])

    def is_sealed(self, name: str) -> bool:
        lower = name.lower()
        if any(lower.startswith(prefix.lower()) for prefix in NEVER_SEALED):
            return False
        return any(lower.startswith(prefix.lower()) for prefix in self.sealed)


def _zipped(name: str, data: bytes) -> bytes:
    """A zip with the one document in it. The date in it is fixed: the name and the message tell the time."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name_in_zip(name), (2020, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, data)
    return whole.getvalue()
