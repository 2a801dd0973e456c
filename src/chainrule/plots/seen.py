"""Pictures that a model was asked about: what it saw of them, beside what it answered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.plots._layout import BLUE, VERMILION, axes_for, figure_png
from chainrule.plots._text import short

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes

MOST = 40  # samples in one picture
IN_ONE_COLUMN = 4
WIDTH, HEIGHT = 5.2, 1.75  # inches of one sample
BARS = 3


@dataclass(frozen=True)
class Seen:
    """A sample that a model was asked about.

    Attributes:
        name: above it.
        pixels: `(height, width)`, what the model saw.
        probabilities: `(K,)`, its answer.
        picture: `(H, W, 3)`, the picture that was given, None where there was none.
        doubt: why it may be no digit, None where nothing speaks against it.
    """

    name: str
    pixels: Array
    probabilities: Array
    picture: NDArray[np.uint8] | None = None
    doubt: str | None = None


def plot_seen(
    samples: Sequence[Seen], classes: Sequence[int | str], *, ax: Axes | None = None
) -> list[Axes]:
    """Each sample: the picture given, what the model saw of it, and the most probable classes.

    Of more than 40 samples the first 40 are drawn, and the picture says so. `classes` names the K
    classes of the probabilities.

    Returns:
        The inner axes, of one sample after the other: the picture if there is one, the pixels,
        the bars.

    Raises:
        ChainruleError: if there is no sample.
    """
    if not samples:
        raise ChainruleError("there is no sample to draw; give one or more")
    shown = samples[:MOST]
    columns, rows = _columns_and_rows(len(shown))
    ax = axes_for(ax, WIDTH * columns, HEIGHT * rows)
    ax.set_axis_off()
    if len(samples) > MOST:
        ax.set_title(f"the first {MOST} of {len(samples)} samples", fontsize=11)
    drawn: list[Axes] = []
    for place, sample in enumerate(shown):
        column, row = divmod(place, rows)
        left, bottom = column / columns, 1 - (row + 1) / rows

        def part(
            at: float, width: float, left: float = left, bottom: float = bottom
        ) -> tuple[float, float, float, float]:
            return left + at / columns, bottom + 0.2 / rows, width / columns, 0.62 / rows

        axes = [] if sample.picture is None else [ax.inset_axes(part(0.0, 0.26))]
        axes += [ax.inset_axes(part(0.29, 0.26)), ax.inset_axes(part(0.66, 0.28))]
        _draw(sample, classes, axes)
        drawn += axes
    return drawn


def seen_png(samples: Sequence[Seen], classes: Sequence[int | str]) -> bytes:
    """The picture of `plot_seen` as a PNG, as large as so many samples need.

    Raises:
        ChainruleError: if there is no sample.
    """
    columns, rows = _columns_and_rows(min(len(samples), MOST))
    return figure_png(
        lambda ax: plot_seen(samples, classes, ax=ax), WIDTH * columns, HEIGHT * rows
    )


def _columns_and_rows(number: int) -> tuple[int, int]:
    columns = 1 if number <= IN_ONE_COLUMN else 2
    return columns, math.ceil(number / columns)


def _draw(sample: Seen, classes: Sequence[int | str], axes: Sequence[Axes]) -> None:
    *images, bars = axes
    if sample.picture is not None:
        images[0].imshow(sample.picture)
        images[0].set_title("given", fontsize=8, pad=2)
    images[-1].imshow(sample.pixels, cmap="gray_r", interpolation="nearest")
    images[-1].set_title("seen", fontsize=8, pad=2)
    for image in images:
        image.set(xticks=[], yticks=[])
        image.spines[:].set_color("0.8")
    best = np.argsort(-sample.probabilities, kind="stable")[:BARS]
    y = sample.probabilities[best]
    colour = VERMILION if sample.doubt else BLUE
    bars.barh(range(len(best)), y, color=colour)
    bars.set_yticks(range(len(best)), [short(classes[i]) for i in best], fontsize=11)
    bars.invert_yaxis()
    bars.set(xlim=(0, 1), xticks=[])
    bars.spines[["top", "right", "bottom"]].set_visible(False)
    for place, probability in enumerate(y):
        inside = probability > 0.7
        bars.text(
            probability - 0.03 if inside else probability + 0.03,
            place,
            f"{probability:.4f}",
            va="center",
            ha="right" if inside else "left",
            color="white" if inside else "black",
            fontsize=8,
        )
    bars.set_title(short(sample.name, 34), fontsize=8, pad=2)
    if sample.doubt:
        bars.text(
            *(1.0, -0.04, f"may be no digit: {sample.doubt}"),
            transform=bars.transAxes,
            fontsize=7,
            ha="right",
            va="top",
            color=VERMILION,
        )
