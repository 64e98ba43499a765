"""What visits leave on disk: one audit row, one answer, one binding, however often and by whomever they are sent."""

import asyncio
import hashlib
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from central.audit.verify import verify
from central.db import Store
from central.presence.statements import VISIT
from protocol.errors import OnshiError, trust
from protocol.visit import Method
from tests.central.cards import NOON, TODAY, Appliance, Card, keys
from tests.central.presence.centre import Centre, body, ready, visit_refused

# Audit and idempotency


async def test_the_audit_row_says_who_what_and_from_what(centre: Centre) -> None:
    card = await ready(centre)
    document = centre.appliance.visit(card, centre.challenge())
    raw = await centre.presence.visit_bytes(centre.appliance.device, document)
    (entry,) = await centre.audit()
    assert (entry.kind, entry.outcome, entry.device, entry.subject) == ("visit", "answered", "reader-1", "p1")
    assert entry.request_hash == hashlib.sha256(document).hexdigest()
    assert entry.answer_hash == hashlib.sha256(raw).hexdigest()
    assert entry.asked_day == TODAY
    assert entry.computed_from is not None
    assert f"serial:{card.issued.serial_hex}" in entry.references
    assert "status:crl" in entry.references
    assert (await verify(centre.store, "a")).rows == 1


async def test_the_same_document_again_gets_the_stored_answer(centre: Centre) -> None:
    card = await ready(centre)
    document = centre.appliance.visit(card, centre.challenge())
    first = await centre.presence.visit_bytes(centre.appliance.device, document)
    centre.clock.pass_(seconds=60)
    again = centre.appliance.envelope(_payload(document))
    assert again != document, "ECDSA signs anew"
    assert await centre.presence.visit_bytes(centre.appliance.device, document) == first
    assert await centre.presence.visit_bytes(centre.appliance.device, again) == first
    assert await centre.outcomes() == ["answered"]


def _payload(document: bytes) -> bytes:
    from protocol.visit import SignedDocument

    return msgspec.json.decode(document, type=SignedDocument).payload


async def test_the_stored_answer_is_given_while_the_challenge_lives(centre: Centre) -> None:
    card = await ready(centre)
    document = centre.appliance.visit(card, centre.challenge())
    await centre.send(document)
    centre.clock.pass_(seconds=120)
    assert await visit_refused(centre, document) is trust.CHALLENGE_EXPIRED


async def test_stored_answers_are_forgotten_when_nobody_may_ask_again(centre: Centre) -> None:
    card = await ready(centre)
    document = centre.appliance.visit(card, centre.challenge())
    visit = await centre.send(document)
    centre.clock.pass_(minutes=10)
    await centre.presence.forget()
    assert (await _row(centre, visit.request_id))["answer"] is not None
    centre.clock.pass_(seconds=1)
    await centre.presence.forget()
    assert (await _row(centre, visit.request_id))["answer"] is None
    centre.clock.now = NOON
    assert await visit_refused(centre, document) is trust.CHALLENGE_EXPIRED


async def _row(centre: Centre, request_id: str) -> Any:
    row = await centre.store.first(VISIT, device="reader-1", request_id=request_id)
    assert row is not None
    return row


async def test_spent_challenges_outlive_their_expiry_only_by_a_margin(centre: Centre) -> None:
    card = await ready(centre)
    value = centre.challenge()
    await centre.send(centre.appliance.visit(card, value))
    centre.clock.pass_(minutes=30)
    await centre.presence.forget()
    centre.clock.now = NOON
    assert await visit_refused(centre, centre.appliance.visit(card, value)) is trust.CHALLENGE_SPENT


async def test_twenty_times_at_once_is_one_visit(centre: Centre) -> None:
    card = await ready(centre)
    document = centre.appliance.visit(card, centre.challenge(), file="0002")
    device = centre.appliance.device
    answers = await asyncio.gather(*(centre.presence.visit_bytes(device, document) for _ in range(20)))
    assert len(set(answers)) == 1
    assert await centre.outcomes() == ["answered"]


async def test_two_workers_make_one_visit_of_the_same_document(centre: Centre, store: Store) -> None:
    card = await ready(centre)
    other = Centre(store, log="b", lab=centre.lab, clock=centre.clock)
    await other.lists()
    document = centre.appliance.visit(card, centre.challenge(), file="0002")
    device = centre.appliance.device
    answers = await asyncio.gather(
        *(one.presence.visit_bytes(device, document) for one in (centre, other) for _ in range(10))
    )
    assert len(set(answers)) == 1
    assert await centre.outcomes() == ["answered"]


@pytest.mark.parametrize("same_id", [True, False])
async def test_of_one_challenge_with_different_bytes_exactly_one_wins(centre: Centre, same_id: bool) -> None:
    card = await ready(centre)
    value, shared = centre.challenge(), {"request_id": "ab" * 16} if same_id else {}
    documents = [
        centre.appliance.visit(card, value, made_at=NOON + timedelta(seconds=second), **shared) for second in range(12)
    ]
    answers = await asyncio.gather(*(centre.send(one) for one in documents), return_exceptions=True)
    refusals = [one.fault for one in answers if isinstance(one, OnshiError)]
    assert refusals == [trust.REQUEST_REPLAYED if same_id else trust.CHALLENGE_SPENT] * 11
    assert sorted(await centre.outcomes()).count("answered") == 1


async def test_the_same_id_with_other_bytes_is_a_replay(centre: Centre) -> None:
    card = await ready(centre)
    await centre.visit(card, request_id="ab" * 16)
    again = centre.appliance.visit(card, centre.challenge(), request_id="ab" * 16)
    assert await visit_refused(centre, again) is trust.REQUEST_REPLAYED
    assert await centre.outcomes() == ["answered", "TRUST-037"]


async def test_the_same_challenge_again_is_a_replay(centre: Centre) -> None:
    card, value = await ready(centre), centre.challenge()
    await centre.send(centre.appliance.visit(card, value))
    assert await visit_refused(centre, centre.appliance.visit(card, value)) is trust.CHALLENGE_SPENT


async def test_another_device_may_use_the_same_request_id(centre: Centre) -> None:
    card = await ready(centre)
    await centre.visit(card, request_id="ab" * 16)
    other = Appliance(clock=centre.clock, id="reader-2")
    document = other.visit(card, centre.challenge(other), request_id="ab" * 16)
    assert (await centre.send(document, other)).request_id == "ab" * 16


# The binding


def other_chip(card: Card) -> Card:
    """The same certificate on another genuine card with the same birth date and sex."""
    return Card(
        issued=card.issued,
        key=card.key,
        municipality=card.municipality,
        surface_key=keys().rsa_2048("other-surface"),
    )


async def test_a_pin_visit_with_both_keys_binds_and_another_chip_is_refused(centre: Centre) -> None:
    card = await ready(centre)
    assert (await centre.visit(card, file="0001")).proven == (
        "holder_pin",
        "this_card",
        "this_document",
        "genuine_chip",
        "birth_matches",
        "surface_bound",
    )
    for method in (Method.SIGHT, Method.FACE, Method.PIN):
        document = centre.appliance.visit(other_chip(card), centre.challenge(), method, file="0002")
        assert await visit_refused(centre, document) is trust.OTHER_SURFACE_KEY
    assert "surface_bound" in (await centre.visit(card, Method.SIGHT)).proven
    # Without its surface a PIN visit says nothing about chips.
    assert "surface_bound" not in (await centre.visit(card)).proven


async def test_sight_and_face_never_bind(centre: Centre) -> None:
    card = await ready(centre)
    for method in (Method.SIGHT, Method.FACE):
        await centre.visit(other_chip(card), method)
        await centre.visit(card, method)


async def test_of_two_chips_bound_at_once_one_wins(centre: Centre) -> None:
    card = await ready(centre)
    documents = [centre.appliance.visit(one, centre.challenge(), file="0001") for one in (card, other_chip(card))]
    answers = await asyncio.gather(*(centre.send(one) for one in documents), return_exceptions=True)
    refused = [one.fault for one in answers if isinstance(one, OnshiError)]
    assert refused == [trust.OTHER_SURFACE_KEY]


async def test_the_same_chip_bound_twice_at_once_is_bound(centre: Centre) -> None:
    card = await ready(centre)
    documents = [centre.appliance.visit(card, centre.challenge(), file="0001") for _ in range(4)]
    answers = await asyncio.gather(*(centre.send(one) for one in documents))
    assert all("surface_bound" in one.proven for one in answers)


async def test_a_renewal_never_moves_the_binding(centre: Centre) -> None:
    card = await ready(centre)
    await centre.visit(card, file="0001")
    renewed = centre.lab.card("renewed", surface_key=keys().rsa_2048("other-surface"))
    link = {"issuer": card.issued.issuer_key_id, "old": card.issued.serial_hex, "new": renewed.issued.serial_hex}
    await centre.trust.links.take(msgspec.json.encode({"links": [link]}), NOON)
    assert "surface_bound" not in (await centre.visit(renewed, Method.SIGHT)).proven
    assert "surface_bound" in (await centre.visit(renewed, file="0001")).proven


async def test_a_mismatch_binds_nothing(centre: Centre) -> None:
    card = await ready(centre, birth=date(1980, 2, 18))
    document = centre.appliance.visit(card, centre.challenge(), file="0001")
    assert await visit_refused(centre, document) is trust.BIRTH_DATE_DIFFERS
    right = other_chip(card)
    assert "surface_bound" in (await centre.visit(right, file="0001")).proven


async def test_on_a_day_before_the_person_was_known_nothing_is_compared_or_bound(centre: Centre) -> None:
    card = await ready(centre)
    answer = await centre.visit(card, file="0001", asked_day=date(1970, 1, 1))
    assert body(answer)["QualificationValidity"] == "4"
    assert "birth_matches" not in answer.proven
    assert "surface_bound" not in answer.proven


# The database


async def test_when_the_database_is_gone_nothing_is_answered(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    from central.db import StoreDown

    card = await ready(centre)
    document = centre.appliance.visit(card, centre.challenge())

    async def down(*_: object, **__: object) -> int:
        raise StoreDown("gone")

    monkeypatch.setattr(centre.journal, "record", down)
    with pytest.raises(StoreDown):
        await centre.send(document)
    monkeypatch.undo()
    assert (await centre.send(document)).request_id
