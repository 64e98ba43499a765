"""What folder, index and file names agree on: the sender, the kind of service, the day and turn of sending.

Where they differ the many are right, so that one wrong name is one fault. Facts: reference data-formats 3.1.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from central.checkups.finding import SubmissionFault, finding
from central.checkups.names import DocumentName
from central.checkups.reading import Document
from central.checkups.submission import Submission
from protocol.errors import Fault, checkups

FACILITY = "102"
"""The OID of a sender that is the facility itself; only then do file names repeat the folder's."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """None: nothing to compare with. ``turn``: YYYYMMDD with 同日回数."""

    sender: str | None
    kind: str | None
    turn: str | None


def agree(submission: Submission, index: Document | None) -> Agreement:
    """What most say; the folder where as many say otherwise."""
    folder = submission.folder
    names = [one for one in (*submission.results.values(), *submission.claims.values()) if one is not None]
    own = index is None or index.systems.get("sender", FACILITY) == FACILITY
    told_sender = index.sure("sender") if index is not None else None
    told_kind = index.sure("kind") if index is not None else None
    kind = _most(folder.kind if folder else None, told_kind, [one.kind for one in names] if own else [])
    if not own:
        return Agreement(None, kind, None)
    sender = _most(folder.sender if folder else None, told_sender, [one.facility for one in names])
    turn = _most(folder.day + folder.turn if folder else None, None, [one.day + one.turn for one in names])
    return Agreement(sender, kind, turn if folder is not None else None)


def folder_faults(submission: Submission, agreed: Agreement) -> Iterator[SubmissionFault]:
    """Where the folder's name is the one that differs."""
    folder = submission.folder
    if folder is None:
        return
    yield from _differs("", (folder.sender, folder.kind, folder.day + folder.turn), agreed)


def name_faults(file: str, name: DocumentName | None, agreed: Agreement) -> Iterator[SubmissionFault]:
    """Where the name of a result or claim differs, where the facility itself sends."""
    if name is not None and agreed.sender is not None:
        yield from _differs(file, (name.facility, name.kind, name.day + name.turn), agreed)


def _differs(file: str, told: tuple[str, str, str], agreed: Agreement) -> Iterator[SubmissionFault]:
    right = (agreed.sender, agreed.kind, agreed.turn)
    faults: tuple[Fault, ...] = (checkups.SENDER_DIFFERS, checkups.KIND_DIFFERS, checkups.NAME_DIFFERS)
    for fault, ours, theirs in zip(faults, told, right, strict=True):
        if theirs is not None and ours != theirs:
            yield finding(fault, file, expected=theirs)


def _most(folder: str | None, index: str | None, names: Iterable[str]) -> str | None:
    """The value with most votes: folder one, index one, the names together one, or two where they are many."""
    counted = Counter(names)
    votes = [one for one in (folder, index) if one is not None]
    if counted:
        common, times = counted.most_common(1)[0]
        total = sum(counted.values())
        votes += [common] * (0 if 2 * times <= total else 1 if total == 1 else 2)
    return Counter(votes).most_common(1)[0][0] if votes else None
