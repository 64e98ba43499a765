"""Imports every domain's tables, so that `metadata` is whole: for the migrations and their tests only."""

from importlib import import_module

from central.db.schema import metadata

DOMAINS = (
    "central.audit.tables",
    "central.checkups.tables",
    "central.clinics.tables",
    "central.console.tables",
    "central.disclosure.tables",
    "central.facilities.tables",
    "central.insurers.tables",
    "central.presence.tables",
    "central.receipts.tables",
    "central.register.guards",
    "central.register.tables",
    "central.trust.tables",
)

for _domain in DOMAINS:
    import_module(_domain)

__all__ = ["DOMAINS", "metadata"]
