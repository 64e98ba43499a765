"""Catalogue of values from outside: numbers, dates, text, configuration. Codes INPUT-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401
