"""What ``/metrics`` tells, in a registry of our own. Labels are routes, codes and parts: never an id of anybody."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.registry import Collector

from central.audit.journal import Journal

METRICS = {
    "onshi_requests_total": "Requests answered, by route, method and status.",
    "onshi_request_seconds": "Seconds from the request's first byte handled to the answer, by route.",
    "onshi_refusals_total": "Requests refused, by catalogue code.",
    "onshi_audit_rows_total": "Audit rows on disk since the start.",
    "onshi_audit_commits_total": "Commits that carried those rows.",
    "onshi_ready": "1 when the part is ready, 0 when not; as last asked by /readyz.",
    "onshi_fleet_messages_total": "Requests over MQTT, by outcome.",
}
"""Every metric by name, for the handbook; a test holds the registry to it."""

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Metrics:
    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    refusals: Counter
    audit_rows: Counter
    audit_commits: Counter
    ready: Gauge
    fleet: Counter

    def text(self) -> bytes:
        return generate_latest(self.registry)

    def follow(self, journal: Journal) -> None:
        """Lets the audit metrics show this journal's counts."""
        _Follow(self, journal)


class _Follow(Collector):
    """Copies the journal's counts at the moment of asking, so that writing a row costs nothing here."""

    def __init__(self, metrics: Metrics, journal: Journal) -> None:
        self._metrics = metrics
        self._journal = journal
        self._seen = (0, 0)
        metrics.registry.register(self)

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> list[Metric]:
        rows, commits = self._journal.rows, self._journal.commits
        self._metrics.audit_rows.inc(rows - self._seen[0])
        self._metrics.audit_commits.inc(commits - self._seen[1])
        self._seen = (rows, commits)
        return []


def make_metrics() -> Metrics:
    """A fresh registry with every metric of `METRICS`."""
    registry = CollectorRegistry()

    def counter(name: str, *labels: str) -> Counter:
        return Counter(name.removesuffix("_total"), METRICS[name], labels, registry=registry)

    return Metrics(
        registry=registry,
        requests=counter("onshi_requests_total", "route", "method", "status"),
        seconds=Histogram(
            "onshi_request_seconds", METRICS["onshi_request_seconds"], ("route",), registry=registry, buckets=BUCKETS
        ),
        refusals=counter("onshi_refusals_total", "code"),
        audit_rows=counter("onshi_audit_rows_total"),
        audit_commits=counter("onshi_audit_commits_total"),
        ready=Gauge("onshi_ready", METRICS["onshi_ready"], ("part",), registry=registry),
        fleet=counter("onshi_fleet_messages_total", "outcome"),
    )
