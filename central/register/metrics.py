"""What the register counts for ``/metrics``. Labels are codes only."""

from prometheus_client import CollectorRegistry, Counter


class RegisterMetrics:
    """Counters on the given registry; each process has one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.answers = Counter(
            "onshi_register_answers",
            "Eligibility answers by how they were asked (OQSCD002) and their validity (OQSCD006)",
            ("reference", "validity"),
            registry=registry,
        )
        self.conflicts = Counter(
            "onshi_register_conflicts",
            "Card answers in which valid coverages of several insured records contradicted each other",
            registry=registry,
        )
        self.limited = Counter(
            "onshi_register_limited", "Queries by number refused because a facility asked too often", registry=registry
        )
        self.miss_alarms = Counter(
            "onshi_register_miss_alarms",
            "Runs of queries by number that fitted nobody, at one facility",
            registry=registry,
        )
