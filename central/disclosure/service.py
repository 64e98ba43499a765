"""Consents and the grants that follow from them: made, withdrawn, listed. What a grant opens, the `door` says.

Making a grant is a set of writes for the audit row's own commit; so a grant without an audit row cannot exist.
Facts: trust rules "Who may ask"; 24 hours and the items: clinic-interface 3.3.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa

from central.audit.entry import AuditEntry
from central.audit.journal import Journal
from central.db import Moment, Row, Statement, Store, insert
from central.disclosure.disclosed import Purpose
from central.disclosure.tables import consents, grants
from protocol.eras import JST
from protocol.errors import OnshiError, disclosure
from protocol.visit import ConsentItem

Write = tuple[Statement, Mapping[str, object]]

GRANT_LIFE = timedelta(hours=24)
CARE_LIFE = timedelta(days=92)
"""How long a consent to home visits or online care outlives the last time that the facility read under it [inferred].

Such care is given at least monthly, with three months between two plans; who stops giving it stops reading.
"""


class Withdrawal(StrEnum):
    """Why a grant ended early (同意有効期限切れ理由, OQSCD031)."""

    FACILITY = "facility"
    """医療機関取消."""
    PATIENT = "patient"
    """患者取消."""
    NEWER_CONSENT = "newer-consent"
    """The patient answered the question again; the last answer counts."""


_now = sa.bindparam("now", type_=Moment)
_person = grants.c.person_id == sa.bindparam("person")
_facility = grants.c.facility == sa.bindparam("at_facility")
_alive = sa.and_(grants.c.withdrawn_at.is_(None), grants.c.available_until > _now)

_OF_PERSON = Statement(
    "disclosure.grant.of_person", sa.select(grants).where(_person).order_by(grants.c.granted_at.desc()), key="person"
)
_KEEP = Statement("disclosure.grant.keep", sa.insert(grants), key="person_id")
_END = sa.update(grants).values(withdrawn_at=_now, withdrawn_why=sa.bindparam("why"))
_END_ALL = Statement("disclosure.grant.end", _END.where(_person, _facility, _alive), key="person")
_END_ITEM = Statement(
    "disclosure.grant.end_item",
    _END.where(_person, _facility, _alive, grants.c.item == sa.bindparam("ended_item")),
    key="person",
)
CONSENT = Statement(
    "disclosure.consent",
    sa.select(consents).where(consents.c.device == sa.bindparam("device"), consents.c.visit == sa.bindparam("visit")),
    key="device",
)
KEEP_CONSENT = Statement("disclosure.consent.keep", insert(consents).on_conflict_do_nothing(), key="device")
_CONSENT_BY_ID = Statement(
    "disclosure.consent.by_id",
    sa.select(consents.c.person_id, consents.c.facility).where(
        consents.c.device == sa.bindparam("device"), consents.c.consent_id == sa.bindparam("consent")
    ),
    key="device",
)
_FORGET = Statement(
    "disclosure.consent.forget",
    sa.update(consents).where(consents.c.forget_at < _now).values(answer=sa.null(), forget_at=sa.null()),
)


class Disclosure:
    """Consents and grants of one centre."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal

    def grant(
        self,
        *,
        facility: str,
        person_id: str,
        items: Sequence[ConsentItem],
        consent_id: str,
        now: datetime,
        certificate_until: datetime,
        purpose: Purpose = Purpose.VISIT,
    ) -> list[Write]:
        """Writes that replace the facility's grants for this person by these items (none: the patient refused).

        Of whatever purpose they were: the last answer counts. ``certificate_until`` as `certificate_end` gives it.
        """
        ended = {"person": person_id, "at_facility": facility, "now": now, "why": Withdrawal.NEWER_CONSENT.value}
        made = [
            {
                "person_id": person_id,
                "facility": facility,
                "item": item.value,
                "consent_id": consent_id,
                "purpose": purpose.value,
                "granted_at": now,
                "available_until": available_until(purpose, now, certificate_until),
                "certificate_until": certificate_until,
                "withdrawn_at": None,
                "withdrawn_why": None,
            }
            for item in items
        ]
        return [(_END_ALL, ended), *((_KEEP, row) for row in made)]

    async def grants_of(self, person_id: str) -> list[Row]:
        """Every grant ever made for a person, newest first: for the person's own page."""
        return list(await self._store.all(_OF_PERSON, person=person_id))

    async def person_of_consent(self, facility: str, device: str, consent_id: str) -> str:
        """Whose consent it is that this facility took at that device. Raises `OnshiError` (CONSENT_UNKNOWN)."""
        row = await self._store.first(_CONSENT_BY_ID, device=device, consent=consent_id)
        if row is None or row["facility"] != facility:
            raise OnshiError(disclosure.CONSENT_UNKNOWN, consent=consent_id)
        return str(row["person_id"])

    async def withdraw(
        self,
        facility: str,
        person_id: str,
        now: datetime,
        *,
        why: Withdrawal,
        item: ConsentItem | None = None,
        device: str | None = None,
        operator: str | None = None,
    ) -> None:
        """Ends the facility's live grants for this person, of one item or all; on the audit log in the same commit."""
        ended: dict[str, object] = {"person": person_id, "at_facility": facility, "now": now, "why": why.value}
        write: Write = (_END_ALL, ended) if item is None else (_END_ITEM, {**ended, "ended_item": item.value})
        entry = AuditEntry(
            kind="grant.withdraw",
            outcome="answered",
            device=device,
            operator=operator,
            facility=facility,
            subject=person_id,
            references=(f"why:{why.value}", f"item:{item.value if item else 'all'}"),
        )
        await self._journal.record(entry, writes=[write])

    async def forget(self, now: datetime) -> None:
        """Drops stored answers that nobody may ask for again."""
        async with self._store.transaction() as transaction:
            await transaction.run(_FORGET, now=now)


def life(purpose: Purpose) -> timedelta:
    """How long a consent of this purpose lives, from the consent or from the last reading under it."""
    return GRANT_LIFE if purpose is Purpose.VISIT else CARE_LIFE


def available_until(purpose: Purpose, now: datetime, certificate_until: datetime) -> datetime:
    """The end of a grant: its life is over, or the certificate that signed it goes into grace, whichever is first."""
    return min(now + life(purpose), certificate_until)


def certificate_end(last_day: date) -> datetime:
    """The end of a certificate's last day, Japan time: from then on it is in grace, and opens no medical data."""
    return datetime.combine(last_day + timedelta(days=1), time(), JST)


def items_text(items: Sequence[ConsentItem]) -> str:
    """Items as the consent row keeps them."""
    return ",".join(item.value for item in items)
