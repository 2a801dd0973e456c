"""The chain of the network with one hidden layer, forward and backward, with numbers."""

import itertools
from typing import TYPE_CHECKING

import numpy as np

from chainrule.data.arrays import Array
from chainrule.lab._worked import worked_numbers
from chainrule.lab.pictures.page import on_any_page, show, signed
from chainrule.plots import BLUE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

PAD = 6.0  # points between a box's text and what lies outside of it
_Place = tuple[str, str, str, float, float]  # name, shape, of what it is made, where
_FORWARD: tuple[_Place, ...] = (
    ("x", "(N, D)", "given", -0.1, 2),
    ("z_h", "(N, H)", "x, W_h, b_h", 0.9, 2),
    ("h", "(N, H)", "sigmoid of z_h", 2.18, 2),
    ("z_o", "(N, K)", "h, W_o, b_o", 3.25, 2),
    ("y", "(N, K)", "softmax of z_o", 4.2, 2),
    ("loss", "a number", "y, t", 5.15, 2),
)
_BACKWARD: tuple[_Place, ...] = (
    ("grad_z_o", "(N, K)", "y, t", 3.9, 1),
    ("grad_h", "(N, H)", "grad_z_o, W_o", 2.4, 1),
    ("grad_z_h", "(N, H)", "grad_h, slope at z_h", 0.9, 1),
    ("grad_W_o", "(H, K)", "h, grad_z_o", 3.35, 0),
    ("grad_b_o", "(K,)", "grad_z_o", 4.6, 0),
    ("grad_W_h", "(D, H)", "x, grad_z_h", 0.4, 0),
    ("grad_b_h", "(H,)", "grad_z_h", 1.75, 0),
)
_STEPS = (  # from one to the next, along the way back
    ("loss", "grad_z_o"),
    *(("grad_z_o", "grad_h"), ("grad_h", "grad_z_h")),
    *(("grad_z_o", "grad_W_o"), ("grad_z_o", "grad_b_o")),
    *(("grad_z_h", "grad_W_h"), ("grad_z_h", "grad_b_h")),
)


@on_any_page
def backpropagation() -> None:
    """Show the chain of the worked network: forward above, gradients below, with their numbers."""
    import matplotlib.pyplot as plt

    numbers = worked_numbers()
    _, ax = plt.subplots(figsize=(11, 5.2))
    ax.set(xlim=(-0.5, 5.45), ylim=(-0.45, 2.4))
    ax.set_axis_off()
    boxes = {
        name: _box(ax, place, numbers[name], colour)
        for places, colour in ((_FORWARD, BLUE), (_BACKWARD, VERMILION))
        for place in places
        for name in place[:1]
    }
    ax.figure.canvas.draw()  # now the boxes have their places
    ahead = [(a[0], b[0]) for a, b in itertools.pairwise(_FORWARD)]
    for steps, colour in ((ahead, BLUE), (_STEPS, VERMILION)):
        for start, end in steps:
            _arrow(ax, boxes[start], boxes[end], colour)
    told = [
        f"{name} {shape}, made of {of}: {_numbers(numbers[name], '; ')}"
        for name, shape, of, _, _ in (*_FORWARD, *_BACKWARD)
    ]
    show(
        "The network as a chain of boxes. Above, from left to right, the forward pass; below, "
        f"from right to left, the gradients. {'. '.join(told)}."
    )


def _box(ax: "Axes", place: _Place, numbers: Array, colour: str) -> "Text":
    name, shape, of, x, y = place
    text = f"{name}  {shape}\n{_numbers(numbers, chr(10))}\n({of})"
    frame = {"boxstyle": "round,pad=0.5", "facecolor": "none", "edgecolor": colour}
    return ax.text(x, y, text, ha="center", va="center", fontsize=9, linespacing=1.4, bbox=frame)


def _arrow(ax: "Axes", start: "Text", end: "Text", colour: str) -> None:
    """From one box to the next: from side to side in a row, else from below to above."""
    from_, to = start.get_window_extent(), end.get_window_extent()
    if start.get_position()[1] == end.get_position()[1]:
        middle = (from_.y0 + from_.y1) / 2
        left_to_right = from_.x0 < to.x0
        ends = (
            (from_.x1 if left_to_right else from_.x0, middle),
            (to.x0 if left_to_right else to.x1, middle),
        )
    else:
        ends = ((from_.x0 + from_.x1) / 2, from_.y0), ((to.x0 + to.x1) / 2, to.y1)
    tail, tip = ax.transData.inverted().transform(ends)
    look = {"arrowstyle": "-|>", "color": colour, "shrinkA": PAD, "shrinkB": PAD}
    ax.annotate("", xy=tip, xytext=tail, arrowprops=look)


def _numbers(values: Array, between: str) -> str:
    """Rows of numbers with three decimals; whole ones as they are."""
    rows = np.atleast_2d(values)
    digits = 0 if np.array_equal(rows, rows.round()) else 3
    return between.join("   ".join(signed(float(v), digits) for v in row) for row in rows)
