"""Pinning: which certificates may be anchors, and what a wrong file says."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from central.db import Store
from central.trust.anchors import LAB, PRODUCTION, TEST, Anchors
from central.trust.service import PinnedFiles, open_trust
from protocol.errors import OnshiError, trust
from sandbox.jlis.authority import GENERATIONS, Organisation, Purpose
from tests.central.cards import Lab


def pinned(lab: Lab, folder: Path) -> PinnedFiles:
    for purpose in Purpose:
        place = folder / purpose.slug
        place.mkdir()
        for number, der in enumerate(lab.jlis.anchors(purpose)):
            (place / f"{number}.cer").write_bytes(der)
    (folder / "authentication" / ".hidden").write_bytes(b"rubbish")
    (folder / "surface").mkdir()
    return PinnedFiles.in_folder(folder)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_trust_is_opened_from_a_folder_of_pinned_files(lab: Lab, store: Store, tmp_path: Path) -> None:
    opened = open_trust(store, pinned(lab, tmp_path), hierarchies=[LAB])
    der = lab.issue().der
    assert der is not None
    assert opened.certificates.read(der).issuer in set(opened.anchors)
    assert len(list(opened.anchors)) == len(GENERATIONS)


def test_a_folder_that_is_not_there_pins_nothing(tmp_path: Path) -> None:
    assert PinnedFiles.in_folder(tmp_path / "none") == PinnedFiles(authentication=[], signature=[], surface=[])


@pytest.mark.parametrize("hierarchies", [[PRODUCTION], [PRODUCTION, TEST]])
def test_laboratory_anchors_only_where_the_setting_says_so(lab: Lab, hierarchies: list[str]) -> None:
    with pytest.raises(OnshiError) as caught:
        Anchors(lab.jlis.anchors(Purpose.AUTHENTICATION), hierarchies=hierarchies)
    assert caught.value.fault is trust.ANCHOR_WRONG
    assert caught.value.details["organisation"] == LAB


def test_the_test_hierarchy_can_be_accepted_beside_others(lab: Lab) -> None:
    der = lab.jlis.anchors(Purpose.AUTHENTICATION, Organisation.TEST)
    assert [one.organisation for one in Anchors(der, hierarchies=[PRODUCTION, TEST])] == [TEST]


def test_pem_files_are_read_as_well(lab: Lab, tmp_path: Path) -> None:
    place = tmp_path / "anchor.pem"
    authority = lab.jlis.authority(Purpose.AUTHENTICATION)
    place.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    anchors = Anchors.from_files([place], hierarchies=[LAB])
    assert anchors.by_key(authority.key_id) is not None
    assert anchors.by_key("00" * 20) is None


def test_the_same_anchor_twice_is_one(lab: Lab) -> None:
    der = lab.jlis.anchors(Purpose.AUTHENTICATION)
    assert len(list(Anchors([*der, *der], hierarchies=[LAB]))) == len(der)


def test_a_leaf_is_no_anchor(lab: Lab) -> None:
    der = lab.issue().der
    assert der is not None
    with pytest.raises(OnshiError) as caught:
        Anchors([der], hierarchies=[LAB])
    assert caught.value.fault is trust.ANCHOR_WRONG


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_a_file_that_is_none_stops_the_start_and_is_named(tmp_path: Path, content: bytes | None) -> None:
    place = tmp_path / "wrong.cer"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(OnshiError) as caught:
        Anchors.from_files([place])
    assert caught.value.fault is trust.ANCHOR_WRONG


_LAB = Lab()
_READER = _LAB.reader()
_DER = _LAB.issue("fuzzed").der or b""


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_changed_certificates_never_pass_and_never_surprise(data: st.DataObject) -> None:
    changed = bytearray(_DER)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    if bytes(changed) == _DER:
        return
    with pytest.raises(OnshiError):
        _READER.read(bytes(changed))


@given(content=st.binary(max_size=300))
@settings(deadline=None)
def test_rubbish_is_refused_with_a_catalogue_error(content: bytes) -> None:
    for read in (_READER.read, lambda der: Anchors([der])):
        with pytest.raises(OnshiError):
            read(content)


def test_every_resigned_oddity_of_a_certificate_is_refused_or_read() -> None:
    """Signed by the CA itself, so that the profile's own parsing is met: names, dates and extensions cut to pieces."""
    authority = _LAB.jlis.authority(Purpose.AUTHENTICATION)
    tbs = x509.load_der_x509_certificate(_DER).tbs_certificate_bytes
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    from central.trust.crl import SHA256_WITH_RSA
    from sandbox.card.tlv import tlv

    refused = 0
    for at in range(0, len(tbs), 3):
        changed = bytearray(tbs)
        changed[at] ^= 0x21
        signature = authority.key.sign(bytes(changed), padding.PKCS1v15(), hashes.SHA256())
        try:
            _READER.read(tlv(0x30, bytes(changed), SHA256_WITH_RSA, tlv(0x03, b"\x00" + signature)))
        except OnshiError:
            refused += 1
    assert refused > 20
