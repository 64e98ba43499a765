"""What is asked in FHIR: every way in which a request may carry its parts, and any JSON at all."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.api import body
from central.fhir import asking
from central.fhir import systems as s
from central.fhir.bundle import Days
from central.fhir.parties import member_id
from protocol.codes import LimitConsent
from protocol.errors import OnshiError, fhir
from protocol.numbers import Branch, InsuredNumber, InsurerNumber, Symbol
from tests.central.fhir.desk import MEMBER, request
from tests.central.fhir.facts import respond_with
from tests.central.register.world import CLINIC, SOCIETY

TODAY = date(2026, 6, 1)


def coverage(**more: Any) -> dict[str, Any]:
    extension = [
        {"url": s.INSURED_SYMBOL, "valueString": "１２－３４"},
        {"url": s.INSURED_NUMBER, "valueString": "４２６０"},
        {"url": s.INSURED_BRANCH, "valueString": "00"},
    ]
    payor = [{"identifier": {"system": s.INSURER_NUMBER, "value": SOCIETY}}]
    return {"resourceType": "Coverage", "id": "c", "status": "active", "extension": extension, "payor": payor, **more}


def organization(id_: str, system: str, value: str) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": id_, "identifier": [{"system": system, "value": value}]}


PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1980-01-02"}
PLAIN = request()
CONTAINED = request(contained=[{**PATIENT, "id": "patient"}, coverage()], insurance=[{"coverage": {"reference": "#c"}}])
CSV = request(
    insurance=[
        {"coverage": {"identifier": {"system": s.COVERAGE_ID, "value": f'"{SOCIETY}","１２－３４","４２６０","00"'}}}
    ]
)
BY_PATIENT = request(
    contained=[{**PATIENT, "id": "patient", "identifier": [{"system": s.MEMBER_ID, "value": MEMBER}]}],
    insurance=[{"coverage": {"display": "the patient's"}}],
)
REFERRED = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "fullUrl": "urn:uuid:1",
            "resource": request(
                contained=[],
                patient={"reference": "Patient/p"},
                insurer={"reference": "urn:uuid:3"},
                provider={"reference": "urn:uuid:4"},
                insurance=[{"coverage": {"reference": "Coverage/c"}}],
            ),
        },
        {"fullUrl": "urn:uuid:2", "resource": PATIENT},
        {"fullUrl": "urn:uuid:3", "resource": organization("i", s.INSURER_NUMBER, SOCIETY)},
        {"fullUrl": "urn:uuid:4", "resource": organization("f", s.FACILITY_CODE, CLINIC)},
        {"fullUrl": "urn:uuid:5", "resource": coverage(payor=[{"reference": "urn:uuid:3"}])},
    ],
}  # fmt: skip
PARAMETERS = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": REFERRED}]}


@pytest.mark.parametrize(
    "document", [PLAIN, CONTAINED, CSV, BY_PATIENT, REFERRED, PARAMETERS],
    ids=["identifiers", "contained", "csv", "patient", "bundle", "parameters"],
)  # fmt: skip
def test_the_number_is_found_wherever_it_stands(document: dict[str, Any]) -> None:
    query = asking.submitted(document, TODAY).query
    found = query.search
    assert (found.insurer_number, found.symbol, found.number, found.branch) == (
        InsurerNumber(SOCIETY), Symbol("12-34"), InsuredNumber("4260"), Branch("00"),
    )  # fmt: skip
    assert (found.birth_date.day, query.facility.raw) == (date(1980, 1, 2), CLINIC)
    assert found.limit_consent is LimitConsent.NOT_GIVEN


def test_our_own_answer_is_a_coverage_that_can_be_asked_with() -> None:
    made = respond_with()
    own = next(entry["resource"] for entry in made["entry"] if entry["resource"]["resourceType"] == "Coverage")
    patient = next(entry["resource"] for entry in made["entry"] if entry["resource"]["resourceType"] == "Patient")
    asked = request(
        contained=[{**patient, "id": "patient"}, {**own, "id": "c"}], insurance=[{"coverage": {"reference": "#c"}}]
    )
    found = asking.submitted(asked, TODAY).query.search
    assert (found.number.key, found.birth_date.day) == ("123", date(1980, 4, 2))


def test_a_consent_is_given_by_true_and_by_nothing_else() -> None:
    for told, consent in (([True], True), ([False], False), (["true"], False), ([True, False], False), ([], False)):
        extension = [{"url": s.LIMIT_CONSENT, "valueBoolean": one} for one in told]
        query = asking.submitted(request(extension=extension), TODAY).query
        assert (query.search.limit_consent is LimitConsent.GIVEN) is consent


def test_without_a_day_it_is_today() -> None:
    document = request()
    del document["servicedDate"]
    assert asking.submitted(document, TODAY).query.asked_day == TODAY


_KEYS = st.sampled_from(
    [*PLAIN, "reference", "identifier", "system", "value", "coverage", "resource", "entry", "url", "name"]
)
_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=5),
        st.sampled_from(["Bundle", "Parameters", "CoverageEligibilityRequest", "#patient", MEMBER, s.MEMBER_ID]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=5)),
    max_leaves=15,
)  # fmt: skip


def _refusal(ask: Callable[[], object]) -> OnshiError | None:
    try:
        ask()
    except OnshiError as refused:
        return refused
    return None


def _read_or_refused(ask: Callable[[], object]) -> None:
    refused = _refusal(ask)
    assert refused is None or refused.fault.code.startswith(("FHIR-", "INPUT-"))
    assert "4260" not in str(refused)


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(_KEYS, _JSON, max_size=8))
def test_any_object_is_a_request_or_a_refusal(document: dict[str, Any]) -> None:
    _read_or_refused(lambda: asking.submitted(document, TODAY))


@settings(deadline=None, max_examples=100)
@given(st.sampled_from([PLAIN, CONTAINED, REFERRED, PARAMETERS]), st.data())
def test_a_request_with_a_part_changed_is_a_request_or_a_refusal(document: dict[str, Any], data: st.DataObject) -> None:
    changed = msgspec.json.decode(msgspec.json.encode(document))
    node: Any = changed
    for _ in range(data.draw(st.integers(0, 6))):
        inner = [
            one for one in (node.values() if isinstance(node, dict) else node) if isinstance(one, dict | list) and one
        ]
        if not inner:
            break
        node = data.draw(st.sampled_from(inner))
    place: Any = data.draw(st.sampled_from(list(node)) if isinstance(node, dict) else st.integers(0, len(node) - 1))
    node[place] = data.draw(_JSON)
    _read_or_refused(lambda: asking.submitted(changed, TODAY))


def test_a_bundle_inside_itself_is_refused() -> None:
    inside: dict[str, Any] = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": PARAMETERS}]}
    with pytest.raises(OnshiError) as caught:
        asking.submitted(inside, TODAY)
    assert caught.value.fault is fhir.REQUEST_WRONG


@given(
    st.sampled_from(["06990014", "138057"]),
    st.text("アあ漢12AB-・", max_size=6),
    st.text("0123456789Aあ", min_size=1, max_size=8),
    st.sampled_from(["", "00", "12"]),
)
def test_a_member_id_that_we_write_reads_back(insurer: str, symbol: str, number: str, branch: str) -> None:
    try:
        told = Symbol(symbol) if symbol else None
    except OnshiError:
        return
    written = member_id(InsurerNumber(insurer), told, InsuredNumber(number), Branch(branch) if branch else None)
    found, identifier = asking.token(f"{written.system}|{written.value}")
    assert identifier == written
    assert (found.insurer, found.symbol, found.number) == (InsurerNumber(insurer), told, InsuredNumber(number))
    assert (found.branch.raw if found.branch else "") == branch


@settings(max_examples=100)
@given(st.text(max_size=30), st.lists(st.text("gel0123456789-", max_size=12), max_size=3))
def test_any_token_and_any_days_are_read_or_refused(text: str, days: list[str]) -> None:
    _read_or_refused(lambda: asking.token(text))
    _read_or_refused(lambda: asking.days(tuple(days), at="date"))
    _read_or_refused(lambda: asking.codes(text))


def test_days_must_all_hold() -> None:
    found = asking.days(("ge2026-01-05", "le2026-03-01", "ge2026-02-01"), at="date")
    assert found == Days(date(2026, 2, 1), date(2026, 3, 1))
    assert asking.days((), at="date") == Days()
    assert asking.days(("eq2026-02-01",), at="date") == Days(date(2026, 2, 1), date(2026, 2, 1))


def test_the_requests_of_the_book_are_understood() -> None:
    page = (Path(__file__).parents[3] / "docs/fhir.md").read_text(encoding="utf-8")
    (document,) = re.findall(r"-d '(\{.*?\})'", page, re.DOTALL)
    written = document.replace("'$birth'", "1980-01-02")
    assert asking.submitted(msgspec.json.decode(written), TODAY).query.search.number.key == "100001"
    search = dict(told.split("=", 1) for told in re.findall(r"--data-urlencode '(.*?)'", page))
    form = body.decode_form(urlencode(search).encode(), asking.MedicationForm)
    insured, _ = asking.token(form.identifier)
    assert (insured.number.key, asking.days(form.days, at="")) == ("30000035", Days(date(2026, 1, 1), None))
