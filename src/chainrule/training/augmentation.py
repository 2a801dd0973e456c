"""Augmentation: training images moved, turned, zoomed, sheared and bent anew for each epoch.

A digit stays the same digit if it is a little off its place or written by another hand. A network
that is trained on images deformed at random learns that, and sees no image twice. Source: Simard,
Steinkraus and Platt, Best practices for convolutional neural networks applied to visual document
analysis (2003).

In reading order: `Augmentation`, what may be drawn; `draw`, which draws it; `deformed`, which
computes the images, as the compiled kernel does; `AugmentedSamples`, what is trained on.

Simard draws a displacement for each pixel, uniform noise, and smooths it by a Gaussian. Here the
noise is drawn on a coarse grid and smoothed by a cubic B-spline, the bell that four uniform
distributions make when they are summed. Of a grid whose points are s pixels apart its deviation is
s/√3, so that s is chosen as √3 times the Gaussian's σ: the same fields but for a few percent, for
a small part of the work, since four points of the grid have a say in a pixel along each axis.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.data.rows import WHOLE, Rows
from chainrule.data.samples import Samples
from chainrule.errors import ChainruleError, Setting, quoted
from chainrule.training.engines import deform_images, why_no_kernel

BLOCK = 512  # images whose deformations are drawn at once, from a generator of their own
FINE = 4096  # a place is rounded to this part of a pixel, which nobody sees
FINER = 1 << 20  # and what is multiplied by the number of a pixel to this
# Root mean square of what the spline makes, along one axis, of noise with deviation 1: that of the
# cubic B-spline, √(∫B²)² with ∫B² = 151/315, on the average of all places between the points.
SPLINE_RMS_SQUARED = 151 / 315
LIMITS = {  # of each setting: what it is, the least, and the most
    "shift": ("a share of the side", 0.0, 0.5),
    "rotation": ("a number of degrees", 0.0, 180.0),
    "zoom": ("a share of the size", 0.0, 1.0),
    "shear": ("a share of the height", 0.0, 1.0),
    "elastic": ("a share of the side", 0.0, 0.5),
    "smoothness": ("a share of the side", 0.05, 1.0),
}
WORDS = "usual, or some of shift=0.05,rotation=10,zoom=0.1,shear=0.1,elastic=0.04"


@dataclass(frozen=True)
class Augmentation:
    """How far training images may be deformed at random, anew for each epoch.

    Each number is drawn uniformly, up to its strength either way. All lengths are shares of the
    shorter side of the images, so that the same settings suit 8×8 and 28×28 pixels. What comes in
    from outside is background.

    Attributes:
        shift: along each axis, a share of the side: 0.05 is 1.4 of 28 pixels.
        rotation: in degrees.
        zoom: of height and width, each for itself: 0.1 makes them up to 1.1 times as large, or as
            small.
        shear: how far a row moves sideways for each row of height: the slant of a hand.
        elastic: root mean square of a smooth field of displacements, along each axis, as a share
            of the side: 0.05 is what Simard (2003) does to the 28 pixels of MNIST.
        smoothness: σ of the Gaussian that such a field is smoothed by, as a share of the side:
            Simard's 4 of 28 pixels.

    Raises:
        ChainruleError: naming the setting that is out of its range.

    >>> Augmentation(shift=0.1, rotation=15)
    Augmentation(shift=0.1, rotation=15, zoom=0.0, shear=0.0, elastic=0.0, smoothness=0.14)
    >>> Augmentation(rotation=200)
    Traceback (most recent call last):
    chainrule.errors.ChainruleError: rotation must be a number of degrees, 0 to 180; got 200
    """

    shift: float = 0.0
    rotation: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    smoothness: float = 0.14

    def __post_init__(self) -> None:
        for name, (what, least, most) in LIMITS.items():
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not least <= value <= most:
                raise ChainruleError(
                    f"{name} must be {what}, {least:g} to {most:g}; got {quoted(value)}"
                )

    def __bool__(self) -> bool:
        """Whether anything is deformed at all."""
        return any(getattr(self, name) for name in LIMITS if name != "smoothness")

    def __str__(self) -> str:
        """In the words that `read` takes; what is as it is by itself is left out."""
        changed = [f for f in dataclasses.fields(self) if getattr(self, f.name) != f.default]
        return ",".join(f"{f.name}={getattr(self, f.name):.12g}" for f in changed) or "none"

    @classmethod
    def read(cls, words: str) -> "Augmentation":
        """What words such as `rotation=10,shift=0.1` say; `usual` is a bit of all, `none` nothing.

        Raises:
            ChainruleError: if a word names no setting, or what is no number or out of its range.

        >>> print(Augmentation.read("usual"))
        shift=0.05,rotation=10,zoom=0.1,shear=0.1,elastic=0.04
        """
        if words.strip() in NAMED:
            return NAMED[words.strip()]
        values: dict[str, float] = {}
        for word in words.split(","):
            name, _, value = (part.strip() for part in word.partition("="))
            if name not in LIMITS:
                raise ChainruleError(f"{quoted(word.strip())} deforms nothing; write {WORDS}")
            if name in values:
                raise ChainruleError(f"{name} is given twice; give it once, as in {WORDS}")
            try:
                values[name] = float(value)
            except ValueError:
                raise ChainruleError(
                    f"{name} must be {LIMITS[name][0]}; got {quoted(value)}; write {WORDS}"
                ) from None
        return cls(**values)


NONE = Augmentation()
USUAL = Augmentation(shift=0.05, rotation=10, zoom=0.1, shear=0.1, elastic=0.04)
NAMED: Mapping[str, Augmentation] = {"usual": USUAL, "none": NONE}


class Deformations(NamedTuple):
    """Where the pixels of images take their values from: an affine map, and displacements.

    A pixel at (row, column) of image i takes what is at affine[i] · (1, row, column) + field[i],
    where field[i] = row_spline · controls[i] · column_spline.

    Attributes:
        affine: `(n, 2, 3)`, in pixels: for the row, then for the column that is taken.
        controls: `(n, 2, grid_height, grid_width)`, displacements at the points of a grid, in
            pixels; the grid is empty without displacements.
        row_spline: `(height, grid_height)`, the say of each row of the grid in a row of pixels.
        column_spline: `(grid_width, width)`, likewise for columns.
    """

    affine: NDArray[np.float64]
    controls: NDArray[np.float64]
    row_spline: NDArray[np.float64]
    column_spline: NDArray[np.float64]

    def of_first(self, n: int) -> "Deformations":
        """Those of the first n images."""
        return self._replace(affine=self.affine[:n], controls=self.controls[:n])


def draw(
    augmentation: Augmentation, image_shape: tuple[int, int], seed: int, epoch: int, block: int
) -> Deformations:
    """Draw the deformations of a block of 512 images: a function of the arguments alone.

    So threads have nothing to share, a run that is resumed draws what it would have drawn, and
    what happens to an image depends neither on the order of the samples nor on their number.

    Shapes: as `Deformations` has them, for n = 512.
    """
    height, width = image_shape
    side = min(image_shape)
    # Not the generator of the order, [seed, epoch], which a 0 behind it would be.
    rng = np.random.default_rng([seed, epoch, 1 + block])
    down, right, turn, tall, wide, slant = rng.uniform(-1, 1, (6, BLOCK))
    angle = np.radians(augmentation.rotation) * turn
    cos, sin = np.cos(angle), np.sin(angle)
    tall, wide = ((1 + augmentation.zoom) ** u for u in (tall, wide))
    slant = augmentation.shear * slant
    # From the result back to the image, which so is sheared, then turned, then zoomed.
    matrix = np.array(
        [
            [cos * tall, sin * wide],
            [(slant * cos - sin) * tall, (slant * sin + cos) * wide],
        ]
    ).transpose(2, 0, 1)  # (n, 2, 2)
    centre = np.array([height - 1, width - 1]) / 2
    moved = centre + augmentation.shift * side * np.stack([down, right], axis=1)  # (n, 2)
    affine = np.empty((BLOCK, 2, 3))
    affine[..., 1:] = _rounded(matrix, FINER)
    affine[..., 0] = _rounded(moved - affine[..., 1:] @ centre, FINER)

    spacing = math.sqrt(3) * augmentation.smoothness * side
    if not augmentation.elastic:
        none = np.empty((BLOCK, 2, 0, 0))
        return Deformations(affine, none, np.empty((height, 0)), np.empty((0, width)))
    row_spline, column_spline = spline(height, spacing), spline(width, spacing).T
    grid = row_spline.shape[1], column_spline.shape[0]
    # Uniform noise up to a has the deviation a / √3.
    most = augmentation.elastic * side * math.sqrt(3) / SPLINE_RMS_SQUARED
    largest = round(most * FINE)
    controls = rng.integers(-largest, largest + 1, (BLOCK, 2, *grid), np.int32) / FINE
    return Deformations(affine, controls, row_spline, column_spline)


def spline(length: int, spacing: float) -> NDArray[np.float64]:
    """Cubic B-splines on points that are so many pixels apart, at each of the pixels of a side.

    Shape: `(length, grid points)`; four of a row are not 0.

    >>> np.round(spline(2, spacing=1.0), 3)
    array([[0.167, 0.667, 0.167, 0.   , 0.   ],
           [0.   , 0.167, 0.667, 0.167, 0.   ]])
    """
    at = np.arange(length) / spacing
    first = np.floor(at).astype(np.int64)
    u = at - first
    pieces = [(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, 3 * (u + u**2 - u**3) + 1, u**3]
    values = np.zeros((length, first[-1] + 4))
    for k, piece in enumerate(pieces):
        values[np.arange(length), first + k] = _rounded(piece / 6, FINE)
    return values


def _rounded(values: NDArray[np.float64], parts: int) -> NDArray[np.float64]:
    """Values as whole multiples of 1 / `parts`, a power of two: sums and products stay exact."""
    return np.rint(values * parts) / parts


def deformed(
    images: NDArray[Any], deformations: Deformations, background: float = 0
) -> NDArray[Any]:
    """Images with each pixel taken from its place, between the four pixels that are nearest.

    This is what the compiled kernel computes, to the bit: places are multiples of a small power of
    two, so that no sum of them is rounded, and neither is a product of a pixel and its weight.

    Shape: `(n, height, width)`, bytes or float32, to the same.

    >>> half_a_pixel = np.array([[[0, 1, 0], [0.5, 0, 1]]])  # from the right
    >>> no_grid = np.empty((1, 2, 0, 0)), np.empty((2, 0)), np.empty((0, 2))
    >>> image = np.array([[[0, 8], [0, 4]]], np.uint8)
    >>> deformed(image, Deformations(half_a_pixel, *no_grid))
    array([[[4, 4],
            [2, 2]]], dtype=uint8)
    """
    n, height, width = images.shape
    affine, controls, row_spline, column_spline = deformations
    places = row_spline @ controls @ column_spline  # (n, 2, height, width)
    begin, down, right = (affine[..., k, np.newaxis, np.newaxis] for k in range(3))
    places += begin + down * np.arange(height)[:, np.newaxis] + right * np.arange(width)
    inside = np.clip(places, -1, np.array([height, width])[:, np.newaxis, np.newaxis])
    fine = ((inside + 1) * FINE + 0.5).astype(np.int64)  # in the image with its frame
    row, column = (fine // FINE).swapaxes(0, 1)  # of the pixel above and to the left
    below, right = (fine % FINE / FINE).swapaxes(0, 1)  # (n, height, width), as they are
    above, left = 1 - below, 1 - right

    framed = np.full((n, height + 3, width + 3), background, np.float32)
    framed[:, 1:-2, 1:-2] = images
    pixels, start = framed.reshape(n, -1).astype(np.float64), row * (width + 3) + column
    values = np.zeros(images.shape)
    for step, weight in (
        (0, above * left),
        (1, above * right),
        (width + 3, below * left),
        (width + 4, below * right),
    ):
        nearest = np.take_along_axis(pixels, (start + step).reshape(n, -1), axis=1)
        values += weight * nearest.reshape(images.shape)
    return (values + 0.5 if images.dtype == np.uint8 else values).astype(images.dtype)


def augmented(
    images: NDArray[Any],
    augmentation: Augmentation,
    *,
    seed: int = 0,
    epoch: int = 1,
    background: float = 0,
    threads: int = 1,
) -> NDArray[Any]:
    """Images as an epoch of training gets them, by the kernel where there is one.

    The bits are the same for any number of threads, and without the kernel. Pixels that are
    neither bytes nor float32 go through single precision; whole numbers are rounded.

    Args:
        images: `(N, height, width)`.
        augmentation: how far they may be deformed; nothing gives a copy.
        seed: with `epoch` and the number of an image, fixes what is done to it.
        epoch: counted from 1.
        background: what is outside of the images.
        threads: how many may work.

    >>> images = np.eye(8, dtype=np.float32)[np.newaxis]
    >>> again = augmented(images, USUAL, seed=3), augmented(images, USUAL, seed=3)
    >>> np.array_equal(*again), np.array_equal(again[0], augmented(images, USUAL, seed=4))
    (True, False)
    """
    if not augmentation:
        return images.copy()
    out = np.empty_like(images)
    for block, part in enumerate(_blocks(len(images))):
        drawn = draw(augmentation, images.shape[1:], seed, epoch, block)
        out[part] = _deformed(images[part], drawn, background, threads)
    return out


def _blocks(n_images: int) -> Iterator[slice]:
    return (slice(start, min(start + BLOCK, n_images)) for start in range(0, n_images, BLOCK))


def _deformed(
    images: NDArray[Any], deformations: Deformations, background: float, threads: int
) -> NDArray[Any]:
    """Images of any type, `(n, height, width)`, by the first n of the deformations."""
    if images.dtype == np.bool_:
        return _deformed(images.view(np.uint8), deformations, background, threads).view(np.bool_)
    first = deformations.of_first(len(images))
    taken = images if images.dtype == np.uint8 else images.astype(np.float32, copy=False)
    if why_no_kernel() is None:
        values = deform_images(taken, *first, background, threads)
    else:
        values = deformed(taken, first, background)
    is_rounded = images.dtype.kind in WHOLE and images.dtype != np.uint8
    return (np.rint(values) if is_rounded else values).astype(images.dtype, copy=False)


class AugmentedSamples:
    """A copy of training images that is deformed anew for each epoch.

    It is as large as the images: 47 MB for MNIST's bytes, which stay bytes. `Rows` are deformed as
    they are stored, and scaled when they are taken. Floats are deformed as they are, so that all
    pixels must have one scale.

    Attributes:
        samples: `(N, D)`, of the same kind as the images; what is in it changes with `renew`.
    """

    def __init__(
        self,
        X: Samples,
        image_shape: tuple[int, int] | None,
        augmentation: Augmentation,
        seed: int,
    ) -> None:
        """Make room for the copy.

        Args:
            X: the images, `(N, D)`.
            image_shape: (height, width) of each.
            augmentation: how far they may be deformed.
            seed: fixes all that is drawn.

        Raises:
            ChainruleError: if the shape is not given, or is not that of D pixels.
        """
        shape = image_shape or ()
        if image_shape is None or len(shape) != 2 or math.prod(shape) != X.shape[1]:
            raise ChainruleError(
                f"augmentation deforms images, and needs the shape of their {X.shape[1]} pixels, "
                "such as ",
                Setting("image_shape", (28, 28)),
                f"; got {image_shape}",
            )
        self._plain, self._image_shape = X, image_shape
        self._augmentation, self._seed = augmentation, seed
        self._background = background_of(_raw(X, slice(BLOCK)).reshape(-1, *image_shape))
        self._copy = np.empty(X.shape, X.stored.dtype if isinstance(X, Rows) else X.dtype)
        self.samples: Samples = Rows(self._copy, X.scaling) if isinstance(X, Rows) else self._copy

    def renew(self, epoch: int, threads: int = 1) -> None:
        """Deform the images as this epoch, counted from 1, has them; by so many threads."""
        for block, part in enumerate(_blocks(len(self._copy))):
            images = _raw(self._plain, part).reshape(-1, *self._image_shape)
            drawn = draw(self._augmentation, self._image_shape, self._seed, epoch, block)
            changed = _deformed(images, drawn, self._background, threads)
            self._copy[part] = changed.reshape(len(changed), -1)


def background_of(images: NDArray[Any]) -> float:
    """What most pixels on the border of images are: their median. Shape: `(N, height, width)`.

    It is 0 where ink is more than paper, as in the digits and in MNIST.

    >>> background_of(np.pad(np.zeros((1, 2, 2)), ((0, 0), (1, 1), (1, 1)), constant_values=255))
    255.0
    """
    height, width = images.shape[1:]
    inside = np.zeros((height, width), bool)
    inside[1:-1, 1:-1] = True
    border = np.sort(images[:, ~inside], axis=None)
    return float(border[len(border) // 2])


def _raw(X: Samples, part: slice) -> NDArray[Any]:
    """Some images as they are stored, `(n, D)`."""
    if not isinstance(X, Rows):
        return np.asarray(X[part])
    return X.stored[part if X.chosen is None else X.chosen[part]]
