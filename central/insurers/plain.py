"""The SQL of plain lines: each registers a record nobody knows for a person nobody knows, and no line beside it is
about either. Nothing else of the upload bears on their rows, so that these are entered while the file is still read.

Not the rows themselves (`sql.WHOLE`, `kinds.WHOLE`) and not when it happens (`ahead`). Whether a later line is about
the same record or person is known at the end only: then the line is taken back and planned with all others, and its
rows, which nobody but this transaction has seen, are deleted.
"""

from central.db.store import Statement
from central.insurers import kinds, sql
from central.insurers.sql import CUT, made

TOLD = made("portion.told", "SELECT max(line) AS line FROM insurers_staging WHERE upload_id = :upload")
"""The last line that is staged: all before it are."""
PLAN = made(
    "portion.plan",
    """
INSERT INTO insurers_plan (upload_id, line, line_id, operation, effect, record_id, new_record, person_id, new_person,
                           cut, renews, conflicts, alone, shared, ahead)
SELECT s.upload_id, s.line, s.line_id, s.operation, 'new', s.new_record, true, s.new_person, true, {cut}, false, false,
       true, false, true
  FROM insurers_staging s
 WHERE s.upload_id = :upload AND s.line BETWEEN :first AND :through AND s.operation = '1' AND s.individual IS NOT NULL
   AND s.individual NOT IN (
       SELECT d.individual FROM insurers_staging d
        WHERE d.upload_id = :upload AND d.line BETWEEN :first AND :through AND d.individual IS NOT NULL
        GROUP BY d.individual HAVING count(*) > 1)
   AND (s.lookup_key, coalesce(s.symbol_key, ''), coalesce(s.branch, '')) NOT IN (
       SELECT d.lookup_key, coalesce(d.symbol_key, ''), coalesce(d.branch, '') FROM insurers_staging d
        WHERE d.upload_id = :upload AND d.line BETWEEN :first AND :through
        GROUP BY 1, 2, 3 HAVING count(*) > 1)
   AND NOT EXISTS (SELECT 1 FROM insurers_individual i WHERE i.individual = s.individual)
   AND NOT EXISTS (SELECT 1 FROM register_insured_record r WHERE r.lookup_key = s.lookup_key
                      AND r.symbol_key = coalesce(s.symbol_key, '') AND r.branch = coalesce(s.branch, ''))""",
    cut=CUT,
)
FACTS = made(
    "portion.facts",
    """
SELECT count(*) AS lines, {stated}
  FROM insurers_staging s WHERE s.upload_id = :upload AND s.line BETWEEN :first AND :through""",
    stated=", ".join(f"count({kind.first}) AS {kind.name}" for kind in kinds.KINDS).replace("p.cut", "1"),
)
"""How many lines the portion has and, by name of `kinds.KINDS`, how many of them state one."""


def _enter(rows: tuple[Statement, ...], hanging: tuple[Statement, ...]) -> tuple[tuple[Statement, str], ...]:
    return (
        *((statement, "lines") for statement in rows),
        *((statement, kind.name) for kind, statement in zip(kinds.KINDS, hanging, strict=True)),
    )


WHOLE, PLANNED = _enter(sql.WHOLE, kinds.WHOLE), _enter(sql.PLANNED, kinds.PLANNED)
"""What enters a portion in which all lines are plain, and one in which some are; with the fact without which the
statement would find nothing."""

LEFT = made(
    "portion.left",
    """
SELECT (SELECT count(*) FROM insurers_staging WHERE upload_id = :upload)
     - (SELECT count(*) FROM insurers_plan WHERE upload_id = :upload) AS lines""",
)
"""How many lines are not plain, as far as is known."""
TAKE_BACK = made(
    "portion.back",
    """
WITH o AS MATERIALIZED (
  SELECT s.individual, s.lookup_key, s.symbol_key, s.branch FROM insurers_staging s
   WHERE s.upload_id = :upload
     AND NOT EXISTS (SELECT 1 FROM insurers_plan q WHERE q.upload_id = s.upload_id AND q.line = s.line))
UPDATE insurers_plan SET effect = 'back' WHERE upload_id = :upload AND line IN (
  SELECT s.line FROM o JOIN insurers_staging s ON s.upload_id = :upload AND s.individual = o.individual
  UNION ALL
  SELECT s.line FROM o JOIN insurers_staging s ON s.upload_id = :upload AND s.lookup_key = o.lookup_key
     AND s.symbol_key IS NOT DISTINCT FROM o.symbol_key AND s.branch IS NOT DISTINCT FROM o.branch)""",
)
_OF_LINE = "USING insurers_plan p WHERE p.upload_id = :upload AND p.effect = 'back'"
DELETE = (
    *(
        made(
            f"portion.delete.{table}",
            f"DELETE FROM {table} AS x {_OF_LINE} AND x.person_id = p.person_id",  # noqa: S608
        )
        for table in (
            "insurers_individual",
            "register_person",
            "register_coverage",
            "register_tie",
            "register_number_directory",
            *sorted({kind.table for kind in kinds.KINDS}),
        )
    ),
    made(
        "portion.delete.records",
        """
DELETE FROM register_insured_record AS x USING insurers_plan p, insurers_staging s
 WHERE p.upload_id = :upload AND p.effect = 'back' AND s.upload_id = p.upload_id AND s.line = p.line
   AND x.lookup_key = s.lookup_key AND x.record_id = p.record_id""",
    ),
    made("portion.delete.plan", "DELETE FROM insurers_plan WHERE upload_id = :upload AND effect = 'back'"),
)
"""In this order: the plan says which they are."""
