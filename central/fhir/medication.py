"""The drugs of a reading as MedicationDispense (JP Core), one for each drug and day.

A receipt tells no RP number: drugs of one receipt with the same days and usage are one group, in its order [I].
What is inferred is so marked; what a receipt does not say is left out or said to be unknown.
Facts: reference data-formats 2.7, 2.8, 4.1.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from central.fhir import systems as s
from central.fhir.ids import Ids
from central.fhir.resources import (
    CodeableConcept,
    Coding,
    Dosage,
    DoseAndRate,
    Extension,
    Identifier,
    Medication,
    MedicationDispense,
    Meta,
    Performer,
    Quantity,
    Ratio,
    Reference,
    Timing,
    concept,
)
from central.receipts.extract import DrugLine, Institution
from central.receipts.history import StoredReceipt
from central.receipts.master import Product

Products = Callable[[str, date], Product | None]
"""The drug master: the product of a code on a day."""

ORAL, AS_NEEDED, INJECTED = "oral", "as-needed", "injected"
_PHARMACY = {"1": ORAL, "2": ORAL, "3": AS_NEEDED, "4": INJECTED, "6": ORAL, "7": ORAL}
"""剤形 of a dispensing receipt."""
_CLINIC = {"21": ORAL, "22": AS_NEEDED, "31": INJECTED, "32": INJECTED, "33": INJECTED}
"""診療識別 of a 医科 receipt."""
_UNITS = {"錠": (s.MERIT9_UNIT, "TAB"), "カプセル": (s.MERIT9_UNIT, "CAP")} | {
    unit: (s.UCUM, code)
    for code, units in {"g": ("g", "ｇ"), "mg": ("mg", "ｍｇ"), "mL": ("mL", "ｍＬ"), "L": ("L", "Ｌ")}.items()
    for unit in units
}
"""Units that have a code in MERIT-9 [I beyond TAB] or UCUM; all others are said by their names."""
UNKNOWN_UNIT = "unknown"
NO_USAGE = "用法の記載なし"
SHARED_BRAND = "01"
"""銘柄番号 of a 統一名: its 薬価基準コード is no YJ code, several products share it [I]."""
_INPATIENT, _OUTPATIENT, _COMMUNITY = (
    concept(s.DISPENSE_CATEGORY, code) for code in ("inpatient", "outpatient", "community")
)


def dispenses(
    receipt: StoredReceipt,
    *,
    subject: Reference,
    organization: Callable[[Institution], Reference],
    ids: Ids,
    products: Products | None = None,
) -> Iterator[MedicationDispense]:
    """The drugs of a receipt in its order. ``organization`` gives the reference to who dispensed or prescribed."""
    numbers: dict[tuple[object, ...], int] = {}
    groups: Counter[tuple[date, date]] = Counter()
    members: Counter[tuple[object, ...]] = Counter()
    for place, line in enumerate(receipt.drugs):
        days = (line.prescribed_on, line.dispensed_on)
        group = (days, line.category, line.usage_code, line.usage, line.times)
        if group not in numbers:
            groups[days] += 1
            numbers[group] = groups[days]
        members[group] += 1
        how = (_PHARMACY if line.pharmacy else _CLINIC).get(line.category, "")
        given = _medication(line, products(line.code, line.dispensed_on) if products else None)
        injected = how == INJECTED
        yield MedicationDispense(
            id=ids("dispense", receipt.receipt_id, str(place)),
            meta=Meta(profile=(s.INJECTION if injected else s.DISPENSE,)),
            contained=(_contained(given),) if injected else (),
            extension=(_prescription(line, organization(line.prescriber)),),
            identifier=(
                Identifier(system=s.RP_NUMBER, value=str(numbers[group])),
                Identifier(system=s.ORDER_IN_RP, value=str(members[group])),
            ),
            status="completed",
            category=_INPATIENT if line.inpatient else _COMMUNITY if line.pharmacy else _OUTPATIENT,
            medication_codeable_concept=None if injected else given,
            medication_reference=Reference(reference="#medication") if injected else None,
            subject=subject,
            performer=(Performer(actor=organization(line.institution)),),
            quantity=_quantity(line.amount * line.times if line.amount is not None and line.times else None, line.unit),
            days_supply=_days(line.times) if how == ORAL and line.times else None,
            when_handed_over=line.dispensed_on,
            dosage_instruction=(_dosage(line, how),),
        )


def _medication(line: DrugLine, product: Product | None) -> CodeableConcept:
    """The receipt's code always; YJ and general name where the master knows them."""
    coding = [Coding(system=s.DRUG, code=line.code, display=line.name or None)]
    if product is not None:
        if len(product.price_code) == 12 and product.price_code[9:11] != SHARED_BRAND:
            coding.append(Coding(system=s.YJ, code=product.price_code, display=product.name))
        if product.general_code:
            general = Coding(system=s.GENERAL_NAME, code=product.general_code, display=product.general_name or None)
            coding.append(general)
    return CodeableConcept(coding=tuple(coding), text=line.name or line.general_name or line.code)


def _contained(code: CodeableConcept) -> Medication:
    return Medication(id="medication", meta=Meta(profile=(s.MEDICATION,)), code=code, status="active")


def _prescription(line: DrugLine, prescriber: Reference) -> Extension:
    parts = (
        Extension(url="prescribedOn", value_date=line.prescribed_on),
        Extension(url="prescriber", value_reference=prescriber),
    )
    return Extension(url=s.PRESCRIPTION, extension=parts)


def _quantity(value: Decimal | None, unit: str) -> Quantity:
    if value is None:
        return Quantity(extension=(Extension(url=s.DATA_ABSENT, value_code="unknown"),))
    system, code = _UNITS.get(unit, (s.UNIT, unit or UNKNOWN_UNIT))
    # "f": never an exponent, which few expect in a dose.
    return Quantity(value=Decimal(f"{value:f}"), unit=unit or None, system=system, code=code)


def _days(count: int) -> Quantity:
    return Quantity(value=Decimal(count), unit="日", system=s.UCUM, code="d")


def _dosage(line: DrugLine, how: str) -> Dosage:
    timing = None
    if line.usage_code:
        timing = Timing(code=concept(s.USAGE, line.usage_code, line.usage or None))
    return Dosage(
        text="　".join(part for part in (line.usage, line.instruction) if part) or NO_USAGE,
        timing=timing,
        as_needed_boolean=True if how == AS_NEEDED else None,
        dose_and_rate=_dose(line, how),
    )


def _dose(line: DrugLine, how: str) -> tuple[DoseAndRate, ...]:
    """Per dose where the receipt says it; per day for oral drugs (`DrugLine.amount`)."""
    single = line.amount if how == AS_NEEDED and line.single_dose is None else line.single_dose
    dose = _quantity(single, line.unit) if single is not None else None
    rate = None
    if how == ORAL and line.amount is not None:
        rate = Ratio(numerator=_quantity(line.amount, line.unit), denominator=_days(1))
    return (DoseAndRate(dose_quantity=dose, rate_ratio=rate),) if dose or rate else ()
