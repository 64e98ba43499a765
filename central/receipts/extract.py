"""What a receipt says of drugs (薬剤情報) and treatments (診療情報), as frozen values that a later step stores.

Pure, and of one receipt. A line whose code or day cannot be read gives nothing: the checks have told it. Facts:
reference data-formats 2.8; for in-house drugs the day of prescribing is taken to be the day of dispensing [inferred].
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from central.receipts import codes
from central.receipts.kinds import Kind
from central.receipts.master import DrugMaster
from central.receipts.points import category_of
from central.receipts.record import Receipt, Record, day_of, last_day

OPERATIONS = frozenset({"50", "54"})
"""診療識別 of operations and their anaesthesia."""
ON_THE_WHOLE = frozenset({"01", "99"})
"""診療識別 of remarks on the whole receipt."""
INPATIENT = frozenset("13579")
"""Last digit of a receipt type in hospital; a pharmacy's receipt has none."""


class Institution(msgspec.Struct, frozen=True):
    """Who dispensed, treated or prescribed. ``code``: 10 digits; ``organisation``: its 点数表 (1, 3, 4)."""

    code: str
    name: str
    organisation: str


class DrugLine(msgspec.Struct, frozen=True, kw_only=True):
    """One drug on one day.

    ``amount`` is per day for oral drugs, per dose for drugs as needed, in all for external ones; ``times`` are days'
    supply or doses (調剤: 調剤数量; 医科: the day column). ``category`` is the 剤形 of a pharmacy, the 診療識別
    elsewhere. Names and unit are the master's, empty where it does not know the code.
    """

    line: int
    receipt: int
    month: date
    pharmacy: bool
    inpatient: bool
    institution: Institution
    prescriber: Institution
    prescribed_on: date
    dispensed_on: date
    code: str
    amount: Decimal | None
    single_dose: Decimal | None
    times: int
    category: str
    category_ja: str
    usage_code: str
    usage: str
    instruction: str
    name: str = ""
    general_name: str = ""
    unit: str = ""


class TreatmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One treatment on one day; ``done_on`` is None where the receipt tells no day. ``points`` only as written."""

    line: int
    receipt: int
    month: date
    inpatient: bool
    institution: Institution
    done_on: date | None
    code: str
    additions: tuple[str, ...]
    amount: Decimal | None
    times: int
    points: Decimal | None
    category: str
    category_ja: str
    operation: bool


def institution_of(receipt: Receipt) -> Institution:
    """Who claims."""
    record = receipt.opening.record
    name = record.text("institution_name")
    if not name and receipt.reception is not None:
        name = receipt.reception.record.text("institution_name")
    return Institution(receipt.opening.institution, name, receipt.opening.kind.table)


def is_inpatient(receipt: Receipt) -> bool:
    """Whether the receipt is of a stay in hospital."""
    return receipt.opening.kind is not Kind.DISPENSING and receipt.common.text("type")[3:] in INPATIENT


def drug_lines(receipt: Receipt, master: DrugMaster | None = None) -> Iterator[DrugLine]:
    """The drugs of a receipt in the order of its lines, with names where a master is given."""
    month = receipt.common.month("month")
    if month is None:
        return
    found = _dispensed(receipt, month) if receipt.opening.kind is Kind.DISPENSING else _in_house(receipt, month)
    for one in found:
        product = master.product(one.code, one.dispensed_on) if master is not None else None
        if product is None:
            yield one
        else:
            yield msgspec.structs.replace(one, name=product.name, general_name=product.general_name, unit=product.unit)


def undated(receipt: Receipt) -> int:
    """How many drugs given in house have no day (医科, 歯科): they are no `drug_lines`, because nobody knows when."""
    month = receipt.common.month("month")
    if month is None or receipt.opening.kind is Kind.DISPENSING:
        return 0
    return sum(not days for _, _, days in _given(receipt, month))


def treatment_lines(receipt: Receipt) -> Iterator[TreatmentLine]:
    """Treatments and operations of a 医科 or 歯科 receipt; a pharmacy's receipt has none."""
    month = receipt.common.month("month")
    if month is None or receipt.opening.kind is Kind.DISPENSING:
        return
    institution = institution_of(receipt)
    inpatient = is_inpatient(receipt)
    for one, category in category_of(receipt.records):
        if one.id not in {"SI", "SS"} or not _is_code(one):
            continue
        for done_on, times in _days(one, month) or ((None, one.integer("count") or 0),):
            yield TreatmentLine(
                line=one.line,
                receipt=receipt.common.integer("number") or 0,
                month=month,
                inpatient=inpatient,
                institution=institution,
                done_on=done_on,
                code=one.text("code"),
                additions=_additions(one),
                amount=one.decimal("amount"),
                times=times,
                points=one.decimal("points"),
                category=category,
                category_ja=_ja(codes.CATEGORIES, category),
                operation=category in OPERATIONS,
            )


def _is_code(record: Record) -> bool:
    raw = record.bytes_of("code")
    return len(raw) == 9 and raw.isdigit()


def _ja(list_: codes.CodeList, code: str) -> str:
    return list_.labels.get(code, ("", ""))[0]


def _additions(record: Record) -> tuple[str, ...]:
    if record.id != "SS":
        return ()
    return tuple(code for serial in range(1, 36) if (code := record.text(f"addition_{serial}")))


def _days(record: Record, month: date) -> tuple[tuple[date, int], ...]:
    last = last_day(month)
    return tuple((month.replace(day=day), times) for day, times in record.days() if day <= last and times > 0)


def _given(receipt: Receipt, month: date) -> Iterator[tuple[Record, str, tuple[tuple[date, int], ...]]]:
    """The drugs given in house, each with its 診療識別 and its days, which may be none."""
    details = [*category_of(receipt.records), *((one, one.text("category")) for one in receipt.every("CD"))]
    for one, category in details:
        raw = one.bytes_of("code")
        if one.id not in {"IY", "CD"} or not _is_code(one) or not raw.startswith(b"6"):
            continue
        coded = day_of(one.bytes_of("done_on")) if one.id == "CD" else None
        yield one, category, ((coded, one.integer("count") or 1),) if coded is not None else _days(one, month)


def _in_house(receipt: Receipt, month: date) -> Iterator[DrugLine]:
    institution = institution_of(receipt)
    inpatient = is_inpatient(receipt)
    words = dict(_usages(receipt.records))
    for one, category, days in _given(receipt, month):
        for dispensed_on, times in days:
            yield DrugLine(
                line=one.line,
                receipt=receipt.common.integer("number") or 0,
                month=month,
                pharmacy=False,
                inpatient=inpatient,
                institution=institution,
                prescriber=institution,
                prescribed_on=dispensed_on,
                dispensed_on=dispensed_on,
                code=one.text("code"),
                amount=one.decimal("amount"),
                single_dose=None,
                times=times,
                category=category,
                category_ja=_ja(codes.CATEGORIES, category),
                usage_code="",
                usage=words.get(one.line, ""),
                instruction="　".join(_inline(one)),
            )


def _inline(record: Record) -> tuple[str, ...]:
    """The comment texts that stand in the line itself (医科)."""
    return tuple(text for serial in (1, 2, 3) if (text := record.text(f"comment_{serial}_text")))


def _usages(records: tuple[Record, ...]) -> Iterator[tuple[int, str]]:
    """Line of each drug → the words of the comments in its run.

    A run begins with a record that names its 診療識別. A comment (CO) that names the 診療識別 of the run before it
    belongs to that run, unless the records behind it name none and the run has its points already: then it opens
    theirs.
    """
    run: list[Record] = []
    category = ""
    details = [(one, one.text("category")) for one in records if one.id in {"SI", "IY", "TO", "SS", "CO"}]
    for place, (one, own) in enumerate(details):
        if own:
            following = next((other for rest, other in details[place + 1 :] if rest.id != "CO"), "end")
            closed = not run or bool(run[-1].bytes_of("points")) or run[-1].id == "CO"
            if one.id != "CO" or own != category or (not following and closed):
                yield from _run(run, category)
                run = []
            category = own
        run.append(one)
    yield from _run(run, category)


def _run(run: list[Record], category: str) -> Iterator[tuple[int, str]]:
    if category in ON_THE_WHOLE:
        return
    words = "　".join(text for one in run if one.id == "CO" and (text := one.text("text")))
    yield from ((one.line, words) for one in run if one.id == "IY" and words)


def _dispensed(receipt: Receipt, month: date) -> Iterator[DrugLine]:
    """A group is SH, then CZ with its drugs and comments; several CZ in a row share the drugs behind them."""
    common = receipt.common
    parts = ("prescriber_prefecture", "prescriber_table", "prescriber_institution")
    prescriber = Institution(
        "".join(common.text(part) for part in parts), common.text("prescriber_name"), common.text("prescriber_table")
    )
    institution = institution_of(receipt)
    number = common.integer("number") or 0
    for prescription, dispensings, drugs, remarks in _groups(receipt.records):
        form = prescription.text("form")
        category_ja = _ja(codes.FORMS, form)
        usage_code = prescription.text("usage").rjust(3, "0") if prescription.text("usage") else ""
        written = prescription.text("instruction")
        usage = "" if usage_code == codes.UNCODED_USAGE else _ja(codes.USAGES, usage_code)
        instruction = "　".join(text for text in (written if usage else "", *remarks) if text)
        given = [
            (prescribed_on, dispensed_on, dispensing.integer("quantity") or 0)
            for dispensing in dispensings
            if (prescribed_on := dispensing.day("prescribed_on")) is not None
            and (dispensed_on := dispensing.day("dispensed_on")) is not None
        ]
        for drug in drugs:
            if not _is_code(drug):
                continue
            for prescribed_on, dispensed_on, quantity in given:
                yield DrugLine(
                    line=drug.line,
                    receipt=number,
                    month=month,
                    pharmacy=True,
                    inpatient=False,
                    institution=institution,
                    prescriber=prescriber,
                    prescribed_on=prescribed_on,
                    dispensed_on=dispensed_on,
                    code=drug.text("code"),
                    amount=drug.decimal("amount"),
                    single_dose=drug.decimal("single_dose"),
                    times=quantity,
                    category=form,
                    category_ja=category_ja,
                    usage_code=usage_code,
                    usage=usage or written,
                    instruction=instruction,
                )


_Group = tuple[Record, list[Record], list[Record], list[str]]


def _groups(records: tuple[Record, ...]) -> Iterator[_Group]:
    prescription: Record | None = None
    dispensings: list[Record] = []
    drugs: list[Record] = []
    remarks: list[str] = []
    for one in records:
        if one.id in {"SH", "KI", "TK", "ST"} or (one.id == "CZ" and (drugs or remarks)):
            if prescription is not None and drugs:
                yield prescription, dispensings, drugs, remarks
            dispensings, drugs, remarks = [], [], []
        if one.id == "SH":
            prescription = one
        elif one.id == "CZ":
            dispensings.append(one)
        elif one.id == "IY":
            drugs.append(one)
        elif one.id == "CO" and dispensings:
            remarks.append(one.text("text"))
    if prescription is not None and drugs:
        yield prescription, dispensings, drugs, remarks
