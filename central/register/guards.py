"""What both databases refuse by themselves: overlaps, two values on one day, changing or deleting history.

PostgreSQL: exclusion constraints over current rows (or, ``by_statement``, a trigger that looks through all rows of an
INSERT at once) and a trigger against changes; SQLite: triggers that mean the same. Attached to the tables' creation; a
migration that creates tables by hand runs `tables.guard_statements` after them. On a sharded PostgreSQL an exclusion
constraint also has to hold the distribution column; here it does not need to.
"""

from collections.abc import Collection, Mapping, Sequence
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

_ONE = """
CREATE OR REPLACE FUNCTION register_one() RETURNS trigger LANGUAGE plpgsql AS $one$
DECLARE overlapping bigint;
BEGIN
  EXECUTE 'SELECT 1 FROM ' || quote_ident(TG_TABLE_SCHEMA) || '.register_clock WHERE id = 1 FOR UPDATE';
  EXECUTE 'SELECT count(*) FROM fresh n JOIN ' || TG_RELID::regclass || ' o USING (' || quote_ident(TG_ARGV[0]) || ')
    WHERE n.recorded_to IS NULL AND o.recorded_to IS NULL AND o.row_id <> n.row_id
      AND daterange(o.valid_from, o.valid_to) && daterange(n.valid_from, n.valid_to)' INTO overlapping;
  IF overlapping > 0 THEN
    RAISE exclusion_violation USING MESSAGE = TG_NAME || ' refuses overlapping rows', CONSTRAINT = TG_NAME;
  END IF;
  RETURN NULL;
END
$one$
"""
"""As an exclusion constraint refuses, at a fifth of its price for a million rows. Whoever inserts holds the clock, as
every writer of the register does, so that no row of another transaction is missed. Planned for each INSERT anew: one
row and a million rows want different joins."""

_KNOWN = "OLD.recorded_to IS NOT NULL OR OLD.xmin <> pg_current_xact_id()::xid"
"""A row that the same transaction inserted, and did not close, was never known to anybody: it may be taken back, as a
rollback would. Any other row is history (a closed one, even if this transaction closed it, was there before)."""

OneAtATime = Mapping[sa.Table, tuple[str, ...]]


def _postgresql(table: sa.Table, key: tuple[str, ...] | None, *, by_statement: bool = False) -> list[str]:
    found = []
    if key and by_statement:
        (column,) = key
        found.append(
            f"CREATE TRIGGER one_{table.name} AFTER INSERT ON {table.name} REFERENCING NEW TABLE AS fresh "
            f"FOR EACH STATEMENT EXECUTE FUNCTION register_one('{column}')"
        )
    elif key:
        # Hashes of 64 bits: an index over text costs three times the insert. Two keys that share one (1 in 10^19 pairs)
        # could at worst be refused side by side, never be let through.
        same = ", ".join(f"hashtextextended({column}, 0) WITH =" for column in key)
        found.append(
            f"ALTER TABLE {table.name} ADD CONSTRAINT one_{table.name} EXCLUDE USING gist "
            f"({same}, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)"
        )
    found.append(
        f"CREATE TRIGGER keep_{table.name} BEFORE UPDATE ON {table.name} FOR EACH ROW EXECUTE FUNCTION register_keep()"
    )
    found.append(
        f"CREATE TRIGGER stay_{table.name} BEFORE DELETE ON {table.name} FOR EACH ROW WHEN ({_KNOWN}) "
        "EXECUTE FUNCTION register_keep()"
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


def statements(
    dialect: Guarded, history: Sequence[sa.Table], one_at_a_time: OneAtATime, by_statement: Collection[sa.Table]
) -> list[str]:
    """Everything to run once, in order, after the register's tables exist."""
    if dialect == "postgresql":
        made = [
            sql
            for table in history
            for sql in _postgresql(table, one_at_a_time.get(table), by_statement=table in by_statement)
        ]
        return [_EXTENSION, _KEEP, _ONE, *made, _FIRST_MOMENT[dialect]]
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


def attach(
    clock: sa.Table, history: Sequence[sa.Table], one_at_a_time: OneAtATime, by_statement: Collection[sa.Table]
) -> None:
    """Run the guards after each table's own creation, so that ``metadata.create_all`` has them too.

    ``by_statement``: tables of large uploads whose rows a trigger looks through instead of a constraint.
    """

    def on(table: sa.Table, dialect: Guarded, *made: str) -> None:
        for sql in made:
            ddl = sa.DDL(sql.replace("%", "%%"))  # type: ignore[no-untyped-call]
            sa.event.listen(table, "after_create", ddl.execute_if(dialect=dialect))

    for table in history:
        key = one_at_a_time.get(table)
        guards = _postgresql(table, key, by_statement=table in by_statement)
        on(table, "postgresql", _EXTENSION, _KEEP, _ONE, *guards)
        on(table, "sqlite", *_sqlite(table, key))
    on(clock, "postgresql", _FIRST_MOMENT["postgresql"])
    on(clock, "sqlite", _FIRST_MOMENT["sqlite"])
