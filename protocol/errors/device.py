"""Catalogue of the appliance itself: configuration, pcscd, disk. Codes DEVICE-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401
