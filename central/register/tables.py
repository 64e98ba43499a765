"""Tables of the register. Every row has valid time (when it is true) and recorded time (when we knew it).

``valid_from`` is the first day, ``valid_to`` the first day after (None: open); ``recorded_to`` None is current.
Nothing is overwritten: a row is inserted and, once, closed; `guards` makes both databases refuse anything else.
``info["distribution"]`` names the column by which a table is distributed; None is a reference table. Directories
(certificate, number) have their own key, the rest lives with the person: rows that hang on an insured record carry
the person whom the tie names, and ``relink`` moves them with it. Reading always joins the tie, so that a row left
behind shows nobody a stranger's data.
"""

import sqlalchemy as sa
from sqlalchemy import Column

from central.db.schema import Day, Moment, metadata
from central.register import guards


def _id(name: str) -> "Column[str]":
    return Column(name, sa.String(64), nullable=False)


def _text(name: str, length: int, *, optional: bool = False) -> "Column[str]":
    return Column(name, sa.String(length), nullable=optional)


def _recorded() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        Column("recorded_from", Moment, nullable=False),
        Column("recorded_to", Moment),
        sa.CheckConstraint("recorded_to IS NULL OR recorded_to >= recorded_from", name="recorded"),
    )


def _both_times() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        Column("valid_from", Day, nullable=False),
        Column("valid_to", Day),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid"),
        *_recorded(),
    )


def _table(name: str, distribution: str | None, *parts: sa.schema.SchemaItem) -> sa.Table:
    """A table whose primary key holds its distribution key, as a sharded PostgreSQL asks for."""
    key = ("row_id",) if distribution is None else (distribution, "row_id")
    return sa.Table(
        f"register_{name}",
        metadata,
        _id("row_id"),
        *parts,
        sa.PrimaryKeyConstraint(*key),
        info={"distribution": distribution},
    )


clock = sa.Table(
    "register_clock",
    metadata,
    Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    Column("published", Moment, nullable=False),
    info={"distribution": None},
)
"""One row: the newest recorded moment. Whoever writes locks it first, so moments become visible in their order and
an answer computed "as of published" can be computed again for ever."""

insurer = _table(
    "insurer",
    None,
    _text("number", 8),
    _text("name", 200),
    _text("successor", 8, optional=True),
    *_both_times(),
)
"""保険者 and welfare offices; ``number`` padded with zeros to 8."""

person = _table(
    "person",
    "person_id",
    _id("person_id"),
    _text("name", 200),
    _text("kana", 200),
    Column("birth_date", Day, nullable=False),
    _text("sex", 1),
    _text("address", 400),
    _text("postal_code", 8, optional=True),
    _text("other_name", 200, optional=True),
    _text("other_kana", 200, optional=True),
    Column("support_measure", sa.Boolean, nullable=False),
    *_both_times(),
)

certificate = _table(
    "certificate",
    "certificate_key",
    _text("certificate_key", 128),
    Column("person_id", sa.String(64)),
    _text("previous_key", 128, optional=True),
    *_both_times(),
)
"""Whose a 利用者証明用 certificate is. Without a person: through ``previous_key`` (renewal linkage)."""

insured_record = sa.Table(
    "register_insured_record",
    metadata,
    _text("lookup_key", 64),
    _id("record_id"),
    _text("insurer_number", 8),
    _text("symbol", 20),
    _text("number", 20),
    _text("branch", 2),
    _text("symbol_key", 40),
    Column("recorded_from", Moment, nullable=False),
    sa.PrimaryKeyConstraint("lookup_key", "record_id"),
    sa.UniqueConstraint("lookup_key", "symbol_key", "branch"),
    info={"distribution": "lookup_key"},
)
"""The identity (insurer, symbol, number, branch; branch empty when there is none); it never changes."""

number_directory = _table(
    "number_directory",
    "lookup_key",
    _text("lookup_key", 64),
    _text("symbol_key", 40),
    _text("branch", 2),
    Column("birth_date", Day, nullable=False),
    _id("person_id"),
    Column("record_id", sa.String(64)),
    *_both_times(),
)
"""The ties and the medical assistance (``record_id`` None), as seen from the number."""

tie = _table(
    "tie",
    "person_id",
    _id("person_id"),
    _id("record_id"),
    _text("lookup_key", 64),
    _text("insurer_number", 8),
    _text("symbol", 20),
    _text("number", 20),
    _text("branch", 2),
    *_both_times(),
)
"""Record → person, with the record's printed identity beside it."""


def _of_record(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    return _table(name, "person_id", _id("person_id"), _id("record_id"), *parts, *_both_times())


coverage = _of_record(
    "coverage",
    _text("classification", 2),
    _text("relation", 1),
    _text("insured_name", 200, optional=True),
    _text("loss_reason", 2, optional=True),
    Column("issued_on", Day),
    Column("card_valid_from", Day),
    Column("card_valid_through", Day),
)
"""資格: ``valid_from`` is 資格取得年月日, ``valid_to`` 資格喪失年月日."""

burden_ratio = _of_record("burden_ratio", Column("percent", sa.SmallInteger, nullable=False))

elderly_certificate = _of_record(
    "elderly_certificate",
    Column("percent", sa.SmallInteger, nullable=False),
    Column("issued_on", Day, nullable=False),
)

limit_certificate = _of_record(
    "limit_certificate",
    _text("kind", 2),
    _text("income_class", 3),
    Column("issued_on", Day, nullable=False),
    Column("long_term_from", Day),
)

disease_certificate = _of_record(
    "disease_certificate",
    _text("category", 1),
    Column("issued_on", Day, nullable=False),
    Column("self_pay", sa.Integer, nullable=False),
)

reference_number = _of_record("reference_number", _text("facility", 10), _text("reference", 50))

view_stop = _table(
    "view_stop",
    "person_id",
    _id("person_id"),
    Column("record_id", sa.String(64)),
    _text("scope", 8),
    _text("reason", 40),
    *_both_times(),
)

assistance = _table(
    "assistance",
    "person_id",
    _id("person_id"),
    _text("lookup_key", 64),
    _text("payer", 8),
    _text("recipient", 20),
    _text("loss_reason", 2, optional=True),
    *_both_times(),
)

assistance_ticket = _table(
    "assistance_ticket",
    "person_id",
    _id("person_id"),
    _text("facility", 10),
    _text("month", 6),
    _text("issue_number", 20),
    Column("document", sa.LargeBinary, nullable=False),
    *_both_times(),
)
"""``document``: the canonical JSON of `entries.Ticket`; nobody searches inside a ticket."""

work_item = sa.Table(
    "register_work_item",
    metadata,
    _text("insurer_number", 8),
    _id("row_id"),
    _text("kind", 40),
    _id("person_id"),
    Column("record_id", sa.String(64)),
    _text("subject", 200),
    _text("details", 400),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    _text("outcome", 40, optional=True),
    sa.PrimaryKeyConstraint("insurer_number", "row_id"),
    info={"distribution": "insurer_number"},
)
"""What an insurer has to look into. ``subject`` keeps one open item per cause; ``details`` are codes and ids only."""

DISTRIBUTED_WITH_RECORD = (
    coverage,
    burden_ratio,
    elderly_certificate,
    limit_certificate,
    disease_certificate,
    reference_number,
)
"""What hangs on an insured record and moves with its tie."""

ONE_AT_A_TIME: dict[sa.Table, tuple[str, ...]] = {
    insurer: ("number",),
    person: ("person_id",),
    certificate: ("certificate_key",),
    tie: ("record_id",),
    coverage: ("record_id",),
    burden_ratio: ("record_id",),
    elderly_certificate: ("record_id",),
    limit_certificate: ("record_id",),
    disease_certificate: ("record_id", "category"),
    reference_number: ("record_id", "facility"),
    assistance: ("person_id",),
}
"""Among current rows with the same values here, the valid times never overlap."""

HISTORY = (*ONE_AT_A_TIME, number_directory, view_stop, assistance_ticket)
"""Tables whose rows are inserted and closed, never changed or deleted."""

for _history in HISTORY:
    _owner = _history.info["distribution"] or "number"
    if _owner != "record_id" and "record_id" in _history.c and _history is not number_directory:
        sa.Index(None, _history.c.record_id)
for _name, _columns in (
    (certificate, ("previous_key",)),
    (person, ("birth_date",)),
    (number_directory, ("person_id",)),
    (work_item, ("insurer_number", "subject")),
    (work_item, ("person_id",)),
):
    sa.Index(None, *(_name.c[column] for column in _columns))

_BY_STATEMENT = (person,)
"""Spans of an insured record are held apart by constraints; a person's own data by a trigger, for the uploads' sake."""
guards.attach(clock, HISTORY, ONE_AT_A_TIME, _BY_STATEMENT)


def guard_statements(dialect: guards.Guarded) -> list[str]:
    """What a migration runs after creating these tables by hand (``create_all`` does it by itself)."""
    return guards.statements(dialect, HISTORY, ONE_AT_A_TIME, _BY_STATEMENT)
