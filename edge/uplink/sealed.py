"""Files that open on this appliance only, and that are whole or absent whatever happens.

AES-256-GCM with a key derived from the device key; the file's purpose and name are sealed in, so that no file can
stand for another. Used by the outbox and the stock of challenges.
"""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocol.errors import OnshiError, device

_NONCE = 12


class BrokenSeal(Exception):
    """The bytes were not sealed by this device for this name."""


class SealedFolder:
    """A folder of sealed files; every write is on disk when it returns."""

    def __init__(self, folder: Path, key: bytes, *, tidy: bool = True) -> None:
        """``tidy`` False: somebody else may be writing here, leave their unfinished files alone."""
        self._folder = folder
        self._cipher = AESGCM(key)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left_over in folder.glob("*.part") if tidy else ():
                left_over.unlink(missing_ok=True)
        except OSError as refused:
            raise OnshiError(device.DISK_FAILED, errno=refused.errno or 0) from None

    def names(self, suffix: str) -> list[str]:
        """Names with this suffix, in order."""
        return sorted(entry.name for entry in self._folder.iterdir() if entry.name.endswith(suffix))

    def write(self, name: str, plain: bytes) -> None:
        """Create or replace; raises ``DEVICE-007``."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, plain, name.encode())
        part = self._folder / f"{secrets.token_hex(8)}.part"
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                view = memoryview(sealed)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            part.replace(self._folder / name)
            self._sync()
        except OSError as refused:
            part.unlink(missing_ok=True)
            raise OnshiError(device.DISK_FAILED, errno=refused.errno or 0) from None

    def read(self, name: str) -> bytes:
        """The plain bytes; raises `BrokenSeal`, and ``FileNotFoundError`` when there is none."""
        sealed = (self._folder / name).read_bytes()
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise BrokenSeal(name) from None

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)
        self._sync()

    def set_aside(self, name: str) -> None:
        """Keep a broken file for the vendor, out of the way."""
        (self._folder / name).replace(self._folder / f"{name}.damaged")
        self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
