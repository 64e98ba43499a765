"""What is kept of a person's receipts, as values: one receipt with its drugs, treatments and cost.

Pure. The database side is `readings`, which only the disclosure door may use (an import rule holds it).
"""

from datetime import date, datetime

import msgspec

from central.receipts.costs import MonthlyCost
from central.receipts.extract import DrugLine, Institution, TreatmentLine


class StoredReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """One current receipt of an insured record: corrected and returned ones are closed and not here.

    ``month`` is the first day of the 診療年月 (調剤年月), ``received_at`` when its file was loaded. Each line names the
    receipt's number and its line in the file, so that a statement can show where it came from. ``covered``: DPC or
    other 包括 fees hide drugs in it, so that an empty ``drugs`` says nothing. ``undated``: drugs in it that are not in
    ``drugs``, because the receipt tells no day for them.
    """

    receipt_id: str
    record_id: str
    month: date
    kind: str
    institution: Institution
    inpatient: bool
    covered: bool
    received_at: datetime
    undated: int = 0
    drugs: tuple[DrugLine, ...] = ()
    treatments: tuple[TreatmentLine, ...] = ()
    cost: MonthlyCost | None = None

    def __repr__(self) -> str:
        return f"StoredReceipt({self.receipt_id!r})"
