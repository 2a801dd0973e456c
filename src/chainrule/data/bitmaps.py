"""Ink to an image of 8×8 counts: a drawn digit in the form of the package's own digits.

Those began as bitmaps too. Their authors made them with NIST's programs (M. D. Garris et al.,
*NIST Form-Based Handprint Recognition System*, NISTIR 5469, 1994). `as_digit` does what these do:

1. The ink is cut out, and stretched to 32 points high and 20 wide, whatever its proportions were;
   but hardly more across than down, or a plain stroke would become a block that looks like an 8.
2. Strokes are thickened or thinned. NIST adds or takes a point at each edge where less than 256 or
   more than 412 of the 32×32 are black. Mice and cameras differ more than pencils do: here the
   picture is blurred, and its darkest points are black, at least 312 of them, as many as in the
   data's mean image, and at most 412.
3. The digit is sheared until its left edge stands upright, which takes the slant of a hand away.
4. Blocks of 4×4 points are counted: 0 to 16 for each of the 8×8 pixels.
"""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array

SIDE, WIDTH = 32, 20  # of the bitmap, and of the digit in it, in points
MOST_STRETCH = 1.25  # across, beside down
FINE = 8  # each point is so many finer ones in a row: counts would else depend on a hair's breadth
BLACK = 312, 412  # points
BLUR = 1.2  # points
FAINT = 0.2  # ink below it does not tell how far the digit reaches
SKIPPED = 2  # rows at the top and bottom, whose left end is often a serif or a speck

Bitmap = NDArray[np.bool_]


def as_digit(ink: Array) -> NDArray[np.float64]:
    """A picture of one digit as an image of the digits' data.

    Args:
        ink: `(H, W)`, from 0 where there is paper to 1 where there is ink, which occurs.

    Returns:
        `(8, 8)`, whole numbers from 0 to 16.
    """
    bitmap = _straightened(_with_usual_strokes(_stretched(ink)))
    blocks = bitmap.reshape(8, 4 * FINE, 8, 4 * FINE).sum(axis=(1, 3))  # (8, 8)
    counts: NDArray[np.float64] = np.round(blocks / FINE**2)
    return counts


def _stretched(ink: Array) -> Array:
    """The ink alone, as high as the bitmap and 20 points wide, in the middle."""
    from PIL import Image

    cut = cut_to_ink(ink)
    most = MOST_STRETCH * cut.shape[1] * SIDE / cut.shape[0]
    width = max(2, 2 * round(min(WIDTH, most) * FINE / 2))
    size = (width, SIDE * FINE)
    digit = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BILINEAR))
    margin = (SIDE * FINE - width) // 2
    return np.pad(digit, ((0, 0), (margin, margin)))


def cut_to_ink(ink: Array) -> NDArray[np.float32]:
    """The smallest part of a picture that has all of its ink: `(H, W)` to `(h, w)`."""
    rows, columns = (np.flatnonzero((ink > FAINT).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)


def _with_usual_strokes(digit: Array) -> Bitmap:
    """Thin strokes become thicker, thick ones thinner, as far as the data's go."""
    fewest, most = BLACK
    black = int(np.clip((digit > 0.5).sum(), fewest * FINE**2, most * FINE**2))
    return darkest_points(digit, BLUR * FINE, black)


def darkest_points(digit: Array, blur: float, number: int) -> Bitmap:
    """So many points of a digit that are darkest when it is blurred: strokes of another width.

    Args:
        digit: `(H, W)`, 0 to 1; there is paper around it.
        blur: standard deviation, in points.
        number: of points; fewer where the blurred ink does not reach so far.

    Returns:
        `(H, W)`.
    """
    from PIL import Image, ImageFilter

    margin = int(4 * blur) + 1
    bytes_ = np.pad((255 * digit).astype(np.uint8), margin)
    blurred = np.asarray(Image.fromarray(bytes_).filter(ImageFilter.GaussianBlur(blur)))
    blurred = blurred[margin:-margin, margin:-margin]
    darkest = np.argsort(blurred, axis=None, kind="stable")[-number:]
    bitmap: Bitmap = np.zeros(blurred.shape, bool)
    bitmap.ravel()[darkest] = True
    bitmap[blurred == 0] = False
    return bitmap


def _straightened(bitmap: Bitmap) -> Bitmap:
    """Sheared until a row near the top and one near the bottom begin at the same column."""
    rows = np.flatnonzero(bitmap.any(axis=1))
    top, bottom = rows[0] + SKIPPED * FINE, rows[-1] - SKIPPED * FINE
    if top >= bottom or not (bitmap[top].any() and bitmap[bottom].any()):
        return bitmap
    slope = (int(bitmap[top].argmax()) - int(bitmap[bottom].argmax())) / (bottom - top)
    shifts = np.round((np.arange(len(bitmap)) - len(bitmap) // 2) * slope).astype(int)
    columns = np.arange(len(bitmap)) - shifts[:, np.newaxis]  # where each point comes from
    inside = (columns >= 0) & (columns < len(bitmap))
    sheared: Bitmap = np.take_along_axis(bitmap, np.where(inside, columns, 0), axis=1)
    sheared[~inside] = False
    return sheared
