"""The keys of the invented world: made once, when first needed, and kept in the world's own folder.

The only place of the sandbox that writes private keys. The folder is closed to others (0700, files 0600); the keys
are toys, but the habit is not.
"""

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class KeyCache:
    """Keys by name (``[a-z0-9.-]``) in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held: dict[str, PrivateKey] = {}

    def rsa_2048(self, name: str) -> rsa.RSAPrivateKey:
        """An RSA-2048 key (about 0.1 s when it is new)."""
        key = self._key(name, lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{name} is not an RSA key")
        return key

    def p256(self, name: str) -> ec.EllipticCurvePrivateKey:
        key = self._key(name, lambda: ec.generate_private_key(ec.SECP256R1()))
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{name} is not a P-256 key")
        return key

    def path(self, name: str) -> Path:
        """Where a key lies as PEM (PKCS #8), whether or not it has been made."""
        if not re.fullmatch(r"[a-z0-9.-]{1,80}", name):
            raise ValueError(f"not a key's name: {name}")
        return self.folder / f"{name}.pem"

    def _key(self, name: str, make: Callable[[], PrivateKey]) -> PrivateKey:
        held = self._held.get(name)
        if held is not None:
            return held
        path = self.path(name)
        if not path.exists():
            _write_once(path, make())
        # Our own file: checking that its primes are prime again would cost 36 ms a key.
        loaded = load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(loaded, PrivateKey):
            raise TypeError(f"{name} is no key of this world")
        self._held[name] = loaded
        return loaded


def _write_once(path: Path, key: PrivateKey) -> None:
    """Whole or not at all; where two processes make the same key at once, the first one stays."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()
