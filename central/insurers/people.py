"""The SQL of what an upload means for people: their own data, stops of viewing, work items, conflicts of numbers.

Not coverage and certificates (`sql`). A person's data follows a line only when the line fits the resident register;
viewing is stopped by the decision matrix (data-formats reference 1.9) until a later line fits or states 「疑いなし」.
"""

from central.insurers.sql import made

_STATED = """
  FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
 WHERE p.upload_id = :upload AND p.effect IN ('new', 'same', 'change')"""

_CHANGED_LINE = """(SELECT person_id, max(line) AS line FROM insurers_plan
    WHERE upload_id = :upload AND renews GROUP BY person_id) c
  JOIN insurers_staging s ON s.upload_id = :upload AND s.line = c.line"""

_OTHER_PERSON = """(i.birth_date <> s.birth_date OR i.sex <> s.sex
   OR (i.kana_key <> s.kana_key AND i.kanji_key <> s.kanji_key))"""
MARK = made(
    "mark",
    """
UPDATE insurers_plan AS p SET conflicts = coalesce({other}, false) AND p.effect IN ('new', 'change'),
       renews = s.verdict = 'match'
  FROM insurers_staging s, insurers_individual i
 WHERE p.upload_id = :upload AND p.effect IN ('new', 'same', 'change') AND s.upload_id = :upload AND s.line = p.line
   AND (p.shared OR NOT p.new_person) AND i.individual = s.individual
   AND (i.birth_date <> s.birth_date OR i.sex <> s.sex OR (s.verdict = 'match' AND NOT i.matched)
        OR (s.kana_key IS NOT NULL AND i.kana_key IS DISTINCT FROM s.kana_key)
        OR (s.kanji_key IS NOT NULL AND i.kanji_key IS DISTINCT FROM s.kanji_key)
        OR (s.address_key IS NOT NULL AND i.address_key IS DISTINCT FROM s.address_key))""",
    other=_OTHER_PERSON,
)
"""Lines that say something else of the number's person than what is known: ``renews`` where the line is right,
``conflicts`` where it speaks of somebody else."""

CLOSE_PEOPLE = made(
    "close.people",
    """
UPDATE register_person AS x SET recorded_to = :moment FROM {changed}
 WHERE x.person_id = c.person_id AND x.recorded_to IS NULL
   AND (x.valid_to IS NULL OR x.birth_date <> s.birth_date OR x.sex <> s.sex)""",
    changed=_CHANGED_LINE,
)
KEEP_PEOPLE = made(
    "keep.people",
    """
INSERT INTO register_person (row_id, person_id, name, kana, birth_date, sex, address, postal_code, other_name,
                             other_kana, support_measure, valid_from, valid_to, recorded_from)
SELECT s.line_id || 'h' || row_number() OVER (PARTITION BY x.person_id ORDER BY x.valid_from), x.person_id, x.name,
       x.kana, s.birth_date, s.sex, x.address, x.postal_code, x.other_name, x.other_kana, x.support_measure,
       CASE WHEN x.valid_from = x.birth_date OR x.valid_from < s.birth_date THEN s.birth_date ELSE x.valid_from END,
       coalesce(x.valid_to, :today), :moment
  FROM {changed} JOIN register_person x ON x.person_id = c.person_id AND x.recorded_to = :moment
  JOIN insurers_individual i ON i.individual = s.individual AND i.matched
 WHERE x.recorded_from < :moment AND x.valid_from < :today AND s.birth_date < coalesce(x.valid_to, :today)""",
    changed=_CHANGED_LINE,
)
CHANGE_PEOPLE = made(
    "change.people",
    """
INSERT INTO register_person (row_id, person_id, name, kana, birth_date, sex, address, postal_code, other_name,
                             other_kana, support_measure, valid_from, recorded_from)
SELECT s.line_id || 'h', x.person_id,
       CASE WHEN s.kanji_key IS NULL THEN x.name ELSE s.name END,
       CASE WHEN s.kana_key IS NULL THEN x.kana ELSE s.kana END, s.birth_date, s.sex,
       CASE WHEN s.address_key IS NULL THEN x.address ELSE s.address END,
       CASE WHEN s.address_key IS NULL THEN x.postal_code ELSE s.postal_code END,
       x.other_name, x.other_kana, x.support_measure,
       CASE WHEN NOT i.matched OR x.recorded_from = :moment OR x.valid_from >= :today OR s.birth_date >= :today
            THEN s.birth_date ELSE :today END, :moment
  FROM {changed} JOIN register_person x ON x.person_id = c.person_id AND x.recorded_to = :moment
  JOIN insurers_individual i ON i.individual = s.individual
 WHERE x.valid_to IS NULL""",
    changed=_CHANGED_LINE,
)
CLOSE_BIRTHS = made(
    "close.births",
    """
UPDATE register_number_directory AS x SET recorded_to = :moment FROM {changed}
 WHERE x.person_id = c.person_id AND x.recorded_to IS NULL AND x.birth_date <> s.birth_date""",
    changed=_CHANGED_LINE,
)
INSERT_BIRTHS = made(
    "insert.births",
    """
INSERT INTO register_number_directory (row_id, lookup_key, symbol_key, branch, birth_date, person_id, record_id,
                                       valid_from, valid_to, recorded_from)
SELECT s.line_id || 'y' || row_number() OVER (PARTITION BY x.person_id ORDER BY x.row_id), x.lookup_key,
       x.symbol_key, x.branch, s.birth_date, x.person_id, x.record_id, x.valid_from, x.valid_to, :moment
  FROM {changed} JOIN register_number_directory x ON x.person_id = c.person_id AND x.recorded_to = :moment""",
    changed=_CHANGED_LINE,
)
UPDATE_INDIVIDUALS = made(
    "update.individuals",
    """
UPDATE insurers_individual AS i SET birth_date = s.birth_date, sex = s.sex,
       kana_key = coalesce(s.kana_key, i.kana_key), kanji_key = coalesce(s.kanji_key, i.kanji_key),
       address_key = coalesce(s.address_key, i.address_key), matched = true
  FROM {changed} WHERE i.individual = s.individual""",
    changed=_CHANGED_LINE,
)

_NEEDED = """CASE s.verdict WHEN 'birth-or-sex' THEN 'birth-or-sex-differs' WHEN 'no-resident' THEN 'no-resident'
  WHEN 'names' THEN 'names-differ' WHEN 'name-address' THEN 'name-and-address-differ' END"""
_IDENTITY = "('birth-or-sex-differs', 'no-resident', 'names-differ', 'name-and-address-differ')"
CLOSE_STOPS = made(
    "close.stops",
    """
UPDATE register_view_stop AS x SET recorded_to = :moment
  FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
 WHERE p.upload_id = :upload AND NOT p.new_record AND x.record_id = p.record_id AND x.recorded_to IS NULL
   AND x.reason IN {identity}
   AND (p.effect = 'void' OR (p.effect IN ('new', 'same', 'change')
        AND (s.assured OR (s.verdict <> 'unchecked'
                           AND (x.person_id <> p.person_id OR x.reason IS DISTINCT FROM {needed})))))""",
    identity=_IDENTITY,
    needed=f"({_NEEDED})",
)
_VOUCHED = """EXISTS (SELECT 1 FROM insurers_assurance v WHERE v.insurer_number = s.insurer_number
   AND v.record_id = p.record_id AND v.comparison = s.comparison)"""
"""「疑いなし」 was stated about these very two sides."""
_OVERLAP = """(a.valid_to IS NULL OR a.valid_from < a.valid_to) AND (b.valid_to IS NULL OR b.valid_from < b.valid_to)
   AND (b.valid_to IS NULL OR a.valid_from < b.valid_to) AND (a.valid_to IS NULL OR b.valid_from < a.valid_to)"""
OPEN_STOPS = made(
    "open.stops",
    """
INSERT INTO register_view_stop (row_id, person_id, record_id, scope, reason, valid_from, recorded_from)
SELECT s.line_id, p.person_id, p.record_id,
       CASE WHEN s.verdict IN ('birth-or-sex', 'no-resident') THEN 'all' ELSE 'medical' END, {needed},
       CASE WHEN s.valid_from > :today THEN :today ELSE s.valid_from END, :moment
  {stated} AND NOT s.assured AND s.verdict IN ('birth-or-sex', 'no-resident', 'names') AND NOT {vouched}
   AND (p.new_record OR NOT EXISTS (
        SELECT 1 FROM register_view_stop x WHERE x.person_id = p.person_id AND x.record_id = p.record_id
           AND x.recorded_to IS NULL AND x.reason = {needed}))""",
    stated=_STATED,
    needed=f"({_NEEDED})",
    vouched=_VOUCHED,
)
"""① and ②: whose record it is, is in doubt at once, even where its coverage begins later."""
_NAME_ADDRESS = """(
  SELECT w.person_id, w.record_id, min(m.line_id) AS line_id
    FROM (SELECT person_id, line_id FROM insurers_plan
           WHERE upload_id = :upload AND (shared OR NOT new_person) AND effect IN ('new', 'same', 'change', 'void')
          UNION ALL
          SELECT old_person, line_id FROM insurers_plan
           WHERE upload_id = :upload AND effect = 'change' AND old_person <> person_id) m
    JOIN register_work_item w ON w.person_id = m.person_id AND w.kind = 'identity-name-address' AND w.closed_at IS NULL
   GROUP BY w.person_id, w.record_id)"""
"""③: records whose name and address differ, of people whom the upload touches."""
_DUE = """(
  SELECT q.person_id, q.record_id, q.line_id,
         min(CASE WHEN a.valid_from < b.valid_from THEN b.valid_from ELSE a.valid_from END) AS due
    FROM {name_address} q
    JOIN register_coverage a ON a.person_id = q.person_id AND a.record_id = q.record_id
    JOIN register_coverage b ON b.person_id = q.person_id AND b.record_id <> q.record_id AND {overlap}
   WHERE (a.recorded_to IS NULL) IS TRUE AND (b.recorded_to IS NULL) IS TRUE
     AND (a.valid_to IS NULL OR a.valid_to > :today) AND (b.valid_to IS NULL OR b.valid_to > :today)
   GROUP BY q.person_id, q.record_id, q.line_id)""".replace("{name_address}", _NAME_ADDRESS).replace(
    "{overlap}", _OVERLAP
)
"""Those with several coverages today or later, and since when. ``IS TRUE``: by the person's index; the planner, who
knows nothing of a fresh table, would rather look through all current coverages for each record."""
CLOSE_DUE = made(
    "close.stops.due",
    """
UPDATE register_view_stop AS x SET recorded_to = :moment FROM {name_address} n
 WHERE x.person_id = n.person_id AND x.record_id = n.record_id AND x.recorded_to IS NULL
   AND x.reason = 'name-and-address-differ'
   AND (x.person_id, x.record_id, x.valid_from) NOT IN (SELECT d.person_id, d.record_id, d.due FROM {due} d)""",
    name_address=_NAME_ADDRESS,
    due=_DUE,
)
OPEN_DUE = made(
    "open.stops.due",
    """
INSERT INTO register_view_stop (row_id, person_id, record_id, scope, reason, valid_from, recorded_from)
SELECT 'w' || n.line_id || row_number() OVER (PARTITION BY n.person_id ORDER BY n.record_id), n.person_id, n.record_id,
       'medical', 'name-and-address-differ', n.due, :moment
  FROM {due} n
 WHERE NOT EXISTS (SELECT 1 FROM register_view_stop x WHERE x.person_id = n.person_id AND x.record_id = n.record_id
                      AND x.recorded_to IS NULL AND x.reason = 'name-and-address-differ')""",
    due=_DUE,
)

STATE_ASSURANCES = made(
    "assurances",
    """
INSERT INTO insurers_assurance (insurer_number, record_id, stated_at, upload_id, operator, reason, comparison)
SELECT s.insurer_number, p.record_id, :moment, p.upload_id, CAST(:operator AS VARCHAR(64)), s.assurance, s.comparison
  {stated} AND s.assured
   AND NOT EXISTS (SELECT 1 FROM insurers_assurance o WHERE o.insurer_number = s.insurer_number
                      AND o.record_id = p.record_id AND o.reason = s.assurance
                      AND o.comparison IS NOT DISTINCT FROM s.comparison)
ON CONFLICT DO NOTHING""",
    stated=_STATED,
)

CLOSE_WORK = made(
    "close.work",
    """
UPDATE register_work_item AS w SET closed_at = :moment,
       outcome = CASE WHEN p.effect = 'void' THEN 'invalidated' WHEN s.assured THEN 'no-doubt' ELSE 'corrected' END
  FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
 WHERE p.upload_id = :upload AND NOT p.new_record AND w.insurer_number = s.insurer_number
   AND w.subject = 'identity:' || p.record_id AND w.closed_at IS NULL
   AND (p.effect = 'void' OR (p.effect IN ('new', 'same', 'change') AND (s.assured OR (s.verdict <> 'unchecked'
        AND (w.kind <> 'identity-' || s.verdict OR w.details <> coalesce(s.differing, '')
             OR w.person_id <> p.person_id)))))""",
)
OPEN_WORK = made(
    "open.work",
    """
INSERT INTO register_work_item (insurer_number, row_id, kind, person_id, record_id, subject, details, opened_at)
SELECT s.insurer_number, s.line_id, 'identity-' || s.verdict, p.person_id, p.record_id, 'identity:' || p.record_id,
       coalesce(s.differing, ''), :moment
  {stated} AND NOT s.assured AND s.verdict NOT IN ('match', 'unchecked') AND NOT {vouched}
   AND (p.new_record OR NOT EXISTS (
        SELECT 1 FROM register_work_item w WHERE w.insurer_number = s.insurer_number
           AND w.subject = 'identity:' || p.record_id AND w.closed_at IS NULL))""",
    stated=_STATED,
    vouched=_VOUCHED,
)
KEEP_COMPARISONS = made(
    "keep.comparisons",
    """
INSERT INTO insurers_comparison (insurer_number, record_id, upload_id, digest, sealed, compared_at)
SELECT s.insurer_number, m.record_id, s.upload_id, s.comparison, s.sealed, :moment
  FROM (SELECT p.record_id, max(p.line) AS line
  {stated} AND s.sealed IS NOT NULL AND NOT s.assured GROUP BY p.record_id) m
  JOIN insurers_staging s ON s.upload_id = :upload AND s.line = m.line
 WHERE EXISTS (SELECT 1 FROM register_work_item w WHERE w.insurer_number = s.insurer_number
                  AND w.subject = 'identity:' || m.record_id AND w.closed_at IS NULL)
ON CONFLICT (insurer_number, record_id) DO UPDATE SET upload_id = excluded.upload_id, digest = excluded.digest,
   sealed = excluded.sealed, compared_at = excluded.compared_at""",
    stated=_STATED,
)
"""The newest line's two sides, for the officer who has to look at them."""
DROP_COMPARISONS = made(
    "drop.comparisons",
    """
DELETE FROM insurers_comparison AS x WHERE x.insurer_number = :insurer AND NOT EXISTS (
  SELECT 1 FROM register_work_item w WHERE w.insurer_number = x.insurer_number
     AND w.subject = 'identity:' || x.record_id AND w.closed_at IS NULL)""",
)

OPEN_TWO_ON_ONE = made(
    "open.two_on_one",
    """
INSERT INTO register_work_item (insurer_number, row_id, kind, person_id, record_id, subject, details, opened_at)
SELECT s.insurer_number, s.line_id || 'o', 'several-on-one-number', p.person_id, p.record_id,
       'several-on-one-number:' || p.record_id, p.person_id, :moment
  FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
 WHERE p.upload_id = :upload AND p.conflicts
   AND NOT EXISTS (SELECT 1 FROM register_work_item w WHERE w.insurer_number = s.insurer_number
                      AND w.subject = 'several-on-one-number:' || p.record_id AND w.closed_at IS NULL)""",
)
"""Two people on one 個人番号: the line's items are not those that the number's person had."""
TELL_OTHERS = made(
    "open.two_on_one.others",
    """
INSERT INTO register_work_item (insurer_number, row_id, kind, person_id, record_id, subject, details, opened_at)
SELECT n.insurer_number, s.line_id || 'u' || row_number() OVER (PARTITION BY s.line ORDER BY n.row_id),
       'several-on-one-number', n.person_id, n.record_id, 'several-on-one-number:' || n.record_id, n.person_id, :moment
  FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
  JOIN register_tie n ON n.person_id = p.person_id AND n.recorded_to IS NULL AND n.record_id <> p.record_id
 WHERE p.upload_id = :upload AND p.conflicts
   AND NOT EXISTS (SELECT 1 FROM insurers_plan q WHERE q.upload_id = :upload AND q.person_id = p.person_id
                      AND q.line < p.line AND q.conflicts)
   AND NOT EXISTS (SELECT 1 FROM register_work_item w WHERE w.insurer_number = n.insurer_number
                      AND w.subject = 'several-on-one-number:' || n.record_id AND w.closed_at IS NULL)""",
)
OPEN_ONE_ON_TWO = made(
    "open.one_on_two",
    """
INSERT INTO register_work_item (insurer_number, row_id, kind, person_id, record_id, subject, details, opened_at)
SELECT o.insurer_number, o.row_id, 'one-on-several-numbers', o.person_id, o.record_id,
       'one-on-several-numbers:' || o.record_id, o.other, :moment
  FROM (SELECT s.insurer_number, s.line_id || 'v' AS row_id, p.person_id, p.record_id, (
               SELECT min(j.person_id) FROM insurers_individual j
                WHERE j.birth_date = s.birth_date AND j.kana_key = s.kana_key AND j.sex = s.sex
                  AND j.kanji_key = s.kanji_key AND j.address_key = s.address_key
                  AND j.individual <> s.individual
                  AND (s.verdict <> 'match' OR NOT j.matched
                       OR (p.new_person AND (p.old_person <> p.person_id OR s.kanji_key NOT LIKE '%未定%')))) AS other
          FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
         WHERE p.upload_id = :upload
           AND (p.renews OR (p.effect IN ('new', 'change') AND (p.new_person OR s.verdict <> 'match')))) o
 WHERE o.other IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM register_work_item w WHERE w.insurer_number = o.insurer_number
                      AND w.subject = 'one-on-several-numbers:' || o.record_id AND w.closed_at IS NULL)""",
)
"""One person on two 個人番号: all five items are those of another number's person, whichever came first, and also where
the resident register knows the new number (numbers change). Twins whom it knows, without names (名未定), are two."""

_PAIR = """CASE WHEN a.record_id < b.record_id THEN a.record_id || '+' || b.record_id
  ELSE b.record_id || '+' || a.record_id END"""
OPEN_SEVERAL = made(
    "open.several",
    """
INSERT INTO register_work_item (insurer_number, row_id, kind, person_id, record_id, subject, details, opened_at)
SELECT n.insurer_number, substr(min(a.row_id), 1, 24) || substr(min(b.row_id), 1, 24) || substr(:upload, 1, 12),
       'several-coverages', a.person_id, a.record_id, 'several-coverages:' || a.record_id || ':' || {pair}, {pair},
       :moment
  FROM (SELECT person_id FROM insurers_plan
         WHERE upload_id = :upload AND effect IN ('new', 'change') AND (shared OR NOT new_person) GROUP BY person_id
        HAVING count(*) > 1 OR min(CASE WHEN new_person THEN 1 ELSE 0 END) = 0) m
  JOIN register_coverage a ON a.person_id = m.person_id AND a.recorded_to IS NULL
  JOIN register_coverage b ON b.person_id = m.person_id AND b.recorded_to IS NULL AND b.record_id <> a.record_id
   AND {overlap}
  JOIN register_tie n ON n.person_id = a.person_id AND n.record_id = a.record_id AND n.recorded_to IS NULL
 WHERE (n.insurer_number, 'several-coverages:' || a.record_id || ':' || {pair}) NOT IN (
         SELECT w.insurer_number, w.subject FROM insurers_plan q JOIN register_work_item w ON w.person_id = q.person_id
          WHERE q.upload_id = :upload AND w.kind = 'several-coverages' AND w.closed_at IS NULL)
 GROUP BY n.insurer_number, a.person_id, a.record_id, b.record_id""",
    pair=_PAIR,
    overlap=_OVERLAP,
)
"""As `central.register.work.review` does for one person, for all of them at once. What is open already is looked up
once: a lookup for each pair in a table that grows meanwhile took the square of their number."""
CLOSE_SEVERAL = made(
    "close.several",
    """
UPDATE register_work_item AS w SET closed_at = :moment, outcome = 'resolved'
 WHERE w.kind = 'several-coverages' AND w.closed_at IS NULL
   AND w.person_id IN (SELECT coalesce(old_person, person_id) FROM insurers_plan
                        WHERE upload_id = :upload AND effect IN ('new', 'change', 'void') AND NOT new_person)
   AND NOT EXISTS (SELECT 1 FROM register_coverage a
         JOIN register_coverage b ON b.person_id = a.person_id AND b.recorded_to IS NULL
          AND b.record_id <> a.record_id AND {overlap}
        WHERE a.person_id = w.person_id AND a.record_id = w.record_id AND a.recorded_to IS NULL
          AND w.details = {pair})""",
    pair=_PAIR,
    overlap=_OVERLAP,
)
