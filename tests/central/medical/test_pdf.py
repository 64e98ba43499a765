"""The PDFs: readable text, embedded font, who read it on every page, charts, and nothing that makes them fail."""

import importlib.metadata
import io
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from central.disclosure.disclosed import Disclosed, Gap, Holder, Missing, Purpose, Reader
from central.medical import paper
from central.medical.charts import MOST, places, shares
from central.medical.pdf import checkup_pdf, drug_pdf
from protocol.errors import OnshiError, clinic
from protocol.visit import ConsentItem
from tests.central.medical.readings import (
    FIVE,
    HERE,
    HOSPITAL,
    MASTER,
    PERSON,
    act,
    any_readings,
    checkup,
    disclosed,
    drug,
    receipt,
)

SMALL_BYTES = 150_000


def pages(data: bytes) -> list[str]:
    assert data.startswith(b"%PDF-")
    return [page.extract_text().replace("\n", "") for page in PdfReader(io.BytesIO(data)).pages]


def fonts(data: bytes) -> set[str]:
    """Names of the fonts that have their file inside."""
    found = set()
    for page in PdfReader(io.BytesIO(data)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            descriptor = font.get_object().get("/FontDescriptor")
            if descriptor is not None and "/FontFile2" in descriptor.get_object():
                found.add(str(font.get_object()["/BaseFont"]))
    return found


def test_the_drugs_are_there_with_name_dose_usage_days_and_both_places() -> None:
    data = drug_pdf(disclosed(receipt(drug())), MASTER)
    (text,) = pages(data)
    named = ("合成　太郎", "カクウジピン錠５ｍｇ「架空」", "架空薬局", "架空内科")
    for said in (*named, "薬剤情報", "1980年4月2日", "１日１回朝食後", "1.5錠", "28", "2026/05/20"):
        assert said in text, said
    assert any("IPAexGothic" in name for name in fonts(data))
    assert len(data) < SMALL_BYTES


def test_every_page_says_who_read_it_when_and_under_which_consent_and_its_number() -> None:
    lines = [drug(FIVE, line=number) for number in range(120)]
    reader = Reader(facility=HERE, device="reader-1", operator="clerk-7")
    told = pages(drug_pdf(disclosed(receipt(*lines), reader=reader), MASTER))
    assert len(told) > 2
    for number, text in enumerate(told, 1):
        for said in (HERE, "reader-1", "clerk-7", "2026-06-01 12:00:00", "来院時の本人の同意", "cd" * 16, "ab" * 16):
            assert said in text, said
        assert f"{number} / {len(told)}" in text


@pytest.mark.parametrize("purpose", Purpose)
def test_each_rule_under_which_somebody_reads_has_words(purpose: Purpose) -> None:
    (text,) = pages(drug_pdf(disclosed(purpose=purpose, consents=()), MASTER))
    assert "根拠" in text


def test_what_is_missing_stands_on_the_first_page() -> None:
    gaps = (Gap(ConsentItem.OPERATIONS, Missing.NOT_CONSENTED), Gap(ConsentItem.DRUGS, Missing.NOTHING_RECEIVED))
    text = pages(drug_pdf(disclosed(gaps=gaps), MASTER))[0]
    assert "手術情報: 本人の同意がないため表示していません" in text
    assert "この期間の薬剤はありません" in text


def test_the_glance_is_on_the_paper_and_gives_no_advice() -> None:
    text = pages(drug_pdf(disclosed(receipt(drug(), drug(prescriber=HOSPITAL))), MASTER))[0]
    assert "同じ成分が2か所から出ています" in text
    assert "助言ではありません" in text
    assert "日・回数" in text  # of a drug taken when needed they are doses


def test_treatments_are_there_where_they_were_let_through() -> None:
    told = disclosed(receipt(acts=(act(), act(None, operation=True))), items=(ConsentItem.DRUGS, ConsentItem.TREATMENT))
    text = "".join(pages(drug_pdf(told, MASTER)))
    for said in ("薬剤・診療情報", "160000310", "検査・病理", "手術", "日の記録なし"):
        assert said in text, said


def test_checkups_have_results_side_by_side_and_charts_of_what_was_measured_twice() -> None:
    data = checkup_pdf(disclosed(checkups=tuple(checkup(year) for year in range(2026, 2020, -1))))
    text = "".join(pages(data))
    for said in ("推移", "体重", "2026年5月27日", "2021年5月27日", "中性脂肪（空腹時）", "喫煙"):
        assert said in text, said
    assert len(data) < SMALL_BYTES
    assert "推移" not in "".join(pages(checkup_pdf(disclosed(checkups=(checkup(2026),)))))
    assert "健診はありません" in pages(checkup_pdf(disclosed()))[0]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([112, 114, 117], [0.286, 0.457, 0.714]),
        ([30, 30, 29], [0.667, 0.667, 0.333]),
        ([165, 120, 163], [1, 0, 0.956]),
        ([36.5, 36.5], [0.5, 0.5]),
        ([0, 0], [0.5, 0.5]),
    ],
)
def test_a_chart_without_a_scale_makes_no_fall_of_a_small_difference(numbers: list[float], told: list[float]) -> None:
    assert shares(numbers) == pytest.approx(told, abs=0.001)


@given(st.lists(st.integers(730_000, 740_000), min_size=1, max_size=MOST, unique=True).map(sorted))
def test_the_labels_of_a_chart_never_lie_on_each_other(days: list[int]) -> None:
    found = places(days)
    assert all(-1e-9 <= one <= 1 + 1e-9 for one in found)
    assert all(after - before >= 0.25 - 1e-9 for before, after in pairwise(found))


def test_days_that_leave_room_stand_as_in_time() -> None:
    assert places([0, 30, 100]) == [0, 0.3, 1]
    assert places([0, 10, 100]) == [0, 0.25, 1]
    assert places([0, 90, 95, 100]) == [0, 0.5, 0.75, 1]


def test_a_character_that_the_font_lacks_is_a_black_dot_and_not_an_empty_box() -> None:
    odd = Holder(name="\U0002b740田", kana="", birth_date=PERSON.birth_date, sex="1")
    assert "●田" in pages(drug_pdf(disclosed(person=odd), MASTER))[0]


@given(st.text("薬剤名「」（）、。ｍg1\n", max_size=60), st.integers(10, 80))
def test_lines_lose_nothing_wherever_they_break(text: str, width: int) -> None:
    assert paper.wrapped(text, 8, width).replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("薬剤名薬剤名」", ["薬剤名薬剤", "名」"]),
        ("薬剤名薬剤「名」", ["薬剤名薬剤", "「名」"]),
        ("薬剤名薬剤名、名", ["薬剤名薬剤", "名、名"]),
        ("薬剤名薬剤名剤", ["薬剤名薬剤名", "剤"]),
    ],
)
def test_a_line_neither_begins_with_a_closing_bracket_nor_ends_with_an_opening_one(text: str, lines: list[str]) -> None:
    assert paper.wrapped(text, 10, 61).split("\n") == lines


def test_the_same_reading_gives_the_same_bytes() -> None:
    told = disclosed(receipt(drug()), checkups=(checkup(2026),))
    assert drug_pdf(told, MASTER) == drug_pdf(told, MASTER)
    assert checkup_pdf(told) == checkup_pdf(told)


def test_papers_made_at_the_same_time_are_each_their_own() -> None:
    told = [disclosed(receipt(drug()), reading_id=f"{number:032x}") for number in range(6)]
    with ThreadPoolExecutor(3) as threads:
        made = list(threads.map(lambda one: drug_pdf(one, MASTER), told))
    assert made == [drug_pdf(one, MASTER) for one in told]


def test_without_the_font_there_is_a_fault_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    paper._font.cache_clear()
    with pytest.raises(OnshiError) as caught:
        drug_pdf(disclosed(), MASTER)
    assert caught.value.fault is clinic.PAPER_FONT


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(any_readings)
def test_whatever_was_let_through_has_a_paper(told: Disclosed) -> None:
    assert pages(drug_pdf(told, MASTER))
    assert pages(checkup_pdf(told))
