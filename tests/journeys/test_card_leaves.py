"""The card leaves: before every single command that it is sent, at every question, and while the centre is asked.

Before the visit request is signed nothing was asked and nothing is delivered; afterwards only the consent is lost.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from protocol.visit import Method
from sandbox.card import VirtualCard, When
from tests.journeys.desk import ALL
from tests.journeys.town import Clinic, Town
from tests.journeys.words import (
    ASKING,
    BY_PIN,
    BY_SIGHT,
    CONSENT,
    CONSENT_LOST,
    GRANTED_BY_PIN,
    HOW,
    LEFT_EARLY,
    READING,
    TAKE_CARD,
    VALID,
    Heard,
    ask_pin,
)

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]

SIGNS = (0x2A, 0x88)
FAILED = ("failed", "VISIT-001", None, "not_asked")
CONSENT_GONE = ("answered", "VISIT-018", "1", "card_gone")


def signatures(card: VirtualCard) -> list[int]:
    """Which commands of a visit were signatures, counted from 1."""
    return [number for number, command in enumerate(card.trace, start=1) if command[1] in SIGNS]


def ways(town: Town, clinic: Clinic) -> dict[str, tuple[list[Heard], dict[str, Any]]]:
    """Each way of a visit: what is heard as far as the signature, and the answers of the people."""
    persona = town.persona("ordinary")
    made, pin = town.world.cards.personalisation(persona), town.world.cards.pin(persona)
    sight: dict[str, Any] = {"method": [Method.SIGHT], "clerk": [clinic.clerk], "consent": [ALL]}
    return {
        "pin": (BY_PIN, {"method": [Method.PIN], "pin": [pin], "consent": [ALL]}),
        "pin with birth date": (
            BY_PIN,
            {"method": [Method.PIN], "pin": [(pin, made.birth_digits)], "consent": [ALL]},
        ),
        "sight by birth date": (BY_SIGHT, {**sight, "printed": [made.birth_digits]}),
        "sight by number B": (BY_SIGHT, {**sight, "printed": [made.number_b]}),
    }


@pytest.mark.parametrize("way", ["pin", "pin with birth date", "sight by birth date", "sight by number B"])
async def test_a_card_that_leaves_before_any_of_its_commands(town: Town, clinic: Clinic, way: str) -> None:
    questions, answers = ways(town, clinic)[way]
    whole = town.card("ordinary")
    assert (await clinic.visit(whole, **_fresh(answers))).ended[3] == "granted"
    *_, request_signed, consent_signed = signatures(whole)
    assert len(whole.trace) == consent_signed
    differing = {}
    asked = 0
    for command in range(1, consent_signed + 1):
        card = town.card("ordinary")
        card.faults.eject = When(at=command)
        files, rows = clinic.names("face"), await clinic.audited()
        visited = await clinic.visit(card, **_fresh(answers))
        new = [name for name in clinic.names("face") if name not in files]
        told = (await clinic.audited())[len(rows) :]
        early = command <= request_signed
        if early:
            asked, before = len(visited.heard) - 1, asked
            good = (
                visited.heard == [*questions[:asked], LEFT_EARLY]
                and before <= asked
                and visited.ended == FAILED
                and (new, told) == ([], [])
            )
        else:
            good = (
                visited.heard == [*questions, ASKING, VALID, CONSENT, CONSENT_LOST, TAKE_CARD]
                and visited.ended == CONSENT_GONE
                and (new, told) == ([visited.file.name], [("visit", "answered")])
                and visited.values("QualificationValidity", "PharmacistsInfoConsFlg") == ["1", "0"]
            )
        if not good:
            differing[command] = (visited.heard, visited.ended, new, told)
    assert differing == {}
    assert asked == len(questions)


def _fresh(answers: dict[str, Any]) -> dict[str, Any]:
    return {question: list(given) for question, given in answers.items()}


def taken(clinic: Clinic, instead: Any) -> Callable[[], Any]:
    """An answer that comes at the moment the card is taken off the reader."""

    def take() -> Any:
        clinic.reader.eject()
        return instead

    return take


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("method", [READING, HOW]),
        ("pin", [READING, HOW, ask_pin(3)]),
        ("clerk", BY_SIGHT[:3]),
        ("printed", BY_SIGHT),
    ],
)
async def test_a_card_that_is_taken_while_a_question_stands(
    town: Town, clinic: Clinic, question: str, words: list[Heard]
) -> None:
    way = "sight by birth date" if question in {"clerk", "printed"} else "pin"
    _, answers = ways(town, clinic)[way]
    visited = await clinic.visit(town.card("ordinary"), **{**answers, question: [taken(clinic, answers[question][0])]})
    assert visited.heard == [*words, LEFT_EARLY]
    assert visited.ended == FAILED
    assert clinic.names("face") == []
    assert await clinic.audited() == []


async def test_a_card_that_is_taken_before_the_consent_is_answered(town: Town, clinic: Clinic) -> None:
    _, answers = ways(town, clinic)["pin"]
    visited = await clinic.visit(town.card("ordinary"), **{**answers, "consent": [taken(clinic, ALL)]})
    assert visited.heard == [*BY_PIN, ASKING, VALID, CONSENT, CONSENT_LOST, TAKE_CARD]
    assert visited.ended == CONSENT_GONE
    assert visited.values("QualificationValidity", "SpecificHealthCheckupsInfoConsFlg") == ["1", "0"]
    assert await clinic.audited() == [("visit", "answered")]


@pytest.mark.parametrize("moment", ["asking", "answer_1"])
async def test_a_card_that_is_taken_while_the_centre_is_asked_costs_only_the_consent(
    town: Town, clinic: Clinic, moment: str
) -> None:
    async def take() -> None:
        clinic.reader.eject()
        await asyncio.sleep(0.01)  # the reader is watched by a task of its own

    clinic.people.when[moment] = take
    visited = await clinic.by_pin(town.persona("ordinary"))
    assert visited.heard == [*BY_PIN, ASKING, VALID, CONSENT_LOST, TAKE_CARD]
    assert visited.ended == CONSENT_GONE
    assert visited.values("QualificationValidity", "PharmacistsInfoConsFlg") == ["1", "0"]
    assert await clinic.audited() == [("visit", "answered")]


async def test_a_card_that_is_taken_after_the_consent_was_signed_changes_nothing(town: Town, clinic: Clinic) -> None:
    clinic.people.when["consent_granted"] = clinic.reader.eject
    visited = await clinic.by_pin(town.persona("ordinary"))
    assert visited.heard == GRANTED_BY_PIN
    assert visited.ended == ("answered", None, "1", "granted")
    assert visited.values("PharmacistsInfoConsFlg") == ["1"]


async def test_the_same_card_put_back_starts_again_and_is_answered(town: Town, clinic: Clinic) -> None:
    _, answers = ways(town, clinic)["pin"]
    card = town.card("ordinary")
    card.faults.eject = When(at=5)
    assert (await clinic.visit(card, **_fresh(answers))).ended == FAILED
    card.faults.eject = None
    visited = await clinic.visit(card, **_fresh(answers))
    assert visited.heard == GRANTED_BY_PIN
    assert len(clinic.names("face")) == 1
    assert await clinic.audited() == [("visit", "answered"), ("consent", "answered")]
