"""Password-protected zips as clinic software opens them: WinZip's AES-256 (AE-2), one file in each.

Facts: reference clinic-interface 2.1 ("With encryption on"); the format is WinZip's published AES specification:
PBKDF2-HMAC-SHA1 (1000 rounds) gives an AES key, an HMAC key and two bytes that tell a wrong password; AES in counter
mode with a little-endian counter from 1; ten bytes of HMAC-SHA1. All of it from `cryptography` and the standard
library; a thousand rounds are the format's, so the password has to be long.
"""

import hashlib
import hmac
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.clinic.names import name_in_zip
from protocol.errors import OnshiError, clinic

ROUNDS = 1000
SALT = 16
"""Bytes of salt for AES-256."""
TAG = 10
SHORTEST_PASSWORD = 12
_METHOD = 99
_AE_2, _AES_256 = 2, 3


def read_password(path: Path) -> bytes:
    """The password in a file (first line, UTF-8); raises ``CLINIC-016`` when it is missing or too short."""
    try:
        password = path.read_bytes().split(b"\n", 1)[0].rstrip(b"\r")
    except OSError as refused:
        raise OnshiError(clinic.SEAL_PASSWORD, errno=refused.errno or 0) from None
    if len(password) < SHORTEST_PASSWORD:
        raise OnshiError(clinic.SEAL_PASSWORD, reason="too short", shortest=SHORTEST_PASSWORD)
    return password


def seal(password: bytes, name: str, content: bytes, *, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """A zip with ``content`` under ``name`` that opens with ``password`` only."""
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(content) + deflate.flush()
    salt = random(SALT)
    key, mac_key, check = _keys(password, salt)
    hidden = _counted(key, packed)
    tag = hmac.digest(mac_key, hidden, "sha1")[:TAG]
    body = salt + check + hidden + tag
    return _archive(name, body, len(content))


def unseal(password: bytes, archive: bytes) -> tuple[str, bytes]:
    """Name and content of the one file of such a zip; ``ValueError`` for a wrong password or anything changed."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        (entry,) = opened.infolist()
        if entry.compress_type != _METHOD or len(entry.extra) != 11:
            raise ValueError("not an AES zip")
    name_size, extra_size = struct.unpack_from("<HH", archive, entry.header_offset + 26)
    start = entry.header_offset + 30 + name_size + extra_size
    body = archive[start : start + entry.compress_size]
    salt, check, hidden, tag = body[:SALT], body[SALT : SALT + 2], body[SALT + 2 : -TAG], body[-TAG:]
    key, mac_key, expected = _keys(password, salt)
    good = hmac.compare_digest(check, expected)
    if not good or not hmac.compare_digest(tag, hmac.digest(mac_key, hidden, "sha1")[:TAG]):
        raise ValueError("wrong password, or a changed file")
    packed = _counted(key, hidden)
    method = struct.unpack_from("<H", entry.extra, 9)[0]
    return entry.filename, zlib.decompress(packed, wbits=-15) if method == zipfile.ZIP_DEFLATED else packed


def _keys(password: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    made = hashlib.pbkdf2_hmac("sha1", password, salt, ROUNDS, 66)
    return made[:32], made[32:64], made[64:]


def _counted(key: bytes, data: bytes) -> bytes:
    """Counter mode with WinZip's little-endian counter, which `modes.CTR` (big-endian) cannot count."""
    blocks = -(-len(data) // 16)
    counters = b"".join(number.to_bytes(16, "little") for number in range(1, blocks + 1))
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the key stream of counter mode
    stream = (encryptor.update(counters) + encryptor.finalize())[: len(data)]
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
    return mixed.to_bytes(len(data), "big")


def _archive(name: str, body: bytes, size: int) -> bytes:
    written = name_in_zip(name).encode("utf-8")
    flags = 0x0001 | (0 if written.isascii() else 0x0800)
    extra = struct.pack("<HHH2sBH", 0x9901, 7, _AE_2, b"AE", _AES_256, zipfile.ZIP_DEFLATED)
    day = 40 << 9 | 1 << 5 | 1  # 2020-01-01: the message tells the time
    common = struct.pack("<HHHHHIIIHH", 51, flags, _METHOD, 0, day, 0, len(body), size, len(written), len(extra))
    local = b"PK\x03\x04" + common + written + extra + body
    central = b"PK\x01\x02" + struct.pack("<H", 51) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + written + extra
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end
