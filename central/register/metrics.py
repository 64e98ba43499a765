"""What the register counts for ``/metrics``. Labels are codes only."""

from prometheus_client import CollectorRegistry, Counter

METRICS = {
    "onshi_register_answers_total": (
        "Eligibility answers, by how they were asked (OQSCD002) and their validity (OQSCD006)."
    ),
    "onshi_register_conflicts_total": (
        "Card answers in which valid coverages of several insured records contradicted each other."
    ),
    "onshi_register_limited_total": "Queries by number refused because a facility asked too often.",
    "onshi_register_miss_alarms_total": "Runs of queries by number that fitted nobody, at one facility.",
}
"""Every metric by name, for the handbook."""


class RegisterMetrics:
    """Counters on the given registry; each process has one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, *labels: str) -> Counter:
            return Counter(name.removesuffix("_total"), METRICS[name], labels, registry=registry)

        self.answers = counter("onshi_register_answers_total", "reference", "validity")
        self.conflicts = counter("onshi_register_conflicts_total")
        self.limited = counter("onshi_register_limited_total")
        self.miss_alarms = counter("onshi_register_miss_alarms_total")
