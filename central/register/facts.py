"""What the register knows of one person as of a day and a recorded moment: values made from rows, nothing decided.

The decisions are in `eligibility`. Ends are exclusive, as in the tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import msgspec

from central.db.store import Row
from central.register.entries import Ticket
from protocol.codes import ReasonOfLoss


@dataclass(frozen=True, slots=True, kw_only=True)
class Elderly:
    """高齢受給者証."""

    issued_on: date
    valid_from: date
    valid_to: date | None
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """限度額適用認定証."""

    issued_on: date
    valid_from: date
    valid_to: date | None
    kind: str
    income_class: str
    long_term_from: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disease:
    """特定疾病療養受療証."""

    category: str
    issued_on: date
    valid_from: date
    valid_to: date | None
    self_pay: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One span of being insured, with what its record holds on the asked day."""

    row_id: str
    record_id: str
    insurer_number: str
    insurer_name: str
    symbol: str
    number: str
    branch: str
    classification: str
    relation: str
    insured_name: str | None
    qualified_on: date
    disqualified_on: date | None
    loss_reason: str | None
    issued_on: date | None
    card_valid_from: date | None
    card_valid_through: date | None
    ratio: int | None
    elderly: Elderly | None
    limit: Limit | None
    diseases: tuple[Disease, ...]
    reference: str | None
    stopped: bool
    """Viewing of this record (or of the whole person) is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person, every coverage that the ties give, and whether there is or was medical assistance.

    ``stopped``: everything of the person; ``medical_stopped``: medical information, because of any stop.
    """

    name: str
    kana: str
    birth_date: date
    sex: str
    address: str
    postal_code: str | None
    other_name: str | None
    other_kana: str | None
    support_measure: bool
    coverages: tuple[Coverage, ...]
    assisted: bool
    stopped: bool
    medical_stopped: bool
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistance:
    """医療扶助 begun by the day, with the asking facility's tickets of the day."""

    payer: str
    recipient: str
    office: str
    starts_on: date
    ends_on: date | None
    loss_reason: str | None
    tickets: tuple[Ticket, ...]


def person(rows: Sequence[Row]) -> Person | None:
    """From the rows of `statements.FACTS`; None when the register has no such person on that day."""
    if not rows:
        return None
    first = rows[0]
    spans: dict[str, list[Row]] = {}
    for row in rows:
        if row["coverage"] is not None:
            spans.setdefault(row["coverage"], []).append(row)
    return Person(
        name=first["name"],
        kana=first["kana"],
        birth_date=first["birth_date"],
        sex=first["sex"],
        address=first["address"],
        postal_code=first["postal_code"],
        other_name=first["other_name"],
        other_kana=first["other_kana"],
        support_measure=first["support_measure"],
        coverages=tuple(_coverage(same) for same in spans.values()),
        assisted=first["assisted"],
        stopped=first["person_stopped"],
        medical_stopped=any(row["medical_stopped"] for row in rows),
        published=first["published"],
    )


def _coverage(rows: Sequence[Row]) -> Coverage:
    """An insurer that merged into another or ended takes its coverages with it on that day, whether or not it still
    said so itself."""
    row = rows[0]
    until, reason, merged = row["disqualified_on"], row["loss_reason"], row["insurer_until"]
    if merged is not None and merged > row["qualified_on"] and (until is None or merged < until):
        until, reason = merged, ReasonOfLoss.OTHER_INSURANCE.value
    return Coverage(
        row_id=row["coverage"],
        record_id=row["record_id"],
        insurer_number=row["insurer_number"],
        insurer_name=row["insurer_name"] or "",
        symbol=row["symbol"],
        number=row["number"],
        branch=row["branch"],
        classification=row["classification"],
        relation=row["relation"],
        insured_name=row["insured_name"],
        qualified_on=row["qualified_on"],
        disqualified_on=until,
        loss_reason=reason,
        issued_on=row["issued_on"],
        card_valid_from=row["card_valid_from"],
        card_valid_through=row["card_valid_through"],
        ratio=row["ratio"],
        elderly=_elderly(row),
        limit=_limit(row),
        diseases=tuple(sorted(filter(None, map(_disease, rows)), key=lambda disease: disease.category)),
        reference=row["reference"],
        stopped=row["stopped"],
    )


def _elderly(row: Row) -> Elderly | None:
    if row["elderly_issued_on"] is None:
        return None
    return Elderly(
        issued_on=row["elderly_issued_on"],
        valid_from=row["elderly_valid_from"],
        valid_to=row["elderly_valid_to"],
        percent=row["elderly_percent"],
    )


def _limit(row: Row) -> Limit | None:
    if row["limit_issued_on"] is None:
        return None
    return Limit(
        issued_on=row["limit_issued_on"],
        valid_from=row["limit_valid_from"],
        valid_to=row["limit_valid_to"],
        kind=row["limit_kind"],
        income_class=row["limit_income_class"],
        long_term_from=row["limit_long_term_from"],
    )


def _disease(row: Row) -> Disease | None:
    if row["disease_category"] is None:
        return None
    return Disease(
        category=row["disease_category"],
        issued_on=row["disease_issued_on"],
        valid_from=row["disease_valid_from"],
        valid_to=row["disease_valid_to"],
        self_pay=row["disease_self_pay"],
    )


def assistance(rows: Sequence[Row]) -> tuple[Assistance, ...]:
    """From the rows of `statements.ASSISTANCE`: one per decision, the newest first."""
    decisions: dict[tuple[str, str, date], list[Row]] = {}
    for row in rows:
        decisions.setdefault((row["payer"], row["recipient"], row["starts_on"]), []).append(row)
    found = [
        Assistance(
            payer=same[0]["payer"],
            recipient=same[0]["recipient"],
            office=same[0]["office"] or "",
            starts_on=same[0]["starts_on"],
            ends_on=same[0]["ends_on"],
            loss_reason=same[0]["loss_reason"],
            tickets=tuple(_ticket(bytes(row["ticket"])) for row in same if row["ticket"] is not None),
        )
        for same in decisions.values()
    ]
    return tuple(sorted(found, key=lambda one: one.starts_on, reverse=True))


@lru_cache(maxsize=1024)
def _ticket(document: bytes) -> Ticket:
    return msgspec.json.decode(document, type=Ticket)
