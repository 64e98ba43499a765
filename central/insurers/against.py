"""The SQL that holds a staged upload against the register and against itself: faults, and what would change.

Reads and marks only (`insurers_fault`, `insurers_plan`); the register stays as it is.
"""

from central.insurers.kinds import KINDS, of_kinds
from central.insurers.sql import _LINE, made
from protocol.errors import Fault
from protocol.errors import insurers as faults

PLACE = 100
"""Faults of a line against the register stand behind those of its fields."""

_FAULT = """
INSERT INTO insurers_fault (upload_id, line, place, field, code, value)
SELECT DISTINCT CAST(:upload AS VARCHAR(64)), f.line, {place}, '{field}', '{code}', ''
  FROM ({lines}) f WHERE true ON CONFLICT DO NOTHING"""

_OVERLAPPING = """(a.valid_from = b.valid_from
   OR (b.valid_from <= a.valid_from AND (b.valid_to IS NULL OR a.valid_from < b.valid_to))
   OR (a.valid_from <= b.valid_from AND (a.valid_to IS NULL OR b.valid_from < a.valid_to)))"""
"""A coverage that was lost on its first day has no day of its own, and still may not lie inside another."""

_CHECKS: tuple[tuple[Fault, str, str], ...] = (
    (
        faults.TWICE_IN_FILE,
        "資格取得日",
        """SELECT q.line FROM (
             SELECT s.line, row_number() OVER (PARTITION BY s.lookup_key, s.symbol_key, s.branch, s.valid_from
                                               ORDER BY s.line) AS nth
               FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
              WHERE p.upload_id = :upload AND NOT p.alone AND s.valid_from IS NOT NULL) q WHERE q.nth > 1""",
    ),
    (
        faults.TWICE_IN_FILE,
        "登録番号",
        """SELECT p.line FROM insurers_plan p JOIN (
             SELECT target, min(line) AS first_line FROM insurers_plan
              WHERE upload_id = :upload AND target IS NOT NULL GROUP BY target HAVING count(*) > 1) d
             ON d.target = p.target AND p.line > d.first_line WHERE p.upload_id = :upload""",
    ),
    (
        faults.NOTHING_TO_CHANGE,
        "登録番号",
        "SELECT line FROM insurers_plan WHERE upload_id = :upload AND effect = 'none'",
    ),
    (
        faults.REGISTERED_ALREADY,
        "処理区分",
        "SELECT line FROM insurers_plan WHERE upload_id = :upload AND operation = '1' AND effect = 'change'",
    ),
    (
        faults.OVERLAP,
        "資格取得日",
        """SELECT p.line FROM insurers_plan p
             JOIN insurers_staging a ON a.upload_id = p.upload_id AND a.line = p.line
             JOIN register_coverage b ON b.record_id = p.record_id AND b.recorded_to IS NULL AND {overlapping}
            WHERE p.upload_id = :upload AND p.effect IN ('new', 'change') AND NOT p.new_record
              AND NOT EXISTS (SELECT 1 FROM insurers_plan q WHERE q.upload_id = :upload AND q.target = b.row_id
                                 AND q.effect IN ('change', 'void') AND q.record_id = p.record_id)""",
    ),
    (
        faults.OVERLAP,
        "資格取得日",
        """SELECT p.line FROM (
             SELECT record_id FROM insurers_plan WHERE upload_id = :upload AND NOT alone AND effect IN ('new', 'change')
              GROUP BY record_id HAVING count(*) > 1) d
             JOIN insurers_plan p ON p.upload_id = :upload AND p.record_id = d.record_id
              AND p.effect IN ('new', 'change')
             JOIN insurers_plan q ON q.upload_id = :upload AND q.record_id = d.record_id
              AND q.effect IN ('new', 'change') AND q.line < p.line
             JOIN insurers_staging a ON a.upload_id = :upload AND a.line = p.line
             JOIN insurers_staging b ON b.upload_id = :upload AND b.line = q.line AND {overlapping}""",
    ),
)

_AGAINST_KIND = """SELECT p.line FROM insurers_plan p
  JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
  LEFT JOIN {table} x ON {which}
 WHERE p.upload_id = :upload AND p.operation = '1' AND p.effect = 'same' AND {condition}"""

CHECKS = (
    *(
        made(
            f"check.{fault.code}.{at}",
            _FAULT,
            lines=lines.replace("{overlapping}", _OVERLAPPING),
            place=str(PLACE + at),
            field=field,
            code=fault.code,
        )
        for at, (fault, field, lines) in enumerate(_CHECKS)
    ),
    *(
        statement
        for name, which, condition in (
            ("less", "{equal}", "{present} AND x.row_id IS NULL"),
            ("more", "{gone}", "x.row_id IS NOT NULL"),
        )
        for statement in of_kinds(
            f"check.already.{name}",
            _FAULT.replace("{lines}", _AGAINST_KIND)
            .replace("{which}", which)
            .replace("{condition}", condition)
            .replace("{place}", str(PLACE + len(_CHECKS)))
            .replace("{field}", "処理区分")
            .replace("{code}", faults.REGISTERED_ALREADY.code),
        )
    ),
)
"""A registration that exists and whose certificates differ is refused as one whose coverage differs is."""

SET_ASIDE = made(
    "set_aside",
    """
UPDATE insurers_plan SET effect = 'none' WHERE upload_id = :upload AND line IN (
  SELECT line FROM insurers_fault WHERE upload_id = :upload AND place >= 100)""",
)
"""Lines with faults take no part in the apply."""
FAULTY = made(
    "faulty",
    """SELECT count(DISTINCT line) AS lines FROM insurers_fault
 WHERE upload_id = :upload AND place >= 100""",
)

_DAYS = (
    "CASE WHEN p.new_record AND p.cut > :today THEN p.cut ELSE :today END",
    "CASE WHEN p.effect = 'void' THEN p.old_from ELSE p.cut END",
    "s.elderly_from",
    "CASE WHEN p.effect = 'change' AND (p.old_to IS NULL OR p.old_to > s.valid_to) THEN s.valid_to END",
    "CASE WHEN p.effect = 'change' AND (s.valid_to IS NULL OR s.valid_to > p.old_to) THEN p.old_to END",
    "s.elderly_to",
    "s.percent_to",
)
"""On which days a line is judged: a new record's on its first, if that is not past; of what is known today, and every
later day on which the line begins, ends the coverage before or after what stood, or begins or ends a ratio."""
_JUDGED = """
  SELECT p.line, p.effect, p.record_id, p.new_record, p.old_person, p.target, p.old_from, p.old_to, p.cut, s.valid_from,
         s.valid_to, s.percent, s.percent_to, s.elderly_from, s.elderly_to, s.elderly_percent, s.classification,
         s.birth_date, d.k, CASE d.k {days} END AS day
    FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
    JOIN ({each}) d ON d.k = 0 OR NOT p.new_record
   WHERE p.upload_id = :upload AND p.effect IN ('new', 'change', 'same', 'void')""".replace(
    "{days}", " ".join(f"WHEN {k} THEN {day}" for k, day in enumerate(_DAYS))
).replace("{each}", " UNION ALL ".join(f"SELECT {k} AS k" for k in range(len(_DAYS))))
_WAS = """(y.effect IN ('change', 'same', 'void') AND y.old_from <= y.day
   AND (y.old_to IS NULL OR y.old_to > y.day))"""
_IS = """(y.effect IN ('new', 'change', 'same') AND y.valid_from <= y.day
   AND (y.valid_to IS NULL OR y.valid_to > y.day))"""
_AFTER = """coalesce(
   CASE WHEN y.elderly_from <= y.day
          THEN CASE WHEN y.elderly_to IS NULL OR y.elderly_to > y.day THEN y.elderly_percent END
        WHEN y.elderly_from > y.day OR y.cut > y.day THEN e.percent END,
   CASE WHEN y.cut > y.day THEN r.percent WHEN y.percent_to IS NULL OR y.percent_to > y.day THEN y.percent END)"""
_ON_DAY = """x.record_id = y.record_id AND NOT y.new_record AND x.recorded_to IS NULL AND x.valid_from <= y.day
   AND (x.valid_to IS NULL OR x.valid_to > y.day)"""
_COUNTED = {
    "lost": "m.was AND NOT m.stays",
    "gained": "NOT m.was AND m.stays",
    "ratio_lost": "m.was AND m.stays AND m.before_it IS NOT NULL AND m.after_it IS NULL",
    "ratio_changed": "m.was AND m.stays AND m.before_it <> m.after_it",
    "ratio_gained": "m.stays AND (m.before_it IS NULL OR NOT m.was) AND m.after_it IS NOT NULL",
    "ratio_left": "m.was AND NOT m.stays AND m.before_it IS NOT NULL",
}

COHORTS = made(
    "cohorts",
    """
SELECT n.cohort AS cohort, {sums}
  FROM (SELECT m.line, max(m.cohort) AS cohort, {marks}
          FROM (SELECT l.line, l.cohort, l.was, l.stays, l.after_it,
                       CASE WHEN l.k IN (1, 2) AND l.before_it IS NULL
                              THEN max(CASE WHEN l.k = 0 THEN l.before_it END) OVER (PARTITION BY l.line)
                            ELSE l.before_it END AS before_it
                  FROM (SELECT y.line, y.k,
                               coalesce(t.classification, y.classification, '00') || ':'
                                 || substr(CAST(coalesce(y.birth_date, b.birth_date) AS VARCHAR(10)), 1, 3) AS cohort,
                               coalesce({was}, false) AS was, coalesce({stays}, false) AS stays,
                               CASE WHEN {was} THEN coalesce(e.percent, r.percent) END AS before_it,
                               {after} AS after_it
                          FROM ({judged}) y
                          LEFT JOIN register_coverage t ON t.person_id = y.old_person AND t.row_id = y.target
                          LEFT JOIN register_person b ON y.birth_date IS NULL AND b.person_id = y.old_person
                           AND b.recorded_to IS NULL AND b.valid_to IS NULL
                          LEFT JOIN register_elderly_certificate e ON {e}
                          LEFT JOIN register_burden_ratio r ON {r}
                         WHERE y.day IS NOT NULL AND (y.k = 0 OR y.day > :today)) l) m
         GROUP BY m.line) n
 GROUP BY n.cohort ORDER BY n.cohort""",
    sums=", ".join(f"sum(n.{name}) AS {name}" for name in _COUNTED),
    marks=", ".join(f"max(CASE WHEN {when} THEN 1 ELSE 0 END) AS {name}" for name, when in _COUNTED.items()),
    judged=_JUDGED,
    was=_WAS,
    stays=_IS,
    after=_AFTER,
    e=_ON_DAY.replace("x.", "e."),
    r=_ON_DAY.replace("x.", "r."),
)
"""By 資格区分 and decade of birth (a cohort that time does not change): members and ratios, the register before and
after on the same day. But where a ratio ends and a line begins behind it, the line renews the one that stands today."""

EFFECTS = made(
    "effects",
    "SELECT effect, count(*) AS lines FROM insurers_plan WHERE upload_id = :upload GROUP BY effect ORDER BY effect",
)
VERDICTS = made(
    "verdicts",
    """SELECT verdict, count(*) AS lines FROM insurers_staging WHERE upload_id = :upload
 GROUP BY verdict ORDER BY verdict""",
)

FACTS = made(
    "facts",
    """
SELECT (SELECT count(*) FROM insurers_plan WHERE upload_id = :upload AND NOT new_record
           AND effect IN ('new', 'change', 'same', 'void')) AS known,
       (SELECT count(*) FROM insurers_plan WHERE upload_id = :upload AND (shared OR NOT new_person)) AS met,
       s.* FROM (SELECT count(s.sealed) AS sealed, {stated} FROM insurers_staging s WHERE s.upload_id = :upload) s""",
    stated=", ".join(f"count({kind.first}) AS {kind.name}" for kind in KINDS).replace("p.cut", "1"),
)
"""How many lines a step of the apply would find: ``known`` records, people who were ``met`` before or twice, and by
name of `KINDS` lines that state one; ``sealed`` mismatches of which both sides were kept."""
MARKED = made(
    "marked",
    """
SELECT coalesce(sum(CASE WHEN renews THEN 1 ELSE 0 END), 0) AS renews,
       coalesce(sum(CASE WHEN conflicts THEN 1 ELSE 0 END), 0) AS conflicts
  FROM insurers_plan WHERE upload_id = :upload AND (shared OR NOT new_person)""",
)

LATE = made(
    "late",
    """
SELECT count(*) AS lines {line} AND p.effect IN ('new', 'change', 'void')
   AND coalesce(s.valid_to, s.card_from, s.valid_from) < :since""",
    line=_LINE,
)
"""Lines about something that happened before the day ``since``."""
ANALYZE = (made("analyze.plan", "ANALYZE insurers_plan"), made("analyze.span", "ANALYZE insurers_span"))

__all__ = [
    "ANALYZE", "CHECKS", "COHORTS", "EFFECTS", "FACTS", "FAULTY", "KINDS", "LATE", "MARKED", "PLACE", "SET_ASIDE",
    "VERDICTS",
]  # fmt: skip
