"""Catalogue of folder files and messages of clinic software. Codes CLINIC-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401
