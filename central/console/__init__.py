"""The console of an insurer's officer: pages in the importer's own process, never in the medical centre's."""
