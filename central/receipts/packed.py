"""A stored receipt's document: drugs, treatments and cost in one compact byte string, and back to values.

Days count from the first of the receipt's month; who prescribed stands once; names of drugs are not in it, the master
gives them at reading time. MessagePack in arrays: fields are only ever added at the end, with a default.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import msgspec

from central.receipts import codes
from central.receipts.costs import MonthlyCost, monthly_cost
from central.receipts.extract import (
    OPERATIONS,
    DrugLine,
    Institution,
    TreatmentLine,
    drug_lines,
    institution_of,
    is_inpatient,
    treatment_lines,
    undated,
)
from central.receipts.history import StoredReceipt
from central.receipts.master import Product
from central.receipts.points import category_of
from central.receipts.record import Receipt

STAY_FEE = "92"
"""診療識別 of 特定入院料, whose flat fee hides drugs [inferred]."""

Names = Callable[[str, date], Product | None]
"""The product of a code as it was on a day."""


class _Drug(msgspec.Struct, array_like=True, frozen=True, gc=False):
    line: int
    prescriber: int
    prescribed: int
    dispensed: int
    code: str
    amount: str | None
    single: str | None
    times: int
    category: str
    usage_code: str
    usage: str
    instruction: str


class _Treatment(msgspec.Struct, array_like=True, frozen=True, gc=False):
    line: int
    done: int | None
    code: str
    additions: tuple[str, ...]
    amount: str | None
    times: int
    points: str | None
    category: str


class _Cost(msgspec.Struct, array_like=True, frozen=True, gc=False):
    days: int
    points: int
    meals: int
    total: int
    insurer: int
    public: int
    desk: int
    ratio: int | None
    recorded: bool


class Document(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The document as it is decoded; `unpack` makes values of it."""

    line: int
    number: int
    inpatient: bool
    covered: bool
    pharmacy: bool
    institutions: tuple[tuple[str, str, str], ...]
    """Code, name, 点数表: first who claims, then who prescribed."""
    drugs: tuple[_Drug, ...]
    treatments: tuple[_Treatment, ...]
    cost: _Cost | None
    undated: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Document)


def pack(receipt: Receipt) -> bytes:
    """The document of a receipt that has no fault."""
    month = receipt.common.month("month")
    if month is None:
        raise ValueError("a receipt without its month")
    first = month.toordinal()
    institutions: dict[Institution, int] = {institution_of(receipt): 0}
    drugs = tuple(
        _Drug(
            one.line,
            institutions.setdefault(one.prescriber, len(institutions)),
            one.prescribed_on.toordinal() - first,
            one.dispensed_on.toordinal() - first,
            one.code,
            _text(one.amount),
            _text(one.single_dose),
            one.times,
            one.category,
            one.usage_code,
            one.usage,
            one.instruction,
        )
        for one in drug_lines(receipt)
    )
    treatments = tuple(
        _Treatment(
            one.line,
            None if one.done_on is None else one.done_on.toordinal() - first,
            one.code,
            one.additions,
            _text(one.amount),
            one.times,
            _text(one.points),
            one.category,
        )
        for one in treatment_lines(receipt)
    )
    cost = monthly_cost(receipt)
    return _encoder.encode(
        Document(
            receipt.common.line,
            receipt.common.integer("number") or 0,
            is_inpatient(receipt),
            is_covered(receipt),
            receipt.opening.kind.label == "dispensing",
            tuple((one.code, one.name, one.organisation) for one in institutions),
            drugs,
            treatments,
            None if cost is None else _cost(cost),
            undated(receipt),
        )
    )


def is_covered(receipt: Receipt) -> bool:
    """Whether a flat fee hides drugs: paid by diagnosis group, or with a 特定入院料."""
    if receipt.is_dpc:
        return True
    return is_inpatient(receipt) and any(category == STAY_FEE for _, category in category_of(receipt.records))


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _cost(cost: MonthlyCost) -> _Cost:
    return _Cost(
        cost.days,
        cost.points,
        cost.meals,
        cost.total,
        cost.insurer,
        cost.public,
        cost.desk,
        cost.ratio,
        cost.recorded,
    )


def decode(document: bytes) -> Document:
    """What `pack` made; raises ``msgspec.MsgspecError`` for other bytes."""
    return _decoder.decode(document)


def unpack(
    found: Document, *, receipt_id: str, record_id: str, month: date, kind: str, received_at: datetime, names: Names
) -> StoredReceipt:
    """The stored receipt, its drugs with their names."""
    institutions = tuple(Institution(*one) for one in found.institutions)
    return StoredReceipt(
        receipt_id=receipt_id,
        record_id=record_id,
        month=month,
        kind=kind,
        institution=institutions[0],
        inpatient=found.inpatient,
        covered=found.covered,
        received_at=received_at,
        undated=found.undated,
        drugs=_drugs(found, month, institutions, names),
        treatments=_treatments(found, month, institutions[0]),
        cost=None if found.cost is None else _costed(found, found.cost, month, kind, institutions[0]),
    )


def _drugs(found: Document, month: date, institutions: tuple[Institution, ...], names: Names) -> tuple[DrugLine, ...]:
    first = month.toordinal()
    categories = (codes.FORMS if found.pharmacy else codes.CATEGORIES).labels
    lines = []
    for one in found.drugs:
        dispensed_on = date.fromordinal(first + one.dispensed)
        product = names(one.code, dispensed_on)
        lines.append(
            DrugLine(
                line=one.line,
                receipt=found.number,
                month=month,
                pharmacy=found.pharmacy,
                inpatient=found.inpatient,
                institution=institutions[0],
                prescriber=institutions[one.prescriber],
                prescribed_on=date.fromordinal(first + one.prescribed),
                dispensed_on=dispensed_on,
                code=one.code,
                amount=_number(one.amount),
                single_dose=_number(one.single),
                times=one.times,
                category=one.category,
                category_ja=categories.get(one.category, ("",))[0],
                usage_code=one.usage_code,
                usage=one.usage,
                instruction=one.instruction,
                name=product.name if product else "",
                general_name=product.general_name if product else "",
                unit=product.unit if product else "",
            )
        )
    return tuple(lines)


def _treatments(found: Document, month: date, institution: Institution) -> tuple[TreatmentLine, ...]:
    first = month.toordinal()
    return tuple(
        TreatmentLine(
            line=one.line,
            receipt=found.number,
            month=month,
            inpatient=found.inpatient,
            institution=institution,
            done_on=None if one.done is None else date.fromordinal(first + one.done),
            code=one.code,
            additions=one.additions,
            amount=_number(one.amount),
            times=one.times,
            points=_number(one.points),
            category=one.category,
            category_ja=codes.CATEGORIES.labels.get(one.category, ("",))[0],
            operation=one.category in OPERATIONS,
        )
        for one in found.treatments
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _costed(found: Document, cost: _Cost, month: date, kind: str, institution: Institution) -> MonthlyCost:
    return MonthlyCost(
        line=found.line,
        receipt=found.number,
        month=month,
        kind=kind,
        inpatient=found.inpatient,
        institution=institution,
        days=cost.days,
        points=cost.points,
        meals=cost.meals,
        total=cost.total,
        insurer=cost.insurer,
        public=cost.public,
        desk=cost.desk,
        ratio=cost.ratio,
        recorded=cost.recorded,
    )
