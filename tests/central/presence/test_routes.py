"""Presence over its routes: what a device sends and gets, byte for byte."""

from typing import Any

import msgspec
import pytest

from central.api.route import Call, Raw, Route
from central.presence.routes import ChallengesAsked, ChallengesIssued, routes
from protocol.errors import OnshiError, disclosure, trust
from protocol.visit import ConsentAnswer, SignedDocument, VisitAnswer
from tests.central.presence.centre import Centre


def route(centre: Centre, path: str) -> Route:
    return next(one for one in routes(centre.presence) if one.path == path)


def call(centre: Centre, body: Any, raw: bytes = b"") -> Call[Any]:
    return Call(body=body, raw=raw, caller=centre.appliance.device)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_challenges_visit_and_consent_over_their_routes(centre: Centre) -> None:
    card = centre.lab.card()
    await centre.insured(card)
    asked = msgspec.json.decode(b'{"count": 3}', type=ChallengesAsked)
    issued = await route(centre, "/v1/challenges").handler(call(centre, asked))
    assert isinstance(issued, ChallengesIssued)
    assert len({one.value for one in issued.challenges}) == 3
    statement = centre.appliance.statement(card, issued.challenges[0].value)
    document = centre.appliance.sign(centre.appliance.request(card, statement))
    visit, consent = route(centre, "/v1/visits"), route(centre, "/v1/consents")
    envelope = msgspec.json.decode(document, type=SignedDocument)
    answer = await visit.handler(call(centre, envelope, document))
    assert isinstance(answer, Raw)
    assert msgspec.json.decode(answer.body, type=VisitAnswer).request_id == statement.request_id
    agreed = centre.appliance.consent(card, statement)
    given = await consent.handler(call(centre, msgspec.json.decode(agreed, type=SignedDocument), agreed))
    assert msgspec.json.decode(given.body, type=ConsentAnswer).items


@pytest.mark.parametrize("body", [b'{"count": 0}', b'{"count": 51}', b'{"count": 1, "more": 1}'])
def test_only_so_many_challenges_at_once(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=ChallengesAsked)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_every_refusal_of_presence_is_declared(centre: Centre) -> None:
    declared = {fault for one in routes(centre.presence) for fault in one.faults}
    inside = {
        trust.REVOCATION_LIST_WRONG,
        trust.OCSP_WRONG,
        trust.LINKS_WRONG,
        trust.ANCHOR_WRONG,
        trust.NO_GRANT,
    }
    ended = {
        disclosure.GRANT_EXPIRED,
        disclosure.GRANT_WITHDRAWN_FACILITY,
        disclosure.GRANT_WITHDRAWN_PATIENT,
        disclosure.GRANT_REPLACED,
        disclosure.CERTIFICATE_ENDED,
        disclosure.CERTIFICATE_CORRECTED,
        disclosure.CERTIFICATE_REVOKED,
    }
    known = {fault for fault in vars(trust).values() if isinstance(fault, trust.Fault)}
    assert declared == (known - inside) | ended


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_examples_have_the_form_of_the_answers(centre: Centre) -> None:
    for one in routes(centre.presence):
        if one.response_example is not None:
            msgspec.convert(one.response_example, one.response)
        msgspec.convert(one.request_example, one.request)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_refusal_leaves_the_route_as_the_catalogue_error(centre: Centre) -> None:
    envelope = SignedDocument(kind="visit", device="reader-1", payload=b"{}", signature=bytes(8))
    with pytest.raises(OnshiError) as caught:
        await route(centre, "/v1/visits").handler(call(centre, envelope, msgspec.json.encode(envelope)))
    assert caught.value.fault is trust.DEVICE_SIGNATURE_WRONG
