"""Readings as the door would let them through, made by hand: one person, drugs, treatments, checkups, gaps."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from central.checkups.checkup import Checkup, CheckupItem
from central.checkups.history import StoredCheckup
from central.checkups.items import items
from central.checkups.measured import measure
from central.disclosure.disclosed import Disclosed, Gap, Holder, Missing, Purpose, Reader
from central.receipts.extract import DrugLine, Institution, TreatmentLine, drug_lines, institution_of, treatment_lines
from central.receipts.history import StoredReceipt
from central.receipts.master import synthetic
from central.receipts.reader import read_volumes
from central.receipts.record import Receipt
from protocol.messages import MedicalRequest
from protocol.numbers import FacilityCode, InsuredNumber, InsurerNumber, with_check_digit
from protocol.visit import ConsentItem
from tests.central.checkups.files import PEOPLE

HERE = with_check_digit("991000000")
SURGERY = Institution(with_check_digit("991990002"), "架空内科", "1")
HOSPITAL = Institution(with_check_digit("991990003"), "見本整形外科", "1")
PHARMACY = Institution(with_check_digit("994990001"), "架空薬局", "4")
MASTER = synthetic()
AT = datetime(2026, 6, 1, 3, tzinfo=UTC)
TODAY = date(2026, 6, 1)
MAY = date(2026, 5, 1)
FIVE, FIVE_OTHER, TEN = "699900102", "699900103", "699900104"
"""One ingredient: 5 mg of two makers, 10 mg."""
PERSON = Holder(name="合成　太郎", kana="ゴウセイ　タロウ", birth_date=date(1980, 4, 2), sex="1")


def drug(code: str = FIVE, on: date = date(2026, 5, 20), **more: Any) -> DrugLine:
    """An oral drug for 28 days of the surgery's, out of the pharmacy."""
    product = MASTER.product(code, on)
    told: dict[str, Any] = {
        "line": 9,
        "receipt": 1,
        "month": on.replace(day=1),
        "pharmacy": True,
        "inpatient": False,
        "institution": PHARMACY,
        "prescriber": SURGERY,
        "prescribed_on": on,
        "dispensed_on": on,
        "code": code,
        "amount": Decimal("1.50"),
        "single_dose": None,
        "times": 28,
        "category": "1",
        "category_ja": "内服",
        "usage_code": "006",
        "usage": "１日１回朝食後",
        "instruction": "",
        "name": product.name if product else "",
        "general_name": product.general_name if product else "",
        "unit": product.unit if product else "",
    }
    return DrugLine(**(told | more))


def act(on: date | None = date(2026, 5, 20), **more: Any) -> TreatmentLine:
    told: dict[str, Any] = {
        "line": 20,
        "receipt": 1,
        "month": MAY,
        "inpatient": False,
        "institution": SURGERY,
        "done_on": on,
        "code": "160000310",
        "additions": (),
        "amount": None,
        "times": 1,
        "points": Decimal(26),
        "category": "60",
        "category_ja": "検査・病理",
        "operation": False,
    }
    return TreatmentLine(**(told | more))


def receipt(*drugs: DrugLine, acts: tuple[TreatmentLine, ...] = (), id_: str = "r1", **more: Any) -> StoredReceipt:
    told: dict[str, Any] = {
        "receipt_id": id_,
        "record_id": "record",
        "month": MAY,
        "kind": "dispensing",
        "institution": PHARMACY,
        "inpatient": False,
        "covered": False,
        "received_at": AT,
        "drugs": drugs,
        "treatments": acts,
    }
    return StoredReceipt(**(told | more))


def checkup(year: int, *, extra: tuple[CheckupItem, ...] = ()) -> StoredCheckup:
    person, day = PEOPLE[0].person, date(year, 5, 27)
    found = Checkup(
        file=f"h{year}.xml",
        facility=FacilityCode(HERE),
        day=day,
        person=person,
        report="10",
        program="010",
        items=(*measure(person, day, 7), *extra),
    )
    return StoredCheckup(checkup_id=f"c{year}", record_id="record", received_at=AT, checkup=found)


def disclosed(*receipts: StoredReceipt, checkups: tuple[StoredCheckup, ...] = (), **more: Any) -> Disclosed:
    told: dict[str, Any] = {
        "reading_id": "ab" * 16,
        "reader": Reader(facility=HERE, device="reader-1"),
        "purpose": Purpose.VISIT,
        "person": PERSON,
        "items": (ConsentItem.DRUGS,),
        "consents": ("cd" * 16,),
        "first_month": date(2023, 6, 1),
        "last_month": MAY,
        "disclosed_at": AT,
        "receipts": receipts,
        "glanced": receipts,
        "checkups": checkups,
    }
    return Disclosed(**(told | more))


def asked(category: str = "2", **more: Any) -> MedicalRequest:
    told: dict[str, Any] = {
        "facility": FacilityCode(HERE),
        "insurer_number": InsurerNumber("06990018"),
        "number": InsuredNumber("4260"),
        "file_identifier": " F 1 ",
        "file_category": category,
    }
    return MedicalRequest(**(told | more))


def stored(data: bytes) -> list[StoredReceipt]:
    """The receipts of a file as they would be kept."""
    found = [one for one in read_volumes([io.BytesIO(data)]) if isinstance(one, Receipt)]
    return [
        receipt(
            *drug_lines(one, MASTER),
            acts=tuple(treatment_lines(one)),
            id_=f"file/{one.common.integer('number')}",
            kind=one.opening.kind.label,
            institution=institution_of(one),
        )
        for one in found
    ]


# --- anything that could be in a reading --------------------------------------------------------------------------

texts = st.text(max_size=60)
days = st.dates(date(2023, 6, 1), TODAY)
institutions = st.builds(
    Institution,
    code=st.sampled_from((SURGERY.code, HOSPITAL.code, HERE, "", "12", "1234567890123")),
    name=texts,
    organisation=st.sampled_from(("1", "3", "4", "")),
)
amounts = st.none() | st.decimals(0, 99999, places=3, allow_nan=False)
any_drugs = st.builds(
    drug,
    code=st.sampled_from([*(one.code for one in MASTER), "699999999"]),
    on=days,
    line=st.integers(1, 10**6),
    pharmacy=st.booleans(),
    inpatient=st.booleans(),
    institution=institutions,
    prescriber=institutions,
    prescribed_on=days,
    amount=amounts,
    times=st.integers(0, 10**12),
    category=st.sampled_from(("1", "5", "21", "22", "", "x")),
    usage=texts,
    instruction=st.text(max_size=900),
    name=texts,
    general_name=texts,
    unit=texts,
)
any_acts = st.builds(
    act,
    on=st.none() | days,
    institution=institutions,
    amount=amounts,
    times=st.integers(0, 10**12),
    category=texts.map(lambda text: text[:12]),
    operation=st.booleans(),
)
any_receipts = st.builds(
    lambda drugs, acts, covered, inpatient: receipt(*drugs, acts=tuple(acts), covered=covered, inpatient=inpatient),
    st.lists(any_drugs, max_size=4),
    st.lists(any_acts, max_size=3),
    st.booleans(),
    st.booleans(),
)
any_items = st.builds(
    CheckupItem,
    code=st.sampled_from([*list(items())[:60], "9Z999000000000001"]),
    value=st.sampled_from(("", "1", "2", "61.5", "0")) | st.text(max_size=300),
    flag=st.sampled_from(("", "H", "L")),
    absent=st.sampled_from(("", "NI")),
).filter(lambda item: not (item.value and items().get(item.code) is not None and items()[item.code].unit))
any_gaps = st.builds(
    Gap, st.sampled_from(ConsentItem), st.sampled_from(Missing), st.none() | days.map(lambda day: day.replace(day=1))
)
any_readings = st.builds(
    lambda receipts, years, extra, gaps, items_, name, purpose: disclosed(
        *receipts,
        checkups=tuple(checkup(year, extra=tuple(extra)) for year in years),
        gaps=tuple(gaps),
        items=tuple(items_),
        person=Holder(name=name, kana="", birth_date=PERSON.birth_date, sex="3"),
        purpose=purpose,
    ),
    st.lists(any_receipts, max_size=4),
    st.lists(st.integers(2021, 2026), max_size=6, unique=True),
    st.lists(any_items, max_size=3),
    st.lists(any_gaps, max_size=4),
    st.lists(st.sampled_from(ConsentItem), min_size=1, unique=True),
    texts,
    st.sampled_from(Purpose),
)
