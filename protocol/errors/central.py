"""Catalogue of the central server: who may ask, enrolment, its own health. Codes CENTRE-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401
