"""What an insurer or a welfare office states about a person: one frozen type per kind of statement.

Not for storing (`tables`) or answering (`service`). Items and codes: the lists of the eligibility answer
(OQSCD006-027) and what insurers register in the 中間サーバー. Days are Japan time. Text is kept as it came
(Unicode with variation selectors, full or half width); what is compared is normalised by `keys`.

Two habits of dates, as the certificates themselves have them: a coverage ends on ``disqualified_on``
(資格喪失日), the **first day without**; a certificate ends on ``valid_through`` (有効終了日), its **last day**.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec

from protocol.codes import CardClassification as Classification
from protocol.codes import PersonalFamily as Relation
from protocol.codes import ReasonOfLoss as LossReason
from protocol.codes import Sex

__all__ = [
    "Assistance", "BurdenRatio", "Certificate", "Classification", "Coverage", "DiseaseCertificate",
    "ElderlyCertificate", "Entry", "Insurer", "LimitCertificate", "LossReason", "Person",
    "RecordKey", "ReferenceNumber", "Relation", "RowRef", "Sex", "StopReason", "StopScope",
    "Ticket", "Tie", "ViewStop",
]  # fmt: skip

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
InsurerText = Annotated[str, msgspec.Meta(pattern=r"^ {0,4}[0-9]{4,8}$")]
"""保険者番号 of 8 or 6 digits, or padded to 8 with blanks or zeros; 公費負担者番号 of 8 digits."""
NumberText = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Branch = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}$")]
FacilityCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}[0-9A-Z][0-9]{7}$")]
Percent = Annotated[int, msgspec.Meta(ge=10, le=100, multiple_of=10)]
Month = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}(0[1-9]|1[0-2])$")]
Yen = Annotated[int, msgspec.Meta(ge=0, le=99_999_999)]
Serial = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{1,40}$")]
"""A certificate's serial number, lower-case hexadecimal without leading zeros."""
IssuerKeyId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16,64}$")]
"""The issuer's key identifier, lower-case hexadecimal: CA generations share one name, never one key."""


class StopScope(StrEnum):
    """How much a stop of viewing covers (照会停止): medical information, or everything."""

    MEDICAL = "medical"
    ALL = "all"


class StopReason(StrEnum):
    """Why viewing is stopped until the insurer corrects or states 「疑いなし」."""

    BIRTH_OR_SEX_DIFFERS = "birth-or-sex-differs"
    NAMES_DIFFER = "names-differ"
    NAME_AND_ADDRESS_DIFFER = "name-and-address-differ"
    NO_RESIDENT = "no-resident"
    SEVERAL_ON_ONE_NUMBER = "several-on-one-number"
    CHIP_DIFFERS = "chip-differs"
    INSURER = "insurer"


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class RecordKey(_Entry, frozen=True, kw_only=True):
    """被保険者記録: the identity of one insured record. 後期 has no symbol and no branch."""

    insurer: InsurerText
    symbol: Annotated[str, msgspec.Meta(max_length=20)] = ""
    number: NumberText
    branch: Branch | None = None


class Insurer(_Entry, frozen=True, kw_only=True):
    """保険者, or the welfare office (福祉事務所) that pays 医療扶助."""

    number: InsurerText
    name: Text
    valid_from: date
    valid_until: date | None = None
    """First day on which the insurer no longer exists."""
    successor: InsurerText | None = None
    """Who takes over in a merger."""


class Person(_Entry, frozen=True, kw_only=True):
    """What is known of a person from ``valid_from`` (default: birth) on. ``person_id`` is the centre's own."""

    person_id: Id
    name: Text
    """氏名 in the original characters; surname and given name apart by one full-width space."""
    kana: Text
    birth_date: date
    sex: Sex
    address: Annotated[str, msgspec.Meta(max_length=400)] = ""
    postal_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{3}-[0-9]{4}$")] | None = None
    other_name: Text | None = None
    """通称."""
    other_kana: Text | None = None
    support_measure: bool = False
    """支援措置: hidden from household views; the address is never given to a facility."""
    valid_from: date | None = None


class Certificate(_Entry, frozen=True, kw_only=True):
    """利用者証明用電子証明書: whose it is. A renewed one may name its predecessor instead of the person."""

    issuer_key_id: IssuerKeyId
    serial: Serial
    person_id: Id | None = None
    previous_issuer_key_id: IssuerKeyId | None = None
    previous_serial: Serial | None = None
    valid_from: date
    valid_through: date


class Tie(_Entry, frozen=True, kw_only=True):
    """To whom an insured record belongs. Creates the record when it is new. Numbers are reused, so it has time."""

    record: RecordKey
    person_id: Id
    valid_from: date
    valid_until: date | None = None


class Coverage(_Entry, frozen=True, kw_only=True):
    """資格: one span of being insured under a record."""

    record: RecordKey
    classification: Classification = Classification.GENERAL
    relation: Relation = Relation.INSURED
    insured_name: Text | None = None
    """被保険者氏名 or 世帯主氏名, where it differs from the person."""
    qualified_on: date
    """資格取得年月日, the first day with."""
    disqualified_on: date | None = None
    """資格喪失年月日, the first day without."""
    loss_reason: LossReason | None = None
    issued_on: date | None = None
    """交付年月日 of the certificate of insurance (資格確認書)."""
    card_valid_from: date | None = None
    card_valid_through: date | None = None


class BurdenRatio(_Entry, frozen=True, kw_only=True):
    """一部負担金割合 in percent: at most one on any day of a record."""

    record: RecordKey
    percent: Percent
    valid_from: date
    valid_through: date | None = None


class ElderlyCertificate(_Entry, frozen=True, kw_only=True):
    """高齢受給者証 of a person of 70 to 74 years."""

    record: RecordKey
    percent: Percent
    issued_on: date
    valid_from: date
    valid_through: date | None = None


class LimitCertificate(_Entry, frozen=True, kw_only=True):
    """限度額適用認定証: kind (OQSCD011) and income class (OQSCD012)."""

    record: RecordKey
    kind: Annotated[str, msgspec.Meta(pattern=r"^0[123]$")]
    income_class: Annotated[str, msgspec.Meta(pattern=r"^(A0[1-6]|B0[1-9]|B10)$")]
    issued_on: date
    valid_from: date
    valid_through: date | None = None
    long_term_from: date | None = None
    """長期入院該当年月日."""


class DiseaseCertificate(_Entry, frozen=True, kw_only=True):
    """特定疾病療養受療証, one per disease category (OQSCD013)."""

    record: RecordKey
    category: Annotated[str, msgspec.Meta(pattern=r"^[123]$")]
    issued_on: date
    valid_from: date
    valid_through: date | None = None
    self_pay: Yen


class Assistance(_Entry, frozen=True, kw_only=True):
    """医療扶助 (生活保護): the welfare office's decision for a person."""

    person_id: Id
    payer: InsurerText
    """公費負担者番号 (12 …)."""
    recipient: NumberText
    """受給者番号."""
    starts_on: date
    ends_on: date | None = None
    """First day without."""
    loss_reason: LossReason | None = None


class Ticket(_Entry, frozen=True, kw_only=True):
    """医療券 or 調剤券 of one month at one facility; optional codes as in the layout (OQSCD018-025)."""

    person_id: Id
    ticket_type: Annotated[str, msgspec.Meta(pattern=r"^0[12]$")]
    month: Month
    valid_from: date
    valid_through: date
    issue_number: NumberText
    facility: FacilityCode
    facility_name: Text
    prescriber: FacilityCode | None = None
    prescriber_name: Text | None = None
    injuries: tuple[Text, ...] = ()
    """傷病名, at most three are given."""
    treatment: Annotated[str, msgspec.Meta(pattern=r"^0[1-5]$")]
    self_pay: Yen = 0
    district_contact: Text | None = None
    handling_contact: Text | None = None
    single_or_combined: Annotated[str, msgspec.Meta(pattern=r"^0[12]$")] = "01"
    social_insurance: Annotated[str, msgspec.Meta(pattern=r"^0[12]$")] = "02"
    inconsistent: bool = False
    infection: Annotated[str, msgspec.Meta(pattern=r"^0[12]$")] = "02"
    elderly: Annotated[str, msgspec.Meta(pattern=r"^0[12]$")] = "02"
    prefectural: Annotated[str, msgspec.Meta(pattern=r"^0[12]$")] = "02"
    remarks: tuple[Text, ...] = ()


class ReferenceNumber(_Entry, frozen=True, kw_only=True):
    """照会番号: a facility's own number for the patient of a record; only that facility ever gets it back."""

    record: RecordKey
    facility: FacilityCode
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    valid_from: date


class ViewStop(_Entry, frozen=True, kw_only=True):
    """Viewing stopped, of one record or (no record) of everything the person has."""

    person_id: Id
    record: RecordKey | None = None
    scope: StopScope
    reason: StopReason
    valid_from: date
    valid_until: date | None = None


Entry: TypeAlias = (
    Insurer
    | Person
    | Certificate
    | Tie
    | Coverage
    | BurdenRatio
    | ElderlyCertificate
    | LimitCertificate
    | DiseaseCertificate
    | Assistance
    | Ticket
    | ReferenceNumber
    | ViewStop
)


class RowRef(_Entry, frozen=True, kw_only=True):
    """A registered row (登録番号): what a correction or an invalidation names."""

    kind: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{1,40}$")]
    """The entry's class name."""
    row_id: Id
    key: Annotated[str, msgspec.Meta(max_length=200)]
    """The distribution key of its table."""
