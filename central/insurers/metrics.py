"""What the importer tells at ``/metrics``: how fresh the insurers' data is. No insurer is named: numbers only."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge

from central.insurers.freshness import Fresh

METRICS = {
    "onshi_insurers_quiet": "Insurers that have not uploaded for several times their own usual distance: look at once.",
    "onshi_insurers_waiting_uploads": "Uploads that are received or held and not yet over.",
    "onshi_insurers_waiting_lines": "Lines of those uploads, as far as they are read.",
    "onshi_insurers_oldest_wait_seconds": "Age of the oldest upload that waits; 0 when none does.",
    "onshi_insurers_late_lines": "Lines of the last 30 days that came more than the set days after their event.",
    "onshi_insurers_open_work": "Open items of all work lists.",
}
"""Every metric by name, for the handbook."""


class InsurerMetrics:
    """Gauges on the given registry, brought up to date by `show`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauges = {name: Gauge(name, told, registry=registry) for name, told in METRICS.items()}

    def show(self, found: Sequence[Fresh], *, now: float) -> None:
        """``now`` in seconds since 1970."""
        since = [one.waiting_since.timestamp() for one in found if one.waiting_since is not None]
        values = {
            "onshi_insurers_quiet": sum(one.quiet for one in found),
            "onshi_insurers_waiting_uploads": sum(one.waiting_uploads for one in found),
            "onshi_insurers_waiting_lines": sum(one.waiting_lines for one in found),
            "onshi_insurers_oldest_wait_seconds": now - min(since) if since else 0,
            "onshi_insurers_late_lines": sum(one.late_lines for one in found),
            "onshi_insurers_open_work": sum(one.open_work for one in found),
        }
        for name, value in values.items():
            self._gauges[name].set(value)
