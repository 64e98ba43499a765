"""Whether a grant stands now, item by item, and in words why it does not. Pure: rows in, judgement out.

Facts: trust rules "Who may ask"; reference clinic-interface 4 (OQSCD016, OQSCD031); project: a consent opens one
purpose only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from central.db import Row
from central.disclosure.disclosed import Purpose
from central.disclosure.proof import Proof
from central.disclosure.rights import OF_ITEM, Right
from central.disclosure.service import Withdrawal, life
from protocol.errors import Fault, disclosure, trust
from protocol.visit import ConsentItem

_WITHDRAWN = {
    Withdrawal.FACILITY: disclosure.GRANT_WITHDRAWN_FACILITY,
    Withdrawal.PATIENT: disclosure.GRANT_WITHDRAWN_PATIENT,
    Withdrawal.NEWER_CONSENT: disclosure.GRANT_REPLACED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """``allowed``: item → the consent that opens it; ``refused``: item → why not. Every asked item is in one."""

    allowed: dict[ConsentItem, str]
    refused: dict[ConsentItem, Fault]
    answers_for: str | None = None
    """Of an opening, the member of staff by whose word it is open: who reads under it where nobody is named."""


def judge(
    items: Sequence[ConsentItem],
    purpose: Purpose,
    rows: Iterable[Row],
    proofs: Mapping[str, Proof],
    switched_on: frozenset[Right],
    now: datetime,
) -> Standing:
    """``rows``: the grants of one facility and person, the newest first; ``proofs`` of those that are alive."""
    own: dict[ConsentItem, list[Row]] = {item: [] for item in items}
    for row in rows:
        item = ConsentItem(row["item"])
        if item in own:
            own[item].append(row)
    allowed: dict[ConsentItem, str] = {}
    refused: dict[ConsentItem, Fault] = {}
    for item in items:
        alive = [row for row in own[item] if is_alive(row, now)]
        fitting = next((row for row in alive if row["purpose"] == purpose.value), None)
        if OF_ITEM[item] not in switched_on:
            refused[item] = disclosure.FACILITY_SETTING_OFF
        elif fitting is not None:
            broken = unproven(fitting, proofs)
            if broken is None:
                allowed[item] = fitting["consent_id"]
            else:
                refused[item] = broken
        elif alive:
            refused[item] = disclosure.GRANT_OTHER_PURPOSE
        else:
            refused[item] = why_ended(own[item][0], now) if own[item] else trust.NO_GRANT
    return Standing(allowed, refused)


def is_alive(row: Row, now: datetime) -> bool:
    """Neither withdrawn nor over; what it was signed with is `unproven`'s to say."""
    return bool(row["withdrawn_at"] is None and row["available_until"] > now and row["certificate_until"] > now)


def unproven(row: Row, proofs: Mapping[str, Proof]) -> Fault | None:
    """Why a living grant opens nothing all the same: what signed it is revoked, or does not lead to its person."""
    proof = proofs.get(row["consent_id"])
    if proof is not None and proof.revoked:
        return disclosure.CERTIFICATE_REVOKED
    return None if proof is not None and proof.holder == row["person_id"] else disclosure.CERTIFICATE_CORRECTED


def why_ended(row: Row, now: datetime) -> Fault:
    """Why a grant is not `is_alive`."""
    if row["withdrawn_at"] is not None:
        return _WITHDRAWN[Withdrawal(row["withdrawn_why"])]
    lives: timedelta = life(Purpose(row["purpose"]))
    if row["certificate_until"] <= now < row["granted_at"] + lives:
        return disclosure.CERTIFICATE_ENDED
    return disclosure.GRANT_EXPIRED
