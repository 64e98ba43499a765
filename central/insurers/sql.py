"""The SQL of an upload's way into the register: one text for both databases, set by set, never line by line.

Not the order in which it runs (`merge`) and not the words of faults. Bind names: upload, moment (the register's new
recorded moment), today (Japan), insurer. What a line may touch is bounded by its lookup key, which begins with the
upload's own insurer number. Rules: register tables ("nothing is overwritten"), data-formats reference 1.8, 1.9.

An update states everything that is true from its 有効開始日 (else, and never before, 資格取得日) on; before it, what
was stated stays. Nothing that hangs on a coverage begins before it: it would lie in another one's days.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from central.db.schema import Day, Moment
from central.db.store import Statement

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "upload": sa.String(),
    "insurer": sa.String(),
    "operator": sa.String(),
    "key_id": sa.String(),
    "moment": Moment(),
    "today": Day(),
    "since": Day(),
    "first": sa.Integer(),
    "through": sa.Integer(),
}


def made(name: str, template: str, **parts: str) -> Statement:
    """A statement from SQL text in which ``{name}`` s are filled with parts of ours (never with values)."""
    for key, part in parts.items():
        template = template.replace(f"{{{key}}}", part)
    core = sa.text(template)
    typed = (sa.bindparam(name, type_=kind) for name, kind in _TYPES.items() if name in core._bindparams)
    return Statement(f"insurers.{name}", core.bindparams(*typed))


def bound(statement: Statement, values: Mapping[str, object]) -> dict[str, object]:
    """Of ``values`` those that the statement binds."""
    names = statement.core._bindparams  # type: ignore[attr-defined]
    return {name: value for name, value in values.items() if name in names}


_LINE = """
  FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
 WHERE p.upload_id = :upload"""

_LATER = _LINE + " AND NOT p.ahead"
"""Lines that are entered now: not those which were entered while the file was read (`plain`)."""
CUT = "CASE WHEN s.card_from > s.valid_from THEN s.card_from ELSE s.valid_from END"
_IN_PLAN = """
   AND (s.line IN (SELECT line FROM insurers_plan WHERE upload_id = :upload AND line BETWEEN :first AND :through))
       IS TRUE"""
"""``IS TRUE``: looked up in a hash. Of a join the planner, who knows nothing of the plan yet, may make the square."""
_PORTION = f"""
  FROM insurers_staging s CROSS JOIN LATERAL (
       SELECT s.line_id, s.new_person AS person_id, s.new_record AS record_id, 'new' AS effect, true AS new_person,
              true AS new_record, true AS alone, false AS conflicts, {CUT} AS cut) p
 WHERE s.upload_id = :upload AND s.line BETWEEN :first AND :through"""
"""All lines of a portion, each plain (`plain`); what the plan says of such a line needs no look at the plan."""
_PLANNED = f"{_PORTION}{_IN_PLAN}"
"""Those of a portion that are plain: they are planned, the others not yet."""

_PERSON = """coalesce(i.person_id, CASE WHEN s.individual IS NULL THEN t.person_id
  ELSE coalesce(f.person_id, s.new_person) END)"""

_REST = """ AND NOT EXISTS (SELECT 1 FROM insurers_plan q WHERE q.upload_id = s.upload_id AND q.line = s.line)"""
"""Staged lines that are not planned yet."""
_PLAN = """
INSERT INTO insurers_plan (upload_id, line, line_id, operation, effect, record_id, new_record, person_id, new_person,
                           target, old_person, old_from, old_to, cut, renews, conflicts, alone, shared)
WITH f AS (SELECT s.individual, min(s.new_person) AS person_id FROM insurers_staging s
            WHERE s.upload_id = :upload AND s.individual IS NOT NULL{rest} GROUP BY s.individual HAVING count(*) > 1),
     g AS (SELECT s.lookup_key, s.symbol_key, s.branch, min(s.new_record) AS record_id FROM insurers_staging s
            WHERE s.upload_id = :upload{rest} GROUP BY s.lookup_key, s.symbol_key, s.branch HAVING count(*) > 1)
SELECT s.upload_id, s.line, s.line_id, s.operation,
       CASE WHEN s.operation = '3' THEN
              CASE WHEN t.row_id IS NOT NULL THEN 'void'
                   WHEN EXISTS (SELECT 1 FROM register_coverage o WHERE o.record_id = r.record_id
                                   AND (o.row_id = s.registration OR o.valid_from = s.valid_from)) THEN 'gone'
                   ELSE 'none' END
            WHEN t.row_id IS NULL THEN CASE WHEN s.operation = '1' THEN 'new' ELSE 'none' END
            WHEN t.person_id = {person} AND t.classification = s.classification AND t.relation = s.relation
             AND t.insured_name IS NOT DISTINCT FROM s.head AND t.loss_reason IS NOT DISTINCT FROM s.loss_reason
             AND t.issued_on IS NOT DISTINCT FROM s.issued_on AND t.card_valid_from IS NOT DISTINCT FROM s.card_from
             AND t.card_valid_through IS NOT DISTINCT FROM s.card_through
             AND t.valid_from = s.valid_from AND t.valid_to IS NOT DISTINCT FROM s.valid_to THEN 'same'
            ELSE 'change' END,
       coalesce(r.record_id, g.record_id, s.new_record), r.record_id IS NULL,
       {person}, i.person_id IS NULL AND s.individual IS NOT NULL,
       t.row_id, t.person_id, t.valid_from, t.valid_to,
       {cut}, false, false, g.record_id IS NULL, f.person_id IS NOT NULL
  FROM insurers_staging s
  LEFT JOIN f ON f.individual = s.individual
  LEFT JOIN g ON g.lookup_key = s.lookup_key AND g.symbol_key IS NOT DISTINCT FROM s.symbol_key
   AND g.branch IS NOT DISTINCT FROM s.branch
  LEFT JOIN register_insured_record r ON r.lookup_key = s.lookup_key
   AND r.symbol_key = coalesce(s.symbol_key, '') AND r.branch = coalesce(s.branch, '')
  LEFT JOIN insurers_individual i ON i.individual = s.individual
  LEFT JOIN register_coverage t ON t.record_id = r.record_id AND t.recorded_to IS NULL
   AND (t.row_id = s.registration OR (t.valid_from = s.valid_from AND NOT EXISTS (
        SELECT 1 FROM register_coverage o WHERE s.registration IS NOT NULL AND o.record_id = r.record_id
           AND o.recorded_to IS NULL AND o.row_id = s.registration)))
 WHERE s.upload_id = :upload{rest}"""
PLAN = made("plan", _PLAN, person=_PERSON, rest="", cut=CUT)
PLAN_REST = made("plan.rest", _PLAN, person=_PERSON, rest=_REST, cut=CUT)
"""Several lines of one new person, or of one new record, all get the ids of the first of them."""


CLOSE_COVERAGE = made(
    "close.coverage",
    """
UPDATE register_coverage AS x SET recorded_to = :moment FROM insurers_plan p
 WHERE p.upload_id = :upload AND p.effect IN ('change', 'void')
   AND x.person_id = p.old_person AND x.row_id = p.target AND x.recorded_to IS NULL""",
)
_COVERAGE = """
INSERT INTO register_coverage (row_id, person_id, record_id, classification, relation, insured_name, loss_reason,
                               issued_on, card_valid_from, card_valid_through, valid_from, valid_to, recorded_from)
SELECT p.line_id, p.person_id, p.record_id, s.classification, s.relation, s.head, s.loss_reason,
       s.issued_on, s.card_from, s.card_through, s.valid_from, s.valid_to, :moment
  {line} AND p.effect IN ('new', 'change')"""
INSERT_COVERAGE = made("insert.coverage", _COVERAGE, line=_LATER)
_TO_RECORDS = """
INSERT INTO register_insured_record (lookup_key, record_id, insurer_number, symbol, number, branch, symbol_key,
                                     recorded_from)"""
_RECORDS = """
SELECT s.lookup_key, p.record_id, s.insurer_number, coalesce(s.symbol, ''), s.number, coalesce(s.branch, ''),
       coalesce(s.symbol_key, ''), :moment
  {line} AND p.new_record AND p.effect = 'new'"""
INSERT_RECORDS = made(
    "insert.records",
    """{to}
{records} AND p.alone
UNION ALL
{records} AND NOT p.alone
   AND NOT EXISTS (SELECT 1 FROM insurers_plan q WHERE q.upload_id = :upload AND q.new_record AND NOT q.alone
                      AND q.record_id = p.record_id AND q.line < p.line AND q.effect = 'new')
 ORDER BY 1""",
    to=_TO_RECORDS,
    records=_RECORDS,
    line=_LATER,
)
"""In the order of the key by which they are found: a million rows at random places of an index take three times as
long. Nobody else can have entered them meanwhile: whoever writes holds the register's clock."""
_TO_INDIVIDUALS = """
INSERT INTO insurers_individual (individual, key_id, person_id, birth_date, sex, kana_key, kanji_key, address_key,
                                 matched)"""
_INDIVIDUALS = """
SELECT s.individual, CAST(:key_id AS VARCHAR(40)), p.person_id, s.birth_date, s.sex, s.kana_key, s.kanji_key,
       s.address_key, s.verdict = 'match'
  {line} AND p.new_person AND p.effect IN ('new', 'change')"""
_FIRST_OF_PERSON = """NOT EXISTS (
  SELECT 1 FROM insurers_plan q WHERE q.upload_id = :upload AND q.new_person AND q.shared
     AND q.person_id = p.person_id AND q.line < p.line AND q.effect IN ('new', 'change'))"""
INSERT_INDIVIDUALS = made(
    "insert.individuals",
    """{to}
{individuals} AND NOT p.shared
UNION ALL
{individuals} AND p.shared AND {first}""",
    to=_TO_INDIVIDUALS,
    individuals=_INDIVIDUALS,
    first=_FIRST_OF_PERSON,
    line=_LATER,
)
_TO_PEOPLE = """
INSERT INTO register_person (row_id, person_id, name, kana, birth_date, sex, address, postal_code, support_measure,
                             valid_from, recorded_from)"""
_PEOPLE = """
SELECT p.line_id, p.person_id, coalesce(s.name, s.kana), coalesce(s.kana, ''), s.birth_date, s.sex,
       coalesce(s.address, ''), s.postal_code, false, s.birth_date, :moment
  {line} AND p.new_person AND p.effect IN ('new', 'change')"""
INSERT_PEOPLE = made(
    "insert.people",
    """{to}
{people} AND NOT p.shared
UNION ALL
{people} AND p.shared AND {first}""",
    to=_TO_PEOPLE,
    people=_PEOPLE,
    first=_FIRST_OF_PERSON,
    line=_LATER,
)

SPANS = made(
    "spans",
    """
INSERT INTO insurers_span (upload_id, record_id, line, new_record, person_id, valid_from, valid_to)
SELECT CAST(:upload AS VARCHAR(64)), b.record_id, b.line, b.new_record, b.person_id, b.valid_from,
       lead(b.valid_from) OVER (PARTITION BY b.record_id ORDER BY b.valid_from)
  FROM (SELECT c.record_id, c.person_id, c.valid_from, m.line, m.new_record,
               lag(c.person_id) OVER (PARTITION BY c.record_id ORDER BY c.valid_from, c.row_id) AS before_it
          FROM (SELECT record_id, min(line) AS line, min(CASE WHEN new_record THEN 1 ELSE 0 END) = 1 AS new_record
                  FROM insurers_plan WHERE upload_id = :upload AND effect IN ('new', 'change', 'void')
                   AND NOT (new_record AND alone) GROUP BY record_id) m
          JOIN register_coverage c ON c.record_id = m.record_id AND c.recorded_to IS NULL) b
 WHERE b.before_it IS NULL OR b.before_it <> b.person_id""",
)
_TOUCHED = """(SELECT DISTINCT record_id FROM insurers_plan
  WHERE upload_id = :upload AND NOT new_record AND effect IN ('new', 'change', 'void'))"""
_BIRTH = """(SELECT min(b.birth_date) FROM register_person b
  WHERE b.person_id = n.person_id AND b.recorded_to IS NULL)"""
CLOSE_TIES = made(
    "close.ties",
    """
UPDATE register_tie AS x SET recorded_to = :moment
 WHERE x.recorded_to IS NULL AND x.record_id IN {touched}
   AND NOT EXISTS (SELECT 1 FROM insurers_span n WHERE n.upload_id = :upload AND n.record_id = x.record_id
                      AND n.person_id = x.person_id AND n.valid_from = x.valid_from
                      AND n.valid_to IS NOT DISTINCT FROM x.valid_to)""",
    touched=_TOUCHED,
)
_TIES = """
SELECT s.line_id || 't' || row_number() OVER (PARTITION BY n.record_id ORDER BY n.valid_from), n.person_id,
       n.record_id, s.lookup_key, s.insurer_number, coalesce(s.symbol, ''), s.number, coalesce(s.branch, ''),
       n.valid_from, n.valid_to, :moment
  FROM insurers_span n JOIN insurers_staging s ON s.upload_id = n.upload_id AND s.line = n.line"""
_TO_TIES = """
INSERT INTO register_tie (row_id, person_id, record_id, lookup_key, insurer_number, symbol, number, branch,
                          valid_from, valid_to, recorded_from)"""
_ONLY = "{line} AND p.new_record AND p.alone AND p.effect = 'new'"
"""A new record with one line has one span, as long as that line says: its tie is open, whoever's it was or becomes."""
_ONLY_TIES = """
SELECT s.line_id || 't1', p.person_id, p.record_id, s.lookup_key, s.insurer_number, coalesce(s.symbol, ''), s.number,
       coalesce(s.branch, ''), s.valid_from, NULL, :moment {only}"""
INSERT_TIES = made(
    "insert.ties",
    """{to}{one}
UNION ALL
{ties} WHERE n.upload_id = :upload AND n.new_record
UNION ALL
{ties}
  LEFT JOIN register_tie x ON x.record_id = n.record_id AND x.recorded_to IS NULL
   AND x.person_id = n.person_id AND x.valid_from = n.valid_from AND x.valid_to IS NOT DISTINCT FROM n.valid_to
 WHERE n.upload_id = :upload AND NOT n.new_record AND x.row_id IS NULL""",
    to=_TO_TIES,
    one=_ONLY_TIES,
    ties=_TIES,
    only=_ONLY,
    line=_LATER,
)
CLOSE_DIRECTORY = made(
    "close.directory",
    """
UPDATE register_number_directory AS x SET recorded_to = :moment
  FROM (SELECT DISTINCT s.lookup_key, p.record_id FROM insurers_plan p
          JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
         WHERE p.upload_id = :upload AND NOT p.new_record AND p.effect IN ('new', 'change', 'void')) d
 WHERE x.lookup_key = d.lookup_key AND x.record_id = d.record_id AND x.recorded_to IS NULL
   AND NOT EXISTS (SELECT 1 FROM insurers_span n WHERE n.upload_id = :upload AND n.record_id = x.record_id
                      AND n.person_id = x.person_id AND n.valid_from = x.valid_from
                      AND n.valid_to IS NOT DISTINCT FROM x.valid_to AND x.birth_date = {birth})""",
    birth=_BIRTH,
)
_SEEN = """
SELECT s.line_id || 'n' || row_number() OVER (PARTITION BY n.record_id ORDER BY n.valid_from), s.lookup_key,
       coalesce(s.symbol_key, ''), coalesce(s.branch, ''), {birth}, n.person_id, n.record_id, n.valid_from, n.valid_to,
       :moment
  FROM insurers_span n JOIN insurers_staging s ON s.upload_id = n.upload_id AND s.line = n.line
  JOIN insurers_plan f ON f.upload_id = n.upload_id AND f.line = n.line"""
_TO_DIRECTORY = """
INSERT INTO register_number_directory (row_id, lookup_key, symbol_key, branch, birth_date, person_id, record_id,
                                       valid_from, valid_to, recorded_from)"""
_ONLY_SEEN = """
SELECT s.line_id || 'n1', s.lookup_key, coalesce(s.symbol_key, ''), coalesce(s.branch, ''),
       CASE WHEN p.new_person AND NOT p.conflicts THEN s.birth_date ELSE {own_birth} END, p.person_id, p.record_id,
       s.valid_from, NULL, :moment {only}"""
INSERT_DIRECTORY = made(
    "insert.directory",
    """{to}{one}
UNION ALL
{new} WHERE n.upload_id = :upload AND n.new_record
UNION ALL
{known}
  LEFT JOIN register_number_directory x ON x.lookup_key = s.lookup_key
   AND x.record_id = n.record_id AND x.recorded_to IS NULL AND x.person_id = n.person_id
   AND x.valid_from = n.valid_from AND x.valid_to IS NOT DISTINCT FROM n.valid_to AND x.birth_date = {birth}
 WHERE n.upload_id = :upload AND NOT n.new_record AND x.row_id IS NULL""",
    to=_TO_DIRECTORY,
    one=_ONLY_SEEN,
    new=_SEEN.replace("{birth}", "CASE WHEN f.new_person AND NOT f.conflicts THEN s.birth_date ELSE {birth} END"),
    known=_SEEN,
    birth=_BIRTH,
    own_birth=_BIRTH.replace("n.person_id", "p.person_id"),
    only=_ONLY,
    line=_LATER,
)


def portion(line: str) -> tuple[Statement, ...]:
    """The same rows for the plain lines of one portion (`plain`)."""
    return (
        made("portion.individuals", _TO_INDIVIDUALS + _INDIVIDUALS, line=line),
        made("portion.records", _TO_RECORDS + _RECORDS + " ORDER BY 1", line=line),
        made("portion.people", _TO_PEOPLE + _PEOPLE, line=line),
        made("portion.coverage", _COVERAGE, line=line),
        made("portion.ties", _TO_TIES + _ONLY_TIES, only=_ONLY, line=line),
        made("portion.directory", _TO_DIRECTORY + _ONLY_SEEN, own_birth="s.birth_date", only=_ONLY, line=line),
    )


WHOLE, PLANNED = portion(_PORTION), portion(_PLANNED)
