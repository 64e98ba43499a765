"""One invented world in one folder: the cast on its day, their cards, the centre's credentials, the clinic's folders.

Keys are kept for ever; everything else is made anew whenever a world is opened, so that birthdays fall on today and
one run does not colour the next. One process at a time holds a world.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.visit.clerks import hash_code
from protocol.errors import Fault, OnshiError, device
from sandbox.cast import Persona, cast, find
from sandbox.clock import japan_day, now
from sandbox.jlis.authority import Purpose
from sandbox.jlis.world import JlisWorld
from sandbox.world import tls
from sandbox.world.cards import Cards
from sandbox.world.draw import Draw
from sandbox.world.facts import CLERK, HOSTS, Places
from sandbox.world.keys import KeyCache
from sandbox.world.pki import Pki

SEED = "onshi"
CENTRE_CA, CENTRE, DEVICE_CA = "centre-ca", "centre", "device-ca"


class WorldRefused(OnshiError):
    """No world can be had in this folder; the message says why and what to do."""

    def __init__(self, fault: Fault, folder: Path, words: str) -> None:
        super().__init__(fault, folder=str(folder))
        self._words = words

    def __str__(self) -> str:
        return self._words


class NotAWorld(WorldRefused):
    """The folder holds something else: a world that is opened forgets its last run, and must not forget that."""

    def __init__(self, folder: Path) -> None:
        words = f"{folder} holds files that are no world; choose an empty folder, or a new one, with --world"
        super().__init__(device.WORLD_ELSEWHERE, folder, words)


class WorldNotWritable(WorldRefused):
    """The folder cannot be made or written."""

    def __init__(self, folder: Path, reason: str) -> None:
        words = f"the world in {folder} cannot be written: {reason}; choose another --world"
        super().__init__(device.WORLD_NOT_WRITABLE, folder, words)


class WorldInUse(WorldRefused):
    """Another process holds the folder."""

    def __init__(self, folder: Path) -> None:
        words = f"the world in {folder} is in use by another process; stop it, or choose another --world"
        super().__init__(device.WORLD_IN_USE, folder, words)


class World:
    """See the module. Use `World.open`."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = now, seed: str = SEED) -> None:
        self.places = Places(folder.absolute())
        self.clock = clock
        self.today: date = japan_day(clock())
        self.seed = seed
        self.places.make()
        self.draw = Draw(seed)
        self.people = cast(self.today)
        self.keys = KeyCache(self.places.keys)
        self.jlis = JlisWorld(self.keys, self.draw, self.today, clock=clock)
        self.jlis.prepare()
        self.pki = Pki(self.jlis, self.people)
        self.cards = Cards(self.draw, self.pki, self.people)

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder: Path, *, clock: Callable[[], datetime] = now, seed: str = SEED) -> "Iterator[World]":
        """Hold the folder, make what is missing, forget the last run; raises `WorldRefused`.

        ``clock`` gives aware moments; the world's today is its day in Japan at the opening.
        """
        with contextlib.ExitStack() as held:
            with _writing(folder):
                _hold(held.enter_context(_marked(folder)), folder)
                world = cls(folder, clock=clock, seed=seed)
                world._begin()
            yield world

    @classmethod
    @contextlib.contextmanager
    def share(cls, folder: Path, *, clock: Callable[[], datetime] = now, seed: str = SEED) -> "Iterator[World]":
        """People, cards and keys only, beside whoever holds the folder: nothing of a run is touched.

        Raises `WorldRefused`.
        """
        with _writing(folder):
            _marked(folder).close()
            world = cls(folder, clock=clock, seed=seed)
        yield world

    def persona(self, wanted: str) -> Persona:
        """By slug or name; raises `sandbox.cast.UnknownPersona`."""
        return find(wanted, self.people)

    def clerk_code(self) -> str:
        """The clerk's own code for confirmation by sight."""
        return self.draw.digits(6, "clerk-code", CLERK)

    def clerks(self) -> dict[str, str]:
        """As the appliance's settings have them: id and hash."""
        salt = bytes.fromhex(self.draw.hexadecimal(32, "clerk-salt", CLERK))
        return {CLERK: hash_code(self.clerk_code().encode("ascii"), salt)}

    @property
    def centre_ca(self) -> Path:
        """What the appliance trusts the centre by (PEM)."""
        return self.places.keys / f"{CENTRE_CA}.crt"

    @property
    def centre_pair(self) -> tuple[Path, Path]:
        """The centre's TLS certificate and key."""
        return self.places.credentials / "server.pem", self.places.credentials / "server.key"

    def _begin(self) -> None:
        self._forget()
        self._centre_credentials(self.clock())
        self._anchors()
        self.places.state.write_text(
            json.dumps({"seed": self.seed, "today": self.today.isoformat()}) + "\n", encoding="ascii"
        )

    def _forget(self) -> None:
        """The last run's database, lists and outbox. Keys, log and the clinic's files stay."""
        for left in self.places.database.parent.glob(f"{self.places.database.name}*"):
            left.unlink()
        for folder in (self.places.lists, self.places.anchors, self.places.appliance):
            shutil.rmtree(folder)
        self.places.make()

    def _anchors(self) -> None:
        """What the centre pins: CA certificates by purpose, and the CA key of card surfaces by its key id."""
        folder = self.places.anchors
        for purpose in Purpose:
            place = folder / purpose.slug
            place.mkdir()
            for generation, der in enumerate(self.jlis.anchors(purpose), start=1):
                (place / f"{generation}.cer").write_bytes(der)
        place = folder / "surface"
        place.mkdir()
        for key_id, key in self.jlis.surface_ca_keys().items():
            (place / f"{key_id}.der").write_bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def _centre_credentials(self, now: datetime) -> None:
        keys, folder = self.keys, self.places.credentials
        tls.authority(keys, CENTRE_CA, "centre's CA", now)
        server = tls.server(keys, CENTRE, CENTRE_CA, HOSTS, now)
        devices = tls.authority(keys, DEVICE_CA, "device CA", now)
        for name, source in (
            ("server.pem", server),
            ("server.key", keys.path(CENTRE)),
            ("device-ca.pem", devices),
            ("device-ca.key", keys.path(DEVICE_CA)),
        ):
            _private(folder / name, source.read_bytes())
        challenge = folder / "challenge.key"
        if not challenge.exists():
            _private(challenge, os.urandom(32))


@contextlib.contextmanager
def _writing(folder: Path) -> "Iterator[None]":
    try:
        yield
    except OSError as failed:
        raise WorldNotWritable(folder, failed.strerror or type(failed).__name__) from None


def _marked(folder: Path) -> IO[bytes]:
    """The folder's lock file, open; it marks a folder as a world, and is only made in an empty one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Places(folder).lock
    if not lock.exists() and any(folder.iterdir()):
        raise NotAWorld(folder)
    return lock.open("a+b")


def _hold(lock: IO[bytes], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorldInUse(folder) from None


def _private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
