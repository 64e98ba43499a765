"""Revocation lists: exact look-ups over the raw bytes, and every list that must not count."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ReasonFlags
from hypothesis import given, settings
from hypothesis import strategies as st

from central.trust import crl
from protocol.errors import OnshiError, trust
from sandbox.card.tlv import tlv
from tests.central.cards import NOON, Lab, keys
from tests.central.trust.lists import entry, extension, generalized, listed, number, utc_time


def reason_of(lab: Lab, content: bytes) -> str:
    with pytest.raises(OnshiError) as caught:
        crl.read(content, lab.anchors())
    assert caught.value.fault is trust.REVOCATION_LIST_WRONG
    return str(caught.value.details["reason"])


def test_a_list_of_the_stand_in_is_read_as_the_library_reads_it(lab: Lab) -> None:
    reasons = (ReasonFlags.key_compromise, ReasonFlags.superseded, ReasonFlags.unspecified)
    issued = [lab.issue(f"c{number}") for number in range(30)]
    for one in issued:
        lab.revoke(one, reasons[one.serial % 3])
    content = lab.crl()
    ours, theirs = crl.read(content, lab.anchors()), x509.load_der_x509_crl(content)
    assert len(ours) == len(theirs) == 30
    assert (ours.this_update, ours.next_update) == (theirs.last_update_utc, theirs.next_update_utc)
    for one in theirs:
        found = ours.find(one.serial_number)
        assert found is not None
        assert found.at == one.revocation_date_utc
    assert {one.serial for one in ours} == {one.serial for one in issued}
    assert 12345 not in ours


def test_an_empty_list_is_a_list(lab: Lab) -> None:
    assert len(crl.read(lab.crl(), lab.anchors())) == 0


@given(serials=st.lists(st.integers(1, (1 << 159) - 1), max_size=60, unique=True), absent=st.integers(1, 1 << 40))
@settings(deadline=None, max_examples=40)
def test_a_look_up_is_exact(serials: list[int], absent: int) -> None:
    taken = crl.read(listed(_LAB, [entry(one, reason=4) for one in serials]), _LAB.anchors())
    assert all(taken.find(one) == crl.Revocation(one, NOON, 4) for one in serials)
    assert (absent in taken) == (absent in serials)


_LAB = Lab()


def test_serials_with_the_same_index_key_are_told_apart(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crl, "crc32", lambda content: 7)
    taken = crl.read(listed(lab, [entry(5), entry(6, reason=1)]), lab.anchors())
    assert [taken.find(5), taken.find(6), taken.find(7)] == [
        crl.Revocation(5, NOON, 0),
        crl.Revocation(6, NOON, 1),
        None,
    ]


def test_an_entry_that_is_odd_inside_still_revokes(lab: Lab) -> None:
    odd_time = tlv(0x30, number(8), tlv(0x17, b"no time"))
    odd_extension = tlv(0x30, number(9), utc_time(NOON), tlv(0x30, b"\x30"))
    later = tlv(0x30, number(10), generalized(NOON))
    other = tlv(0x30, number(11), utc_time(NOON), tlv(0x30, extension("551d18", b"\x05\x00")))
    taken = crl.read(listed(lab, [odd_time, odd_extension, later, other]), lab.anchors())
    assert taken.find(8) == crl.Revocation(8, taken.this_update, 0)
    assert taken.find(9) == crl.Revocation(9, taken.this_update, 0)
    assert taken.find(10) == crl.Revocation(10, NOON, 0)
    assert taken.find(11) == crl.Revocation(11, NOON, 0)


def test_a_list_is_fresh_inside_its_own_time(lab: Lab) -> None:
    taken = crl.read(listed(lab), lab.anchors())
    assert taken.fresh(taken.this_update)
    assert not taken.fresh(taken.this_update - timedelta(seconds=1))
    assert not taken.fresh(taken.next_update)


def test_the_generation_without_a_key_identifier_is_found_by_signature(lab: Lab) -> None:
    taken = crl.read(listed(lab, extensions=[extension("551d14", b"\x02\x01\x05")]), lab.anchors())
    assert taken.issuer_key_id == lab.certificate("x").id.issuer_key_id
    assert crl.read(listed(lab, extensions=[]), lab.anchors()).issuer_key_id == taken.issuer_key_id


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda lab: b"", "cut off"),
        (lambda lab: listed(lab) + b"\x00", "not one CertificateList"),
        (lambda lab: tlv(0x30, tlv(0x30)), "not a CertificateList"),
        (lambda lab: listed(lab, signer=keys().rsa_2048("forger")), "wrong signature"),
        (lambda lab: listed(lab, name=tlv(0x30)), "unknown issuer"),
        (lambda lab: listed(lab, name=tlv(0x30), extensions=[]), "unknown issuer"),
        (lambda lab: listed(lab, extensions=[], signer=keys().rsa_2048("forger")), "wrong signature"),
        (lambda lab: listed(lab, until=None), "no nextUpdate"),
        (lambda lab: listed(lab, [entry(1)], until=None), "no nextUpdate"),
        (lambda lab: listed(lab, version=b"\x02\x01\x00"), "not a version 2 list"),
        (lambda lab: listed(lab, after=b"\x02\x01\x00", extensions=[]), "unknown parts"),
        (lambda lab: listed(lab, [entry(1)], after=b"\x02\x01\x00", extensions=[]), "unknown parts"),
        (lambda lab: listed(lab, extensions=[extension("551d1b", b"\x02\x01\x05", critical=True)]), "critical"),
        (lambda lab: listed(lab, extensions=[tlv(0x30, b"\x05\x00")]), "not an extension"),
        (lambda lab: listed(lab, unused_bits=b"\x01"), "no whole octets"),
        (lambda lab: listed(lab, algorithm=bytes.fromhex("300d06092a864886f70d01010d0500")), "not sha256WithRSA"),
        (lambda lab: listed(lab, [tlv(0x30, tlv(0x02, b"\x00\x05"), utc_time(NOON))]), "leading zeros"),
        (lambda lab: listed(lab, [tlv(0x31, number(5), utc_time(NOON))]), "no revoked certificate"),
        (lambda lab: listed(lab, [tlv(0x30, tlv(0x02, bytes(22)))]), "no revoked certificate"),
        (lambda lab: listed(lab, [b"\x30\x83\x00\x00\x00"]), "too long"),
        (lambda lab: listed(lab, [b"\x30"]), ""),
    ],
)
def test_a_list_that_must_not_count_is_refused(lab: Lab, make: Callable[[Lab], bytes], told: str) -> None:
    assert told in reason_of(lab, make(lab))


@pytest.mark.parametrize("size", [130, 300])
def test_long_entries_are_walked_over(lab: Lab, size: int) -> None:
    long = entry(5, more=tlv(0x30, extension("551d18", bytes(size))))
    taken = crl.read(listed(lab, [long, entry(6)]), lab.anchors())
    assert 5 in taken
    assert 6 in taken


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (b"491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_two_digit_years_are_those_of_rfc_5280(lab: Lab, text: bytes, moment: datetime) -> None:
    taken = crl.read(listed(lab, [tlv(0x30, number(5), tlv(0x17, text))]), lab.anchors())
    assert taken.find(5) == crl.Revocation(5, moment, 0)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_changed_bytes_never_pass_and_never_surprise(data: st.DataObject) -> None:
    whole = _WHOLE
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(OnshiError):
        crl.read(bytes(changed), _LAB.anchors())


_WHOLE = listed(_LAB, [entry(number, reason=1) for number in range(1, 6)])


@given(content=st.binary(max_size=200))
@settings(deadline=None)
def test_rubbish_is_refused_with_a_catalogue_error(content: bytes) -> None:
    with pytest.raises(OnshiError):
        crl.read(content, _LAB.anchors())
