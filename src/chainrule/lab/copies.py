"""More images of a few: each turned, slanted, stretched, shifted, bent and thickened a little."""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array

# Standard deviations, in pixels where nothing else is said.
TURN = 0.12  # radians
SLANT = 0.12  # pixels to the side for each pixel up
STRETCH = 0.1  # of the logarithm of the width; half of it of the height's
SHIFT = 0.4  # to the side; half of it up and down
BEND = 0.5  # of each of 3×3 places, with what lies between them
THICKNESS = 0.4  # of the logarithm of the power to which the grey values go
LARGEST = 16.0  # value of a pixel
FINE = 2  # samples to a pixel, in each direction


def with_copies(
    X: Array, y: NDArray[np.integer], copies: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The images, and varied copies of each: a network that learns from them expects more.

    Args:
        X: `(N, 64)`, images of 8×8 with values 0 to 16.
        y: `(N,)`, their labels.
        copies: how many of each image, beside itself.
        seed: of the variations.

    Returns:
        Images `(N · (copies + 1), 64)` and labels `(N · (copies + 1),)`.
    """
    rng = np.random.default_rng(seed)
    images = np.asarray(X, np.float64).reshape(-1, 8, 8)
    varied = [_varied(images, rng).reshape(len(images), 64) for _ in range(copies)]
    return np.vstack([X, *varied]).astype(np.float32), np.tile(y, copies + 1)


def _varied(images: Array, rng: np.random.Generator) -> Array:
    """A copy of each image, `(N, 8, 8)`: what stands where it would be taken from."""

    def normal(deviation: float, *shape: int) -> Array:
        return rng.normal(0, deviation, (len(images), *(shape or (1, 1))))

    places = (np.arange(8 * FINE) + 0.5) / FINE - 4  # from the middle, in pixels
    down, right = np.meshgrid(places, places, indexing="ij")
    angle = normal(TURN)
    turned_right = np.cos(angle) * right - np.sin(angle) * down
    rows = np.exp(normal(STRETCH / 2)) * (np.cos(angle) * down + np.sin(angle) * right)
    columns = np.exp(normal(STRETCH)) * (turned_right + normal(SLANT) * down)
    rows = rows + normal(SHIFT / 2) + _between(normal(BEND, 3, 3))
    columns = columns + normal(SHIFT) + _between(normal(BEND, 3, 3))
    taken = _at(images, rows + 3.5, columns + 3.5)  # (N, 16, 16)
    thickened = LARGEST * (taken / LARGEST) ** np.exp(normal(THICKNESS))
    return np.asarray(thickened.reshape(-1, 8, FINE, 8, FINE).mean(axis=(2, 4)))


def _between(corners: Array) -> Array:
    """Values at 3×3 places to those at all between: `(N, 3, 3)` to `(N, 16, 16)`."""
    places = np.linspace(0, 2, 8 * FINE)
    first = np.minimum(places.astype(int), 1)
    weights = np.zeros((len(places), 3))
    weights[np.arange(len(places)), first] = 1 - (places - first)
    weights[np.arange(len(places)), first + 1] = places - first
    return np.asarray(weights @ corners @ weights.T)


def _at(images: Array, rows: Array, columns: Array) -> Array:
    """Values between the pixels, by their distance to the four around; paper outside."""
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    rows, columns = np.clip(rows + 2, 0, 10.999), np.clip(columns + 2, 0, 10.999)
    top, left = rows.astype(int), columns.astype(int)
    down, right = rows - top, columns - left
    n = np.arange(len(images))[:, np.newaxis, np.newaxis]
    above = padded[n, top, left] * (1 - right) + padded[n, top, left + 1] * right
    below = padded[n, top + 1, left] * (1 - right) + padded[n, top + 1, left + 1] * right
    return np.asarray(above * (1 - down) + below * down)
