"""Enrolment and revocation, and the question of every request: which device is this, and may it ask?

Every change goes with its audit row in one transaction. Facts: trust rules, "Who may ask".
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import sqlalchemy as sa

from central.audit import AuditEntry, Conflict, Journal
from central.db import Row, Statement, Store, insert
from central.facilities.ca import DeviceCa, Issued, read_request
from central.facilities.device import Device
from central.facilities.tables import device, device_certificate, facility
from protocol.errors import OnshiError
from protocol.errors.central import (
    CSR_WRONG,
    DEVICE_EXISTS,
    DEVICE_MISSING,
    DEVICE_REVOKED,
    DEVICE_UNKNOWN,
    FACILITY_CLOSED,
    FACILITY_EXISTS,
    FACILITY_UNKNOWN,
)
from protocol.errors.disclosure import MUNICIPALITY_WRONG
from protocol.numbers import FacilityCode

TOKYO = timedelta(hours=9)
"""Japan time has no summer time; a facility's days are Japan's."""
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
BROKER_USER = "onshi-central"
"""The centre's own name at the broker, where a certificate's CN is the user (docker/mosquitto.acl)."""
REMEMBERED = 16384
"""Devices remembered at once."""

ADD_FACILITY = Statement(
    "facility.add",
    insert(facility)
    .values({c.name: sa.bindparam(c.name) for c in facility.c if c.name not in {"valid_to", "municipality"}})
    .on_conflict_do_nothing(),
)
FACILITIES = Statement("facility.list", sa.select(facility).order_by(facility.c.code))
FACILITY = Statement("facility.one", sa.select(facility).where(facility.c.code == sa.bindparam("code")))
CLOSE_FACILITY = Statement(
    "facility.close",
    sa.update(facility).where(facility.c.code == sa.bindparam("which")).values(valid_to=sa.bindparam("last")),
)
PLACE_FACILITY = Statement(
    "facility.place",
    sa.update(facility).where(facility.c.code == sa.bindparam("which")).values(municipality=sa.bindparam("place")),
)
ADD_DEVICE = Statement(
    "device.add",
    insert(device)
    .values({c.name: sa.bindparam(c.name) for c in device.c if not c.name.startswith("revoked")})
    .on_conflict_do_nothing(),
)
ADD_CERTIFICATE = Statement("device.certify", insert(device_certificate).on_conflict_do_nothing())
DEVICE = Statement("device.one", sa.select(device).where(device.c.id == sa.bindparam("id")))
DEVICES = Statement(
    "device.list",
    sa.select(device, sa.func.max(device_certificate.c.not_after).label("not_after"))
    .outerjoin(device_certificate, device_certificate.c.device == device.c.id)
    .group_by(*device.c)
    .order_by(device.c.facility, device.c.id),
)
REVOKE = Statement(
    "device.revoke",
    sa.update(device)
    .where(device.c.id == sa.bindparam("which"), device.c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("moment"), revoked_reason=sa.bindparam("reason")),
)
BY_CERTIFICATE = Statement(
    "device.by_certificate",
    sa.select(device, device_certificate.c.not_after, facility.c.valid_from, facility.c.valid_to)
    .join(device_certificate, device_certificate.c.device == device.c.id)
    .join(facility, facility.c.code == device.c.facility)
    .where(device_certificate.c.fingerprint == sa.bindparam("fingerprint")),
    key="fingerprint",
    hot=True,
)
NEWEST_CERTIFICATE = Statement(
    "device.newest_certificate",
    sa.select(
        device,
        device_certificate.c.fingerprint,
        device_certificate.c.not_after,
        facility.c.valid_from,
        facility.c.valid_to,
    )
    .join(device_certificate, device_certificate.c.device == device.c.id)
    .join(facility, facility.c.code == device.c.facility)
    .where(device.c.id == sa.bindparam("id"))
    .order_by(device_certificate.c.not_after.desc())
    .limit(1),
    key="id",
    hot=True,
)


class FacilityEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A facility as listed."""

    code: str
    name: str
    valid_from: date
    valid_to: date | None
    municipality: str | None = None


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device as listed. ``not_after`` of its newest certificate."""

    id: str
    facility: str
    enrolled_at: datetime
    not_after: datetime | None
    revoked_at: datetime | None
    revoked_reason: str | None


class Facilities:
    """``operator`` names who acts in the audit rows; ``monotonic`` in seconds, for the memory of devices."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        remember_seconds: float = 5.0,
        operator: str = "cli",
    ) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._monotonic = monotonic
        self._remember = remember_seconds
        self._operator = operator
        self._known: OrderedDict[bytes, tuple[float, Device, datetime]] = OrderedDict()

    async def device_of(self, certificate: bytes) -> Device:
        """The device whose current certificate (DER) this is.

        Remembered for ``remember_seconds``: a revocation made by another process takes that long. Raises
        `OnshiError`: `DEVICE_UNKNOWN` (not enrolled, or outside its dates), `DEVICE_REVOKED`, `FACILITY_CLOSED`.
        """
        fingerprint = hashlib.sha256(certificate).digest()
        now = self._monotonic()
        known = self._known.get(fingerprint)
        if known is not None and now < known[0] and self._clock() <= known[2]:
            return known[1]
        row = await self._store.first(BY_CERTIFICATE, fingerprint=fingerprint)
        found = self._judged(row, fingerprint)
        self._known[fingerprint] = (now + self._remember, found, row["not_after"] if row else self._clock())
        self._known.move_to_end(fingerprint)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def device_named(self, name: str) -> Device:
        """The device with this id, for channels where the document's own signature shows who sent it (MQTT).

        ``certificate`` is then its newest one. Raises as `device_of` does.
        """
        row = await self._store.first(NEWEST_CERTIFICATE, id=name)
        return self._judged(row, row["fingerprint"] if row else b"")

    def _judged(self, row: Row | None, fingerprint: bytes) -> Device:
        moment = self._clock()
        if row is None or row["not_after"] < moment:
            self._known.pop(fingerprint, None)
            raise OnshiError(DEVICE_UNKNOWN, fingerprint=fingerprint.hex()[:16])
        if row["revoked_at"] is not None:
            self._known.pop(fingerprint, None)
            raise OnshiError(DEVICE_REVOKED, device=row["id"])
        if not _open(row, moment):
            self._known.pop(fingerprint, None)
            raise OnshiError(FACILITY_CLOSED, facility=row["facility"])
        return Device(
            id=row["id"],
            facility=row["facility"],
            public_key=row["public_key"],
            certificate=fingerprint,
            enrolled_at=row["enrolled_at"],
        )

    async def add_facility(self, code: str, name: str, *, valid_from: date | None = None) -> FacilityEntry:
        """Registers a facility from ``valid_from`` (today in Japan).

        Raises `OnshiError`: the number's own faults (INPUT-…), `FACILITY_EXISTS`.
        """
        FacilityCode(code).validate_check_digit()
        now = self._clock()
        first = valid_from or _today(now)
        values = {"code": code, "name": name, "valid_from": first, "recorded_at": now}
        try:
            await self._journal.record(self._entry("facility.add", facility=code), unique=[(ADD_FACILITY, values)])
        except Conflict:
            raise OnshiError(FACILITY_EXISTS, facility=code) from None
        return FacilityEntry(code=code, name=name, valid_from=first, valid_to=None)

    async def close_facility(self, code: str, *, valid_to: date) -> None:
        """From ``valid_to`` on the facility may no longer ask. Raises `OnshiError` (`FACILITY_UNKNOWN`)."""
        if await self._store.first(FACILITY, code=code) is None:
            raise OnshiError(FACILITY_UNKNOWN, facility=code)
        await self._journal.record(
            self._entry("facility.close", facility=code),
            writes=[(CLOSE_FACILITY, {"which": code, "last": valid_to})],
        )
        self._known.clear()

    async def place_facility(self, code: str, municipality: str) -> None:
        """States the municipality (5 digits of 全国地方公共団体コード) that the facility stands in.

        Raises `OnshiError`: `FACILITY_UNKNOWN`, `MUNICIPALITY_WRONG` (no such form, or of another prefecture).
        """
        if re.fullmatch(r"[0-9]{5}", municipality, re.ASCII) is None or municipality[:2] != code[:2]:
            raise OnshiError(MUNICIPALITY_WRONG, facility=code)
        if await self._store.first(FACILITY, code=code) is None:
            raise OnshiError(FACILITY_UNKNOWN, facility=code)
        await self._journal.record(
            self._entry("facility.place", facility=code, references=(f"municipality:{municipality}",)),
            writes=[(PLACE_FACILITY, {"which": code, "place": municipality})],
        )

    async def facilities(self) -> Sequence[FacilityEntry]:
        return [msgspec.convert(row, FacilityEntry, strict=False) for row in await self._store.all(FACILITIES)]

    async def enrol(self, ca: DeviceCa, csr: bytes, *, device: str, facility: str, days: int) -> Issued:
        """Certifies the key of the CSR (PEM or DER, CN = ``device``) as this facility's device.

        The same device with the same key gets a further certificate (renewal). Raises `OnshiError`: `CSR_WRONG`,
        `FACILITY_UNKNOWN`, `FACILITY_CLOSED`, `DEVICE_EXISTS` (id or key in use), `DEVICE_REVOKED`.
        """
        request = read_request(csr)
        if request.common_name != device or not _ID.fullmatch(device):
            raise OnshiError(CSR_WRONG, reason="CN is not the device id")
        if device == BROKER_USER:
            raise OnshiError(CSR_WRONG, reason="the name is the centre's own at the broker")
        now = self._clock()
        at = await self._store.first(FACILITY, code=facility)
        if at is None:
            raise OnshiError(FACILITY_UNKNOWN, facility=facility)
        if not _open(at, now):
            raise OnshiError(FACILITY_CLOSED, facility=facility)
        held = await self._store.first(DEVICE, id=device)
        if held is not None and held["revoked_at"] is not None:
            raise OnshiError(DEVICE_REVOKED, device=device)
        if held is not None and (held["facility"], held["public_key"]) != (facility, request.public_key):
            raise OnshiError(DEVICE_EXISTS, device=device)
        issued = ca.issue(request, now=now, days=days)
        row = {"id": device, "facility": facility, "public_key": issued.public_key, "enrolled_at": now}
        certificate = {
            "fingerprint": issued.fingerprint, "device": device, "serial": issued.serial,
            "not_after": issued.not_after, "der": issued.der, "issued_at": now,
        }  # fmt: skip
        new = [] if held is not None else [(ADD_DEVICE, row)]
        try:
            await self._journal.record(
                self._entry("device.enrol", facility=facility, device=device, request_hash=issued.fingerprint.hex()),
                unique=[*new, (ADD_CERTIFICATE, certificate)],
            )
        except Conflict:
            raise OnshiError(DEVICE_EXISTS, device=device) from None
        return issued

    async def revoke(self, device: str, *, reason: str) -> None:
        """The device may not ask any more, for good; again is no error. Raises `OnshiError` (`DEVICE_MISSING`)."""
        held = await self._store.first(DEVICE, id=device)
        if held is None:
            raise OnshiError(DEVICE_MISSING)
        await self._journal.record(
            self._entry("device.revoke", facility=held["facility"], device=device, references=(reason,)),
            writes=[(REVOKE, {"which": device, "moment": self._clock(), "reason": reason})],
        )
        self._known.clear()

    async def devices(self) -> Sequence[DeviceEntry]:
        return [
            DeviceEntry(**{name: row[name] for name in DeviceEntry.__struct_fields__})
            for row in await self._store.all(DEVICES)
        ]

    def _entry(
        self,
        kind: str,
        *,
        facility: str,
        device: str | None = None,
        request_hash: str | None = None,
        references: tuple[str, ...] = (),
    ) -> AuditEntry:
        return AuditEntry(
            kind=kind, outcome="done", facility=facility, device=device, request_hash=request_hash,
            operator=self._operator, references=references,
        )  # fmt: skip


def _today(moment: datetime) -> date:
    return (moment.astimezone(UTC) + TOKYO).date()


def _open(row: Row, moment: datetime) -> bool:
    today = _today(moment)
    return bool(row["valid_from"] <= today and (row["valid_to"] is None or today < row["valid_to"]))
