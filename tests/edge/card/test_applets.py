"""Cards that lack a file, or hold something odd in it: each has its own word, and none is guessed."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edge.card import wire, worker
from edge.card.calls import Call, perform
from edge.card.credentials import zero
from edge.card.pcscd import PcscdUnit
from edge.card.port import Credential, Tries
from edge.card.session import CardSitting
from protocol.errors import Fault, OnshiError, card
from sandbox.card import VirtualCard
from sandbox.card.model import Always, Records, Transparent
from tests.edge.card.scard import FakeScard
from tests.edge.card.world import Scripted
from tests.parts.cards import toy_card


class Direct:
    """A virtual card as a connection."""

    extended = True

    def __init__(self, virtual: VirtualCard) -> None:
        self.atr = virtual.atr
        self._virtual = virtual

    def transmit(self, command: bytes | bytearray) -> bytes:
        return self._virtual.transmit(bytes(command))

    def close(self) -> None:
        pass


def sitting(application: str, fid: int, content: Transparent | Records | None) -> CardSitting:
    """An ordinary card with one file changed, or taken away."""
    virtual = toy_card()
    for found in virtual.applications.values():
        if found.name == application:
            files = dict(found.files)
            del files[fid]
            object.__setattr__(found, "files", files if content is None else {**files, fid: content})
    return CardSitting(Direct(virtual))


def refused(sitting: CardSitting, operation: str, fault: Fault, *arguments: object) -> None:
    with pytest.raises(OnshiError) as raised:
        getattr(sitting, operation)(*arguments)
    assert raised.value.fault is fault


@pytest.mark.parametrize("label", [b"\xff" * 160, b"A\x07B" + b" " * 157])
def test_a_label_that_is_no_text_is_garbled(label: bytes) -> None:
    refused(sitting("jpki", 0x06, Transparent(label, Always.FREE)), "identify", card.GARBLED)


def test_a_generation_without_the_list_of_certificates_is_asked_for_them() -> None:
    identity = sitting("jpki", 0x08, None).identify()
    assert (identity.has_authentication_certificate, identity.has_signature_certificate) == (True, True)
    refused(sitting("jpki", 0x08, Transparent(b"\x8f", Always.FREE)), "identify", card.GARBLED)


def test_missing_ca_certificates_are_none() -> None:
    assert sitting("jpki", 0x0B, None).ca_certificates().authentication is None


def test_a_card_without_a_pin_says_so_and_is_never_asked() -> None:
    without = sitting("jpki", 0x18, None)
    refused(without, "tries", card.NO_PIN, Credential.PIN)
    refused(without, "verify_pin", card.NO_PIN, bytearray(b"1234"))
    assert without.counters().pin is None
    assert sitting("jpki", 0x1B, None).counters().signature_password is None


def test_a_card_without_its_key_has_no_certificate_to_use() -> None:
    without = sitting("jpki", 0x17, None)
    without.verify_pin(bytearray(b"1234"))
    refused(without, "sign_authentication", card.CERTIFICATE_MISSING, bytes(32))


def test_missing_numbers_are_told_as_a_missing_surface() -> None:
    refused(sitting("surface", 0x11, None), "tries", card.SURFACE_MISSING, Credential.BIRTH)
    refused(sitting("attributes", 0x15, None), "attributes_tries", card.SURFACE_MISSING)
    refused(sitting("attributes", 0x02, None), "attributes", card.SURFACE_MISSING, bytearray(b"55021720352285"))
    refused(sitting("common", 0x01, None), "issue", card.SURFACE_MISSING)
    refused(sitting("common", 0x01, Records((b"\x01\x02ab",), Always.FREE)), "issue", card.GARBLED)


def test_a_name_that_is_no_utf_8_is_garbled() -> None:
    odd = Transparent(bytes.fromhex("FF2005DF2202FFFE"), Always.FREE)
    refused(sitting("attributes", 0x02, odd), "attributes", card.GARBLED, bytearray(b"55021720352285"))


def test_the_pin_opens_no_surface_and_is_zeroed_all_the_same() -> None:
    secret = bytearray(b"1234")
    with pytest.raises(ValueError, match="PIN"):
        CardSitting(Scripted()).open_surface(Credential.PIN, secret)
    assert secret == bytes(4)


def test_other_failures_of_counters_are_not_swallowed() -> None:
    with pytest.raises(OnshiError) as raised:
        CardSitting(Scripted("6F00")).counters()
    assert raised.value.fault is card.GARBLED


def test_nothing_but_the_listed_operations_can_be_called() -> None:
    with pytest.raises(ValueError, match="close"):
        perform(CardSitting(Scripted()), Call(operation="close"), bytearray())


def test_an_order_is_read_with_its_secret_and_the_buffer_is_zeroed() -> None:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with here, there:
        frame = wire.order(7, Call(operation="verify_pin"), bytearray(b"1234"))
        assert b"1234" in frame
        here.send(frame)
        zero(frame)
        buffer = bytearray(200)
        received = wire.receive_order(there, buffer)
        assert received is not None
        assert (received[0].number, received[1]) == (7, b"1234")
        assert buffer == bytes(200)
        here.send(b"rubbish")
        with pytest.raises(ValueError, match="not an order"):
            wire.receive_order(there, buffer)
        here.close()
        assert wire.receive_order(there, buffer) is None


def test_results_come_back_as_what_the_operation_gives() -> None:
    assert wire.value("tries", wire.encode(b"", Tries(left=3))) == Tries(left=3)
    assert wire.value(wire.PHOTO, b"\x05") == 5
    assert wire.value(wire.CLOSE, b"\xc0") is None


@pytest.mark.sockets
def test_a_worker_is_hardened_and_ends_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    hardened: list[bool] = []
    monkeypatch.setattr(worker, "harden", lambda: hardened.append(True))
    monkeypatch.setattr(worker.pcsc, "load", lambda: FakeScard("x 00 00"))
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    here.close()
    assert worker.main(["--line", str(there.detach()), "--reader", "x", "--traffic"]) == 0
    assert hardened == [True]


def test_hardening_forbids_core_dumps_and_tracing() -> None:
    """In a process of its own, because it cannot be taken back."""
    program = (
        "import resource, signal; from edge.card.worker import harden; harden();"
        "print(resource.getrlimit(resource.RLIMIT_CORE), signal.getsignal(signal.SIGINT) is signal.SIG_IGN,"
        "__import__('ctypes').CDLL(None).prctl(3))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert told.stdout.strip() == "(0, 0) True 0"


@pytest.mark.parametrize(("program", "fine"), [("true", True), ("false", False)])
async def test_a_pcscd_under_systemd_is_restarted_by_its_unit(program: str, fine: bool) -> None:
    found = shutil.which(program)
    assert found is not None
    unit = PcscdUnit("onshi-pcscd.service", program=Path(found))
    if fine:
        await unit.restart()
        return
    with pytest.raises(OnshiError) as raised:
        await unit.restart()
    assert raised.value.fault is card.READER_UNAVAILABLE
