"""Each wrong file, value and total of a submission is found once, where it is; what is right is told nothing."""

import io
from collections.abc import Callable

import pytest

from central.checkups.check import check
from central.checkups.names import FolderName
from central.checkups.synthesis import submission
from protocol.errors import checkups as errors
from protocol.errors.fault import Fault
from protocol.numbers import with_check_digit
from tests.central.checkups.files import (
    C1,
    C2,
    C3,
    FOLDER,
    H1,
    H2,
    H3,
    INSURER,
    IX,
    PEOPLE,
    SEED,
    SENDER,
    SU,
    changed,
    codes,
    edited,
    good,
    judged,
    off_by_one,
    only,
    packed,
    unpacked,
    without,
)

OID = "1.2.392.200119.6."
ZIP = f"{FOLDER}.zip"
INSURED = f'{OID}101" extension="{INSURER}"'
Make = Callable[[], bytes]


def test_a_good_submission_has_no_fault_and_its_totals() -> None:
    report = judged(good(), ZIP)
    assert report.faults == []
    assert (report.totals.results, report.totals.claims, report.totals.claimed) == (3, 3, 24000)
    assert report.totals.items > 120


def test_results_may_be_sent_without_claims() -> None:
    report = judged(good(claims=False))
    assert report.faults == []
    assert report.totals.claims == 0


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_results() -> None:
    assert good() == good()
    assert submission(FOLDER, PEOPLE, seed=SEED + 1) != good()


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_seed_the_generator_makes_no_fault(seed: int) -> None:
    assert codes(submission(FOLDER, PEOPLE, seed=seed)) == []


def test_schemas_may_lie_beside_and_are_not_read() -> None:
    assert (
        codes(edited(lambda files: files.update({"XSD/hc08_V08.xsd": b"<", "XSD/coreschemas/co08_V08.xsd": b"<"})))
        == []
    )


def test_a_byte_order_mark_is_no_fault() -> None:
    assert codes(edited(lambda files: files.update({H1: b"\xef\xbb\xbf" + files[H1]}))) == []


FILES: dict[str, tuple[Make, Fault, str]] = {
    "a claim is gone": (lambda: edited(lambda files: files.pop(C2)), errors.PAIR_MISSING, H2),
    "a result is gone": (lambda: edited(lambda files: files.pop(H2)), errors.PAIR_MISSING, C2),
    "a pair is gone": (lambda: edited(lambda files: (files.pop(H2), files.pop(C2))), errors.COUNT, IX),
    "the index is gone": (lambda: edited(lambda files: files.pop(IX)), errors.FILE_MISSING, ""),
    "the summary is gone": (lambda: edited(lambda files: files.pop(SU)), errors.FILE_MISSING, ""),
    "a stranger": (lambda: edited(lambda files: files.update({"README.txt": b"x"})), errors.FILE_UNKNOWN, "README.txt"),
    "an odd folder": (lambda: changed_folder("upload"), errors.FOLDER_NAME, ""),
    "no folder": (lambda: changed_folder(""), errors.FOLDER_NAME, ""),
    "a folder of no day": (lambda: changed_folder(str(FOLDER).replace("20260610", "20260631")), errors.FOLDER_NAME, ""),
    "broken off": (lambda: edited(lambda files: files.update({H1: files[H1][:-20]})), errors.XML_MALFORMED, H1),
    "an empty file": (lambda: edited(lambda files: files.update({H1: b""})), errors.XML_MALFORMED, H1),
    "another root": (lambda: without_root(H1, "ClinicalDocument"), errors.DOCUMENT_KIND, H1),
    "another namespace": (lambda: changed((SU, "0000161103", "0000161104")), errors.DOCUMENT_KIND, SU),
    "an entity": (
        lambda: changed((H1, "<Clinical", '<!DOCTYPE a [<!ENTITY b "c">]><Clinical')),
        errors.XML_FORBIDDEN,
        H1,
    ),
    "a document type": (lambda: changed((IX, "<index", '<!DOCTYPE index SYSTEM "x"><index')), errors.XML_FORBIDDEN, IX),
    "another encoding told": (lambda: changed((H1, "UTF-8", "Shift_JIS")), errors.XML_ENCODING, H1),
    "other bytes": (
        lambda: edited(lambda files: files.update({H1: files[H1] + "架空".encode("cp932")})),
        errors.XML_ENCODING,
        H1,
    ),
    "too deep": (lambda: changed((H1, "<title>", "<b>" * 50 + "</b>" * 50 + "<title>")), errors.XML_TOO_LARGE, H1),
    "too long a value": (lambda: changed((H1, "ゴウセイ", "ゴ" * 1500)), errors.XML_TOO_LARGE, H1),
    "out of order": (
        lambda: changed(
            (IX, '<interactionType code="6"/>', ""), (IX, "</index>", '<interactionType code="6"/></index>')
        ),
        errors.ELEMENT_ORDER,
        IX,
    ),
    "a child of no layout": (lambda: changed((SU, "</summary>", "<note/></summary>")), errors.ELEMENT_ORDER, SU),
}


def changed_folder(folder: str) -> bytes:
    return packed(unpacked(good()), folder)


def without_root(name: str, root: str) -> bytes:
    return changed((name, f"<{root}", "<Letter"), (name, f"</{root}", "</Letter"))


@pytest.mark.parametrize("case", FILES)
def test_a_wrong_file_is_told_once(case: str) -> None:
    make, fault, file = FILES[case]
    found = judged(make()).faults
    assert [one.code for one in found] == [fault.code]
    assert found[0].file.endswith(file)


VALUES: dict[str, tuple[Make, Fault, str]] = {
    "no birth date": (lambda: changed((H1, '<birthTime value="19800402"/>', "")), errors.VALUE_MISSING, H1),
    "a blank name": (lambda: changed((H1, "ゴウセイ　タロウ", "　")), errors.VALUE_MISSING, H1),
    "no person": (lambda: without(C1, "subjectPerson"), errors.VALUE_MISSING, C1),
    "no insurer": (lambda: changed((H1, f'<id root="{INSURED}/>', "")), errors.VALUE_MISSING, H1),
    "no such day": (lambda: changed((H1, 'value="20260527"', 'value="20260531"'), (H1, "20260531", "20260631")),
        errors.VALUE_DATE, H1),
    "no such report": (lambda: changed((H1, 'code="10" code', 'code="11" code')), errors.VALUE_CODE, H1),
    "no such sex": (lambda: changed((C1, 'administrativeGender code="1"', 'administrativeGender code="3"')),
        errors.VALUE_CODE, C1),
    "an OID of another place": (lambda: changed((H1, f"{OID}1001", f"{OID}1002")), errors.VALUE_OID, H1),
    "an arc with a zero in front": (lambda: changed((H1, f"{OID}209.1", f"{OID}209.0")), errors.VALUE_OID, H1),
    "a branch of three": (lambda: changed((C1, '211" extension="00"', '211" extension="000"')), errors.VALUE_FORM, C1),
    "a card of ten": (lambda: changed((C1, "26000000001", "2600000001")), errors.VALUE_FORM, C1),
    "a symbol too long": (lambda: changed((C1, "合成１２", "合" * 21)), errors.VALUE_FORM, C1),
    "an insurer that lost its zero": (
        lambda: changed((H1, INSURED, INSURED.replace(INSURER, INSURER[1:]))), errors.VALUE_FORM, H1),
    "an insurer's check digit": (
        lambda: changed((C1, INSURED, INSURED.replace(INSURER, off_by_one(INSURER)))), errors.CHECK_DIGIT, C1),
    "a facility's check digit": (lambda: changed((C1, SENDER, off_by_one(SENDER))), errors.CHECK_DIGIT, C1),
    "a value twice": (
        lambda: changed((C1, "</subjectPerson>", '<birthTime value="19800402"/></subjectPerson>')),
        errors.ELEMENT_TWICE, C1),
    "a price of five digits": (lambda: changed((C1, "008000", "08000")), errors.VALUE_FORM, C1),
}  # fmt: skip


@pytest.mark.parametrize("case", VALUES)
def test_a_wrong_value_is_told_once_with_its_place(case: str) -> None:
    make, fault, file = VALUES[case]
    found = only(make(), fault, file)
    assert found.line > 0
    assert found.path
    assert " / " in found.text


OTHER_SENDER, OTHER_INSURER = with_check_digit("131990003"), with_check_digit("0699001")
TOGETHER: dict[str, tuple[Make, Fault, str]] = {
    "another sender in the index": (lambda: changed((IX, SENDER, OTHER_SENDER)), errors.SENDER_DIFFERS, IX),
    "another kind in the index": (
        lambda: changed((IX, 'serviceEventType code="1"', 'serviceEventType code="4"')), errors.KIND_DIFFERS, IX),
    "another kind in the summary": (
        lambda: changed((SU, 'serviceEventType code="1"', 'serviceEventType code="4"')), errors.KIND_DIFFERS, SU),
    "another kind in a claim": (
        lambda: changed((C1, 'serviceEventType code="1"', 'serviceEventType code="4"')), errors.KIND_DIFFERS, C1),
    "an index made after it was sent": (lambda: changed((IX, "20260610", "20260611")), errors.DATE_ORDER, IX),
    "a count": (lambda: changed((IX, 'totalRecordCount value="6"', 'totalRecordCount value="3"')), errors.COUNT, IX),
    "a count of people": (
        lambda: changed((SU, 'totalSubjectCount value="3"', 'totalSubjectCount value="4"')), errors.COUNT, SU),
    "a total": (
        lambda: changed((SU, 'totalClaimAmount value="24000"', 'totalClaimAmount value="16000"')), errors.TOTAL, SU),
    "a total paid": (
        lambda: changed((SU, 'totalPaymentAmount value="0"', 'totalPaymentAmount value="500"')), errors.TOTAL, SU),
    "a claim too high": (
        lambda: changed((C1, 'claimAmount value="8000"', 'claimAmount value="9000"')), errors.BALANCE, C1),
    "a cost too high": (
        lambda: changed((C1, 'unitAmount value="8000"', 'unitAmount value="9000"')), errors.BALANCE, C1),
    "a price too high": (lambda: changed((C1, "008000", "009000")), errors.BALANCE, C1),
    "another number in the claim": (lambda: changed((C1, "１２３", "１２４")), errors.PERSON_DIFFERS, C1),
    "another birth date in the claim": (lambda: changed((C1, "19800402", "19800403")), errors.PERSON_DIFFERS, C1),
    "another card in the claim": (lambda: changed((C1, "26000000001", "26000000009")), errors.PERSON_DIFFERS, C1),
    "another facility in the claim": (lambda: changed((C1, SENDER, OTHER_SENDER)), errors.SENDER_DIFFERS, C1),
    "born after the checkup": (
        lambda: changed((H1, "19800402", "20260601"), (C1, "19800402", "20260601")), errors.DATE_ORDER, H1),
    "written before the checkup": (
        lambda: changed((H1, 'effectiveTime value="20260610"', 'effectiveTime value="20260520"')),
        errors.DATE_ORDER, H1),
    "examined after it was sent": (
        lambda: changed((H1, 'effectiveTime value="20260527"', 'effectiveTime value="20260701"')),
        errors.DATE_ORDER, H1),
    "an expired card": (lambda: changed((H1, "20270331", "20260331")), errors.CARD_EXPIRED, H1),
    "a card of other days": (lambda: changed((C1, "20270331", "20270430")), errors.PERSON_DIFFERS, C1),
}  # fmt: skip


@pytest.mark.parametrize("case", TOGETHER)
def test_what_does_not_go_together_is_told_once(case: str) -> None:
    make, fault, file = TOGETHER[case]
    only(make(), fault, file)


def test_another_insurer_than_the_receiver_is_told_in_the_result() -> None:
    other = INSURED.replace(INSURER, OTHER_INSURER)
    data = changed((H1, INSURED, other), (C1, INSURED, other))
    assert only(data, errors.RECEIVER_DIFFERS, H1).expected == INSURER


def test_a_receiver_that_the_folder_does_not_name_is_told_in_the_index_alone() -> None:
    only(changed((IX, INSURER, OTHER_INSURER)), errors.RECEIVER_DIFFERS, IX)


@pytest.mark.parametrize(
    ("part", "other", "fault"),
    [
        (f"{SENDER}_", f"{OTHER_SENDER}_", errors.SENDER_DIFFERS),
        ("202606100", "202606110", errors.NAME_DIFFERS),
        ("202606100", "202606101", errors.NAME_DIFFERS),
        ("0_1", "0_4", errors.KIND_DIFFERS),
        (INSURER, OTHER_INSURER, errors.RECEIVER_DIFFERS),
    ],
)
def test_a_folder_that_says_otherwise_than_all_in_it_is_one_fault(part: str, other: str, fault: Fault) -> None:
    assert codes(packed(unpacked(good()), str(FOLDER).replace(part, other))) == [fault.code]


@pytest.mark.parametrize("amount", ["unitAmount", "paymentAmount", "claimAmount"])
def test_an_amount_that_cannot_be_read_is_told_once_and_not_added_up(amount: str) -> None:
    assert only(changed((C1, f"<{amount} value=", f'<{amount} value="?" was=')), errors.VALUE_FORM, C1).line > 0


@pytest.mark.parametrize("total", ["totalCostAmount", "totalPaymentAmount", "totalClaimAmount", "totalSubjectCount"])
def test_a_total_that_cannot_be_read_is_told_once(total: str) -> None:
    only(changed((SU, f"<{total} value=", f'<{total} value="?" was=')), errors.VALUE_FORM, SU)


def test_a_claim_that_cannot_be_read_takes_no_total_with_it() -> None:
    only(edited(lambda files: files.update({C1: b"<"})), errors.XML_MALFORMED, C1)


def test_a_summary_without_its_claims_is_one_fault_and_must_add_up_by_itself() -> None:
    data = edited(lambda files: [files.pop(name) for name in (C1, C2, C3)])
    assert codes(data) == [errors.FILE_MISSING.code]
    files = unpacked(data)
    files[SU] = files[SU].replace(b'totalPaymentAmount value="0"', b'totalPaymentAmount value="5"')
    assert codes(packed(files)) == [errors.FILE_MISSING.code, errors.TOTAL.code]


def test_an_author_who_is_not_the_facility_of_the_file_name_is_told() -> None:
    files = unpacked(good(claims=False))
    files[H1] = files[H1].replace(SENDER.encode(), OTHER_SENDER.encode())
    assert only(packed(files), errors.SENDER_DIFFERS, H1).expected == SENDER


def test_the_same_person_twice_on_a_day_is_told() -> None:
    twice = submission(FOLDER, [*PEOPLE, PEOPLE[0]], seed=SEED)
    assert codes(twice) == [errors.PERSON_TWICE.code]


def test_the_name_of_the_zip_counts_only_where_it_is_one() -> None:
    assert codes(good(), "copy (1).zip") == []
    assert codes(good(), ZIP.replace("20260610", "20260611")) == [errors.FOLDER_NAME.code]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("20260610", "20260609"), errors.NAME_DIFFERS),
        ((f"h{SENDER}", f"h{OTHER_SENDER}"), errors.SENDER_DIFFERS),
        (("01000003", "04000003"), errors.KIND_DIFFERS),
        (("000003.xml", "3.xml"), errors.FILE_NAME),
        (("DATA/h", "DATA/c"), errors.FILE_NAME),
    ],
)
def test_a_name_that_says_otherwise_than_the_folder_is_told(change: tuple[str, str], fault: Fault) -> None:
    files = unpacked(good(claims=False))
    files[H3.replace(*change)] = files.pop(H3)
    found = judged(packed(files)).faults
    assert [one.code for one in found] == [fault.code]


def test_an_agency_may_send_what_others_made() -> None:
    agency = FolderName("0099999999", INSURER, "20260612", "1", "1")
    files = unpacked(good(claims=False))
    text = files[IX].decode().replace(f'102" extension="{SENDER}"', '103" extension="99999999"')
    files[IX] = text.replace('interactionType code="6"', 'interactionType code="3"').encode()
    assert codes(packed(files, agency)) == []


def test_faults_beyond_those_asked_for_are_counted() -> None:
    data = edited(lambda files: files.update({f"{name}.txt": b"" for name in "abcde"}))
    report = check(io.BytesIO(data), keep=2)
    assert (len(report.faults), report.left_off) == (2, 3)


def test_no_value_of_a_person_is_told() -> None:
    data = changed((C1, "１２３", "１２４"), (H2, "モギ", "モ" * 1200), (H1, "19800402", "19800482"))
    told = str(judged(data).faults)
    assert told
    for secret in ("１２３", "１２４", "モギ", "ゴウセイ", "198004", "26000000001", "合成１２"):
        assert secret not in told
