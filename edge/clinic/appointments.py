"""Tomorrow's appointments: a list from the chart system becomes one bulk, its result only what differs from the list.

The list is CSV (UTF-8 or Shift_JIS, first line names the columns) or JSON objects with the same names. What the list
does not tell is not compared. Facts: reference clinic-interface 3.5 (a bulk says whether the asked record holds).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from protocol import codes, text
from protocol.errors import OnshiError, clinic
from protocol.messages import AskedSearch, BulkAnswer, BulkRequest, BulkUnit, EligibilityResult
from protocol.numbers import FacilityCode

_Text = Annotated[str, Meta(max_length=200)]


class Appointment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line. The first seven ask; ``name``, ``ratio`` (percent) and ``insurer_name`` are what the chart has."""

    id: Annotated[str, Meta(min_length=1, max_length=50)]
    insurer_number: _Text = ""
    symbol: _Text = ""
    number: _Text = ""
    branch: _Text = ""
    birth_date: _Text = ""
    """YYYYMMDD."""
    limit_consent: _Text = "0"
    name: _Text = ""
    ratio: _Text = ""
    insurer_name: _Text = ""

    def __repr__(self) -> str:
        return "Appointment(…)"


COLUMNS = Appointment.__struct_fields__


class What(StrEnum):
    """What differs."""

    ERROR = "error"
    """This line could not be asked; the others were."""
    LOST = "lost"
    LOST_NEWER = "lost-newer-exists"
    NONE = "none"
    SEVERAL = "several"
    INSURER = "insurer"
    RATIO = "ratio"
    NAME = "name"
    HIDDEN_NAME = "hidden-name"
    """The register's name has ●: see the card."""
    LIMIT = "limit"
    """The limit certificate changed since the last bulk, or cannot be told."""


_VALIDITY = {
    codes.QualificationValidity.INVALID: What.LOST,
    codes.QualificationValidity.INVALID_NEWER_EXISTS: What.LOST_NEWER,
    codes.QualificationValidity.NONE: What.NONE,
    codes.QualificationValidity.SEVERAL: What.SEVERAL,
}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at before the patient comes. ``listed`` is the list's, ``found`` the register's."""

    id: str
    what: What
    listed: str = ""
    found: str = ""
    message: str = ""


def read_csv(data: bytes) -> tuple[Appointment, ...]:
    """Raises `OnshiError` (``CLINIC-044``) with the line's number and the column, never what stood there."""
    try:
        written = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        written = text.decode_cp932(data)
    lines = csv.DictReader(io.StringIO(written, newline=""))
    try:
        _header(lines.fieldnames or ())
        found = [
            _line(number, {name: value for name, value in line.items() if value})
            for number, line in enumerate(lines, start=2)
        ]
    except csv.Error:
        raise OnshiError(clinic.APPOINTMENTS, line=lines.line_num) from None
    return _all(found)


def read_objects(told: object) -> tuple[Appointment, ...]:
    """The same from decoded JSON: a list of objects."""
    if not isinstance(told, list):
        raise OnshiError(clinic.APPOINTMENTS, line=1)
    return _all([_line(number, one) for number, one in enumerate(told, start=1)])


def _header(names: Sequence[str]) -> None:
    for place, name in enumerate(names, start=1):
        if name not in COLUMNS:
            raise OnshiError(
                clinic.APPOINTMENTS, line=1, column=place, reason="unknown column", known=" ".join(COLUMNS)
            )
    if names and "id" not in names:
        raise OnshiError(clinic.APPOINTMENTS, line=1, reason="no column id")


def _line(number: int, told: Any) -> Appointment:
    if isinstance(told, dict) and not told.keys() <= set(COLUMNS):
        reason = "more values than columns" if None in told else "unknown name"
        raise OnshiError(clinic.APPOINTMENTS, line=number, reason=reason, known=" ".join(COLUMNS))
    try:
        return msgspec.convert(told, Appointment)
    except msgspec.ValidationError as wrong:
        at = str(wrong).rpartition("`$")[2].strip("`.")
        raise OnshiError(clinic.APPOINTMENTS, line=number, **({"at": at} if at in COLUMNS else {})) from None


def _all(found: Sequence[Appointment]) -> tuple[Appointment, ...]:
    ids = [one.id for one in found]
    if not found or len(set(ids)) != len(ids):
        raise OnshiError(clinic.APPOINTMENTS, reason="no lines" if not found else "an id stands twice")
    return tuple(found)


def request(appointments: Iterable[Appointment], *, day: date, facility: str) -> BulkRequest:
    """The bulk that asks for all of them; the appointment's id maps each result back."""
    searches = tuple(
        AskedSearch(
            insurer_number=one.insurer_number or None,
            symbol=one.symbol or None,
            number=one.number or None,
            branch=one.branch or None,
            birth_date=one.birth_date or None,
            limit_consent=one.limit_consent or "0",
            identifier=one.id,
        )
        for one in appointments
    )
    return BulkRequest(asked_day=day, facility=FacilityCode(facility), searches=searches)


def differences(appointments: Iterable[Appointment], answer: BulkAnswer) -> list[Difference]:
    """What differs, in the order of the list; a line without an answer is an error."""
    units = {unit.search.identifier: unit for unit in answer.units if unit.search and unit.search.identifier}
    found: list[Difference] = []
    for one in appointments:
        unit = units.get(one.id)
        if unit is None:
            found.append(Difference(id=one.id, what=What.ERROR, message="no answer"))
        else:
            found += _of(one, unit)
    return found


def _of(one: Appointment, unit: BulkUnit) -> list[Difference]:
    told = unit.result_message or ""
    if unit.status is codes.ProcessingResultStatus.ERROR:
        return [Difference(id=one.id, what=What.ERROR, found=unit.result_code or "", message=told)]
    found = []
    what = _VALIDITY.get(unit.validity) if unit.validity else None
    if what is not None:
        found.append(Difference(id=one.id, what=what, message=told))
    if unit.result is not None:
        found += _compared(one, unit.result)
    return found


def _compared(one: Appointment, result: EligibilityResult) -> list[Difference]:
    found = []

    def add(what: What, listed: str = "", register: str = "") -> None:
        found.append(Difference(id=one.id, what=what, listed=listed, found=register))

    ratio = result.burden_ratio or (result.elderly.ratio if result.elderly else None)
    if one.ratio and ratio is not None and one.ratio.strip().lstrip("0") != str(ratio).lstrip("0"):
        add(What.RATIO, one.ratio, str(ratio))
    if one.insurer_name.strip() and not _same(one.insurer_name, result.insurer_name):
        add(What.INSURER, one.insurer_name, result.insurer_name)
    if text.MISSING in result.name:
        add(What.HIDDEN_NAME, one.name, result.name)
    elif one.name.strip() and not _same(one.name, result.name):
        add(What.NAME, one.name, result.name)
    if result.limit_changed is codes.LimitChanged.YES_OR_UNKNOWN:
        add(What.LIMIT)
    return found


def _same(listed: str, register: str) -> bool:
    return text.same_key(text.kanji_key(listed), text.kanji_key(register))


def write_csv(found: Iterable[Difference], encoding: codes.CharacterCode = codes.CharacterCode.UTF_8) -> bytes:
    """Lines for the chart system: UTF-8 with a mark (spreadsheets need it), or Shift_JIS; CR LF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(Difference.__struct_fields__)
    writer.writerows((one.id, one.what.value, one.listed, one.found, one.message) for one in found)
    written = out.getvalue()
    if encoding is codes.CharacterCode.SHIFT_JIS:
        return b"".join(text.encode_cp932(text.jis_x_0208(line)) + b"\r\n" for line in written.split("\r\n")[:-1])
    return written.encode("utf-8-sig")
