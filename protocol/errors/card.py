"""Catalogue of reading the card, its applications and its secrets. Codes CARD-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401
