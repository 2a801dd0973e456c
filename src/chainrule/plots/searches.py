"""Pictures of a search: accuracy by learning rate and width, and what matters."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import ChainruleError
from chainrule.plots._layout import BLUE, axes_for

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes

MOST_COLUMNS, MOST_ROWS = 6, 6


def plot_rate_width(
    rates: ArrayLike, widths: ArrayLike, accuracies: ArrayLike, *, ax: Axes | None = None
) -> Axes:
    """Median accuracy of trials by learning rate and width, in at most 6 × 6 cells.

    Cells have equal ratios. One is deeper the fewer errors it has, on a logarithmic scale, so that
    good settings part though bad ones were tried. In each stand the median accuracy and the number
    of trials.

    Args:
        rates: learning rates `(N,)`, more than 0.
        widths: units of a hidden layer, `(N,)`, more than 0.
        accuracies: `(N,)`, 0 to 1.
        ax: to draw on; a new figure's if None.

    Raises:
        ChainruleError: if there is no trial, or the shapes do not fit.
    """
    from matplotlib.colors import to_rgb

    x, y, values = (np.asarray(of, dtype=float) for of in (rates, widths, accuracies))
    if not x.shape == y.shape == values.shape == (values.size,) or values.size == 0:
        raise ChainruleError(
            f"give a rate, a width and an accuracy for each trial; got shapes {x.shape}, "
            f"{y.shape} and {values.shape}"
        )
    columns, column_names = _cells(x, MOST_COLUMNS, "{:.2g}", "\n–")
    rows, row_names = _cells(y, MOST_ROWS, "{:.0f}", "–")
    shape = (len(row_names), len(column_names))
    numbers, medians = np.zeros(shape, int), np.zeros(shape)
    for row, column in set(zip(rows.tolist(), columns.tolist(), strict=True)):
        there = values[(rows == row) & (columns == column)]
        numbers[row, column], medians[row, column] = len(there), np.median(there)
    errors = np.log(np.maximum(1 - medians, 1e-4))
    low, high = errors[numbers > 0].min(), errors[numbers > 0].max()
    better = np.where(numbers > 0, (high - errors) / max(high - low, 1e-9), 0)
    depth = 0.15 + 0.55 * better  # pale enough for black digits
    colours = 1 - depth[..., None] * (1 - np.array(to_rgb(BLUE)))

    ax = axes_for(ax, 6.5, 4.5)
    ax.imshow(np.dstack([colours, numbers > 0]), origin="lower", aspect="auto")
    for row, column in np.argwhere(numbers > 0):
        text = f"{medians[row, column]:.3f}\n{numbers[row, column]}"
        ax.text(column, row, text, size=8, color="black", ha="center", va="center")
    ax.set_xticks(range(len(column_names)), column_names, fontsize=8)
    ax.set_yticks(range(len(row_names)), row_names, fontsize=8)
    ax.set(xlabel="learning rate\nin a cell: median accuracy, number of trials", ylabel="width")
    return ax


def plot_importance(importance: Mapping[str, float], *, ax: Axes | None = None) -> Axes:
    """Bars for the share of each setting in what makes trials better, the largest on top.

    Raises:
        ChainruleError: if there is no setting.
    """
    if not importance:
        raise ChainruleError("there is no setting to draw; give the importance of at least one")
    ax = axes_for(ax, 6, 0.5 + 0.4 * len(importance))
    shares = sorted(importance.items(), key=lambda item: item[1])
    names = [name.replace("_", " ") for name, _ in shares]
    bars = ax.barh(names, [share for _, share in shares], color=BLUE)
    ax.bar_label(bars, [f" {share:.2f}" for _, share in shares], size=9)
    ax.set(xlim=(0, 1.15 * max(*importance.values(), 1e-9)), xlabel="share of importance")
    return ax


def _cells(
    values: NDArray[np.float64], most: int, form: str, to: str
) -> tuple[NDArray[np.int64], list[str]]:
    """The cell of each value, `(N,)`, and the names of the cells: single values, or ranges."""
    single = np.unique(values)
    if len(single) <= most:
        return np.searchsorted(single, values), [form.format(value) for value in single]
    edges = np.geomspace(single[0], single[-1], most + 1)
    cells = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, most - 1)
    ends = [form.format(edge) for edge in edges]
    return cells, [f"{low}{to}{high}" for low, high in itertools.pairwise(ends)]
