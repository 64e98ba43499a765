"""Tables of the importer: numbers as keyed hashes, uploads with their state, and the staging that an apply reads.

Staging tables are UNLOGGED on PostgreSQL: a crash of the database empties them and the upload is staged again from
the encrypted file. The register's own tables are `central.register.tables`. Nothing here holds a 個人番号.
"""

import sqlalchemy as sa
from sqlalchemy import Column

from central.db.schema import Day, Document, Moment, metadata


def _text(name: str, length: int, *, optional: bool = False) -> "Column[str]":
    return Column(name, sa.String(length), nullable=optional)


def _count(name: str) -> "Column[int]":
    return Column(name, sa.BigInteger, nullable=False)


individual = sa.Table(
    "insurers_individual",
    metadata,
    _text("individual", 64),
    _text("key_id", 40),
    _text("person_id", 64),
    Column("birth_date", Day, nullable=False),
    _text("sex", 1),
    _text("kana_key", 400, optional=True),
    _text("kanji_key", 400, optional=True),
    _text("address_key", 800, optional=True),
    Column("matched", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("individual"),
    info={"distribution": "individual"},
)
"""Keyed hash of a 個人番号 → person, with what the person is compared by (search keys, never shown).

``matched``: that is what the resident register says; else a later line that fits corrects it from birth on."""
sa.Index(None, individual.c.person_id)
sa.Index(None, individual.c.birth_date, individual.c.kana_key)

upload = sa.Table(
    "insurers_upload",
    metadata,
    _text("insurer_number", 8),
    _text("upload_id", 64),
    _text("state", 12),
    _text("digest", 64),
    _text("operator", 64),
    _text("idempotency_key", 64, optional=True),
    Column("received_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("salt", Document),
    Column("skip_faulty", sa.Boolean, nullable=False),
    _text("confirmed_by", 64, optional=True),
    Column("applied_as", Moment),
    _count("lines"),
    _count("staged"),
    _count("faulty"),
    _count("late"),
    Column("report", Document),
    sa.PrimaryKeyConstraint("insurer_number", "upload_id"),
    info={"distribution": "insurer_number"},
)
"""``digest`` is keyed: a plain one of a short file would give the number away. ``salt`` is gone once it is over.
``applied_as``: the recorded moment in the register. ``late``: lines that came long after their event. ``staged``:
lines read so far, faulty ones included."""
sa.Index(None, upload.c.insurer_number, upload.c.digest)
sa.Index("uq_insurers_upload_key", upload.c.insurer_number, upload.c.idempotency_key, unique=True)

fault = sa.Table(
    "insurers_fault",
    metadata,
    _text("upload_id", 64),
    Column("line", sa.Integer, nullable=False),
    Column("place", sa.SmallInteger, nullable=False),
    _text("field", 40),
    _text("code", 20),
    _text("value", 80),
    sa.PrimaryKeyConstraint("upload_id", "line", "place", "code"),
    info={"distribution": "upload_id"},
)

assurance = sa.Table(
    "insurers_assurance",
    metadata,
    _text("insurer_number", 8),
    _text("record_id", 64),
    Column("stated_at", Moment, nullable=False),
    _text("upload_id", 64),
    _text("operator", 64),
    _text("reason", 200),
    _text("comparison", 64, optional=True),
    sa.PrimaryKeyConstraint("insurer_number", "record_id", "stated_at"),
    info={"distribution": "insurer_number"},
)
"""「理由付き疑いなし」: who stated why that there is no doubt about a record.

``comparison``: digest of what was compared; the statement holds as long as that is the same."""

comparison = sa.Table(
    "insurers_comparison",
    metadata,
    _text("insurer_number", 8),
    _text("record_id", 64),
    _text("upload_id", 64),
    _text("digest", 64),
    Column("sealed", sa.Text, nullable=False),
    Column("compared_at", Moment, nullable=False),
    sa.PrimaryKeyConstraint("insurer_number", "record_id"),
    info={"distribution": "insurer_number"},
)
"""Both sides of a mismatch, sealed (`comparisons`), while its work item is open."""

DISEASES = (1, 2, 3)


def _disease(n: int) -> "tuple[Column[object], ...]":
    return (
        Column(f"disease{n}_category", sa.String(1)),
        Column(f"disease{n}_issued", Day),
        Column(f"disease{n}_from", Day),
        Column(f"disease{n}_to", Day),
        Column(f"disease{n}_yen", sa.Integer),
    )


staging = sa.Table(
    "insurers_staging",
    metadata,
    _text("upload_id", 64),
    Column("line", sa.Integer, nullable=False),
    _text("line_id", 40),
    _text("new_person", 40, optional=True),
    _text("new_record", 40),
    _text("operation", 1),
    _text("insurer_number", 8),
    _text("symbol", 20, optional=True),
    _text("number", 20),
    _text("branch", 2, optional=True),
    _text("lookup_key", 64),
    _text("symbol_key", 40, optional=True),
    _text("individual", 64, optional=True),
    _text("name", 200, optional=True),
    _text("kana", 200, optional=True),
    _text("sex", 1, optional=True),
    Column("birth_date", Day),
    _text("postal_code", 8, optional=True),
    _text("address", 400, optional=True),
    _text("relation", 1, optional=True),
    _text("head", 200, optional=True),
    _text("classification", 2, optional=True),
    Column("valid_from", Day),
    Column("valid_to", Day),
    _text("loss_reason", 2, optional=True),
    Column("issued_on", Day),
    Column("card_from", Day),
    Column("card_through", Day),
    Column("percent", sa.SmallInteger),
    Column("percent_to", Day),
    Column("elderly_from", Day),
    Column("elderly_to", Day),
    Column("elderly_percent", sa.SmallInteger),
    _text("limit_kind", 2, optional=True),
    _text("limit_class", 3, optional=True),
    Column("limit_issued", Day),
    Column("limit_from", Day),
    Column("limit_to", Day),
    Column("limit_long", Day),
    *(column for n in DISEASES for column in _disease(n)),
    Column("assured", sa.Boolean, nullable=False),
    _text("assurance", 200, optional=True),
    _text("registration", 64, optional=True),
    _text("verdict", 12),
    _text("differing", 40, optional=True),
    _text("kana_key", 400, optional=True),
    _text("kanji_key", 400, optional=True),
    _text("address_key", 800, optional=True),
    _text("comparison", 64, optional=True),
    Column("sealed", sa.Text),
    sa.PrimaryKeyConstraint("upload_id", "line"),
    info={"distribution": "upload_id"},
)
"""Right lines, ends made exclusive. On SQLite and PostgreSQL an empty field is NULL."""

plan = sa.Table(
    "insurers_plan",
    metadata,
    _text("upload_id", 64),
    Column("line", sa.Integer, nullable=False),
    _text("line_id", 40),
    _text("operation", 1),
    _text("effect", 8),
    _text("record_id", 64, optional=True),
    Column("new_record", sa.Boolean, nullable=False),
    _text("person_id", 64, optional=True),
    Column("new_person", sa.Boolean, nullable=False),
    _text("target", 64, optional=True),
    _text("old_person", 64, optional=True),
    Column("old_from", Day),
    Column("old_to", Day),
    Column("cut", Day),
    Column("renews", sa.Boolean, nullable=False),
    Column("conflicts", sa.Boolean, nullable=False),
    Column("alone", sa.Boolean, nullable=False),
    Column("shared", sa.Boolean, nullable=False),
    Column("ahead", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.PrimaryKeyConstraint("upload_id", "line"),
    info={"distribution": "upload_id"},
)
"""What each staged line does to the register: ``effect`` new, change, same, void, gone (void already), none; back
while it is taken back (`plain`). ``ahead``: entered while the file was still being read.

``cut``: the day from which the line states what is true. ``renews``, ``conflicts``: see `people.MARK`.
``alone``: no other line of the upload is about the record; ``shared``: another line has the same 個人番号."""

span = sa.Table(
    "insurers_span",
    metadata,
    _text("upload_id", 64),
    _text("record_id", 64),
    Column("line", sa.Integer, nullable=False),
    Column("new_record", sa.Boolean, nullable=False),
    _text("person_id", 64),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day),
    sa.PrimaryKeyConstraint("upload_id", "record_id", "valid_from"),
    info={"distribution": "upload_id"},
)
"""How the ties of the touched records have to look afterwards."""

UNLOGGED = (staging, plan, span)

for _table in UNLOGGED:
    _ddl = sa.DDL(f"ALTER TABLE {_table.name} SET UNLOGGED")  # type: ignore[no-untyped-call]
    sa.event.listen(_table, "after_create", _ddl.execute_if(dialect="postgresql"))

cohort = sa.Table(
    "insurers_cohort",
    metadata,
    _text("insurer_number", 8),
    _text("cohort", 8),
    _count("members"),
    _count("ratios"),
    sa.PrimaryKeyConstraint("insurer_number", "cohort"),
    info={"distribution": "insurer_number"},
)
"""How many members, and members with a ratio, an insurer's uploads have given each cohort."""

officer = sa.Table(
    "insurers_officer",
    metadata,
    Column("fingerprint", Document, nullable=False),
    _text("officer_id", 40),
    _text("insurer_number", 8),
    _text("role", 12),
    _text("serial", 40),
    Column("not_after", Moment, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    _text("revoked_reason", 64, optional=True),
    sa.PrimaryKeyConstraint("fingerprint"),
    info={"distribution": "fingerprint"},
)
"""Certificates of insurers' officers (`central.insurers.officers`). ``fingerprint``: SHA-256 of the certificate."""
sa.Index(None, officer.c.officer_id)
