"""``80 2A`` with each key and each meaning of P1, the municipality's signatures, internal authentication."""

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from protocol.visit import DIGEST_INFO_SHA256
from sandbox.jlis.cvc import CvUse
from tests.parts.cards import toy_issuer, toy_key
from tests.sandbox.card.bench import Bench
from tests.sandbox.card.test_files import BIRTH, B, file_of

DIGEST = hashlib.sha256(b"statement").digest()
V15 = padding.PKCS1v15()


def sign_command(p1: int, p2: int, data: bytes) -> str:
    return f"802A{p1:02X}{p2:02X}{len(data):02X}{data.hex()}00"


def recovered(key: rsa.RSAPublicKey, signature: bytes) -> bytes:
    return key.recover_data_from_signature(signature, V15, None)


@pytest.mark.parametrize(
    ("pin", "secret", "key", "name"), [(0x18, "1234", 0x17, "authentication"), (0x1B, "ABC123", 0x1A, "signature")]
)
def test_a_key_signs_after_its_own_pin_only(bench: Bench, pin: int, secret: str, key: int, name: str) -> None:
    bench.application("jpki")
    command = sign_command(0, 0x80 | key, DIGEST_INFO_SHA256 + DIGEST)
    bench.send(command, 0x6982)
    bench.verify(0x1B if pin == 0x18 else 0x18, "ABC123" if pin == 0x18 else "1234")
    bench.send(command, 0x6982)
    bench.verify(pin, secret)
    signature = bench.send(command)
    toy_key(name).public_key().verify(signature, b"statement", V15, hashes.SHA256())
    bench.application("jpki")
    bench.send(command, 0x6982)


def test_the_sequence_of_the_traces_signs_with_the_current_file(bench: Bench) -> None:
    bench.application("jpki")
    bench.file(0x18)
    bench.send("00200080", 0x63C3)
    bench.send("002000800431323334")
    bench.file(0x17)
    signature = bench.send(sign_command(0, 0x80, DIGEST_INFO_SHA256 + DIGEST))
    assert recovered(toy_key("authentication").public_key(), signature) == DIGEST_INFO_SHA256 + DIGEST


def test_p1_says_what_is_signed(bench: Bench) -> None:
    key = toy_key("surface").public_key()
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    bench.application("surface")
    assert recovered(key, bench.send(sign_command(0, 0, b"\x42"))) == b"\x42"
    assert recovered(key, bench.send(sign_command(1, 0, b"statement"))) == DIGEST
    for p1, data in ((2, DIGEST), (3, b"statement")):
        key.verify(bench.send(sign_command(p1, 0, data)), b"statement", V15, hashes.SHA256())
    for p1, data in ((4, DIGEST), (5, b"statement")):
        key.verify(bench.send(sign_command(p1, 0, data)), b"statement", pss, hashes.SHA256())


def test_what_signing_refuses(bench: Bench) -> None:
    bench.application("surface")
    bench.send(sign_command(6, 0, DIGEST), 0x6A86)
    bench.send(sign_command(2, 0, DIGEST[1:]), 0x6985)
    bench.send(sign_command(4, 0, DIGEST + b"\x00"), 0x6985)
    bench.send(sign_command(0, 0, bytes(246)), 0x6985)
    bench.send("802A000000", 0x6700)
    bench.send(sign_command(0, 0, DIGEST)[:-2], 0x6700)
    bench.send(sign_command(0, 0, DIGEST)[:-2] + "40", 0x6700)
    bench.send(sign_command(0, 0x84, DIGEST), 0x6981)
    bench.send(sign_command(0, 0x80, DIGEST), 0x6981)
    bench.application("jpki")
    bench.send(sign_command(0, 0, DIGEST), 0x6A86)
    bench.application("attributes")
    bench.send(sign_command(0, 0, DIGEST), 0x6982)
    bench.verify(0x15, B)
    bench.send(sign_command(0, 0, DIGEST), 0x6985)


def test_extended_length_signs_as_well(bench: Bench) -> None:
    bench.application("surface")
    signature = bench.send(f"802A0000000020{DIGEST.hex()}0000")
    assert recovered(toy_key("surface").public_key(), signature) == DIGEST


def test_the_birth_record_is_signed_over_its_objects(bench: Bench) -> None:
    bench.application("surface")
    bench.verify(0x11, BIRTH)
    content, found = file_of(bench.read(0x01))
    start, end = content.index(bytes.fromhex("DF11")), content.index(bytes.fromhex("DF13820100"))
    issuer = toy_issuer(CvUse.SURFACE).key.public_key()
    issuer.verify(found[0xDF13], content[start:end], V15, hashes.SHA256())
    assert found[0xDF11] == b"19800217"


def test_the_face_is_signed_over_three_digests_in_one_digest_info(bench: Bench) -> None:
    bench.application("surface")
    bench.verify(0x12, B)
    content, found = file_of(bench.read(0x02))
    cuts = [int.from_bytes(found[0xDF21][at : at + 2], "big") for at in range(0, 18, 2)]
    parts = (content[cuts[0] : cuts[3]], content[cuts[3] : cuts[5]], content[cuts[5] : cuts[6]])
    digests = b"".join(hashlib.sha256(part).digest() for part in parts)
    issuer = toy_issuer(CvUse.SURFACE).key.public_key()
    head = bytes.fromhex("3071300d060960864801650304020105000460")
    assert recovered(issuer, found[0xDF28]) == head + digests
    with pytest.raises(InvalidSignature):
        issuer.verify(found[0xDF28], digests, V15, hashes.SHA256())


def test_the_chain_ends_at_the_authority_of_the_application(bench: Bench) -> None:
    bench.application("surface")
    certificate = bench.read(0x04)[:568]
    body, signature = certificate[10 : 10 + 297], certificate[-256:]
    assert body[:9] == b"9000023\x08\x05"
    toy_key(f"cv {CvUse.SURFACE.value}").public_key().verify(signature, body, V15, hashes.SHA256())


def test_the_common_application_authenticates_itself(bench: Bench) -> None:
    bench.application("common")
    signature = bench.send("0088009908" + "11" * 8 + "00")
    assert recovered(toy_key("surface").public_key(), signature) == b"\x11" * 8
    bench.send("0088009808" + "11" * 8 + "00", 0x6A86)
    bench.send("00880099", 0x6700)
