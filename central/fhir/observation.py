"""The checkups of a reading as Observation (JP Core), one for each result, by JLAC10 code.

A result that is absent is dataAbsentReason and never 0; the nullFlavor stands beside it. Which profile an item claims
goes by its section in the item table. Facts: reference data-formats 3.2, 3.3, 4.1.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from central.checkups.checkup import CheckupItem
from central.checkups.history import StoredCheckup
from central.checkups.items import Item, items, results
from central.checkups.observation import NOT_ASKED
from central.fhir import systems as s
from central.fhir.ids import Ids
from central.fhir.resources import CodeableConcept, Coding, Meta, Observation, Quantity, Reference, concept

_PROFILES = {
    "body": (s.OBSERVATION, "exam"),
    "examination": (s.OBSERVATION, "exam"),
    "pressure": (s.VITAL_SIGNS, "vital-signs"),
    "sampling": (s.OBSERVATION, "survey"),
    "chemistry": (s.LAB_RESULT, "laboratory"),
    "glucose": (s.LAB_RESULT, "laboratory"),
    "urine": (s.LAB_RESULT, "laboratory"),
    "blood": (s.LAB_RESULT, "laboratory"),
    "imaging": (s.OBSERVATION, "imaging"),
    "judgement": (s.OBSERVATION, "exam"),
    "questionnaire": (s.SOCIAL_HISTORY, "social-history"),
    "questionnaire_75": (s.SOCIAL_HISTORY, "social-history"),
}
"""Section of the item table → profile and category. Others: the common profile, "survey"."""
_OTHER = (s.OBSERVATION, "survey")
_UCUM = {"mg/g*CR": "mg/g{CR}", "mg/day": "mg/d", "ml/min/1.73m2": "mL/min/{1.73_m2}", "unit": "{unit}"}
"""Units of the ministry's tables that are not spelt as UCUM spells them."""
_ABSENT = {
    "NI": "not-performed",
    NOT_ASKED: "not-performed",
    "NASK": "not-asked",
    "ASKU": "asked-unknown",
    "NAV": "temp-unknown",
    "NA": "not-applicable",
    "MSK": "masked",
    "INV": "error",
    "OTH": "unsupported",
    "NINF": "negative-infinity",
    "PINF": "positive-infinity",
}
"""nullFlavor → dataAbsentReason; in this table 未実施 is written NI. Others: unknown."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_CATEGORIES = {
    code: CodeableConcept(coding=(Coding(system=s.CATEGORY_JP, code=code), Coding(system=s.CATEGORY_HL7, code=code)))
    for code in ("exam", "vital-signs", "survey", "laboratory", "imaging", "social-history")
}


def observations(stored: StoredCheckup, *, subject: Reference, performer: Reference, ids: Ids) -> Iterator[Observation]:
    """The results of a checkup in its order; ``performer`` is the facility that made it."""
    table = items()
    for place, one in enumerate(stored.checkup.items):
        item = table.get(one.code) if one.known else None
        profile, category = _PROFILES.get(item.section, _OTHER) if item else _OTHER
        quantity, coded, words = _value(one, item)
        empty = quantity is None and coded is None and words is None
        yield Observation(
            id=ids("observation", stored.checkup_id, str(place)),
            meta=Meta(profile=(profile,)),
            status="final",
            category=(_CATEGORIES[category],),
            code=_code(one, item),
            subject=subject,
            effective_date_time=stored.checkup.day,
            performer=(performer,),
            value_quantity=quantity,
            value_codeable_concept=coded,
            value_string=words,
            data_absent_reason=_absent(one.absent) if empty else None,
            interpretation=(concept(s.INTERPRETATION, one.flag),) if one.flag and not empty else (),
            specimen=_specimen(one.code) if profile == s.LAB_RESULT else None,
        )


def _code(one: CheckupItem, item: Item | None) -> CodeableConcept:
    if item is None:
        return concept(s.LOCAL_ITEM, one.code, text=one.code)
    return concept(s.JLAC10, one.code, item.ja, text=item.ja)


def _value(one: CheckupItem, item: Item | None) -> tuple[Quantity | None, CodeableConcept | None, str | None]:
    """Quantity, code or words: one of them, or none where there is no value."""
    if one.absent or not one.value:
        return None, None, None
    if item is not None and item.oid:
        ja, _ = results().get(item.oid, {}).get(one.value, ("", ""))
        return None, concept(f"urn:oid:{item.oid}", one.value, ja or None, text=ja or None), None
    unit = one.unit or (item.unit if item is not None else "")
    if unit and _NUMBER.fullmatch(one.value):
        return Quantity(value=Decimal(one.value), unit=unit, system=s.UCUM, code=_UCUM.get(unit, unit)), None, None
    return None, None, one.value


def _absent(flavor: str) -> CodeableConcept:
    coding = [Coding(system=s.ABSENT, code=_ABSENT.get(flavor, "unknown"))]
    if flavor and flavor != NOT_ASKED:
        coding.append(Coding(system=s.NULL_FLAVOR, code=flavor))
    return CodeableConcept(coding=tuple(coding))


def _specimen(code: str) -> Reference:
    """JP Core wants a specimen of each laboratory result; the code says which material (JLAC10, digits 10 to 12)."""
    return Reference(type="Specimen", display=f"JLAC10 材料コード {code[9:12]}")
