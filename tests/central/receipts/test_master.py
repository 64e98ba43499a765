"""The drug master: widths, differences, validity, products that share a price code."""

import io
from datetime import date
from decimal import Decimal

import pytest

from central.receipts.master import DrugMaster, load, read_rows, synthetic
from protocol.errors import OnshiError, receipts

DAY = date(2026, 6, 15)


def row(kind: str, code: str = "699900201", *, width: int = 42, **columns: str) -> bytes:
    """A row; ``c4="名称"`` fills column 4."""
    values = [""] * width
    values[0], values[1], values[2] = kind, "Y", code
    for name, value in columns.items():
        values[int(name[1:])] = value
    return ",".join(f'"{value}"' for value in values).encode("cp932") + b"\r\n"


def new(code: str = "699900201", *, width: int = 42, **columns: str) -> bytes:
    base = {"c4": "ミホン錠", "c9": "錠", "c11": "10.10", "c27": "1", "c29": "20260401", "c30": "99999999"}
    return row("3", code, width=width, **(base | {"c31": "9991001F1010", "c34": "ミホン錠"} | columns))


def master(*files: bytes) -> DrugMaster:
    return load(*(io.BytesIO(file) for file in files))


def test_our_own_master_is_whole_and_unmistakably_invented() -> None:
    own = synthetic()
    assert len(own) == 31
    for product in own:
        assert product.code.startswith("6999")
        assert product.price_code.startswith("999")
        assert product.name
        assert product.unit
    injection = own.product("699900130", DAY)
    assert injection is not None
    assert (injection.form, injection.price) == ("4", Decimal("1376.00"))


def test_products_of_one_price_code_stay_apart() -> None:
    own = synthetic()
    shared = own.sharing("9990001F1011")
    assert [one.code for one in shared] == ["699900102", "699900103"]
    brand = own.product("699900101", DAY)
    assert brand is not None
    assert brand.ingredient == shared[0].ingredient
    assert (brand.generic, shared[0].generic) == (False, True)


def test_a_full_row_says_it_all_and_an_older_file_nothing_of_what_it_lacks() -> None:
    first = new(c33="20270331", c37="見本一般名")
    emptied = master(first, new(c29="20260501")).product("699900201", DAY)
    older = master(first, new(width=35, c29="20260501")).product("699900201", DAY)
    assert emptied is not None
    assert older is not None
    assert (emptied.transition_until, emptied.general_name) == (None, "")
    assert (older.transition_until, older.general_name) == (None, "見本一般名")


@pytest.mark.parametrize("width", [35, 40, 42])
def test_files_of_every_width_are_read(width: int) -> None:
    found = master(new(width=width)).product("699900201", DAY)
    assert found is not None
    assert (found.name, found.price, found.general_name) == ("ミホン錠", Decimal("10.10"), "")


def test_a_difference_leaves_empty_what_did_not_change() -> None:
    changed = row("5", c11="9.80", c29="20260601")
    found = master(new(c37="【般】ミホン錠"), changed)
    now, before = found.product("699900201", DAY), found.product("699900201", date(2026, 5, 31))
    assert now is not None
    assert before is not None
    assert (now.price, now.name, now.general_name) == (Decimal("9.80"), "ミホン錠", "【般】ミホン錠")
    assert before.price == Decimal("10.10")
    assert [one.since for one in found.versions("699900201")] == [date(2026, 4, 1), date(2026, 6, 1)]


def test_before_its_first_day_a_product_still_has_a_name() -> None:
    found = master(new()).product("699900201", date(2020, 1, 1))
    assert found is not None
    assert found.name == "ミホン錠"


def test_an_abolished_product_keeps_its_name_and_loses_its_validity() -> None:
    gone = master(new(), row("9", c29="20260701", c30="20260930"))
    found = gone.product("699900201", DAY)
    assert found is not None
    assert found.valid_on(date(2026, 9, 30))
    assert not found.valid_on(date(2026, 10, 1))
    assert len(gone.versions("699900201")) == 1


def test_a_deleted_product_is_gone_and_may_come_back() -> None:
    assert len(master(new(), row("1"))) == 0
    back = master(new(), row("9", c30="20260501"), row("2", c30="99999999")).product("699900201", DAY)
    assert back is not None
    assert back.abolished_on is None


def test_a_full_file_on_top_of_another_adds_versions_only_where_something_changed() -> None:
    twice = master(new(), new(), new(c11="11.00", c29="20260601"))
    assert [one.price for one in twice.versions("699900201")] == [Decimal("10.10"), Decimal("11.00")]


def test_rows_come_with_their_lines() -> None:
    rows = list(read_rows(io.BytesIO(new() + b"\r\n" + new("699900202") + b"\x1a")))
    assert [(one.line, one.code, len(one.columns)) for one in rows] == [(1, "699900201", 42), (3, "699900202", 42)]


def test_a_change_of_an_unknown_product_is_left_out_and_told() -> None:
    target = DrugMaster()
    faults = target.apply(read_rows(io.BytesIO(row("5", c11="9.80", c29="20260601") + new("699900202"))))
    assert [(one.line, one.drug, one.code) for one in faults] == [(1, "699900201", "RECEIPT-082")]
    assert len(target) == 1


@pytest.mark.parametrize("columns", [{"c11": "NaN"}, {"c11": "1e5"}, {"c29": "20260230"}, {"c4": ""}, {"c30": "soon"}])
def test_rows_with_wrong_values_are_left_out(columns: dict[str, str]) -> None:
    faults = DrugMaster().apply(read_rows(io.BytesIO(new(**columns))))
    assert [one.code for one in faults] == ["RECEIPT-081"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", receipts.MASTER_NOT),
        (b"IR,1,13\r\n", receipts.MASTER_NOT),
        (b"\x00\xff" * 50, receipts.MASTER_NOT),
        (new().replace(b'"Y"', b'"S"'), receipts.MASTER_NOT),
        (b'"' + b"x" * 9000 + b'"\r\n', receipts.MASTER_NOT),
        (new() + b'"0","Y"\r\n', receipts.MASTER_ROW),
        (new() + b'"0","Y\r\n', receipts.MASTER_ROW),
        (new() + row("7"), receipts.MASTER_ROW),
        (new() + row("0", "69990020"), receipts.MASTER_ROW),
        (new() + row("5", "699900299", c11="1.00"), receipts.MASTER_UNKNOWN),
    ],
)
def test_what_is_no_master_is_refused(data: bytes, fault: object) -> None:
    with pytest.raises(OnshiError) as refused:
        master(data)
    assert refused.value.fault is fault
    assert "line" in refused.value.details
