"""The centre of the demo: the product's own composition over SQLite in the world's folder, with the cast registered."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from central.app import Central, Outside, build
from central.facilities.ca import DeviceCa
from central.register.entries import Entry
from central.register.intake import RegisterIntake
from central.settings import Audit, Database, Listen, Settings, Trust
from sandbox.cast.insurers import CLINIC, OTHER_CLINIC
from sandbox.demo.outside import RunningJlis
from sandbox.jlis.authority import GENERATIONS
from sandbox.world.seed import OPENED, insurers, statements
from sandbox.world.world import World

DEVICE_DAYS = 30


class RunningCentre:
    """A started centre and its addresses."""

    def __init__(self, central: Central, world: World) -> None:
        self.central = central
        self.url = f"https://127.0.0.1:{central.device_port}"
        self.ops_url = f"http://127.0.0.1:{central.ops_port}"
        credentials = world.places.credentials
        self._ca = DeviceCa((credentials / "device-ca.pem").read_bytes(), (credentials / "device-ca.key").read_bytes())

    async def enrol(self, request: bytes, *, device: str, facility: str) -> bytes:
        """The device certificate (PEM) for a signing request, as ``onshi central device enrol`` gives it."""
        issued = await self.central.facilities.enrol(
            self._ca, request, device=device, facility=facility, days=DEVICE_DAYS
        )
        return issued.pem


@contextlib.asynccontextmanager
async def running_centre(
    world: World, jlis: RunningJlis, *, told: Settings | None = None, registers: bool = True
) -> AsyncIterator[RunningCentre]:
    """Started on free ports, with insurers, facilities and the cast registered; stopped when the block ends.

    ``told``: other settings than `settings`; ``registers`` False: the database knows everybody already.
    """
    central = build(told or settings(world, jlis.url), outside=Outside(clock=world.clock))
    await central.start()
    try:
        if registers:
            await _register(world, central)
        yield RunningCentre(central, world)
    finally:
        await central.stop()


def settings(world: World, jlis_url: str) -> Settings:
    """What the centre is told; its files lie in the world's folder."""
    places = world.places
    return Settings(
        credentials=places.credentials,
        log_level="info",
        database=Database(url=sqlite_url(places.database), upgrade_at_start=True),
        listen=Listen(host="127.0.0.1", port=0, ops_host="127.0.0.1", ops_port=0),
        audit=Audit(log="demo"),
        trust=Trust(
            anchors=places.anchors,
            hierarchies=("JPKI-LAB",),
            crl_urls=tuple(f"{jlis_url}/crl/authentication/{one}.crl" for one in GENERATIONS),
            linkage_url=f"{jlis_url}/linkage",
            ocsp_url=f"{jlis_url}/ocsp",
        ),
    )


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


async def _register(world: World, central: Central) -> None:
    for clinic in (CLINIC, OTHER_CLINIC):
        await central.facilities.add_facility(clinic.code, clinic.name, valid_from=OPENED)
    intake = RegisterIntake(central.store, world.clock)
    entries: list[Entry] = insurers()
    for persona in world.people:
        entries += statements(persona, world.pki.identity(persona), world.pki.identity_before(persona))
    await intake.register(*entries)
