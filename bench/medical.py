"""Answers with medical data: three years of somebody who is treated much, as PDF, message and glance; CPU time.

The floor is the same reading encoded as JSON: what any answer costs at least. Issue's bound: a PDF in 300 ms.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import click
import msgspec

from bench.numbers import p50, p95
from central.checkups.checkup import Checkup, PersonKeys
from central.checkups.history import StoredCheckup
from central.checkups.measured import measure
from central.disclosure.disclosed import Disclosed, Gap, Holder, Missing, Purpose, Reader
from central.medical.glance import glance
from central.medical.messages import checkup_answer, drug_answer
from central.medical.pdf import checkup_pdf, drug_pdf
from central.receipts.extract import DrugLine, Institution, TreatmentLine
from central.receipts.history import StoredReceipt
from central.receipts.master import Product, synthetic
from protocol.codes import CharacterCode
from protocol.messages import MedicalRequest, write_json, write_xml
from protocol.numbers import BirthDate, FacilityCode, InsuredNumber, InsurerNumber, Symbol, with_check_digit
from protocol.visit import ConsentItem

HERE = with_check_digit("991000000")
MONTHS = 36
BOUND_MS = 300.0
NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
_PHARMACIES = (Institution("9949900014", "架空薬局", "4"), Institution("9949900022", "模擬調剤薬局", "4"))
_CLINICS = (Institution("9919900023", "架空内科", "1"), Institution("9919900031", "見本整形外科", "1"))


def reading(drugs_a_month: int = 8, acts_a_month: int = 5) -> Disclosed:
    """Two pharmacies and a clinic, every month for three years; a checkup each year for five."""
    random = Random(1)  # noqa: S311 - synthetic data
    products = list(synthetic())
    months = [date(2023 + (5 + count) // 12, (5 + count) % 12 + 1, 1) for count in range(MONTHS)]
    receipts = []
    for month in reversed(months):
        for pharmacy, clinic in zip(_PHARMACIES, _CLINICS, strict=True):
            drugs = tuple(
                _drug(line, random.choice(products), month + timedelta(days=random.randrange(25)), pharmacy, clinic)
                for line in range(drugs_a_month // 2)
            )
            receipts.append(_receipt(f"{random.getrandbits(128):032x}", month, pharmacy, drugs=drugs))
        acts = tuple(_act(line, month + timedelta(days=line)) for line in range(acts_a_month))
        receipts.append(_receipt(f"{random.getrandbits(128):032x}", month, _CLINICS[0], acts=acts))
    return Disclosed(
        reading_id="ab" * 16,
        reader=Reader(facility=HERE, device="reader-1"),
        purpose=Purpose.VISIT,
        person=Holder(name="合成　太郎", kana="ｺﾞｳｾｲ ﾀﾛｳ", birth_date=date(1980, 4, 2), sex="1"),
        items=(ConsentItem.CHECKUPS, ConsentItem.DRUGS, ConsentItem.TREATMENT),
        consents=("cd" * 16,),
        first_month=months[0],
        last_month=months[-1],
        disclosed_at=NOW,
        receipts=tuple(receipts),
        glanced=tuple(receipts),
        checkups=tuple(_checkup(year) for year in range(2026, 2021, -1)),
        gaps=(Gap(ConsentItem.DRUGS, Missing.NOT_YET_CLAIMED, months[-1]),),
    )


def _drug(line: int, product: Product, on: date, pharmacy: Institution, clinic: Institution) -> DrugLine:
    return DrugLine(
        line=line, receipt=1, month=on.replace(day=1), pharmacy=True, inpatient=False, institution=pharmacy,
        prescriber=clinic, prescribed_on=on, dispensed_on=on, code=product.code, amount=Decimal(line + 1),
        single_dose=None, times=28, category="1", category_ja="内服", usage_code="006", usage="１日１回朝食後",
        instruction="", name=product.name, general_name=product.general_name, unit=product.unit,
    )  # fmt: skip


def _act(line: int, on: date) -> TreatmentLine:
    return TreatmentLine(
        line=line, receipt=1, month=on.replace(day=1), inpatient=False, institution=_CLINICS[0], done_on=on,
        code=f"1600{line:05d}", additions=(), amount=None, times=1, points=Decimal(26), category="60",
        category_ja="検査・病理", operation=False,
    )  # fmt: skip


def _receipt(
    id_: str,
    month: date,
    institution: Institution,
    *,
    drugs: tuple[DrugLine, ...] = (),
    acts: tuple[TreatmentLine, ...] = (),
) -> StoredReceipt:
    return StoredReceipt(
        receipt_id=id_, record_id="record", month=month, kind="dispensing" if drugs else "clinic",
        institution=institution, inpatient=False, covered=False, received_at=NOW, drugs=drugs, treatments=acts,
    )  # fmt: skip


def _checkup(year: int) -> StoredCheckup:
    person = PersonKeys(
        insurer=InsurerNumber(with_check_digit("0699000")),
        symbol=Symbol("合成"),
        number=InsuredNumber("１２３"),
        branch=None,
        birth=BirthDate("19800402"),
        sex="1",
    )
    day = date(year, 5, 27)
    found = Checkup(
        file="h.xml",
        facility=FacilityCode(HERE),
        day=day,
        person=person,
        report="10",
        program="010",
        items=tuple(measure(person, day, 7)),
    )
    return StoredCheckup(checkup_id=f"c{year}", record_id="record", received_at=NOW, checkup=found)


@click.command()
@click.option("--rounds", default=20, show_default=True, help="Answers of each kind.")
def medical(rounds: int) -> None:
    """Medical answers from one reading: CPU milliseconds and size, with the floor."""
    told, master = reading(), synthetic()
    request = MedicalRequest(
        facility=FacilityCode(HERE),
        insurer_number=InsurerNumber("06990018"),
        number=InsuredNumber("4260"),
        file_category="4",
    )
    kinds: dict[str, Callable[[], bytes]] = {
        "floor: the reading as JSON": lambda: msgspec.json.encode(told, enc_hook=str),
        "drugs and treatment, PDF": lambda: drug_pdf(told, master),
        "checkups, PDF": lambda: checkup_pdf(told),
        "drugs and treatment, JSON": lambda: msgspec.json.encode(write_json(drug_answer(told, request))),
        "drugs and treatment, Shift_JIS": lambda: write_xml(drug_answer(told, request), CharacterCode.SHIFT_JIS),
        "checkups, JSON": lambda: msgspec.json.encode(write_json(checkup_answer(told, request))),
        "at a glance, JSON": lambda: msgspec.json.encode(glance(told, master)),
    }
    lines = sum(len(one.drugs) + len(one.treatments) for one in told.receipts)
    click.echo(f"{lines} lines of drugs and treatment in {MONTHS} months, {len(told.checkups)} checkups")
    click.echo(f"{'':32} {'p50 ms':>8} {'p95 ms':>8} {'kB':>8}   × floor")
    floor = 0.0
    slowest = 0.0
    for name, make in kinds.items():
        size = len(make())  # the first one reads the font
        spent = []
        for _ in range(rounds):
            started = time.process_time()
            make()
            spent.append((time.process_time() - started) * 1000)
        floor = floor or p50(spent)
        slowest = max(slowest, p95(spent) if "PDF" in name else 0.0)
        click.echo(f"{name:32} {p50(spent):8.1f} {p95(spent):8.1f} {size / 1000:8.0f}   {p50(spent) / floor:7.1f}")
    click.echo(f"bound of a PDF: {BOUND_MS:.0f} ms {'kept' if slowest <= BOUND_MS else 'NOT kept'}")
