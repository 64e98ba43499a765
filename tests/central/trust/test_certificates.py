"""Certificates of cards: whose signature, which usage, where they stand in time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from central.trust.certificates import CertificateReader, serial_text
from central.trust.days import JAPAN, grace_end, japan_day, months_later, notice_from
from protocol.errors import Fault, OnshiError, trust
from protocol.visit import CertificateState
from sandbox.jlis.authority import Purpose, usage
from sandbox.jlis.profile import SignatureAttributes
from sandbox.jlis.world import Flaw
from tests.central.cards import BIRTH, LAST_DAY, NOON, Lab, der, flawed, keys


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab()


def refused(reader: CertificateReader, content: bytes) -> Fault:
    with pytest.raises(OnshiError) as caught:
        reader.read(content)
    return caught.value.fault


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_the_issuer_is_found_by_key_among_generations_of_one_name(lab: Lab, generation: int) -> None:
    read = lab.certificate(f"generation-{generation}", generation=generation)
    assert read.id.issuer_key_id == lab.jlis.authority(Purpose.AUTHENTICATION, generation).key_id
    assert read.issuer.name == lab.jlis.authority(Purpose.AUTHENTICATION, 3).certificate.subject.public_bytes()


def test_identity_is_issuer_key_and_serial(lab: Lab) -> None:
    one, other = (lab.certificate(f"same-{number}", generation=number, serial=77) for number in (2, 3))
    assert one.id.serial == other.id.serial == "4d"
    assert one.id != other.id


def test_a_certificate_ends_with_its_issuer_at_the_latest(lab: Lab) -> None:
    issuer = lab.jlis.authority(Purpose.AUTHENTICATION, 2).certificate
    read = lab.certificate("outlives", generation=2, until=date(2031, 2, 17))
    assert read.not_after == issuer.not_valid_after_utc


@pytest.mark.parametrize(
    ("flaw", "fault"),
    [
        (Flaw.OTHER_CA, trust.CERTIFICATE_OTHER_CA),
        (Flaw.TEST_HIERARCHY, trust.CERTIFICATE_TEST_CA),
        (Flaw.FORGED_SIGNATURE, trust.CERTIFICATE_FORGED),
        (Flaw.WRONG_KEY_USAGE, trust.CERTIFICATE_WRONG_USAGE),
        (Flaw.WRONG_POLICY, trust.CERTIFICATE_POLICY),
    ],
)
def test_a_flawed_certificate_is_refused_with_its_own_words(lab: Lab, flaw: Flaw, fault: Fault) -> None:
    assert refused(lab.reader(), flawed(lab, flaw)) is fault


def test_the_signature_certificate_of_the_card_is_named_as_such(lab: Lab) -> None:
    person = SignatureAttributes(name="見本　花子", sex="2", birth=BIRTH, address="架空県見本市")
    issued = lab.jlis.issue_signature("s", keys().rsa_2048("card").public_key(), person, issued=date(2025, 1, 6))
    assert issued.der is not None
    assert refused(lab.reader(), issued.der) is trust.CERTIFICATE_WRONG_USAGE
    assert refused(CertificateReader(lab.anchors()), issued.der) is trust.CERTIFICATE_OTHER_CA


@pytest.mark.parametrize("junk", [b"", b"\x00", b"0" * 20000, b"\x30\x03\x02\x01\x05"])
def test_what_is_no_certificate_is_refused(lab: Lab, junk: bytes) -> None:
    assert refused(lab.reader(), junk) is trust.CERTIFICATE_UNREADABLE


def test_bytes_after_the_certificate_are_refused(lab: Lab) -> None:
    content = lab.issue("trailing").der
    assert content is not None
    assert refused(lab.reader(), content + b"\xff") is trust.CERTIFICATE_UNREADABLE


def build(lab: Lab, **change: object) -> bytes:
    """A certificate of the lab's third generation with single parts changed; None leaves an extension out."""
    authority = lab.jlis.authority(Purpose.AUTHENTICATION)
    parts: dict[str, object] = {
        "key": keys().rsa_2048("card").public_key(),
        "serial": 4711,
        "usage": (usage("digital_signature"), True),
        "policies": (
            x509.CertificatePolicies(
                [x509.PolicyInformation(x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30"), None)]
            ),
            True,
        ),
        "aki": (authority.authority_key_identifier, False),
        "hash": hashes.SHA256(),
        "signer": authority.key,
        "more": None,
        **change,
    }
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.certificate.subject)
        .public_key(parts["key"])  # type: ignore[arg-type]
        .serial_number(parts["serial"])  # type: ignore[arg-type]
        .not_valid_before(NOON - timedelta(days=9))
        .not_valid_after(NOON + timedelta(days=900))
    )
    for name in ("usage", "policies", "aki", "more"):
        if parts[name] is not None:
            extension, critical = parts[name]  # type: ignore[misc]
            builder = builder.add_extension(extension, critical=critical)
    return der(builder.sign(parts["signer"], parts["hash"]))  # type: ignore[arg-type]


def test_without_a_key_identifier_the_signature_decides_among_generations(lab: Lab) -> None:
    second = lab.jlis.authority(Purpose.AUTHENTICATION, 2)
    assert lab.reader().read(build(lab, aki=None, signer=second.key)).id.issuer_key_id == second.key_id
    assert refused(lab.reader(), build(lab, aki=None, signer=keys().rsa_2048("forger"))) is trust.CERTIFICATE_FORGED


def test_a_generation_that_is_not_pinned_is_not_called_forged(lab: Lab) -> None:
    unknown = x509.AuthorityKeyIdentifier.from_issuer_public_key(keys().rsa_2048("forger").public_key())
    content = build(lab, aki=(unknown, False), signer=keys().rsa_2048("forger"))
    assert refused(lab.reader(), content) is trust.CERTIFICATE_OTHER_CA


def test_a_plain_certificate_of_the_lab_is_read(lab: Lab) -> None:
    assert lab.reader().read(build(lab)).id.serial == serial_text(4711)
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    assert lab.reader().read(build(lab, more=(both, True)))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"usage": None}, trust.CERTIFICATE_WRONG_USAGE),
        ({"usage": (usage("digital_signature"), False)}, trust.CERTIFICATE_WRONG_USAGE),
        ({"usage": (usage("digital_signature", "content_commitment"), True)}, trust.CERTIFICATE_WRONG_USAGE),
        ({"usage": (usage("key_agreement"), True)}, trust.CERTIFICATE_WRONG_USAGE),
        ({"more": (x509.BasicConstraints(ca=True, path_length=None), True)}, trust.CERTIFICATE_WRONG_USAGE),
        ({"more": (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)}, trust.CERTIFICATE_WRONG_USAGE),
        ({"policies": None}, trust.CERTIFICATE_POLICY),
        ({"more": (x509.InhibitAnyPolicy(0), True)}, trust.CERTIFICATE_PROFILE),
        ({"hash": hashes.SHA512()}, trust.CERTIFICATE_PROFILE),
        ({"key": rsa.generate_private_key(65537, 3072).public_key()}, trust.CERTIFICATE_PROFILE),
        ({"key": rsa.generate_private_key(3, 2048).public_key()}, trust.CERTIFICATE_PROFILE),
        ({"key": keys().p256("elliptic").public_key()}, trust.CERTIFICATE_PROFILE),
    ],
)
def test_another_profile_is_refused(lab: Lab, change: dict[str, object], fault: Fault) -> None:
    assert refused(lab.reader(), build(lab, **change)) is fault


# Time


def at(day: date, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=JAPAN)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (at(date(2028, 11, 16), 23, 59, 59), CertificateState.VALID),
        (at(date(2028, 11, 17), 0), CertificateState.EXPIRING),
        (at(date(2029, 2, 17), 23, 59, 59), CertificateState.EXPIRING),
        (at(date(2029, 2, 18), 0), CertificateState.GRACE),
        (at(date(2029, 5, 31), 23, 59, 59), CertificateState.GRACE),
    ],
)
def test_days_are_counted_in_japan(lab: Lab, moment: datetime, state: CertificateState) -> None:
    standing = lab.certificate("timed").standing(moment.astimezone(UTC))
    assert (standing.state, standing.last_day, standing.grace_until) == (state, LAST_DAY, date(2029, 5, 31))


def test_past_grace_and_before_its_time_it_is_refused(lab: Lab) -> None:
    read = lab.certificate("timed-2")
    with pytest.raises(OnshiError) as late:
        read.standing(at(date(2029, 6, 1), 0))
    with pytest.raises(OnshiError) as early:
        read.standing(read.not_before - timedelta(seconds=1))
    assert late.value.fault is trust.CERTIFICATE_EXPIRED
    assert early.value.fault is trust.CERTIFICATE_NOT_YET_VALID


@pytest.mark.parametrize(
    ("last_day", "end", "notice"),
    [
        (date(2026, 11, 30), date(2027, 2, 28), date(2026, 8, 30)),
        (date(2027, 11, 1), date(2028, 2, 29), date(2027, 8, 1)),
        (date(2026, 5, 31), date(2026, 8, 31), date(2026, 2, 28)),
        (date(2026, 12, 31), date(2027, 3, 31), date(2026, 9, 30)),
    ],
)
def test_grace_and_notice_by_calendar_months(last_day: date, end: date, notice: date) -> None:
    assert grace_end(last_day) == end
    assert notice_from(last_day) == notice


@given(day=st.dates(date(1990, 1, 1), date(2090, 1, 1)), months=st.integers(-40, 40))
def test_months_later_lands_in_the_right_month(day: date, months: int) -> None:
    found = months_later(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day <= day.day


def test_midnight_in_japan_is_another_day_than_in_utc() -> None:
    assert japan_day(datetime(2026, 5, 31, 15, tzinfo=UTC)) == date(2026, 6, 1)
