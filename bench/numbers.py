"""Percentiles and tables of a benchmark: nearest rank, milliseconds."""

from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank; 0 for no values."""
    if not values:
        return 0.0
    ranked = sorted(values)
    rank = max(0, -(-len(ranked) * percent // 100) - 1)
    return ranked[int(rank)]


def p50(values: Sequence[float]) -> float:
    return percentile(values, 50)


def p95(values: Sequence[float]) -> float:
    return percentile(values, 95)
