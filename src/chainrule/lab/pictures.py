"""Pictures in the lab's notebooks."""

import base64
import html
import io
from typing import TYPE_CHECKING, Any

from chainrule.plots import BLUE, VERMILION, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Place = tuple[str, str, float]  # name, shape, and where from left to right
# The chain of the network with one hidden layer.
_FORWARD: tuple[_Place, ...] = (
    *(("x", "(N, D)", 0), ("z_h", "(N, H)", 1), ("h", "(N, H)", 2)),
    *(("z_o", "(N, K)", 3), ("y", "(N, K)", 4), ("loss", "a number", 5)),
)
_STEPS = ("W_h, b_h", "sigmoid", "W_o, b_o", "softmax", "nll with t")  # between those
_BACKWARD: tuple[_Place, ...] = (
    ("grad_z_o", "(N, K)", 3),
    ("grad_h", "(N, H)", 2),
    ("grad_z_h", "(N, H)", 1),
)
# Gradients by parameters: name, shape, place, and the gradient that they come from.
_PARAMETERS = (
    *(("grad_W_o", "(H, K)", 2.5, 3), ("grad_b_o", "(K,)", 3.4, 3)),
    *(("grad_W_h", "(D, H)", 0.4, 1), ("grad_b_h", "(H,)", 1.3, 1)),
)
_ROWS = {"forward": 2.0, "backward": 1.0, "parameters": 0.0}


def show(alt: str) -> None:
    """Show the current figure with a text in its place for whoever cannot see it, and close it.

    Outside of a notebook the figure is closed.

    Args:
        alt: what is to be seen in the figure.
    """
    import matplotlib.pyplot as plt

    figure = plt.gcf()
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110, bbox_inches="tight", facecolor="white")
    plt.close(figure)
    encoded = base64.b64encode(png.getvalue()).decode("ascii")
    image = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{encoded}">'
    display({"text/html": image, "text/plain": f"[{alt}]"})


def display(output: dict[str, str]) -> None:
    """Show an output given by media type in a notebook; elsewhere nothing is shown."""
    try:
        from IPython import display as ipython
    except ImportError:
        return
    show_output: Any = ipython.display
    show_output(output, raw=True)


def plot_backpropagation(*, ax: "Axes | None" = None) -> "Axes":
    """The network with one hidden layer as a chain: forward above, gradients below, with shapes.

    Dotted lines go from each forward quantity to the gradient that needs it.
    """
    ax = axes_for(ax, 10, 4.2)
    ax.set(xlim=(-0.5, 5.5), ylim=(-0.3, 2.45))
    ax.set_axis_off()
    for name, shape, x in _FORWARD:
        _box(ax, x, "forward", name, shape, BLUE)
    for name, shape, x in _BACKWARD:
        _box(ax, x, "backward", name, shape, VERMILION)
    for name, shape, at, _ in _PARAMETERS:
        _box(ax, at, "parameters", name, shape, VERMILION)
    for i, step in enumerate(_STEPS):
        _arrow(ax, (i + 0.36, 2), (i + 0.64, 2), BLUE)
        ax.text(i + 0.5, 2.3, step, ha="center", fontsize=9, color="0.3")
    _arrow(ax, (4.85, 1.75), (3.4, 1.05), VERMILION)
    _arrow(ax, (2.63, 1), (2.37, 1), VERMILION)
    _arrow(ax, (1.63, 1), (1.37, 1), VERMILION)
    for _, _, at, of in _PARAMETERS:
        _arrow(ax, (of + (at - of) * 0.3, 0.76), (of + (at - of) * 0.85, 0.25), VERMILION)
    needs = {
        "y and t": ((4, 1.75), (3.3, 1.2), (3.12, 1.52)),
        "h": ((2.14, 1.75), (2.46, 0.25), (2.2, 1.5)),
        "slope at z_h": ((1, 1.75), (1, 1.25), (1.02, 1.5)),
        "x": ((0.05, 1.75), (0.36, 0.25), (0.12, 1.5)),
        "W_o": ((2.5, 1.5), (2.5, 1.05), (2.5, 1.42)),
    }
    for text, (start, end, label) in needs.items():
        ax.plot(*zip(start, end, strict=True), ":", color="0.45", linewidth=1.4, zorder=0)
        ax.text(*label, f" {text}", fontsize=9, color="0.3", va="center")
    return ax


def _box(ax: "Axes", x: float, row: str, name: str, shape: str, colour: str) -> None:
    ax.text(
        x, _ROWS[row], f"{name}\n{shape}", ha="center", va="center", fontsize=10,
        bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour},
    )  # fmt: skip


def _arrow(ax: "Axes", start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    ax.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", "color": colour})
