"""Readers take what real clinic software sends and refuse the rest by the catalogue, saying where."""

import json
from typing import Any

import pytest

from protocol import messages
from protocol.codes import CharacterCode
from protocol.errors import Fault, OnshiError, input_
from protocol.messages import EligibilityAnswer, EligibilityRequest
from tests.protocol.trees import fixture

BODY = """<XmlMsg><MessageHeader><QualificationConfirmationDate>20261118</QualificationConfirmationDate>
<MedicalInstitutionCode>9919900010</MedicalInstitutionCode></MessageHeader><MessageBody>
<QualificationConfirmSearchInfo><InsurerNumber>  990010</InsurerNumber><InsuredCardSymbol>髙ｱあ</InsuredCardSymbol>
<InsuredIdentificationNumber>0031</InsuredIdentificationNumber><Birthdate>19840229</Birthdate>
<LimitApplicationCertificateRelatedConsFlg>1</LimitApplicationCertificateRelatedConsFlg>
</QualificationConfirmSearchInfo></MessageBody></XmlMsg>"""


def request(document: str | bytes) -> EligibilityRequest:
    return messages.read_xml(document if isinstance(document, bytes) else document.encode(), EligibilityRequest)


def refusal(document: str | bytes, **limits: int) -> OnshiError:
    data = document if isinstance(document, bytes) else document.encode()
    with pytest.raises(OnshiError) as refused:
        messages.read_xml(data, EligibilityRequest, **limits)
    return refused.value


PLAIN = request(BODY)


@pytest.mark.parametrize(
    "declaration",
    [
        '<?xml version="1.0" encoding="Shift_JIS" standalone="no"?>',
        "<?xml version='1.0' encoding='shift_jis'?>\r\n",
        '<?xml version="1.0" encoding = "SHIFT-JIS" ?>',
        '<?xml version="1.0" encoding="Windows-31J"?>',
        '\r\n <?xml version="1.0" encoding="x-sjis"?>',
    ],
)
def test_shift_jis_is_read_however_it_is_declared(declaration: str) -> None:
    document = (declaration + BODY).encode("cp932")
    assert request(document) == PLAIN
    assert messages.declared_encoding(document) is CharacterCode.SHIFT_JIS


@pytest.mark.parametrize(
    "start",
    [
        "",
        "\ufeff",
        '<?xml version="1.0"?>',
        "\ufeff<?xml version='1.0' encoding='utf-8'?>",
        '<?xml version="1.0" encoding="UTF8"?>',
    ],
)
def test_utf_8_is_read_with_and_without_mark_and_declaration(start: str) -> None:
    assert request(start + BODY) == PLAIN
    assert messages.declared_encoding((start + BODY).encode()) is CharacterCode.UTF_8


@pytest.mark.parametrize(
    "document",
    [
        ('<?xml version="1.0" encoding="UTF-8"?>' + BODY).encode("cp932"),
        BODY.encode("cp932"),
        ('<?xml version="1.0" encoding="Shift_JIS"?>' + BODY).encode(),
        ('<?xml version="1.0" encoding="Shift_JIS"?>' + BODY.replace("髙ｱあ", "あい")).encode(),
        ('\ufeff<?xml version="1.0" encoding="Shift_JIS"?>' + BODY).encode(),
        ('<?xml version="1.0" encoding="EUC-JP"?>' + BODY).encode("euc_jp", "replace"),
        ('<?xml version="1.0" encoding="UTF-16"?>' + BODY).encode("utf-16"),
        ('<?xml version="1.0" encoding="UTF-7"?>' + BODY).encode(),
        ('<?xml version="1.0" encoding="Shift_JIS"?>' + BODY).encode("cp932") + b"\x81",
    ],
)
def test_a_wrong_declaration_is_named_and_not_read_as_rubbish(document: bytes) -> None:
    assert refusal(document).fault is input_.TEXT_ENCODING


def test_half_width_kana_in_shift_jis_is_not_mistaken_for_utf_8() -> None:
    document = '<?xml version="1.0" encoding="Shift_JIS"?>' + BODY.replace("髙ｱあ", "ﾃｱ")
    symbol = request(document.encode("cp932")).search.symbol
    assert symbol is not None
    assert symbol.raw == "ﾃｱ"


def test_order_unknown_elements_attributes_namespaces_and_comments_do_not_matter() -> None:
    document = BODY.replace(
        "<XmlMsg>", '<XmlMsg xmlns="urn:x" xmlns:o="urn:o" version="8"><!-- a --><Other><Name>x</Name></Other>'
    )
    head, _, rest = document.partition("<MessageHeader>")
    header, _, body = rest.partition("</MessageHeader>")
    body = body.replace("<Birthdate>", "<o:Unknown/><Birthdate>").replace(
        "19840229", "1984<!-- leap -->02<![CDATA[29]]>"
    )
    turned = f"{head}{body.removesuffix('</XmlMsg>')}<MessageHeader a='1'>{header}</MessageHeader><?pi?></XmlMsg>"
    assert request(turned) == PLAIN


@pytest.mark.parametrize("empty", ["<X/>", "<X></X>", "<X> </X>", "<X>\n\t</X>", "<X>　</X>"])
def test_an_empty_element_is_an_absent_one(empty: str) -> None:
    branch = empty.replace("X", "InsuredBranchNumber")
    assert request(BODY.replace("<Birthdate>", f"{branch}<Birthdate>")) == PLAIN
    gone = BODY.replace("<Birthdate>19840229</Birthdate>", empty.replace("X", "Birthdate"))
    error = refusal(gone)
    assert error.fault is input_.MESSAGE_MISSING
    assert error.details["at"] == "MessageBody/QualificationConfirmSearchInfo/Birthdate"


@pytest.mark.parametrize(
    ("old", "new", "fault", "at"),
    [
        ("20261118", "20261131", input_.DATE, "MessageHeader/QualificationConfirmationDate"),
        ("9919900010", "991990001", input_.FACILITY_CODE, "MessageHeader/MedicalInstitutionCode"),
        ("  990010", "99", input_.INSURER_NUMBER, "MessageBody/QualificationConfirmSearchInfo/InsurerNumber"),
        ("19840229", "19830229", input_.BIRTH_DATE, "MessageBody/QualificationConfirmSearchInfo/Birthdate"),
        (
            "ConsFlg>1<", "ConsFlg>2<", input_.UNKNOWN_CODE,
            "MessageBody/QualificationConfirmSearchInfo/LimitApplicationCertificateRelatedConsFlg",
        ),
        ("<MessageBody>", "<MessageBody>stray", input_.MESSAGE_MALFORMED, "MessageBody"),
        ("19840229", "1984<b/>0229", input_.MESSAGE_MALFORMED, "MessageBody/QualificationConfirmSearchInfo/Birthdate"),
        (
            "<Birthdate>", "<Birthdate>19840229</Birthdate><Birthdate>", input_.MESSAGE_TWICE,
            "MessageBody/QualificationConfirmSearchInfo/Birthdate",
        ),
        ("</MessageBody>", "</MessageBody><MessageBody/>", input_.MESSAGE_TWICE, "MessageBody"),
        ("</MessageHeader>", "</MessageHeader><MessageHeader></MessageHeader>", input_.MESSAGE_TWICE, "MessageHeader"),
        ("XmlMsg", "Message", input_.MESSAGE_MALFORMED, "XmlMsg"),
        (
            "</MessageHeader>", f"<ArbitraryFileIdentifier>{'x' * 51}</ArbitraryFileIdentifier></MessageHeader>",
            input_.TEXT, "MessageHeader/ArbitraryFileIdentifier",
        ),
        (
            "</MessageHeader>", "<ArbitraryFileIdentifier>\x7f</ArbitraryFileIdentifier></MessageHeader>",
            input_.TEXT, "MessageHeader/ArbitraryFileIdentifier",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, fault: Fault, at: str) -> None:
    error = refusal(BODY.replace(old, new))
    assert (error.fault, error.details["at"]) == (fault, at)
    assert "0031" not in str(error)


def test_a_doubled_branch_of_the_tree_is_refused_even_when_the_first_was_empty() -> None:
    assert (
        refusal(BODY.replace("<MessageBody>", "<MessageBody></MessageBody><MessageBody>")).fault is input_.MESSAGE_TWICE
    )


@pytest.mark.parametrize(
    "document", ["", " ", "<", "<XmlMsg>", "hello", "<XmlMsg/><XmlMsg/>", "<a:XmlMsg/>", "\x00", "<XmlMsg a=1/>"]
)
def test_what_is_not_well_formed_is_refused(document: str) -> None:
    assert refusal(document).fault is input_.MESSAGE_MALFORMED


def test_an_empty_message_lacks_what_is_required() -> None:
    assert refusal("<XmlMsg/>").fault is input_.MESSAGE_MISSING


@pytest.mark.parametrize(
    "subset",
    [
        "<!DOCTYPE XmlMsg>",
        '<!DOCTYPE XmlMsg SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE XmlMsg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE XmlMsg [<!ENTITY x SYSTEM "http://127.0.0.1/">]>',
        '<!DOCTYPE XmlMsg [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
    ],
)
def test_document_types_and_entities_are_never_read(subset: str) -> None:
    assert refusal(subset + BODY.replace("0031", "0031&b;")).fault is input_.MESSAGE_FORBIDDEN
    declared = ('<?xml version="1.0" encoding="Shift_JIS"?>' + subset + BODY).encode("cp932")
    assert refusal(declared).fault is input_.MESSAGE_FORBIDDEN


@pytest.mark.parametrize("count", ["-1", "x", "1234567890", "１"])
def test_a_count_that_is_no_number_is_refused(count: str) -> None:
    document = f"<XmlMsg><MessageHeader><NumberOfError>{count}</NumberOfError></MessageHeader></XmlMsg>"
    with pytest.raises(OnshiError) as refused:
        messages.read_xml(document.encode(), messages.BulkAnswer)
    assert refused.value.details["at"] == "MessageHeader/NumberOfError"


def test_a_message_is_refused_by_size_before_it_is_looked_at() -> None:
    assert refusal(b"\xff" * 1_000_001).fault is input_.MESSAGE_TOO_LARGE
    assert refusal(BODY, max_bytes=100).fault is input_.MESSAGE_TOO_LARGE


def test_a_message_is_refused_by_depth_and_by_number_of_elements() -> None:
    assert refusal("<a>" * 100_000).fault is input_.MESSAGE_TOO_LARGE
    assert refusal("<XmlMsg>" + "<a/>" * 200_000 + "</XmlMsg>").fault is input_.MESSAGE_TOO_LARGE
    assert refusal(BODY, max_depth=3).fault is input_.MESSAGE_TOO_LARGE


def web_request(**changes: Any) -> dict[str, Any]:
    header = {"QualificationConfirmationDate": "20261118", "MedicalInstitutionCode": "9919900010"}
    search = {
        "InsurerNumber": "00990010",
        "InsuredIdentificationNumber": "0031",
        "Birthdate": "19840229",
        "LimitApplicationCertificateRelatedConsFlg": "0",
    }
    return {"XmlMsg": {"MessageHeader": header, "MessageBody": {"QualificationConfirmSearchInfo": search | changes}}}


def test_null_and_blank_count_as_absent_in_json() -> None:
    tree = web_request(InsuredCardSymbol=None, InsuredBranchNumber="")
    message = messages.read_json(tree, EligibilityRequest)
    assert (message.search.symbol, message.search.branch) == (None, None)
    empty = {"MessageHeader": None, "MessageBody": {"QualificationConfirmSearchInfo": None}}
    with pytest.raises(OnshiError) as refused:
        messages.read_json({"XmlMsg": empty}, EligibilityRequest)
    assert refused.value.fault is input_.MESSAGE_MISSING


@pytest.mark.parametrize("value", [31, 0.5, True, ["0031"], {"a": "b"}])
def test_a_value_that_is_no_string_is_refused_in_json(value: object) -> None:
    with pytest.raises(OnshiError) as refused:
        messages.read_json(web_request(InsuredIdentificationNumber=value), EligibilityRequest)
    assert refused.value.fault is input_.MESSAGE_MALFORMED
    assert refused.value.details["at"] == "MessageBody/QualificationConfirmSearchInfo/InsuredIdentificationNumber"


@pytest.mark.parametrize(
    "tree", [None, [], "x", {}, {"XmlMsg": None}, {"XmlMsg": []}, {"XmlMsg": {"MessageHeader": "x"}}]
)
def test_a_tree_of_the_wrong_shape_is_refused_in_json(tree: object) -> None:
    with pytest.raises(OnshiError) as refused:
        messages.read_json(tree, EligibilityRequest)
    assert refused.value.fault is input_.MESSAGE_MALFORMED


@pytest.mark.parametrize("listed", ["x", {"a": 1}, ["x"], [None, 3]])
def test_a_list_of_the_wrong_shape_is_refused_in_json(listed: object) -> None:
    tree = json.loads(fixture("number_answer.json"))
    tree["XmlMsg"]["MessageBody"]["ResultList"] = listed
    with pytest.raises(OnshiError) as refused:
        messages.read_json(tree, EligibilityAnswer)
    assert refused.value.fault is input_.MESSAGE_MALFORMED


def test_an_absent_list_is_an_empty_one_in_json() -> None:
    tree = json.loads(fixture("number_answer.json"))
    tree["XmlMsg"]["MessageBody"]["ResultList"] = None
    assert messages.read_json(tree, EligibilityAnswer).results == ()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", input_.MESSAGE_MALFORMED),
        (b"{", input_.MESSAGE_MALFORMED),
        (b"[" * 100_000, input_.MESSAGE_MALFORMED),
        (b'{"XmlMsg": {"a": ' + b"9" * 5000 + b"}}", input_.MESSAGE_MALFORMED),
        (b'{"XmlMsg": {}, "XmlMsg": {}}', input_.MESSAGE_TWICE),
        (b'{"XmlMsg": "\xff"}', input_.TEXT_ENCODING),
        (b" " * 1_000_001, input_.MESSAGE_TOO_LARGE),
    ],
)
def test_json_bytes_that_cannot_be_read_are_refused(data: bytes, fault: Fault) -> None:
    with pytest.raises(OnshiError) as refused:
        messages.decode_json(data, EligibilityRequest)
    assert refused.value.fault is fault


def test_json_bytes_may_carry_a_mark() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(web_request()).encode()
    assert messages.decode_json(data, EligibilityRequest).search.insurer_number.raw == "00990010"
