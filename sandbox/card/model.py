"""What is on a card, as tables: applications, their elementary files, and what opens each of them.

No behaviour of commands here (`sandbox.card.instructions`), no contents (`sandbox.card.applications`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from cryptography.hazmat.primitives.asymmetric import rsa


class Always(Enum):
    """The two access conditions that need no credential."""

    FREE = "free"
    NEVER = "never"


Access = Always | frozenset[int]
"""FREE, NEVER, or the file ids of the credentials any one of which opens."""


def any_of(*credentials: int) -> Access:
    return frozenset(credentials)


@dataclass(frozen=True)
class Transparent:
    """A binary file. ``content`` is what was written, ``size`` what the file physically holds (FF beyond)."""

    content: bytes
    read: Access
    size: int = 0

    @property
    def physical(self) -> bytes:
        return self.content.ljust(self.size, b"\xff")


@dataclass(frozen=True)
class Records:
    """A record file, records counted from 1."""

    records: tuple[bytes, ...]
    read: Access


@dataclass(frozen=True)
class PrivateKey:
    """An RSA-2048 key that signs with ``80 2A`` (or 00 88); None is a key file without a key."""

    key: rsa.RSAPrivateKey | None
    use: Access


@dataclass
class Secret:
    """A credential with its locking counter; the only thing on the card that changes.

    ``left`` survives power-off and never recovers with time, only with the right value. ``limit`` None does
    not lock. ``lengths`` bounds a new value; None means that no command changes this credential.
    """

    value: bytes
    limit: int | None
    lengths: tuple[int, int] | None = None
    left: int = field(default=0)

    def __post_init__(self) -> None:
        if self.limit is not None and not self.left:
            self.left = self.limit

    @property
    def blocked(self) -> bool:
        return self.limit is not None and self.left == 0

    def block(self) -> None:
        """Use the counter up, as so many wrong tries would."""
        self.left = 0


ElementaryFile = Transparent | Records | PrivateKey | Secret


@dataclass(frozen=True)
class Application:
    """One application: its files by id, the key that ``80 2A`` uses with P2=00, and its change-PIN command."""

    aid: bytes
    name: str
    files: Mapping[int, ElementaryFile] = field(default_factory=dict)
    default_key: int | None = None
    change_header: bytes | None = None
    """CLA INS P1 of the command that changes a PIN here; None where there is none."""
    objects: Mapping[int, bytes] = field(default_factory=dict)
    """GET DATA objects by P1P2."""
    internal_authentication_key: int | None = None
    """Key of ``00 88 00 80+id``."""
