"""Lists, OCSP and linkage over HTTP, as a verifier asks for them; and how each fails."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from sandbox.jlis.authority import Purpose
from sandbox.jlis.register import Issued
from sandbox.jlis.service import Condition, JlisService, Service
from sandbox.jlis.status import published
from sandbox.jlis.world import JlisWorld
from tests.sandbox.jlis.conftest import NOON, Clock

pytestmark = pytest.mark.sockets

ISSUED, BIRTH = date(2025, 10, 27), date(1980, 2, 17)
STOLEN = x509.ReasonFlags.key_compromise
Client = TestClient[aiohttp.web.Request, aiohttp.web.Application]
CRL = "/crl/authentication/3.crl"


@pytest.fixture
def service(world: JlisWorld) -> JlisService:
    return JlisService(world, slow=0.05)


@pytest.fixture
async def client(service: JlisService) -> AsyncIterator[Client]:
    async with TestClient(TestServer(service.app())) as made:
        yield made


@pytest.fixture
def holder(world: JlisWorld) -> Issued:
    key = world.keys.rsa_2048("holder").public_key()
    return world.issue_authentication("a", key, issued=ISSUED, birth=BIRTH)


async def crl(client: Client, path: str = CRL) -> x509.CertificateRevocationList:
    async with client.get(path) as response:
        assert response.status == 200
        return x509.load_der_x509_crl(await response.read())


def question(world: JlisWorld, holder: Issued, algorithm: hashes.HashAlgorithm, nonce: bytes = b"") -> bytes:
    assert holder.der is not None
    leaf = x509.load_der_x509_certificate(holder.der)
    issuer = world.authority(holder.purpose, holder.generation).certificate
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, algorithm)
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


async def ask(client: Client, content: bytes) -> ocsp.OCSPResponse:
    async with client.post("/ocsp", data=content) as response:
        assert response.status == 200
        assert response.content_type == "application/ocsp-response"
        return ocsp.load_der_ocsp_response(await response.read())


async def test_authorities_are_published(client: Client, world: JlisWorld) -> None:
    async with client.get("/ca/signature/2.cer") as response:
        assert await response.read() == world.authority(Purpose.SIGNATURE, 2).der
    for path in ("/ca/signature/4.cer", "/ca/other/1.cer", "/crl/authentication/x.crl"):
        async with client.get(path) as response:
            assert response.status == 404


async def test_a_list_is_made_at_midnight_and_knows_what_was_revoked_before(
    client: Client, world: JlisWorld, holder: Issued, clock: Clock
) -> None:
    world.revoke(holder, STOLEN, NOON)
    before = await crl(client)
    assert before.last_update_utc == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert before.next_update_utc is not None
    assert before.next_update_utc > clock.now
    assert len(before) == 0
    clock.now += timedelta(days=1)
    after = await crl(client)
    entry = after.get_revoked_certificate_by_serial_number(holder.serial)
    assert entry is not None
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is STOLEN
    assert entry.revocation_date_utc == NOON
    authority = world.authority(Purpose.AUTHENTICATION)
    assert after.is_signature_valid(authority.key.public_key())
    assert len(await crl(client, "/crl/authentication/2.crl")) == 0


async def test_a_list_drops_certificates_that_have_expired(
    client: Client, world: JlisWorld, holder: Issued, clock: Clock
) -> None:
    world.revoke(holder, x509.ReasonFlags.unspecified, NOON)
    clock.now = holder.not_after - timedelta(minutes=1)
    entry = (await crl(client)).get_revoked_certificate_by_serial_number(holder.serial)
    assert entry is not None
    assert len(entry.extensions) == 0
    clock.now = holder.not_after + timedelta(days=1)
    assert len(await crl(client)) == 0


async def test_an_unchanged_list_costs_nothing(client: Client) -> None:
    async with client.get(CRL) as response:
        etag = response.headers["ETag"]
    async with client.get(CRL, headers={"If-None-Match": etag}) as response:
        assert response.status == 304


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()])  # noqa: S303 - CertID of RFC 6960
async def test_the_responder_knows_a_good_certificate(
    client: Client, world: JlisWorld, holder: Issued, algorithm: hashes.HashAlgorithm
) -> None:
    answer = await ask(client, question(world, holder, algorithm, b"0123456789abcdef"))
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.serial_number == holder.serial
    assert answer.this_update_utc == NOON
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"0123456789abcdef"


async def test_the_responders_key_is_delegated_by_the_issuer(client: Client, world: JlisWorld, holder: Issued) -> None:
    answer = await ask(client, question(world, holder, hashes.SHA256()))
    (responder,) = answer.certificates
    responder.verify_directly_issued_by(world.authority(Purpose.AUTHENTICATION).certificate)
    usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    key = responder.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))


async def test_a_revocation_shows_at_once_and_for_good(client: Client, world: JlisWorld, holder: Issued) -> None:
    world.revoke(holder, STOLEN, NOON - timedelta(minutes=1))
    world.revoke(holder, x509.ReasonFlags.superseded, NOON - timedelta(minutes=2))
    answer = await ask(client, question(world, holder, hashes.SHA256()))
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_reason is STOLEN
    assert answer.revocation_time_utc == NOON - timedelta(minutes=1)


async def test_a_revocation_of_tomorrow_is_not_known_today(client: Client, world: JlisWorld, holder: Issued) -> None:
    world.revoke(holder, x509.ReasonFlags.unspecified, NOON + timedelta(days=1))
    answer = await ask(client, question(world, holder, hashes.SHA256()))
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD


async def test_the_responder_forgets_after_the_grace_period(
    client: Client, world: JlisWorld, holder: Issued, clock: Clock
) -> None:
    for days, status in ((100, ocsp.OCSPCertStatus.GOOD), (131, ocsp.OCSPCertStatus.UNKNOWN)):
        clock.now = holder.not_after + timedelta(days=days)
        answer = await ask(client, question(world, holder, hashes.SHA256()))
        assert answer.certificate_status is status


async def test_what_was_never_issued_is_unknown(client: Client, world: JlisWorld, holder: Issued) -> None:
    assert holder.der is not None
    authority = world.authority(Purpose.AUTHENTICATION)
    key_hash = bytes.fromhex(authority.key_id)
    built = ocsp.OCSPRequestBuilder().add_certificate_by_hash(bytes(20), key_hash, 99, hashes.SHA1())  # noqa: S303
    answer = await ask(client, built.build().public_bytes(serialization.Encoding.DER))
    assert answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    built = ocsp.OCSPRequestBuilder().add_certificate_by_hash(bytes(20), bytes(20), 99, hashes.SHA1())  # noqa: S303
    answer = await ask(client, built.build().public_bytes(serialization.Encoding.DER))
    assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


async def test_bad_requests_are_malformed(client: Client, world: JlisWorld, holder: Issued) -> None:
    answer = await ask(client, b"rubbish")
    assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    async with client.get("/ocsp/***") as response:
        assert response.status == 400
    async with client.post("/ocsp", data=bytes(20_000)) as response:
        assert response.status == 413


async def test_the_responder_answers_a_get(client: Client, world: JlisWorld, holder: Issued) -> None:
    asked = base64.b64encode(question(world, holder, hashes.SHA256())).decode().replace("/", "%2F")
    async with client.get(f"/ocsp/{asked}") as response:
        answer = ocsp.load_der_ocsp_response(await response.read())
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD


async def test_renewals_are_linked_old_to_new(client: Client, world: JlisWorld, holder: Issued) -> None:
    renewed = world.issue_authentication("a2", None, issued=date(2026, 11, 12), birth=BIRTH)
    old = world.issue_authentication("a0", None, issued=date(2021, 11, 12), birth=BIRTH, generation=2)
    world.renew(old, renewed)
    async with client.get("/linkage") as response:
        assert await response.json() == {
            "links": [
                {
                    "issuer": old.issuer_key_id,
                    "old": old.serial_hex,
                    "new": renewed.serial_hex,
                    "new_issuer": renewed.issuer_key_id,
                }
            ]
        }


@pytest.mark.parametrize("path", [CRL, "/ocsp/MAA=", "/linkage"])
async def test_each_service_fails_in_its_own_way(client: Client, service: JlisService, path: str) -> None:
    which = Service(path.split("/")[1])
    service.conditions[which] = Condition.DOWN
    with pytest.raises(aiohttp.ClientError):
        await client.get(path)
    service.conditions[which] = Condition.RUBBISH
    async with client.get(path) as response:
        assert (response.status, response.content_type) == (200, "text/html")
    service.conditions[which] = Condition.SLOW
    async with client.get(path) as response:
        assert response.content_type != "text/html"
    service.conditions[which] = Condition.UP


async def test_stale_answers_are_right_ones_of_three_days_ago(
    client: Client, service: JlisService, world: JlisWorld, holder: Issued
) -> None:
    renewed = world.issue_authentication("a2", None, issued=date(2026, 11, 12), birth=BIRTH)
    world.renew(holder, renewed)
    service.conditions = dict.fromkeys(Service, Condition.STALE)
    old = await crl(client)
    assert old.next_update_utc is not None
    assert old.next_update_utc < NOON
    answer = await ask(client, question(world, holder, hashes.SHA256()))
    assert answer.this_update_utc == NOON - timedelta(days=3)
    async with client.get("/linkage") as response:
        assert await response.json() == {"links": []}


def test_only_what_was_issued_can_be_revoked(world: JlisWorld, holder: Issued) -> None:
    stranger = Issued(
        purpose=Purpose.AUTHENTICATION,
        generation=3,
        issuer_key_id=holder.issuer_key_id,
        serial=1,
        issued=ISSUED,
        last_day=ISSUED,
        der=None,
    )
    with pytest.raises(LookupError):
        world.revoke(stranger, STOLEN, NOON)


@pytest.mark.parametrize(
    ("now", "made"),
    [
        (datetime(2026, 11, 21, 14, 59, tzinfo=UTC), datetime(2026, 11, 20, 15, tzinfo=UTC)),
        (datetime(2026, 11, 21, 15, 0, tzinfo=UTC), datetime(2026, 11, 21, 15, tzinfo=UTC)),
    ],
)
def test_the_day_of_a_list_turns_at_midnight_in_japan(now: datetime, made: datetime) -> None:
    assert published(now) == made
