"""Where things lie in a world's folder, and who is who in it. Nothing is made here."""

from dataclasses import dataclass
from pathlib import Path

DEVICE = "aozora-reception-1"
"""The appliance at the reception desk."""
CLERK = "clerk-1"
"""受付の職員, who may confirm by sight."""
HOSTS = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Places:
    """All paths of one world."""

    folder: Path

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def state(self) -> Path:
        """``world.json``: the day and the seed it was made for."""
        return self.folder / "world.json"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        return self.folder / "onshi.log"

    @property
    def credentials(self) -> Path:
        """The centre's credentials folder."""
        return self.folder / "centre" / "credentials"

    @property
    def database(self) -> Path:
        return self.folder / "centre" / "centre.sqlite"

    @property
    def anchors(self) -> Path:
        """Pinned CA certificates and municipalities' CA keys, as the centre reads them."""
        return self.folder / "centre" / "anchors"

    @property
    def lists(self) -> Path:
        """Revocation lists that the centre has kept."""
        return self.folder / "centre" / "lists"

    @property
    def appliance(self) -> Path:
        return self.folder / "appliance"

    @property
    def device_key(self) -> Path:
        return self.appliance / "device.key"

    @property
    def device_certificate(self) -> Path:
        return self.appliance / "device.pem"

    @property
    def clinic(self) -> Path:
        """The folders that the clinic's software watches: req, res, face."""
        return self.folder / "clinic"

    def make(self) -> None:
        """All folders; the world is closed to others, because it holds keys."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.credentials, self.anchors, self.lists, self.appliance):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("req", "res", "face"):
            (self.clinic / name).mkdir(parents=True, exist_ok=True)
