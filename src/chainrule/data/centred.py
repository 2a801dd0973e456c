"""Ink to an image like MNIST's: a drawn digit in the form of its images, of whatever size.

As its authors made them (Y. LeCun et al., *Gradient-Based Learning Applied to Document
Recognition*, 1998, section III A):

1. The ink is cut out, and fits, with its proportions, into 20×20 of the 28×28 pixels.
2. It is placed so that its centre of mass is the image's centre. In the middle of its own box a 7
   is off by pixels, and a network that never saw it there reads something else.

What pens differ in is taken away before: strokes much thinner or thicker than MNIST's become as
wide as those are.
"""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.bitmaps import cut_to_ink, darkest_points
from chainrule.data.ink import stroke_width

FRAME, BOX = 28, 20  # pixels of MNIST's images, and of the digit in them
FINE = 16  # points to a pixel in a row: lets a digit be centred between pixels
USUAL = 2.4  # pixels: the median width of MNIST's strokes
UNUSUAL = 1.7, 3.5  # pixels: one in twenty of its digits has thinner strokes, one thicker
BLUR = 1.0  # pixels


def as_centred(ink: Array, image_shape: tuple[int, int]) -> NDArray[np.float64]:
    """A picture of one digit as an image of MNIST, or of its form in another size.

    Args:
        ink: `(H, W)`, from 0 where there is paper to 1 where there is ink, which occurs.
        image_shape: (height, width), in pixels.

    Returns:
        `(height, width)`, 0 to 1, which occurs.
    """
    canvas = FINE * np.array(image_shape)
    digit = _with_usual_strokes(_fitted(cut_to_ink(ink), canvas), canvas)
    place = [
        int(np.clip(round(side / 2 - centre), 0, side - size))
        for side, centre, size in zip(canvas, _centre_of_mass(digit), digit.shape, strict=True)
    ]
    drawn = np.zeros(canvas)
    drawn[place[0] : place[0] + digit.shape[0], place[1] : place[1] + digit.shape[1]] = digit
    fine = drawn.reshape(image_shape[0], FINE, image_shape[1], FINE)
    pixels: NDArray[np.float64] = fine.mean(axis=(1, 3))  # (height, width)
    pixels /= pixels.max()
    return pixels


def _fitted(cut: NDArray[np.float32], canvas: NDArray[np.int64]) -> NDArray[np.float32]:
    """As large as the box allows, with its proportions."""
    from PIL import Image

    factor = (canvas * BOX / FRAME / cut.shape).min()
    height, width = (max(1, round(side * factor)) for side in cut.shape)
    return np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BILINEAR))


def _with_usual_strokes(
    digit: NDArray[np.float32], canvas: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The digit itself if its strokes are usual, else with strokes that are, in black."""
    pixel = float(canvas.min()) / FRAME  # of MNIST's, in points
    width = stroke_width(digit) / pixel
    thinnest, thickest = UNUSUAL
    if thinnest <= width <= thickest:
        return digit
    padded = np.pad(digit, round(BLUR * pixel))
    black = round((digit > 0.5).sum() * USUAL / width)
    thicker = darkest_points(padded, BLUR * pixel, black).astype(np.float32)
    return _fitted(cut_to_ink(thicker), canvas)


def _centre_of_mass(digit: Array) -> tuple[float, float]:
    """(down, right), in points."""
    total = digit.sum()
    down, right = (
        float(digit.sum(axis=1 - axis) @ (np.arange(digit.shape[axis]) + 0.5) / total)
        for axis in (0, 1)
    )
    return down, right
