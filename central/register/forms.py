"""An entry as the columns of its table: checked for contradictions, ends made exclusive, numbers made comparable.

Not for writing (`intake`). A certificate's last day becomes the first day after; an open end (also 9999-12-31, as
files write it) becomes None.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from central.register import entries as e
from central.register import keys
from central.register import tables as t
from protocol import canonical, text
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_ENTRY

E = TypeVar("E", bound=msgspec.Struct)

OfRecord = (
    e.Coverage | e.BurdenRatio | e.ElderlyCertificate | e.LimitCertificate | e.DiseaseCertificate | e.ReferenceNumber
)

TABLES: Mapping[str, sa.Table] = {
    "Insurer": t.insurer,
    "Person": t.person,
    "Certificate": t.certificate,
    "Tie": t.tie,
    "Coverage": t.coverage,
    "BurdenRatio": t.burden_ratio,
    "ElderlyCertificate": t.elderly_certificate,
    "LimitCertificate": t.limit_certificate,
    "DiseaseCertificate": t.disease_certificate,
    "ReferenceNumber": t.reference_number,
    "Assistance": t.assistance,
    "Ticket": t.assistance_ticket,
    "ViewStop": t.view_stop,
}
"""Entry's class name → table."""

Values = dict[str, Any]


def checked(entry: E) -> E:
    """The entry itself; `OnshiError` (CENTRE-953) naming the field that breaks its own type or cannot be written."""
    plain = msgspec.to_builtins(entry)
    for name, value in plain.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(one, str) and one and not (one.strip() and text.is_plain(one)) for one in texts):
            raise OnshiError(REGISTER_ENTRY, item=name)
    try:
        return msgspec.convert(plain, type(entry))
    except msgspec.ValidationError as refused:
        raise OnshiError(REGISTER_ENTRY, item=str(refused).rpartition("`$.")[2].rstrip("`") or "entry") from None


def _day_after(last: date | None) -> date | None:
    return None if last is None or last == date.max else last + timedelta(days=1)


def _span(first: date, until: date | None) -> Values:
    if until == date.max:
        until = None
    if until is not None and until < first:
        raise OnshiError(REGISTER_ENTRY, item="valid_until")
    return {"valid_from": first, "valid_to": until}


def _through(first: date, last: date | None) -> Values:
    if last is not None and last < first:
        raise OnshiError(REGISTER_ENTRY, item="valid_through")
    return _span(first, _day_after(last))


def insurer(entry: e.Insurer) -> Values:
    return {
        "number": keys.insurer_key(entry.number),
        "name": entry.name,
        "successor": keys.insurer_key(entry.successor) if entry.successor else None,
        **_span(entry.valid_from, entry.valid_until),
    }


def person(entry: e.Person) -> Values:
    if entry.valid_from is not None and entry.valid_from < entry.birth_date:
        raise OnshiError(REGISTER_ENTRY, item="valid_from")
    return {
        "person_id": entry.person_id,
        "name": entry.name,
        "kana": entry.kana,
        "birth_date": entry.birth_date,
        "sex": entry.sex.value,
        "address": entry.address,
        "postal_code": entry.postal_code,
        "other_name": entry.other_name,
        "other_kana": entry.other_kana,
        "support_measure": entry.support_measure,
        **_span(entry.valid_from or entry.birth_date, None),
    }


def certificate(entry: e.Certificate) -> Values:
    previous = None
    if entry.previous_serial is not None:
        issuer = entry.previous_issuer_key_id or entry.issuer_key_id
        previous = keys.certificate_key(issuer, entry.previous_serial)
    own = keys.certificate_key(entry.issuer_key_id, entry.serial)
    if previous == own or (previous is None and entry.person_id is None):
        raise OnshiError(REGISTER_ENTRY, item="previous_serial")
    return {
        "certificate_key": own,
        "person_id": entry.person_id,
        "previous_key": previous,
        **_through(entry.valid_from, entry.valid_through),
    }


def identity(record: e.RecordKey) -> Values:
    """The columns that identify an insured record, compared and printed."""
    return {
        "lookup_key": keys.lookup_key(record.insurer, record.number),
        "symbol_key": keys.symbol_key(record.symbol),
        "branch": record.branch or "",
        "insurer_number": keys.insurer_key(record.insurer),
        "symbol": record.symbol,
        "number": record.number,
    }


def span_of_tie(entry: e.Tie) -> Values:
    return _span(entry.valid_from, entry.valid_until)


def of_record(entry: OfRecord) -> Values:
    """Everything but the record and the person."""
    match entry:
        case e.Coverage():
            if entry.classification is e.Classification.MEDICAL_ASSISTANCE:
                raise OnshiError(REGISTER_ENTRY, item="classification")
            return {
                "classification": entry.classification.value,
                "relation": entry.relation.value,
                "insured_name": entry.insured_name,
                "loss_reason": entry.loss_reason.value if entry.loss_reason else None,
                "issued_on": entry.issued_on,
                "card_valid_from": entry.card_valid_from,
                "card_valid_through": entry.card_valid_through,
                **_span(entry.qualified_on, entry.disqualified_on),
            }
        case e.BurdenRatio():
            return {"percent": entry.percent, **_through(entry.valid_from, entry.valid_through)}
        case e.ElderlyCertificate():
            return {
                "percent": entry.percent,
                "issued_on": entry.issued_on,
                **_through(entry.valid_from, entry.valid_through),
            }
        case e.LimitCertificate():
            return {
                "kind": entry.kind,
                "income_class": entry.income_class,
                "issued_on": entry.issued_on,
                "long_term_from": entry.long_term_from,
                **_through(entry.valid_from, entry.valid_through),
            }
        case e.DiseaseCertificate():
            return {
                "category": entry.category,
                "issued_on": entry.issued_on,
                "self_pay": entry.self_pay,
                **_through(entry.valid_from, entry.valid_through),
            }
        case e.ReferenceNumber():
            return {"facility": entry.facility, "reference": entry.reference, **_span(entry.valid_from, None)}


def assistance(entry: e.Assistance) -> Values:
    return {
        "person_id": entry.person_id,
        "lookup_key": keys.lookup_key(entry.payer, entry.recipient),
        "payer": keys.insurer_key(entry.payer),
        "recipient": entry.recipient,
        "loss_reason": entry.loss_reason.value if entry.loss_reason else None,
        **_span(entry.starts_on, entry.ends_on),
    }


def ticket(entry: e.Ticket) -> Values:
    return {
        "person_id": entry.person_id,
        "facility": entry.facility,
        "month": entry.month,
        "issue_number": entry.issue_number,
        "document": canonical.encode(entry),
        **_through(entry.valid_from, entry.valid_through),
    }


def view_stop(entry: e.ViewStop) -> Values:
    return {
        "person_id": entry.person_id,
        "scope": entry.scope.value,
        "reason": entry.reason.value,
        **_span(entry.valid_from, entry.valid_until),
    }
