"""Whatever a card answers: an `OnshiError` from the catalogue, never anything else, and never without end."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.card import cvc, photo
from edge.card.channel import MOST_COMMANDS
from edge.card.port import Credential, SurfaceOpening
from edge.card.session import CardSitting
from protocol.errors import OnshiError
from tests.parts.cards import toy_card, toy_photo

CALLS: list[Callable[[CardSitting], object]] = [
    lambda sitting: sitting.identify(),
    lambda sitting: sitting.authentication_certificate(),
    lambda sitting: sitting.ca_certificates(),
    lambda sitting: sitting.counters(),
    lambda sitting: sitting.issue(),
    lambda sitting: sitting.tries(Credential.PIN),
    lambda sitting: sitting.verify_pin(bytearray(b"1234")),
    lambda sitting: sitting.open_surface(Credential.BIRTH, bytearray(b"550217")),
    lambda sitting: sitting.open_surface(Credential.NUMBER_B, bytearray(b"55021720352285")),
    lambda sitting: sitting.sign_surface(bytes(32)),
    lambda sitting: sitting.attributes(bytearray(b"55021720352285")),
]


class Liar:
    """Answers like a real card until ``after`` commands, then hands out the lies; too many commands are an error."""

    atr = b"\x3b\x00"
    extended = True

    def __init__(self, lies: list[bytes], after: int) -> None:
        self._card = toy_card()
        self._lies = lies
        self._after = after
        self._count = 0

    def transmit(self, command: bytes | bytearray) -> bytes:
        self._count += 1
        assert self._count <= MOST_COMMANDS, "a conversation without end"
        if self._count <= self._after:
            return self._card.transmit(bytes(command))
        return self._lies[self._count % len(self._lies)]

    def close(self) -> None:
        pass


STATUS = st.sampled_from([bytes.fromhex(sw) for sw in ("9000", "6100", "6C10", "6282", "63C5", "6300", "6982", "6B00")])
OBJECTS = st.sampled_from([bytes.fromhex(head) for head in ("", "3082", "FF2082", "FF10", "7F21820233", "011C")])
ANSWERS = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda head, body, sw: head + body + sw, OBJECTS, st.binary(max_size=600), STATUS),
)


@pytest.mark.parametrize("call", CALLS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lies=st.lists(ANSWERS, min_size=1, max_size=5), after=st.integers(0, 9))
def test_a_lying_card_ends_in_a_catalogue_error(
    call: Callable[[CardSitting], object], lies: list[bytes], after: int
) -> None:
    try:
        call(CardSitting(Liar(lies, after)))
    except OnshiError as refused:
        assert refused.fault.code.startswith("CARD-")  # noqa: PT017 - anything else fails the test by itself


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 563), value=st.integers(0, 255))
def test_a_spoiled_issuer_is_refused_or_judged(place: int, value: int) -> None:
    opening = _opening()
    spoiled = bytearray(opening.issuer)
    spoiled[place % len(spoiled)] = value
    changed = SurfaceOpening(**{**_fields(opening), "issuer": bytes(spoiled)})
    try:
        cvc.verdict(changed, {})
    except OnshiError as refused:
        assert refused.fault.code == "CARD-005"  # noqa: PT017


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 120))
def test_a_photo_is_told_or_unknown(raw: bytes, keep: int) -> None:
    for spoiled in (raw, toy_photo()[:keep] + raw, photo.CODESTREAM + raw):
        assert photo.facts(spoiled).format in ("jp2", "j2k", "unknown")


_KEPT: list[SurfaceOpening] = []


def _opening() -> SurfaceOpening:
    if not _KEPT:
        _KEPT.append(CardSitting(Liar([b""], 99)).open_surface(Credential.BIRTH, bytearray(b"550217")))
    return _KEPT[0]


def _fields(opening: SurfaceOpening) -> dict[str, object]:
    return {name: getattr(opening, name) for name in opening.__struct_fields__}


@pytest.mark.parametrize("part", ["attributes", "signature"])
def test_a_changed_record_is_forged(part: str) -> None:
    opening = _opening()
    spoiled = bytearray(getattr(opening, part))
    spoiled[-1] ^= 1
    if part == "attributes":
        spoiled[-1] ^= 1
        spoiled[4] ^= 1
    assert cvc.verdict(SurfaceOpening(**{**_fields(opening), part: bytes(spoiled)}), {}) is cvc.Verdict.FORGED


def test_a_changed_photo_digest_is_forged() -> None:
    opening = CardSitting(Liar([b""], 99)).open_surface(Credential.NUMBER_B, bytearray(b"55021720352285"))
    assert cvc.verdict(opening, {}) is cvc.Verdict.ISSUER_UNKNOWN
    other = (opening.digests[0], bytes(32))
    assert cvc.verdict(SurfaceOpening(**{**_fields(opening), "digests": other}), {}) is cvc.Verdict.FORGED
    assert cvc.verdict(SurfaceOpening(**{**_fields(opening), "signature": bytes(256)}), {}) is cvc.Verdict.FORGED


@pytest.mark.parametrize("raw", [b"", b"\x90\x01\x03", b"\x90\x01\x02\x91\x82\x01\x00" + b"\xff" * 256])
def test_a_key_that_is_none_is_garbled(raw: bytes) -> None:
    with pytest.raises(OnshiError):
        cvc.public_key(raw)
