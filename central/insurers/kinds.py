"""What hangs on an insured record (ratios, certificates): where a line states it, and the SQL that keeps it.

Not coverage, ties and people (`sql`, `people`). Bind names as in `sql`; a line is `s` (staging) with `p` (its plan).
"""

from dataclasses import dataclass

from central.db.store import Statement
from central.insurers.sql import _LATER, _LINE, _PLANNED, _PORTION, made


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that hangs on a record: where a line states it, as SQL over ``s`` (staging) and ``p`` (plan)."""

    name: str
    table: str
    first: str
    until: str
    values: tuple[tuple[str, str], ...]
    """Column → SQL."""
    row: str = "p.line_id"
    only: str = ""
    """Which rows of the table are meant, over ``x``."""

    def fill(self, template: str) -> str:
        """A template with ``{present}``, ``{first}``, ``{until}``, ``{cut}``, ``{equal}``, ``{gone}`` filled in."""
        until = f"(CASE WHEN {self.until} IS NULL OR s.valid_to < {self.until} THEN s.valid_to ELSE {self.until} END)"
        first = f"(CASE WHEN {self.first} < s.valid_from THEN s.valid_from ELSE {self.first} END)"
        stated = f"coalesce({first}, p.cut)"
        # A line that ends before what it states begins leaves nothing behind its end.
        cut = f"(CASE WHEN s.valid_to < {stated} THEN s.valid_to ELSE {stated} END)"
        parts = {
            "gone": _GONE_NOW,
            "equal": _EQUAL,
            "present": f"({first} IS NOT NULL AND ({until} IS NULL OR {first} < {until}))",
            "cut": cut,
            "first": first,
            "until": until,
            "only": f"AND {self.only}" if self.only else "",
            "same_values": " AND ".join(f"x.{column} IS NOT DISTINCT FROM {sql}" for column, sql in self.values),
            "columns": ", ".join(column for column, _ in self.values),
            "old_values": ", ".join(f"x.{column}" for column, _ in self.values),
            "values": ", ".join(sql for _, sql in self.values),
            "table": self.table,
            "row": self.row,
            "name": self.name,
        }
        for key, part in parts.items():
            template = template.replace(f"{{{key}}}", part)
        return template


_EQUAL = """(x.record_id = p.record_id AND x.recorded_to IS NULL AND x.person_id = p.person_id
   AND x.valid_from = {first} AND x.valid_to IS NOT DISTINCT FROM {until} AND {same_values} {only})"""
_GONE = """(x.record_id = p.record_id AND x.recorded_to {known} {only} AND NOT p.new_record AND CASE p.effect
  WHEN 'void' THEN x.valid_from >= p.old_from AND (p.old_to IS NULL OR x.valid_from < p.old_to)
  WHEN 'none' THEN false WHEN 'gone' THEN false
  ELSE (((x.valid_to IS NULL OR x.valid_to > {cut})
         AND (s.valid_to IS NULL OR x.valid_from < s.valid_to
              OR (p.old_from IS NOT NULL AND (p.old_to IS NULL OR x.valid_from < p.old_to))))
        OR (p.old_from IS NOT NULL AND x.valid_from >= p.old_from AND (p.old_to IS NULL OR x.valid_from < p.old_to)
            AND (x.person_id <> p.person_id OR x.valid_from < s.valid_from)))
       AND NOT ({present} AND {equal}) END)"""
_GONE_NOW = _GONE.replace("{known}", "IS NULL")
_CLOSE_KIND = "UPDATE {table} AS x SET recorded_to = :moment {line} AND {gone}".replace("{gone}", _GONE_NOW)
_KEEP_KIND = """
INSERT INTO {table} (row_id, person_id, record_id, {columns}, valid_from, valid_to, recorded_from)
SELECT k.line_id || '{name}' || row_number() OVER (PARTITION BY k.line ORDER BY k.row_id), k.person_id, k.record_id,
       {columns}, k.valid_from,
       CASE WHEN k.valid_to IS NULL OR k.kept_to < k.valid_to THEN k.kept_to ELSE k.valid_to END, :moment
  FROM (SELECT e.*, row_number() OVER (PARTITION BY e.row_id ORDER BY e.kept_to, e.line) AS nth
          FROM (SELECT p.line, p.line_id, x.row_id, x.record_id, {old_values}, x.valid_from, x.valid_to,
                       CASE WHEN x.valid_from >= coalesce(p.old_from, s.valid_from) THEN p.person_id
                            ELSE x.person_id END AS person_id,
                       CASE WHEN p.effect IN ('new', 'same', 'change') AND (x.valid_from >= s.valid_from
                                 OR x.valid_from < coalesce(p.old_from, s.valid_from)) THEN {cut}
                            ELSE x.valid_from END AS kept_to
                  FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
                  JOIN {table} x ON {gone}
                 WHERE p.upload_id = :upload) e) k
 WHERE k.nth = 1 AND k.valid_from < k.kept_to
""".replace("{gone}", _GONE.replace("{known}", "= :moment"))
"""Of a row that several lines of one upload end, that stays which all of them leave."""
_NEW_KIND = """
INSERT INTO {table} (row_id, person_id, record_id, {columns}, valid_from, valid_to, recorded_from)
SELECT {row}, p.person_id, p.record_id, {values}, {first}, {until}, :moment
  {line} AND p.new_record AND p.effect = 'new' AND {present}"""
_INSERT_KIND = (
    _NEW_KIND
    + """
UNION ALL
SELECT {row}, p.person_id, p.record_id, {values}, {first}, {until}, :moment
  FROM insurers_plan p JOIN insurers_staging s ON s.upload_id = p.upload_id AND s.line = p.line
  LEFT JOIN {table} x ON {equal}
 WHERE p.upload_id = :upload AND NOT p.new_record AND p.effect IN ('new', 'same', 'change') AND {present}
   AND x.row_id IS NULL"""
)
"""Rows of new records are not looked for: a join with a table that grows under it can take the square of its size."""


def _slot(column: str, category: str) -> str:
    """The value of the specific disease of this category, in whichever of the three places it stands."""
    cases = " ".join(f"WHEN s.disease{n}_category = '{category}' THEN s.disease{n}_{column}" for n in (1, 2, 3))
    return f"(CASE {cases} END)"


KINDS = (
    Kind(
        name="b",
        table="register_burden_ratio",
        first="(CASE WHEN s.percent IS NOT NULL THEN p.cut END)",
        until="s.percent_to",
        values=(("percent", "s.percent"),),
    ),
    Kind(
        name="e",
        table="register_elderly_certificate",
        first="s.elderly_from",
        until="s.elderly_to",
        values=(("percent", "s.elderly_percent"), ("issued_on", "coalesce(s.issued_on, s.elderly_from)")),
    ),
    Kind(
        name="l",
        table="register_limit_certificate",
        first="s.limit_from",
        until="s.limit_to",
        values=(
            ("kind", "s.limit_kind"),
            ("income_class", "s.limit_class"),
            ("issued_on", "s.limit_issued"),
            ("long_term_from", "s.limit_long"),
        ),
    ),
    *(
        Kind(
            name=f"d{category}",
            table="register_disease_certificate",
            first=_slot("from", category),
            until=_slot("to", category),
            values=(
                ("category", f"'{category}'"),
                ("issued_on", _slot("issued", category)),
                ("self_pay", _slot("yen", category)),
            ),
            row=f"p.line_id || '{category}'",
            only=f"x.category = '{category}'",
        )
        for category in "123"
    ),
)


def of_kinds(name: str, template: str, line: str = _LINE) -> tuple[Statement, ...]:
    """One statement of a template for each of `KINDS`."""
    return tuple(made(f"{name}.{kind.name}", kind.fill(template), line=line) for kind in KINDS)


CLOSE = of_kinds("close", _CLOSE_KIND)
KEEP = of_kinds("keep", _KEEP_KIND)
INSERT = of_kinds("insert", _INSERT_KIND, _LATER)
WHOLE, PLANNED = of_kinds("portion", _NEW_KIND, _PORTION), of_kinds("portion", _NEW_KIND, _PLANNED)
"""The same rows for the plain lines of one portion (`sql.WHOLE`, `sql.PLANNED`)."""
