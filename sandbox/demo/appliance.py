"""One appliance of the demo, enrolled at the centre as `onshi central device enrol` does it, and started."""

import contextlib
from collections.abc import AsyncIterator

from edge.card.port import CardPort
from edge.daemon import Appliance
from edge.settings import CentreSettings, DeviceSettings, EdgeSettings, FileSettings, FolderSettings, VisitSettings
from edge.uplink.device import DeviceKey
from edge.visit.desk import Desk
from edge.visit.ports import FaceMethod
from sandbox.cast.insurers import CLINIC
from sandbox.demo.centre import RunningCentre
from sandbox.world.facts import DEVICE
from sandbox.world.world import World


@contextlib.asynccontextmanager
async def ready_appliance(
    world: World, centre: RunningCentre, port: CardPort, desk: Desk, face: FaceMethod | None = None
) -> AsyncIterator[Appliance]:
    """An appliance with a new key, enrolled, running; stopped when the block ends."""
    places = world.places
    key = DeviceKey.generate(places.device_key, DEVICE)
    places.device_certificate.write_bytes(await centre.enrol(key.request(), device=DEVICE, facility=CLINIC.code))
    appliance = Appliance(settings(world, centre.url), port, desk, face=face)
    try:
        await appliance.start()
        yield appliance
    finally:
        await appliance.stop()


def settings(world: World, centre_url: str) -> EdgeSettings:
    """What the appliance of the reception desk is told."""
    places = world.places
    return EdgeSettings(
        device=DeviceSettings(id=DEVICE, facility=CLINIC.code),
        files=FileSettings(
            key=places.device_key,
            certificate=places.device_certificate,
            centre_ca=world.centre_ca,
            state=places.appliance,
        ),
        centre=CentreSettings(url=centre_url),
        visit=VisitSettings(clerks=world.clerks()),
        folders=FolderSettings(req=places.clinic / "req", res=places.clinic / "res", face=places.clinic / "face"),
    )
