"""Everything that makes one card: keys, certificates, credentials, what is printed. Values only."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.card import printed
from sandbox.jlis.cvc import SurfaceIssuer

CredentialName = Literal[
    "pin", "signature", "number_b", "birth", "number_a",
    "attributes_pin", "attributes_number_a", "attributes_number_b", "common",
]  # fmt: skip


class Token(StrEnum):
    """Label of JPKI 0006. Telephones have the JPKI application only."""

    CARD = "JPKIAPICCTOKEN2"
    ANDROID = "JPKIAPGPSETOKEN"
    IPHONE = "JPKIAPIOSTOKEN"


@dataclass(frozen=True, kw_only=True)
class CardPersonalisation:
    """One card. Digits as text; ``sex`` is ``1`` male or ``2`` female.

    ``pin`` or ``signature_password`` None: as on a 顔認証マイナンバーカード, the credential cannot be used at all
    (modelled as used up: how a real card shows it is not public). ``photo`` None: no photo on the card.
    """

    authentication_key: rsa.RSAPrivateKey | None
    authentication_certificate: bytes | None
    authentication_ca: bytes
    signature_key: rsa.RSAPrivateKey | None = None
    signature_certificate: bytes | None = None
    signature_ca: bytes
    surface_key: rsa.RSAPrivateKey
    issuer: SurfaceIssuer
    """The municipality's key for 券面AP."""
    attributes_issuer: SurfaceIssuer
    """The municipality's key for 入力補助AP."""
    name: str
    address: str
    birth: date
    sex: Literal["1", "2"]
    expiry: date
    security_code: str
    individual_number: str
    serial: str = "990000000000001"
    """15 digits, 共通カードAP."""
    municipality: str = "99201"
    photo: bytes | None = None
    """JPEG 2000."""
    pin: str | None = "1234"
    attributes_pin: str | None = "5678"
    signature_password: str | None = None
    foreign: bool = False
    token: Token = Token.CARD
    contactless: bool = False
    blocked: AbstractSet[CredentialName] = field(default_factory=frozenset)
    """Credentials whose tries are used up."""

    @property
    def birth_digits(self) -> str:
        """The printed birth date, YYMMDD: opens 券面AP 0001."""
        return printed.birth_digits(self.birth, foreign=self.foreign)

    @property
    def number_b(self) -> str:
        """照合番号B, 14 digits."""
        return printed.number_b(self.birth, self.expiry, self.security_code, foreign=self.foreign)
