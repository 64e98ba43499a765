"""The signed card surface: chain, exact signatures, and everything that is not quite a card."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from central.trust import surface
from central.trust.anchors import LAB, PRODUCTION, TEST
from central.trust.surface import SurfaceAnchors
from protocol.errors import Fault, OnshiError, trust
from protocol.visit import SurfaceEvidence
from sandbox.card.surface import face_signature
from sandbox.card.tlv import tlv
from sandbox.jlis import cvc
from tests.central.cards import BIRTH, Lab, keys, pkcs1

DIGEST = bytes(range(32))


def fault_of(evidence: SurfaceEvidence, anchors: SurfaceAnchors) -> Fault:
    with pytest.raises(OnshiError) as caught:
        surface.read(evidence, anchors)
    return caught.value.fault


def test_file_0001_gives_the_birth_date_and_the_card_key(lab: Lab) -> None:
    card = lab.card()
    read = surface.read(card.opening("0001", DIGEST), lab.surfaces())
    assert (read.birth_date, read.sex, read.photo) == (BIRTH, None, None)
    assert read.verifies(pkcs1(card.surface_key, DIGEST), DIGEST)
    assert not read.verifies(pkcs1(card.surface_key, DIGEST), bytes(32))
    assert not read.verifies(b"short", DIGEST)


def test_file_0002_gives_sex_and_photo_digest_and_the_same_key(lab: Lab) -> None:
    card = lab.card(sex="1")
    face, age = (surface.read(card.opening(file, DIGEST), lab.surfaces()) for file in ("0002", "0001"))
    assert (face.birth_date, face.sex, face.photo) == (BIRTH, "1", card.photo_digest)
    assert face.key_digest == age.key_digest


@pytest.mark.parametrize("file", ["0001", "0002"])
def test_a_changed_birth_date_breaks_the_signature(lab: Lab, file: str) -> None:
    opening = lab.card().opening(file, DIGEST)
    changed = opening.attributes.replace(b"19800217", b"19900217")
    assert fault_of(replace(opening, attributes=changed), lab.surfaces()) is trust.SURFACE_FORGED


def test_a_changed_photo_breaks_the_signature(lab: Lab) -> None:
    opening = lab.card().opening("0002", DIGEST)
    assert fault_of(replace(opening, digests=(opening.digests[0], bytes(32))), lab.surfaces()) is trust.SURFACE_FORGED


def test_the_ordinary_kind_of_signature_over_0002_is_not_enough(lab: Lab) -> None:
    card = lab.card()
    opening = card.opening("0002", DIGEST)
    ordinary = card.municipality.key.sign(opening.attributes, padding.PKCS1v15(), hashes.SHA256())
    assert fault_of(replace(opening, signature=ordinary), lab.surfaces()) is trust.SURFACE_FORGED
    assert fault_of(replace(opening, signature=b"x" * 255), lab.surfaces()) is trust.SURFACE_FORGED


def test_nothing_may_follow_the_digests_inside_the_padding(lab: Lab) -> None:
    card = lab.card()
    opening = card.opening("0002", DIGEST)
    recovered = card.municipality.key.public_key().recover_data_from_signature(
        opening.signature, padding.PKCS1v15(), None
    )
    longer = card.municipality.key.sign(recovered + b"\x00", padding.PKCS1v15(), utils.NoDigestInfo())
    assert fault_of(replace(opening, signature=longer), lab.surfaces()) is trust.SURFACE_FORGED


@pytest.mark.parametrize("file", ["0001", "0002"])
@pytest.mark.parametrize("change", ["other-objects", "cut", "followed"])
def test_other_objects_are_refused(lab: Lab, file: str, change: str) -> None:
    opening = lab.card().opening(file, DIGEST)
    attributes = {
        "other-objects": tlv(0xDF31, b"x"),
        "cut": opening.attributes[:-1],
        "followed": opening.attributes + b"\xff\xff",
    }[change]
    assert fault_of(replace(opening, attributes=attributes), lab.surfaces()) is trust.EVIDENCE_UNREADABLE


def test_digests_have_32_octets(lab: Lab) -> None:
    opening = lab.card().opening("0002", DIGEST)
    assert fault_of(replace(opening, digests=(b"x", b"y")), lab.surfaces()) is trust.EVIDENCE_UNREADABLE


@pytest.mark.parametrize("digits", [b"1980021", b"19800230", b"1980021x", b"\xef\xbc\x91" + b"9800"])
def test_a_birth_date_that_is_none_is_refused_though_signed(lab: Lab, digits: bytes) -> None:
    card = lab.card()
    attributes = tlv(0xDF11, digits) + tlv(0xDF12, cvc.public_key_objects(card.surface_key.public_key()))
    signature = card.municipality.key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    opening = replace(card.opening("0001", DIGEST), attributes=attributes, signature=signature)
    assert fault_of(opening, lab.surfaces()) is trust.EVIDENCE_UNREADABLE


def test_a_sex_or_key_that_is_none_is_refused(lab: Lab) -> None:
    card = lab.card(sex="7")
    assert fault_of(card.opening("0002", DIGEST), lab.surfaces()) is trust.EVIDENCE_UNREADABLE
    for key in (b"\x90\x01\x03\x91\x82\x01\x00" + b"\xff" * 256, b"\x90\x03\x01\x00\x01\x91\x01\x05", b"\x90\x00"):
        attributes = tlv(0xDF22, b"19800217") + tlv(0xDF23, b"2") + tlv(0xDF24, key)
        opening = lab.card().opening("0002", DIGEST)
        pictures, photo = tlv(0xDF25, b"name") + tlv(0xDF26, b"address"), tlv(0xDF27, card.photo)
        signature = face_signature(card.municipality, attributes, pictures, photo)
        opening = replace(opening, attributes=attributes, signature=signature)
        assert fault_of(opening, lab.surfaces()) is trust.EVIDENCE_UNREADABLE


# The issuer


def test_a_municipality_certified_by_nobody_who_may_is_forged(lab: Lab) -> None:
    assert fault_of(lab.card(forged_issuer=True).opening("0001", DIGEST), lab.surfaces()) is trust.SURFACE_ISSUER_FORGED


def test_the_key_of_another_application_does_not_sign_the_surface(lab: Lab) -> None:
    other = lab.jlis.municipality(cvc.CvUse.ATTRIBUTES, "99201")
    opening = replace(lab.card().opening("0001", DIGEST), issuer=other.certificate)
    assert fault_of(opening, lab.surfaces()) is trust.SURFACE_ISSUER_UNKNOWN


@pytest.mark.parametrize(
    ("digit", "fault"),
    [(b"9", trust.SURFACE_ISSUER_TEST), (b"6", trust.SURFACE_ISSUER_TEST), (b"5", trust.SURFACE_ISSUER_UNKNOWN)],
)
def test_test_cards_are_named_as_such_where_only_real_ones_are_accepted(lab: Lab, digit: bytes, fault: Fault) -> None:
    opening = lab.card().opening("0001", DIGEST)
    changed = opening.issuer[:10] + digit + opening.issuer[11:]
    assert fault_of(replace(opening, issuer=changed), SurfaceAnchors({})) is fault


@pytest.mark.parametrize(
    "make",
    [
        lambda good: b"",
        lambda good: good[:-1],
        lambda good: good + b"\x00",
        lambda good: tlv(0x7F21, tlv(0x5F4E, b"x"), tlv(0x5F37, b"y")),
        lambda good: tlv(0x7F21, tlv(0x5F4E, bytes(297)), tlv(0x5F37, bytes(256))),
        lambda good: b"\x7f\x21\x85\x00\x00\x00\x00\x00",
        lambda good: b"\x7f\xa1\xa1\xa1\x00",
        lambda good: b"\x7f\x21\x80",
    ],
)
def test_what_is_no_certificate_of_a_municipality_is_refused(lab: Lab, make: object) -> None:
    opening = lab.card().opening("0001", DIGEST)
    content = make(opening.issuer)  # type: ignore[operator]
    assert fault_of(replace(opening, issuer=content), lab.surfaces()) is trust.EVIDENCE_UNREADABLE


# Anchors


def test_surface_anchors_come_from_files_named_by_their_key_id(lab: Lab, tmp_path: Path) -> None:
    for key_id, key in lab.jlis.surface_ca_keys().items():
        (tmp_path / f"{key_id}.der").write_bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        pem = tmp_path / f"{key_id}.pem"
        pem.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for pattern in ("*.der", "*.pem"):
        anchors = SurfaceAnchors.from_files(tmp_path.glob(pattern), hierarchies=[LAB])
        assert surface.read(lab.card().opening("0001", DIGEST), anchors).birth_date == BIRTH


@pytest.mark.parametrize("hierarchies", [[PRODUCTION], [PRODUCTION, TEST]])
def test_a_laboratory_key_is_pinned_only_where_the_setting_says_so(lab: Lab, hierarchies: list[str]) -> None:
    pinned = {bytes.fromhex(key_id): key for key_id, key in lab.jlis.surface_ca_keys().items()}
    with pytest.raises(OnshiError) as caught:
        SurfaceAnchors(pinned, hierarchies=hierarchies)
    assert caught.value.fault is trust.ANCHOR_WRONG


@pytest.mark.parametrize("name", ["missing.der", "zz.der", "39.der", "p256.der"])
def test_a_wrong_surface_anchor_stops_the_start(lab: Lab, tmp_path: Path, name: str) -> None:
    key = keys().p256("x") if name == "p256.der" else keys().rsa_2048("surface")
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    place = tmp_path / (name if name != "p256.der" else "39" * 16 + ".der")
    if name != "missing.der":
        place.write_bytes(spki)
    with pytest.raises(OnshiError) as caught:
        SurfaceAnchors.from_files([place], hierarchies=[LAB])
    assert caught.value.fault is trust.ANCHOR_WRONG


_LAB = Lab()
_ANCHORS = _LAB.surfaces()
_CARD = _LAB.card()


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_changed_evidence_never_passes_and_never_surprises(data: st.DataObject) -> None:
    opening = _CARD.opening(data.draw(st.sampled_from(["0001", "0002"])), DIGEST)
    part = data.draw(st.sampled_from(["attributes", "signature", "issuer"]))
    content = bytearray(getattr(opening, part))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(OnshiError):
        surface.read(replace(opening, **{part: bytes(content)}), _ANCHORS)


@given(attributes=st.binary(max_size=80), signature=st.binary(max_size=300), issuer=st.binary(max_size=80))
@settings(deadline=None)
def test_rubbish_is_refused_with_a_catalogue_error(attributes: bytes, signature: bytes, issuer: bytes) -> None:
    good = _CARD.opening("0001", DIGEST)
    for change in ({"attributes": attributes}, {"signature": signature}, {"issuer": issuer}):
        with pytest.raises(OnshiError):
            surface.read(replace(good, **change), _ANCHORS)
