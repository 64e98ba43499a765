"""Cards and their papers for tests of trust and presence: the J-LIS stand-in, keys made once, and a clock to move."""

import functools
import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from central.facilities.device import Device
from central.trust.anchors import LAB, Anchors
from central.trust.certificates import AuthenticationCertificate, CertificateReader
from central.trust.surface import SurfaceAnchors
from protocol import canonical
from protocol.numbers import with_check_digit
from protocol.visit import (
    DIGEST_INFO_SHA256,
    ConsentItem,
    ConsentRequest,
    ConsentStatement,
    FaceReport,
    Method,
    SightReport,
    SignedDocument,
    SurfaceEvidence,
    VisitRequest,
    VisitStatement,
    card_digest,
)
from sandbox.card.surface import face_signature
from sandbox.card.tlv import tlv
from sandbox.jlis import cvc
from sandbox.jlis.authority import Purpose
from sandbox.jlis.register import Issued
from sandbox.jlis.status import revocation_list
from sandbox.jlis.world import Flaw, JlisWorld
from sandbox.world.draw import Draw
from sandbox.world.keys import KeyCache

TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)
"""12:00 in Japan."""
CLINIC = with_check_digit("991000000")
BIRTH = date(1980, 2, 17)
ISSUED = date(2024, 10, 27)
LAST_DAY = date(2029, 2, 17)


@functools.cache
def keys() -> KeyCache:
    """One folder of keys for the whole test process, gone with it."""
    folder = tempfile.TemporaryDirectory(prefix="onshi-test-keys-")
    made = KeyCache(Path(folder.name))
    made.folder_kept = folder  # type: ignore[attr-defined]
    return made


class Clock:
    """Stands still until moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **passed: int) -> datetime:
        self.now += timedelta(**passed)
        return self.now


@functools.cache
def _authorities() -> JlisWorld:
    """The world whose authorities every other one borrows."""
    return JlisWorld(keys(), Draw("tests"), TODAY)


class Lab:
    """A J-LIS stand-in with an empty register, and what a verifier pins of it."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock or Clock()
        self.jlis = JlisWorld(keys(), Draw("tests"), TODAY, clock=self.clock)
        self.jlis._authorities = _authorities()._authorities

    def anchors(self) -> Anchors:
        return Anchors(self.jlis.anchors(Purpose.AUTHENTICATION), hierarchies=[LAB])

    def reader(self, **more: Any) -> CertificateReader:
        signature = Anchors(self.jlis.anchors(Purpose.SIGNATURE), hierarchies=[LAB])
        return CertificateReader(self.anchors(), signature_anchors=signature, **more)

    def surfaces(self) -> SurfaceAnchors:
        pinned = {bytes.fromhex(key_id): key for key_id, key in self.jlis.surface_ca_keys().items()}
        return SurfaceAnchors(pinned, hierarchies=[LAB])

    def issue(self, name: str = "ordinary", **more: Any) -> Issued:
        more.setdefault("issued", ISSUED)
        more.setdefault("until", LAST_DAY)
        more.setdefault("key", keys().rsa_2048("card").public_key())
        return self.jlis.issue_authentication(name, more.pop("key"), **more)

    def certificate(self, name: str = "ordinary", **more: Any) -> AuthenticationCertificate:
        issued = self.issue(name, **more)
        assert issued.der is not None
        return self.reader().read(issued.der)

    def crl(self, at: datetime | None = None, generation: int = 3, holds: timedelta | None = None) -> bytes:
        authority = self.jlis.authority(Purpose.AUTHENTICATION, generation)
        return revocation_list(self.jlis, authority, at or self.clock())

    def revoke(self, issued: Issued, reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise, **ago: int) -> None:
        self.jlis.revoke(issued, reason, self.clock() - timedelta(**(ago or {"hours": 1})))

    def card(self, name: str = "ordinary", **more: Any) -> "Card":
        chip = {one: more.pop(one) for one in ("birth", "sex", "surface_key", "forged_issuer") if one in more}
        forged = chip.pop("forged_issuer", False)
        return Card(
            issued=self.issue(name, **more),
            key=keys().rsa_2048("card"),
            municipality=self.jlis.municipality(cvc.CvUse.SURFACE, "99201", forged=forged),
            **chip,
        )


def pkcs1(key: rsa.RSAPrivateKey, digest: bytes) -> bytes:
    """What the card does with a DigestInfo."""
    return key.sign(DIGEST_INFO_SHA256 + digest, padding.PKCS1v15(), utils.NoDigestInfo())


@dataclass
class Card:
    """The two keys of a card, its certificate, and what the municipality signed into it."""

    issued: Issued
    key: rsa.RSAPrivateKey
    municipality: cvc.SurfaceIssuer
    birth: date = BIRTH
    sex: str = "2"
    surface_key: rsa.RSAPrivateKey = field(default_factory=lambda: keys().rsa_2048("surface"))
    photo: bytes = b"a portrait"

    @property
    def der(self) -> bytes:
        assert self.issued.der is not None
        return self.issued.der

    @property
    def photo_digest(self) -> str:
        return hashlib.sha256(tlv(0xDF27, self.photo)).hexdigest()

    def opening(self, file: str, digest: bytes, **change: Any) -> SurfaceEvidence:
        """The surface proof over a digest; keyword arguments change single fields."""
        birth = f"{self.birth:%Y%m%d}".encode()
        public = cvc.public_key_objects(self.surface_key.public_key())
        issuer = self.municipality
        if file == "0001":
            attributes = tlv(0xDF11, birth) + tlv(0xDF12, public)
            signature = issuer.key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
            digests: tuple[Any, ...] = ()
        else:
            attributes = tlv(0xDF22, birth) + tlv(0xDF23, self.sex.encode()) + tlv(0xDF24, public)
            pictures, photo = tlv(0xDF25, b"name") + tlv(0xDF26, b"address"), tlv(0xDF27, self.photo)
            signature = face_signature(issuer, attributes, pictures, photo)
            digests = (hashlib.sha256(pictures).digest(), hashlib.sha256(photo).digest())
        made = SurfaceEvidence(
            file=file,  # type: ignore[arg-type]
            attributes=attributes,
            digests=digests,  # type: ignore[arg-type]
            signature=signature,
            issuer=issuer.certificate,
            card_signature=pkcs1(self.surface_key, digest),
        )
        return replace(made, **change) if change else made


@dataclass
class Appliance:
    """An enrolled device that can write and sign documents."""

    clock: Callable[[], datetime] = field(default_factory=Clock)
    id: str = "reader-1"
    facility: str = CLINIC
    numbers: list[int] = field(default_factory=lambda: [0])

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        return keys().p256(f"device-{self.id}")

    @property
    def device(self) -> Device:
        spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return Device(
            id=self.id,
            facility=self.facility,
            public_key=spki,
            certificate=bytes(32),
            enrolled_at=NOON - timedelta(days=1),
        )

    def new_id(self) -> str:
        self.numbers[0] += 1
        return hashlib.sha256(f"{self.id}-{self.numbers[0]}".encode()).hexdigest()[:32]

    def statement(self, card: Card, challenge: str, method: Method = Method.PIN, **more: Any) -> VisitStatement:
        more.setdefault("request_id", self.new_id())
        more.setdefault("asked_day", TODAY)
        more.setdefault("made_at", self.clock())
        more.setdefault("certificate", hashlib.sha256(card.der).hexdigest())
        if method is Method.FACE:
            more.setdefault("face", face(card))
        if method is Method.SIGHT:
            more.setdefault("sight", SightReport(clerk="clerk-7"))
        return VisitStatement(
            device=more.pop("device", self.id),
            facility=more.pop("facility", self.facility),
            method=method,
            challenge=challenge,
            **more,
        )

    def request(self, card: Card, statement: VisitStatement, *, file: str | None = None, **change: Any) -> VisitRequest:
        """All proofs that the method needs; ``file`` opens the surface (face and sight always do)."""
        digest = card_digest(statement)
        with_pin = statement.method is Method.PIN
        opened = file or (None if with_pin else "0002" if statement.method is Method.FACE else "0001")
        made = VisitRequest(
            statement=statement,
            certificate=card.der,
            authentication_signature=pkcs1(card.key, digest) if with_pin else None,
            surface=card.opening(opened, digest) if opened else None,
        )
        return replace(made, **change) if change else made

    def visit(self, card: Card, challenge: str, method: Method = Method.PIN, **more: Any) -> bytes:
        """The document of one whole visit request."""
        file = more.pop("file", None)
        return self.sign(self.request(card, self.statement(card, challenge, method, **more), file=file))

    def consent(
        self,
        card: Card,
        visit: VisitStatement,
        items: tuple[ConsentItem, ...] = tuple(ConsentItem),
        **more: Any,
    ) -> bytes:
        key = more.pop("key", "authentication" if visit.method is Method.PIN else "surface")
        signer = more.pop("signer", card.key if key == "authentication" else card.surface_key)
        values: dict[str, Any] = {
            "consent_id": self.new_id(),
            "visit": more.pop("visit_id", visit.request_id),
            "device": self.id,
            "facility": self.facility,
            "certificate": visit.certificate,
            "challenge": visit.challenge,
            "items": items,
            "made_at": self.clock(),
        }
        statement = ConsentStatement(**{**values, **more})
        return self.sign(
            ConsentRequest(statement=statement, key=key, card_signature=pkcs1(signer, card_digest(statement)))
        )

    def sign(self, request: VisitRequest | ConsentRequest, **change: Any) -> bytes:
        payload = canonical.encode(request)
        return self.envelope(payload, "visit" if isinstance(request, VisitRequest) else "consent", **change)

    def envelope(self, payload: bytes, kind: str = "visit", **change: Any) -> bytes:
        values = {
            "kind": kind,
            "device": self.id,
            "payload": payload,
            "signature": self.key.sign(payload, ec.ECDSA(hashes.SHA256())),
        }
        return canonical.encode(SignedDocument(**{**values, **change}))  # type: ignore[arg-type]


def face(card: Card, **change: Any) -> FaceReport:
    values: dict[str, Any] = {
        "model": "ab" * 32,
        "score": 612_000,
        "threshold": 400_000,
        "frames": 5,
        "liveness": "blink-1",
        "photo": card.photo_digest,
    }
    return FaceReport(**{**values, **change})


def flawed(lab: Lab, flaw: Flaw) -> bytes:
    issued = lab.issue(f"flaw-{flaw.value}", flaw=flaw)
    assert issued.der is not None
    return issued.der


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
