"""The DET plot: FNMR against FMR, both on a logarithmic axis, as PNG."""

from pathlib import Path

import numpy as np

from edge.face.metrics import Scores, fmr, fnmr


def det_plot(genuine: Scores, impostor: Scores, target: Path) -> None:
    """Draw one curve over every threshold that occurs; rates of zero have no place on a logarithmic axis."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    thresholds = np.unique(np.concatenate([genuine, impostor]))
    figure, axes = pyplot.subplots(figsize=(6, 5), layout="constrained")
    wrongly_in, wrongly_out = fmr(impostor, thresholds), fnmr(genuine, thresholds)
    seen = (wrongly_in > 0) & (wrongly_out > 0)
    axes.set(xscale="log", yscale="log", xlim=(1e-5, 1), ylim=(1e-4, 1))
    if seen.any():
        axes.plot(wrongly_in[seen], wrongly_out[seen], drawstyle="steps-post")
    else:
        axes.text(0.5, 0.5, "no errors among these pairs", ha="center", transform=axes.transAxes)
    axes.set_xlabel(f"FMR ({len(impostor)} impostor pairs)")
    axes.set_ylabel(f"FNMR ({len(genuine)} genuine pairs)")
    axes.grid(visible=True, which="both", alpha=0.3)
    figure.savefig(target, dpi=120, format="png")
    pyplot.close(figure)
