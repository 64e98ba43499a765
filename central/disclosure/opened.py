"""The statements of openings and disasters, and the row of a reading under an opening. See `openings`."""

import sqlalchemy as sa

from central.db import Day, Moment, Statement
from central.disclosure.statements import given, unchanged
from central.disclosure.tables import disasters, openings, readings
from central.facilities.tables import facility
from central.register import tables as register

_o, _d = openings, disasters
_facility: sa.BindParameter[str] = sa.bindparam("at_facility")
_person: sa.BindParameter[str] = sa.bindparam("person")
_opening: sa.BindParameter[str] = sa.bindparam("opening")
_disaster: sa.BindParameter[str] = sa.bindparam("disaster")


def _open_at(name: str) -> sa.ColumnElement[bool]:
    """The disaster is open at a moment."""
    moment = sa.bindparam(name, type_=Moment)
    return sa.and_(
        _d.c.confirmed_at.is_not(None), _d.c.closed_at.is_(None), _d.c.starts_at <= moment, _d.c.ends_at > moment
    )


ADD = Statement("disclosure.opening.add", sa.insert(openings), key="facility")
ONE = Statement(
    "disclosure.opening.one",
    sa.select(openings).where(_o.c.facility == _facility, _o.c.opening_id == _opening),
    key="at_facility",
)
OPENED = Statement(
    "disclosure.opening.opened",
    sa.select(openings).where(_o.c.facility == _facility, _o.c.person_id == _person).order_by(_o.c.opened_at.desc()),
    key="at_facility",
)
CONFIRM = Statement(
    "disclosure.opening.confirm",
    sa.update(openings)
    .where(_o.c.facility == _facility, _o.c.opening_id == _opening, _o.c.confirmed_at.is_(None))
    .values(
        confirmed_by=sa.bindparam("by"),
        confirmed_at=sa.bindparam("at", type_=Moment),
        available_until=sa.bindparam("until", type_=Moment),
        basis=sa.bindparam("on"),
        reason=sa.bindparam("why"),
    ),
    key="at_facility",
)
OPENINGS_OF_PERSON = Statement(
    "disclosure.opening.of_person",
    sa.select(openings).where(_o.c.person_id == _person).order_by(_o.c.opened_at.desc(), _o.c.opening_id),
)
DISASTERS_NOW = Statement("disclosure.disaster.now", sa.select(disasters).where(_open_at("now")))
DISASTERS = Statement("disclosure.disaster.list", sa.select(disasters).order_by(_d.c.opened_at.desc()))
DISASTER = Statement("disclosure.disaster.one", sa.select(disasters).where(_d.c.disaster_id == _disaster))
ADD_DISASTER = Statement("disclosure.disaster.add", sa.insert(disasters))
CONFIRM_DISASTER = Statement(
    "disclosure.disaster.confirm",
    sa.update(disasters)
    .where(_d.c.disaster_id == _disaster, _d.c.confirmed_at.is_(None), _d.c.closed_at.is_(None))
    .values(confirmed_by=sa.bindparam("by"), confirmed_at=sa.bindparam("at", type_=Moment)),
)
CLOSE_DISASTER = Statement(
    "disclosure.disaster.close",
    sa.update(disasters)
    .where(_d.c.disaster_id == _disaster, _d.c.closed_at.is_(None))
    .values(closed_by=sa.bindparam("by"), closed_at=sa.bindparam("at", type_=Moment)),
)
PLACE = Statement("disclosure.place", sa.select(facility.c.municipality).where(facility.c.code == sa.bindparam("code")))

_t = register.tie
INSURED = Statement(
    "disclosure.insured",
    sa.select(_t.c.insurer_number, _t.c.symbol, _t.c.number, _t.c.branch)
    .where(
        _t.c.person_id == _person,
        _t.c.recorded_to.is_(None),
        _t.c.valid_from <= sa.bindparam("day", type_=Day),
        sa.or_(_t.c.valid_to.is_(None), _t.c.valid_to > sa.bindparam("day", type_=Day)),
    )
    .order_by(_t.c.valid_from.desc(), _t.c.record_id)
    .limit(1),
    key="person",
)

_NAMES = tuple(readings.columns.keys())
_FROM_OPENING = {"person_id": _o.c.person_id, "facility": _o.c.facility, "purpose": _o.c.purpose}

KEEP_OPENED = Statement(
    "disclosure.reading.keep_opened",
    sa.insert(readings).from_select(
        list(_NAMES),
        sa.select(
            *(
                _FROM_OPENING[name]
                if name in _FROM_OPENING
                else _o.c.opening_id
                if name == "consent_id"
                else given("item", "of_item")
                if name == "item"
                else given(name)
                for name in _NAMES
            )
        )
        .where(
            _o.c.facility == _facility,
            _o.c.opening_id == sa.bindparam("under"),
            _o.c.person_id == _person,
            _o.c.confirmed_at.is_not(None),
            _o.c.available_until > sa.bindparam("read_at", type_=Moment),
            sa.or_(
                _o.c.disaster_id.is_(None),
                sa.exists(sa.select(_d.c.disaster_id).where(_d.c.disaster_id == _o.c.disaster_id, _open_at("read_at"))),
            ),
            *unchanged(),
        )
        .with_for_update(read=True, of=openings),
    ),
)
"""As `statements.KEEP`, from a live opening: an emergency's, or of a disaster that is still open."""
