"""What J-LIS issues: authorities in three generations under one name, holders' certificates, and the bad ones."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from sandbox.jlis import cvc
from sandbox.jlis.authority import GENERATIONS, Organisation, Purpose
from sandbox.jlis.profile import SignatureAttributes, last_day
from sandbox.jlis.world import Flaw, JlisWorld
from tests.sandbox.jlis.conftest import TODAY

ISSUED, BIRTH = date(2025, 10, 27), date(1980, 2, 17)


def key(world: JlisWorld) -> rsa.RSAPublicKey:
    return world.keys.rsa_2048("holder").public_key()


def loaded(der: bytes | None) -> x509.Certificate:
    assert der is not None
    return x509.load_der_x509_certificate(der)


def issue(world: JlisWorld, name: str = "a", flaw: Flaw | None = None) -> x509.Certificate:
    return loaded(world.issue_authentication(name, key(world), issued=ISSUED, birth=BIRTH, flaw=flaw).der)


def policies(certificate: x509.Certificate) -> list[str]:
    found = certificate.extensions.get_extension_for_class(x509.CertificatePolicies)
    assert found.critical
    return [policy.policy_identifier.dotted_string for policy in found.value]


@pytest.mark.parametrize("purpose", Purpose)
def test_three_generations_share_one_name_and_nothing_else(world: JlisWorld, purpose: Purpose) -> None:
    generations = [loaded(der) for der in world.anchors(purpose)]
    assert len({one.subject.public_bytes() for one in generations}) == 1
    assert len({one.serial_number for one in generations}) == len(GENERATIONS)
    assert generations[0].serial_number == 1
    assert len({world.authority(purpose, one).key_id for one in GENERATIONS}) == len(GENERATIONS)
    for one in generations:
        one.verify_directly_issued_by(one)
        usage = one.extensions.get_extension_for_class(x509.KeyUsage)
        constraints = one.extensions.get_extension_for_class(x509.BasicConstraints)
        assert usage.critical
        assert usage.value.key_cert_sign
        assert usage.value.crl_sign
        assert constraints.critical
        assert constraints.value.ca
    assert [unit.value for unit in generations[0].subject] == [
        "JP", "JPKI-LAB", purpose.value, "Japan Agency for Local Authority Information Systems",
    ]  # fmt: skip


def test_the_first_generation_has_ended_and_the_last_outlives_what_it_issues_today(world: JlisWorld) -> None:
    ends = [loaded(der).not_valid_after_utc for der in world.anchors(Purpose.AUTHENTICATION)]
    assert ends[0] < datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) < ends[1]
    assert ends[2].date() > TODAY.replace(year=TODAY.year + 5)


def test_a_holders_certificate_is_as_the_reference_says(world: JlisWorld) -> None:
    certificate = issue(world)
    certificate.verify_directly_issued_by(loaded(world.anchors(Purpose.AUTHENTICATION)[-1]))
    assert certificate.not_valid_after_utc == datetime(2030, 2, 17, 14, 59, 59, tzinfo=UTC)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.content_commitment
    assert policies(certificate) == ["1.2.392.200149.8.5.1.3.30"]
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert len(name.value) == 23
    assert str(name.value).endswith("99201003A")
    assert 0 < certificate.serial_number < 1 << 31
    kinds = {extension.oid for extension in certificate.extensions}
    assert ExtensionOID.ISSUER_ALTERNATIVE_NAME in kinds
    assert ExtensionOID.CRL_DISTRIBUTION_POINTS in kinds
    assert not kinds & {ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.AUTHORITY_INFORMATION_ACCESS}
    assert ExtensionOID.SUBJECT_ALTERNATIVE_NAME not in kinds


def test_the_certificate_for_signatures_carries_the_four_attributes(world: JlisWorld) -> None:
    attributes = SignatureAttributes(
        name="髙橋　花子", name_map="0100000", sex="2", birth=BIRTH, address="架空県見本市" + "中央" * 60
    )
    certificate = loaded(world.issue_signature("a", key(world), attributes, issued=ISSUED).der)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.content_commitment
    assert policies(certificate) == ["1.2.392.200149.8.5.1.1.20"]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    values = {name.type_id.dotted_string[-1]: name.value for name in names if isinstance(name, x509.OtherName)}
    assert set(values) == {"1", "2", "3", "4", "5"}
    assert values["1"][2:].decode() == "髙橋　花子"
    assert values["4"] == b"\x0c\x09319800217"
    assert values["5"][:3] == b"\x0c\x82\x01"


@pytest.mark.parametrize(
    ("birth", "issued", "card", "ends"),
    [
        (date(1980, 2, 17), date(2025, 10, 27), None, date(2030, 2, 17)),
        (date(1980, 2, 17), date(2025, 2, 17), None, date(2030, 2, 17)),
        (date(1980, 2, 17), date(2025, 2, 16), None, date(2029, 2, 17)),
        (date(1980, 2, 17), date(2025, 10, 27), date(2027, 2, 17), date(2027, 2, 17)),
        (date(2000, 2, 29), date(2025, 10, 27), None, date(2030, 2, 28)),
        (date(2000, 2, 29), date(2023, 6, 1), None, date(2028, 2, 29)),
    ],
)
def test_validity_ends_on_the_fifth_birthday_but_never_after_the_card(
    birth: date, issued: date, card: date | None, ends: date
) -> None:
    assert last_day(birth, issued, card) == ends


def test_the_same_seed_gives_the_same_certificate(world: JlisWorld, key_folder: Path) -> None:
    again = JlisWorld.open(key_folder, TODAY, "seed")
    other = JlisWorld.open(key_folder, TODAY, "other")
    assert issue(world) == issue(again)
    assert issue(world).serial_number != issue(other).serial_number


def test_people_without_keys_have_a_serial(world: JlisWorld) -> None:
    entered = world.issue_authentication("nobody", None, issued=ISSUED, until=date(2027, 3, 31))
    assert entered.der is None
    assert world.register.find(entered.issuer_key_id, entered.serial) == entered


def test_a_serial_is_given_once_and_a_validity_is_needed(world: JlisWorld) -> None:
    world.issue_authentication("a", None, issued=ISSUED, birth=BIRTH, serial=7)
    with pytest.raises(ValueError, match="taken"):
        world.issue_authentication("b", None, issued=ISSUED, birth=date(1981, 1, 1), serial=7)
    with pytest.raises(ValueError, match="last day"):
        world.issue_authentication("c", None, issued=ISSUED)


@pytest.mark.parametrize("flaw", Flaw)
def test_a_flaw_spoils_one_thing_only(world: JlisWorld, flaw: Flaw) -> None:
    certificate = issue(world, flaw.value, flaw)
    lab = world.authority(Purpose.AUTHENTICATION)
    organisation = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    digital = certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    try:
        certificate.verify_directly_issued_by(lab.certificate)
        signed = True
    except (InvalidSignature, ValueError):
        signed = False
    found = (organisation == "JPKI-LAB", signed, digital, policies(certificate)[0].endswith(".3.30"))
    assert (
        found
        == {
            Flaw.OTHER_CA: (False, False, True, True),
            Flaw.TEST_HIERARCHY: (False, False, True, True),
            Flaw.FORGED_SIGNATURE: (True, False, True, True),
            Flaw.WRONG_KEY_USAGE: (True, True, False, True),
            Flaw.WRONG_POLICY: (True, True, True, False),
        }[flaw]
    )


def test_the_test_hierarchy_is_apart(world: JlisWorld) -> None:
    (test,) = world.anchors(Purpose.AUTHENTICATION, Organisation.TEST)
    assert test not in world.anchors(Purpose.AUTHENTICATION)
    issue(world, "t", Flaw.TEST_HIERARCHY).verify_directly_issued_by(loaded(test))


def test_the_centre_accepts_the_good_one(world: JlisWorld) -> None:
    """Two independent readings of the reference meet: ours that issues, the centre's that judges."""
    from central.trust.anchors import Anchors
    from central.trust.certificates import CertificateReader
    from protocol.errors import OnshiError, trust

    reader = CertificateReader(Anchors(world.anchors(Purpose.AUTHENTICATION), hierarchies=["JPKI-LAB"]))
    good = world.issue_authentication("good", key(world), issued=ISSUED, birth=BIRTH)
    assert good.der is not None
    read = reader.read(good.der)
    assert (read.id.issuer_key_id, read.id.serial) == (good.issuer_key_id, good.serial_hex)
    assert read.last_day == good.last_day
    for flaw, fault in (
        (Flaw.OTHER_CA, trust.CERTIFICATE_OTHER_CA),
        (Flaw.TEST_HIERARCHY, trust.CERTIFICATE_TEST_CA),
        (Flaw.FORGED_SIGNATURE, trust.CERTIFICATE_FORGED),
        (Flaw.WRONG_KEY_USAGE, trust.CERTIFICATE_WRONG_USAGE),
        (Flaw.WRONG_POLICY, trust.CERTIFICATE_POLICY),
    ):
        bad = world.issue_authentication(flaw, key(world), issued=ISSUED, birth=BIRTH, flaw=flaw).der
        assert bad is not None
        with pytest.raises(OnshiError) as refused:
            reader.read(bad)
        assert refused.value.fault == fault


def test_keys_are_closed_to_others_and_made_once(world: JlisWorld, key_folder: Path) -> None:
    world.prepare(["holder"])
    before = {path: path.read_bytes() for path in key_folder.glob("*.pem")}
    assert {path.stat().st_mode & 0o777 for path in before} == {0o600}
    assert key_folder.stat().st_mode & 0o777 == 0o700
    JlisWorld.open(key_folder, TODAY, "seed").prepare(["holder"])
    assert {path: path.read_bytes() for path in key_folder.glob("*.pem")} == before


@pytest.mark.parametrize("use", cvc.CvUse)
def test_a_municipality_is_certified_by_the_authority_of_its_application(world: JlisWorld, use: cvc.CvUse) -> None:
    issuer = world.municipality(use, "99201")
    assert len(issuer.certificate) == 568
    assert issuer.certificate.startswith(bytes.fromhex("7F218202335F4E820129"))
    ((key_id, authority),) = world.surface_ca_keys(use).items()
    body = issuer.certificate[10:307]
    assert body[:16].hex() == key_id
    assert body[:1] == b"9"
    assert body[16:32] == issuer.key_id
    authority.verify(issuer.certificate[312:], body, padding.PKCS1v15(), hashes.SHA256())
    forged = world.municipality(use, "99201", forged=True).certificate
    with pytest.raises(InvalidSignature):
        authority.verify(forged[312:], forged[10:307], padding.PKCS1v15(), hashes.SHA256())
