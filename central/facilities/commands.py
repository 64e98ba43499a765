"""``onshi central facility`` and ``onshi central device``: who may ask."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from central.audit import Journal
from central.cli import configured, guarded
from central.db import Store
from central.db.migrate import store_at_head
from central.disclosure.rights import Right, Rights
from central.facilities.ca import DeviceCa, make_ca
from central.facilities.service import Facilities
from central.settings import Settings
from protocol.errors import OnshiError
from protocol.errors.central import CSR_WRONG

T = TypeVar("T")
LOG = "admin"
"""The audit log of these commands."""

RIGHTS = tuple(right.value for right in Right)
REASONS = ("compromised", "lost", "replaced", "retired", "stolen", "unspecified")

_json = click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[tuple[Store, Journal]]:
    async with store_at_head(settings.database_url(), patience=settings.database.patience_seconds) as store:
        journal = Journal(store, log=LOG, clock=_now)
        yield store, journal
        await journal.stop()


def _with(settings: Settings, work: Callable[[Facilities], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _parts(settings) as (store, journal):
            return await work(Facilities(store, journal, clock=_now, monotonic=time.monotonic))

    return asyncio.run(run())


def _table(rows: Sequence[Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(rows))
        return
    for row in rows:
        click.echo("  ".join(str("-" if value is None else value) for value in msgspec.structs.astuple(row)))


def device_ca(settings: Settings) -> DeviceCa:
    """The device CA from its credentials files."""
    own = settings.devices
    return DeviceCa(
        settings.secret("devices.ca_certificate", own.ca_certificate), settings.secret("devices.ca_key", own.ca_key)
    )


@click.group()
def facility() -> None:
    """Facilities (医療機関・薬局) that may ask."""


@facility.command("add")
@click.argument("code")
@click.option("--name", required=True, help="Name of the facility.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day (Japan); today when not given.")
@_json
@configured
@guarded
def add_facility(settings: Settings, code: str, name: str, first: datetime | None, as_json: bool) -> None:
    """Register the facility with this 10-digit code (医療機関コード)."""
    made = _with(settings, lambda all_: all_.add_facility(code, name, valid_from=first.date() if first else None))
    _table([made], as_json=False) if not as_json else click.echo(msgspec.json.encode(made))


@facility.command("list")
@_json
@configured
@guarded
def list_facilities(settings: Settings, as_json: bool) -> None:
    """All facilities: code, name, first day, first day after."""
    _table(_with(settings, lambda all_: all_.facilities()), as_json=as_json)


@facility.command("close")
@click.argument("code")
@click.option("--from", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day without service.")
@configured
@guarded
def close_facility(settings: Settings, code: str, last: datetime) -> None:
    """The facility may not ask from that day on."""
    day: date = last.date()
    _with(settings, lambda all_: all_.close_facility(code, valid_to=day))


@facility.command("place")
@click.argument("code")
@click.argument("municipality")
@configured
@guarded
def place_facility(settings: Settings, code: str, municipality: str) -> None:
    """State the MUNICIPALITY (first 5 digits of 全国地方公共団体コード): a disaster may be opened by it."""
    _with(settings, lambda all_: all_.place_facility(code, municipality))


@facility.command("rights")
@click.argument("code")
@click.option("--on", "turned_on", multiple=True, type=click.Choice(RIGHTS), help="Turn on; again for more.")
@click.option("--off", "turned_off", multiple=True, type=click.Choice(RIGHTS), help="Turn off; again for more.")
@_json
@configured
@guarded
def rights_of_facility(
    settings: Settings, code: str, turned_on: tuple[str, ...], turned_off: tuple[str, ...], as_json: bool
) -> None:
    """What the facility may use (利用設定): TKK 健診, YZK 薬剤, SRJ 診療, SHJ 手術, emergency 救急時閲覧権限.

    As delivered, TKK and YZK are on. A change holds from the next request on.
    """

    async def switched(rights: Rights) -> frozenset[Right]:
        for names, allowed in ((turned_on, True), (turned_off, False)):
            for name in names:
                await rights.switch(code, Right(name), allowed=allowed)
        return await rights.of(code)

    async def run() -> frozenset[Right]:
        async with _parts(settings) as (store, journal):
            return await switched(Rights(store, journal, clock=_now, operator="cli"))

    on = asyncio.run(run())
    told = {right.value: right in on for right in Right}
    if as_json:
        click.echo(msgspec.json.encode(told))
        return
    for name, allowed in told.items():
        click.echo(f"{name}  {'on' if allowed else 'off'}")


@click.group()
def device() -> None:
    """Appliances: enrol, revoke, list; and the CA that certifies them."""


@device.command("enrol")
@click.argument("id_", metavar="ID")
@click.option("--facility", "facility_code", required=True, help="Code of the facility it stands in.")
@click.option("--csr", type=click.File("rb"), required=True, help="Signing request (PEM or DER), CN = ID; - for stdin.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the certificate (PEM) here.")
@_json
@configured
@guarded
def enrol_device(settings: Settings, id_: str, facility_code: str, csr: Any, out: Path | None, as_json: bool) -> None:
    """Certify an appliance's key; the certificate goes to standard output or --out."""
    request = csr.read(65537)
    if len(request) > 65536:
        raise OnshiError(CSR_WRONG, reason="too long")
    ca, days = device_ca(settings), settings.devices.certificate_days
    issued = _with(settings, lambda all_: all_.enrol(ca, request, device=id_, facility=facility_code, days=days))
    if out is not None:
        out.write_bytes(issued.pem)
    if as_json:
        told = {
            "device": id_, "facility": facility_code, "serial": issued.serial, "not_after": issued.not_after,
            "fingerprint": issued.fingerprint.hex(), "certificate": issued.pem.decode(),
        }  # fmt: skip
        click.echo(msgspec.json.encode(told))
    elif out is None:
        sys.stdout.write(issued.pem.decode())


@device.command("revoke")
@click.argument("id_", metavar="ID")
@click.option("--reason", type=click.Choice(REASONS), default="unspecified", show_default=True, help="For the record.")
@configured
@guarded
def revoke_device(settings: Settings, id_: str, reason: str) -> None:
    """The appliance may not ask any more."""
    _with(settings, lambda all_: all_.revoke(id_, reason=reason))


@device.command("list")
@_json
@configured
@guarded
def list_devices(settings: Settings, as_json: bool) -> None:
    """All appliances: id, facility, enrolled, certificate's end, revoked, reason."""
    _table(_with(settings, lambda all_: all_.devices()), as_json=as_json)


@device.command("ca")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def new_ca(folder: Path) -> None:
    """Make a new device CA in FOLDER: device-ca.pem and device-ca.key (readable by the owner only)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate, key = make_ca(now=datetime.now(UTC))
    for name, content, mode in (("device-ca.key", key, 0o600), ("device-ca.pem", certificate, 0o644)):
        path = folder / name
        try:
            path.touch(mode=mode, exist_ok=False)
        except FileExistsError:
            raise click.ClickException(f"{path} is there already; a CA is never overwritten") from None
        path.write_bytes(content)
        click.echo(str(path))
