"""Journeys with the PIN: the ordinary one, wrong ones, a locked one, none at all."""

from pathlib import Path
from typing import Any

import pytest

from edge.visit.desk import Audience
from protocol.visit import Method
from sandbox.demo.centre import RunningCentre
from tests.journeys.desk import ALL, NEVER
from tests.journeys.town import Clinic, Town
from tests.journeys.words import (
    ALL_GRANTED,
    ASKING,
    BY_PIN,
    CLERK_CODE,
    COMPARE,
    CONSENT,
    GRANTED_BY_PIN,
    GRANTED_BY_SIGHT,
    HOW,
    PIN_LOCKED,
    READING,
    STOPPED,
    TAKE_CARD,
    VALID,
    ask_pin,
)

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]


def wrong(pin: str, by: int = 1) -> str:
    """Another four digits."""
    return f"{(int(pin) + by) % 10000:04d}"


async def test_the_ordinary_visit_ends_with_an_answer_a_consent_and_a_face_file(town: Town, clinic: Clinic) -> None:
    visited = await clinic.by_pin(town.persona("ordinary"))
    assert visited.heard == GRANTED_BY_PIN
    assert visited.ended == ("answered", None, "1", "granted")
    assert visited.record.proven == ("holder_pin", "this_card", "this_document")
    assert visited.record.device_word == ()
    assert clinic.names("face") == [visited.file.name]
    assert visited.values("Name", "QualificationValidity", "PharmacistsInfoConsFlg") == ["見本　花子", "1", "1"]
    visit, consent = await clinic.audit()
    assert (visit.kind, visit.outcome, visit.request_id) == ("visit", "answered", visited.record.visit)
    facility = clinic.settings.device.facility
    assert (visit.subject, visit.facility, visit.asked_day) == ("cast-ordinary", facility, town.world.today)
    assert {"status:ocsp", "method:pin", "validity:1"} <= set(visit.references)
    assert (consent.kind, consent.outcome, consent.subject) == ("consent", "answered", "cast-ordinary")
    assert consent.references == (
        f"visit:{visited.record.visit}", "key:authentication",
        "item:TSR", "item:TKK", "item:YZK", "item:SRJ", "item:SHJ",
    )  # fmt: skip


async def test_a_pin_that_is_wrong_twice_and_then_right(town: Town, clinic: Clinic) -> None:
    persona, pin = town.persona("ordinary"), town.world.cards.pin(town.persona("ordinary"))
    card = town.world.cards.card(persona)
    visited = await clinic.visit(card, method=[Method.PIN], pin=[wrong(pin), wrong(pin, 2), pin], consent=[ALL])
    again = (
        "4けたの番号を、もう一度ゆっくり入れてください。思い出せないときは、顔や目視での確認に替えられます。",
        "Enter the four digits again, slowly. If you cannot recall it, face or staff works as well.",
    )
    assert visited.heard == [
        READING,
        HOW,
        ask_pin(3),
        ("暗証番号がちがいます。あと2回入力できます。", "The PIN is not right. Tries left: 2.", *again),
        ask_pin(2),
        ("暗証番号がちがいます。あと1回入力できます。", "The PIN is not right. Tries left: 1.", *again),
        ask_pin(1),
        ASKING,
        VALID,
        CONSENT,
        ALL_GRANTED,
        TAKE_CARD,
    ]
    assert visited.ended == ("answered", None, "1", "granted")
    assert card.secret("jpki", 0x18).left == 3
    assert len(clinic.names("face")) == 1
    assert await clinic.audited() == [("visit", "answered"), ("consent", "answered")]


async def test_the_same_wrong_pin_is_not_sent_again(town: Town, clinic: Clinic) -> None:
    pin = town.world.cards.pin(town.persona("ordinary"))
    card = town.card("ordinary")
    visited = await clinic.visit(card, method=[Method.PIN], pin=[wrong(pin), wrong(pin), pin], consent=[ALL])
    assert visited.heard[4:7] == [
        ask_pin(2),
        (
            "先ほどと同じ暗証番号です。カードには送っていません（残り回数は減っていません）。あと2回入力できます。",
            "This is the same PIN as before. It was not sent to the card, so no try was used. Tries left: 2.",
            "別の番号を入力するか、ほかの確認方法を選んでください。",
            "Enter another number, or choose another way.",
        ),
        ask_pin(2),
    ]
    assert visited.ended == ("answered", None, "1", "granted")
    assert card.secret("jpki", 0x18).left == 3


async def test_three_wrong_pins_lock_the_card_and_sight_still_works(town: Town, clinic: Clinic) -> None:
    persona, pin = town.persona("ordinary"), town.world.cards.pin(town.persona("ordinary"))
    card = town.world.cards.card(persona)
    visited = await clinic.visit(
        card,
        method=[Method.PIN, Method.SIGHT],
        pin=[wrong(pin), wrong(pin, 2), wrong(pin, 3)],
        clerk=[clinic.clerk],
        printed=[town.world.cards.personalisation(persona).birth_digits],
        consent=[ALL],
    )
    assert visited.heard[6:] == [
        ask_pin(1), PIN_LOCKED, HOW, CLERK_CODE, COMPARE, ASKING, VALID, CONSENT, ALL_GRANTED, TAKE_CARD
    ]  # fmt: skip
    assert visited.ended == ("answered", None, "1", "granted")
    assert card.secret("jpki", 0x18).left == 0
    assert visited.record.device_word == ("clerk_compared",)


async def test_a_locked_pin_is_said_before_anybody_types_and_never_tried(town: Town, clinic: Clinic) -> None:
    card = town.card("pin-locked")
    visited = await clinic.visit(card, method=[Method.PIN], pin=["0000"])
    assert visited.heard == [READING, PIN_LOCKED, HOW, PIN_LOCKED, HOW, STOPPED]
    assert visited.ended == ("failed", "CARD-011", None, "not_asked")
    assert [offer.methods for offer in clinic.people.offers] == [(Method.SIGHT,), (Method.SIGHT,)]
    assert not any(command[1] == 0x20 and len(command) > 4 for command in card.trace)
    assert clinic.names("face") == []
    assert await clinic.audited() == []


async def test_the_last_try_leads_away_from_the_pin(town: Town, clinic: Clinic) -> None:
    card = town.card("ordinary")
    card.secret("jpki", 0x18).left = 1
    visited = await clinic.visit(card, method=[None])
    assert visited.heard == [
        READING,
        (
            "どの方法で本人確認をしますか。暗証番号はあと1回まちがえると使えなくなります。",
            "How shall we confirm that the card is yours? One more wrong PIN locks it.",
            "番号が確かでないときは、顔認証か職員の目視を選んでください。",
            "If you are not sure of it, choose face or staff.",
        ),
        STOPPED,
    ]
    assert visited.ended == ("failed", "VISIT-011", None, "not_asked")


async def test_a_card_without_a_pin_is_confirmed_by_sight(town: Town, clinic: Clinic) -> None:
    persona = town.persona("no-pin")
    visited = await clinic.visit(
        town.card("no-pin"),
        method=[Method.SIGHT],
        clerk=[clinic.clerk],
        printed=[town.world.cards.personalisation(persona).birth_digits],
        consent=[ALL],
    )
    assert visited.heard == [
        READING, PIN_LOCKED, HOW, CLERK_CODE, COMPARE, ASKING, VALID, CONSENT, ALL_GRANTED, TAKE_CARD
    ]  # fmt: skip
    assert visited.ended == ("answered", None, "1", "granted")


async def test_letters_are_no_pin_and_cost_no_try(town: Town, clinic: Clinic) -> None:
    card = town.card("ordinary")
    visited = await clinic.visit(card, method=[Method.PIN, None], pin=["12x4", "12345", None])
    form = ("暗証番号は数字4けたです。", "The PIN has four digits.", "数字を4つ入れてください。", "Enter four digits.")
    assert visited.heard == [*BY_PIN, form, ask_pin(3), form, ask_pin(3), HOW, STOPPED]
    assert card.secret("jpki", 0x18).left == 3
    assert await clinic.audited() == []


async def test_who_goes_back_to_the_methods_after_wrong_pins_is_warned_of_the_last_try(
    town: Town, clinic: Clinic
) -> None:
    pin = town.world.cards.pin(town.persona("ordinary"))
    visited = await clinic.visit(
        town.card("ordinary"), method=[Method.PIN, None], pin=[wrong(pin), wrong(pin, 2), None]
    )
    assert visited.heard[-2:] == [
        (
            "どの方法で本人確認をしますか。暗証番号はあと1回まちがえると使えなくなります。",
            "How shall we confirm that the card is yours? One more wrong PIN locks it.",
            "番号が確かでないときは、顔認証か職員の目視を選んでください。",
            "If you are not sure of it, choose face or staff.",
        ),
        STOPPED,
    ]
    assert visited.ended == ("failed", "CARD-010", None, "not_asked")


@pytest.mark.parametrize("question", ["method", "pin"])
async def test_a_question_that_nobody_answers_ends_the_visit(
    town: Town, centre: RunningCentre, tmp_path: Path, question: str
) -> None:
    answers: dict[str, Any] = {"method": [Method.PIN], "pin": ["0000"], question: [NEVER]}
    async with town.clinic(centre, tmp_path / "quiet", question_seconds=0.2) as quiet:
        visited = await quiet.visit(town.card("ordinary"), **answers)
        assert visited.heard == [
            *(BY_PIN if question == "pin" else [READING, HOW]),
            (
                "操作がなかったため、確認を中止しました。",
                "Nobody answered, so the check was stopped.",
                "カードを取り出し、もう一度置いてください。",
                "Take the card out and put it back.",
            ),
        ]
        assert visited.ended == ("failed", "VISIT-010", None, "not_asked")
        assert quiet.names("face") == []
        assert await quiet.audited() == []


async def test_what_is_the_clerks_is_not_said_to_the_patient(town: Town, clinic: Clinic) -> None:
    visited = await clinic.by_sight(town.persona("ordinary"))
    assert visited.heard == GRANTED_BY_SIGHT
    audiences = {said.code: said.audience for said in visited.record.said}
    assert audiences["clerk_ask"] is Audience.CLERK
    assert audiences["printed_ask"] is Audience.CLERK
    assert audiences["consent_ask"] is Audience.BOTH
