"""What files a submission consists of, by their names: index, summary, results with their claims, and what is wrong.

Not for what stands in them (`check`). Facts: reference data-formats 3.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from central.checkups.finding import SubmissionFault, finding
from central.checkups.names import (
    CLAIMS,
    INDEX,
    RESULTS,
    SCHEMAS,
    SUMMARY,
    DocumentName,
    FolderName,
    document_name,
    folder_name,
)
from protocol import eras
from protocol.errors import Fault, OnshiError, checkups


@dataclass(frozen=True, slots=True)
class Pair:
    """A result with its claim. Either may be lacking: a name inside the ZIP, or ""."""

    result: str
    claim: str


@dataclass(slots=True)
class Submission:
    """The files by what they are. ``folder``: the parts of the root folder's name, None where it has another form."""

    root: str = ""
    folder: FolderName | None = None
    index: str = ""
    summary: str = ""
    results: dict[str, DocumentName | None] = field(default_factory=dict)
    claims: dict[str, DocumentName | None] = field(default_factory=dict)
    faults: list[SubmissionFault] = field(default_factory=list)
    paired: bool = True
    """Whether every result has its claim, and every claim its result."""

    @property
    def pairs(self) -> list[Pair]:
        """Results in the order of the ZIP, each with its claim; then claims without a result."""
        claims = {name.pair: file for file, name in self.claims.items() if name is not None}
        found = [
            Pair(file, claims.pop(name.pair, "") if name is not None else "") for file, name in self.results.items()
        ]
        taken = {one.claim for one in found}
        return [*found, *(Pair("", file) for file in self.claims if file not in taken)]


def arrange(names: Iterable[str], zip_name: str = "") -> Submission:
    """Sorts the files of a ZIP. ``zip_name`` counts where it is a submission's name and contradicts the folder.

    Raises `OnshiError` (CHECKUP-007) for a ZIP without anything of a submission.
    """
    names = list(names)
    found = Submission(root=_root(names))
    found.folder = folder_name(found.root)
    if found.folder is not None and not _is_day(found.folder.day):
        found.folder = None
    told = folder_name(zip_name.removesuffix(".zip"))
    if found.folder is None or (told is not None and told != found.folder):
        _tell(found, checkups.FOLDER_NAME, "", expected=told or "")
    for name in names:
        _sort(found, name)
    _missing(found)
    _pair(found)
    return found


def _root(names: list[str]) -> str:
    """The folder in which index or results lie; "" where they lie outside any."""
    for name in names:
        parts = name.split("/")
        if parts[-1] == INDEX and len(parts) <= 2:
            return "/".join(parts[:-1])
    for name in names:
        parts = name.split("/")
        if len(parts) in {2, 3} and parts[-2] == RESULTS:
            return "/".join(parts[:-2])
    raise OnshiError(checkups.NOT_A_SUBMISSION, files=len(names))


def _is_day(written: str) -> bool:
    try:
        eras.day(written)
    except OnshiError:
        return False
    return True


def _sort(found: Submission, name: str) -> None:
    inside = name.startswith(f"{found.root}/") if found.root else True
    path = name.removeprefix(f"{found.root}/") if found.root else name
    place, _, last = path.rpartition("/")
    if not inside:
        _tell(found, checkups.FILE_UNKNOWN, name)
    elif path == INDEX:
        found.index = name
    elif path == SUMMARY:
        found.summary = name
    elif place in {RESULTS, CLAIMS}:
        kept, letter = (found.results, "h") if place == RESULTS else (found.claims, "c")
        parts = document_name(last)
        right = parts is not None and parts.letter == letter and _is_day(parts.day)
        kept[name] = parts if right else None
        if not right:
            _tell(found, checkups.FILE_NAME, name)
    elif path.partition("/")[0] != SCHEMAS:
        _tell(found, checkups.FILE_UNKNOWN, name)


def _missing(found: Submission) -> None:
    lacking = [
        (INDEX, not found.index),
        (RESULTS, not found.results),
        (SUMMARY, bool(found.claims) and not found.summary),
        (CLAIMS, bool(found.summary) and not found.claims),
    ]
    for name, missing in lacking:
        if missing:
            found.paired = found.paired and name != CLAIMS
            _tell(found, checkups.FILE_MISSING, "", expected=name)


def _pair(found: Submission) -> None:
    if not found.claims:
        return
    for here, there in ((found.results, found.claims), (found.claims, found.results)):
        others = {name.pair for name in there.values() if name is not None}
        unnamed = None in there.values()
        for file, name in here.items():
            if name is None or name.pair not in others:
                found.paired = False
                if name is not None and not unnamed:
                    _tell(found, checkups.PAIR_MISSING, file)


def _tell(found: Submission, fault: Fault, file: str, expected: object = "") -> None:
    found.faults.append(finding(fault, file, expected=expected))
