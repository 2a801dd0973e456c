"""A picture of gradients and activations by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ChainruleError
from chainrule.plots._layout import BLUE, VERMILION, axes_for

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes

    from chainrule.training.health import LayerFigures

LOWEST = 1e-12  # what a logarithmic axis shows of a gradient of 0


def plot_layers(
    before: Sequence[LayerFigures], after: Sequence[LayerFigures], *, ax: Axes | None = None
) -> tuple[Axes, Axes]:
    """The gradient that reaches each layer, and what its units do, before and after training.

    Left, the root mean square of grad_z on a logarithmic axis: where it falls from the output to
    the first layer it vanishes, where it rises it explodes. Right, the shares of units that are
    dead or saturated, and the mean slope of the activation, of its largest. `layer_figures` gives
    what is drawn.

    Returns:
        The inner axes: the gradients, and the units.

    Raises:
        ChainruleError: if there is no layer, or the two are not of the same layers.
    """
    names = [layer.layer for layer in after]
    if not names or names != [layer.layer for layer in before]:
        raise ChainruleError("give the figures of the same layers, before and after training")
    ax = axes_for(ax, 6, 3.4)
    ax.set_axis_off()
    left, right = ax.inset_axes((0, 0, 0.42, 1)), ax.inset_axes((0.58, 0, 0.42, 1))
    places = np.arange(len(names))
    styles: Sequence[tuple[Sequence[LayerFigures], Any, str]] = (
        (before, {"color": VERMILION, "linestyle": "--", "marker": "s"}, "before"),
        (after, {"color": BLUE, "linestyle": "-", "marker": "o"}, "after"),
    )
    for layers, style, label in styles:
        gradients = [max(layer.gradient, LOWEST) for layer in layers]
        left.plot(places, gradients, label=label, **style)
    left.set(yscale="log", xlabel="layer", ylabel="gradient: RMS of grad_z")
    if all(layer.gradient > LOWEST for layer in (*before, *after)):
        low, high = left.get_ylim()
        left.set_ylim(min(low, 1e-3), max(high, 1))
    else:
        left.set_title(f"0 is drawn as {LOWEST:g}", fontsize=9)
    left.legend(fontsize=9)

    hidden = range(max(len(names) - 1, 1))
    shares: Sequence[tuple[str, list[float], Any]] = (
        ("dead", [layer.dead for layer in after], {"color": "black"}),
        ("saturated", [layer.saturated for layer in after], {"color": VERMILION}),
        ("mean slope", [layer.slope for layer in after], {"fill": False, "edgecolor": BLUE}),
    )
    for k, (label, values, look) in enumerate(shares):
        right.bar(
            [place + 0.27 * (k - 1) for place in hidden],
            [values[place] for place in hidden],
            0.25,
            label=label,
            **look,
        )
    right.set(
        ylim=(0, 1.35), yticks=[0, 0.5, 1], xlabel="hidden layer", ylabel="share, after training"
    )
    right.legend(fontsize=8, loc="upper center", frameon=False)
    left.set_xticks(places, names)
    right.set_xticks(list(hidden), [names[place] for place in hidden])
    left.grid(color="0.9")
    return left, right
