"""Eligibility as FHIR: the same facts as the XmlMsg answer, the flags of consent respected, nothing worked out anew."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from central.fhir import bundle, eligibility
from central.fhir import systems as s
from central.fhir.resources import Identifier, Reference
from central.register import wire
from protocol import codes
from protocol.codes import QualificationValidity
from protocol.messages import EligibilityAnswer, EligibilityResult, MedicalTicket
from protocol.numbers import BurdenRatio, InsuredNumber, InsurerNumber, Yen
from protocol.visit import ConsentItem
from tests.central.fhir.facts import DISEASE, IDS, MAKER, answer, kept, resources, result, search
from tests.central.register.world import CLINIC, ELDERLY, NOON, OFFICE, OTHER_CLINIC, TOWN

REQUEST = Reference(type="CoverageEligibilityRequest", identifier=Identifier(system=s.REQUEST_HASH, value="0" * 64))


def respond(message: EligibilityAnswer) -> dict[str, Any]:
    return kept(
        eligibility.response(
            message, search=search(), purpose=("validation", "benefits"), request=REQUEST, ids=IDS, now=NOON
        )
    )


def first(message: EligibilityAnswer) -> dict[str, Any]:
    return resources(respond(message), "CoverageEligibilityResponse")[0]


def test_a_valid_coverage_is_in_force_with_its_patient_and_insurer() -> None:
    made = respond(answer(result()))
    (response,) = resources(made, "CoverageEligibilityResponse")
    (coverage,) = resources(made, "Coverage")
    (patient,) = resources(made, "Patient")
    (insurer,) = resources(made, "Organization")
    assert (response["outcome"], response["insurance"][0]["inforce"]) == ("complete", True)
    assert response["insurance"][0]["coverage"]["reference"] == f"urn:uuid:{coverage['id']}"
    assert response["patient"]["reference"] == coverage["beneficiary"]["reference"] == f"urn:uuid:{patient['id']}"
    assert response["insurer"]["reference"] == coverage["payor"][0]["reference"] == f"urn:uuid:{insurer['id']}"
    assert coverage["status"] == "active"
    assert coverage["costToBeneficiary"][0]["valueQuantity"]["value"] == 30
    assert [name["text"] for name in patient["name"]] == ["合成　太郎", "ゴウセイ　タロウ"]
    assert (patient["gender"], patient["birthDate"]) == ("male", "1980-04-02")
    assert patient["address"][0]["postalCode"] == "100-0000"
    assert insurer["name"] == "架空健康保険組合"


@pytest.mark.parametrize(
    ("validity", "outcome", "inforce", "error"),
    [
        (QualificationValidity.VALID, "complete", True, None),
        (QualificationValidity.VALID_UNREGISTERED, "complete", True, None),
        (QualificationValidity.INVALID, "complete", False, None),
        (QualificationValidity.INVALID_NEWER_EXISTS, "complete", False, None),
        (QualificationValidity.NONE, "error", None, "not-found"),
        (QualificationValidity.SEVERAL, "partial", None, "multiple-matches"),
    ],
)
def test_each_validity_has_its_outcome(
    validity: QualificationValidity, outcome: str, inforce: bool | None, error: str | None
) -> None:
    found = () if inforce is None else (result(disqualification_date=date(2026, 5, 1)),)
    told = first(answer(*found, validity=validity, result_code="R401", result_message="該当しません。"))
    assert (told["outcome"], told["disposition"]) == (outcome, "該当しません。")
    assert [one["inforce"] for one in told.get("insurance", [])] == ([] if inforce is None else [inforce])
    codes_told = [coding["code"] for one in told.get("error", []) for coding in one["code"]["coding"]]
    assert codes_told == ([] if error is None else [error, "R401"])


def test_nobody_or_several_get_the_askers_own_words_back_and_no_more() -> None:
    for validity in (QualificationValidity.NONE, QualificationValidity.SEVERAL):
        made = respond(answer(validity=validity, result_code="R501", result_message="複数"))
        assert [entry["resource"]["resourceType"] for entry in made["entry"]] == ["CoverageEligibilityResponse"]
        asked = made["entry"][0]["resource"]["patient"]["identifier"]
        assert asked == {"system": s.MEMBER_ID, "value": f"{search().insurer_number.raw}:１２３４５６７８:１２３:00"}


def test_the_day_of_loss_is_the_first_day_without() -> None:
    lost = result(disqualification_date=date(2026, 5, 1))
    (coverage,) = resources(respond(answer(lost, validity=QualificationValidity.INVALID)), "Coverage")
    assert (coverage["status"], coverage["period"]) == ("cancelled", {"start": "2024-04-01", "end": "2026-04-30"})
    never = result(qualification_date=date(2026, 5, 1), disqualification_date=date(2026, 5, 1))
    (coverage,) = resources(respond(answer(never, validity=QualificationValidity.INVALID)), "Coverage")
    assert "period" not in coverage


def items(message: EligibilityAnswer) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for insurance in first(message).get("insurance", []):
        for item in insurance.get("item", []):
            found.setdefault(item["category"]["coding"][0]["code"], []).append(item)
    return found


def test_limit_and_diseases_are_there_only_under_their_flags() -> None:
    full = result(diseases_consent=codes.ViewingConsent.GIVEN, diseases=(DISEASE,))
    assert items(answer(full)).keys() == {"ratio", "limit", "specific-disease"}
    limit = items(answer(full))["limit"][0]
    assert (limit["name"], limit["description"]) == ("A03", "ウ・限度額適用認定証")
    assert limit["extension"][0]["valuePeriod"] == {"start": "2026-04-01", "end": "2027-03-31"}
    disease = items(answer(full))["specific-disease"][0]
    assert disease["benefit"][0]["allowedMoney"] == {"value": 10000, "currency": "JPY"}
    # Flags that say no win over whatever stands beside them.
    assert "limit" not in items(answer(replace(full, limit_consent=codes.LimitConsent.NOT_GIVEN)))
    for flag in (None, codes.ViewingConsent.NONE, codes.ViewingConsent.EXPIRED, codes.ViewingConsent.UNOBTAINABLE):
        assert "specific-disease" not in items(answer(replace(full, diseases_consent=flag)))


_RESULTS = st.builds(
    result,
    limit_consent=st.sampled_from([None, *codes.LimitConsent]),
    diseases=st.sampled_from([(), (DISEASE,), (DISEASE, DISEASE)]),
    diseases_consent=st.sampled_from([None, *codes.ViewingConsent]),
    burden_ratio=st.sampled_from([None, BurdenRatio.of(10), BurdenRatio.of(30)]),
    reference_number=st.sampled_from([None, "C-100"]),
    name_of_other=st.sampled_from([None, "ゴウセイ　ジョン"]),
    address=st.sampled_from([None, "東京都架空区"]),
    sex1=st.sampled_from(list(codes.Sex)),
    personal_family=st.sampled_from([None, *codes.PersonalFamily]),
    branch=st.none(),
    name=st.sampled_from(["合成　太郎", "合成", "●田 花子 三世", "髙﨑　德"]),
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(_RESULTS, max_size=2),
    st.sampled_from(list(QualificationValidity)),
    st.sets(st.sampled_from(list(ConsentItem))),
)
def test_no_item_is_in_it_without_its_flag(
    results: list[EligibilityResult], validity: QualificationValidity, given_items: set[ConsentItem]
) -> None:
    message = answer(*results, validity=validity, result_message="言葉")
    message = wire.consented(message, given_items, at=NOON, until=None, specific_diseases=(DISEASE,))
    told = items(message)
    flags = [one.diseases_consent for one in message.results]
    assert ("specific-disease" in told) == (codes.ViewingConsent.GIVEN in flags)
    allowed = [one for one in message.results if one.limit_consent is codes.LimitConsent.GIVEN]
    assert len(told.get("limit", [])) == len(allowed)
    viewing = [one["extension"] for one in first(message).get("insurance", []) if "extension" in one]
    for extensions in viewing:
        said = {
            parts["extension"][0]["valueCode"]: parts["extension"][1]["valueCoding"]["code"] for parts in extensions
        }
        assert said == {item.value: "1" if item in given_items else "0" for item in ConsentItem}


@pytest.mark.parametrize(("insurer", "kind"), [(TOWN, "2"), (ELDERLY, "7")], ids=["national health", "late elderly"])
def test_the_kind_of_insurance_goes_by_the_number(insurer: str, kind: str) -> None:
    made = respond(answer(result(insurer_number=InsurerNumber(InsurerNumber(insurer).padded_spaces), symbol=None)))
    (coverage,) = resources(made, "Coverage")
    assert coverage["type"]["coding"][0]["code"] == kind
    assert coverage["identifier"][0]["value"].startswith(InsurerNumber(insurer).padded_zeros + "::")


def test_medical_assistance_beside_insurance_is_a_coverage_of_the_same_patient_with_its_ticket() -> None:
    ticket = MedicalTicket(issue_number="T-1", treatment=codes.TreatmentType.OUTPATIENT, self_pay=Yen("0"))
    assisted = result(
        card_classification=codes.CardClassification.MEDICAL_ASSISTANCE,
        insurer_number=InsurerNumber(OFFICE),
        number=InsuredNumber("7654321"),
        symbol=None,
        branch=None,
        limit=None,
        tickets=(ticket,),
    )
    made = respond(answer(result(), assisted))
    assert len(resources(made, "Patient")) == 1
    assert [one["type"]["coding"][0]["code"] for one in resources(made, "Coverage")] == ["1", "8"]
    assert resources(made, "Coverage")[1]["identifier"][0]["value"] == f"{OFFICE}::７６５４３２１:"
    assert items(answer(assisted))["ticket"][0]["name"] == "T-1"


def test_ids_are_the_same_for_one_facility_only_and_tie_no_two_numbers_of_a_person() -> None:
    here = bundle.people(answer(result()), IDS, NOON).entry[0].resource.id
    again = bundle.people(answer(result()), IDS, NOON).entry[0].resource.id
    there = bundle.people(answer(result()), MAKER.of(OTHER_CLINIC), NOON).entry[0].resource.id
    number = bundle.people(answer(result(number=InsuredNumber("124"))), IDS, NOON).entry[0].resource.id
    assert here == again
    assert len({here, there, number}) == 3
    assert MAKER.of(CLINIC)("ab", "c") != MAKER.of(CLINIC)("a", "bc")


def test_searches_of_a_number_say_what_the_register_said() -> None:
    nobody = answer(validity=QualificationValidity.NONE, result_code="R401", result_message="該当なし")
    for made in (bundle.people(nobody, IDS, NOON), bundle.insurances(nobody, IDS, NOON)):
        told = kept(made)
        assert told["total"] == 0
        assert told["entry"][0]["search"]["mode"] == "outcome"
        assert told["entry"][0]["resource"]["issue"][0]["details"]["text"] == "該当なし"
    found = kept(bundle.insurances(answer(result()), IDS, NOON))
    assert [entry["search"]["mode"] for entry in found["entry"]] == ["match", "include", "include"]
    assert found["link"] == [{"relation": "self", "url": "/fhir/r4/Coverage/_search"}]
