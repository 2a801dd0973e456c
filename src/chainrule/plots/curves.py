"""Pictures of a training run: curves over epochs, confusions, the nonlinearity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ChainruleError, choose
from chainrule.nn.activations import ACTIVATIONS
from chainrule.plots._layout import (
    BLUE,
    CHARACTER,
    VERMILION,
    axes_for,
    class_ticks,
    points,
)
from chainrule.plots._text import fonts, short

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes

    from chainrule.training.history import History

GREEN, PURPLE, BLACK = "#009E73", "#CC79A7", "#000000"
# The settings of `replay` look the same wherever they are drawn.
REPLAY_LOOKS = {
    "published": (VERMILION, "--"),
    "one-fault-mended": (PURPLE, ":"),
    "softmax": (BLUE, "-"),
    "sigmoid-derivative": (BLACK, "-."),
    "recipe": (GREEN, "-"),
}
RUN_COLOURS = (BLUE, PURPLE, GREEN, "#E69F00", "#56B4E9", BLACK, VERMILION)
PART_STYLES = {"train": (BLUE, "-"), "validation": (GREEN, ":"), "test": (VERMILION, "--")}
MARKERS = "osD^vP*"
SMALLEST_COUNT = 4.5  # points; smaller digits cannot be read


def plot_activation(activation: str = "sigmoid", *, ax: Axes | None = None) -> Axes:
    """A hidden layer's nonlinearity and its derivative, for pre-activations z from −5 to 5.

    Raises:
        ChainruleError: if `activation` is not the name of one.
    """
    f = choose("activation", activation, ACTIVATIONS)
    z = np.linspace(-5, 5, 501)
    ax = axes_for(ax, 6, 4)
    ax.plot(z, f.function(z), color=BLUE, linewidth=2, label=f"{f.symbol}(z)")
    ax.plot(z, f.derivative(z), "--", color=VERMILION, linewidth=2, label="its derivative")
    ax.set(xlabel="pre-activation z", xlim=(-5, 5))
    ax.grid(color="0.9")
    ax.legend()
    return ax


def plot_losses(
    histories: History | Mapping[str, History],
    *,
    colours: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Mean negative log likelihood per epoch, in nats per sample, on a logarithmic axis.

    One curve for each run, by name, and each part that it measured; epoch 0 is untrained. Runs
    differ in colour, those of `colours` as it says; the parts of a run in their dashes. A history
    without a name has a colour for each part.

    Raises:
        ChainruleError: if there is no history, or one has no rows.
    """
    ax = _curves(histories, "loss_mean", colours or {}, ax)
    ax.set(ylabel="mean loss (nats per sample)")
    fit_loss_axis(ax)
    return ax


def fit_loss_axis(ax: Axes) -> None:
    """A logarithmic axis for losses, in plain numbers."""
    from matplotlib.ticker import LogFormatter, LogLocator

    ax.set(yscale="log")
    # Powers of ten and their 2nd and 5th multiples, in plain numbers: losses span few decades.
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(0, 0)))


def plot_accuracies(
    histories: History | Mapping[str, History],
    *,
    colours: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Share of samples classified rightly per epoch, 0 to 1.

    The axis reaches as far as the trained models do, so that their lines part; where the untrained
    ones lie below it, its label says at what. Curves, colours and errors are those of
    `plot_losses`.
    """
    ax = _curves(histories, "accuracy", colours or {}, ax)
    ax.set(ylabel="accuracy")
    fit_accuracy_axis(ax, [np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    return ax


def fit_accuracy_axis(ax: Axes, curves: Sequence[NDArray[np.float64]]) -> None:
    """Let the axis reach as far as trained models do, and its label say where the others are.

    Each of the curves is `(E + 1,)`, the first value that of an untrained model.
    """
    begin = [curve[0] for curve in curves]
    trained = np.concatenate([curve[1:][np.isfinite(curve[1:])] for curve in curves])
    if len(trained) == 0:
        ax.set(ylim=(0, 1.05))
        return
    low, high = float(trained.min()), float(trained.max())
    room = max(0.08 * (high - low), 0.003)
    if max(begin) < low - room:
        words = " and ".join(sorted({f"{value:.2f}" for value in (min(begin), max(begin))}))
        ax.set(xlabel=f"epoch (0: untrained, {words}, below the picture)")
    else:
        low = min(low, *begin)
    ax.set(ylim=(max(low - room, -0.02), min(high + room, 1.02)))


def plot_confusion(
    matrix: NDArray[np.int64], classes: Sequence[int | str], *, ax: Axes | None = None
) -> Axes:
    """Counts by true and predicted class: right ones blue, wrong ones vermilion.

    Where there are none the page shows. Each of the two colours has its own scale, so that few
    wrong ones beside many right ones show. Numbers that would be too small to read are left out.
    `matrix` is `(K, K)`, true classes in rows and predicted ones in columns; `classes` names the K
    classes.

    Raises:
        ChainruleError: if `matrix` is not `(K, K)`.
    """
    from matplotlib.colors import to_rgb

    counts, n = np.asarray(matrix), len(classes)
    if counts.shape != (n, n):
        raise ChainruleError(
            f"{n} classes need a confusion matrix of shape ({n}, {n}), got {counts.shape}"
        )
    right = np.eye(n, dtype=bool)
    shares = np.zeros(counts.shape)  # (K, K): depth of colour, pale enough for black digits
    for cells in (right, ~right):
        most = max(counts[cells].max(initial=0), 1)
        shares[cells] = np.where(counts[cells] > 0, 0.15 + 0.55 * counts[cells] / most, 0)
    hues = np.where(right[..., None], to_rgb(BLUE), to_rgb(VERMILION))  # (K, K, 3)

    ax = axes_for(ax, *[min(9.0, max(5.0, 0.33 * n))] * 2)
    colours = 1 - shares[..., None] * (1 - hues)
    ax.imshow(np.dstack([colours, counts > 0]))  # where nothing is counted the page shows
    width = min(points(ax)) / n
    size = min(11.0, 0.55 * width, 0.7 * width / (CHARACTER * len(str(counts.max(initial=0)))))
    if size >= SMALLEST_COUNT:
        for row, column in np.argwhere(counts > 0):
            ax.text(
                column,
                row,
                str(counts[row, column]),
                size=size,
                color="black",
                ha="center",
                va="center",
            )
    key = "blue: right, orange: wrong; the deeper, the more"
    ax.set(xlabel=f"predicted\n{key}", ylabel="true")
    class_ticks(ax, classes)
    class_ticks(ax, classes, which="y")
    return ax


def _curves(
    histories: History | Mapping[str, History],
    quantity: str,
    colours: Mapping[str, str],
    ax: Axes | None,
) -> Axes:
    """One curve per run and part."""
    from matplotlib.ticker import MaxNLocator

    if not isinstance(histories, Mapping):
        histories = {"": histories}
    empty = [name for name, history in histories.items() if len(history) == 0]
    if not histories or empty:
        raise ChainruleError(f"there is no history to draw{''.join(f' in {n!r}' for n in empty)}")
    ax = axes_for(ax, 6.5, 4.2)
    for run, (name, history) in enumerate(histories.items()):
        for part, (colour, style) in PART_STYLES.items():
            values = history.column(f"{part}_{quantity}")
            if all(value is None for value in values):
                continue
            ax.plot(
                history.column("epoch"),
                [math.nan if value is None else value for value in values],
                linestyle=style,
                color=colours.get(name, RUN_COLOURS[run % len(RUN_COLOURS)]) if name else colour,
                marker=MARKERS[run % len(MARKERS)],
                markersize=4,
                label=f"{part} ({short(name, 30)})" if name else part,
            )
    ax.set(xlabel="epoch (0: untrained)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(color="0.9")
    words = "".join(str(line.get_label()) for line in ax.lines)
    ax.legend(prop={"size": 9, "family": fonts(words)})
    return ax
