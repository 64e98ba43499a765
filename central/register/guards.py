"""What both databases refuse by themselves: overlaps, two values on one day, changing or deleting history.

PostgreSQL: exclusion constraints over current rows and a trigger; SQLite: triggers that mean the same. Attached to
the tables' creation; a migration that creates tables by hand runs `tables.guard_statements` after them. On a sharded
PostgreSQL an exclusion constraint also has to hold the distribution column; here it does not need to.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import sqlalchemy as sa

Guarded = Literal["postgresql", "sqlite"]

_KEEP = """
CREATE OR REPLACE FUNCTION register_keep() RETURNS trigger LANGUAGE plpgsql AS $keep$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.recorded_to IS NULL AND NEW.recorded_to IS NOT NULL
     AND to_jsonb(OLD) - 'recorded_to' = to_jsonb(NEW) - 'recorded_to' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'register history is closed once and never changed' USING ERRCODE = 'restrict_violation';
END
$keep$
"""


OneAtATime = Mapping[sa.Table, tuple[str, ...]]


def _postgresql(table: sa.Table, key: tuple[str, ...] | None) -> list[str]:
    found = []
    if key:
        # Hashes of 64 bits: an index over text costs three times the insert. Two keys that share one (1 in 10^19 pairs)
        # could at worst be refused side by side, never be let through.
        same = ", ".join(f"hashtextextended({column}, 0) WITH =" for column in key)
        found.append(
            f"ALTER TABLE {table.name} ADD CONSTRAINT one_{table.name} EXCLUDE USING gist "
            f"({same}, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)"
        )
    found.append(
        f"CREATE TRIGGER keep_{table.name} BEFORE UPDATE OR DELETE ON {table.name} "
        "FOR EACH ROW EXECUTE FUNCTION register_keep()"
    )
    return found


def _sqlite(table: sa.Table, key: tuple[str, ...] | None) -> list[str]:
    found = []
    if key:
        same = " AND ".join(f"o.{column} = NEW.{column}" for column in key)
        found.append(
            f"CREATE TRIGGER one_{table.name} BEFORE INSERT ON {table.name} WHEN NEW.recorded_to IS NULL "  # noqa: S608
            f"AND EXISTS (SELECT 1 FROM {table.name} o WHERE o.recorded_to IS NULL AND {same} "
            "AND (NEW.valid_to IS NULL OR o.valid_from < NEW.valid_to) "
            "AND (o.valid_to IS NULL OR NEW.valid_from < o.valid_to) "
            "AND (o.valid_to IS NULL OR o.valid_from < o.valid_to) "
            "AND (NEW.valid_to IS NULL OR NEW.valid_from < NEW.valid_to)) "
            f"BEGIN SELECT RAISE(ABORT, 'one_{table.name}'); END"
        )
    changed = " OR ".join(f"OLD.{c.name} IS NOT NEW.{c.name}" for c in table.c if c.name != "recorded_to")
    refuse = "BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END"
    found.append(
        f"CREATE TRIGGER keep_{table.name} BEFORE UPDATE ON {table.name} "
        f"WHEN OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL OR {changed} {refuse}"
    )
    found.append(f"CREATE TRIGGER stay_{table.name} BEFORE DELETE ON {table.name} {refuse}")
    return found


_EXTENSION = "CREATE EXTENSION IF NOT EXISTS btree_gist"
_FIRST_MOMENT = {
    "postgresql": "INSERT INTO register_clock VALUES (1, '1970-01-01 00:00:00+00') ON CONFLICT DO NOTHING",
    "sqlite": "INSERT INTO register_clock VALUES (1, '1970-01-01T00:00:00.000000Z') ON CONFLICT DO NOTHING",
}


def statements(dialect: Guarded, history: Sequence[sa.Table], one_at_a_time: OneAtATime) -> list[str]:
    """Everything to run once, in order, after the register's tables exist."""
    if dialect == "postgresql":
        made = [sql for table in history for sql in _postgresql(table, one_at_a_time.get(table))]
        return [_EXTENSION, _KEEP, *made, _FIRST_MOMENT[dialect]]
    made = [sql for table in history for sql in _sqlite(table, one_at_a_time.get(table))]
    return [*made, _FIRST_MOMENT[dialect]]


def kept(dialect: Guarded, history: Sequence[sa.Table]) -> list[str]:
    """What a migration runs after creating such tables of another domain by hand (`keep` does it by itself)."""
    made = [sql for table in history for sql in (_postgresql if dialect == "postgresql" else _sqlite)(table, None)]
    return [_KEEP, *made] if dialect == "postgresql" else made


def keep(*history: sa.Table) -> None:
    """For tables of other domains: their rows too are inserted and closed once, never changed or deleted."""
    for table in history:
        for dialect in ("postgresql", "sqlite"):
            for sql in kept(dialect, [table]):
                ddl = sa.DDL(sql.replace("%", "%%"))  # type: ignore[no-untyped-call]
                sa.event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def attach(clock: sa.Table, history: Sequence[sa.Table], one_at_a_time: OneAtATime) -> None:
    """Run the guards after each table's own creation, so that ``metadata.create_all`` has them too."""

    def on(table: sa.Table, dialect: Guarded, *made: str) -> None:
        for sql in made:
            ddl = sa.DDL(sql.replace("%", "%%"))  # type: ignore[no-untyped-call]
            sa.event.listen(table, "after_create", ddl.execute_if(dialect=dialect))

    for table in history:
        key = one_at_a_time.get(table)
        on(table, "postgresql", _EXTENSION, _KEEP, *_postgresql(table, key))
        on(table, "sqlite", *_sqlite(table, key))
    on(clock, "postgresql", _FIRST_MOMENT["postgresql"])
    on(clock, "sqlite", _FIRST_MOMENT["sqlite"])
