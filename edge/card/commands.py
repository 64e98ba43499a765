"""``onshi edge card``: read whatever card lies on a reader, with the appliance's own stack.

Secrets come from standard input only, one a line in the order PIN, 照合番号B, birth date; the exit code is 0 done,
1 refused or failed (catalogue error), 2 usage.
"""

import asyncio
import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from edge.card import pcsc
from edge.card.credentials import zero
from edge.card.cvc import KEY_ID_LENGTH
from edge.card.port import Credential, ReaderState
from edge.card.report import CardReport, SurfaceReport, read
from edge.card.supervisor import open_reader
from protocol.errors import OnshiError, problem
from protocol.errors import card as faults

LONGEST_INPUT = 256
"""Bytes of secrets on standard input."""


class StdinOnly(click.ParamType[bool]):
    """A secret option: ``-`` and nothing else, so that no secret ever stands in a process list or history."""

    name = "-"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        if value != "-" and value is not True:
            self.fail("secrets are read from standard input only: give '-'", param, ctx)
        return True


class AuthorityKey(click.ParamType[tuple[bytes, rsa.RSAPublicKey]]):
    """``KEYID=FILE``: a CA key for card-surface issuers, 16 bytes of key id in hexadecimal and a PEM public key."""

    name = "KEYID=FILE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[bytes, rsa.RSAPublicKey]:
        name, _, file = str(value).partition("=")
        try:
            key_id = bytes.fromhex(name)
            key = load_pem_public_key(Path(file).read_bytes())
        except (ValueError, OSError, UnsupportedAlgorithm) as wrong:
            self.fail(f"{wrong}", param, ctx)
        if len(key_id) != KEY_ID_LENGTH or not isinstance(key, rsa.RSAPublicKey):
            self.fail("a key id has 16 bytes, the key is RSA", param, ctx)
        return key_id, key


@click.command("card")
@click.option("--reader", help="Name of the reader, as --list prints it; the numbers at its end may be left out.")
@click.option("--list", "listing", is_flag=True, help="Print the readers that pcscd knows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, errors as well.")
@click.option("--pin", type=StdinOnly(), help="Show the 4-digit PIN: '-', read from standard input.")
@click.option("--number-b", type=StdinOnly(), help="Open face and attributes with 照合番号B (14 digits): '-'.")
@click.option("--birth", type=StdinOnly(), help="Open the age record with the printed birth date (YYMMDD): '-'.")
@click.option("--surface-ca", type=AuthorityKey(), multiple=True, help="CA key for the verdict on the card face.")
@click.option("--wait", type=click.FloatRange(0, 600), default=10.0, help="Seconds to wait for a card. [10]")
@click.option("--traffic", is_flag=True, help="One line per APDU on standard error: headers and lengths only.")
def card(  # noqa: PLR0917 - click calls it by name
    reader: str | None,
    listing: bool,
    as_json: bool,
    pin: bool | None,
    number_b: bool | None,
    birth: bool | None,
    surface_ca: Sequence[tuple[bytes, rsa.RSAPublicKey]],
    wait: float,
    traffic: bool,
) -> None:
    """Read the card on a reader: token, counters, certificates, card face.

    Without secrets nothing is opened and no try is spent. Secrets are read from standard input, one a line, in the
    order PIN, number B, birth date, of those given as '-'.

    \b
    Exit codes: 0 read, 1 refused or failed, 2 usage.
    """
    try:
        if listing:
            _print_readers(as_json)
            return
        if not reader:
            raise click.UsageError("--reader NAME, or --list")
        wanted = [
            credential
            for credential, asked in ((Credential.PIN, pin), (Credential.NUMBER_B, number_b), (Credential.BIRTH, birth))
            if asked
        ]
        secrets = _secrets(wanted)
        try:
            report = asyncio.run(_read(reader, secrets, dict(surface_ca), wait=wait, traffic=traffic))
        finally:
            for secret in secrets.values():
                zero(secret)
    except OnshiError as refused:
        _tell(refused, as_json)
        sys.exit(1)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        _print(report)


async def _read(
    reader: str,
    secrets: Mapping[Credential, bytearray],
    authorities: Mapping[bytes, rsa.RSAPublicKey],
    *,
    wait: float,
    traffic: bool,
) -> CardReport:
    port = open_reader(reader, traffic=traffic)
    await port.start()
    try:
        try:
            async with asyncio.timeout(wait):
                async for state in port.states():
                    if state is ReaderState.PRESENT:
                        break
                    if state is ReaderState.EMPTY:
                        click.echo("カードを置いてください / lay the card on the reader", err=True)
        except TimeoutError:
            if port.state is ReaderState.EMPTY:
                raise OnshiError(faults.NOT_RECOGNISED, reader=reader) from None
        session = await port.open()
        try:
            return await read(session, reader, secrets, authorities=authorities, random=os.urandom)
        finally:
            await session.close()
    finally:
        await port.stop()


def _secrets(wanted: Sequence[Credential]) -> dict[Credential, bytearray]:
    """One line each. Piped input goes into one buffer that is zeroed; a terminal is asked without echo."""
    if not wanted:
        return {}
    if sys.stdin.isatty():
        return {which: bytearray(getpass.getpass(f"{which.value}: ").encode()) for which in wanted}
    buffer = bytearray(LONGEST_INPUT)
    filled = 0
    # Straight from the descriptor, so that no other buffer keeps a copy.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as source:
        while filled < LONGEST_INPUT and buffer.count(b"\n") < len(wanted):
            got = source.readinto(memoryview(buffer)[filled:])
            if not got:
                break
            filled += got
    lines = buffer[:filled].splitlines()
    zero(buffer)
    if len(lines) < len(wanted):
        for line in lines:
            zero(line)
        raise click.UsageError(f"{len(wanted)} lines expected on standard input, {len(lines)} came")
    return dict(zip(wanted, lines, strict=False))


def _print_readers(as_json: bool) -> None:
    api = pcsc.load()
    context = pcsc.establish(api)
    try:
        names = pcsc.list_readers(api, context)
    finally:
        api.SCardReleaseContext(context)
    if as_json:
        click.echo(msgspec.json.encode({"readers": names}).decode())
        return
    for name in names:
        click.echo(name)


def _tell(refused: OnshiError, as_json: bool) -> None:
    told = problem(refused)
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
        return
    left = f" (残り {refused.details['tries_left']} 回 / tries left)" if "tries_left" in refused.details else ""
    click.echo(f"{told.code} {told.desk_ja}{left}\n  {told.next_ja}", err=True)
    click.echo(f"{told.code} {told.desk_en}\n  {told.next_en}\n  [{refused}]", err=True)


def _print(report: CardReport) -> None:
    sizes = {
        "利用者証明用 / authentication": report.certificates.authentication,
        "利用者証明用CA / authentication CA": report.certificates.authentication_ca,
        "署名用CA / signature CA": report.certificates.signature_ca,
    }
    counters = msgspec.structs.asdict(report.counters)
    rows = [
        ("リーダー / reader", report.reader),
        ("種類 / token", report.token),
        ("ATR", report.atr.upper()),
        *((name, f"{len(der)} bytes" if der else "–") for name, der in sizes.items()),
        ("残り回数 / tries left", "  ".join(f"{name} {'–' if n is None else n}" for name, n in counters.items())),
    ]
    if report.issue:
        rows.append(("発行 / issued by", f"{report.issue.municipality}, {report.issue.expiry} まで / until"))
    for opened in (report.age, report.face):
        if opened:
            rows += _surface_rows(opened)
    if report.attributes:
        told = report.attributes
        rows.append(("基本4情報 / attributes", f"{told.name}  {told.address}  {told.birth_date}  {told.sex}"))
    if report.pin:
        fits = "署名一致 / signature fits" if report.pin.signature_fits else "署名不一致 / signature does not fit"
        rows.append(("暗証番号 / PIN", f"正 / right, {fits}"))
    for name, value in rows:
        click.echo(f"{name}: {value}")


def _surface_rows(opened: SurfaceReport) -> list[tuple[str, str]]:
    name = f"券面 {opened.file} / surface"
    rows = [
        (name, f"{opened.birth_date}  {opened.sex or ''}  {opened.expiry or ''}".rstrip()),
        (f"{name}, 署名 / signature", f"{opened.verdict.value}, issuer {opened.issuer}"),
        (f"{name}, チップ / chip", "本物 / present" if opened.chip_present else "不一致 / not proven"),
    ]
    if opened.photo:
        size = f"{opened.photo.width}x{opened.photo.height}, {opened.photo.size} bytes"
        rows.append((f"{name}, 顔写真 / photo", f"{opened.photo.format} {size}"))
    return rows
