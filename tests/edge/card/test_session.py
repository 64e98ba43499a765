"""A whole card through the in-process port: what a visit calls, and every refusal that it can meet."""

import asyncio
import hashlib
import os
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from edge.card import cvc
from edge.card.port import Credential, ReaderState
from protocol.errors import Fault, OnshiError, card
from sandbox.card import Token, VirtualCard, When, driving_licence
from tests.edge.card.world import port
from tests.parts.cards import toy_card, toy_certificate, toy_key, toy_photo
from tests.parts.until import until

PIN, NUMBER_B, BIRTH = b"1234", b"55021720352285", b"550217"
DIGEST = hashlib.sha256(b"a statement").digest()


def certificate_key(der: bytes) -> rsa.RSAPublicKey:
    key = x509.load_der_x509_certificate(der).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return key


async def refused(awaitable: object, fault: Fault, **details: str | int) -> OnshiError:
    with pytest.raises(OnshiError) as raised:
        await awaitable  # type: ignore[misc]
    assert raised.value.fault is fault
    assert {name: raised.value.details.get(name) for name in details} == details
    return raised.value


async def test_a_pin_visit_proves_the_authentication_key() -> None:
    session = await port(toy_card()).open()
    identity = await session.identify()
    assert (identity.token, identity.has_authentication_certificate) == ("JPKIAPICCTOKEN2", True)
    certificate = await session.authentication_certificate()
    assert certificate == toy_certificate("authentication")
    pin = bytearray(PIN)
    await session.verify_pin(pin)
    assert pin == bytes(4)
    signature = await session.sign_authentication(DIGEST)
    assert cvc.signed_by(certificate_key(certificate), signature, DIGEST)
    await session.close()


async def test_surface_first_then_pin_proves_both_keys_in_one_session() -> None:
    session = await port(toy_card()).open()
    opening = await session.open_surface(Credential.NUMBER_B, bytearray(NUMBER_B))
    assert cvc.signed_by(cvc.card_key(opening), await session.sign_surface(DIGEST), DIGEST)
    await session.verify_pin(bytearray(PIN))
    await session.sign_authentication(DIGEST)
    await session.sign_authentication(hashlib.sha256(b"the consent").digest())


async def test_another_application_after_the_pin_takes_its_right_away() -> None:
    virtual = toy_card()
    session = await port(virtual).open()
    await session.verify_pin(bytearray(PIN))
    await session.sign_surface(DIGEST)
    sent = len(virtual.trace)
    await refused(session.sign_authentication(DIGEST), card.PIN_NEEDED)
    assert len(virtual.trace) == sent


async def test_the_card_face_comes_with_its_digests_and_without_the_photo() -> None:
    session = await port(toy_card()).open()
    opening = await session.open_surface(Credential.NUMBER_B, bytearray(NUMBER_B))
    assert (opening.file, opening.birth_date, opening.sex, opening.expiry) == ("0002", "19800217", "2", "20350217")
    assert opening.photo is not None
    assert (opening.photo.format, opening.photo.size) == ("jp2", len(toy_photo()))
    assert opening.photo.width
    assert cvc.verdict(opening, {}) is cvc.Verdict.ISSUER_UNKNOWN
    authority = cvc.parse(opening.issuer).authority
    known = {authority: toy_key("cv 9000023").public_key()}
    assert cvc.verdict(opening, known) is cvc.Verdict.GENUINE
    assert cvc.verdict(opening, {authority: toy_key("other").public_key()}) is cvc.Verdict.ISSUER_FORGED


async def test_the_birth_date_opens_the_age_record_only() -> None:
    session = await port(toy_card()).open()
    opening = await session.open_surface(Credential.BIRTH, bytearray(BIRTH))
    assert (opening.file, opening.birth_date, opening.sex, opening.photo_digest) == ("0001", "19800217", None, None)
    assert cvc.verdict(opening, {}) is cvc.Verdict.ISSUER_UNKNOWN
    assert cvc.signed_by(cvc.card_key(opening), await session.sign_surface(DIGEST), DIGEST)


async def test_a_card_without_a_photo_opens_and_names_none() -> None:
    session = await port(toy_card(photo=None)).open()
    opening = await session.open_surface(Credential.NUMBER_B, bytearray(NUMBER_B))
    assert (opening.photo, opening.photo_digest) == (None, None)
    assert cvc.verdict(opening, {}) is cvc.Verdict.ISSUER_UNKNOWN
    here, there = os.pipe()
    await refused(session.photo_to(there), card.SURFACE_MISSING)
    os.close(here)
    os.close(there)


async def test_the_photo_goes_to_a_descriptor_only() -> None:
    session = await port(toy_card()).open()
    await session.open_surface(Credential.NUMBER_B, bytearray(NUMBER_B))
    here, there = os.pipe()
    got: list[bytes] = []

    def read() -> None:
        with os.fdopen(here, "rb") as end:
            got.append(end.read())

    reader = threading.Thread(target=read)
    reader.start()
    assert await session.photo_to(there) == len(toy_photo())
    os.close(there)
    await asyncio.to_thread(reader.join)
    assert got == [toy_photo()]


async def test_the_attributes_come_as_text() -> None:
    session = await port(toy_card()).open()
    found = await session.attributes(bytearray(NUMBER_B))
    assert (found.name, found.birth_date, found.sex) == ("海老　花子", "19800217", "2")


async def test_counters_certificates_and_issue_cost_nothing() -> None:
    session = await port(toy_card()).open()
    counters = await session.counters()
    assert counters.pin is not None
    assert counters.number_b is not None
    assert (counters.pin.left, counters.number_b.left) == (3, 10)
    certificates = await session.ca_certificates()
    assert certificates.authentication == toy_certificate("authentication ca")
    issue = await session.issue()
    assert (issue.municipality, issue.expiry) == ("99201", "20350217")


async def test_a_wrong_pin_tells_the_tries_left_until_it_is_locked() -> None:
    session = await port(toy_card()).open()
    await refused(session.verify_pin(bytearray(b"0000")), card.PIN_WRONG, tries_left=2)
    await refused(session.verify_pin(bytearray(b"0000")), card.PIN_WRONG, tries_left=1)
    await refused(session.verify_pin(bytearray(b"0000")), card.PIN_BLOCKED, tries_left=0)


async def test_a_locked_pin_is_never_tried() -> None:
    virtual = toy_card(blocked={"pin"})
    session = await port(virtual).open()
    assert (await session.tries(Credential.PIN)).blocked
    await refused(session.verify_pin(bytearray(PIN)), card.PIN_BLOCKED)
    assert not [command for command in virtual.trace if command[1] == 0x20 and len(command) > 4]


@pytest.mark.parametrize("digits", [b"", b"123", b"12345", b"12a4", "１２３４".encode()])
async def test_a_pin_of_another_form_never_reaches_the_card(digits: bytes) -> None:
    virtual = toy_card()
    session = await port(virtual).open()
    await refused(session.verify_pin(bytearray(digits)), card.PIN_FORM)
    assert virtual.trace == []


async def test_a_driving_licence_is_not_a_my_number_card() -> None:
    session = await port(driving_licence()).open()
    await refused(session.identify(), card.NOT_MY_NUMBER_CARD)


async def test_a_card_without_certificates_says_so() -> None:
    session = await port(toy_card(authentication_certificate=None, signature_certificate=None)).open()
    identity = await session.identify()
    assert (identity.has_authentication_certificate, identity.has_signature_certificate) == (False, False)
    await refused(session.authentication_certificate(), card.CERTIFICATE_MISSING)
    await session.open_surface(Credential.BIRTH, bytearray(BIRTH))


async def test_a_telephone_wants_its_pin_first_and_has_no_card_face() -> None:
    session = await port(toy_card(token=Token.ANDROID)).open()
    assert (await session.identify()).token == "JPKIAPGPSETOKEN"
    await refused(session.authentication_certificate(), card.PIN_NEEDED)
    await refused(session.open_surface(Credential.BIRTH, bytearray(BIRTH)), card.SURFACE_MISSING)
    await refused(session.issue(), card.SURFACE_MISSING)
    assert (await session.counters()).number_b is None
    await session.verify_pin(bytearray(PIN))
    assert await session.authentication_certificate() == toy_certificate("authentication")


async def test_signing_needs_the_pin() -> None:
    session = await port(toy_card()).open()
    await refused(session.sign_authentication(DIGEST), card.PIN_NEEDED)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_removal_at_any_command_ends_the_session_and_empties_the_reader(at: int) -> None:
    virtual = toy_card()
    reader = port(virtual)
    session = await reader.open()
    virtual.faults.eject = When(at=at)
    await refused(_everything(session), card.REMOVED)
    await refused(session.identify(), card.REMOVED)
    await asyncio.sleep(0)
    assert reader.state is ReaderState.EMPTY
    await session.close()
    await refused(reader.open(), card.NOT_RECOGNISED)


async def _everything(session: object) -> None:
    await session.identify()  # type: ignore[attr-defined]
    await session.authentication_certificate()  # type: ignore[attr-defined]


async def test_a_card_that_says_never_is_silent() -> None:
    virtual = toy_card()
    virtual.faults.silence = When(at=3)
    await refused(_everything(await port(virtual).open()), card.SILENT)


async def test_a_card_that_hangs_costs_one_limit_and_the_reader_goes_on() -> None:
    hang = threading.Event()

    class Hanging:
        atr = b"\x3b\x00"
        answered = False

        def transmit(self, command: bytes) -> bytes:
            hang.wait(20)
            self.answered = True
            return b"\x90\x00"

    hanging = Hanging()
    reader = port(hanging, apdu_limit=0.2)
    session = await reader.open()
    await refused(session.identify(), card.SILENT)
    assert not hanging.answered
    await session.close()
    reader.eject()
    reader.insert(toy_card())
    assert (await (await reader.open()).identify()).token == "JPKIAPICCTOKEN2"
    hang.set()


async def test_a_slow_card_is_not_a_silent_one() -> None:
    """The limit counts per APDU: together they may take longer."""
    virtual = toy_card()
    virtual.faults.apdu_ms, limit = 600, 3.0
    session = await port(virtual, apdu_limit=limit).open()
    before = len(virtual.trace)
    await session.identify()
    await session.authentication_certificate()
    assert (len(virtual.trace) - before) * 0.6 > limit


async def test_eject_during_an_apdu_discards_the_answer() -> None:
    virtual = toy_card()
    virtual.faults.apdu_ms = 300
    reader = port(virtual)
    session = await reader.open()
    call = asyncio.ensure_future(session.identify())
    await asyncio.sleep(0.1)
    reader.eject()
    await refused(call, card.REMOVED)


async def test_a_second_card_beside_the_first_is_refused() -> None:
    reader = port(toy_card())
    reader.insert(driving_licence())
    await refused(reader.open(), card.SEVERAL_CARDS)


async def test_one_session_at_a_time_and_none_after_close() -> None:
    reader = port(toy_card())
    session = await reader.open()
    await refused(reader.open(), card.READER_BUSY)
    await session.close()
    await session.close()
    await refused(session.identify(), card.SESSION_ENDED)
    await reader.open()


async def test_states_tell_the_present_one_at_once_and_every_change() -> None:
    reader = port()
    seen: list[ReaderState] = []

    async def watch() -> None:
        seen.extend([state async for state in reader.states()])

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    reader.insert(toy_card())
    reader.eject()
    reader.insert(toy_card())
    await reader.stop()
    await watching
    assert seen == [ReaderState.EMPTY, ReaderState.PRESENT, ReaderState.EMPTY, ReaderState.PRESENT]
    assert [state async for state in reader.states()] == []


async def test_a_closed_session_leaves_no_right_behind() -> None:
    virtual = toy_card()
    reader = port(virtual)
    session = await reader.open()
    await session.verify_pin(bytearray(PIN))
    await session.close()
    assert not virtual._state.verified


async def test_no_thread_stays_behind() -> None:
    virtual = toy_card()
    reader = port(virtual)
    before = threading.active_count()
    for _ in range(30):
        session = await reader.open()
        await session.identify()
        await session.close()
    await until(lambda: threading.active_count() <= before)


async def test_answers_shorter_than_asked_are_read_on() -> None:
    virtual = toy_card()
    virtual.faults.wrong_length = When(instruction=0xB0)
    virtual.faults.cut = 3
    session = await port(virtual).open()
    assert await session.authentication_certificate() == toy_certificate("authentication")


@pytest.mark.parametrize(("cut", "fault"), [(-3, card.GARBLED), (4000, card.SURFACE_MISSING)])
async def test_garbled_answers_tell_the_step_and_never_the_content(cut: int, fault: Fault) -> None:
    virtual: VirtualCard = toy_card()
    virtual.faults.wrong_length = When(instruction=0xB0)
    virtual.faults.cut = cut
    session = await port(virtual).open()
    error = await refused(session.open_surface(Credential.NUMBER_B, bytearray(NUMBER_B)), fault)
    assert "1980" not in str(error)


async def test_an_unknown_status_word_is_told_by_its_number() -> None:
    virtual = toy_card()
    virtual.faults.garbage_sw = When(instruction=0xA4)
    session = await port(virtual).open()
    await refused(session.identify(), card.GARBLED, sw="6F42")


async def test_a_counter_that_cannot_be_read_costs_no_try() -> None:
    virtual = toy_card()
    virtual.faults.garbage_sw = When(instruction=0x20)
    session = await port(virtual).open()
    await refused(session.verify_pin(bytearray(PIN)), card.GARBLED)
    assert not [command for command in virtual.trace if command[1] == 0x20 and len(command) > 4]
