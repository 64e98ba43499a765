"""The SQL that brings staged receipts to their records: one text for both databases, set by set.

Not the order in which it runs (`linking`). Bind names: batch (the import), moment (the register's new recorded moment).
A claim is (holder, institution, month) and the 検索番号, or the 番号 where one of two has no 検索番号. What is said of
it last is current. A claim that moves to another insured record is closed by its return (返戻), because a split claim
(分割) may stand under two records. Whose a receipt is: the record with its number, symbol and branch (a receipt or
record without a branch fits any) that on one of its days was tied to a person with its birth date, and only when that
is one record. Facts: data-formats 2.8, 2.10.
"""

from typing import Any

import sqlalchemy as sa

from central.db.schema import Moment
from central.db.store import Statement
from central.receipts import tables as t

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {"batch": sa.String(), "effect": sa.String(), "moment": Moment()}


def _made(name: str, template: str, **parts: str) -> Statement:
    """A statement from SQL text in which ``{name}`` s are filled with parts of ours (never with values)."""
    for key, part in parts.items():
        template = template.replace(f"{{{key}}}", part)
    core = sa.text(template)
    typed = (sa.bindparam(name, type_=kind) for name, kind in _TYPES.items() if name in core._bindparams)
    return Statement(f"receipts.{name}", core.bindparams(*typed))


_CLAIM_COLUMNS = "institution, month, claim, numbered, kind, digest, document"
_WRITTEN_COLUMNS = "insured, lookup_key, symbol_key, branch, birth_date, first_day, last_day"
_SAME_CLAIM = """x.institution = s.institution AND x.month = s.month
   AND (x.claim = s.claim OR x.claim = s.numbered OR x.numbered = s.claim)"""

_FETCH = """
INSERT INTO receipts_staging (import_id, line, receipt_id, holder, effect, linked, {claim}, {written}, received_at,
                              staged_at)
SELECT CAST(:batch AS VARCHAR(32)), row_number() OVER (ORDER BY w.received_at, w.receipt_id) - 1000000000000,
       w.receipt_id, w.holder, 'new', false, {claim}, {written}, w.received_at, :moment
  FROM receipts_waiting w WHERE w.recorded_to IS NULL AND w.lookup_key <> '' {which}"""
FETCH_WAITING = _made(
    "fetch",
    _FETCH,
    claim=_CLAIM_COLUMNS,
    written=_WRITTEN_COLUMNS,
    which="AND w.lookup_key IN (SELECT s.lookup_key FROM receipts_staging s WHERE s.import_id = :batch)",
)
"""What waits under the numbers of this import, so that it is linked before it is replaced."""
FETCH_APPEARED = _made(
    "fetch.appeared",
    _FETCH,
    claim=_CLAIM_COLUMNS,
    written=_WRITTEN_COLUMNS,
    which="""AND EXISTS (SELECT 1 FROM register_number_directory d
   WHERE d.lookup_key = w.lookup_key AND d.recorded_from = :moment)""",
)
"""What waits under the numbers that the register learned at this very moment."""
FETCH_ALL = _made("fetch.all", _FETCH, claim=_CLAIM_COLUMNS, written=_WRITTEN_COLUMNS, which="")
"""Everything that waits under a number that can be compared."""

LINK = _made(
    "link",
    """
UPDATE receipts_staging AS s SET holder = f.record_id, served_on = f.served_on, linked = true
  FROM (SELECT x.line, min(coalesce(d.record_id, d.lookup_key)) AS record_id,
               min(CASE WHEN d.valid_from > x.first_day THEN d.valid_from ELSE x.first_day END) AS served_on
          FROM receipts_staging x
          JOIN register_number_directory d ON d.lookup_key = x.lookup_key AND d.recorded_to IS NULL
           AND d.valid_from <= x.last_day
           AND (d.valid_to IS NULL OR (d.valid_to > x.first_day AND d.valid_to > d.valid_from))
           AND CASE WHEN x.insured THEN d.record_id IS NOT NULL AND d.symbol_key = x.symbol_key
                         AND (x.branch = '' OR d.branch = '' OR d.branch = x.branch) AND d.birth_date = x.birth_date
                    ELSE d.record_id IS NULL END
         WHERE x.import_id = :batch
         GROUP BY x.line
        HAVING count(DISTINCT coalesce(d.record_id, d.person_id)) = 1
           AND max(CASE WHEN d.birth_date = x.birth_date THEN 0 ELSE 1 END) = 0) f
 WHERE s.import_id = :batch AND s.line = f.line""",
)
DROP_UNLINKED = _made("drop", "DELETE FROM receipts_staging WHERE import_id = :batch AND line < 0 AND NOT linked")
"""What waited and goes on waiting."""
MARK_OLDER = _made(
    "older",
    """
UPDATE receipts_staging AS s SET effect = 'older' WHERE s.import_id = :batch
   AND (EXISTS (SELECT 1 FROM receipts_staging x WHERE x.import_id = s.import_id AND x.holder = s.holder AND {same}
                   AND x.line > s.line)
        OR (s.line < 0 AND EXISTS (SELECT 1 FROM receipts_receipt x WHERE x.record_id = s.holder AND {same}
                   AND x.received_at > s.received_at)))""",
    same=_SAME_CLAIM,
)
MARK_SAME = tuple(
    _made(
        f"same.{table}",
        """
UPDATE receipts_staging AS s SET effect = 'same' WHERE s.import_id = :batch AND s.effect = 'new' AND s.line > 0
   AND {linked} AND EXISTS (SELECT 1 FROM {table} x WHERE {holder} AND {same} AND x.recorded_to IS NULL
                               AND x.digest = s.digest)""",
        table=table,
        linked=linked,
        holder=holder,
        same=_SAME_CLAIM,
    )
    for table, linked, holder in (
        ("receipts_receipt", "s.linked", "x.record_id = s.holder"),
        ("receipts_waiting", "NOT s.linked", "x.lookup_key = s.lookup_key AND x.holder = s.holder"),
    )
)
CLOSE = _made(
    "close",
    """
UPDATE receipts_receipt AS x SET recorded_to = :moment FROM receipts_staging s
 WHERE s.import_id = :batch AND s.linked AND s.effect = :effect
   AND x.record_id = s.holder AND {same} AND x.recorded_to IS NULL""",
    same=_SAME_CLAIM,
)
CLOSE_WAITING = _made(
    "close.waiting",
    """
UPDATE receipts_waiting AS x SET recorded_to = :moment FROM receipts_staging s
 WHERE s.import_id = :batch AND NOT s.linked AND s.effect = :effect
   AND x.lookup_key = s.lookup_key AND x.holder = s.holder AND {same} AND x.recorded_to IS NULL""",
    same=_SAME_CLAIM,
)
CLOSE_MOVED = _made(
    "close.moved",
    """
UPDATE receipts_waiting AS x SET recorded_to = :moment FROM receipts_staging s
 WHERE s.import_id = :batch AND s.line < 0
   AND x.lookup_key = s.lookup_key AND x.receipt_id = s.receipt_id AND x.recorded_to IS NULL""",
)
INSERT = _made(
    "insert",
    """
INSERT INTO receipts_receipt (record_id, receipt_id, {claim}, served_on, received_at, recorded_from)
SELECT s.holder, s.receipt_id, {claim}, s.served_on, coalesce(s.received_at, :moment), :moment
  FROM receipts_staging s WHERE s.import_id = :batch AND s.linked AND s.effect = 'new'""",
    claim=_CLAIM_COLUMNS,
)
INSERT_WAITING = _made(
    "insert.waiting",
    """
INSERT INTO receipts_waiting (receipt_id, holder, {claim}, {written}, received_at, recorded_from)
SELECT s.receipt_id, s.holder, {claim}, {written}, :moment, :moment
  FROM receipts_staging s WHERE s.import_id = :batch AND NOT s.linked AND s.effect = 'new'""",
    claim=_CLAIM_COLUMNS,
    written=_WRITTEN_COLUMNS,
)
EFFECTS = _made(
    "effects",
    """
SELECT effect, linked, line > 0 AS fresh, count(*) AS receipts FROM receipts_staging
 WHERE import_id = :batch GROUP BY effect, linked, line > 0""",
)
UNMATCHED = _made(
    "unmatched",
    """
SELECT count(*) AS receipts FROM receipts_staging s
 WHERE s.import_id = :batch AND s.effect = 'return' AND s.line > 0
   AND NOT EXISTS (SELECT 1 FROM receipts_staging x WHERE x.import_id = s.import_id AND x.holder = s.holder AND {same}
                      AND x.effect = 'older')
   AND NOT EXISTS (SELECT 1 FROM receipts_receipt x WHERE x.record_id = s.holder AND {same}
                      AND x.recorded_to = :moment)
   AND NOT EXISTS (SELECT 1 FROM receipts_waiting x WHERE x.lookup_key = s.lookup_key AND x.holder = s.holder AND {same}
                      AND x.recorded_to = :moment)""",
    same=_SAME_CLAIM,
)
"""Returns that ended nothing: once everything is closed that they close."""
WIPE = Statement("receipts.wipe", sa.delete(t.staging).where(t.staging.c.import_id == sa.bindparam("batch")))
WIPE_OLD = Statement(
    "receipts.wipe.old", sa.delete(t.staging).where(t.staging.c.staged_at < sa.bindparam("before", type_=Moment))
)
MEMORY = Statement("receipts.memory", sa.text("SET LOCAL work_mem = '64MB'"))
"""Joins in memory instead of on disk; for this transaction alone."""

KNOWN = Statement(
    "receipts.file",
    sa.select(t.file.c.loaded_at, t.file.c.result).where(t.file.c.file_id == sa.bindparam("file_id")),
)
KEEP = Statement("receipts.file.keep", sa.insert(t.file))
STORED = Statement(
    "receipts.stored",
    sa.select(sa.func.count().label("receipts")).select_from(t.receipt).where(t.receipt.c.recorded_to.is_(None)),
)
WAITING = _made(
    "waiting",
    """
SELECT w.insured, CASE WHEN w.lookup_key = '' THEN 'number' WHEN NOT EXISTS (
         SELECT 1 FROM register_number_directory d WHERE d.lookup_key = w.lookup_key AND d.recorded_to IS NULL)
       THEN 'unknown' ELSE 'differs' END AS why, count(*) AS receipts
  FROM receipts_waiting w WHERE w.recorded_to IS NULL GROUP BY 1, 2""",
)
"""Why receipts wait: the number cannot be read, nobody has it, or birth date, symbol, branch or days differ."""
