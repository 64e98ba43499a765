"""What the clinics' domain counts for ``/metrics``. Labels are codes only."""

from prometheus_client import CollectorRegistry, Counter

METRICS = {
    "onshi_clinics_bulks_total": "Bulk requests taken in, by kind.",
    "onshi_clinics_bulk_units_total": "Units of bulk requests worked off, by kind and outcome (answered, failed).",
    "onshi_clinics_reference_numbers_total": "照会番号 asked to be registered one by one, by outcome.",
}
"""Every metric by name, for the handbook."""


class ClinicsMetrics:
    """Counters on the given registry; each process has one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, *labels: str) -> Counter:
            return Counter(name.removesuffix("_total"), METRICS[name], labels, registry=registry)

        self.bulks = counter("onshi_clinics_bulks_total", "kind")
        self.units = counter("onshi_clinics_bulk_units_total", "kind", "outcome")
        self.references = counter("onshi_clinics_reference_numbers_total", "outcome")
