"""Strokes of a pen on a field, as a picture."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chainrule.data.arrays import Array
from chainrule.data.bitmaps import as_digit
from chainrule.errors import ChainruleError
from chainrule.lab.reader import Reader, Reading

CANVAS = 280  # points of the field in a row; the same as in drawing.js
PEN = 18.0  # width of a line
SMALLEST = 3 * PEN  # a digit that is neither so high nor so wide is a blot
FINE = 2  # lines are drawn so much larger, for smooth edges

Strokes = Sequence[Sequence[tuple[float, float]] | Array]  # each: points (x, y) on the field


def read_strokes(strokes: Strokes, reader: Reader, meant: int | None = None) -> Reading:
    """Read a digit that was drawn as strokes of the field's pen; a mere blot is said to be one.

    Args:
        strokes: points on a field of 280×280, at least one.
        reader: what reads it.
        meant: the digit that it should be.

    Raises:
        ChainruleError: if nothing of it is on the field, or what was meant is no digit.
    """
    ink = ink_of(strokes, PEN)
    if not ink.any():
        raise ChainruleError(f"there is no ink on the field, which goes from 0 to {CANVAS}")
    reach = max(np.ptp(np.flatnonzero(ink.any(axis=axis))) for axis in (0, 1)) / FINE
    return replace(reader.read(as_digit(ink), meant), is_scant=bool(reach < SMALLEST))


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
        points = [(FINE * float(x), FINE * float(y)) for x, y in stroke]
        drawing.line(points, fill=255, width=round(2 * radius), joint="curve")
        for x, y in points:  # round ends, and a dot where the pen did not move
            drawing.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture, dtype=np.float64) / 255
