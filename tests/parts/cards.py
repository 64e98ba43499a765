"""Toy cards for tests: `toy_card()` is an ordinary adult's card; keyword arguments change single fields.

Keys are made once per test process; the certificates are self-signed and prove nothing (the J-LIS stand-in,
`sandbox.jlis`, issues real ones).
"""

import dataclasses
import functools
from datetime import UTC, date, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sandbox.card import CardPersonalisation, VirtualCard, personalise
from sandbox.card.pictures import drawn_portrait, photo_jp2
from sandbox.jlis import cvc

PASSWORD = "ABC123"


@functools.cache
def toy_key(name: str) -> rsa.RSAPrivateKey:
    """An RSA-2048 key by name, made on first use."""
    return rsa.generate_private_key(65537, 2048)


@functools.cache
def toy_certificate(name: str) -> bytes:
    """A self-signed DER certificate over ``toy_key(name)``."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(toy_key(name).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 2, 17, 14, 59, 59, tzinfo=UTC))
    )
    return builder.sign(toy_key(name), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@functools.cache
def toy_issuer(use: cvc.CvUse) -> cvc.SurfaceIssuer:
    """A municipality's key with its card-verifiable certificate, issued under ``toy_key("cv" + use)``."""
    authority = cvc.CvAuthority(use, toy_key(f"cv {use.value}"), cvc.key_id(use, 0, 1))
    return cvc.issue(authority, toy_key(f"municipality {use.value}"), cvc.key_id(use, 201, 99201))


@functools.cache
def toy_photo() -> bytes:
    return photo_jp2(drawn_portrait(1))


def toy_personalisation(**changes: Any) -> CardPersonalisation:
    """昭和55年2月17日生, 2035 expiry, code 2285: 照合番号B is 55021720352285, the PIN 1234."""
    ordinary = CardPersonalisation(
        authentication_key=toy_key("authentication"),
        authentication_certificate=toy_certificate("authentication"),
        authentication_ca=toy_certificate("authentication ca"),
        signature_key=toy_key("signature"),
        signature_certificate=toy_certificate("signature"),
        signature_ca=toy_certificate("signature ca"),
        signature_password=PASSWORD,
        surface_key=toy_key("surface"),
        issuer=toy_issuer(cvc.CvUse.SURFACE),
        attributes_issuer=toy_issuer(cvc.CvUse.ATTRIBUTES),
        name="海老　花子",
        address="架空県見本市中央一丁目２番３号",
        birth=date(1980, 2, 17),
        sex="2",
        expiry=date(2035, 2, 17),
        security_code="2285",
        individual_number="999999999999",
        photo=toy_photo(),
    )
    return dataclasses.replace(ordinary, **changes)


def toy_card(**changes: Any) -> VirtualCard:
    return personalise(toy_personalisation(**changes))
