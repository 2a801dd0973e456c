"""Where things go on a picture: axes, tiles, ticks and sizes of text; and pictures as files."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chainrule.plots._text import class_names, fonts, quiet_import, short

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

# Okabe and Ito, Color Universal Design (2008): told apart with any kind of colour vision.
BLUE, VERMILION = "#0072B2", "#D55E00"
MOST_TICKS = 40
# Where axes stand until the constrained layout moves them: sizes of text are chosen before that.
FIRST_GUESS = {"left": 0.04, "right": 0.96, "bottom": 0.04, "top": 0.96}
CHARACTER = 0.6  # width of an average character, in font sizes
DPI = 150


def figure_png(
    draw: Callable[[Axes], object], width: float, height: float, title: str = ""
) -> bytes:
    """Call `draw` with the axes of a new white figure and return the figure as a PNG.

    Needs neither pyplot nor a display; the same drawing gives the same bytes.

    `draw` is one of this module's functions with its other arguments bound; `width` and `height`
    are in inches, of 150 pixels each; `title` stands over it, in as many lines as it needs.
    """
    with quiet_import():
        from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    if title:
        size = 9.0
        lines = textwrap.wrap(title, int(width * 72 / (CHARACTER * size)))
        words = "\n".join(short(line, len(line)) for line in lines)
        figure.suptitle(words, fontsize=size, fontfamily=fonts(words))
    draw(figure.subplots(gridspec_kw=FIRST_GUESS))
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
    return png.getvalue()


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """`ax`, or the axes of a new pyplot figure of that size in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    new: Axes = pyplot.subplots(
        figsize=(width, height), layout="constrained", gridspec_kw=FIRST_GUESS
    )[1]
    return new


def weight_colours() -> Colormap:
    """Vermilion where negative, blue where positive, deeper far from 0; at 0 the page shows."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    stops = ((0.0, VERMILION, 1), (0.5, VERMILION, 0), (0.5, BLUE, 0), (1.0, BLUE, 1))
    colours = [(at, to_rgba(colour, alpha)) for at, colour, alpha in stops]
    return LinearSegmentedColormap.from_list("weights", colours)


def points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes, in points (of which text is measured)."""
    return ax.bbox.width / ax.figure.dpi * 72, ax.bbox.height / ax.figure.dpi * 72


def tiled(ax: Axes, titles: Sequence[str], *, width: float = 1.0) -> list[Axes]:
    """Divide the leftmost `width` of the axes into square tiles, as large as fit, with titles."""
    ax.set_axis_off()
    full, high = points(ax)
    wide, number = width * full, len(titles)
    lines = max(title.count("\n") + 1 for title in titles)
    size = 9.0
    text = size * 1.3 * lines + 3

    def side_of(columns: int) -> float:
        return max(1.0, min(0.92 * wide / columns, high / math.ceil(number / columns) - text))

    columns = max(range(1, number + 1), key=side_of)
    side, column, row = side_of(columns), wide / columns, high / math.ceil(number / columns)
    longest = max(len(line) for title in titles for line in title.split("\n"))
    size = min(size, max(7.0, column / (CHARACTER * longest)))
    fits = max(3, int(column / (CHARACTER * size)))
    tiles = []
    for place, title in enumerate(titles):
        down, across = divmod(place, columns)
        left, bottom = across * column + (column - side) / 2, high - down * row - text - side
        tile = ax.inset_axes((left / full, bottom / high, side / full, side / high))
        fitted = "\n".join(short(line, fits) for line in title.split("\n"))
        # At a given height matplotlib does not look for one, nor for room in a layout: it is slow.
        tile.set_title(fitted, fontsize=size, fontfamily=fonts(fitted), pad=2, y=1.0)
        tile.set(xticks=[], yticks=[], in_layout=False)
        tile.spines[:].set_color("0.8")
        tiles.append(tile)
    return tiles


def class_ticks(ax: Axes, classes: Sequence[int | str], which: str = "x") -> None:
    """Name the classes along an axis, turned where they would touch; every few if many."""
    step = math.ceil(len(classes) / MOST_TICKS)
    names = [short(name) for name in class_names(classes)][::step]
    places, size = range(0, len(classes), step), 10.0 if len(classes) <= 12 else 8.0
    room = 0.8 * points(ax)[0] / len(names)
    turned = which == "x" and max(map(len, names)) * CHARACTER * size > room
    draw = ax.set_xticks if which == "x" else ax.set_yticks
    rotation = 90 if turned else 0
    draw(places, names, fontsize=size, fontfamily=fonts("".join(names)), rotation=rotation)
