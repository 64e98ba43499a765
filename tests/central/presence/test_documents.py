"""Whatever bytes a channel delivers: an opened document that this device signed, or a catalogue error."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.presence.challenges import Challenges
from central.presence.documents import open_document
from central.presence.evidence import prove
from protocol import canonical
from protocol.errors import OnshiError
from protocol.visit import Method, SignedDocument, VisitRequest
from tests.central.cards import NOON, Appliance, Lab

APPLIANCE, LAB = Appliance(), Lab()
CARD = LAB.card()
CHALLENGE = Challenges([b"k" * 32], random=bytes).issue("reader-1", 1, NOON)[0].value
REQUEST = APPLIANCE.request(CARD, APPLIANCE.statement(CARD, CHALLENGE, Method.SIGHT), file="0002")
DOCUMENT = APPLIANCE.sign(REQUEST)
PAYLOAD = canonical.encode(REQUEST)
CERTIFICATE, SURFACES = LAB.reader().read(CARD.der), LAB.surfaces()


def test_a_good_document_opens_to_its_request() -> None:
    opened = open_document(APPLIANCE.device, DOCUMENT, "visit", VisitRequest)
    assert opened.request == REQUEST
    assert prove(opened.request, CERTIFICATE, SURFACES).key == "surface"


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_changed_documents_never_open_to_another_request(data: st.DataObject) -> None:
    changed = bytearray(DOCUMENT)
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        opened = open_document(APPLIANCE.device, bytes(changed), "visit", VisitRequest)
    except OnshiError:
        return
    assert opened.request == REQUEST


@given(document=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
@settings(deadline=None)
def test_rubbish_is_refused_with_a_catalogue_error(document: bytes) -> None:
    with pytest.raises(OnshiError):
        open_document(APPLIANCE.device, document, "visit", VisitRequest)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_rubbish_that_the_device_did_sign_is_refused_or_proves_nothing(data: st.DataObject) -> None:
    changed = bytearray(PAYLOAD)
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] = data.draw(st.sampled_from(b'0123456789abcdef"{}[],:AZ/+='))
    if bytes(changed) == PAYLOAD:
        return
    with pytest.raises(OnshiError):
        _whole_way(APPLIANCE.envelope(bytes(changed)))


def _whole_way(document: bytes) -> None:
    request = open_document(APPLIANCE.device, document, "visit", VisitRequest).request
    certificate = CERTIFICATE if request.certificate == CARD.der else LAB.reader().read(request.certificate)
    prove(request, certificate, SURFACES)


def test_the_envelope_may_be_spelled_otherwise_but_not_the_payload() -> None:
    loose = msgspec.json.encode(msgspec.json.decode(DOCUMENT, type=SignedDocument))
    assert open_document(APPLIANCE.device, loose, "visit", VisitRequest).request == REQUEST
