"""People, insurers and facilities as FHIR: Patient and Organization, and the numbers that identify them.

Facts: reference data-formats 1.1-1.3, 4.1; a half-width name in kana is written full-width (JP Core's SYL).
"""

import re
from datetime import date

from central.fhir import systems as s
from central.fhir.ids import url
from central.fhir.resources import (
    Address,
    Coding,
    Extension,
    HumanName,
    Identifier,
    Meta,
    Organization,
    Patient,
    Reference,
    concept,
)
from protocol.numbers import Branch, InsuredNumber, InsurerNumber, Symbol
from protocol.text import full_width

_BLANKS = re.compile(r"\s+")
_SEVEN = re.compile(r"([0-9]{3})([0-9]{4})")
_GENDERS = {"1": "male", "2": "female"}


def full(text: str) -> str:
    """記号 or 番号 as JP Core writes it: full-width, no blanks."""
    return _BLANKS.sub("", full_width(text))


def member_id(
    insurer: InsurerNumber, symbol: Symbol | None, number: InsuredNumber, branch: Branch | None
) -> Identifier:
    """被保険者個人識別子: ``保険者番号8:記号:番号:枝番2``; of 医療扶助 ``公費負担者番号::受給者番号:``."""
    parts = (insurer.padded_zeros, full(symbol.raw) if symbol else "", full(number.raw), branch.raw if branch else "")
    return Identifier(system=s.MEMBER_ID, value=":".join(parts))


def patient(
    id_: str,
    identifiers: tuple[Identifier, ...],
    *,
    names: tuple[HumanName, ...],
    birth_date: date,
    sex: str,
    address: str | None = None,
    postal_code: str | None = None,
) -> Patient:
    """JP_Patient. ``sex`` is OQSCD007; ``identifiers`` are never empty."""
    where: tuple[Address, ...] = ()
    if address or postal_code:
        where = (Address(text=address, postal_code=_SEVEN.sub(r"\1-\2", postal_code or "") or None, country="JP"),)
    return Patient(
        id=id_,
        meta=Meta(profile=(s.PATIENT,)),
        identifier=identifiers,
        name=names,
        gender=_GENDERS.get(sex, "unknown"),  # type: ignore[arg-type]
        birth_date=birth_date,
        address=where,
    )


def names(name: str, kana: str | None, *, use: str = "official") -> tuple[HumanName, ...]:
    """A name as it is written (IDE) and as it is read (SYL); in parts where one blank divides it."""
    spelt = [("IDE", name)] + ([("SYL", full_width(kana))] if kana else [])
    return tuple(_name(code, text, use) for code, text in spelt)


def _name(code: str, text: str, use: str) -> HumanName:
    parts = _BLANKS.split(text.strip())
    family, given = (parts[0], (parts[1],)) if len(parts) == 2 else (None, ())
    return HumanName(
        extension=(Extension(url=s.NAME_REPRESENTATION, value_code=code),),
        use=use,  # type: ignore[arg-type]
        text=text,
        family=family,
        given=given,
    )


def insurer(id_: str, number: InsurerNumber, name: str) -> Organization:
    """JP_Organization of an insurer, or of the office that grants 医療扶助."""
    return Organization(
        id=id_,
        meta=Meta(profile=(s.ORGANIZATION,)),
        identifier=(Identifier(system=s.INSURER_NUMBER, value=number.padded_zeros),),
        type=(concept(s.ORGANIZATION_TYPE, "pay"),),
        name=name or None,
    )


def facility(id_: str, code: str, name: str) -> Organization:
    """JP_Organization of a facility with its code of 10 digits; ``name`` may be empty."""
    prefecture = Coding(system=s.PREFECTURE, code=code[:2])
    return Organization(
        id=id_,
        meta=Meta(profile=(s.ORGANIZATION,)),
        extension=(
            Extension(url=s.ORGANIZATION_PREFECTURE, value_coding=prefecture),
            Extension(url=s.ORGANIZATION_CATEGORY, value_coding=Coding(system=s.FEE_TABLE, code=code[2])),
            Extension(url=s.ORGANIZATION_NUMBER, value_identifier=Identifier(system=s.INSTITUTION_7, value=code[3:])),
        ),
        identifier=(Identifier(system=s.FACILITY_CODE, value=code),),
        type=(concept(s.ORGANIZATION_TYPE, "prov"),),
        name=name or None,
    )


def to(id_: str) -> Reference:
    """A reference to another resource of the same bundle."""
    return Reference(reference=url(id_))
