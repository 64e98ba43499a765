"""What is kept of a person's checkups, as values.

Pure. The database side is `readings`, which only the disclosure door may use (an import rule holds it).
"""

from datetime import datetime

import msgspec

from central.checkups.checkup import Checkup


class StoredCheckup(msgspec.Struct, frozen=True, kw_only=True):
    """One current checkup of an insured record; a corrected one is closed and not here."""

    checkup_id: str
    record_id: str
    received_at: datetime
    checkup: Checkup

    def __repr__(self) -> str:
        return f"StoredCheckup({self.checkup_id!r})"
