"""The uploaded file while it is needed: encrypted from the first byte, destroyed once applied or refused.

AES-256-GCM in parts under a key of the file's own, which is wrapped by the importer's spool key and overwritten at
the end. Each part binds the upload, its place and whether it is the last: a file that was cut off is not read.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocol.errors import OnshiError
from protocol.errors.insurers import SPOOL_BROKEN

PART = 1 << 20
"""Bytes of one part before encryption."""
_LENGTH = struct.Struct(">I")


class Spool:
    """A folder of encrypted files. ``key``: 32 bytes."""

    def __init__(self, folder: Path, key: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._key = key
        self._wrapping = AESGCM(key)

    def key_for(self, purpose: str) -> bytes:
        """32 bytes for something else that only this process may read, derived from the spool's key."""
        return HKDF(SHA256(), 32, salt=None, info=f"onshi.spool/{purpose}".encode()).derive(self._key)

    def _paths(self, upload_id: str) -> tuple[Path, Path]:
        return self._folder / f"{upload_id}.key", self._folder / f"{upload_id}.csv.enc"

    def keep(self, upload_id: str, chunks: Iterable[bytes]) -> int:
        """Encrypts what comes, on disk before it returns; gives the number of bytes. An id is used once.

        Whatever ends it early leaves nothing: it may run in a thread that nobody waits for any more.
        """
        try:
            return self._keep(upload_id, chunks)
        except BaseException:
            self.destroy(upload_id)
            raise

    def _keep(self, upload_id: str, chunks: Iterable[bytes]) -> int:
        key_path, path = self._paths(upload_id)
        own = AESGCM.generate_key(256)
        nonce = os.urandom(12)
        _write(key_path, nonce + self._wrapping.encrypt(nonce, own, upload_id.encode()))
        cipher, octets, at, rest = AESGCM(own), 0, 0, b""
        with path.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            for chunk in chunks:
                octets += len(chunk)
                rest += chunk
                begin = 0
                while len(rest) - begin > PART:
                    file.write(_part(cipher, upload_id, at, rest[begin : begin + PART], last=False))
                    begin, at = begin + PART, at + 1
                rest = rest[begin:]
            file.write(_part(cipher, upload_id, at, rest, last=True))
            file.flush()
            os.fsync(file.fileno())
        return octets

    def open(self, upload_id: str) -> Iterator[bytes]:
        """The file's bytes in parts; `OnshiError` (INSURER-062) where it is not whole."""
        key_path, path = self._paths(upload_id)
        try:
            sealed = key_path.read_bytes()
            own = self._wrapping.decrypt(sealed[:12], sealed[12:], upload_id.encode())
            with path.open("rb") as file:
                cipher, at, last = AESGCM(own), 0, False
                while not last:
                    head = file.read(_LENGTH.size + 1)
                    size, last = _LENGTH.unpack(head[:-1])[0], head[-1:] == b"\x01"
                    if size > PART + 16:
                        raise OnshiError(SPOOL_BROKEN, upload=upload_id)
                    yield cipher.decrypt(_nonce(at), file.read(size), _bound(upload_id, at, last=last))
                    at += 1
        except (OSError, InvalidTag, struct.error) as broken:
            raise OnshiError(SPOOL_BROKEN, upload=upload_id) from broken

    def holds(self, upload_id: str) -> bool:
        """Whether the file is there."""
        return all(path.exists() for path in self._paths(upload_id))

    def size(self, upload_id: str) -> int:
        """Bytes of the encrypted file, about those of the file itself; 0 where it is gone."""
        path = self._paths(upload_id)[1]
        return path.stat().st_size if path.exists() else 0

    def destroy(self, upload_id: str) -> None:
        """Overwrites the file's key, then removes both; does nothing when they are gone."""
        key_path, path = self._paths(upload_id)
        with suppress(FileNotFoundError), key_path.open("r+b") as file:
            file.write(bytes(key_path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        key_path.unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    def kept(self) -> list[str]:
        """Ids of all files of which something is there."""
        return sorted(
            {path.name.partition(".")[0] for end in ("*.csv.enc", "*.key") for path in self._folder.glob(end)}
        )

    def kept_since(self, upload_id: str) -> datetime:
        """When the file was begun."""
        return datetime.fromtimestamp(
            min((path.stat().st_mtime for path in self._paths(upload_id) if path.exists()), default=0.0), UTC
        )


def _nonce(at: int) -> bytes:
    """Each file has its own key, so a counter never repeats."""
    return at.to_bytes(12, "big")


def _bound(upload_id: str, at: int, *, last: bool) -> bytes:
    return f"{upload_id}\x00{at}\x00{int(last)}".encode()


def _part(cipher: AESGCM, upload_id: str, at: int, data: bytes, *, last: bool) -> bytes:
    sealed = cipher.encrypt(_nonce(at), data, _bound(upload_id, at, last=last))
    return _LENGTH.pack(len(sealed)) + (b"\x01" if last else b"\x00") + sealed


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
