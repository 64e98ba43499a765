"""A town with something of everything for one insurer: members, every kind of mismatch, stops, an upload that waits."""

from dataclasses import dataclass

from sandbox.residents.people import number_of
from tests.central.console.desk import Desk

NUMBERS = [number_of(place) for place in range(1, 60)]
"""個人番号 that must be nowhere but in the file and at the resident register."""
SCRIPT = "<script>alert(1)</script>"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Ids of the first insurer's things."""

    applied: str
    waiting: str
    record: str
    item: str
    digest: str


async def made(desk: Desk) -> World:
    """Members 1 to 12 of which four do not fit, and an upload with faults that waits for a decision."""
    bureau, town = desk.bureau, desk.bureau.town
    town.settle(1, name="山田　花子", kana="ヤマダ　ハナコ")
    town.settle(2, sex="2")
    town.settle(3, address="見本県若草市本町４丁目５番６号")
    nobody = bureau.line(4)
    del town.known[number_of(4)]
    lines = [
        bureau.line(1, name=SCRIPT, kana="ミホン　タロウ"),
        bureau.line(2, sex="1"),
        bureau.line(3, address="見本県青葉市中央１丁目２番３号"),
        nobody,
        *(bureau.line(place) for place in range(5, 13)),
    ]
    applied = await desk.apply("o-1", *lines)
    waiting = await desk.upload("o-1", bureau.line(20), bureau.line(21, percent="031", address=SCRIPT))
    (row, *_) = await bureau.rows(
        "SELECT w.row_id, w.record_id, c.digest FROM register_work_item w JOIN insurers_comparison c "
        "ON c.record_id = w.record_id WHERE w.kind = 'identity-names'"
    )
    return World(
        applied=applied.removeprefix("/uploads/"),
        waiting=waiting.removeprefix("/uploads/"),
        record=row["record_id"],
        item=row["row_id"],
        digest=row["digest"],
    )
