"""Judges a submission file by file, then its totals. One wrong thing is told once.

Memory holds one person's documents, and a key of each person to find the same one twice.
Facts: reference data-formats 3.1, 3.2.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import IO

import msgspec

from central.checkups.agreement import Agreement, agree, folder_faults, name_faults
from central.checkups.archive import LIMITS, Archive, Limits
from central.checkups.checkup import Checkup, build
from central.checkups.coherence import item_faults
from central.checkups.finding import SubmissionFault, finding
from central.checkups.layout import CLAIM, INDEX, RESULT, SUMMARY, Layout
from central.checkups.observation import Observation, judged, observations
from central.checkups.persons import claim_faults, result_faults
from central.checkups.reading import Document, read
from central.checkups.schemas import Schemas
from central.checkups.submission import Submission, arrange
from central.checkups.totals import Amounts, Totals, count_faults
from central.checkups.tree import Element, parse
from protocol.errors import OnshiError, checkups


class Report(msgspec.Struct, frozen=True):
    """The faults of a submission with its totals. ``left_off``: faults beyond those that were kept."""

    faults: list[SubmissionFault]
    totals: Totals
    left_off: int = 0


@dataclass(slots=True)
class Judged:
    """One file with its faults. ``document`` None: the ZIP itself, or a file that could not be read.

    ``checkup``: what a result without any fault is kept as; nothing is where its claim names somebody else.
    ``schema``: what the ministry's schema says, told only where our own rules find nothing.
    """

    file: str
    document: Document | None = None
    observations: list[Observation] = field(default_factory=list)
    checkup: Checkup | None = None
    faults: list[SubmissionFault] = field(default_factory=list)
    is_result: bool = False
    schema: SubmissionFault | None = None


class Checker:
    """Takes a submission from an opened ZIP and gives its files with their faults.

    ``zip_name`` is the name of the ZIP itself; raises `OnshiError` (CHECKUP-002, CHECKUP-003, CHECKUP-007) where the
    ZIP as a whole is no good.
    """

    def __init__(
        self, archive: Archive, zip_name: str = "", totals: Totals | None = None, schemas: Schemas | None = None
    ) -> None:
        self._schemas = schemas
        self.totals = totals if totals is not None else Totals()
        self._archive = archive
        self._submission = arrange((entry.name for entry in archive), zip_name)
        self._amounts = Amounts(self.totals)
        self._index: Document | None = None
        self._summary: Document | None = None
        self._agreed = Agreement(None, None, None)
        self._persons: set[bytes] = set()

    @property
    def sender(self) -> str:
        """送付元 of the folder's name, 10 characters; "" where it has none."""
        return self._submission.folder.sender if self._submission.folder is not None else ""

    @property
    def sent(self) -> str:
        """Day and turn of the folder's name, YYYYMMDDn; "" where it has none."""
        folder = self._submission.folder
        return folder.day + folder.turn if folder is not None else ""

    def __iter__(self) -> Iterator[Judged]:
        """The faults of the ZIP, without a file; each result with its claim; at last index and summary."""
        index, summary = self._heads(self._submission)
        yield Judged("", faults=[*self._submission.faults, *folder_faults(self._submission, self._agreed)])
        self._index, self._summary = index.document, summary.document
        for pair in self._submission.pairs:
            result = self._result(pair.result) if pair.result else None
            claim = self._claim(pair.claim, result) if pair.claim else None
            if result is not None and claim is not None:
                _doubt(result, claim)
            yield from (_schema_last(one) for one in (result, claim) if one is not None)
        counts, complete = count_faults(self._submission, self._index, self._summary)
        for fault in counts:
            (index if fault.file == index.file else summary).faults.append(fault)
        if self._summary is not None:
            summary.faults += self._amounts.summary(self._summary, complete=complete)
        yield from (_schema_last(one) for one in (index, summary) if one.file)

    def _heads(self, submission: Submission) -> tuple[Judged, Judged]:
        index, _ = self._read(submission.index, INDEX)
        summary, _ = self._read(submission.summary, SUMMARY)
        self._agreed = agree(submission, index.document)
        folder, document = submission.folder, index.document
        if document is not None and folder is not None:
            sender, receiver = document.sure("sender"), document.sure("receiver")
            right = self._agreed.sender or folder.sender
            if sender is not None and sender.rjust(10, "0") != right:
                index.faults.append(document.contradiction(checkups.SENDER_DIFFERS, "sender", right))
            if receiver is not None and len(receiver) <= 8 and receiver.rjust(8, "0") != folder.receiver:
                index.faults.append(document.contradiction(checkups.RECEIVER_DIFFERS, "receiver", folder.receiver))
            if (document.sure("created") or "") > folder.day:
                index.faults.append(document.contradiction(checkups.DATE_ORDER, "created", folder.day))
        for one in (index, summary):
            self._kind(one)
        return index, summary

    def _kind(self, one: Judged) -> None:
        told = one.document.sure("kind") if one.document is not None else None
        if one.document is not None and told is not None and self._agreed.kind not in {None, told}:
            one.faults.append(one.document.contradiction(checkups.KIND_DIFFERS, "kind", self._agreed.kind))

    def _read(self, file: str, layout: Layout) -> tuple[Judged, Element | None]:
        """A file's values; without a document where the file could not be read. A damaged file stops nothing."""
        one = Judged(file)
        if not file:
            return one, None
        try:
            data = self._archive.read(file)
            root = parse(data)
        except OnshiError as refused:
            if refused.fault is checkups.ZIP_TOO_LARGE:
                raise
            one.faults.append(finding(refused.fault, file, line=int(refused.details.get("line", 0))))
            return one, None
        one.document = read(root, layout, file)
        one.faults += one.document.faults
        if self._schemas is not None:
            one.schema = self._schemas.fault(layout, data, file)
        return one, root

    def _result(self, file: str) -> Judged:
        self.totals.results += 1
        name = self._submission.results[file]
        one, root = self._read(file, RESULT)
        one.is_result = True
        one.faults = [*name_faults(file, name, self._agreed), *one.faults]
        document = one.document
        if document is None or root is None or not document.of_kind:
            return one
        around = None if name is not None and any(name_faults(file, name, self._agreed)) else name
        one.faults += result_faults(document, around, self._submission.folder, self._index)
        one.faults += self._twice(document)
        wrong: set[str] = set()
        strays: list[str] = []
        for observation, fault in judged(list(observations(root)), file):
            one.observations.append(observation)
            self.totals.items += 1
            self.totals.absent += bool(observation.absent)
            self.totals.flagged += observation.flag in {"L", "H"}
            if fault is not None:
                if observation.item is None or fault.code == checkups.ITEM_TWICE.code:
                    strays.append(observation.code)
                wrong.add(observation.code)
                one.faults.append(fault)
        one.faults += item_faults(document, one.observations, wrong, strays)
        if not one.faults:
            one.checkup = build(document, one.observations)
        return one

    def _twice(self, document: Document) -> Iterator[SubmissionFault]:
        """The same person twice on one day. Only digests are kept."""
        keys = [document.sure(name) for name in ("insurer", "number", "birth", "day", "program")]
        if None in keys:
            return
        more = [document.values.get(name, "") for name in ("symbol", "branch", "sex")]
        key = blake2b("\x00".join([*(one or "" for one in keys), *more]).encode(), digest_size=16).digest()
        if key in self._persons:
            yield document.contradiction(checkups.PERSON_TWICE, "number")
        self._persons.add(key)

    def _claim(self, file: str, result: Judged | None) -> Judged:
        self.totals.claims += 1
        name = self._submission.claims[file]
        one, root = self._read(file, CLAIM)
        one.faults = [*name_faults(file, name, self._agreed), *one.faults]
        if one.document is None or root is None or not one.document.of_kind:
            self._amounts.lost()
            return one
        self._kind(one)
        one.faults += claim_faults(one.document, result.document if result is not None else None)
        one.faults += self._amounts.claim(one.document, root)
        return one


def _schema_last(one: Judged) -> Judged:
    """One wrong thing is told once: what our own rules say has an item and words, the schema's has a line."""
    if one.schema is not None:
        one.checkup = None
        if not one.faults:
            one.faults.append(one.schema)
    return one


def _doubt(result: Judged, claim: Judged) -> None:
    """Whose the results are is not sure where the claim names another person: better nobody's than a stranger's."""
    if any(fault.code == checkups.PERSON_DIFFERS.code for fault in claim.faults):
        result.checkup = None


def check(
    stream: IO[bytes],
    zip_name: str = "",
    *,
    keep: int = 1000,
    limits: Limits = LIMITS,
    schemas: Schemas | None = None,
) -> Report:
    """Every fault of a submission with its totals; a ZIP that is refused has its refusal as the last one.

    At most ``keep`` faults are kept, the rest counted.
    """
    totals = Totals()
    faults: list[SubmissionFault] = []
    left_off = 0
    for one in read_submission(stream, zip_name, totals, limits=limits, schemas=schemas):
        for fault in one.faults:
            if len(faults) < keep:
                faults.append(fault)
            else:
                left_off += 1
    return Report(faults, totals, left_off)


def read_submission(
    stream: IO[bytes],
    zip_name: str = "",
    totals: Totals | None = None,
    *,
    limits: Limits = LIMITS,
    schemas: Schemas | None = None,
) -> Iterator[Judged]:
    """The files of a submission with their faults, one at a time. A refused ZIP ends with its refusal."""
    try:
        yield from Checker(Archive(stream, limits), zip_name, totals, schemas)
    except OnshiError as refused:
        yield Judged("", faults=[finding(refused.fault, "", line=int(refused.details.get("line", 0)))])


def checkups_of(judged_files: Iterable[Judged]) -> Iterator[Checkup]:
    """The checkups of the results that have no fault; of their claims only whether they name the same person."""
    return (one.checkup for one in judged_files if one.checkup is not None)
