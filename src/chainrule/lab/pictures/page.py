"""How a picture gets on the page of a notebook, light or dark, with a text in its place."""

import base64
import functools
import html
import io
from collections.abc import Callable
from typing import Any, ParamSpec

from chainrule.lab._display import display

P = ParamSpec("P")

# Text and lines have a grey with a contrast of 4.3 both on white and on JupyterLab's dark pages;
# the ground is the page itself.
INK = "#797979"
STYLE: Any = {
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK
    ),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "none"),
    "legend.frameon": False,
    "font.size": 10.5,
}
PIXELS_AN_INCH, SHARPNESS = 100, 2  # on the page, and how many pixels of the file for each


def on_any_page(draw: Callable[P, None]) -> Callable[P, None]:
    """Make what a function draws readable on light and on dark pages."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        import matplotlib as mpl

        with mpl.rc_context(STYLE):
            draw(*args, **kwargs)

    return drawn


def show(alt: str) -> None:
    """Show the current figure with a text in its place for whoever cannot see it, and close it.

    Outside of a notebook the figure is closed.

    Args:
        alt: what is to be seen in the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
    from PIL import Image

    figure = plt.gcf()
    for ax in figure.findobj(Axes):
        for image in ax.images:
            if image.get_cmap().name == "gray_r":  # of a digit: its paper is the page
                image.set_cmap(_ink_on_the_page())
    png = io.BytesIO()
    dpi = PIXELS_AN_INCH * SHARPNESS
    figure.savefig(png, format="png", dpi=dpi, bbox_inches="tight", facecolor="none")
    plt.close(figure)
    width = Image.open(png).width // SHARPNESS
    encoded = base64.b64encode(png.getvalue()).decode("ascii")
    source = f'src="data:image/png;base64,{encoded}"'
    shown = f'<img alt="{html.escape(alt)}" width="{width}" {source}>'
    display({"text/html": shown, "text/plain": f"[{alt}]"})


def _ink_on_the_page() -> Any:
    """Colours of a digit's pixels: at 0 the page shows, dark or light, and the most is ink."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    return LinearSegmentedColormap.from_list("ink", [to_rgba(INK, 0), to_rgba(INK)])


def listed(values: object) -> str:
    """Values in words: "1, 2 and 3"."""
    assert hasattr(values, "__iter__")
    words = [str(value) for value in values]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "none"


def with_article(digit: object) -> str:
    """A digit, or a class by its name, after "a": only 8 of the ten wants "an"."""
    return f"an {digit}" if str(digit) == "8" else f"a {digit}"


def spread(low: float, high: float) -> str:
    """Where numbers lie, to two decimals: "from 0.10 to 0.20", or "all about 0.10"."""
    first, last = signed(low, 2), signed(high, 2)
    return f"all about {first}" if first == last else f"from {first} to {last}"


def signed(number: float, digits: int = 1) -> str:
    """A number with so many decimals and a proper minus, and none before a zero."""
    text = f"{number:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")
