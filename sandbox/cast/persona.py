"""What one member of the cast is: a person, a card, what the insurers registered, and how each visit must end.

Data only: no keys, no files, no clock. Everything is invented; insurers and facilities lie in prefecture 99, which
does not exist. Facts: `data-formats` reference 1.1-1.10, `my-number-card` 2.5 and 5, `clinic-interface` 3.3-3.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from protocol.errors import Fault
from protocol.visit import CertificateState, Method


@dataclass(frozen=True, kw_only=True)
class Story:
    """One line in both languages."""

    ja: str
    en: str


@dataclass(frozen=True, kw_only=True)
class PersonName:
    """``original`` is the name of the 住民票 (Unicode, with IVS), with a full-width space inside.

    ``registered`` is what the insurer's file holds: the same, or ● where the character had no place.
    """

    original: str
    kana: str
    """Full-width katakana."""
    romaji: str
    registered: str = ""
    other: str = ""
    """氏名（その他）: the name used in daily life (通称)."""
    other_kana: str = ""

    def as_registered(self) -> str:
        return self.registered or self.original


class Sex(StrEnum):
    """OQSCD007."""

    MALE = "1"
    FEMALE = "2"


@dataclass(frozen=True, kw_only=True)
class Home:
    municipality: str
    """全国地方公共団体コード without its check digit, 5 digits."""
    post_number: str
    address: str


class Hierarchy(StrEnum):
    """Who signed the 利用者証明用 certificate."""

    LAB = "lab"
    """The stand-in for J-LIS, third distinguished name, pinned by the centre."""
    TEST = "test"
    """Named like the test hierarchy (O=JPKI-TEST); needs an explicit setting."""
    OTHER = "other"
    """Some other certificate authority."""
    FORGED = "forged"
    """Names the stand-in as its issuer, signed by somebody else."""


class Revocation(StrEnum):
    """Why a certificate was revoked: the CRL reason (RFC 5280 5.3.1) as J-LIS uses it."""

    KEY_COMPROMISE = "keyCompromise"
    CESSATION = "cessationOfOperation"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, kw_only=True)
class CertificatePlan:
    """One 利用者証明用 certificate. It ends at 23:59:59 Japan time of ``last_day``."""

    issued: date
    last_day: date
    generation: int = 3
    """1-3: the CA generations share one distinguished name."""
    hierarchy: Hierarchy = Hierarchy.LAB
    revoked_on: date | None = None
    revocation: Revocation = Revocation.CESSATION
    good_key_usage: bool = True
    """False: keyEncipherment where digitalSignature belongs."""


@dataclass(frozen=True, kw_only=True)
class CardPlan:
    """The chip and the print. PIN, 照合番号B and serials follow from the seed (`sandbox.world`)."""

    issued: date
    expiry: date
    certificate: CertificatePlan
    replaced: CertificatePlan | None = None
    """The certificate before a renewal: the register knows this one, J-LIS links old to new."""
    pin_tries_left: int = 3
    pin_exists: bool = True
    """False: 顔認証マイナンバーカード, the PIN can never be used."""
    photo: bool = True
    signature_certificate: bool = True
    chip_birth: date | None = None
    """Where the chip says another birth date than the register."""
    foreign: bool = False
    """A foreign resident's card: the printed birth date is Gregorian."""
    certificate_of: str | None = None
    """Slug of the persona whose certificate was copied onto this genuine card; its private key was not."""


@dataclass(frozen=True, kw_only=True)
class Insurer:
    number: str
    """保険者番号 or 公費負担者番号: 8 digits, or 6 (国保); check digit valid."""
    name: str


@dataclass(frozen=True, kw_only=True)
class Elderly:
    """高齢受給者証."""

    issued: date
    start: date
    end: date
    ratio: str
    """``020`` is 20 %."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """限度額適用認定証: OQSCD011 and OQSCD012."""

    kind: str
    category: str
    issued: date
    start: date
    end: date
    long_term: date | None = None


@dataclass(frozen=True, kw_only=True)
class Disease:
    """特定疾病療養受療証; ``category`` is OQSCD013, ``self_pay`` yen a month."""

    category: str
    issued: date
    start: date
    end: date
    self_pay: int


@dataclass(frozen=True, kw_only=True)
class Membership:
    """One insured record and its span of coverage."""

    insurer: Insurer
    symbol: str
    number: str
    branch: str
    start: date
    end: date | None = None
    """資格喪失年月日: the first day without this coverage."""
    loss: str | None = None
    """OQSCD008."""
    family: bool = False
    """A dependant (家族)."""
    insured_name: str = ""
    """The insured person's name where it is not the holder's."""
    classification: str = "01"
    """OQSCD010."""
    issued: date
    valid_from: date
    valid_until: date | None = None
    ratio: str | None = None
    """一部負担金割合 of 後期高齢者, 3 digits."""
    preschool: bool = False
    elderly: Elderly | None = None
    limit: Limit | None = None
    diseases: tuple[Disease, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """医療券 for one month and one clinic."""

    issue_number: str
    month: date
    """First day of 診療年月."""
    valid_from: date
    valid_until: date
    treatment: str = "02"
    """OQSCD019."""
    self_pay: int = 0
    combined: bool = False
    social_insurance: bool = False
    injury_name: str = ""
    for_our_facility: bool = True


@dataclass(frozen=True, kw_only=True)
class Welfare:
    """医療扶助: payer number (公費負担者番号), recipient number, and the month's tickets."""

    office: Insurer
    recipient: str
    start: date
    end: date | None = None
    tickets: tuple[Ticket, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A visit that gets an answer. ``validity`` is OQSCD006; ``consent``: the desk may ask for medical data."""

    validity: str
    state: CertificateState = CertificateState.VALID
    consent: bool = True
    results: int = 1
    """How many results the answer lists."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A visit that ends with this catalogue error."""

    fault: Fault


Ending = Answered | Refused


@dataclass(frozen=True, kw_only=True)
class NumberQuery:
    """What a query by the numbers of one membership answers today."""

    membership: int
    validity: str
    with_branch: bool = True


@dataclass(frozen=True, kw_only=True)
class Persona:
    """A member of the cast. ``slug`` names the situation and never changes."""

    slug: str
    name: PersonName
    story: Story
    birth: date
    sex: Sex
    home: Home
    card: CardPlan
    endings: Mapping[Method, Ending]
    memberships: tuple[Membership, ...] = ()
    welfare: Welfare | None = None
    registered: bool = True
    """False: never registered for use as a health insurance card (初回登録 not done)."""
    viewing_stopped: bool = False
    """Medical data blocked until the insurer has answered for a mismatch."""
    support_measure: bool = False
    """支援措置: the whereabouts are kept from everybody who asks."""
    surface_bound_to: str | None = None
    """Slug of the persona whose card surface an earlier visit with the PIN bound to this certificate."""
    queries: tuple[NumberQuery, ...] = field(default=())
