"""One checkup as the bytes that a row holds, and back: MessagePack without names, some 2 KB instead of 15 KB of XML.

The first value is the form's number, so that an older row stays readable when the form changes.
"""

import hashlib
from datetime import date

import msgspec

from central.checkups.checkup import Checkup, CheckupItem, PersonKeys
from protocol.numbers import BirthDate, Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol

FORM = 1


class _Item(msgspec.Struct, frozen=True, array_like=True):
    code: str
    value: str
    unit: str
    method: str
    flag: str
    absent: str
    known: bool


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    form: int
    file: str
    facility: str
    day: date
    insurer: str
    symbol: str
    number: str
    branch: str
    birth: str
    sex: str
    report: str
    program: str
    items: tuple[_Item, ...]


def pack(checkup: Checkup) -> bytes:
    """The document of a row."""
    return _encode(checkup, checkup.file)


def digest(checkup: Checkup) -> str:
    """SHA-256 of what is in it, whichever file it came in: the same results sent again have the same."""
    return hashlib.sha256(_encode(checkup, "")).hexdigest()


def _encode(checkup: Checkup, file: str) -> bytes:
    person = checkup.person
    packed = _Packed(
        form=FORM,
        file=file,
        facility=checkup.facility.raw,
        day=checkup.day,
        insurer=person.insurer.raw,
        symbol=person.symbol.raw if person.symbol else "",
        number=person.number.raw,
        branch=person.branch.raw if person.branch else "",
        birth=person.birth.raw,
        sex=person.sex,
        report=checkup.report,
        program=checkup.program,
        items=tuple(
            _Item(one.code, one.value, one.unit, one.method, one.flag, one.absent, one.known) for one in checkup.items
        ),
    )
    return msgspec.msgpack.encode(packed)


def unpack(document: bytes) -> Checkup:
    """The checkup of a row; ``msgspec.ValidationError`` for bytes that `pack` did not make."""
    packed = msgspec.msgpack.decode(document, type=_Packed)
    if packed.form != FORM:
        raise msgspec.ValidationError(f"form {packed.form}")
    return Checkup(
        file=packed.file,
        facility=FacilityCode(packed.facility),
        day=packed.day,
        person=PersonKeys(
            insurer=InsurerNumber(packed.insurer),
            symbol=Symbol(packed.symbol) if packed.symbol else None,
            number=InsuredNumber(packed.number),
            branch=Branch(packed.branch) if packed.branch else None,
            birth=BirthDate(packed.birth),
            sex=packed.sex,
        ),
        report=packed.report,
        program=packed.program,
        items=tuple(
            CheckupItem(
                code=one.code,
                value=one.value,
                unit=one.unit,
                method=one.method,
                flag=one.flag,
                absent=one.absent,
                known=one.known,
            )
            for one in packed.items
        ),
    )
