"""What must lie nowhere on disk outside the sandbox's own secrets: PIN, 照合番号, private keys, photo, codes.

Digits are looked for as whole words (in bytes), keys and photo in portions: raw, in hexadecimal and in base64.
"""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sandbox.card import CardPersonalisation
from sandbox.world.world import World

PORTION = 24


def digits_of(made: CardPersonalisation, clerk_code: str) -> dict[str, str]:
    """Everything that somebody types, and 個人番号, by name."""
    told = {
        "PIN": made.pin,
        "照合番号B": made.number_b,
        "printed birth date": made.birth_digits,
        "security code": made.security_code,
        "PIN of 入力補助": made.attributes_pin,
        "signature password": made.signature_password,
        "個人番号": made.individual_number,
        "clerk's code": clerk_code,
    }
    return {name: value for name, value in told.items() if value}


def keys_of(made: CardPersonalisation) -> dict[str, bytes]:
    """Numbers of the card's private keys, as they would lie in any encoding."""
    keys = {"authentication key": made.authentication_key, "card-surface key": made.surface_key}
    if made.signature_key:
        keys["signature key"] = made.signature_key
    found: dict[str, bytes] = {}
    for name, key in keys.items():
        assert key is not None
        numbers = key.private_numbers()
        for part, value in (("d", numbers.d), ("p", numbers.p), ("q", numbers.q)):
            found[f"{name}, {part}"] = _bytes(value)
    return found


def private(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """The one number of a key that nobody else may have."""
    if isinstance(key, rsa.RSAPrivateKey):
        return _bytes(key.private_numbers().d)
    return _bytes(key.private_numbers().private_value)


def _bytes(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def portions(secret: bytes) -> Iterator[bytes]:
    """Pieces of a long secret in every likely spelling."""
    for start in range(0, max(1, len(secret) - PORTION + 1), max(PORTION, len(secret) // 8)):
        piece = secret[start : start + PORTION]
        yield piece
        yield piece.hex().encode()
        yield piece.hex().upper().encode()
        for shift in range(3):
            # base64 of the same bytes depends on where in the whole they stand.
            yield base64.b64encode(secret[start + shift : start + shift + PORTION])[:-4]


class Searched:
    """Finds the secrets of one card in anything that was left behind."""

    def __init__(self, world: World, slug: str) -> None:
        made = world.cards.personalisation(world.persona(slug))
        self._digits = {
            name: re.compile(rb"(?<![0-9A-Za-z.])" + re.escape(value.encode()) + rb"(?![0-9A-Za-z])")
            for name, value in digits_of(made, world.clerk_code()).items()
        }
        long = keys_of(made)
        assert made.photo is not None
        long["photo"] = made.photo
        self._portions = {name: tuple(portions(value)) for name, value in long.items()}

    def found(self, content: bytes) -> set[str]:
        digits = {name for name, pattern in self._digits.items() if pattern.search(content)}
        return digits | {name for name, pieces in self._portions.items() if any(piece in content for piece in pieces)}

    def in_files(self, files: Iterator[Path]) -> dict[str, set[str]]:
        told = {path.name: self.found(path.read_bytes()) for path in files}
        return {name: found for name, found in told.items() if found}


def left_behind(folder: Path, *, but: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Every file below a folder, but those below ``but``."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(path.is_relative_to(one) for one in but):
            yield path
