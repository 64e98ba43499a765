"""A patient's month as the lines of a receipt: payers, days, points that add up. One function for each kind.

Points are plausible, not a tariff: the checks ask that they agree with each other. Codes of acts are real codes with
invented points where the sources give none. Facts: data-formats reference 2.2-2.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_DOWN, Decimal
from functools import lru_cache
from itertools import groupby

from central.receipts.kinds import Kind
from central.receipts.record import last_day
from central.receipts.writer import build
from protocol.numbers import with_check_digit
from sandbox.receipts.lives import Dental, Given, Outpatient, Stay
from sandbox.receipts.patients import Cover, Patient

Values = dict[str, str | int]
CHILDREN = with_check_digit("8899001")
"""公費負担者番号 of a local programme for children."""
CHILD = 15
_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")


@dataclass(frozen=True, slots=True)
class Place:
    """An institution: 10 digits and a name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """A receipt: its lines after the number of RE is put in; ``payers``: HO and KO; ``points``: the main total."""

    lines: bytes
    payers: int
    points: int


@lru_cache(maxsize=100_000)
def _line(kind: Kind, id_: str, values: tuple[tuple[str, str | int], ...]) -> bytes:
    return build(kind, id_, dict(values)).line_bytes()


class _Lines:
    """The lines of one receipt while they are made. Most lines of a file are like others: they are built once."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._made: list[bytes] = []

    def add(self, id_: str, **values: str | int) -> None:
        self._made.append(_line(self.kind, id_, tuple(values.items())))

    def add_days(self, id_: str, days: dict[int, int], **values: str | int) -> None:
        self.add(id_, **values, **{f"day_{day}": count for day, count in days.items()})

    def own(self, id_: str, **values: str | int) -> None:
        """A line that is like no other."""
        self._made.append(build(self.kind, id_, values).line_bytes())

    def bytes(self) -> bytes:
        return b"".join(self._made)


class _Payers:
    """Who pays: the type of the receipt, the burden of its lines, HO, KO, SN and JD."""

    def __init__(self, patient: Patient, cover: Cover, month: date, *, inpatient: bool) -> None:
        self._cover = cover
        self._age = patient.age(month)
        self._patient = patient
        self._inpatient = inpatient
        self.alone = bool(cover.recipient)
        self.child = not self.alone and self._age < CHILD
        self.burden = "5" if self.alone else "2" if self.child else "1"
        self.count = 2 if self.child else 1

    def type(self, kind: Kind) -> str:
        payer = "2" if self.alone else "3" if self._cover.elderly else "1"
        if self._cover.elderly or 70 <= self._age < 75:
            person = "7"
        elif self._age < 6:
            person = "3"
        else:
            person = "5" if self._cover.family else "1"
        if self.alone:
            person = "1"
        return f"{kind.table}{payer}{self.count}{person if self._inpatient else int(person) + 1}"

    def write(self, lines: _Lines, days: dict[int, int], points: int, **more: str | int) -> None:
        cover, count = self._cover, len(days)
        if not self.alone:
            wide = int(cover.number[-1:] or 0) % 2 == 0
            lines.own(
                "HO",
                insurer=cover.written_insurer,
                symbol=cover.symbol.translate(_WIDE) if wide else cover.symbol,
                insured_number=cover.number.translate(_WIDE) if wide else cover.number,
                days=count,
                points=points,
                **more,
            )
        public: Values = {"payer": cover.insurer, "recipient": cover.recipient}
        if self.child:
            public = {
                "payer": CHILDREN,
                "recipient": with_check_digit(f"{self._patient.birth:%y%m%d}"),
                "desk_amount": 0,
            }
        if self.alone or self.child:
            lines.own("KO", **public, days=count, points=points)
        if not self.alone:
            lines.add("SN", payer_kind=1, confirmation="01", **({"branch": cover.branch} if cover.branch else {}))
        if self.alone or self.child:
            lines.add("SN", payer_kind=2, confirmation="01")
        for kind in (2,) if self.alone else (1, 2) if self.child else (1,):
            lines.add_days("JD", dict.fromkeys(days, 1), payer_kind=kind)
        lines.add("MF", desk_payment="00")


def _common(
    lines: _Lines, patient: Patient, payers: _Payers, month: date, number: int, search: str, **more: str | int
) -> None:
    lines.own(
        "RE",
        number=number,
        type=payers.type(lines.kind),
        month=f"{month:%Y%m}",
        patient_name=patient.name,
        sex=int(patient.sex),
        birth_date=f"{patient.birth:%Y%m%d}",
        search_number=search,
        kana_name=patient.kana,
        **more,
    )


def drug_points(drugs: Sequence[Given]) -> int:
    """薬剤料 of one unit (a day, a dose, the whole): up to 15 yen one point, then by tens, half down."""
    yen = sum(((one.product.price or Decimal(0)) * one.amount for one in drugs), Decimal(0))
    return max(1, int((yen / 10).quantize(Decimal(1), rounding=ROUND_HALF_DOWN)))


def _units(drugs: Sequence[Given]) -> list[tuple[Given, list[Given]]]:
    """Drugs that are taken together: same form, usage and number of times."""

    def key(one: Given) -> tuple[str, str, int]:
        return one.form, one.usage, one.times

    return [(found[0], found) for _, group in groupby(sorted(drugs, key=key), key) if (found := list(group))]


def dispensing(
    patient: Patient,
    cover: Cover,
    month: date,
    event: Outpatient,
    clinic: Place,
    number: int,
    search: str,
    *,
    returned: bool = False,
) -> Written:
    """調剤: a prescription group for each unit of each visit. ``returned``: as it comes back (返戻)."""
    payers = _Payers(patient, cover, month, inpatient=False)
    units = _units(event.drugs)
    preparations = {"1": 24, "3": 21, "5": 10}
    each = sum(preparations[unit.form] + drug_points(drugs) * unit.times for unit, drugs in units)
    total = (each + 45 + 59) * len(event.days)
    lines = _Lines(Kind.DISPENSING)
    _common(
        lines,
        patient,
        payers,
        month,
        number,
        search,
        prescriber_prefecture=clinic.code[:2],
        prescriber_table=clinic.code[2],
        prescriber_institution=clinic.code[3:],
        prescriber_name=clinic.name,
        doctor_1="架空　一郎",
    )
    payers.write(lines, dict.fromkeys(event.days, 1), total)
    for visit, day in enumerate(event.days, 1):
        on = f"{month.replace(day=day):%Y%m%d}"
        for serial, (unit, drugs) in enumerate(units, 1):
            instruction = {"3": "頭痛時", "5": "１日３回患部に"}.get(unit.form, "")
            lines.add(
                "SH",
                prescription=f"{serial:02d}",
                form=unit.form,
                usage=unit.usage,
                **({"instruction": instruction} if instruction else {}),
                unit_points=drug_points(drugs),
            )
            lines.add(
                "CZ",
                doctor=1,
                prescribed_on=on,
                dispensed_on=on,
                reception=visit,
                quantity=unit.times,
                preparation_burden=payers.burden,
                preparation_way=1,
                preparation_place="00",
                preparation_code="420000710" if unit.form == "1" else "420000410",
                preparation_points=preparations[unit.form],
                drug_points=drug_points(drugs) * unit.times,
            )
            for one in drugs:
                lines.add("IY", burden=payers.burden, code=one.product.code, amount=one.amount)
        lines.add(
            "KI",
            done_on=on,
            reception=visit,
            basic_burden=payers.burden,
            basic_code="410004110",
            basic_points=45,
            care_1_burden=payers.burden,
            care_1_code="440006710",
            care_1_count=1,
            care_1_points=59,
        )
    if returned:
        lines.add("HR")
    return Written(lines.bytes(), payers.count, total)


def outpatient(patient: Patient, cover: Cover, month: date, event: Outpatient, number: int, search: str) -> Written:
    """医科入院外: the visits, a prescription or drugs of the clinic's own, perhaps a test."""
    payers = _Payers(patient, cover, month, inpatient=False)
    days = dict.fromkeys(event.days, 1)
    visits = len(days)
    details = _Lines(Kind.CLINIC)
    total = 0

    def act(category: str, code: str, points: int, on: dict[int, int]) -> None:
        nonlocal total
        count = sum(on.values())
        total += points * count
        details.add_days("SI", on, category=category, burden=payers.burden, code=code, points=points, count=count)

    first = {event.days[0]: 1} if event.first_visit else {}
    again = {day: 1 for day in event.days if day not in first}
    if first:
        act("11", "111000110", 291, first)
    if again:
        act("12", "112007410", 75, again)
    if event.pharmacy is None and event.drugs:
        act("25", "120001210", 42, days)
        act("24", "120000710", 11, days)
        for unit, drugs in _units(event.drugs):
            points = drug_points(drugs)
            columns = dict.fromkeys(event.days, unit.times)
            count = unit.times * visits
            total += points * count
            for place, one in enumerate(drugs):
                details.add_days(
                    "IY",
                    columns,
                    **({"category": {"1": "21", "3": "22", "5": "23"}[unit.form]} if place == 0 else {}),
                    burden=payers.burden,
                    code=one.product.code,
                    amount=one.amount,
                    **({"points": points} if place == len(drugs) - 1 else {}),
                    count=count,
                )
            if unit.form != "1":
                words = "頭痛時" if unit.form == "3" else "１日３回患部に"
                category = "22" if unit.form == "3" else "23"
                details.add("CO", category=category, burden=payers.burden, code="810000001", text=words)
    elif event.pharmacy is not None:
        act("80", "120002910", 60, days)
    if event.tested:
        act("60", "160010010", 49, {event.days[0]: 1})
        act("70", "170000410", 85, {event.days[-1]: 1})
    lines = _Lines(Kind.CLINIC)
    _common(lines, patient, payers, month, number, search)
    payers.write(lines, days, total)
    lines.add("SY", disease="0000999", started_on=f"{month:%Y%m}01", outcome=1, disease_name="合成症候群")
    return Written(lines.bytes() + details.bytes(), payers.count, total)


def stay(patient: Patient, cover: Cover, month: date, event: Stay, number: int, search: str) -> Written:
    """医科入院, or DPC with its drugs as coding data."""
    payers = _Payers(patient, cover, month, inpatient=True)
    days = dict.fromkeys(range(event.first, event.last + 1), 1)
    details = _Lines(Kind.CLINIC)
    admitted = f"{month.replace(day=event.first):%Y%m%d}"
    total = 0
    if event.by_group:
        left = f"{month.replace(day=event.last):%Y%m%d}"
        details.add("BU", group="010010xx9900xx", admitted_on=admitted, discharged_on=left)
        total = 2300 * len(days)
    else:
        total = 1688 * len(days)
        details.add_days(
            "SI", days, category="90", burden=payers.burden, code="190117710", points=1688, count=len(days)
        )
    if event.operated:
        on = {min(event.first + 1, event.last): 1}
        total += 9000
        details.add_days("SI", on, category="50", burden=payers.burden, code="150253010", points=9000, count=1)
    for one in event.drugs:
        if event.by_group:
            details.add("CD", done_on=admitted, category="21", code=one.product.code, amount=one.amount, count=1)
        else:
            points, times = drug_points([one]), len(days)
            total += points * times
            details.add_days(
                "IY",
                {event.first: times},
                category="21",
                burden=payers.burden,
                code=one.product.code,
                amount=one.amount,
                points=points,
                count=times,
            )
    lines = _Lines(Kind.CLINIC)
    _common(lines, patient, payers, month, number, search, admitted_on=admitted)
    meals = 3 * len(days)
    if payers.alone:
        payers.write(lines, days, total)
    else:
        payers.write(lines, days, total, meals=meals, meals_amount=meals * 690)
    return Written(lines.bytes() + details.bytes(), payers.count, total)


def dental(patient: Patient, cover: Cover, month: date, event: Dental, number: int, search: str) -> Written:
    """歯科: the first visit, then treatment on each day."""
    payers = _Payers(patient, cover, month, inpatient=False)
    days = dict.fromkeys(event.days, 1)
    total = 267 + 48 * len(days)
    lines = _Lines(Kind.DENTAL)
    _common(lines, patient, payers, month, number, search, started_on=f"{month.replace(day=event.days[0]):%Y%m%d}")
    payers.write(lines, days, total)
    lines.add("HS", teeth="101100", disease="8830109")
    burden = payers.burden
    lines.add_days("SS", {event.days[0]: 1}, category="11", burden=burden, code="301000110", points=267, count=1)
    lines.add_days("SS", days, category="80", burden=burden, code="309000110", points=48, count=len(days))
    return Written(lines.bytes(), payers.count, total)


def month_end(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=last_day(month))
