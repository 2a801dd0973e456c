"""Views of digits that members of a committee have: upright, or stretched to a width."""

import numpy as np
from numpy.typing import NDArray

INK = 64  # of 255: grey pixels at the edge of a stroke do not count for the width
MOST = 2.0  # times as wide at most: a 1 stays a stroke
BLOCK = 4096  # images at a time, which bounds the memory


def view(images: NDArray[np.uint8], width: int, upright: bool) -> NDArray[np.uint8]:
    """Images of digits, the rows of each moved and stretched sideways about the middle.

    Grey values are taken between the two pixels that are nearest.

    Args:
        images: `(N, side, side)`, ink on 0.
        width: of the ink, in pixels, to which each digit is stretched, but never to more than
            twice as wide as it is; 0 leaves it as it is.
        upright: whether the slant is taken away first.

    Returns:
        `(N, side, side)`.
    """
    seen = np.empty_like(images)
    for start in range(0, len(images), BLOCK):
        part = images[start : start + BLOCK]
        slant = slants(part) if upright else np.zeros(len(part))
        step = np.ones(len(part))
        if width:
            step = np.maximum(ink_widths(_moved(part, slant, step)) / width, 1 / MOST)
        seen[start : start + BLOCK] = _moved(part, slant, step)
    return seen


def slants(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """By how many pixels digits lean to the right for each row further down, `(N,)`.

    It is Σ p (r − r̄) (c − c̄) / Σ p (r − r̄)², over all pixels p in row r and column c. Source: the
    deslanted images of LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to
    document recognition (1998), section III A.
    """
    p = images.astype(np.float64)
    at = np.arange(images.shape[1], dtype=np.float64)
    total = np.maximum(p.sum(axis=(1, 2)), 1)
    row, column = ((p.sum(axis=axis) * at).sum(axis=1) / total for axis in (2, 1))
    down = at - row[:, np.newaxis]  # (N, side)
    right = at - column[:, np.newaxis]
    of_rows = p.sum(axis=2)
    spread = (of_rows * down**2).sum(axis=1)
    leaning = ((p * right[:, np.newaxis]).sum(axis=2) * down).sum(axis=1)
    return np.asarray(leaning / np.maximum(spread, 1))


def ink_widths(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """From the first column with ink to the last, both counted, `(N,)`; the side without any."""
    has_ink = np.any(images > INK, axis=1)  # (N, side)
    return np.asarray(images.shape[2] - has_ink.argmax(axis=1) - has_ink[:, ::-1].argmax(axis=1))


def _moved(
    images: NDArray[np.uint8], slant: NDArray[np.float64], step: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Each pixel taken from as many steps off the middle, and further right for each row down."""
    side = images.shape[2]
    off = np.arange(side) - (side - 1) / 2
    places = (side - 1) / 2 + slant[:, np.newaxis, np.newaxis] * off[:, np.newaxis]
    places = np.clip(places + step[:, np.newaxis, np.newaxis] * off, -1, side)  # (N, side, side)
    left = np.floor(places).astype(np.int64)
    framed = np.pad(images, ((0, 0), (0, 0), (1, 2))).astype(np.float64)
    of_left, of_right = (np.take_along_axis(framed, left + k, axis=2) for k in (1, 2))
    return np.asarray(of_left + (places - left) * (of_right - of_left) + 0.5).astype(np.uint8)
