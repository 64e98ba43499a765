"""One fault of a submission, as it is told: file, line, path, item, code, words; never a value of a person."""

import msgspec

from central.checkups.items import Item
from protocol.errors import Fault


class SubmissionFault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault. ``file`` is the name inside the ZIP, "" for the ZIP itself; ``line`` counts from 1, 0 is the whole file.

    ``path`` leads from the root element to the place; ``item`` is a JLAC10 code or "". ``expected`` stands where it
    can be no value of a person: a unit, a format, a count, an amount of the summary.
    """

    file: str
    line: int
    path: str
    item: str
    code: str
    text: str
    expected: str = ""


def finding(
    fault: Fault, file: str, *, line: int = 0, path: str = "", label: tuple[str, str] = ("", ""), expected: object = ""
) -> SubmissionFault:
    """A fault of a file or of an element in it. ``label``: what the place is called, Japanese and English."""
    return _told(fault, file, line, path, "", label, str(expected))


def item_finding(
    fault: Fault, file: str, line: int, code: str, item: Item | None, *, path: str = "", expected: object = ""
) -> SubmissionFault:
    """A fault of an item. A code that is not in the table is told only where it is written like one."""
    shown = code if code.isascii() and code.isalnum() and len(code) <= 17 else ""
    label = (item.ja, item.en) if item is not None else ("検査項目", "item")
    return _told(fault, file, line, path or "observation", shown, label, str(expected))


def _told(
    fault: Fault, file: str, line: int, path: str, item: str, label: tuple[str, str], expected: str
) -> SubmissionFault:
    ja, en = (f"{label[0]}: ", f"{label[1]}: ") if label[0] else ("", "")
    text = f"{ja}{fault.desk_ja} / {en}{fault.desk_en}"
    return SubmissionFault(file=file, line=line, path=path, item=item, code=fault.code, text=text, expected=expected)
