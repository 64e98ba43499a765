"""Documents held to schemas that the operator supplies. The schemas here are our own, as small as can be."""

import io
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.checkups.check import check, read_submission
from central.checkups.commands import checkups as commands
from central.checkups.layout import HL7, MHLW
from central.checkups.schemas import Schemas
from central.checkups.service import Checkups
from protocol.errors import OnshiError, checkups
from tests.central.checkups.files import FOLDER, H1, IX, changed, good
from tests.central.checkups.shelf import Shelf
from tests.central.checkups.test_commands import SECRETS

XS = "http://www.w3.org/2001/XMLSchema"
LAX = '<xs:complexType><xs:sequence><xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>'
ANY = f'{LAX}<xs:anyAttribute processContents="skip"/></xs:complexType>'
INDEX = f"""<xs:complexType><xs:sequence>
<xs:element name="interactionType">{ANY}</xs:element>
<xs:element name="creationTime"><xs:complexType><xs:attribute name="value" type="v:date"/></xs:complexType></xs:element>
<xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>"""
TYPES = """<xs:simpleType name="date"><xs:restriction base="xs:string"><xs:pattern value="[0-9]{8}"/></xs:restriction>
</xs:simpleType>"""


def schema(namespace: str, root: str, body: str, more: str = "") -> str:
    return (
        f'<xs:schema xmlns:xs="{XS}" targetNamespace="{namespace}" xmlns:v="{namespace}"'
        f' elementFormDefault="qualified">{more}<xs:element name="{root}">{body}</xs:element></xs:schema>'
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The four schemas in XSD/, the index's types in a file that it includes."""
    home = tmp_path / "given" / "XSD"
    home.mkdir(parents=True)
    include = '<xs:include schemaLocation="co08_V08.xsd"/>'
    (home / "ix08_V08.xsd").write_text(schema(MHLW, "index", INDEX, include))
    (home / "co08_V08.xsd").write_text(f'<xs:schema xmlns:xs="{XS}" targetNamespace="{MHLW}">{TYPES}</xs:schema>')
    (home / "su08_V08.xsd").write_text(schema(MHLW, "summary", ANY))
    (home / "cc08_V08.xsd").write_text(schema(MHLW, "checkupClaim", ANY))
    (home / "hc08_V08.xsd").write_text(schema(HL7, "ClinicalDocument", ANY))
    return tmp_path / "given"


def faults(data: bytes, folder: Path) -> list[tuple[str, str, int, str]]:
    report = check(io.BytesIO(data), schemas=Schemas.in_folder(folder))
    return [(fault.code, fault.file, fault.line, fault.expected) for fault in report.faults]


def only_sections(folder: Path) -> None:
    """Results may have no ``custodian`` from now on."""
    before = "".join('<xs:any namespace="##any" processContents="skip"/>' for _ in range(7))
    body = f"<xs:complexType><xs:sequence>{before}</xs:sequence></xs:complexType>"
    (folder / "XSD" / "hc08_V08.xsd").write_text(schema(HL7, "ClinicalDocument", body))


def test_what_matches_has_no_fault(folder: Path) -> None:
    assert faults(good(), folder) == []
    assert faults(good(), folder / "XSD") == []


def test_what_does_not_match_is_told_once_with_its_line_and_no_value(folder: Path) -> None:
    only_sections(folder)
    found = faults(good(), folder)
    assert {code for code, *_ in found} == {checkups.SCHEMA.code}
    assert len(found) == 3
    _, file, line, expected = found[0]
    assert file == f"{FOLDER}/{H1}"
    assert line > 1
    assert expected == "SCHEMAV_ELEMENT_CONTENT"
    report = check(io.BytesIO(good()), schemas=Schemas.in_folder(folder))
    assert not any(secret in fault.text for secret in SECRETS for fault in report.faults)


def test_what_our_own_rules_tell_is_not_told_again(folder: Path) -> None:
    found = faults(changed((IX, 'creationTime value="20260610"', 'creationTime value="2026-06-10"')), folder)
    assert [(code, file) for code, file, *_ in found] == [(checkups.VALUE_FORM.code, f"{FOLDER}/{IX}")]


def test_what_does_not_match_gives_no_checkup(folder: Path) -> None:
    only_sections(folder)
    files = read_submission(io.BytesIO(good()), schemas=Schemas.in_folder(folder))
    assert [one.checkup for one in files if one.is_result] == [None] * 3


async def test_the_import_leaves_out_what_does_not_match(shelf: Shelf, folder: Path) -> None:
    only_sections(folder)
    held = Checkups(shelf.store, shelf.journal, clock=lambda: shelf.now, schemas=Schemas.in_folder(folder))
    loaded = await held.load(io.BytesIO(good()), operator="test")
    assert (loaded.left_out, loaded.new) == (3, 0)


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("ix08_V08.xsd", schema(HL7, "index", ANY), "namespace"),
        ("su08_V08.xsd", "<xs:schema", "XMLSyntaxError"),
        ("cc08_V08.xsd", schema(MHLW, "checkupClaim", "<xs:nothing/>"), "XMLSchemaParseError"),
        ("hc08_V08.xsd", None, "FileNotFoundError"),
        ("su08_V08.xsd", "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><x>&a;</x>", "namespace"),
    ],
)
def test_schemas_that_cannot_be_used_are_refused(folder: Path, file: str, text: str | None, reason: str) -> None:
    path = folder / "XSD" / file
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(OnshiError) as refused:
        Schemas.in_folder(folder)
    assert refused.value.fault is checkups.SCHEMAS_WRONG
    assert (refused.value.details["file"], refused.value.details["reason"]) == (file, reason)


def test_a_folder_without_schemas_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OnshiError, match="CHECKUP-081"):
        Schemas.in_folder(tmp_path)


@pytest.mark.parametrize("where", ["../../secret.xsd", "http://127.0.0.1:9/co08_V08.xsd", "//127.0.0.1/co08_V08.xsd"])
def test_a_schema_reaches_nothing_outside_its_folder(folder: Path, where: str) -> None:
    (folder.parent / "secret.xsd").write_text((folder / "XSD" / "co08_V08.xsd").read_text())
    include = f'<xs:include schemaLocation="{where}"/>'
    (folder / "XSD" / "ix08_V08.xsd").write_text(schema(MHLW, "index", INDEX, include))
    with pytest.raises(OnshiError) as refused:
        Schemas.in_folder(folder)
    assert refused.value.fault is checkups.SCHEMAS_WRONG


def test_without_lxml_the_option_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    with pytest.raises(OnshiError) as refused:
        Schemas.in_folder(folder)
    assert refused.value.fault is checkups.SCHEMAS_NEED_LXML


def test_the_commands_take_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "good.zip").write_bytes(good())
    words = ["check", str(tmp_path / "good.zip"), "--json", "--schemas", str(folder)]
    assert CliRunner().invoke(commands, words).exit_code == 0
    only_sections(folder)
    refused = CliRunner().invoke(commands, words)
    assert refused.exit_code == 1
    assert {fault["code"] for fault in json.loads(refused.stdout)["faults"]} == {"CHECKUP-080"}
    missing = CliRunner().invoke(commands, [*words[:-1], str(tmp_path)])
    assert "CHECKUP-081" in missing.stderr
