"""What stands in for a consent: an emergency at a hospital, or a disaster that the operators of the centre opened.

Two people each time: in an emergency a second member of staff confirms, for a disaster a second operator of the
centre. Both live shortly, are named in every reading and stand on the person's own page. Facts: reference
clinic-interface 5 and field 1 (disaster mode, emergency, outage); lives and numbers are the project's own.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from central.audit.entry import AuditEntry
from central.audit.journal import Conflict, Journal, Write
from central.db import Row, Store, StoreDown
from central.disclosure.disclosed import Purpose, Reader
from central.disclosure.opened import ADD, CONFIRM, DISASTERS_NOW, INSURED, ONE, OPENED, OPENINGS_OF_PERSON, PLACE
from central.disclosure.rights import RIGHTS, Right, in_force
from central.disclosure.standing import Standing
from central.presence.statements import VISIT
from central.trust.days import japan_day
from protocol.errors import OnshiError, disclosure
from protocol.visit import ConsentItem

CARD_LIFE = timedelta(hours=1)
"""How long after the card was read an emergency may be opened."""
CONFIRM_LIFE = timedelta(minutes=15)
"""How long an opening waits for its confirmation."""
EMERGENCY_LIFE = timedelta(hours=1)
DISASTER_LIFE = timedelta(hours=24)
"""At most: a disaster that is closed ends its readings at once."""


_EMPTY: dict[str, object] = dict.fromkeys(
    ("basis", "reason", "visit", "disaster_id", "confirmed_by", "confirmed_at", "available_until")
)


class Reason(StrEnum):
    """Why nobody could be asked for consent."""

    UNCONSCIOUS = "unconscious"
    CANNOT_SPEAK = "cannot-speak"
    LIFE_AT_RISK = "life-at-risk"


class Basis(StrEnum):
    """On what a reading without the card's consent rests."""

    ORAL = "oral"
    """The person said yes."""
    WAIVED = "waived"
    """Nobody could be asked; the reason is recorded."""


@dataclass(frozen=True, slots=True)
class Opening:
    """``until``: to be confirmed by then, or once confirmed, readable until then."""

    opening_id: str
    person_id: str
    until: datetime


class Insured(msgspec.Struct, frozen=True, kw_only=True):
    """An insured number as it is printed."""

    insurer_number: str
    symbol: str
    number: str
    branch: str

    def __repr__(self) -> str:
        return "Insured(…)"


class Openings:
    """``ids`` gives unguessable ids of 32 hexadecimal digits."""

    def __init__(
        self, store: Store, journal: Journal, *, clock: Callable[[], datetime], ids: Callable[[], str]
    ) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._ids = ids

    async def emergency(self, reader: Reader, *, visit: str, device: str | None, reason: Reason) -> Opening:
        """Opened by the first member of staff for the patient whose card was just read; not live before `confirm`.

        ``visit`` is the request id of that visit, ``device`` the reader where the card lay (None: the caller).
        Raises `OnshiError`: OPERATOR_MISSING, EMERGENCY_NO_RIGHT, EMERGENCY_NO_CARD, CERTIFICATE_ENDED;
        each is on the audit log.
        """
        now = self._clock()
        row: Row | None = None
        try:
            operator = operator_of(reader)
            switches = in_force(await self._store.all(RIGHTS, at_facility=reader.facility))
            if Right.EMERGENCY not in switches:
                raise OnshiError(disclosure.EMERGENCY_NO_RIGHT, facility=reader.facility)
            row = await self._store.first(VISIT, device=device or reader.device, request_id=visit)
            _identified(row, reader.facility, now)
        except StoreDown:
            raise
        except OnshiError as refused:
            await self._told("emergency.open", reader, refused.fault.code, person=row["person_id"] if row else None)
            raise
        assert row is not None  # noqa: S101 — `_identified` has refused None
        opening = self._row(reader, operator, row["person_id"], Purpose.EMERGENCY, now)
        opening |= {"basis": Basis.WAIVED.value, "reason": reason.value, "visit": visit}
        await self._told(
            "emergency.open",
            reader,
            "answered",
            person=row["person_id"],
            references=(f"opening:{opening['opening_id']}", f"visit:{visit}", f"reason:{reason.value}"),
            writes=[(ADD, opening)],
        )
        return Opening(str(opening["opening_id"]), row["person_id"], now + CONFIRM_LIFE)

    async def confirm(self, reader: Reader, opening_id: str) -> Opening:
        """The second member of staff of the same facility confirms an emergency: from now on it may be read.

        Raises `OnshiError`: OPERATOR_MISSING, OPENING_NONE, OPENING_ENDED, SAME_PERSON.
        """

        async def second(row: Row, operator: str, _: datetime) -> timedelta:
            if row["opened_by"] == operator:
                raise OnshiError(disclosure.SAME_PERSON, opening=opening_id)
            return EMERGENCY_LIFE

        return await self._confirmed(reader, opening_id, Purpose.EMERGENCY, second)

    async def disaster(self, reader: Reader, opening_id: str, *, basis: Basis, reason: Reason | None = None) -> Opening:
        """Opens what a lookup found; the oral consent, or why nobody could be asked, is on record first.

        Raises `OnshiError`: OPERATOR_MISSING, OPENING_NONE, OPENING_ENDED, DISASTER_NOT_OPEN; ``ValueError`` where
        the consent is waived without a reason, or given with one.
        """
        if (basis is Basis.WAIVED) != (reason is not None):
            raise ValueError("a reason stands beside a waived consent, and nowhere else")

        async def still_open(row: Row, _: str, now: datetime) -> timedelta:
            open_now = await self.disasters_at(reader.facility, now)
            if row["disaster_id"] not in open_now:
                raise OnshiError(disclosure.DISASTER_NOT_OPEN, facility=reader.facility)
            return DISASTER_LIFE

        return await self._confirmed(reader, opening_id, Purpose.DISASTER, still_open, basis=basis, reason=reason)

    async def _confirmed(
        self,
        reader: Reader,
        opening_id: str,
        purpose: Purpose,
        check: Callable[[Row, str, datetime], Awaitable[timedelta]],
        *,
        basis: Basis = Basis.WAIVED,
        reason: Reason | None = None,
    ) -> Opening:
        """``check`` refuses, or says how long the opening lives from now."""
        now = self._clock()
        row: Row | None = None
        kind = f"{purpose.value}.confirm"
        try:
            operator = operator_of(reader)
            row = await self._store.first(ONE, at_facility=reader.facility, opening=opening_id)
            if row is None or row["purpose"] != purpose.value:
                raise OnshiError(disclosure.OPENING_NONE, opening=opening_id)
            if row["confirmed_at"] is not None or now - row["opened_at"] > CONFIRM_LIFE:
                raise OnshiError(disclosure.OPENING_ENDED, opening=opening_id)
            until = now + await check(row, operator, now)
            settled = {
                "at_facility": reader.facility,
                "opening": opening_id,
                "by": operator,
                "at": now,
                "until": until,
                "on": basis.value,
                "why": reason.value if reason else row["reason"],
            }
            references = (f"opening:{opening_id}", f"basis:{basis.value}", f"reason:{settled['why'] or 'none'}")
            try:
                await self._told(
                    kind,
                    reader,
                    "answered",
                    person=row["person_id"],
                    references=references,
                    unique=[(CONFIRM, settled)],
                )
            except Conflict:
                raise OnshiError(disclosure.OPENING_ENDED, opening=opening_id) from None
        except OnshiError as refused:
            await self._told(kind, reader, refused.fault.code, person=row["person_id"] if row else None)
            raise
        return Opening(opening_id, row["person_id"], until)

    def found(self, reader: Reader, operator: str, person_id: str, disaster_id: str, now: datetime) -> Write:
        """The row that a lookup leaves for a person whom it found: not readable before `disaster`."""
        row = self._row(reader, operator, person_id, Purpose.DISASTER, now)
        return ADD, {**row, "disaster_id": disaster_id}

    # --- for the door -----------------------------------------------------------------------------------------------

    async def facility_may(self, facility: str, purpose: Purpose, now: datetime) -> frozenset[str]:
        """Whether the facility may read so at all; of a disaster, the ones that are open for it.

        Raises `OnshiError`: EMERGENCY_NO_RIGHT, DISASTER_NOT_OPEN.
        """
        if purpose is Purpose.EMERGENCY:
            if Right.EMERGENCY not in in_force(await self._store.all(RIGHTS, at_facility=facility)):
                raise OnshiError(disclosure.EMERGENCY_NO_RIGHT, facility=facility)
            return frozenset()
        open_now = await self.disasters_at(facility, now)
        if not open_now:
            raise OnshiError(disclosure.DISASTER_NOT_OPEN, facility=facility)
        return open_now

    async def standing(
        self, reader: Reader, person_id: str, items: Sequence[ConsentItem], purpose: Purpose, now: datetime
    ) -> tuple[Standing, bool]:
        """What an opening of this facility for this person opens now: every item or none, with the reason.

        And whether there is an opening of this facility for this person at all, ended or not.
        """
        try:
            fits = await self.facility_may(reader.facility, purpose, now)
        except StoreDown:
            raise
        except OnshiError as refused:
            return Standing({}, dict.fromkeys(items, refused.fault)), False
        rows = [
            row
            for row in await self._store.all(OPENED, at_facility=reader.facility, person=person_id)
            if row["purpose"] == purpose.value and (purpose is Purpose.EMERGENCY or row["disaster_id"] in fits)
        ]
        live = next((row for row in rows if row["confirmed_at"] and row["available_until"] > now), None)
        if live is not None:
            return Standing(dict.fromkeys(items, str(live["opening_id"])), {}, live["confirmed_by"]), True
        waiting = any(not row["confirmed_at"] and now - row["opened_at"] <= CONFIRM_LIFE for row in rows)
        fault = disclosure.OPENING_ENDED if rows else disclosure.OPENING_NONE
        return Standing({}, dict.fromkeys(items, disclosure.OPENING_UNCONFIRMED if waiting else fault)), bool(rows)

    async def person_of(self, reader: Reader, opening_id: str) -> tuple[str, Purpose]:
        """Whose data an opening of this facility is for, and which. Raises `OnshiError` (OPENING_NONE)."""
        row = await self._store.first(ONE, at_facility=reader.facility, opening=opening_id)
        if row is None:
            raise OnshiError(disclosure.OPENING_NONE, opening=opening_id)
        return row["person_id"], Purpose(row["purpose"])

    async def insured(self, person_id: str) -> Insured | None:
        """The person's insured number of today, of several the one tied last: whom to claim from."""
        row = await self._store.first(INSURED, person=person_id, day=japan_day(self._clock()))
        return msgspec.convert(row, Insured) if row else None

    async def disasters_at(self, facility: str, now: datetime) -> frozenset[str]:
        """The disasters that are open for a facility at a moment: confirmed, in their period, not closed."""
        rows = await self._store.all(DISASTERS_NOW, now=now)
        if not rows:
            return frozenset()
        place = await self._store.first(PLACE, code=facility)
        municipality = place["municipality"] if place else None
        return frozenset(row["disaster_id"] for row in rows if covers(row, facility, municipality))

    async def of_person(self, person_id: str) -> list[Row]:
        """Every opening of a person's data, lookups that found them included: for the person's own page."""
        return list(await self._store.all(OPENINGS_OF_PERSON, person=person_id))

    # ----------------------------------------------------------------------------------------------------------------

    def _row(self, reader: Reader, operator: str, person_id: str, purpose: Purpose, now: datetime) -> dict[str, object]:
        none = dict.fromkeys(
            ("basis", "reason", "visit", "disaster_id", "confirmed_by", "confirmed_at", "available_until")
        )
        return {
            **none,
            "facility": reader.facility,
            "opening_id": self._ids(),
            "person_id": person_id,
            "device": reader.device,
            "purpose": purpose.value,
            "opened_by": operator,
            "opened_at": now,
        }

    async def _told(
        self,
        kind: str,
        reader: Reader,
        outcome: str,
        *,
        person: str | None,
        references: tuple[str, ...] = (),
        unique: Sequence[Write] = (),
        writes: Sequence[Write] = (),
    ) -> None:
        entry = AuditEntry(
            kind=kind,
            outcome=outcome,
            device=reader.device,
            facility=reader.facility,
            operator=reader.operator,
            subject=person,
            references=references,
        )
        await self._journal.record(entry, unique=unique, writes=writes)


def covers(disaster: Row, facility: str, municipality: str | None) -> bool:
    """Whether a disaster is open for this facility: named itself, or in a named prefecture or municipality."""
    areas = set(filter(None, disaster["areas"].split(",")))
    return facility in disaster["facilities"].split(",") or facility[:2] in areas or municipality in areas


def operator_of(reader: Reader) -> str:
    """Who acts. Raises `OnshiError` (OPERATOR_MISSING)."""
    if reader.operator is None:
        raise OnshiError(disclosure.OPERATOR_MISSING)
    return reader.operator


def _identified(row: Row | None, facility: str, now: datetime) -> None:
    """The card of this patient lay on a reader of this facility within the last hour, its certificate in force."""
    if row is None or row["facility"] != facility or row["deferred"] or now - row["decided_at"] > CARD_LIFE:
        raise OnshiError(disclosure.EMERGENCY_NO_CARD, facility=facility)
    if row["in_grace"]:
        raise OnshiError(disclosure.CERTIFICATE_ENDED, facility=facility)
