"""Which device or officer is on the other end of a request: from the TLS client certificate, or a proxy's word."""

from typing import Protocol
from urllib.parse import unquote

from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from central.facilities.device import Device
from central.insurers.officer import Officer
from protocol.errors import OnshiError
from protocol.errors.central import DEVICE_NOT_SHOWN
from protocol.errors.insurers import OFFICER_UNKNOWN

HOP_HEADER = "X-Onshi-Client-Certificate"
"""URL-encoded PEM of the client certificate, set by the proxy that ended TLS (and removed there from outside)."""
_HOP_LIMIT = 16384


class Directory(Protocol):
    """Who is enrolled: `central.facilities.service.Facilities`."""

    async def device_of(self, certificate: bytes) -> Device:
        """The device whose current certificate (DER) this is; `OnshiError` for unknown, expired, revoked."""
        ...


class ClientCertificate:
    """The client certificate (DER) behind a request. ``trusted_hop``: the proxy's address; empty: TLS ends here."""

    def __init__(self, trusted_hop: str = "") -> None:
        self._trusted_hop = trusted_hop

    def of(self, request: web.Request) -> bytes | None:
        """None where none was shown, or by somebody who is not the proxy."""
        return self._from_hop(request) if self._trusted_hop else _from_tls(request)

    def _from_hop(self, request: web.Request) -> bytes | None:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if not peer or peer[0] != self._trusted_hop:
            return None
        told = request.headers.getall(HOP_HEADER, [])
        if len(told) != 1 or len(told[0]) > _HOP_LIMIT:
            return None
        try:
            return load_pem_x509_certificate(unquote(told[0]).encode("ascii")).public_bytes(Encoding.DER)
        except (ValueError, UnicodeEncodeError):
            return None


def _from_tls(request: web.Request) -> bytes | None:
    tls = request.transport.get_extra_info("ssl_object") if request.transport else None
    if tls is None:
        return None
    der: bytes | None = tls.getpeercert(binary_form=True)
    return der


class DeviceAuthentication:
    """Finds the calling device. ``trusted_hop``: the proxy's address; empty means that TLS ends here."""

    def __init__(self, directory: Directory, *, trusted_hop: str = "") -> None:
        self._directory = directory
        self._certificate = ClientCertificate(trusted_hop)

    async def __call__(self, request: web.Request) -> Device:
        der = self._certificate.of(request)
        if not der:
            raise OnshiError(DEVICE_NOT_SHOWN)
        return await self._directory.device_of(der)


class OfficerDirectory(Protocol):
    """Who is enrolled: `central.insurers.officers.Officers`."""

    async def authenticate(self, certificate: bytes) -> Officer:
        """The officer whose current certificate (DER) this is; `OnshiError` for unknown, expired, revoked."""
        ...


class OfficerAuthentication:
    """Finds the insurer's officer who calls. ``trusted_hop`` as for devices."""

    def __init__(self, directory: OfficerDirectory, *, trusted_hop: str = "") -> None:
        self._directory = directory
        self._certificate = ClientCertificate(trusted_hop)

    async def __call__(self, request: web.Request) -> Officer:
        der = self._certificate.of(request)
        if not der:
            raise OnshiError(OFFICER_UNKNOWN)
        return await self._directory.authenticate(der)
