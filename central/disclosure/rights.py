"""利用設定: which kinds of information a facility uses at all, and whether it may read in an emergency.

Not a consent: both are needed. Facts: reference clinic-interface 5 (as delivered, 手術・診療 are off and 薬剤・健診
on), OQSCD037 利用設定, OQSCD043 救急時閲覧権限.
"""

from collections.abc import Iterable
from enum import StrEnum

from central.db import Row
from protocol.visit import ConsentItem


class Right(StrEnum):
    """What can be switched for a facility."""

    CHECKUPS = "TKK"
    DRUGS = "YZK"
    TREATMENT = "SRJ"
    OPERATIONS = "SHJ"
    EMERGENCY = "emergency"
    """救急時閲覧権限: of hospitals, in place of the four others while an emergency opening lives."""


AS_DELIVERED = frozenset({Right.CHECKUPS, Right.DRUGS})
OF_ITEM = {
    ConsentItem.CHECKUPS: Right.CHECKUPS,
    ConsentItem.DRUGS: Right.DRUGS,
    ConsentItem.TREATMENT: Right.TREATMENT,
    ConsentItem.OPERATIONS: Right.OPERATIONS,
}
"""The items that are medical information, each with its switch."""


def in_force(rows: Iterable[Row]) -> frozenset[Right]:
    """The rights that are on, from the stored rows of one facility."""
    stated = {Right(row["right"]): bool(row["allowed"]) for row in rows}
    return frozenset(right for right in Right if stated.get(right, right in AS_DELIVERED))
