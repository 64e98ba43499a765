"""Makes a device's identity on the appliance: key and certificate request. The key never leaves it.

The centre turns the request into a certificate (``onshi central device enrol``).
"""

import os
from pathlib import Path
from typing import NamedTuple

from edge.uplink.device import DeviceKey
from protocol.errors import OnshiError, device

KEY_FILE = "device.key"
REQUEST_FILE = "device.csr"


class Identity(NamedTuple):
    key: Path
    request: Path


def make_identity(folder: Path, device_id: str) -> Identity:
    """Key (0600) and request in ``folder``, made if missing (0700).

    Raises ``DEVICE-004`` when a key is there, ``DEVICE-007`` when the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = DeviceKey.generate(folder / KEY_FILE, device_id)
        request = folder / REQUEST_FILE
        request.write_bytes(key.request())
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as refused:
        raise OnshiError(device.DISK_FAILED, errno=refused.errno or 0) from None
    return Identity(folder / KEY_FILE, request)
