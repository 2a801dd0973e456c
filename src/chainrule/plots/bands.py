"""Several runs over the epochs as bands: by how much first weights alone change a curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from chainrule.errors import ChainruleError, quoted
from chainrule.plots._layout import axes_for
from chainrule.plots._text import fonts, short
from chainrule.plots.curves import RUN_COLOURS

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes

DASHES = ("-", "--", ":", "-.")  # beside the colours, for who does not see these


def plot_bands(
    bands: Mapping[str, ArrayLike],
    *,
    looks: Mapping[str, tuple[str, str]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The median of several runs over the epochs, in a band from the lowest to the highest.

    Args:
        bands: by name, values `(E + 1, S)` of E epochs, the first untrained, and S runs, finite.
        looks: colour and dashes by name; names without have some that differ.
        ax: to draw on; a new figure's if None.

    Raises:
        ChainruleError: if there is no band, or one has no epoch, no run, or a value that is not
            finite.
    """
    from matplotlib.ticker import MaxNLocator

    if not bands:
        raise ChainruleError("there is no band to draw; give the values of several runs")
    ax = axes_for(ax, 6.5, 4.2)
    for place, (name, values) in enumerate(bands.items()):
        band = np.asarray(values, dtype=float)  # (E + 1, S)
        if band.ndim != 2 or band.size == 0 or not np.isfinite(band).all():
            raise ChainruleError(
                f"the band {quoted(name)} needs finite values for each epoch and run, (E + 1, S); "
                f"got shape {band.shape}"
            )
        usual = RUN_COLOURS[place % len(RUN_COLOURS)], DASHES[place % len(DASHES)]
        colour, dash = (looks or {}).get(name, usual)
        epochs, label = np.arange(len(band)), short(name, 40)
        ax.fill_between(epochs, band.min(axis=1), band.max(axis=1), color=colour, alpha=0.18, lw=0)
        ax.plot(epochs, np.median(band, axis=1), dash, color=colour, label=label)
    ax.set(xlabel="epoch (0: untrained)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(color="0.9")
    ax.legend(prop={"size": 9, "family": fonts("".join(bands))})
    return ax
