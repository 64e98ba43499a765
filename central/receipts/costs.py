"""What a receipt cost (医療費) and who paid: the whole, the insurer, public payers, the desk.

Amounts that the receipt records are taken; the others are worked out, and the value says which. Ceilings
(高額療養費) are not worked out: they show where the receipt records what was paid. Facts: reference data-formats
1.7, 2.9 and, where these say so, inferred.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from central.receipts.extract import Institution, institution_of, is_inpatient
from central.receipts.points import INSURANCE, payers
from central.receipts.record import Receipt, Record

YEN_A_POINT = 10
WORKING_INCOME = frozenset("90")
ELDERLY = frozenset("7890")
CHILD = frozenset("34")
TWENTY = frozenset({"20", "41", "43"})
"""特記 of the elderly who pay 20 per cent: 二割, 区カ, 多カ."""


class MonthlyCost(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of one receipt in yen. ``total`` = ``insurer`` + ``public`` + ``desk``.

    ``ratio``: the share at the desk in per cent, None where only public payers bear. ``recorded``: the desk's amount
    stands in the receipt; else it is points × 10 × ratio, rounded to 10 yen. ``meals``: 食事・生活療養 within the
    total; the patient's fixed charge for them is not in a receipt and counts as the insurer's.
    """

    line: int
    receipt: int
    month: date
    kind: str
    inpatient: bool
    institution: Institution
    days: int
    points: int
    meals: int
    total: int
    insurer: int
    public: int
    desk: int
    ratio: int | None
    recorded: bool


def monthly_cost(receipt: Receipt) -> MonthlyCost | None:
    """The cost of a receipt; None where month, main payer or its points cannot be read."""
    month = receipt.common.month("month")
    borne = payers(receipt)
    main = borne.get(min(borne, default=INSURANCE))
    points = main.integer("points") if main is not None else None
    if month is None or main is None or points is None:
        return None
    meals = main.integer("meals_amount") or 0
    total = points * YEN_A_POINT + meals
    public = [record for place, record in borne.items() if place != INSURANCE]
    insured = INSURANCE in borne
    ratio = burden_ratio(receipt) if insured else None
    before = _share(points, ratio) if ratio is not None else total
    desk, recorded = _desk(main if insured else None, public, points=points, ratio=ratio)
    limit = main.integer("desk_amount") if insured else None
    insurer = total - min(before if limit is None else limit, total) if insured else 0
    desk = min(desk, total - insurer)
    return MonthlyCost(
        line=receipt.common.line,
        receipt=receipt.common.integer("number") or 0,
        month=month,
        kind="dpc" if receipt.is_dpc else receipt.opening.kind.label,
        inpatient=is_inpatient(receipt),
        institution=institution_of(receipt),
        days=main.integer("days") or 0,
        points=points,
        meals=meals,
        total=total,
        insurer=insurer,
        public=total - insurer - desk,
        desk=desk,
        ratio=ratio,
        recorded=recorded,
    )


def burden_ratio(receipt: Receipt) -> int:
    """The share at the desk in per cent, from 給付割合 or, where that is not recorded, from 種別 and 特記."""
    common = receipt.common
    given = common.integer("benefit_ratio")
    if given is not None and 0 <= given <= 100:
        return 100 - given
    type_ = common.text("type")
    person, payer = type_[3:4], type_[1:2]
    if person in WORKING_INCOME:
        return 30
    if person in CHILD:
        return 20
    if person in ELDERLY:
        notes = common.text("special_notes")
        twenty = TWENTY & {notes[at : at + 2] for at in range(0, len(notes), 2)}
        return 10 if payer == "3" and not twenty else 20
    return 30


def _share(points: int, ratio: int) -> int:
    """A patient's share in yen, rounded to 10 yen."""
    share = Decimal(points * YEN_A_POINT * ratio) / 100
    return int((share / 10).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * 10


def _desk(insurance: Record | None, public: list[Record], *, points: int, ratio: int | None) -> tuple[int, bool]:
    """What the patient paid, and whether the receipt records it.

    Beside a public payer the patient pays what is recorded for it (nothing recorded: nothing) and, of points that no
    public payer bears, the insurance's share.
    """
    if public:
        told = [amount for one in public if (amount := one.integer("desk_amount")) is not None]
        covered = max((one.integer("points") or 0 for one in public), default=0) or points
        rest = _share(max(points - covered, 0), ratio) if ratio is not None else 0
        return (min(told) if told else 0) + rest, bool(told) and not rest
    recorded = insurance.integer("desk_amount") if insurance is not None else None
    if recorded is not None:
        return recorded, True
    return (_share(points, ratio) if ratio is not None else 0), False
