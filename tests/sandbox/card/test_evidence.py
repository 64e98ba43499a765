"""What a card gives is what the centre's own verification accepts: two readings of the reference meet here."""

import hashlib

import pytest

from central.trust import surface
from protocol.errors import OnshiError, trust
from protocol.visit import DIGEST_INFO_SHA256, SurfaceEvidence
from sandbox.card import VirtualCard
from sandbox.jlis.cvc import CvUse, key_id
from tests.parts.cards import toy_key, toy_photo
from tests.sandbox.card.bench import Bench
from tests.sandbox.card.test_files import BIRTH, B, file_of

DIGEST = hashlib.sha256(b"statement").digest()
ANCHORS = surface.SurfaceAnchors(
    {key_id(CvUse.SURFACE, 0, 1): toy_key(f"cv {CvUse.SURFACE.value}").public_key()}, hierarchies=["JPKI-LAB"]
)


def evidence(card: VirtualCard, fid: int) -> SurfaceEvidence:
    """Read by hand, as no code of the appliance does it."""
    bench = Bench(card)
    bench.application("surface")
    bench.verify(*((0x11, BIRTH) if fid == 1 else (0x12, B)))
    content, found = file_of(bench.read(fid))
    if fid == 1:
        attributes = content[content.index(b"\xdf\x11") : content.index(bytes.fromhex("DF13820100"))]
        digests: tuple[()] | tuple[bytes, bytes] = ()
        signature = found[0xDF13]
    else:
        cuts = [int.from_bytes(found[0xDF21][at : at + 2], "big") for at in range(0, 18, 2)]
        attributes = content[cuts[0] : cuts[3]]
        digests = (
            hashlib.sha256(content[cuts[3] : cuts[5]]).digest(),
            hashlib.sha256(content[cuts[5] : cuts[6]]).digest(),
        )
        signature = found[0xDF28]
    signed = DIGEST_INFO_SHA256 + DIGEST
    return SurfaceEvidence(
        file="0001" if fid == 1 else "0002",
        attributes=attributes,
        digests=digests,
        signature=signature,
        issuer=bench.read(0x04)[:568],
        card_signature=bench.send(f"802A0000{len(signed):02X}{signed.hex()}00"),
    )


@pytest.mark.parametrize("fid", [1, 2])
def test_a_genuine_card_proves_itself(card: VirtualCard, fid: int) -> None:
    given = evidence(card, fid)
    read = surface.read(given, ANCHORS)
    assert f"{read.birth_date:%Y%m%d}" == "19800217"
    assert read.sex == (None if fid == 1 else "2")
    assert read.verifies(given.card_signature, DIGEST)
    if fid == 2:
        photo = toy_photo()
        whole = bytes.fromhex(f"DF2782{len(photo):04X}") + photo
        assert read.photo == hashlib.sha256(whole).hexdigest()


@pytest.mark.parametrize("fid", [1, 2])
def test_a_changed_birth_date_is_a_forgery(card: VirtualCard, fid: int) -> None:
    given = evidence(card, fid)
    changed = SurfaceEvidence(
        file=given.file,
        attributes=given.attributes.replace(b"19800217", b"19810217"),
        digests=given.digests,
        signature=given.signature,
        issuer=given.issuer,
        card_signature=given.card_signature,
    )
    with pytest.raises(OnshiError) as refused:
        surface.read(changed, ANCHORS)
    assert refused.value.fault == trust.SURFACE_FORGED
