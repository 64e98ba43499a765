"""A card has two halves, the certificate and the printed face: what ties them, and what happens where they differ."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central.register.work import OF_INSURER
from protocol.visit import Method
from sandbox.card import CardPersonalisation, VirtualCard, personalise
from sandbox.cast.insurers import KUMIAI
from sandbox.demo.centre import RunningCentre
from sandbox.jlis import cvc
from tests.journeys.desk import ALL
from tests.journeys.test_cast import BIRTH_DIFFERS, NOT_SIGNED, OTHER_CARD
from tests.journeys.town import Clinic, Town, Visited
from tests.journeys.words import ASKING, BY_PIN, BY_SIGHT, GRANTED_BY_PIN, GRANTED_BY_SIGHT, Heard

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]


async def shown(clinic: Clinic, made: CardPersonalisation, way: str) -> Visited:
    """A visit with a card made by hand: ``pin``, ``pin and birth``, ``birth`` or ``number b`` (by sight)."""
    answers: dict[str, Any] = {"method": [Method.SIGHT], "clerk": [clinic.clerk], "consent": [ALL]}
    if way.startswith("pin"):
        pin = (made.pin, made.birth_digits) if way == "pin and birth" else made.pin
        answers = {"method": [Method.PIN], "pin": [pin], "consent": [ALL]}
    else:
        answers["printed"] = [made.birth_digits if way == "birth" else made.number_b]
    return await clinic.visit(personalise(made), **answers)


async def work(centre: RunningCentre, insurer: str) -> list[tuple[str, str, str]]:
    """(kind, person, details) of an insurer's open work items about chips."""
    rows = await centre.central.store.all(OF_INSURER, insurer_number=insurer)
    return [(row["kind"], row["person_id"], row["details"]) for row in rows if row["kind"] == "chip-differs"]


async def test_a_certificate_copied_onto_another_genuine_card(town: Town, tmp_path: Path) -> None:
    """Everything about the other card fits but its key: until a PIN visit has bound both, sight cannot see it.

    That is the limit that the trust rules state; after the binding the copy is refused for ever.
    """
    mine = town.world.cards.personalisation(town.persona("ordinary"))
    copy = town.world.cards.personalisation(town.persona("copied-certificate"))
    async with (
        town.own_centre(tmp_path) as own,
        town.clinic(own, tmp_path / "clinic") as clinic,
    ):
        by_pin = await shown(clinic, copy, "pin")
        assert by_pin.heard == [*BY_PIN, ASKING, NOT_SIGNED]
        assert by_pin.ended == ("failed", "TRUST-038", None, "not_asked")
        before = await shown(clinic, copy, "birth")
        assert before.record.proven == ("genuine_chip", "this_document", "birth_matches")
        assert before.record.device_word == ("clerk_compared",)
        bound = await shown(clinic, mine, "pin and birth")
        assert bound.heard == GRANTED_BY_PIN
        assert bound.record.proven == (
            "holder_pin", "this_card", "this_document", "genuine_chip", "birth_matches", "surface_bound"
        )  # fmt: skip
        files = clinic.names("face")
        for way in ("birth", "number b"):
            after = await shown(clinic, copy, way)
            assert after.heard == [*BY_SIGHT, ASKING, OTHER_CARD]
            assert after.ended == ("failed", "TRUST-048", None, "not_asked")
        assert clinic.names("face") == files
        genuine = await shown(clinic, mine, "birth")
        assert genuine.heard == GRANTED_BY_SIGHT
        assert "surface_bound" in genuine.record.proven
        assert [one for one in await clinic.audited() if one[0] == "visit"] == [
            ("visit", "TRUST-038"),
            ("visit", "answered"),
            ("visit", "answered"),
            ("visit", "TRUST-048"),
            ("visit", "TRUST-048"),
            ("visit", "answered"),
        ]


async def test_a_renewal_moves_the_person_and_never_the_binding(town: Town, tmp_path: Path) -> None:
    """Renewed onto a new card: it is the same person, and bound to nothing until its own PIN visit."""
    jlis, ordinary = town.world.jlis, town.persona("ordinary")
    mine = town.world.cards.personalisation(ordinary)
    key, surface = jlis.keys.rsa_2048("journey-renewed"), jlis.keys.rsa_2048("journey-new-card")
    told = town.centre_settings(await town.known_cast(tmp_path / "own.sqlite"))
    async with town.centre(told, registers=False) as own, town.clinic(own, tmp_path / "before") as clinic:
        assert "surface_bound" in (await shown(clinic, mine, "pin and birth")).record.proven
    known = town.world.pki.identity(ordinary)
    old = jlis.register.find(known.issuer_key_id, int(known.serial, 16))
    assert old is not None
    # Counters issue from 10:00 on: one of today would not be valid yet in a run before that hour.
    issued = town.world.today - timedelta(days=1)
    new = jlis.issue_authentication("journey-renewed", key.public_key(), issued=issued, birth=ordinary.birth)
    jlis.renew(old, new)
    renewed = dataclasses.replace(mine, authentication_key=key, authentication_certificate=new.der, surface_key=surface)
    try:
        async with (
            town.centre(told, registers=False) as own,
            town.clinic(own, tmp_path / "after") as clinic,
        ):
            by_sight = await shown(clinic, renewed, "birth")
            assert by_sight.heard == GRANTED_BY_SIGHT
            assert "surface_bound" not in by_sight.record.proven
            by_pin = await shown(clinic, renewed, "pin and birth")
            assert by_pin.heard == GRANTED_BY_PIN
            assert "surface_bound" in by_pin.record.proven
            swapped = dataclasses.replace(renewed, surface_key=mine.surface_key)
            assert (await shown(clinic, swapped, "birth")).ended[1] == "TRUST-048"
            assert {one.subject for one in await clinic.audit() if one.outcome == "answered"} == {"cast-ordinary"}
    finally:
        jlis.register.renewals.pop()


@pytest.mark.parametrize("way", ["birth", "number b", "pin and birth"])
async def test_a_birth_date_that_is_not_the_registers_stops_the_visit(town: Town, tmp_path: Path, way: str) -> None:
    """The desk is told, the insurer gets one work item however often it happens, and nothing is bound."""
    made = town.world.cards.personalisation(town.persona("birth-differs"))
    async with (
        town.own_centre(tmp_path) as own,
        town.clinic(own, tmp_path / "clinic") as clinic,
    ):
        for _ in range(2):
            visited = await shown(clinic, made, way)
            assert visited.heard == [*(BY_PIN if way.startswith("pin") else BY_SIGHT), ASKING, BIRTH_DIFFERS]
            assert visited.ended == ("failed", "TRUST-049", None, "not_asked")
        assert clinic.names("face") == []
        assert await clinic.audited() == [("visit", "TRUST-049")] * 2
        assert {one.subject for one in await clinic.audit()} == {"cast-birth-differs"}
        assert await work(own, KUMIAI.number) == [("chip-differs", "cast-birth-differs", "birth_date")]
        assert (await shown(clinic, made, "pin")).heard == GRANTED_BY_PIN


async def test_a_sex_that_is_not_the_registers_stops_the_visit(town: Town, tmp_path: Path) -> None:
    """Only 照合番号B opens the sex; the birth date alone cannot see it."""
    plain = town.world.cards.personalisation(town.persona("ordinary"))
    made = dataclasses.replace(plain, sex="1")
    async with (
        town.own_centre(tmp_path) as own,
        town.clinic(own, tmp_path / "clinic") as clinic,
    ):
        visited = await shown(clinic, made, "number b")
        assert visited.heard == [
            *BY_SIGHT,
            ASKING,
            (
                "カードの性別が、登録されている方の性別と一致しません。",
                "The sex on the card is not that of the person registered.",
                "資格確認書などで確認してください。保険者に調査を依頼しました。",
                "Check by another document. The insurer has been asked to look into it.",
            ),
        ]
        assert visited.ended == ("failed", "TRUST-050", None, "not_asked")
        assert await work(own, KUMIAI.number) == [("chip-differs", "cast-ordinary", "sex")]
        assert (await shown(clinic, made, "birth")).ended[0] == "answered"


@pytest.mark.parametrize("way", ["birth", "number b", "pin and birth"])
async def test_a_card_face_that_no_municipality_may_have_signed(town: Town, clinic: Clinic, way: str) -> None:
    plain = town.world.cards.personalisation(town.persona("ordinary"))
    forged = town.world.jlis.municipality(cvc.CvUse.SURFACE, "99201", forged=True)
    visited = await shown(clinic, dataclasses.replace(plain, issuer=forged), way)
    said: Heard = (
        "券面の発行者の証明書が正しくありません。偽造のおそれがあります。",
        "The certificate of the card surface's issuer is wrong: it may be forged.",
        "資格確認書などで確認し、責任者に知らせてください。",
        "Check by another document and tell the person in charge.",
    )
    assert visited.heard == [*(BY_PIN if way.startswith("pin") else BY_SIGHT), ASKING, said]
    assert visited.ended == ("failed", "TRUST-044", None, "not_asked")
    assert clinic.names("face") == []
    assert await clinic.audited() == [("visit", "TRUST-044")]


async def test_printed_digits_of_another_card_cost_tries_and_no_more_than_three(town: Town, clinic: Clinic) -> None:
    """The clerk mistypes: each refusal says what is left, the same digits are not sent twice, three close the way."""
    card: VirtualCard = town.card("ordinary")
    visited = await clinic.visit(
        card,
        method=[Method.SIGHT, None],
        clerk=[clinic.clerk],
        printed=["010203", "010203", "010204", "020304"],
        consent=[ALL],
    )
    assert [line[0] for line in visited.heard if line not in BY_SIGHT] == [
        "生年月日が、カードの中のものと合いませんでした。あと6回入力できます。",
        "同じ生年月日ではカードを開けませんでした。",
        "生年月日が、カードの中のものと合いませんでした。あと5回入力できます。",
        "券面の数字の間違いが続いたため、この受付での目視確認を止めました。",
        "確認を中止しました。",
    ]
    assert card.secret("surface", 0x11).left == 8
    assert visited.ended == ("failed", "VISIT-019", None, "not_asked")


async def test_three_tries_of_the_printed_number_are_left_to_the_municipality(town: Town, clinic: Clinic) -> None:
    """Four left: one may be used up, and the rest is never touched, nor offered."""
    card = town.card("ordinary")
    card.secret("surface", 0x11).left = 4
    visited = await clinic.visit(
        card, method=[Method.SIGHT, None], clerk=[clinic.clerk], printed=["010203", "010204", None], consent=[ALL]
    )
    assert visited.heard[4][0] == "生年月日が、カードの中のものと合いませんでした。"
    assert (
        "カードが使えなくなるのを防ぐため、生年月日での確認を止めました。",
        "To keep the card from being locked, the birth date is not tried any more.",
        "暗証番号での確認に替えてください。",
        "Use the PIN instead.",
    ) in visited.heard
    assert card.secret("surface", 0x11).left == 3


async def test_wrong_staff_codes_are_counted_and_pause_sight(town: Town, clinic: Clinic) -> None:
    who, code = clinic.clerk
    wrong: Heard = (
        "職員コードが違います。",
        "The staff code is wrong.",
        "ご自分の職員コードをもう一度入力してください。",
        "Enter your own staff code again.",
    )
    paused: Heard = (
        "職員コードの間違いが続いたため、目視確認を一時停止しています。",
        "Too many wrong staff codes: confirmation by sight is paused.",
        "暗証番号で確認するか、数分待ってからやり直してください。",
        "Use the PIN, or wait a few minutes.",
    )
    card = town.card("ordinary")
    visited = await clinic.visit(
        card,
        method=[Method.SIGHT, Method.PIN],
        clerk=[(who, "000000"), ("nobody", code), (who, "000001"), (who, "000002"), (who, "000003")],
        pin=[town.world.cards.pin(town.persona("ordinary"))],
        consent=[ALL],
    )
    assert [line for line in visited.heard if line in (wrong, paused)] == [wrong] * 4 + [paused]
    assert visited.ended == ("answered", None, "1", "granted")
    again = await clinic.visit(card, method=[Method.SIGHT, None], clerk=[(who, code)])
    assert paused in again.heard
    assert not any(name == "surface" for name, _ in card.touched)
