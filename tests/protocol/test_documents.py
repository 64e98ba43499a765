"""Signed documents have one byte form; the card signs a digest that changes with every word of the statement."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import canonical
from protocol.visit import (
    Care,
    Challenge,
    ConsentItem,
    ConsentStatement,
    Facility,
    Hex32,
    Identifier,
    Method,
    RequestId,
    SignedDocument,
    SurfaceEvidence,
    VisitStatement,
    card_digest,
)

STATEMENT = VisitStatement(
    request_id="0" * 32,
    device="desk-1",
    facility="9919900010",
    method=Method.PIN,
    asked_day=date(2026, 11, 18),
    certificate="a" * 64,
    challenge="c" * 40,
    made_at=datetime(2026, 11, 18, 0, 30, tzinfo=UTC),
)
CONSENT = ConsentStatement(
    consent_id="1" * 32,
    visit="0" * 32,
    device="desk-1",
    facility="9919900010",
    certificate="a" * 64,
    challenge="c" * 40,
    items=(ConsentItem.DRUGS,),
    made_at=datetime(2026, 11, 18, 0, 31, tzinfo=UTC),
)


def test_a_document_comes_back_from_its_canonical_bytes() -> None:
    for document in (STATEMENT, CONSENT):
        assert canonical.decode(canonical.encode(document), type(document)) == document


@pytest.mark.parametrize(
    "other",
    [
        lambda payload: b" " + payload,
        lambda payload: payload.replace(b'":', b'": ', 1),
        lambda payload: payload.replace(b"pin", b"p\\u0069n"),
        lambda payload: payload[:-1] + b',"extra":"1"}',
        lambda payload: payload[:-1] + b',"method":"pin"}',
        lambda payload: payload.replace(b"pin", b"\xff"),
        lambda payload: b"[" * 5000,
        lambda payload: b"",
    ],
)
def test_any_other_spelling_of_a_document_is_refused(other: Callable[[bytes], bytes]) -> None:
    payload = canonical.encode(STATEMENT)
    with pytest.raises(canonical.NotCanonical):
        canonical.decode(other(payload), VisitStatement)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_not_canonical(data: bytes) -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.decode(data, SignedDocument)


@pytest.mark.parametrize("kind", [Hex32, Identifier, RequestId, Facility, Challenge])
def test_an_id_ends_with_its_last_character(kind: Any) -> None:
    text = {Hex32: "a" * 64, RequestId: "0" * 32, Facility: "9910000001"}.get(kind, "a" * 20)
    assert msgspec.convert(text, kind) == text
    for more in ("\n", "\r", " ", "\x00"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(text + more, kind)


def test_the_card_signs_another_digest_for_every_change() -> None:
    changes = (
        {"request_id": "2" * 32},
        {"device": "desk-2"},
        {"facility": "9919900028"},
        {"method": Method.SIGHT},
        {"asked_day": date(2026, 11, 19)},
        {"certificate": "b" * 64},
        {"challenge": "d" * 40},
        {"deferred": True},
        {"made_at": datetime(2026, 11, 18, 0, 30, 1, tzinfo=UTC)},
    )
    digests = {card_digest(msgspec.structs.replace(STATEMENT, **change)) for change in ({}, *changes)}
    assert len(digests) == len(changes) + 1
    assert {len(digest) for digest in digests} == {32}


def test_a_consent_is_another_digest_for_every_item() -> None:
    choices = ((), (ConsentItem.DRUGS,), (ConsentItem.DRUGS, ConsentItem.TREATMENT), tuple(ConsentItem))
    assert len({card_digest(msgspec.structs.replace(CONSENT, items=items)) for items in choices}) == len(choices)


def test_a_consent_of_before_care_was_named_is_the_same_document_and_the_same_digest() -> None:
    """These bytes and this digest were made when the statement had no ``care``: old proofs must stay provable."""
    old = (
        b'{"certificate":"' + b"a" * 64 + b'","challenge":"' + b"c" * 40 + b'","consent_id":"' + b"1" * 32 + b'",'
        b'"device":"desk-1","facility":"9919900010","items":["YZK"],"kind":"onshi.consent/1",'
        b'"made_at":"2026-11-18T00:31:00Z","visit":"' + b"0" * 32 + b'"}'
    )
    assert canonical.encode(CONSENT) == old
    assert canonical.decode(old, ConsentStatement) == CONSENT
    assert card_digest(CONSENT) == hashlib.sha256(b"onshi card signature v1\x00" + old).digest()


def test_a_consent_to_care_that_goes_on_is_another_digest() -> None:
    consents = [CONSENT, *(msgspec.structs.replace(CONSENT, care=care) for care in Care)]
    assert len({card_digest(one) for one in consents}) == 3
    for one in consents:
        assert canonical.decode(canonical.encode(one), ConsentStatement) == one
    for other in (b'"care":null,', b'"care":"visit",'):
        payload = canonical.encode(CONSENT).replace(b'"certificate"', other + b'"certificate"', 1)
        with pytest.raises(canonical.NotCanonical):
            canonical.decode(payload, ConsentStatement)


@pytest.mark.parametrize(
    ("file", "digests", "right"), [("0001", 0, True), ("0002", 2, True), ("0001", 2, False), ("0002", 0, False)]
)
def test_a_surface_file_brings_exactly_the_digests_it_has(file: str, digests: int, right: bool) -> None:
    def made() -> SurfaceEvidence:
        fields = {
            "file": file,
            "attributes": b"a",
            "digests": (b"d",) * digests,
            "signature": b"s",
            "issuer": b"i",
            "card_signature": b"c",
        }
        return SurfaceEvidence(**fields)  # type: ignore[arg-type]

    if right:
        assert canonical.decode(canonical.encode(made()), SurfaceEvidence) == made()
    else:
        with pytest.raises(ValueError, match="digests"):
            made()
