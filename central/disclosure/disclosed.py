"""What the door lets through, as values: who asked for what, and what came out with its reasons and its gaps.

Pure: answers (XML, JSON, PDF, FHIR, the glance) are made from a `Disclosed` and from nothing else. Facts: reference
clinic-interface 3.8 and 5 (windows: drugs 3 years, checkups 5 years), project trust rules.
"""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from central.checkups.history import StoredCheckup
from central.receipts.history import StoredReceipt
from protocol.visit import ConsentItem


class Purpose(StrEnum):
    """Under which rule somebody reads (診療区分, OQSCD028, and the disaster mode)."""

    VISIT = "visit"
    HOME_VISIT = "home-visit"
    ONLINE_CARE = "online-care"
    EMERGENCY = "emergency"
    DISASTER = "disaster"


class Missing(StrEnum):
    """Why something is not in an answer, so that nobody takes an empty list for "no drugs"."""

    NOT_CONSENTED = "not-consented"
    """The patient allowed other items, not this one."""
    NOT_YET_CLAIMED = "not-yet-claimed"
    """Receipts reach the centre about a month late: the newest months cannot be complete."""
    COVERED_BY_FLAT_FEE = "covered-by-flat-fee"
    """A stay or programme whose flat fee hides its drugs."""
    DAY_NOT_TOLD = "day-not-told"
    """A drug given in house whose receipt tells no day on which it was given: left out."""
    NOT_IN_MASTER = "not-in-master"
    """A drug that the drug master does not know: there by its code alone, its ingredient compared with nothing."""
    OUTSIDE_WINDOW = "outside-window"
    """Older than what is kept."""
    NOTHING_RECEIVED = "nothing-received"
    """Nothing has ever been received for this person."""
    NOT_SWITCHED_ON = "not-switched-on"
    """The facility is not set to use this item (利用設定)."""
    STOPPED = "stopped"
    """One of the person's insured records is under a stop (照会停止): what hangs on it is left out."""
    NOT_SURELY_THEIRS = "not-surely-theirs"
    """An insured record changed hands in that month, or a checkup states another birth date: left out."""


class Gap(msgspec.Struct, frozen=True):
    """What is missing of which item; ``month`` (its first day) where it is one month's."""

    item: ConsentItem
    why: Missing
    month: date | None = None


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads: always an enrolled device of a facility; ``operator`` is the id of the member of staff where one is
    known. A reading under an opening always names one: who reads, or else who answers for the opening.
    """

    facility: str
    device: str
    operator: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. Months are first days, both inclusive; None: as far as the item's window reaches.

    ``at_a_glance``: the drugs of the whole window besides, because what is said of today cannot know a part only.
    """

    items: tuple[ConsentItem, ...]
    first_month: date | None = None
    last_month: date | None = None
    purpose: Purpose = Purpose.VISIT
    at_a_glance: bool = False


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The person as an answer's header names them; ``sex`` is 1, 2 or 3."""

    name: str
    kana: str
    birth_date: date
    sex: str

    def __repr__(self) -> str:
        return "Holder(…)"


class Disclosed(msgspec.Struct, frozen=True, kw_only=True):
    """What may leave for this reader now: every line in it stands under one of ``consents``.

    ``items`` are those that were asked for *and* allowed. Receipts are the newest month first and hold drugs only
    under 薬剤, treatments only under 診療, operations only under 手術, never a cost. Checkups are the newest first.
    ``glanced``: where asked for, the receipts of the whole window with their drugs.
    """

    reading_id: str
    reader: Reader
    purpose: Purpose
    person: Holder
    items: tuple[ConsentItem, ...]
    consents: tuple[str, ...]
    first_month: date
    last_month: date
    disclosed_at: datetime
    receipts: tuple[StoredReceipt, ...] = ()
    glanced: tuple[StoredReceipt, ...] = ()
    checkups: tuple[StoredCheckup, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def __repr__(self) -> str:
        return f"Disclosed({self.reading_id!r})"


class ConsentedPatient(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose consent to home visits or online care lives at a facility (同意済)."""

    person_id: str
    purpose: Purpose
    items: tuple[ConsentItem, ...]
    consent_id: str
    consented_at: datetime
    available_until: datetime
