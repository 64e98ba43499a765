"""What the door counts for ``/metrics``. Labels are codes only."""

from prometheus_client import CollectorRegistry, Counter

METRICS = {
    "onshi_disclosure_readings_total": "Readings of medical information that left, by purpose.",
    "onshi_disclosure_refusals_total": "Readings refused at the door, by catalogue code.",
    "onshi_disclosure_miss_alarms_total": "Runs of readings that found nobody with a consent, at one facility.",
    "onshi_disclosure_retries_total": "Readings read again because a grant, stop or tie changed before their commit.",
    "onshi_disclosure_lookups_total": "Lookups of people in a disaster, by outcome (answered, or a catalogue code).",
}
"""Every metric by name, for the handbook."""


class DisclosureMetrics:
    """Counters on the given registry; each process has one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, *labels: str) -> Counter:
            return Counter(name.removesuffix("_total"), METRICS[name], labels, registry=registry)

        self.readings = counter("onshi_disclosure_readings_total", "purpose")
        self.refusals = counter("onshi_disclosure_refusals_total", "code")
        self.lookups = counter("onshi_disclosure_lookups_total", "outcome")
        self.miss_alarms = counter("onshi_disclosure_miss_alarms_total")
        self.retries = counter("onshi_disclosure_retries_total")
