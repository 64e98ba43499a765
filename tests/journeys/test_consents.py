"""Consent: all, some, none, none given; in the face file, in the grant, in the words; and two visits in a row."""

from pathlib import Path

import pytest

from protocol.visit import ConsentItem, Method
from sandbox.cast.insurers import OTHER_CLINIC
from sandbox.demo.centre import RunningCentre
from tests.journeys.desk import ALL, NEVER
from tests.journeys.test_replays import grants
from tests.journeys.town import Clinic, Town
from tests.journeys.words import (
    ASKING,
    BY_PIN,
    CONSENT,
    GRANTED_BY_PIN,
    NONE_GRANTED,
    READY,
    TAKE_CARD,
    VALID,
    Heard,
)

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]

FLAGS = {
    ConsentItem.SPECIFIC_DISEASES: "SpecificDiseasesCertificateRelated",
    ConsentItem.CHECKUPS: "SpecificHealthCheckupsInfo",
    ConsentItem.DRUGS: "PharmacistsInfo",
    ConsentItem.TREATMENT: "DiagnosisInfo",
    ConsentItem.OPERATIONS: "OperationInfo",
}
SAID = {
    ConsentItem.SPECIFIC_DISEASES: ("特定疾病療養受療証", "certificate of a specified disease"),
    ConsentItem.CHECKUPS: ("健診", "health checks"),
    ConsentItem.DRUGS: ("お薬", "medicines"),
    ConsentItem.TREATMENT: ("診療・アレルギー・検査", "treatment, allergies and tests"),
    ConsentItem.OPERATIONS: ("手術・傷病名・感染症", "operations, diseases and infections"),
}


@pytest.mark.parametrize(
    "items",
    [
        (),
        ALL,
        *((item,) for item in ConsentItem),
        (ConsentItem.CHECKUPS, ConsentItem.DRUGS),
        (ConsentItem.OPERATIONS, ConsentItem.SPECIFIC_DISEASES),
    ],
    ids=lambda items: "+".join(items) or "none",
)
async def test_what_is_allowed_is_in_the_words_the_file_and_the_grant(
    town: Town, clinic: Clinic, items: tuple[ConsentItem, ...]
) -> None:
    visited = await clinic.by_pin(town.persona("dialysis"), consent=items)
    ordered = [item for item in ConsentItem if item in items]
    granted: Heard = (
        f"同意を受け付けました（{'、'.join(SAID[item][0] for item in ordered)}）。24時間有効です。",
        f"Consent is recorded ({'; '.join(SAID[item][1] for item in ordered)}). It lasts 24 hours.",
    )
    assert visited.heard == [*BY_PIN, ASKING, VALID, CONSENT, granted if items else NONE_GRANTED, TAKE_CARD]
    assert visited.ended == ("answered", None, "1", "granted" if items else "refused")
    assert visited.record.outcome.granted == tuple(ordered)
    flags = visited.values(*(f"{FLAGS[item]}ConsFlg" for item in ConsentItem))
    assert flags == ["1" if item in items else "0" for item in ConsentItem]
    times = visited.values(*(f"{FLAGS[item]}ConsTime" for item in ConsentItem))
    assert [bool(time) for time in times] == [item in items for item in ConsentItem]
    ends = visited.values(*(f"{FLAGS[item]}AvailableTime" for item in ConsentItem if "Certificate" not in FLAGS[item]))
    assert [bool(end) for end in ends] == [item in items for item in list(ConsentItem)[1:]]
    disease = visited.values("SpecificDiseasesDiseaseCategory")
    assert disease == (["1"] if ConsentItem.SPECIFIC_DISEASES in items else [None])
    assert await grants(clinic, "dialysis") == [item.value for item in ordered]
    _, consent = await clinic.audit()
    assert [one for one in consent.references if one.startswith("item:")] == [f"item:{item}" for item in ordered]


async def test_a_consent_by_sight_is_signed_with_the_card_faces_key(town: Town, clinic: Clinic) -> None:
    visited = await clinic.by_sight(town.persona("limit-certificate"), consent=(ConsentItem.DRUGS,))
    assert visited.ended == ("answered", None, "1", "granted")
    assert await grants(clinic, "limit-certificate") == ["YZK"]
    _, consent = await clinic.audit()
    assert "key:surface" in consent.references


async def test_a_question_for_consent_that_nobody_answers_leaves_the_answer(
    town: Town, centre: RunningCentre, tmp_path: Path
) -> None:
    async with town.clinic(centre, tmp_path / "quiet", question_seconds=0.2) as clinic:
        visited = await clinic.by_pin(town.persona("leap-day"), consent=NEVER)
        assert visited.heard == [
            *BY_PIN,
            ASKING,
            VALID,
            CONSENT,
            (
                "同意の回答がなかったため、医療情報は閲覧できません。資格の確認は済んでいます。",
                "The consent was not answered, so medical records stay closed. The insurance is confirmed.",
            ),
            TAKE_CARD,
        ]
        assert visited.ended == ("answered", None, "1", "unanswered")
        assert visited.values("QualificationValidity", "PharmacistsInfoConsFlg") == ["1", "0"]
        assert await clinic.audited() == [("visit", "answered")]
        assert await grants(clinic, "leap-day") == []


async def test_the_later_consent_takes_the_earlier_ones_place(town: Town, clinic: Clinic) -> None:
    child = town.persona("child")
    await clinic.by_pin(child, consent=ALL)
    assert await grants(clinic, "child") == ["TSR", "TKK", "YZK", "SRJ", "SHJ"]
    await clinic.by_pin(child, consent=(ConsentItem.DRUGS,))
    assert await grants(clinic, "child") == ["YZK"]
    await clinic.by_pin(child, consent=())
    assert await grants(clinic, "child") == []


async def test_a_grant_belongs_to_the_facility_and_to_any_of_its_devices(
    town: Town, centre: RunningCentre, clinic: Clinic, tmp_path: Path
) -> None:
    """Card at the reader, chart at another terminal; the clinic next door sees nothing."""
    await clinic.by_pin(town.persona("elderly"), consent=(ConsentItem.CHECKUPS,))
    other_terminal = await town.settled(centre, tmp_path / "terminal", facility=clinic.settings.device.facility)
    next_door = await town.settled(centre, tmp_path / "next-door", facility=OTHER_CLINIC.code)
    assert await grants(other_terminal, "elderly") == ["TKK"]
    assert await grants(next_door, "elderly") == []


async def test_two_patients_one_after_the_other_have_nothing_of_each_other(town: Town, clinic: Clinic) -> None:
    first = await clinic.by_pin(town.persona("twin-elder"), consent=ALL)
    second = await clinic.by_sight(town.persona("twin-younger"), consent=())
    third = await clinic.by_pin(town.persona("twin-elder"), consent=())
    assert first.values("Name", "InsuredBranchNumber", "PharmacistsInfoConsFlg") == ["双葉　光", "02", "1"]
    assert second.values("Name", "InsuredBranchNumber", "PharmacistsInfoConsFlg") == ["双葉　望", "03", "0"]
    assert third.values("Name", "PharmacistsInfoConsFlg") == ["双葉　光", "0"]
    assert len({first.file, second.file, third.file}) == 3
    assert len(clinic.names("face")) == 3
    assert [one.subject for one in await clinic.audit()] == [
        "cast-twin-elder", "cast-twin-elder", "cast-twin-younger", "cast-twin-younger",
        "cast-twin-elder", "cast-twin-elder",
    ]  # fmt: skip
    assert second.record.method is Method.SIGHT
    assert "surface_bound" not in first.record.proven
    assert third.record.device_word == ()


async def test_a_whole_morning_on_one_appliance(town: Town, clinic: Clinic) -> None:
    """Twenty visits on one card and one connection: the words do not change, nothing piles up."""
    for _ in range(20):
        assert (await clinic.by_pin(town.persona("ordinary"))).heard == GRANTED_BY_PIN
    assert len(clinic.names("face")) == 20
    assert [heard[0] for heard in [(said.ja,) for said in clinic.told_later()]] == [READY[0]]
