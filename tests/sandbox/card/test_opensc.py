"""OpenSC, an unrelated client, recognises and uses the card over a real pcscd. Nothing of ours reads the card here."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from sandbox.card import Faults, VirtualCard, When
from sandbox.card.vpcd import CardOnReader
from tests.conftest import need
from tests.parts.cards import PASSWORD, toy_card, toy_certificate, toy_key
from tests.parts.pcscd import Pcscd, private_pcscd

pytestmark = pytest.mark.real

MODULE = "opensc-pkcs11.so"


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    with private_pcscd() as running:
        yield running


class Client:
    """Runs OpenSC's tools against the first reader."""

    def __init__(self, pcscd: Pcscd) -> None:
        self._pcscd = pcscd

    def run(self, *command: str | Path, code: int = 0) -> str:
        done = subprocess.run(
            [need(str(command[0])), *command[1:]],
            env=self._pcscd.environment,
            capture_output=True,
            timeout=30,
            check=False,
        )
        told = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == code, told
        return told

    def certificate(self, identifier: str, out: Path, *more: str) -> bytes:
        self.run("pkcs15-tool", "--read-certificate", identifier, *more, "--out", out)
        return subprocess.run(
            ["openssl", "x509", "-in", out, "-outform", "DER"], capture_output=True, check=True, timeout=10
        ).stdout


def until(pcscd: Pcscd, reader: str, card: str, seconds: float = 30.0) -> None:
    """Wait until the list of readers says Yes or No for a card in this one (pcscd looks every 0.4 s)."""
    limit = time.monotonic() + seconds
    while True:
        lines = [line for line in Client(pcscd).run("opensc-tool", "-l").splitlines() if line.endswith(reader)]
        if lines and card in lines[0].split():
            return
        assert time.monotonic() < limit, lines
        time.sleep(0.05)


@pytest.fixture
def inserted(pcscd: Pcscd) -> Iterator[VirtualCard]:
    card = toy_card()
    with CardOnReader(card, pcscd.ports[0]) as reader:
        assert reader.wait_seen()
        until(pcscd, pcscd.readers[0], "Yes")
        yield card
    # The next test's card must not slip into this one's place unseen.
    until(pcscd, pcscd.readers[0], "No")


@pytest.fixture
def client(pcscd: Pcscd, inserted: VirtualCard) -> Client:
    return Client(pcscd)


def test_opensc_recognises_the_card(client: Client) -> None:
    assert "jpki" in client.run("opensc-tool", "-n").splitlines()


def test_opensc_lists_pins_keys_and_certificates(client: Client) -> None:
    told = client.run("pkcs15-tool", "--dump")
    for heading, count in (("PIN [", 2), ("Private RSA Key [", 2), ("X.509 Certificate [", 4)):
        assert told.count(heading) == count, told


def test_opensc_reads_the_certificates_byte_for_byte(client: Client, tmp_path: Path) -> None:
    assert client.certificate("1", tmp_path / "1") == toy_certificate("authentication")
    assert client.certificate("3", tmp_path / "3") == toy_certificate("authentication ca")
    assert client.certificate("4", tmp_path / "4") == toy_certificate("signature ca")
    opened = client.certificate("2", tmp_path / "2", "--verify-pin", "--auth-id", "2", "--pin", PASSWORD)
    assert opened == toy_certificate("signature")


@pytest.mark.parametrize(
    ("identifier", "slot", "pin", "name"),
    [("1", "0", "1234", "authentication"), ("2", "1", PASSWORD, "signature")],
)
def test_opensc_signs_and_the_signature_verifies(
    client: Client, tmp_path: Path, identifier: str, slot: str, pin: str, name: str
) -> None:
    text, signature = tmp_path / "text", tmp_path / "signature"
    text.write_bytes(b"one visit")
    client.run(
        "pkcs11-tool", "--module", MODULE, "--slot-index", slot, "--login", "--pin", pin,
        "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", identifier,
        "--input-file", text, "--output-file", signature,
    )  # fmt: skip
    toy_key(name).public_key().verify(signature.read_bytes(), b"one visit", padding.PKCS1v15(), hashes.SHA256())


def test_opensc_sees_a_wrong_pin_counted_down(client: Client, inserted: VirtualCard) -> None:
    client.run("pkcs15-tool", "--verify-pin", "--auth-id", "1", "--pin", "0000", code=255)
    assert inserted.secret("jpki", 0x18).left == 2
    client.run("pkcs15-tool", "--verify-pin", "--auth-id", "1", "--pin", "1234")
    assert inserted.secret("jpki", 0x18).left == 3


def test_the_card_comes_back_when_pcscd_restarts(pcscd: Pcscd) -> None:
    with CardOnReader(toy_card(), pcscd.ports[1]) as reader:
        assert reader.wait_seen()
        for again in (pcscd.restart, pcscd.kill):
            again()
            if again == pcscd.kill:
                pcscd.start()
            until(pcscd, pcscd.readers[1], "Yes")


def test_removal_in_the_middle_of_a_command_ends_the_session(pcscd: Pcscd) -> None:
    card = toy_card()
    with CardOnReader(card, pcscd.ports[1]) as reader:
        assert reader.wait_seen()
        card.faults = Faults(eject=When(instruction=0xB0))
        Client(pcscd).run("pkcs15-tool", "--reader", pcscd.readers[1], "--read-certificate", "1", code=1)
        assert not card.present
        until(pcscd, pcscd.readers[1], "No")
        reader.insert(toy_card())
        until(pcscd, pcscd.readers[1], "Yes")
