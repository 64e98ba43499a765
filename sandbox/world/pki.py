"""The cast's certificates at the J-LIS stand-in: who got which, what was revoked, what was renewed.

J-LIS knows everybody's serial from the start; a certificate with a key is made when the card is first asked for.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.cast.persona import CertificatePlan, Hierarchy, Persona, Revocation
from sandbox.jlis import cvc
from sandbox.jlis.authority import Purpose
from sandbox.jlis.profile import UTC_BEHIND_JAPAN, SignatureAttributes
from sandbox.jlis.register import Issued
from sandbox.jlis.world import Flaw, JlisWorld
from sandbox.world.seed import CertificateIdentity

REVOKED_AT = time(11, 30)
"""Japan time of day at which revocations of the cast were entered."""
_REASONS = {
    Revocation.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    Revocation.CESSATION: x509.ReasonFlags.cessation_of_operation,
    Revocation.SUPERSEDED: x509.ReasonFlags.superseded,
}
_FLAWS = {
    Hierarchy.OTHER: Flaw.OTHER_CA,
    Hierarchy.TEST: Flaw.TEST_HIERARCHY,
    Hierarchy.FORGED: Flaw.FORGED_SIGNATURE,
}


@dataclass(frozen=True)
class OnCard:
    """A certificate as it lies on a card, with the CA certificate beside it (DER)."""

    certificate: bytes
    ca: bytes
    identity: CertificateIdentity


class Pki:
    """The cast's side of one `JlisWorld`."""

    def __init__(self, jlis: JlisWorld, people: tuple[Persona, ...]) -> None:
        self.jlis = jlis
        self._now: dict[str, Issued] = {}
        self._before: dict[str, Issued] = {}
        for persona in people:
            self._enter(persona)

    def identity(self, persona: Persona) -> CertificateIdentity:
        """Of the certificate that was issued to this persona."""
        return _identity(self._now[persona.slug])

    def identity_before(self, persona: Persona) -> CertificateIdentity | None:
        """Of the one that a renewal replaced."""
        before = self._before.get(persona.slug)
        return None if before is None else _identity(before)

    def authentication(self, persona: Persona) -> OnCard:
        """The 利用者証明用 certificate with this persona's own key."""
        key = self.key(persona, "authentication")
        made = self._issue(persona, persona.slug, persona.card.certificate, key.public_key())
        ca = self.jlis.authority(Purpose.AUTHENTICATION, persona.card.certificate.generation)
        return OnCard(_der(made), ca.der, _identity(made))

    def signature(self, persona: Persona) -> OnCard:
        """The 署名用 certificate, with the four attributes inside."""
        plan = persona.card.certificate
        attributes = SignatureAttributes(
            name=persona.name.original,
            sex=persona.sex.value,
            birth=persona.birth,
            address=persona.home.address,
        )
        made = self.jlis.issue_signature(
            persona.slug,
            self.key(persona, "signature").public_key(),
            attributes,
            issued=plan.issued,
            until=plan.last_day,
            municipality=persona.home.municipality,
            generation=plan.generation,
        )
        return OnCard(_der(made), self.signature_ca(persona), _identity(made))

    def signature_ca(self, persona: Persona) -> bytes:
        return self.jlis.authority(Purpose.SIGNATURE, persona.card.certificate.generation).der

    def surface_issuer(self, persona: Persona) -> cvc.SurfaceIssuer:
        """The municipality's key for 券面AP."""
        return self.jlis.municipality(cvc.CvUse.SURFACE, persona.home.municipality)

    def attributes_issuer(self, persona: Persona) -> cvc.SurfaceIssuer:
        """The municipality's key for 入力補助AP."""
        return self.jlis.municipality(cvc.CvUse.ATTRIBUTES, persona.home.municipality)

    def key(self, persona: Persona, use: str) -> rsa.RSAPrivateKey:
        """The card's private key for ``authentication``, ``signature`` or ``surface``."""
        return self.jlis.keys.rsa_2048(key_name(persona, use))

    def _enter(self, persona: Persona) -> None:
        card = persona.card
        issued = self._now[persona.slug] = self._issue(persona, persona.slug, card.certificate, None)
        self._revoke(issued, card.certificate)
        if card.replaced is not None:
            before = self._issue(persona, f"{persona.slug}.before", card.replaced, None)
            self._before[persona.slug] = before
            self._revoke(before, card.replaced)
            self.jlis.renew(before, issued)

    def _issue(self, persona: Persona, name: str, plan: CertificatePlan, key: rsa.RSAPublicKey | None) -> Issued:
        return self.jlis.issue_authentication(
            name,
            key,
            issued=plan.issued,
            until=plan.last_day,
            municipality=persona.home.municipality,
            generation=plan.generation,
            flaw=_FLAWS.get(plan.hierarchy, None if plan.good_key_usage else Flaw.WRONG_KEY_USAGE),
        )

    def _revoke(self, issued: Issued, plan: CertificatePlan) -> None:
        if plan.revoked_on is not None:
            at = datetime.combine(plan.revoked_on, REVOKED_AT, UTC) - UTC_BEHIND_JAPAN
            self.jlis.revoke(issued, _REASONS[plan.revocation], at)


def key_name(persona: Persona, use: str) -> str:
    """The card key's name in the world's key cache."""
    return f"card-{persona.slug}-{use}"


def _identity(issued: Issued) -> CertificateIdentity:
    return CertificateIdentity(issued.issuer_key_id, issued.serial_hex)


def _der(issued: Issued) -> bytes:
    if issued.der is None:
        raise ValueError("issued without a key")
    return issued.der
