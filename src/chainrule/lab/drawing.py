"""A field to draw a digit in, with mouse or finger, which a network then reads."""

from collections.abc import Sequence

import numpy as np

from chainrule.data.arrays import Array
from chainrule.data.bitmaps import as_digit
from chainrule.lab.pictures import display
from chainrule.lab.reader import Reader, Reading, usual_reader

CANVAS = 280  # points of the field in a row; the same as in drawing.js
PEN = 18.0  # width of a line
FINE = 2  # lines are drawn so much larger, for smooth edges
NO_FIELD = (
    "Here is a field to draw a digit in. If you see none, draw a digit with any program, save it "
    'as digit.png beside this notebook, and run read_drawing("digit.png") in a new cell.'
)

Strokes = Sequence[Sequence[tuple[float, float]] | Array]  # each: points (x, y) on the field


def draw(reader: Reader | None = None) -> None:
    """Show a field to draw a digit in: when a line ends, the network's reading appears beside it.

    A click on a digit's bar says that it was meant, and a miss is then explained. Where there are
    no widgets, a sentence says how to read a picture from a file instead.

    Args:
        reader: what reads it; None trains one when it is first wanted.
    """
    fallback = {"text/plain": NO_FIELD, "text/html": f"<p>{NO_FIELD}</p>"}
    try:
        from chainrule.lab._drawing_widget import DrawingWidget
    except ImportError:
        display(fallback)
        return
    widget = DrawingWidget(reader or usual_reader())
    display({**widget.bundle(), **fallback})


def read_strokes(strokes: Strokes, reader: Reader, meant: int | None = None) -> Reading:
    """Read a digit that was drawn as strokes of the field's pen.

    Args:
        strokes: points on a field of 280×280, at least one.
        reader: what reads it.
        meant: the digit that it should be.

    Raises:
        ChainruleError: if what was meant is no digit.
    """
    return reader.read(as_digit(ink_of(strokes, PEN)), meant)


def ink_of(strokes: Strokes, pen: float) -> Array:
    """The strokes as a picture.

    Args:
        strokes: points on a field of 280×280.
        pen: width of the line.

    Returns:
        `(560, 560)`, 1 where there is ink, else 0.
    """
    from PIL import Image, ImageDraw

    picture = Image.new("L", (FINE * CANVAS, FINE * CANVAS))
    drawing = ImageDraw.Draw(picture)
    radius = FINE * pen / 2
    for stroke in strokes:
        points = [(FINE * x, FINE * y) for x, y in stroke]
        drawing.line(points, fill=255, width=round(2 * radius), joint="curve")
        for x, y in points:  # round ends, and a dot where the pen did not move
            drawing.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture, dtype=np.float64) / 255
