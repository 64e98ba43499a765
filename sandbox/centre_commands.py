"""``onshi sandbox centre``: a centre that knows the cast, kept running for whoever connects clinic software to it.

Enrols one device and writes its settings, so that `onshi edge clinic serve --root DIR` starts with nothing more.
"""

import asyncio
import json
import shlex
import signal
from pathlib import Path

import click
import msgspec

from central.disclosure.disclosed import Purpose
from central.settings import Clinics, Settings
from edge.enrolment import KEY_FILE, make_identity
from edge.uplink.device import DeviceKey
from protocol.visit import ConsentItem
from sandbox.cast.insurers import CLINIC
from sandbox.demo.centre import RunningCentre, running_centre, settings
from sandbox.demo.commands import DEFAULT_WORLD
from sandbox.demo.logs import logging_to
from sandbox.demo.outside import running_jlis
from sandbox.world import records
from sandbox.world.world import World, WorldRefused

DEVICE = "integrator-1"
CERTIFICATE = "device.pem"


@click.command()
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The clinic's folder: gets edge.toml for `onshi edge clinic serve --root`.",
)
@click.option(
    "--world",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_WORLD,
    show_default=True,
    help="Folder of the invented world: keys, database, log.",
)
def centre(root: Path, folder: Path) -> None:
    """Serve a centre with the whole cast until stopped (Ctrl-C); the settings' file is printed first."""
    try:
        with World.open(folder) as world, logging_to(world.places.log):
            asyncio.run(_serve(world, root))
    except WorldRefused as held:
        raise click.ClickException(str(held)) from None


async def _serve(world: World, root: Path) -> None:
    stopping = asyncio.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, stopping.set)
    async with running_jlis(world) as jlis, running_centre(world, jlis, told=opened(world, jlis.url)) as served:
        click.echo(await enrolled(world, served, root))
        await asyncio.to_thread(people, world, root)
        await with_records(world, served, root)
        click.echo(f"centre {served.url} · docs {served.ops_url}/docs", err=True)
        click.echo(f"web API {web_url(served)} · its conformance: {web_kit(world, served, root)}", err=True)
        click.echo(f"next: onshi edge clinic serve --root {root}", err=True)
        await stopping.wait()


def opened(world: World, jlis_url: str) -> Settings:
    """The demo's settings with the web API open."""
    clinics = Clinics(enabled=True, host="127.0.0.1", port=0)
    return msgspec.structs.replace(settings(world, jlis_url), clinics=clinics)


def web_url(served: RunningCentre) -> str:
    return f"https://127.0.0.1:{served.central.clinics_port}"


def web_kit(world: World, served: RunningCentre, root: Path) -> str:
    """The command that runs the conformance kit against the web API, with the device of `enrolled`."""
    place = world.places.appliance / DEVICE
    options = {
        "url": web_url(served),
        "people": root / "people.toml",
        "certificate": place / CERTIFICATE,
        "key": place / KEY_FILE,
        "ca": world.centre_ca,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return shlex.join(["python", "-m", "tests.conformance", *words])


async def enrolled(world: World, served: RunningCentre, root: Path) -> Path:
    """A device for these folders, with its settings in ``root/edge.toml``. Its key stays in the world's folder."""
    place = world.places.appliance / DEVICE
    made = make_identity(place, DEVICE)
    key = DeviceKey.load(made.key, DEVICE)
    certificate = place / CERTIFICATE
    pem = await served.enrol(key.request(), device=DEVICE, facility=CLINIC.code)
    files = {"key": made.key, "certificate": certificate, "centre_ca": world.centre_ca, "state": place}
    return await asyncio.to_thread(_written, root, pem, files, served.url)


KNOWN = {
    "valid": "ordinary",
    "lost": "lost",
    "replaced": "lost-with-newer",
    "outside": "name-hashigo-taka",
    "consented": "limit-certificate",
    "drugs_only": "elderly",
    "twin": "twin-elder",
    "other_twin": "twin-younger",
    "visited": "child",
}
"""Who of the cast stands for what in `people.toml`."""
_BOTH = (ConsentItem.CHECKUPS, ConsentItem.DRUGS)
_DRUGS = (ConsentItem.DRUGS,)
CONSENTS: dict[str, tuple[tuple[ConsentItem, ...], Purpose]] = {
    "outside": (_BOTH, Purpose.VISIT),
    "consented": (_BOTH, Purpose.VISIT),
    "drugs_only": (_DRUGS, Purpose.VISIT),
    "twin": (_DRUGS, Purpose.VISIT),
    "other_twin": (_DRUGS, Purpose.VISIT),
    "visited": (_DRUGS, Purpose.HOME_VISIT),
}
"""Who consented to what when the centre started; of them the centre has drugs and checkups."""


async def with_records(world: World, served: RunningCentre, root: Path) -> None:
    """Loads the files of those who consented (they stay in ``root/files``), and gives their consents for a day."""
    files = root / "files"
    files.mkdir(parents=True, exist_ok=True)
    personas = {name: world.persona(KNOWN[name]) for name in CONSENTS}
    await records.load(served.central, world, files, list(personas.values()))
    for name, (items, purpose) in CONSENTS.items():
        await records.consented(served.central, world, personas[name], items, purpose=purpose)


def people(world: World, root: Path) -> Path:
    """Whom the centre knows, for programs and for the conformance kit: ``root/people.toml``."""
    lines = [f"facility = {json.dumps(CLINIC.code)}"]
    for name, slug in KNOWN.items():
        persona = world.persona(slug)
        membership = persona.memberships[0]
        told = {
            "name": persona.name.as_registered(),
            "birth": f"{persona.birth:%Y%m%d}",
            "insurer": membership.insurer.number,
            "symbol": membership.symbol,
            "number": membership.number,
            "branch": membership.branch,
        }
        lines.append(f"\n[people.{name}]")
        lines += [f"{field} = {json.dumps(value, ensure_ascii=False)}" for field, value in told.items()]
    file = root / "people.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _written(root: Path, pem: bytes, files: dict[str, Path], url: str) -> Path:
    files["certificate"].write_bytes(pem)
    root.mkdir(parents=True, exist_ok=True)
    settings = root / "edge.toml"
    lines = [
        "# An invented clinic; written anew by `onshi sandbox centre`.",
        f"[device]\nid = {json.dumps(DEVICE)}\nfacility = {json.dumps(CLINIC.code)}\n\n[files]",
        *(f"{name} = {json.dumps(str(path), ensure_ascii=False)}" for name, path in files.items()),
        f"\n[centre]\nurl = {json.dumps(url)}\n",
    ]
    settings.write_text("\n".join(lines), encoding="utf-8")
    return settings
