"""``onshi insurer officer``: who may act for an insurer over the web API and the console; and the CA of their keys."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from central.audit import Journal
from central.cli import guarded, writing
from central.db.migrate import store_at_head
from central.facilities.ca import DeviceCa, make_ca
from central.insurers.officers import Officers, Role
from central.insurers.options import config_option, json_option
from central.insurers.settings import ImporterSettings, importer_settings
from central.operators import account
from protocol.errors import OnshiError
from protocol.errors.central import CSR_WRONG

T = TypeVar("T")
LOG = "insurers-admin"
"""The audit log of these commands."""
REASONS = ("compromised", "left", "lost", "replaced", "unspecified")


@asynccontextmanager
async def _opened(settings: ImporterSettings) -> AsyncIterator[Officers]:
    def clock() -> datetime:
        return datetime.now(UTC)

    async with store_at_head(settings.database_url(), patience=settings.database.patience_seconds) as store:
        journal = Journal(store, log=LOG, clock=clock)
        yield Officers(store, journal, clock=clock, operator=account())
        await journal.stop()


def _with(settings: ImporterSettings, work: Callable[[Officers], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _opened(settings) as officers:
            return await work(officers)

    return asyncio.run(run())


@click.group()
def officer() -> None:
    """Officers (担当者) who act for an insurer, each with a client certificate."""


@officer.command()
@click.argument("id_", metavar="ID")
@click.option("--insurer", "number", required=True, help="Number of the insurer (保険者番号, 8 digits).")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OFFICER.value, show_default=True)
@click.option("--csr", type=click.File("rb"), required=True, help="Signing request (PEM or DER), CN = ID; - for stdin.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the certificate (PEM) here.")
@config_option
@json_option
@guarded
def enrol(id_: str, number: str, role: str, csr: Any, out: Path | None, config: Path | None, as_json: bool) -> None:
    """Certify an officer's key; the certificate goes to standard output or --out. Again renews it."""
    request = csr.read(65537)
    if len(request) > 65536:
        raise OnshiError(CSR_WRONG, reason="too long")
    settings = importer_settings(config)
    own = settings.officers
    ca = DeviceCa(
        settings.secret("officers.ca_certificate", own.ca_certificate),
        settings.secret("officers.ca_key", own.ca_key),
        setting="officers.ca_key",
    )
    issued = _with(
        settings,
        lambda all_: all_.enrol(ca, request, officer=id_, insurer=number, role=Role(role), days=own.certificate_days),
    )
    if out is not None:
        with writing(out):
            out.write_bytes(issued.pem)
    if as_json:
        told = {
            "officer": id_, "insurer": number, "role": role, "serial": issued.serial, "not_after": issued.not_after,
            "fingerprint": issued.fingerprint.hex(), "certificate": issued.pem.decode(),
        }  # fmt: skip
        click.echo(msgspec.json.encode(told))
    elif out is None:
        sys.stdout.write(issued.pem.decode())


@officer.command()
@click.argument("id_", metavar="ID")
@click.option("--reason", type=click.Choice(REASONS), default="unspecified", show_default=True, help="For the record.")
@config_option
@guarded
def revoke(id_: str, reason: str, config: Path | None) -> None:
    """The officer may not act any more, with any certificate; the id is never enrolled again."""
    _with(importer_settings(config), lambda all_: all_.revoke(id_, reason=reason))


@officer.command("list")
@config_option
@json_option
@guarded
def list_(config: Path | None, as_json: bool) -> None:
    """All officers' certificates: id, insurer, role, enrolled, end, revoked, reason."""
    rows = _with(importer_settings(config), lambda all_: all_.officers())
    if as_json:
        click.echo(msgspec.json.encode(rows))
        return
    for row in rows:
        click.echo("  ".join(str("-" if value is None else value) for value in msgspec.structs.astuple(row)))


@officer.command("ca")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@guarded
def new_ca(folder: Path) -> None:
    """Make a new officers' CA in FOLDER: officers-ca.pem and officers-ca.key (readable by the owner only)."""
    certificate, key = make_ca(now=datetime.now(UTC), name="Onshi officers' CA")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, content, mode in (("officers-ca.key", key, 0o600), ("officers-ca.pem", certificate, 0o644)):
            path = folder / name
            try:
                path.touch(mode=mode, exist_ok=False)
            except FileExistsError:
                raise click.ClickException(f"{path} is there already; a CA is never overwritten") from None
            path.write_bytes(content)
            click.echo(str(path))
