"""What a network makes of a drawing, as HTML that follows the notebook's colours."""

from collections.abc import Sequence
from html import escape

from chainrule.data.arrays import Array
from chainrule.plots import BLUE

SIDE = 96  # of the image that the network saw, in screen pixels


def bars_and_pixels(
    probabilities: Array, pixels: Array, words: str, neighbours: Sequence[tuple[Array, str]]
) -> str:
    """Bars for the digits, what the network saw, words, and training images with captions."""
    images = "".join(
        f'<figure style="margin:4px">{image(one, SIDE // 2)}<figcaption>{escape(caption)}'
        "</figcaption></figure>"
        for one, caption in neighbours
    )
    return (
        '<div style="display:flex;gap:24px;align-items:center">'
        f'<figure style="margin:4px">{image(pixels, SIDE)}'
        f"<figcaption>what it sees</figcaption></figure>{bars(probabilities)}</div>"
        f'<p>{escape(words)}</p><div style="display:flex">{images}</div>'
    )


def bars(probabilities: Array) -> str:
    """A bar for each digit: `(10,)`, probabilities."""
    rows = "".join(
        f'<tr><td>{digit}</td><td style="width:160px;text-align:left"><div style="height:9px;'
        f'width:{160 * p:.0f}px;background:{BLUE}"></div></td><td>{escape(share(p))}</td></tr>'
        for digit, p in enumerate(probabilities)
    )
    return f"<table>{rows}</table>"


def share(probability: float) -> str:
    """In whole percent; what is neither nothing nor all does not look so."""
    if probability < 0.005:
        return "<1%"
    return ">99%" if probability > 0.995 else f"{probability:.0%}"


def image(pixels: Array, side: int) -> str:
    """An image of 8×8 as SVG, in the colour of the text around it: `(8, 8)`, values 0 to 16."""
    squares = "".join(
        f'<rect x="{column}" y="{row}" width="1" height="1" fill-opacity="{value / 16:.2f}"/>'
        for row, values in enumerate(pixels)
        for column, value in enumerate(values)
        if value
    )
    return (
        f'<svg viewBox="0 0 8 8" width="{side}" height="{side}" fill="currentColor" role="img" '
        'aria-label="8 by 8 pixels" style="outline:1px solid #8888" shape-rendering="crispEdges">'
        f"{squares}</svg>"
    )
