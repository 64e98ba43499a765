"""What the door reads, and the row by which it writes a reading: only if everything it stands on is still so.

Every read is of the present: the door remembers nothing between two requests, so that a withdrawal or a stop holds
on every worker as soon as it is on disk. Each statement pins the distribution key of the tables that it touches.
"""

import sqlalchemy as sa

from central.db import Day, Moment, Statement
from central.disclosure.tables import grants, readings, rights
from central.register import tables as register
from central.register.service import RENEWALS
from central.trust.tables import revocations
from protocol.visit import ConsentItem

CERTIFICATES = tuple(f"certificate_{place}" for place in range(RENEWALS))
"""The parameters of `KEEP` that name the certificates of a consent's proof; unused ones are None."""
_now = sa.bindparam("now", type_=Moment)
_day = sa.bindparam("day", type_=Day)
_key: sa.BindParameter[str] = sa.bindparam("person")
_facility: sa.BindParameter[str] = sa.bindparam("at_facility")

GRANTS = Statement(
    "disclosure.grants",
    sa.select(grants)
    .where(grants.c.person_id == _key, grants.c.facility == _facility, grants.c.granted_at <= _now)
    .order_by(grants.c.granted_at.desc()),
    key="person",
    hot=True,
)
"""Every grant that the facility ever had from the person, the newest first: the ended ones say why there is none."""


def _person() -> sa.Select[tuple[object, ...]]:
    person, tie, stop = register.person, register.tie, register.view_stop
    in_force = sa.select(stop.c.row_id).where(
        stop.c.person_id == _key,
        stop.c.recorded_to.is_(None),
        sa.or_(stop.c.scope == "all", stop.c.valid_from <= _day),
        sa.or_(stop.c.valid_to.is_(None), stop.c.valid_to > _day),
    )
    published = sa.select(register.clock.c.published).where(register.clock.c.id == 1).scalar_subquery()
    return (
        sa.select(
            person.c.name,
            person.c.kana,
            person.c.birth_date,
            person.c.sex,
            tie.c.record_id,
            tie.c.lookup_key,
            tie.c.valid_from,
            tie.c.valid_to,
            sa.exists(in_force.where(stop.c.record_id.is_(None))).label("person_stopped"),
            sa.exists(in_force.where(stop.c.record_id == tie.c.record_id)).label("record_stopped"),
            published.label("published"),
        )
        .select_from(person.outerjoin(tie, sa.and_(tie.c.person_id == _key, tie.c.recorded_to.is_(None))))
        .where(
            person.c.person_id == _key,
            person.c.recorded_to.is_(None),
            person.c.valid_from <= _day,
            sa.or_(person.c.valid_to.is_(None), person.c.valid_to > _day),
        )
    )


PERSON = Statement("disclosure.person", _person(), key="person", hot=True)
"""The person of today with every tie known now, and the stops in force, in one snapshot that names its moment."""

ASSISTED = Statement(
    "disclosure.assisted",
    sa.select(
        register.assistance.c.row_id,
        register.assistance.c.lookup_key,
        register.assistance.c.valid_from,
        register.assistance.c.valid_to,
    ).where(register.assistance.c.person_id == _key, register.assistance.c.recorded_to.is_(None)),
    key="person",
    hot=True,
)
"""When the person had 医療扶助: its receipts hang on the recipient number, as others hang on the insured record."""

_d = register.number_directory
OTHERS = Statement(
    "disclosure.others",
    sa.select(
        sa.func.coalesce(_d.c.record_id, _d.c.lookup_key).label("record_id"), _d.c.valid_from, _d.c.valid_to
    ).where(
        _d.c.lookup_key.in_(sa.bindparam("lookup_keys", expanding=True)),
        _d.c.recorded_to.is_(None),
        _d.c.person_id != _key,
    ),
)
"""When other people had the insured records, or the recipient numbers, of these numbers."""

BY_RECORD = Statement(
    "disclosure.by_record",
    sa.select(_d.c.person_id, _d.c.symbol_key, _d.c.branch, _d.c.valid_from, _d.c.valid_to).where(
        _d.c.lookup_key == sa.bindparam("lookup_key"),
        _d.c.recorded_to.is_(None),
        _d.c.record_id.is_not(None),
        _d.c.valid_from <= _day,
    ),
    key="lookup_key",
    hot=True,
)
"""Everybody tied to an insured number, begun by the day."""


def given(name: str, parameter: str | None = None) -> sa.ColumnElement[object]:
    """A column of a new reading that comes from a parameter (of the same name unless told)."""
    kind = readings.c[name].type
    return sa.cast(sa.bindparam(parameter or name, type_=kind), kind).label(name)


def unchanged() -> tuple[sa.ColumnElement[bool], ...]:
    """Nothing was written since the moment that the answer was read as of: no stop, tie, assistance or correction of
    this person, nothing about other people under the same numbers; and the right ``of_right`` was not switched off.
    """
    since = sa.bindparam("known_at", type_=Moment)
    stop = register.view_stop
    own = [
        sa.select(table.c.lookup_key).where(table.c.person_id == _key, table.c.recorded_to.is_(None))
        for table in (register.tie, register.assistance)
    ]
    return (
        ~sa.exists(sa.select(stop.c.row_id).where(stop.c.person_id == _key, stop.c.recorded_from > since)),
        *(
            ~sa.exists(
                sa.select(table.c.row_id).where(
                    table.c.person_id == _key, sa.or_(table.c.recorded_from > since, table.c.recorded_to > since)
                )
            )
            for table in (register.person, register.tie, register.assistance)
        ),
        ~sa.exists(
            sa.select(_d.c.row_id).where(
                _d.c.lookup_key.in_(sa.union_all(*own)), sa.or_(_d.c.recorded_from > since, _d.c.recorded_to > since)
            )
        ),
        ~sa.exists(
            sa.select(rights.c.facility).where(
                rights.c.facility == _facility,
                rights.c.right == sa.bindparam("of_right", type_=sa.String),
                rights.c.allowed.is_(sa.false()),
            )
        ),
    )


def _certificates_unchanged() -> sa.ColumnElement[bool]:
    """Nothing was written about the certificates that led from the consent to the person."""
    table, since = register.certificate, sa.bindparam("known_at", type_=Moment)
    return ~sa.exists(
        sa.select(table.c.row_id).where(
            # As many places as a chain may have: a list would be spelled out anew for every reading.
            table.c.certificate_key.in_([sa.bindparam(name, type_=sa.String) for name in CERTIFICATES]),
            sa.or_(table.c.recorded_from > since, table.c.recorded_to > since),
        )
    )


def _not_revoked() -> sa.ColumnElement[bool]:
    """The certificate that signed the consent."""
    return ~sa.exists(
        sa.select(revocations.c.serial).where(
            revocations.c.issuer_key_id == sa.bindparam("issuer_key_id", type_=sa.String),
            revocations.c.serial == sa.bindparam("serial", type_=sa.String),
        )
    )


_NAMES = tuple(readings.columns.keys())
_FROM_GRANT = ("person_id", "facility", "item", "purpose", "consent_id")


def _kept(*, shared: bool) -> sa.Insert:
    return sa.insert(readings).from_select(
        list(_NAMES),
        sa.select(*(grants.c[name] if name in _FROM_GRANT else given(name) for name in _NAMES))
        .where(
            grants.c.person_id == _key,
            grants.c.facility == _facility,
            grants.c.item == sa.bindparam("of_item"),
            grants.c.consent_id == sa.bindparam("under"),
            grants.c.withdrawn_at.is_(None),
            grants.c.available_until > sa.bindparam("read_at", type_=Moment),
            grants.c.certificate_until > sa.bindparam("read_at", type_=Moment),
            *unchanged(),
            _certificates_unchanged(),
            _not_revoked(),
        )
        .with_for_update(read=shared, of=grants),
    )


KEEP = Statement("disclosure.reading.keep", _kept(shared=True), key="person")
"""One item of a reading, taken from the live grant itself: no row where the grant or its proof ended meanwhile.

The share lock (PostgreSQL) makes a withdrawal wait for a reading that is being written, and the reading see a
withdrawal that was first; on SQLite there is one writer.
"""
KEEP_LASTING = Statement("disclosure.reading.keep_lasting", _kept(shared=False), key="person")
"""As `KEEP`, of a grant that the reading prolongs (`PROLONG`): two at once would each wait for the other's share."""

_until = sa.bindparam("until", type_=Moment)
PROLONG = Statement(
    "disclosure.grant.prolong",
    sa.update(grants)
    .where(
        grants.c.person_id == _key,
        grants.c.facility == _facility,
        grants.c.consent_id == sa.bindparam("under"),
        grants.c.withdrawn_at.is_(None),
        grants.c.available_until < _until,
        grants.c.available_until < grants.c.certificate_until,
    )
    .values(
        available_until=sa.case(
            (grants.c.certificate_until < _until, grants.c.certificate_until), else_=sa.cast(_until, Moment)
        )
    ),
    key="person",
)
"""A consent to care that goes on lives on from a reading under it, never beyond its certificate."""

_between = (sa.bindparam("first_moment", type_=Moment), sa.bindparam("end_moment", type_=Moment))


def _consented(*within: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(grants)
        .where(
            grants.c.facility == _facility,
            grants.c.purpose == sa.bindparam("of_purpose"),
            grants.c.purpose != "visit",
            grants.c.withdrawn_at.is_(None),
            grants.c.available_until > _now,
            grants.c.certificate_until > _now,
            *within,
        )
        .order_by(grants.c.granted_at, grants.c.person_id, grants.c.item)
    )


CONSENTED = Statement(
    "disclosure.consented", _consented(grants.c.granted_at >= _between[0], grants.c.granted_at < _between[1])
)
EXAMINED = Statement(
    "disclosure.examined",
    _consented(
        sa.exists(
            sa.select(readings.c.reading_id).where(
                readings.c.person_id == grants.c.person_id,
                readings.c.facility == _facility,
                readings.c.purpose == grants.c.purpose,
                # Those are the list's own: taking it is no examination.
                readings.c.item != ConsentItem.SPECIFIC_DISEASES.value,
                readings.c.read_at >= _between[0],
                readings.c.read_at < _between[1],
            )
        )
    ),
)
"""Live consents to care that goes on, by the day of the consent, or by a day on which the facility read under it."""

READINGS = Statement(
    "disclosure.readings",
    sa.select(readings).where(readings.c.person_id == _key).order_by(readings.c.read_at.desc(), readings.c.reading_id),
    key="person",
)
