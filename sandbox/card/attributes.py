"""Files of 券面事項入力補助AP: 個人番号, the four attributes (基本4情報), and their signature.

Facts: `my-number-card` reference, 2.3. The layout of ``0003`` is inferred: FF30 {DF31, DF32 SHA-256 of the first
two files' objects, DF33 signature over both}.
"""

import hashlib
from datetime import date

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from sandbox.card.tlv import indexed, tlv
from sandbox.jlis.cvc import SurfaceIssuer


def number_file(individual_number: str) -> bytes:
    """``0001``: FF10 with the 12 digits; two filler bytes follow on the card."""
    return tlv(0xFF10, individual_number.encode())


def four_attributes(name: str, address: str, birth: date, sex: str) -> bytes:
    """``0002``: name and address in UTF-8 with ideographic spaces, birth date, sex."""
    return indexed(
        0xFF20,
        0xDF21,
        [
            tlv(0xDF22, name.encode()),
            tlv(0xDF23, address.encode()),
            tlv(0xDF24, f"{birth:%Y%m%d}".encode()),
            tlv(0xDF25, sex.encode()),
        ],
    )


def signature_file(issuer: SurfaceIssuer, number: bytes, attributes: bytes) -> bytes:
    """``0003``: digests of the two files and the municipality's signature."""
    objects = tlv(0xDF31, hashlib.sha256(number).digest()) + tlv(0xDF32, hashlib.sha256(attributes).digest())
    return tlv(0xFF30, objects, tlv(0xDF33, issuer.key.sign(objects, padding.PKCS1v15(), hashes.SHA256())))
