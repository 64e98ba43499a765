"""The reads of the hot path: each is made once and pins the distribution key of every sharded table that it touches.

``known_at`` is the recorded moment to answer from; `NOW` reads what is current. Each result names ``published``, the
register's newest moment in the very snapshot that was read: asked again with ``known_at=published`` it is the same.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

from central.db.schema import Day, Moment
from central.db.store import Statement
from central.register import tables as t

NOW = datetime(9999, 12, 31, tzinfo=UTC)

_known_at = sa.bindparam("known_at", type_=Moment)
_day = sa.bindparam("day", type_=Day)
_published = sa.select(t.clock.c.published).where(t.clock.c.id == 1).scalar_subquery().label("published")


def known(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """The row was known at ``:known_at``."""
    return sa.and_(
        table.c.recorded_from <= _known_at,
        sa.or_(table.c.recorded_to.is_(None), table.c.recorded_to > _known_at),
    )


def valid(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """The row is true on ``:day``."""
    return sa.and_(table.c.valid_from <= _day, not_ended(table))


def not_ended(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """The row is true on ``:day`` or begins later."""
    return sa.or_(table.c.valid_to.is_(None), table.c.valid_to > _day)


HOLDER = Statement(
    "register.holder",
    sa.select(t.certificate.c.person_id, t.certificate.c.previous_key, _published).where(
        t.certificate.c.certificate_key == sa.bindparam("certificate_key"), known(t.certificate)
    ),
    key="certificate_key",
    hot=True,
)
"""Whose a certificate is, by (issuer key id, serial)."""

BY_NUMBER = Statement(
    "register.by_number",
    sa.select(
        t.number_directory.c.symbol_key,
        t.number_directory.c.branch,
        t.number_directory.c.person_id,
        t.number_directory.c.record_id,
        t.number_directory.c.valid_from,
        t.number_directory.c.valid_to,
        _published,
    ).where(
        t.number_directory.c.lookup_key == sa.bindparam("lookup_key"),
        t.number_directory.c.birth_date == sa.bindparam("birth_date", type_=Day),
        t.number_directory.c.valid_from <= _day,
        known(t.number_directory),
    ),
    key="lookup_key",
    hot=True,
)
"""Ties under an insurer's number with that birth date, begun by the asked day."""


def _facts() -> sa.Select[tuple[object, ...]]:
    person, tie, coverage = t.person, t.tie, t.coverage
    key: sa.BindParameter[str] = sa.bindparam("person_id")

    def hangs_on(table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.person_id == key, table.c.record_id == tie.c.record_id, known(table))

    # A stop hides the days before it as well: else whoever asks as of yesterday gets what was stopped today. But one of
    # medical information that was announced for a later day waits for it (trust rules: only a visit about today asks).
    held = t.view_stop.c
    stop = sa.select(held.row_id).where(
        held.person_id == key,
        known(t.view_stop),
        not_ended(t.view_stop),
        sa.or_(held.scope == "all", held.valid_from <= _day, held.valid_from <= held.recorded_from),
    )
    every = sa.or_(t.view_stop.c.record_id.is_(None), t.view_stop.c.record_id == tie.c.record_id)

    def of_insurer(column: "sa.Column[object]") -> sa.ScalarSelect[object]:
        return (
            sa.select(column)
            .where(t.insurer.c.number == tie.c.insurer_number, t.insurer.c.valid_from <= _day, known(t.insurer))
            .order_by(t.insurer.c.valid_from.desc())
            .limit(1)
            .scalar_subquery()
        )

    assisted = sa.select(t.assistance.c.row_id).where(
        t.assistance.c.person_id == key, t.assistance.c.valid_from <= _day, known(t.assistance)
    )
    spans = tie.join(
        coverage,
        sa.and_(
            hangs_on(coverage),
            coverage.c.valid_from >= tie.c.valid_from,
            sa.or_(tie.c.valid_to.is_(None), coverage.c.valid_from < tie.c.valid_to),
        ),
    )
    joined = person.outerjoin(spans, sa.and_(tie.c.person_id == key, known(tie)))
    for table in (t.burden_ratio, t.elderly_certificate, t.limit_certificate, t.disease_certificate):
        joined = joined.outerjoin(table, sa.and_(hangs_on(table), valid(table)))
    joined = joined.outerjoin(
        t.reference_number,
        sa.and_(
            hangs_on(t.reference_number),
            valid(t.reference_number),
            t.reference_number.c.facility == sa.bindparam("facility"),
        ),
    )
    return (
        sa.select(
            person.c.name,
            person.c.kana,
            person.c.birth_date,
            person.c.sex,
            person.c.address,
            person.c.postal_code,
            person.c.other_name,
            person.c.other_kana,
            person.c.support_measure,
            tie.c.record_id,
            tie.c.insurer_number,
            tie.c.symbol,
            tie.c.number,
            tie.c.branch,
            of_insurer(t.insurer.c.name).label("insurer_name"),
            of_insurer(t.insurer.c.valid_to).label("insurer_until"),
            coverage.c.row_id.label("coverage"),
            coverage.c.classification,
            coverage.c.relation,
            coverage.c.insured_name,
            coverage.c.valid_from.label("qualified_on"),
            coverage.c.valid_to.label("disqualified_on"),
            coverage.c.loss_reason,
            coverage.c.issued_on,
            coverage.c.card_valid_from,
            coverage.c.card_valid_through,
            t.burden_ratio.c.percent.label("ratio"),
            *_certificate(t.elderly_certificate, "elderly", "percent"),
            *_certificate(t.limit_certificate, "limit", "kind", "income_class", "long_term_from"),
            *_certificate(t.disease_certificate, "disease", "category", "self_pay"),
            t.reference_number.c.reference,
            sa.exists(stop.where(every, t.view_stop.c.scope == "all")).label("stopped"),
            sa.exists(stop.where(every)).label("medical_stopped"),
            sa.exists(stop.where(t.view_stop.c.record_id.is_(None), t.view_stop.c.scope == "all")).label(
                "person_stopped"
            ),
            sa.exists(assisted).label("assisted"),
            _published,
        )
        .select_from(joined)
        .where(person.c.person_id == key, known(person), valid(person))
    )


def _certificate(table: sa.Table, name: str, *columns: str) -> list[sa.Label[object]]:
    return [table.c[column].label(f"{name}_{column}") for column in ("issued_on", "valid_from", "valid_to", *columns)]


FACTS = Statement("register.facts", _facts(), key="person_id", hot=True)
"""A person as of a day: every coverage that the ties give, each with what its record holds on that day.

Specific diseases multiply rows (up to three); a person without coverage is one row with ``coverage`` None.
"""

ASSISTANCE = Statement(
    "register.assistance",
    sa.select(
        t.assistance.c.payer,
        t.assistance.c.recipient,
        t.assistance.c.loss_reason,
        t.assistance.c.valid_from.label("starts_on"),
        t.assistance.c.valid_to.label("ends_on"),
        sa.select(t.insurer.c.name)
        .where(t.insurer.c.number == t.assistance.c.payer, t.insurer.c.valid_from <= _day, known(t.insurer))
        .order_by(t.insurer.c.valid_from.desc())
        .limit(1)
        .scalar_subquery()
        .label("office"),
        t.assistance_ticket.c.document.label("ticket"),
    )
    .select_from(
        t.assistance.outerjoin(
            t.assistance_ticket,
            sa.and_(
                t.assistance_ticket.c.person_id == sa.bindparam("person_id"),
                t.assistance_ticket.c.facility == sa.bindparam("facility"),
                known(t.assistance_ticket),
                valid(t.assistance_ticket),
            ),
        )
    )
    .where(
        t.assistance.c.person_id == sa.bindparam("person_id"),
        t.assistance.c.valid_from <= _day,
        known(t.assistance),
    ),
    key="person_id",
    hot=True,
)
"""医療扶助 begun by the day, with this facility's tickets of the day: read only when `FACTS` says there is some."""

HOT = (HOLDER, BY_NUMBER, FACTS, ASSISTANCE)
