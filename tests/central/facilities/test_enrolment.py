"""Who may ask: facilities, their devices, and what ends it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from central.audit import Journal, verify
from central.db import Store
from central.facilities.ca import DeviceCa, Issued, make_ca
from central.facilities.device import Device, verifying_key
from central.facilities.service import Facilities
from protocol.errors import OnshiError
from protocol.errors import central as faults
from protocol.errors.input_ import CREDENTIAL_WRONG
from protocol.numbers import with_check_digit
from tests.parts.devices import key_pem, new_key, signing_request

CLINIC = with_check_digit("991000000")
OTHER = with_check_digit("991000001")
MORNING = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
"""08:00 of the 21st in Japan."""


class Now:
    def __init__(self) -> None:
        self.moment = MORNING
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def all_(store: Store, now: Now) -> Facilities:
    journal = Journal(store, log="admin", clock=now)
    return Facilities(store, journal, clock=now, monotonic=now.monotonic, remember_seconds=5)


@pytest.fixture(scope="module")
def ca() -> DeviceCa:
    return DeviceCa(*make_ca(now=MORNING))


async def enrolled(all_: Facilities, ca: DeviceCa, name: str = "reader-1", *, days: int = 30) -> Issued:
    if not await all_.facilities():
        await all_.add_facility(CLINIC, "第一医院")
    return await all_.enrol(ca, signing_request(new_key(), name), device=name, facility=CLINIC, days=days)


async def refused(awaitable: object) -> OnshiError:
    with pytest.raises(OnshiError) as caught:
        await awaitable  # type: ignore[misc]
    return caught.value


async def test_an_enrolled_device_is_known_by_its_certificate(all_: Facilities, ca: DeviceCa, store: Store) -> None:
    issued = await enrolled(all_, ca)
    found = await all_.device_of(issued.der)
    assert (found.id, found.facility, found.enrolled_at) == ("reader-1", CLINIC, MORNING)
    assert verifying_key(found.public_key).curve.name == "secp256r1"
    assert (await all_.device_named("reader-1")).certificate == found.certificate == issued.fingerprint
    assert (await verify(store, "admin")).rows == 2


async def test_the_certificate_is_for_clients_only_and_names_the_device(all_: Facilities, ca: DeviceCa) -> None:
    issued = await enrolled(all_, ca)
    certificate = x509.load_der_x509_certificate(issued.der)
    certificate.verify_directly_issued_by(ca.certificate)
    assert certificate.subject.rfc4514_string() == "CN=reader-1"
    extensions = certificate.extensions
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert certificate.not_valid_after_utc == MORNING + timedelta(days=30)


async def test_a_certificate_never_outlives_its_ca(all_: Facilities) -> None:
    short = DeviceCa(*make_ca(now=MORNING, days=10))
    assert (await enrolled(all_, short, days=3650)).not_after == MORNING + timedelta(days=10)


async def test_a_stranger_an_expired_and_a_revoked_device_are_refused(all_: Facilities, ca: DeviceCa, now: Now) -> None:
    issued = await enrolled(all_, ca, days=3)
    assert (await refused(all_.device_of(b"stranger"))).fault is faults.DEVICE_UNKNOWN
    assert (await refused(all_.device_named("nobody"))).fault is faults.DEVICE_UNKNOWN
    await all_.revoke("reader-1", reason="lost")
    assert (await refused(all_.device_of(issued.der))).fault is faults.DEVICE_REVOKED
    other = await enrolled(all_, ca, "reader-2", days=3)
    await all_.device_of(other.der)
    now.moment += timedelta(days=3, seconds=1)
    assert (await refused(all_.device_of(other.der))).fault is faults.DEVICE_UNKNOWN


async def test_a_revocation_by_another_process_reaches_us_in_five_seconds(
    all_: Facilities, ca: DeviceCa, store: Store, now: Now
) -> None:
    issued = await enrolled(all_, ca)
    await all_.device_of(issued.der)
    elsewhere = Facilities(store, Journal(store, log="admin", clock=now), clock=now, monotonic=now.monotonic)
    await elsewhere.revoke("reader-1", reason="stolen")
    await all_.device_of(issued.der)
    now.seconds += 5.1
    assert (await refused(all_.device_of(issued.der))).fault is faults.DEVICE_REVOKED
    (told,) = await all_.devices()
    assert (told.revoked_at, told.revoked_reason) == (MORNING, "stolen")


async def test_a_facility_asks_only_between_its_first_day_and_its_end_in_japan(
    all_: Facilities, ca: DeviceCa, now: Now
) -> None:
    await all_.add_facility(CLINIC, "第一医院", valid_from=date(2026, 11, 21))
    issued = await enrolled(all_, ca)
    assert isinstance(await all_.device_of(issued.der), Device)
    await all_.close_facility(CLINIC, valid_to=date(2026, 11, 22))
    assert isinstance(await all_.device_of(issued.der), Device)
    now.moment = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    now.seconds += 6
    assert (await refused(all_.device_of(issued.der))).fault is faults.FACILITY_CLOSED
    late = all_.enrol(ca, signing_request(new_key(), "r"), device="r", facility=CLINIC, days=3)
    assert (await refused(late)).fault is faults.FACILITY_CLOSED
    assert (await refused(all_.close_facility(OTHER, valid_to=date(2027, 1, 1)))).fault is faults.FACILITY_UNKNOWN


async def test_a_facility_code_is_checked_and_used_once(all_: Facilities) -> None:
    await all_.add_facility(CLINIC, "第一医院")
    assert (await refused(all_.add_facility(CLINIC, "又"))).fault is faults.FACILITY_EXISTS
    wrong = CLINIC[:-1] + str((int(CLINIC[-1]) + 1) % 10)
    assert (await refused(all_.add_facility(wrong, "x"))).fault.code == "INPUT-002"
    assert [one.code for one in await all_.facilities()] == [CLINIC]


async def test_an_id_or_a_key_belongs_to_one_device(all_: Facilities, ca: DeviceCa) -> None:
    await all_.add_facility(CLINIC, "第一医院")
    await all_.add_facility(OTHER, "第二医院")
    key = new_key()

    async def enrol(name: str, facility: str = CLINIC) -> Issued:
        return await all_.enrol(ca, signing_request(key, name), device=name, facility=facility, days=3)

    first = await enrol("reader-1")
    assert (await refused(enrol("reader-2"))).fault is faults.DEVICE_EXISTS
    assert (await refused(enrol("reader-1", OTHER))).fault is faults.DEVICE_EXISTS
    assert (await refused(enrolled(all_, ca))).fault is faults.DEVICE_EXISTS
    renewed = await enrol("reader-1")
    assert renewed.fingerprint != first.fingerprint
    assert (await all_.device_of(first.der)).id == (await all_.device_of(renewed.der)).id
    await all_.revoke("reader-1", reason="lost")
    assert (await refused(enrol("reader-1"))).fault is faults.DEVICE_REVOKED
    assert (await refused(all_.revoke("nobody", reason="lost"))).fault is faults.DEVICE_MISSING
    assert (await refused(enrol("x", with_check_digit("991000002")))).fault is faults.FACILITY_UNKNOWN


def _broken(csr: bytes) -> bytes:
    der = bytearray(x509.load_pem_x509_csr(csr).public_bytes(Encoding.DER))
    der[-1] ^= 1
    return bytes(der)


@pytest.mark.parametrize(
    "csr",
    [
        b"",
        b"\x30\x03\x02\x01\x01",
        b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        signing_request(generate_private_key(SECP384R1()), "reader-1"),
        signing_request(new_key(), "reader-2"),
        signing_request(new_key(), "reader-1", "reader-1"),
        signing_request(new_key()),
        _broken(signing_request(new_key(), "reader-1")),
    ],
)
async def test_a_wrong_signing_request_is_refused(all_: Facilities, ca: DeviceCa, csr: bytes) -> None:
    await all_.add_facility(CLINIC, "第一医院")
    failed = await refused(all_.enrol(ca, csr, device="reader-1", facility=CLINIC, days=3))
    assert failed.fault is faults.CSR_WRONG
    assert list(await all_.devices()) == []


async def test_no_device_bears_the_name_that_may_read_every_devices_topics(all_: Facilities, ca: DeviceCa) -> None:
    assert "\nuser onshi-central\n" in (Path(__file__).parents[3] / "docker/mosquitto.acl").read_text()
    await all_.add_facility(CLINIC, "第一医院")
    assert (await refused(enrolled(all_, ca, "onshi-central"))).fault is faults.CSR_WRONG


def test_a_ca_of_the_wrong_kind_is_refused() -> None:
    certificate, key = make_ca(now=MORNING)
    other = make_ca(now=MORNING)
    for pair in ((certificate, other[1]), (b"x", key), (certificate, b"x"), (certificate, _p384())):
        with pytest.raises(OnshiError) as caught:
            DeviceCa(*pair)
        assert caught.value.fault is CREDENTIAL_WRONG


def _p384() -> bytes:
    return key_pem(generate_private_key(SECP384R1()))
