"""Submissions for the tests: made by the generator, then changed in one place."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date

from central.checkups.check import Report, check
from central.checkups.checkup import PersonKeys
from central.checkups.finding import SubmissionFault
from central.checkups.names import FolderName
from central.checkups.synthesis import Examined, submission
from protocol.errors import Fault
from protocol.numbers import BirthDate, Branch, InsuredNumber, InsurerNumber, Symbol, with_check_digit

SENDER = with_check_digit("131990002")
INSURER = with_check_digit("0699000")
FOLDER = FolderName(SENDER, INSURER, "20260610", "0", "1")
H1, H2, H3 = (f"DATA/{FOLDER.document('h', serial)}" for serial in (1, 2, 3))
C1, C2, C3 = (f"CLAIMS/{FOLDER.document('c', serial)}" for serial in (1, 2, 3))
IX, SU = "ix08_V08.xml", "su08_V08.xml"
SEED = 7


def keys(number: str, birth: str, sex: str, symbol: str = "合成１２") -> PersonKeys:
    return PersonKeys(
        insurer=InsurerNumber(INSURER),
        symbol=Symbol(symbol) if symbol else None,
        number=InsuredNumber(number),
        branch=Branch("00"),
        birth=BirthDate(birth),
        sex=sex,
    )


PEOPLE = (
    Examined(keys("１２３", "19800402", "1"), "ゴウセイ　タロウ", date(2026, 5, 27), "26000000001"),
    Examined(keys("４５６", "19720707", "1"), "モギ　サブロウ", date(2026, 5, 27), "26000000002"),
    Examined(keys("７８９", "19851231", "2", ""), "ミホン　ハナコ", date(2026, 5, 28), "26000000003"),
)


def good(claims: bool = True) -> bytes:
    return submission(FOLDER, PEOPLE, seed=SEED, claims=claims)


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a submission without the folder's name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def packed(files: Mapping[str, bytes], folder: object = FOLDER) -> bytes:
    """A ZIP of these files in a folder; "" for none."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"{folder}/{name}" if folder else name, data)
    return out.getvalue()


def changed(*changes: tuple[str, str, str], data: bytes | None = None) -> bytes:
    """The good submission with text of a file replaced, once each; the text must be there."""
    files = unpacked(data if data is not None else good())
    for name, old, new in changes:
        text = files[name].decode()
        assert old in text, (name, old)
        files[name] = text.replace(old, new, 1).encode()
    return packed(files)


def edited(change: Callable[[dict[str, bytes]], object]) -> bytes:
    files = unpacked(good())
    change(files)
    return packed(files)


def judged(data: bytes, name: str = "") -> Report:
    return check(io.BytesIO(data), name)


def codes(data: bytes, name: str = "") -> list[str]:
    return [fault.code for fault in judged(data, name).faults]


def only(data: bytes, fault: Fault, file: str, name: str = "") -> SubmissionFault:
    """The one fault of a submission; fails where there is another, or none."""
    (found,) = judged(data, name).faults
    assert (found.code, found.file) == (fault.code, f"{FOLDER}/{file}" if file else ""), found
    return found


def without(name: str, element: str) -> bytes:
    """The good submission without an element of a file."""
    files = unpacked(good())
    text = files[name].decode()
    start, end = text.index(f"<{element}"), text.index(f"</{element}>") + len(element) + 3
    files[name] = (text[:start] + text[end:]).encode()
    return packed(files)


def off_by_one(number: str) -> str:
    """A number whose check digit does not fit any more."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)
