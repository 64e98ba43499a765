"""Catalogue of one patient's visit: methods, consent, order of steps. Codes VISIT-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401
