"""Our answers beside the two that were seen in the field: every element of theirs stands in ours, with its form.

The persons are ours, made like theirs; the lists of elements are the samples' (a face result read by one client, a web
answer in the test of another). Facts: reference clinic-interface 3.2, 3.3.
"""

import re
from datetime import date, datetime, timedelta

from central.register import entries as e
from central.register.wire import consented
from protocol.eras import JST
from protocol.messages import EligibilityAnswer, read_json, write_json
from protocol.visit import ConsentItem
from tests.central.register.world import ADULT, SOCIETY, TODAY, World, record

DAY, MOMENT, FLAG = r"[0-9]{8}", r"[0-9]{14}", "[01]"
HEADER = {
    "ProcessExecutionTime": MOMENT,
    "QualificationConfirmationDate": DAY,
    "MedicalInstitutionCode": r"[0-9]{10}",
    "ReferenceClassification": "[12]",
    "SegmentOfResult": "1",
    "CharacterCodeIdentifier": "0",
}
BODY = {"ProcessingResultStatus": "1", "QualificationValidity": "1"}
PERSON = {
    "InsuredCardClassification": "01",
    "InsurerNumber": "[ 0-9]{8}",
    "InsuredCardSymbol": ".+",
    "InsuredIdentificationNumber": ".+",
    "InsuredBranchNumber": "[0-9]{2}",
    "PersonalFamilyClassification": "[12]",
    "Name": ".+　.+",
    "NameKana": "[ｦ-ﾟ]+ [ｦ-ﾟ]+",
    "Sex1": "[123]",
    "Birthdate": DAY,
    "Address": ".+",
    "PostNumber": "[0-9]{3}-[0-9]{4}",
    "InsuredCertificateIssuanceDate": DAY,
    "InsuredCardValidDate": DAY,
    "InsurerName": ".+",
    "LimitApplicationCertificateRelatedConsFlg": FLAG,
}
VIEWED = {
    "SpecificDiseasesCertificateRelatedConsFlg": "0",
    "DiagnosisInfoConsFlg": "0",
    "SpecificHealthCheckupsInfoConsFlg": "1",
    "SpecificHealthCheckupsInfoConsTime": MOMENT,
    "SpecificHealthCheckupsInfoAvailableTime": MOMENT,
    "PharmacistsInfoConsFlg": "1",
    "PharmacistsInfoConsTime": MOMENT,
    "PharmacistsInfoAvailableTime": MOMENT,
}
LATER = {"OperationInfoConsFlg": "0"}
"""What the interface has got since that sample was taken."""
LIMIT = {
    "LimitApplicationCertificateClassification": "0[123]",
    "LimitApplicationCertificateClassificationFlag": "[AB][0-9]{2}",
    "LimitApplicationCertificateDate": DAY,
    "LimitApplicationCertificateValidStartDate": DAY,
}
ASKED = {
    "InsurerNumber": "[0-9]{8}",
    "InsuredCardSymbol": ".+",
    "InsuredIdentificationNumber": ".+",
    "Birthdate": DAY,
    "LimitApplicationCertificateRelatedConsFlg": "1",
}


def matches(given: dict[str, object], wanted: dict[str, str], groups: frozenset[str] = frozenset()) -> None:
    """The leaves are exactly these, each in its form."""
    assert given.keys() - groups == wanted.keys()
    for name, form in wanted.items():
        assert re.fullmatch(form, str(given[name])), (name, given[name])


async def _person(world: World, *, limit: bool = False) -> str:
    key = record(SOCIETY)
    person = await world.person(address="見本県見本市", postal_code="999-0001")
    since = date(2020, 4, 1)
    await world.insured(
        key=key, person_id=person, since=since, issued_on=date(2020, 4, 2), card_valid_from=date(2020, 4, 3)
    )
    if limit:
        await world.add(
            e.LimitCertificate(
                record=key, kind="01", income_class="A03", issued_on=date(2025, 9, 1), valid_from=date(2025, 9, 1)
            )
        )
    return person


async def test_a_face_result_has_every_element_of_the_sample(world: World) -> None:
    told = await world.card(await _person(world))
    at = datetime(2026, 6, 1, 9, 30, tzinfo=JST)
    until = at + timedelta(hours=24)
    message = consented(told.message, [ConsentItem.CHECKUPS, ConsentItem.DRUGS], at=at, until=until)
    tree = write_json(message)["XmlMsg"]
    matches(tree["MessageHeader"], HEADER)
    matches(tree["MessageBody"], BODY, frozenset({"ResultList"}))
    (one,) = tree["MessageBody"]["ResultList"]
    result = one["ResultOfQualificationConfirmation"]
    matches(result, {**PERSON, **VIEWED, **LATER, "QualificationDate": DAY})
    assert result["SpecificHealthCheckupsInfoAvailableTime"] == "20260602093000"
    assert read_json(write_json(message), EligibilityAnswer) == message


async def test_an_answer_by_number_has_every_element_of_the_sample(world: World) -> None:
    await _person(world, limit=True)
    told = await world.ask(record(SOCIETY, branch=None), ADULT, day=TODAY, consent=True)
    tree = write_json(told.message)["XmlMsg"]
    matches(tree["MessageHeader"], {**HEADER, "ArbitraryFileIdentifier": "F-1"})
    matches(tree["MessageBody"], BODY, frozenset({"ResultList", "QualificationConfirmSearchInfo"}))
    matches(tree["MessageBody"]["QualificationConfirmSearchInfo"], ASKED)
    (one,) = tree["MessageBody"]["ResultList"]
    result = one["ResultOfQualificationConfirmation"]
    group = "LimitApplicationCertificateRelatedInfo"
    wanted = {**PERSON, "LimitApplicationCertificateRelatedConsTime": MOMENT, "QualificationDate": DAY}
    matches(result, wanted, frozenset({group}))
    matches(result[group], LIMIT)
