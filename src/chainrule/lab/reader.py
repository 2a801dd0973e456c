"""A network that reads a digit which somebody draws, and says why when it reads another."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule.data import Dataset, Scaling, load_digits
from chainrule.data.arrays import Array
from chainrule.data.image_files import read_picture
from chainrule.errors import ChainruleError
from chainrule.lab._reading_html import bars_and_pixels, share
from chainrule.lab.copies import with_copies
from chainrule.lab.pictures.page import with_article
from chainrule.nn.models import NeuralNet
from chainrule.runs.model_files import TrainedModel
from chainrule.training.fit import fit
from chainrule.training.sgd import SGD

COPIES, HIDDEN = 8, 128
SETTINGS = SGD(epochs=15, batch_size=32, learning_rate=0.5, seed=0)
NEAREST = 5
NOTABLE = 0.01  # probability of a digit that is told beside the first
SCANT = (
    "That is very little ink for a digit, and the network must choose one of the ten whatever it "
    "sees: draw on, about as large as the field."
)


@dataclass(frozen=True)
class Neighbour:
    """A training image that is like what was drawn.

    Attributes:
        pixels: `(8, 8)`.
        label: of it.
        distance: to what was drawn: the root of the sum of squared differences, in pixel values.
    """

    pixels: Array
    label: int
    distance: float


@dataclass(frozen=True)
class Reading:
    """What a network makes of a drawn digit.

    Attributes:
        pixels: `(8, 8)`, what it saw: 0 to 16.
        probabilities: `(10,)`, one for each digit.
        neighbours: the training images that are nearest, the nearest first.
        nearest_of: the nearest training image of each digit.
        meant: the digit that was meant, if somebody said so.
        is_scant: whether so little was drawn that it may be no digit yet.
    """

    pixels: Array
    probabilities: Array
    neighbours: tuple[Neighbour, ...]
    nearest_of: tuple[Neighbour, ...]
    meant: int | None = None
    is_scant: bool = False

    @property
    def digit(self) -> int:
        """The digit that was read."""
        return int(self.probabilities.argmax())

    def words(self) -> str:
        """Up to three probable digits; after a miss, also what led to it."""
        y = self.probabilities
        first, *more = np.argsort(-y)[:3]
        sentences = f"The network reads {with_article(first)} ({share(y[first])})"
        likely = [f"{digit} ({share(y[digit])})" for digit in more if y[digit] >= NOTABLE]
        if likely:
            sentences += f"; next would be {' and '.join(likely)}"
        if self.is_scant:
            sentences = f"{SCANT} {sentences}"
        if self.meant is None:
            return f"{sentences}."
        if self.meant == first:
            return f"{sentences}. That is what you meant."
        labels = [neighbour.label for neighbour in self.neighbours]
        same = labels.count(self.meant)
        nearest, of_meant = self.neighbours[0], self.nearest_of[self.meant]
        return (
            f"{sentences}. You meant {with_article(self.meant)}, to which it gives "
            f"{share(self.probabilities[self.meant])}. Look at what it saw: 64 numbers are left "
            f"of your drawing. The {len(labels)} training images nearest to them show "
            f"{', '.join(map(str, labels))}: {same or 'none'} of them "
            f"{with_article(self.meant)}. The nearest of all, {with_article(nearest.label)}, "
            f"lies {nearest.distance:.0f} away, and the nearest {self.meant} lies "
            f"{of_meant.distance:.0f} away. The network knows only how the people drew whose "
            f"digits it learned from; draw yours more like their {self.meant}, and try again."
        )

    def __repr__(self) -> str:
        return self.words()

    def _repr_html_(self) -> str:
        shown = [(n.pixels, with_article(n.label)) for n in self.neighbours if self._is_missed]
        if self._is_missed and self.meant is not None:
            shown.append((self.nearest_of[self.meant].pixels, f"nearest {self.meant}"))
        return bars_and_pixels(self.probabilities, self.pixels, self.words(), shown)

    @property
    def _is_missed(self) -> bool:
        return self.meant not in (None, self.digit)


@dataclass(frozen=True, repr=False)
class Reader:
    """A trained network that reads drawn digits, and the images that it learned from.

    Attributes:
        model: takes raw pixels, 0 to 16.
        X: `(N, 64)`, the training images, without their copies.
        y: `(N,)`, their labels.
    """

    model: TrainedModel
    X: Array
    y: NDArray[np.int64]

    def read(self, pixels: Array, meant: int | None = None) -> Reading:
        """Read an image as the network sees it.

        Args:
            pixels: `(8, 8)`, 0 to 16.
            meant: the digit that it should be, for an explanation of a miss.

        Raises:
            ChainruleError: if what was meant is no digit.
        """
        if meant not in (None, *range(10)):
            raise ChainruleError(f"meant must be a digit, 0 to 9; got {meant!r}")
        probabilities = self.model.forward(pixels.reshape(1, 64))[0]  # (10,)
        distances = np.sqrt(np.sum((self.X - pixels.ravel()) ** 2, axis=1))  # (N,)
        order = np.argsort(distances, kind="stable")

        def neighbour(i: int) -> Neighbour:
            return Neighbour(self.X[i].reshape(8, 8), int(self.y[i]), float(distances[i]))

        return Reading(
            pixels,
            probabilities,
            tuple(neighbour(i) for i in order[:NEAREST]),
            tuple(neighbour(order[np.argmax(self.y[order] == digit)]) for digit in range(10)),
            meant,
        )

    def __repr__(self) -> str:
        return (
            f"{self.model.model!r}, trained on {len(self.X) * (COPIES + 1):,} images: "
            f"{len(self.X):,} and {COPIES} varied copies of each"
        )


def train_reader(digits: Dataset | None = None, seed: int = 0) -> Reader:
    """Train a network that reads drawings, in seconds, on the training part and copies of it.

    Args:
        digits: the digits, not scaled; those of the lab without their test part if None.
        seed: of the first weights and of the copies.

    >>> train_reader()
    NeuralNet(64-128-10, sigmoid), trained on 13,743 images: 1,527 and 8 varied copies of each
    """
    digits = load_digits() if digits is None else digits
    X_train, y_train = np.asarray(digits.X_train), np.asarray(digits.y_train)
    X, y = with_copies(X_train, y_train, COPIES, seed)
    scaling = Scaling.fit("standard", X)
    net = NeuralNet(X.shape[1], HIDDEN, len(digits.classes), seed=seed)
    fit(net, scaling.apply(X), y, SETTINGS)
    model = TrainedModel(
        net, scaling, digits.classes, image_shape=(8, 8), largest_value=float(X_train.max())
    )
    return Reader(model, X_train, y_train)


@cache
def usual_reader() -> Reader:
    """The reader of `train_reader()`, trained when it is first wanted."""
    return train_reader()


def read_drawing(
    path: str | Path, reader: Reader | None = None, meant: int | None = None
) -> Reading:
    """Read a digit from an image file: drawn in any program, or photographed.

    Args:
        path: a PNG, JPEG, BMP, GIF, TIFF or WebP file.
        reader: what reads it; None trains one when it is first wanted.
        meant: the digit that it should be, for an explanation of a miss.

    Raises:
        DataError: if the file is missing, cannot be read as an image, or shows no ink.
        ChainruleError: if what was meant is no digit.
    """
    pixels = read_picture(Path(path), (8, 8), 16).pixels  # (64,)
    return (reader or usual_reader()).read(pixels.reshape(8, 8), meant)
