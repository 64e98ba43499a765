"""Items go by code: each wrong one is told once, with its code; and what results come out of a right one."""

import io
from datetime import date
from decimal import Decimal

import pytest

from central.checkups import measured
from central.checkups.check import checkups_of, read_submission
from central.checkups.items import OID, by_series, groups, items, required, results
from central.checkups.observation import absent_words
from protocol.errors import Fault
from protocol.errors import checkups as errors
from tests.central.checkups.files import H1, PEOPLE, changed, codes, good, judged, only, packed, unpacked

HEIGHT, WEIGHT, BMI = "9N001000000000001", "9N006000000000001", "9N011000000000001"
TG, RANDOM_TG, SUGAR, HBA1C = "3F015000002327101", "3F015129902327101", "3D010000001926101", "3D046000001906202"
SYSTOLIC, DIASTOLIC = "9A751000000000001", "9A761000000000001"
URINE, SMOKING, SINCE_MEAL, DIAGNOSIS = (
    "1A010000000191111",
    "9N736000000000011",
    "9N141000000000011",
    "9N511000000000049",
)


def entry(text: str, code: str) -> str:
    """The text of an item's entry."""
    start = text.index(f'<entry><observation classCode="OBS" moodCode="EVN"><code code="{code}"')
    return text[start : text.index("</entry>", start) + len("</entry>")]


def value(text: str, code: str) -> str:
    """The text of an item's value."""
    whole = entry(text, code)
    start = whole.index("<value")
    return whole[start : whole.index("/>", start) + 2]


def with_value(code: str, new: str) -> bytes:
    """The good submission with another value element in one item."""
    files = unpacked(good())
    text = files[H1].decode()
    old = entry(text, code)
    files[H1] = text.replace(old, old.replace(value(text, code), new)).encode()
    return packed(files)


def in_item(code: str, old: str, new: str) -> bytes:
    files = unpacked(good())
    text = files[H1].decode()
    whole = entry(text, code)
    assert old in whole
    files[H1] = text.replace(whole, whole.replace(old, new)).encode()
    return packed(files)


def item_gone(*codes_: str) -> bytes:
    files = unpacked(good())
    text = files[H1].decode()
    for code in codes_:
        text = text.replace(entry(text, code), "")
    files[H1] = text.encode()
    return packed(files)


def more(code: str, inside: str, system: str = "1005", section: str = "01010") -> bytes:
    """The good submission with an item more."""
    added = f'<entry><observation><code code="{code}" codeSystem="{OID}{system}"/>{inside}</observation></entry>'
    return changed((H1, 'code="01010"', f'code="{section}"'), (H1, "</section>", f"{added}</section>"))


def quantity(number: str, unit: str) -> str:
    return f'<value xsi:type="PQ" value="{number}" unit="{unit}"/>'


def coded(code: str, oid: str, kind: str = "CD") -> str:
    return f'<value xsi:type="{kind}" code="{code}" codeSystem="{OID}{oid}"/>'


FLAG = "<interpretationCode code={}/>"
ITEMS: dict[str, tuple[bytes, Fault, str]] = {
    "another unit": (with_value(TG, quantity("70", "mmol/L")), errors.ITEM_UNIT, TG),
    "no unit": (with_value(TG, '<value xsi:type="PQ" value="70"/>'), errors.ITEM_UNIT, TG),
    "too many decimals": (with_value(HBA1C, quantity("5.35", "%")), errors.ITEM_NUMBER, HBA1C),
    "too many digits": (with_value(HEIGHT, quantity("1770.0", "cm")), errors.ITEM_NUMBER, HEIGHT),
    "no number": (with_value(TG, quantity("70以上", "mg/dL")), errors.ITEM_NUMBER, TG),
    "a negative number": (with_value(TG, quantity("-7", "mg/dL")), errors.ITEM_NUMBER, TG),
    "no such number": (with_value(TG, quantity("NaN", "mg/dL")), errors.ITEM_NUMBER, TG),
    "full-width digits": (with_value(TG, quantity("７０", "mg/dL")), errors.ITEM_NUMBER, TG),
    "under the range": (with_value(TG, quantity("9", "mg/dL")), errors.ITEM_RANGE, TG),
    "over the range": (with_value(TG, quantity("2000", "mg/dL")), errors.ITEM_RANGE, TG),
    "H for what is low": (with_value(TG, quantity("9", "mg/dL") + FLAG.format('"H"')), errors.ITEM_FLAG, TG),
    "L for what is high": (with_value(TG, quantity("2001", "mg/dL") + FLAG.format('"L"')), errors.ITEM_FLAG, TG),
    "a mark of no list": (with_value(TG, quantity("70", "mg/dL") + FLAG.format('"X"')), errors.ITEM_FLAG, TG),
    "another type": (with_value(TG, coded("1", "2102")), errors.ITEM_TYPE, TG),
    "no value": (with_value(TG, ""), errors.VALUE_MISSING, TG),
    "an empty value": (with_value(TG, quantity("", "mg/dL")), errors.VALUE_MISSING, TG),
    "nullFlavor and a value": (
        with_value(TG, '<value xsi:type="PQ" nullFlavor="NI" value="0" unit="mg/dL"/>'),
        errors.ITEM_ABSENT,
        TG,
    ),
    "no such nullFlavor": (with_value(TG, '<value xsi:type="PQ" nullFlavor="未実施"/>'), errors.ITEM_ABSENT, TG),
    "nullFlavor of another type": (with_value(TG, '<value xsi:type="CD" nullFlavor="NI"/>'), errors.ITEM_TYPE, TG),
    "no such result": (with_value(URINE, coded("6", "2102", "CO")), errors.ITEM_CODE, URINE),
    "a list of another item": (with_value(SMOKING, coded("1", "2003")), errors.VALUE_OID, SMOKING),
    "CD for CO": (with_value(URINE, coded("1", "2102")), errors.ITEM_TYPE, URINE),
    "another method": (in_item(TG, "3F01510000", "3F01520000"), errors.ITEM_METHOD, TG),
    "a method where there is none": (
        in_item(HEIGHT, "</observation>", f'<methodCode code="1" codeSystem="{OID}1007"/></observation>'),
        errors.ITEM_METHOD,
        HEIGHT,
    ),
    "a method of another list": (in_item(TG, f"{OID}1007", f"{OID}1008"), errors.VALUE_OID, TG),
    "words too long": (in_item(DIAGNOSIS, "</value>", "要" * 300 + "</value>"), errors.ITEM_TEXT, DIAGNOSIS),
    "twice": (more(HEIGHT, quantity("177.6", "cm")), errors.ITEM_TWICE, HEIGHT),
    "not in the table": (more("9N999000000000001", quantity("1", "cm")), errors.ITEM_UNKNOWN, "9N999000000000001"),
    "no code": (more("", quantity("1", "cm")), errors.VALUE_MISSING, ""),
    "a code of no list": (more(HEIGHT + "1", "", system="1006"), errors.VALUE_OID, ""),
    "required and gone": (item_gone(SMOKING), errors.ITEM_REQUIRED, SMOKING),
    "a history without words": (
        with_value("9N056000000000011", coded("1", "2001")),
        errors.ITEM_REQUIRED,
        "9N056160400000049",
    ),
    "all blood sugar gone": (item_gone(SUGAR, HBA1C), errors.GROUP_REQUIRED, ""),
    "a group gone": (item_gone("3F070000002327101"), errors.GROUP_REQUIRED, ""),
    "a BMI of somebody else": (with_value(BMI, quantity("28.3", "kg/m2")), errors.BMI, BMI),
    "pressures upside down": (with_value(DIASTOLIC, quantity("149", "mm[Hg]")), errors.PRESSURES, DIASTOLIC),
    "fasting after a meal": (with_value(SINCE_MEAL, coded("4", "2202")), errors.FASTING, SINCE_MEAL),
}


@pytest.mark.parametrize("case", ITEMS)
def test_a_wrong_item_is_told_once_with_its_code(case: str) -> None:
    data, fault, code = ITEMS[case]
    found = only(data, fault, H1)
    assert found.item == code
    assert found.path.startswith("observation")


ALLOWED: dict[str, bytes] = {
    "low and marked": with_value(TG, quantity("9", "mg/dL") + FLAG.format('"L"')),
    "high and marked": with_value(TG, quantity("2500", "mg/dL") + FLAG.format('"H"')),
    "low for whoever sent it": with_value(TG, quantity("35", "mg/dL") + FLAG.format('"L"')),
    "not done": with_value(TG, '<value xsi:type="PQ" nullFlavor="NI"/>'),
    "not asked for": changed(
        (H1, "</section>", '<entry><observation negationInd="true"><code code="9N021000000000001"'
        f' codeSystem="{OID}1005"/></observation></entry></section>'),
    ),
    "by another name": in_item(TG, 'displayName="中性脂肪（空腹時）"', 'displayName="身長"'),
    "method by the code alone": in_item(TG, f'<methodCode code="3F01510000" codeSystem="{OID}1007"/>', ""),
    "one blood sugar of three": item_gone(SUGAR),
    "a local code": more("LOCAL1", quantity("1", "cm"), system="1205"),
    "an item of another section": more("3F050000002327101", quantity("200", "mg/dL"), section="01990"),
    "nested": changed((H1, "</section>", '<entry><organizer><component><observation>'
        f'<code code="9N021000000000001" codeSystem="{OID}1005"/><value xsi:type="PQ" value="80.1" unit="cm2"/>'
        "</observation></component></organizer></entry></section>")),
}  # fmt: skip


@pytest.mark.parametrize("case", ALLOWED)
def test_what_is_allowed_is_told_nothing(case: str) -> None:
    assert codes(ALLOWED[case]) == []


def test_a_nested_item_is_judged_as_well() -> None:
    assert codes(ALLOWED["nested"]) == []
    files = unpacked(ALLOWED["nested"])
    files[H1] = files[H1].replace(b"80.1", b"80.123")
    assert only(packed(files), errors.ITEM_NUMBER, H1).item == "9N021000000000001"


def test_a_random_result_does_not_go_with_ten_hours_of_fasting() -> None:
    data = more(RANDOM_TG, quantity("120", "mg/dL"))
    assert only(data, errors.FASTING, H1).item == RANDOM_TG


def test_other_checkups_need_not_carry_what_a_specific_one_must() -> None:
    files = unpacked(item_gone(SMOKING, HEIGHT, "3F070000002327101"))
    files[H1] = files[H1].replace(
        f'code="010" codeSystem="{OID}1002"'.encode(), f'code="030" codeSystem="{OID}1002"'.encode()
    )
    assert codes(packed(files)) == []


def test_two_wrong_items_are_two_faults() -> None:
    data = changed((H1, 'unit="cm"', 'unit="m"'), (H1, 'unit="%"', 'unit="mmol/mol"'))
    assert codes(data) == [errors.ITEM_UNIT.code] * 2


@pytest.mark.parametrize(("code", "typed"), [(HEIGHT, HEIGHT[:-1] + "2"), (SMOKING, "9N743000000000011")])
def test_a_misspelt_code_is_told_once_and_not_as_a_missing_item_too(code: str, typed: str) -> None:
    found = judged(in_item(code, f'code="{code}"', f'code="{typed}"')).faults
    assert [one.item for one in found] == [typed]


def test_a_missing_result_is_absent_and_never_0() -> None:
    checkup = next(checkups_of(read_submission(io.BytesIO(ALLOWED["not done"]))))
    found = checkup.item(TG)
    assert found is not None
    assert (found.value, found.number, found.absent) == ("", None, "NI")


def test_results_come_out_with_unit_method_flag_and_meaning() -> None:
    checkup = next(checkups_of(read_submission(io.BytesIO(ALLOWED["low and marked"]))))
    lipid, smoking = checkup.item(TG), checkup.item(SMOKING)
    assert lipid is not None
    assert (lipid.number, lipid.unit, lipid.method, lipid.flag) == (Decimal(9), "mg/dL", "3F01510000", "L")
    assert smoking is not None
    assert smoking.meaning[1] in {"yes", "formerly", "no"}
    assert checkup.item("9A110160700000011") is None
    assert str(checkup.person.number) == str(PEOPLE[0].person.number)
    assert checkup.day == PEOPLE[0].day


def test_a_result_with_a_fault_gives_no_checkup() -> None:
    found = list(checkups_of(read_submission(io.BytesIO(ITEMS["another unit"][0]))))
    assert [one.file[-5] for one in found] == ["2", "3"]


def test_nothing_of_a_person_shows_in_repr() -> None:
    checkup = next(checkups_of(read_submission(io.BytesIO(good()))))
    shown = repr(checkup) + repr(checkup.person) + repr(checkup.items)
    for secret in ("１２３", "19800402", "1980", "合成", "177.6"):
        assert secret not in shown


def test_the_table_holds_together() -> None:
    assert len(items()) == 139
    for code, one in items().items():
        assert len(code) == 17
        assert one.method == "" or code.startswith(one.method[:4])
        assert (one.type.name in {"CD", "CO"}) == bool(one.oid)
        assert not one.oid or results()[one.oid]
        assert (one.type.name == "PQ") == bool(one.unit)
        assert (one.low is None) == (one.high is None)
        assert one.low is None or one.high is None or one.low < one.high
    assert {one.unit for one in items().values() if not one.range_inferred and one.low is not None} == {
        "%",
        "g/dL",
        "10*4/mm3",
    }
    assert len(required()) == 14
    assert len(groups()) == 12
    for members in by_series().values():
        assert len({(one.type, one.unit, one.oid) for one in members}) == 1


def test_generated_results_drift_and_do_not_jump() -> None:
    person = PEOPLE[0].person
    years = [measured.measure(person, date(year, 5, 20), 3) for year in range(2020, 2026)]
    heights = [Decimal(one.value) for found in years for one in found if one.code == HEIGHT]
    weights = [Decimal(one.value) for found in years for one in found if one.code == WEIGHT]
    assert len(set(heights)) == 1
    assert len(set(weights)) > 1
    assert max(weights) - min(weights) < 12


def test_why_a_value_is_absent_is_told_apart() -> None:
    assert {absent_words(flavor)[0] for flavor in ("", "NI", "negationInd")} == {"未実施"}
    assert [absent_words(flavor)[0] for flavor in ("MSK", "ASKU", "PINF")] == [
        "非開示",
        "聞いたが不明",
        "値なし（PINF）",
    ]
