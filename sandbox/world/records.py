"""Receipts and checkups of the cast, written as real files and loaded the way they would really arrive.

For folders, journeys and demonstrations that need a few people with data; many people are `onshi sandbox receipts` and
`onshi sandbox checkups`. The consent given here stands for one at the reader: the same grant, without a card.
"""

import io
import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from central.app import Central
from central.audit.entry import AuditEntry
from central.checkups.checkup import PersonKeys
from central.checkups.names import FolderName
from central.checkups.service import Checkups
from central.checkups.synthesis import Examined, submission
from central.disclosure.disclosed import Purpose
from central.disclosure.service import certificate_end
from central.receipts.kinds import Kind
from central.receipts.master import SYNTHETIC
from central.receipts.masters import load_master
from central.receipts.service import ImportResult, Parts, ReceiptImport
from central.receipts.writer import build
from protocol.numbers import BirthDate, Branch, InsuredNumber, InsurerNumber, Symbol, with_check_digit
from protocol.visit import ConsentItem
from sandbox.cast import Persona
from sandbox.cast.insurers import CLINIC
from sandbox.world.consenting import on_record
from sandbox.world.seed import person_id
from sandbox.world.world import World

PHARMACY = with_check_digit("994990001")
SURGERY = with_check_digit("991990002")
SURGERY_NAME = "架空内科"
DRUGS = (("699900102", 28), ("699900108", 28))
YEARS = 3
"""Checkups of so many years."""
SEED = 7
CONSENTED_DAYS = 30
OPERATOR = "sandbox"
_Values = dict[str, str | int]


def claimed_month(today: date) -> date:
    """The newest month whose receipts are surely there: two before this one."""
    first = today.replace(day=1)
    for _ in range(2):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def dispensing(personas: Sequence[Persona], month: date) -> bytes:
    """A pharmacy's claim (RECEIPTY.CYO): each person with two oral drugs of the surgery's for 28 days, 218 points."""
    lines: list[tuple[str, _Values]] = [
        (
            "YK",
            {
                "agency": 1,
                "prefecture": PHARMACY[:2],
                "table": 4,
                "institution": PHARMACY[3:],
                "institution_name": "架空薬局",
                "claim_month": f"{_next(month):%Y%m}",
                "volume": "00",
            },
        )
    ]
    for number, persona in enumerate(personas, 1):
        lines += _receipt(number, persona, month)
    lines.append(("GO", {"receipts": len(personas), "points": 218 * len(personas), "volume": "99"}))
    return b"".join(build(Kind.DISPENSING, id_, values).line_bytes() for id_, values in lines) + b"\x1a"


def checkups(personas: Sequence[Persona], day: date) -> tuple[str, bytes]:
    """A submission's file name and ZIP; all of one insurer, examined on that day."""
    folder = FolderName(CLINIC.code, _keys(personas[0]).insurer.padded_zeros, f"{day:%Y%m%d}", "0", "1")
    people = [
        Examined(_keys(persona), persona.name.kana, day, f"{day:%y}{serial:09d}")
        for serial, persona in enumerate(personas, 1)
    ]
    return f"{folder}.zip", submission(folder, people, seed=SEED)


async def load(central: Central, world: World, folder: Path, personas: Sequence[Persona]) -> ImportResult:
    """The drug master, one month of dispensing and three years of checkups for these people; gives the receipts' part.

    Files lie in ``folder`` for whoever wants to look. What was loaded before changes nothing.
    """
    from importlib.resources import files

    await load_master(central.store, (files("central.receipts") / "data" / SYNTHETIC).read_bytes(), now=world.clock())
    claim = folder / "RECEIPTY.CYO"
    claim.write_bytes(dispensing(personas, claimed_month(world.today)))
    parts = Parts(store=central.store, url=central.settings.database_url(), clock=world.clock)
    told = await ReceiptImport(parts).run([claim])
    service = Checkups(central.store, central.journal, clock=world.clock)
    for _, group in groupby(sorted(personas, key=_insurer), key=_insurer):
        members = list(group)
        for year in range(YEARS):
            day = claimed_month(world.today).replace(year=world.today.year - year, day=10)
            name, data = checkups(members, min(day, world.today))
            (folder / name).write_bytes(data)
            await service.load(io.BytesIO(data), name, operator=OPERATOR)
    return told


async def consented(
    central: Central, world: World, persona: Persona, items: Sequence[ConsentItem], *, purpose: Purpose = Purpose.VISIT
) -> None:
    """As if the person had just consented at the clinic's reader, with their own certificate."""
    now, consent_id, who = world.clock(), secrets.token_hex(16), person_id(persona)
    before = on_record(
        consent_id=consent_id,
        items=items,
        person_id=who,
        facility=CLINIC.code,
        device=OPERATOR,
        certificate=world.pki.identity(persona),
        now=now,
    )
    writes = central.domains.disclosure.grant(
        facility=CLINIC.code,
        person_id=who,
        items=items,
        consent_id=consent_id,
        now=now,
        certificate_until=certificate_end(world.today + timedelta(days=CONSENTED_DAYS)),
        purpose=purpose,
    )
    entry = AuditEntry(kind="consent", outcome="answered", facility=CLINIC.code, subject=who)
    await central.journal.record(entry, writes=[*before, *writes])


def _receipt(number: int, persona: Persona, month: date) -> list[tuple[str, _Values]]:
    keys = _keys(persona)
    day = f"{month:%Y%m}07"
    lines: list[tuple[str, _Values]] = [
        (
            "RE",
            {
                "number": number,
                "type": "4112" if persona.memberships[0].branch in {"", "00"} else "4116",
                "month": f"{month:%Y%m}",
                "patient_name": persona.name.as_registered(),
                "kana_name": persona.name.kana.replace("　", ""),
                "sex": int(persona.sex.value),
                "birth_date": f"{persona.birth:%Y%m%d}",
                "prescriber_prefecture": SURGERY[:2],
                "prescriber_table": "1",
                "prescriber_institution": SURGERY[3:],
                "prescriber_name": SURGERY_NAME,
            },
        ),
        (
            "HO",
            {
                "insurer": keys.insurer.padded_spaces,
                "symbol": str(keys.symbol or ""),
                "insured_number": str(keys.number),
                "days": 1,
                "points": 218,
            },
        ),
        ("SN", {"payer_kind": 1, "confirmation": "01", "branch": str(keys.branch or "")}),
        ("JD", {"payer_kind": 1, "day_7": 1}),
        ("MF", {"desk_payment": "00"}),
    ]
    for prescription, (code, days) in enumerate(DRUGS, 1):
        points = 94 if prescription == 1 else 34
        lines += [
            ("SH", {"prescription": f"{prescription:02d}", "form": 1, "usage": "006", "unit_points": 3}),
            ("CZ", _dispensed(day, days, points)),
            ("IY", {"burden": "1", "code": code, "amount": 1}),
        ]
    return [*lines, ("KI", _fees(day))]


def _dispensed(day: str, days: int, points: int) -> _Values:
    return {
        "doctor": 1,
        "prescribed_on": day,
        "dispensed_on": day,
        "reception": 1,
        "quantity": days,
        "preparation_burden": "1",
        "preparation_way": 1,
        "preparation_place": "00",
        "preparation_code": "420000710",
        "preparation_points": 10,
        "drug_points": points - 10,
    }


def _fees(day: str) -> _Values:
    return {
        "done_on": day,
        "reception": 1,
        "basic_burden": "1",
        "basic_code": "410004110",
        "basic_points": 45,
        "care_1_burden": "1",
        "care_1_code": "440006710",
        "care_1_count": 1,
        "care_1_points": 45,
    }


def _keys(persona: Persona) -> PersonKeys:
    own = persona.memberships[0]
    return PersonKeys(
        insurer=InsurerNumber(own.insurer.number),
        symbol=Symbol(own.symbol) if own.symbol else None,
        number=InsuredNumber(own.number),
        branch=Branch(own.branch) if own.branch else None,
        birth=BirthDate.of(persona.birth),
        sex=persona.sex.value,
    )


def _insurer(persona: Persona) -> str:
    return persona.memberships[0].insurer.number


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
