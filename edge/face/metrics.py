"""Error rates of one-to-one comparison from scores, after the LFW protocol and ISO/IEC 19795-1's vocabulary.

FMR: share of impostor pairs accepted; FNMR: share of genuine pairs refused; TAR = 1 - FNMR; EER where both meet.
A rate is only told where there are enough impostor pairs to see it at all (at least one expected false match).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
FOLDS = 10
FMRS = (1e-2, 1e-3, 1e-4)


class Rates(NamedTuple):
    accuracy: float | None
    """Mean over ten folds, each with the threshold that is best on the other nine; None below 20 pairs."""
    accuracy_deviation: float | None
    eer: float | None
    tar: dict[str, float | None]
    """TAR at each FMR, by its name (``1e-03``); None where the impostor pairs do not suffice."""


def fmr(impostor: Scores, thresholds: Scores) -> Scores:
    """Share of impostor scores at or above each threshold."""
    ordered = np.sort(impostor)
    return np.asarray(1 - np.searchsorted(ordered, thresholds, side="left") / max(len(ordered), 1))


def fnmr(genuine: Scores, thresholds: Scores) -> Scores:
    """Share of genuine scores below each threshold."""
    ordered = np.sort(genuine)
    return np.asarray(np.searchsorted(ordered, thresholds, side="left") / max(len(ordered), 1))


def tar_at(genuine: Scores, impostor: Scores, rate: float) -> float | None:
    """TAR at the lowest threshold whose FMR is not above ``rate``."""
    if not len(genuine) or len(impostor) * rate < 1:
        return None
    allowed = int(len(impostor) * rate)
    descending = np.sort(impostor)[::-1]
    threshold = np.nextafter(descending[allowed], np.inf) if allowed < len(descending) else -np.inf
    return float(np.mean(genuine >= threshold))


def equal_error_rate(genuine: Scores, impostor: Scores) -> float | None:
    """The rate at the threshold where FMR and FNMR are nearest; their mean there."""
    if not len(genuine) or not len(impostor):
        return None
    thresholds = np.unique(np.concatenate([genuine, impostor]))
    wrongly_in, wrongly_out = fmr(impostor, thresholds), fnmr(genuine, thresholds)
    nearest = int(np.argmin(np.abs(wrongly_in - wrongly_out)))
    return float((wrongly_in[nearest] + wrongly_out[nearest]) / 2)


def _best_threshold(scores: Scores, same: NDArray[np.bool_]) -> float:
    """The threshold of most right answers, midway between its neighbours; lowest among equals."""
    order = np.argsort(scores)
    ordered, truth = scores[order], same[order]
    right = np.concatenate([[truth.sum()], truth.sum() - np.cumsum(truth) + np.cumsum(~truth)])
    best = int(np.argmax(right))
    if best == 0:
        return float(ordered[0])
    if best == len(ordered):
        return float(np.nextafter(ordered[-1], np.inf))
    return float((ordered[best - 1] + ordered[best]) / 2)


def ten_fold(scores: Scores, same: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Mean and standard deviation of accuracy over ten folds of pairs in the order given."""
    if len(scores) < 2 * FOLDS:
        return None
    folds = np.array_split(np.arange(len(scores)), FOLDS)
    accuracies = []
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(scores)), fold)
        threshold = _best_threshold(scores[rest], same[rest])
        accuracies.append(float(np.mean((scores[fold] >= threshold) == same[fold])))
    return float(np.mean(accuracies)), float(np.std(accuracies, ddof=1))


def rates(scores: Scores, same: NDArray[np.bool_]) -> Rates:
    """Every figure for scores (n) and the truth (n)."""
    genuine, impostor = scores[same], scores[~same]
    folded = ten_fold(scores, same)
    return Rates(
        accuracy=folded[0] if folded else None,
        accuracy_deviation=folded[1] if folded else None,
        eer=equal_error_rate(genuine, impostor),
        tar={f"{rate:.0e}": tar_at(genuine, impostor, rate) for rate in FMRS},
    )
