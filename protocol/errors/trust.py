"""Catalogue of certificates, evidence, challenges. Codes TRUST-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401
