"""Catalogue of the line between appliance and centre. Codes LINE-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401
