"""What consents leave on disk: one row with its proof, one audit row, grants that the last answer replaces."""

import asyncio

from central.disclosure.service import CONSENT, Withdrawal
from central.register import entries as e
from protocol import canonical
from protocol.errors import OnshiError, disclosure, trust
from protocol.visit import (
    ConsentItem,
    ConsentRequest,
    VisitRequest,
    card_digest,
)
from tests.central.cards import TODAY
from tests.central.presence.centre import Centre, consent_refused, granted, result, visited

ALL = tuple(ConsentItem)


async def test_the_consent_is_kept_with_all_that_proves_it(centre: Centre) -> None:
    visit = await visited(centre)
    await centre.agree(visit.consent())
    row = await centre.store.first(CONSENT, device="reader-1", visit=visit.statement.request_id)
    assert row is not None
    consent = canonical.decode(row["payload"], ConsentRequest)
    proof = canonical.decode(row["visit_payload"], VisitRequest)
    read = centre.lab.reader().read(proof.certificate)
    assert read.digest == consent.statement.certificate
    assert read.verifies(consent.card_signature, card_digest(consent.statement))
    assert row["items"] == "TSR,TKK,YZK,SRJ,SHJ"
    visit_entry, entry = await centre.audit()
    assert visit_entry.kind == "visit"
    assert (entry.kind, entry.outcome, entry.subject) == ("consent", "answered", "p1")
    assert entry.request_id == consent.statement.consent_id
    assert "item:YZK" in entry.references


async def test_the_same_consent_again_gets_the_stored_answer(centre: Centre) -> None:
    visit = await visited(centre)
    document = visit.consent()
    device = centre.appliance.device
    first = await centre.presence.consent_bytes(device, document)
    centre.clock.pass_(minutes=5)
    answers = await asyncio.gather(*(centre.presence.consent_bytes(device, document) for _ in range(5)))
    assert set(answers) == {first}
    assert await centre.outcomes() == ["answered", "answered"]


async def test_twenty_times_at_once_is_one_consent(centre: Centre) -> None:
    visit = await visited(centre)
    document, device = visit.consent(), centre.appliance.device
    answers = await asyncio.gather(*(centre.presence.consent_bytes(device, document) for _ in range(20)))
    assert len(set(answers)) == 1
    assert await centre.outcomes() == ["answered", "answered"]
    assert len(await centre.disclosure.grants_of("p1")) == len(ALL)


async def test_of_different_consents_for_one_visit_exactly_one_wins(centre: Centre) -> None:
    visit = await visited(centre)
    documents = [visit.consent((item,)) for item in ALL]
    answers = await asyncio.gather(*(centre.agree(one) for one in documents), return_exceptions=True)
    refused = [one.fault for one in answers if isinstance(one, OnshiError)]
    assert refused == [trust.CONSENT_GIVEN] * 4
    assert len(await granted(centre)) == 1


async def test_a_second_consent_or_the_same_id_with_other_bytes_is_refused(centre: Centre) -> None:
    visit = await visited(centre)
    await centre.agree(visit.consent(consent_id="ab" * 16))
    assert await consent_refused(centre, visit.consent()) is trust.CONSENT_GIVEN
    assert await consent_refused(centre, visit.consent((), consent_id="ab" * 16)) is trust.REQUEST_REPLAYED


async def test_a_stored_answer_ends_with_what_it_gave(centre: Centre) -> None:
    """It carries 特定疾病: after a withdrawal, of one item too, the same device gets the reason in their place."""
    visit = await visited(centre)
    document = visit.consent()
    first = await centre.agree(document)
    assert await centre.agree(document) == first
    await centre.disclosure.withdraw(
        centre.appliance.facility, "p1", centre.clock(), why=Withdrawal.PATIENT, item=ConsentItem.SPECIFIC_DISEASES
    )
    assert await consent_refused(centre, document) is disclosure.GRANT_WITHDRAWN_PATIENT


async def test_a_stop_after_the_visit_holds_back_what_it_kept_for_the_consent(centre: Centre) -> None:
    visit = await visited(centre)
    document = visit.consent()
    stop = e.ViewStop(person_id="p1", scope=e.StopScope.MEDICAL, reason=e.StopReason.INSURER, valid_from=TODAY)
    (ref,) = await centre.intake.register(stop)
    assert await consent_refused(centre, document) is trust.VIEW_STOPPED
    await centre.intake.invalidate(ref)
    await centre.agree(document)
    await centre.intake.register(stop)
    assert await consent_refused(centre, document) is trust.VIEW_STOPPED


async def test_a_stored_refusal_stays(centre: Centre) -> None:
    visit = await visited(centre)
    document = visit.consent(())
    first = await centre.agree(document)
    await centre.disclosure.withdraw(centre.appliance.facility, "p1", centre.clock(), why=Withdrawal.PATIENT)
    assert await centre.agree(document) == first


async def test_an_id_of_another_visits_consent_is_a_replay(centre: Centre) -> None:
    visit = await visited(centre)
    await centre.agree(visit.consent(consent_id="ab" * 16))
    statement = centre.appliance.statement(visit.card, centre.challenge())
    await centre.send(centre.appliance.sign(centre.appliance.request(visit.card, statement)))
    again = centre.appliance.consent(visit.card, statement, consent_id="ab" * 16)
    assert await consent_refused(centre, again) is trust.REQUEST_REPLAYED


async def test_a_stored_answer_is_forgotten_with_its_window(centre: Centre) -> None:
    visit = await visited(centre)
    document = visit.consent()
    await centre.agree(document)
    centre.clock.pass_(minutes=10, seconds=1)
    await centre.presence.forget()
    assert await consent_refused(centre, document) is trust.CONSENT_TOO_LATE


async def test_refusing_is_an_answer_and_ends_what_was_granted_before(centre: Centre) -> None:
    first = await visited(centre)
    await centre.agree(first.consent((ConsentItem.DRUGS, ConsentItem.TREATMENT)))
    assert await granted(centre) == {ConsentItem.DRUGS, ConsentItem.TREATMENT}
    appliance = centre.appliance
    statement = appliance.statement(first.card, centre.challenge())
    await centre.send(appliance.sign(appliance.request(first.card, statement)))
    answer = await centre.agree(appliance.consent(first.card, statement, ()))
    assert (answer.items, answer.available_until) == ((), None)
    assert result(answer)["PharmacistsInfoConsFlg"] == "0"
    assert await granted(centre) == set()
