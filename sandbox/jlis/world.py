"""The J-LIS stand-in as one object: authorities, issuance, revocation, linkage, municipalities' card keys.

Not a server (`sandbox.jlis.service` has one). Keys are made on first use and kept in the world's folder; everything
else follows from seed and day. Facts: `my-number-card` reference, sections 3 and 5.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.jlis import cvc
from sandbox.jlis.authority import GENERATIONS, Authority, Organisation, Purpose, found, usage
from sandbox.jlis.profile import POLICIES, USAGES, Leaf, SignatureAttributes, last_day, sign_leaf
from sandbox.jlis.register import Issued, Register

if TYPE_CHECKING:  # `sandbox.world` stands on this module
    from sandbox.world.draw import Draw
    from sandbox.world.keys import KeyCache


class Flaw(StrEnum):
    """Ways in which a certificate is not what a verifier may accept."""

    OTHER_CA = "other-ca"
    """Issued by an authority of another name."""
    TEST_HIERARCHY = "test-hierarchy"
    """Issued under O=JPKI-TEST."""
    FORGED_SIGNATURE = "forged-signature"
    """Names a lab authority and its key; signed by somebody else."""
    WRONG_KEY_USAGE = "wrong-key-usage"
    """keyEncipherment where digitalSignature belongs."""
    WRONG_POLICY = "wrong-policy"
    """The policy of the other purpose."""


class JlisWorld:
    """See the module. ``today`` is the world's day (Japan), ``clock`` gives aware moments for lists and answers."""

    def __init__(
        self,
        keys: "KeyCache",
        draw: "Draw",
        today: date,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.keys = keys
        self.draw = draw
        self.today = today
        self.clock = clock
        self.register = Register()
        self._authorities: dict[tuple[Organisation, Purpose, int], Authority] = {}

    @classmethod
    def open(cls, folder: Path, today: date, seed: str, **more: Callable[[], datetime]) -> "JlisWorld":
        """A world of its own, with its keys in ``folder``."""
        from sandbox.world.draw import Draw
        from sandbox.world.keys import KeyCache

        return cls(KeyCache(folder), Draw(seed), today, **more)

    def prepare(self, names: Iterable[str] = ()) -> None:
        """Make the authorities' keys and the named RSA keys now, in parallel (about 0.05 s each on two cores)."""
        wanted = [
            *(_key_name(Organisation.LAB, purpose, one) for purpose in Purpose for one in GENERATIONS),
            *(f"cv-{use.name.lower()}" for use in cvc.CvUse),
            *names,
        ]
        with ThreadPoolExecutor(thread_name_prefix="rsa-keys") as pool:
            list(pool.map(self.keys.rsa_2048, dict.fromkeys(wanted)))

    # Authorities

    def authority(
        self, purpose: Purpose, generation: int = GENERATIONS[-1], organisation: Organisation = Organisation.LAB
    ) -> Authority:
        wanted = (organisation, purpose, generation)
        if wanted not in self._authorities:
            serial = 1 if generation == 1 else self.draw.serial("authority", organisation, purpose, str(generation))
            key = self.keys.rsa_2048(_key_name(organisation, purpose, generation))
            self._authorities[wanted] = found(purpose, organisation, generation, key, serial, self.today)
        return self._authorities[wanted]

    def anchors(self, purpose: Purpose, organisation: Organisation = Organisation.LAB) -> list[bytes]:
        """DER of the generations, oldest first: what a verifier pins. The test hierarchy has one generation."""
        generations = GENERATIONS if organisation is Organisation.LAB else GENERATIONS[-1:]
        return [self.authority(purpose, generation, organisation).der for generation in generations]

    # Certificates of holders

    def issue_authentication(
        self,
        name: str,
        key: rsa.RSAPublicKey | None,
        *,
        issued: date,
        birth: date | None = None,
        until: date | None = None,
        card_expiry: date | None = None,
        municipality: str = "99201",
        generation: int = GENERATIONS[-1],
        flaw: Flaw | None = None,
        serial: int | None = None,
    ) -> Issued:
        """A 利用者証明用 certificate, valid through ``until`` or the fifth birthday after ``issued``.

        ``name`` names the certificate within the world (its serial follows from it); a ``key`` of None enters a
        serial without a certificate.
        """
        ends = _last_day(issued, birth, until, card_expiry)
        order = _Order(Purpose.AUTHENTICATION, name, municipality, issued, ends, generation, serial)
        return self._issue(order, key, flaw, None)

    def issue_signature(
        self,
        name: str,
        key: rsa.RSAPublicKey | None,
        attributes: SignatureAttributes,
        *,
        issued: date,
        until: date | None = None,
        card_expiry: date | None = None,
        municipality: str = "99201",
        generation: int = GENERATIONS[-1],
        serial: int | None = None,
    ) -> Issued:
        """A 署名用 certificate with the four attributes inside."""
        ends = _last_day(issued, attributes.birth, until, card_expiry)
        order = _Order(Purpose.SIGNATURE, name, municipality, issued, ends, generation, serial)
        return self._issue(order, key, None, attributes)

    def _issue(
        self, order: "_Order", key: rsa.RSAPublicKey | None, flaw: Flaw | None, attributes: SignatureAttributes | None
    ) -> Issued:
        purpose = order.purpose
        authority = self.authority(purpose, order.generation, _ORGANISATIONS.get(flaw, Organisation.LAB))
        leaf = Leaf(
            purpose=purpose,
            serial=order.serial or self.draw.serial(purpose.slug, order.name),
            common_name=self._common_name(order),
            issued=order.issued,
            last_day=order.last_day,
            usage=usage("key_encipherment") if flaw is Flaw.WRONG_KEY_USAGE else USAGES[purpose],
            policy=POLICIES[_OTHER[purpose] if flaw is Flaw.WRONG_POLICY else purpose],
            attributes=attributes,
        )
        signer = self.keys.rsa_2048("forger") if flaw is Flaw.FORGED_SIGNATURE else None
        made = Issued(
            purpose=purpose,
            generation=order.generation,
            issuer_key_id=authority.key_id,
            serial=leaf.serial,
            issued=leaf.issued,
            last_day=leaf.last_day,
            der=sign_leaf(leaf, key, authority, signer).public_bytes(Encoding.DER) if key else None,
        )
        self.register.enter(made)
        return made

    def _common_name(self, order: "_Order") -> str:
        """23 characters: 14 letters and digits, the municipality, ``003A``. Says nothing about the holder."""
        own = self.draw.hexadecimal(14, "subject", order.purpose.slug, order.name)
        return f"{own.upper()}{order.municipality}003A"

    def revoke(self, certificate: Issued, reason: x509.ReasonFlags, at: datetime) -> None:
        """From that moment on; lists and answers for earlier moments do not know of it."""
        self.register.revoke(certificate, reason, at)

    def renew(self, old: Issued, new: Issued) -> None:
        """Link an old certificate to the one that took its place (新旧紐付け)."""
        self.register.renew(old, new)

    # Card-verifiable keys

    def cv_authority(self, use: cvc.CvUse) -> cvc.CvAuthority:
        return cvc.CvAuthority(use, self.keys.rsa_2048(f"cv-{use.name.lower()}"), cvc.key_id(use, 0, 1))

    def surface_ca_keys(self, *uses: cvc.CvUse) -> dict[str, rsa.RSAPublicKey]:
        """Public keys by key id (32 hexadecimal digits): what a verifier pins. Default: 券面AP only."""
        authorities = [self.cv_authority(use) for use in uses or (cvc.CvUse.SURFACE,)]
        return {authority.key_id.hex(): authority.key.public_key() for authority in authorities}

    def municipality(self, use: cvc.CvUse, code: str, *, forged: bool = False) -> cvc.SurfaceIssuer:
        """A municipality's key for one application; ``forged``: certified by nobody who may."""
        authority = self.cv_authority(use)
        if forged:
            authority = cvc.CvAuthority(use, self.keys.rsa_2048("forger"), authority.key_id)
        key = self.keys.rsa_2048(f"municipality-{code}-{use.name.lower()}")
        return cvc.issue(authority, key, cvc.key_id(use, int(code[2:]), int(code)))

    @cached_property
    def responder_key(self) -> ec.EllipticCurvePrivateKey:
        return self.keys.p256("ocsp-responder")


@dataclass(frozen=True)
class _Order:
    """What a counter asks the authority for."""

    purpose: Purpose
    name: str
    municipality: str
    issued: date
    last_day: date
    generation: int
    serial: int | None


_OTHER = {Purpose.AUTHENTICATION: Purpose.SIGNATURE, Purpose.SIGNATURE: Purpose.AUTHENTICATION}
_ORGANISATIONS: dict[Flaw | None, Organisation] = {
    Flaw.OTHER_CA: Organisation.OTHER,
    Flaw.TEST_HIERARCHY: Organisation.TEST,
}


def _key_name(organisation: Organisation, purpose: Purpose, generation: int) -> str:
    return f"ca-{organisation.name.lower()}-{purpose.slug}-{generation}"


def _last_day(issued: date, birth: date | None, until: date | None, card_expiry: date | None) -> date:
    if until is not None:
        return until
    if birth is None:
        raise ValueError("a birth date or a last day is needed")
    return last_day(birth, issued, card_expiry)
