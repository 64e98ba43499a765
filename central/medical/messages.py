"""What was let through as the messages that clinic software reads: YZKsiquc01res and TKKsiquc01res.

Pure. Receipts of every kind go into MeTrMonthInf, because that block is theirs; the source kind (1, 3, 4) tells a
pharmacy from a clinic. CzDiInf and ShPrInf belong to electronic prescriptions and stay away until there are any.
A month of one institution, prescriber and 院内外 is one block, and a day in it is there once: a client takes a second
one for a repetition and leaves it out. Kana stand in half width, as in eligibility answers [inferred]. Facts:
reference clinic-interface 3.8, data-formats 2.8, 3.4.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from central.checkups.checkup import Checkup, CheckupItem
from central.checkups.items import items
from central.disclosure.disclosed import Disclosed
from central.medical.words import gap_lines
from central.receipts.extract import DrugLine, Institution, TreatmentLine
from protocol import codes, text
from protocol.messages import (
    CheckupAnswer,
    CheckupHolder,
    CheckupInfo,
    CheckupResult,
    Drug,
    DrugAnswer,
    DrugDay,
    DrugHolder,
    MedicalRequest,
    ReceiptMonth,
    Treatment,
)
from protocol.numbers import YearMonth

OWN, OTHER = "1", "2"
"""PrIsOrg: prescribed by the reading facility, or by another."""
IN_HOUSE, ELSEWHERE = "1", "2"
"""InOut: given by who prescribed it, or by a pharmacy."""
MOST_TIMES = 999_999_999


_Key = tuple[date, str, str, str]
"""Month, institution, prescriber (codes; a name where there is no code), 院内外."""
_Days = dict[tuple[date | None, date | None], tuple[list[Drug], list[Treatment]]]


@dataclass(slots=True)
class _Block:
    institution: Institution
    prescriber: Institution
    days: _Days = field(default_factory=dict)


_Found = dict[_Key, _Block]


def drug_answer(disclosed: Disclosed, request: MedicalRequest) -> DrugAnswer:
    """YZKsiquc01res; ResultCode 1 even where nothing is there: MessageContents says why."""
    found: _Found = {}
    for receipt in disclosed.receipts:
        for drug in receipt.drugs:
            block = _block(
                found, drug.month, drug.institution, drug.prescriber, ELSEWHERE if drug.pharmacy else IN_HOUSE
            )
            drugs, _ = block.days.setdefault((drug.dispensed_on, drug.prescribed_on), ([], []))
            drugs.append(_drug(drug))
        for act in receipt.treatments:
            block = _block(found, act.month, act.institution, act.institution, IN_HOUSE)
            _, acts = block.days.setdefault((act.done_on, act.done_on), ([], []))
            acts.append(_treatment(act))
    person = disclosed.person
    return DrugAnswer(
        facility=request.facility,
        file_identifier=request.file_identifier,
        contents=_contents(disclosed),
        holder=DrugHolder(
            name=_said(person.name),
            kana=_said(text.half_width_kana(person.kana)),
            birth_date=person.birth_date,
            sex=codes.Sex.of(person.sex),
        ),
        receipts=tuple(_months(found, disclosed.reader.facility)),
    )


def checkup_answer(disclosed: Disclosed, request: MedicalRequest) -> CheckupAnswer:
    """TKKsiquc01res: the newest checkup first. What was not measured has no value, and so no element."""
    person = disclosed.person
    return CheckupAnswer(
        facility=request.facility,
        file_identifier=request.file_identifier,
        contents=_contents(disclosed),
        holder=CheckupHolder(
            name=_said(person.name),
            kana=_said(text.half_width_kana(person.kana)),
            birth_date=person.birth_date,
            sex=codes.Sex.of(person.sex),
        ),
        checkups=tuple(_checkup(one.checkup) for one in disclosed.checkups),
    )


def number(value: Decimal | None) -> str | None:
    """A quantity without exponent and without zeros that say nothing."""
    if value is None:
        return None
    written = format(value, "f")
    return (written.rstrip("0").rstrip(".") if "." in written else written) or "0"


def _contents(disclosed: Disclosed) -> str | None:
    return "　".join(ja for ja, _ in gap_lines(disclosed.gaps)) or None


def _said(written: str) -> str | None:
    """A text as a message may carry it, on one line; None when it says nothing."""
    if not text.is_plain(written) or "\n" in written or "\t" in written:
        written = "".join(one if text.is_plain(one) and one not in "\n\t" else " " for one in written)
    return written if written.strip() else None


def _short(written: str, longest: int) -> str | None:
    """A code that fits its element; what does not is no code."""
    said = _said(written)
    return said if said is not None and len(said) <= longest else None


def _block(found: _Found, month: date, institution: Institution, prescriber: Institution, in_out: str) -> _Block:
    key = (month, institution.code or institution.name, prescriber.code or prescriber.name, in_out)
    return found.setdefault(key, _Block(institution, prescriber))


def _months(found: _Found, reader: str) -> Iterator[ReceiptMonth]:
    for key in sorted(found, key=lambda key: (-key[0].toordinal(), *key[1:])):
        month, _, _, in_out = key
        block = found[key]
        yield ReceiptMonth(
            organisation=_short(block.institution.organisation, 2),
            institution_code=_short(block.institution.code, 10),
            institution=_said(block.institution.name),
            month=YearMonth(f"{month:%Y%m}"),
            prescriber_code=_short(block.prescriber.code, 10),
            prescriber=_said(block.prescriber.name),
            prescriber_kind=OWN if block.prescriber.code == reader else OTHER,
            in_out=in_out,
            days=tuple(_days(block.days)),
        )


def _days(days: _Days) -> Iterator[DrugDay]:
    for dispensed, prescribed in sorted(days, key=lambda day: (day[0] or date.max, day[1] or date.max)):
        drugs, acts = days[dispensed, prescribed]
        yield DrugDay(dispensed_on=dispensed, prescribed_on=prescribed, drugs=tuple(drugs), treatments=tuple(acts))


def _drug(one: DrugLine) -> Drug:
    return Drug(
        code=one.code,
        name=_said(one.name),
        general_name=_said(one.general_name),
        amount=number(one.amount),
        unit=_said(one.unit),
        usage=_said(one.usage),
        instruction=_said(one.instruction),
        times=_times(one.times),
        category=one.category if one.category.isascii() and one.category.isdigit() else None,
    )


def _treatment(one: TreatmentLine) -> Treatment:
    return Treatment(code=one.code, category=_said(one.category), amount=number(one.amount), times=_times(one.times))


def _times(times: int) -> int | None:
    return times if 0 <= times <= MOST_TIMES else None


def _checkup(checkup: Checkup) -> CheckupInfo:
    found = ((one, _said(one.value)) for one in checkup.items)
    return CheckupInfo(day=checkup.day, results=tuple(_result(one, value) for one, value in found if value))


def _result(one: CheckupItem, value: str) -> CheckupResult:
    item = items().get(one.code)
    return CheckupResult(
        code=one.code,
        name=item.ja if item is not None else None,
        type=item.type.name if item is not None else None,
        value=value,
        unit=_said(one.unit),
        oid=(item.oid or None) if item is not None else None,
        value_name=_said(one.meaning[0]),
    )
