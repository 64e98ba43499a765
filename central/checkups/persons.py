"""Whether a result, its claim, their names and the index speak of the same person, facility and days.

Facts: reference data-formats 1.1, 1.3, 3.1, 8; 返戻理由 06 (受診券の有効期限).
"""

from collections.abc import Iterator

from central.checkups.finding import SubmissionFault
from central.checkups.names import DocumentName, FolderName
from central.checkups.reading import Document
from protocol import text
from protocol.errors import checkups

_TO_INSURER = frozenset({"3", "6"})
"""種別 in which the receiver is the insurer of everybody in the submission."""
_SAME = ("insurer", "symbol", "number", "branch", "birth", "sex", "card", "card_until")
_OPTIONAL = frozenset({"branch", "card", "card_until"})
"""Said by one and not by the other is no contradiction."""
_WRITTEN_ALIKE = frozenset({"symbol", "number"})
"""Half-width and full-width are the same here."""


def result_faults(
    document: Document, name: DocumentName | None, folder: FolderName | None, index: Document | None
) -> Iterator[SubmissionFault]:
    """The faults between the head of a result and what is around it."""
    author, facility = document.sure("author"), document.sure("facility")
    if name is not None and author is not None and facility is not None and name.facility not in {author, facility}:
        yield document.contradiction(checkups.SENDER_DIFFERS, "author", name.facility)
    insurer = document.sure("insurer")
    if index is not None and insurer is not None and index.sure("interaction") in _TO_INSURER:
        receiver = index.sure("receiver")
        settled = folder is None or receiver == folder.receiver  # told in the index otherwise
        if index.systems.get("receiver") == "101" and settled and receiver not in {None, insurer}:
            yield document.contradiction(checkups.RECEIVER_DIFFERS, "insurer", receiver or "")
    yield from _dates(document, folder)


def _dates(document: Document, folder: FolderName | None) -> Iterator[SubmissionFault]:
    birth, day, created = (document.sure(name) for name in ("birth", "day", "created"))
    sent = folder.day if folder is not None else None
    if birth is not None and day is not None and day < birth:
        yield document.contradiction(checkups.DATE_ORDER, "day")
    elif day is not None and created is not None and created < day:
        yield document.contradiction(checkups.DATE_ORDER, "created" if sent is None or day <= sent else "day")
    elif sent is not None and created is not None and sent < created:
        yield document.contradiction(checkups.DATE_ORDER, "created", sent)
    if expired(document):
        yield document.contradiction(checkups.CARD_EXPIRED, "card_until")


def expired(document: Document) -> bool:
    """Whether the card had expired on the day of the checkup."""
    until, day = document.sure("card_until"), document.sure("day")
    return until is not None and day is not None and until < day


def claim_faults(claim: Document, result: Document | None) -> Iterator[SubmissionFault]:
    """The faults between a claim and its result: the first value in which the person differs."""
    if result is None:
        return
    facility, told = result.sure("facility"), claim.sure("facility")
    if facility is not None and told is not None and facility != told:
        yield claim.contradiction(checkups.SENDER_DIFFERS, "facility", facility)
    unsure = claim.wrong | result.wrong
    if "number" in unsure:
        unsure = unsure | {"symbol"}  # where the card's number is lost, a symbol that is not there says nothing
    for name in _SAME:
        if name in unsure or (name == "card_until" and expired(result)):
            continue
        ours, theirs = _key(name, claim.values.get(name, "")), _key(name, result.values.get(name, ""))
        if ours != theirs and not (name in _OPTIONAL and "" in {ours, theirs}):
            yield claim.contradiction(checkups.PERSON_DIFFERS, name)
            return


def _key(name: str, written: str) -> str:
    return text.record_key(written) if name in _WRITTEN_ALIKE and written else written
