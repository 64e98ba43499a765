"""Which files of the card this project may touch, and how: an allow-list that every SELECT passes.

個人番号 is out of reach by construction: 券面 0005, 入力補助 0001 and 照合番号A (券面 0013, 入力補助 0014) are not
on the list, and nothing else sends a SELECT. Facts: `my-number-card` reference, section 2; trust rules ("A visit
never touches 個人番号").
"""

from collections.abc import Mapping
from enum import Enum, Flag, auto
from typing import NamedTuple


class Application(Enum):
    """Applications of the card by AID."""

    JPKI = bytes.fromhex("D392F000260100000001")
    """公的個人認証AP."""
    SURFACE = bytes.fromhex("D3921000310001010402")
    """券面AP."""
    ATTRIBUTES = bytes.fromhex("D3921000310001010408")
    """券面事項入力補助AP."""
    COMMON = bytes.fromhex("D3921000310001010100")
    """共通カードAP."""


class Use(Flag):
    """What may be done with a file once it is selected."""

    READ = auto()
    COUNT = auto()
    """Ask the free retry counter."""
    VERIFY = auto()
    SIGN = auto()


class File(NamedTuple):
    """An elementary file by application and id."""

    application: Application
    fid: int

    def __str__(self) -> str:
        return f"{self.application.name}/{self.fid:04X}"


SIGNATURE_CA = File(Application.JPKI, 0x0002)
TOKEN = File(Application.JPKI, 0x0006)
CERTIFICATES_PRESENT = File(Application.JPKI, 0x0008)
AUTHENTICATION_CERTIFICATE = File(Application.JPKI, 0x000A)
AUTHENTICATION_CA = File(Application.JPKI, 0x000B)
AUTHENTICATION_KEY = File(Application.JPKI, 0x0017)
AUTHENTICATION_PIN = File(Application.JPKI, 0x0018)
SIGNATURE_PASSWORD = File(Application.JPKI, 0x001B)

SURFACE_AGE = File(Application.SURFACE, 0x0001)
SURFACE_FACE = File(Application.SURFACE, 0x0002)
SURFACE_ISSUER = File(Application.SURFACE, 0x0004)
SURFACE_BIRTH = File(Application.SURFACE, 0x0011)
SURFACE_NUMBER_B = File(Application.SURFACE, 0x0012)

ATTRIBUTES_TEXT = File(Application.ATTRIBUTES, 0x0002)
ATTRIBUTES_NUMBER_B = File(Application.ATTRIBUTES, 0x0015)

COMMON_NUMBER = File(Application.COMMON, 0x0001)

_SECRET = Use.COUNT | Use.VERIFY

ALLOWED: Mapping[File, Use] = {
    SIGNATURE_CA: Use.READ,
    TOKEN: Use.READ,
    CERTIFICATES_PRESENT: Use.READ,
    AUTHENTICATION_CERTIFICATE: Use.READ,
    AUTHENTICATION_CA: Use.READ,
    AUTHENTICATION_KEY: Use.SIGN,
    AUTHENTICATION_PIN: _SECRET,
    SIGNATURE_PASSWORD: Use.COUNT,
    SURFACE_AGE: Use.READ,
    SURFACE_FACE: Use.READ,
    SURFACE_ISSUER: Use.READ,
    SURFACE_BIRTH: _SECRET,
    SURFACE_NUMBER_B: _SECRET,
    ATTRIBUTES_TEXT: Use.READ,
    ATTRIBUTES_NUMBER_B: _SECRET,
    COMMON_NUMBER: Use.READ,
}


class ForbiddenFile(Exception):
    """A file, or a use of it, that is not on the list: a mistake in our own code, never the card's."""


def allow(file: File, use: Use) -> None:
    """Raises `ForbiddenFile` unless the list holds this file with this use."""
    if use not in ALLOWED.get(file, Use(0)):
        raise ForbiddenFile(f"{file} for {use.name}")
