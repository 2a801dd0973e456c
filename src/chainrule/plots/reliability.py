"""A picture of how often a model is right where it is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.plots._layout import BLUE, VERMILION, axes_for

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes

    from chainrule.nn.reliability import Reliability


def plot_reliability(counted: Reliability, *, ax: Axes | None = None) -> tuple[Axes, Axes]:
    """Accuracy against confidence, and below it how many predictions have which confidence.

    On the diagonal a model is right as often as it says; below it, it is too sure. The lower
    panel counts right and wrong predictions apart, on a logarithmic axis, so that the few wrong
    ones show.

    Returns:
        The inner axes: the diagram, and the counts.
    """
    ax = axes_for(ax, 5, 5.2)
    ax.set_axis_off()
    diagram, counts = ax.inset_axes((0, 0.42, 1, 0.58)), ax.inset_axes((0, 0, 1, 0.32))
    diagram.plot([0, 1], [0, 1], "--", color="0.6", label="as sure as right")
    label = f"the model, {counted.expected_error:.3f} off on the mean"
    there = np.isfinite(counted.accuracy)
    diagram.plot(counted.confidence[there], counted.accuracy[there], "o-", color=BLUE, label=label)
    diagram.set(xlim=(0, 1), ylim=(-0.03, 1.03), ylabel="accuracy")
    diagram.grid(color="0.9")
    diagram.legend(fontsize=9, loc="lower right")

    middle, width = (counted.edges[:-1] + counted.edges[1:]) / 2, counted.edges[1]
    counts.bar(middle - 0.2 * width, counted.n_right, 0.4 * width, color=BLUE, label="right")
    counts.bar(
        middle + 0.2 * width,
        counted.n_wrong,
        0.4 * width,
        fill=False,
        edgecolor=VERMILION,
        hatch="///",
        label="wrong",
    )
    most = max(counted.n_right.max(), counted.n_wrong.max())
    counts.set(
        yscale="log", xlim=(0, 1), ylim=(0.7, 2 * most), ylabel="predictions",
        xlabel="confidence: probability of the class predicted",
    )  # fmt: skip
    counts.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    counts.legend(fontsize=9, loc="upper left")
    return diagram, counts
