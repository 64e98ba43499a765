"""CPU per FHIR bundle of three years of drugs, against the floor: the same reading as plain JSON, in the same run.

Rendering only: no database, no door, no network. Our own CPU.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import click
import msgspec

from central.disclosure.disclosed import Disclosed, Holder, Purpose, Reader
from central.fhir import bundle
from central.fhir import systems as s
from central.fhir.ids import IdMaker
from central.fhir.resources import Identifier, encode
from central.receipts import master
from central.receipts.extract import DrugLine, Institution
from central.receipts.history import StoredReceipt
from protocol.numbers import with_check_digit
from protocol.visit import ConsentItem

CLINIC, PHARMACY = with_check_digit("991000000"), with_check_digit("994000001")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
MONTHS = 36
DRUGS = ("699900101", "699900102", "699900103", "620000000")


def reading(receipts: int, drugs: int) -> Disclosed:
    """Three years with so many receipts a month and drugs on each."""
    pharmacy, clinic = Institution(PHARMACY, "架空薬局", "4"), Institution(CLINIC, "架空医院", "1")
    found = []
    for n in range(MONTHS):
        month = date(2023 + (n + 5) // 12, (n + 5) % 12 + 1, 1)
        for serial in range(receipts):
            day = month.replace(day=5 + serial)
            lines = tuple(
                DrugLine(
                    line=4 + place, receipt=1, month=month, pharmacy=True, inpatient=False, institution=pharmacy,
                    prescriber=clinic, prescribed_on=day, dispensed_on=day, code=DRUGS[place % len(DRUGS)],
                    amount=Decimal("1.5"), single_dose=None, times=28, category="1", category_ja="内服",
                    usage_code="006", usage="１日１回朝食後", instruction="", name="カクウジピン錠５ｍｇ", unit="錠",
                )
                for place in range(drugs)
            )  # fmt: skip
            found.append(
                StoredReceipt(
                    receipt_id=f"{month}/{serial}", record_id="r", month=month, kind="dispensing",
                    institution=pharmacy, inpatient=False, covered=False, received_at=NOW, drugs=lines,
                )
            )  # fmt: skip
    return Disclosed(
        reading_id="0" * 32,
        reader=Reader(facility=CLINIC, device="reader-1"),
        purpose=Purpose.VISIT,
        person=Holder(name="見本　太郎", kana="ミホン　タロウ", birth_date=date(1980, 1, 2), sex="1"),
        items=(ConsentItem.DRUGS,),
        consents=("c",),
        first_month=date(2023, 6, 1),
        last_month=date(2026, 6, 1),
        disclosed_at=NOW,
        receipts=tuple(found),
    )


def _cpu(work: Callable[[], bytes], times: int) -> float:
    """Milliseconds of this process's CPU for one."""
    work()
    before = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - before) * 1000 / times


def measure(receipts: int, drugs: int, times: int) -> dict[str, float]:
    """Milliseconds of CPU for the bundle and for the floor, their ratio, bytes and drug lines."""
    read, ids = reading(receipts, drugs), IdMaker(b"k" * 32).of(CLINIC)
    products, me = master.synthetic().product, Identifier(system=s.MEMBER_ID, value="06990014:１:２:00")

    def made() -> bytes:
        return encode(bundle.medications(read, identifier=me, ids=ids, products=products))

    floor, own = _cpu(lambda: msgspec.json.encode(read), times), _cpu(made, times)
    return {
        "lines": MONTHS * receipts * drugs,
        "bytes": len(made()),
        "floor_ms": round(floor, 3),
        "bundle_ms": round(own, 3),
        "ratio": round(own / floor, 1),
    }


@click.command()
@click.option("--receipts", default=1, show_default=True, help="Receipts a month.")
@click.option("--drugs", default=3, show_default=True, help="Drugs on each receipt.")
@click.option("--times", default=200, show_default=True, help="How many bundles are measured.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def fhir(receipts: int, drugs: int, times: int, *, as_json: bool) -> None:
    """CPU per MedicationDispense bundle of three years."""
    found = measure(receipts, drugs, times)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    click.echo(
        f"{found['lines']} drug lines: plain JSON {found['floor_ms']} ms; FHIR bundle {found['bundle_ms']} ms "
        f"({found['ratio']}x), {found['bytes']} bytes"
    )
