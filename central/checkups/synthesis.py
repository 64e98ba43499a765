"""Writes a synthetic submission: a ZIP as a facility would send it to an insurer, deterministic for a seed.

For tests, the sandbox and demos; nothing real is in it. Facts: reference data-formats 3.1, and our sample.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from central.checkups.checkup import CheckupItem, PersonKeys
from central.checkups.items import OID, items
from central.checkups.layout import HL7, MHLW
from central.checkups.measured import measure
from central.checkups.names import CLAIMS, INDEX, RESULTS, SUMMARY, FolderName
from central.checkups.observation import ITEM_SYSTEM
from central.checkups.tree import XSI
from protocol import eras

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PRICE = 8000
_STAMP = (2000, 1, 1, 0, 0, 0)
_PLACE = "<addr><postalCode>000-0000</postalCode>架空県架空市架空一丁目</addr>"


@dataclass(frozen=True, slots=True)
class Examined:
    """Somebody who was examined. ``name`` in kana, ``card`` 11 digits; ``program``: プログラム種別."""

    person: PersonKeys
    name: str
    day: date
    card: str
    program: str = "010"


def submission(folder: FolderName, people: Sequence[Examined], *, seed: int, claims: bool = True) -> bytes:
    """The bytes of a submission ZIP. The receiver of ``folder`` must be the insurer of all ``people``.

    ``claims``: with su08 and CLAIMS; without them results only. The same arguments give the same bytes.
    """
    files = {INDEX: _index(folder, len(people) * (2 if claims else 1))}
    if claims:
        files[SUMMARY] = _summary(folder, len(people))
    for serial, one in enumerate(people, 1):
        found = measure(one.person, one.day, seed)
        files[f"{RESULTS}/{folder.document('h', serial)}"] = result(folder, one, found)
        if claims:
            files[f"{CLAIMS}/{folder.document('c', serial)}"] = claim(folder, one)
    return pack(folder, files)


def pack(folder: FolderName, files: dict[str, str]) -> bytes:
    """A ZIP of these files in the folder of a submission."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(f"{folder}/{name}", _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, text.encode())
    return packed.getvalue()


def _e(name: str, **attributes: str) -> str:
    """An empty element."""
    said = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{said}/>"


def _id(name: str, root: str, extension: str) -> str:
    return _e(name, root=OID + root, extension=extension)


def _yen(name: str, amount: int, digits: int = 1) -> str:
    return _e(name, value=f"{amount:0{digits}d}", currency="JPY")


def _index(folder: FolderName, records: int) -> str:
    return (
        f'{_HEAD}<index xmlns="{MHLW}">\n{_e("interactionType", code="6")}{_e("creationTime", value=folder.day)}\n'
        f"<sender>{_id('id', '102', folder.sender)}</sender><receiver>{_id('id', '101', folder.receiver)}</receiver>\n"
        f"{_e('serviceEventType', code=folder.kind)}{_e('totalRecordCount', value=str(records))}\n</index>\n"
    )


def _summary(folder: FolderName, people: int) -> str:
    return (
        f'{_HEAD}<summary xmlns="{MHLW}">\n{_e("serviceEventType", code=folder.kind)}\n'
        f"{_e('totalSubjectCount', value=str(people))}{_yen('totalCostAmount', people * _PRICE)}\n"
        f"{_yen('totalPaymentAmount', 0)}{_yen('totalClaimAmount', people * _PRICE)}\n</summary>\n"
    )


def claim(folder: FolderName, one: Examined) -> str:
    """The claim (cc08) of one person."""
    person = one.person
    symbol = _id("symbol", "204", str(person.symbol)) if person.symbol else ""
    branch = _id("branchCode", "211", str(person.branch)) if person.branch else ""
    return (
        f'{_HEAD}<checkupClaim xmlns="{MHLW}">\n<encounter>{_e("serviceEventType", code=folder.kind)}</encounter>\n'
        f"<subjectPerson><performerOrganization>{_id('id', '102', folder.sender)}</performerOrganization>\n"
        f"<insuranceCard>{_id('insurerNumber', '101', person.insurer.padded_zeros)}{symbol}"
        f"{_id('number', '205', str(person.number))}{branch}</insuranceCard>\n"
        f"<name>{escape(one.name)}</name>{_PLACE}{_e('birthTime', value=str(person.birth))}"
        f"{_e('administrativeGender', code=person.sex)}</subjectPerson>\n"
        f"<checkupCard>{_id('id', '209', one.card)}<effectiveTime>{_e('high', value=_until(one.day))}</effectiveTime>"
        f"{_e('chargeTypeBasic', code='1')}</checkupCard>\n"
        f"<settlement>{_e('claimType', code='1')}{_e('commissionType', code='1')}"
        f"<unitPriceBasic>{_yen('amount', _PRICE, 6)}</unitPriceBasic>{_yen('unitAmount', _PRICE)}"
        f"{_yen('paymentAmount', 0)}{_yen('claimAmount', _PRICE)}</settlement>\n</checkupClaim>\n"
    )


def result(folder: FolderName, one: Examined, found: Sequence[CheckupItem]) -> str:
    """The result (hc08) of one person with these items."""
    person, insurer = one.person, one.person.insurer.padded_zeros
    ids = [_id("id", "101", insurer), _id("id", "205", str(person.number))]
    ids += [_id("id", "204", str(person.symbol))] if person.symbol else []
    ids += [_id("id", "211", str(person.branch))] if person.branch else []
    organization = (
        f"<representedOrganization>{_id('id', '102', folder.sender)}<name>架空健診センター</name>{_PLACE}"
        "</representedOrganization>"
    )
    return (
        f'{_HEAD}<ClinicalDocument xmlns="{HL7}" xmlns:xsi="{XSI}">\n'
        f"{_e('typeId', root='2.16.840.1.113883.1.3', extension='POCD_HD000040')}{_e('id', nullFlavor='NI')}\n"
        f"{_coded('code', '10', '1001')}{_e('effectiveTime', value=folder.day)}{_e('confidentialityCode', code='N')}\n"
        f"<recordTarget><patientRole>{''.join(ids)}{_PLACE}<patient><name>{escape(one.name)}</name>"
        f"{_coded('administrativeGenderCode', person.sex, '1104')}{_e('birthTime', value=str(person.birth))}"
        "</patient></patientRole></recordTarget>\n"
        f"<author>{_e('time', value=folder.day)}<assignedAuthor>{_e('id', nullFlavor='NI')}{organization}"
        "</assignedAuthor></author>\n"
        f"<custodian><assignedCustodian><representedCustodianOrganization>{_e('id', nullFlavor='NI')}"
        "</representedCustodianOrganization></assignedCustodian></custodian>\n"
        f'<participant typeCode="HLD">{_coded("functionCode", "1", "208")}'
        f"<time>{_e('high', value=_until(one.day))}</time>"
        f'<associatedEntity classCode="IDENT">{_id("id", f"209.1{insurer}", one.card)}'
        f"<scopingOrganization>{_id('id', '101', insurer)}</scopingOrganization></associatedEntity></participant>\n"
        f"<documentationOf><serviceEvent>{_coded('code', one.program, '1002')}"
        f"{_e('effectiveTime', value=eras.day_text(one.day))}"
        f'<performer typeCode="PRF"><assignedEntity>{_e("id", nullFlavor="NI")}{organization}</assignedEntity>'
        "</performer></serviceEvent></documentationOf>\n"
        f"<component><structuredBody><component><section>{_coded('code', '01010', '1010')}\n"
        "<title>検査・問診結果セクション</title><text><list><item>合成データ</item></list></text>\n"
        + "".join(_entry(item) for item in found)
        + "</section></component></structuredBody></component>\n</ClinicalDocument>\n"
    )


def _coded(name: str, code: str, system: str) -> str:
    return _e(name, code=code, codeSystem=OID + system)


def _entry(one: CheckupItem) -> str:
    item = items()[one.code]
    kind = {"xsi:type": item.type.name}
    if one.absent:
        value = _e("value", **kind, nullFlavor=one.absent)
    elif item.unit:
        value = _e("value", **kind, value=one.value, unit=one.unit)
    elif item.oid:
        value = _e("value", **kind, code=one.value, codeSystem=item.oid)
    else:
        value = f'<value xsi:type="{item.type.name}">{escape(one.value)}</value>'
    flag = _e("interpretationCode", code=one.flag) if one.flag else ""
    method = _coded("methodCode", one.method, "1007") if one.method else ""
    code = _e("code", code=one.code, codeSystem=ITEM_SYSTEM, displayName=item.ja)
    return f'<entry><observation classCode="OBS" moodCode="EVN">{code}{value}{flag}{method}</observation></entry>\n'


def _until(day: date) -> str:
    """The end of the fiscal year: until then a checkup card is good."""
    return eras.day_text(date((day - timedelta(days=90)).year + 1, 3, 31))
