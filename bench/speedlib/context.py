"""What a run of the benchmark was told, and the data it works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule import load, load_digits
from chainrule.errors import DataError
from speedlib.jobs import Floats, Labels


@dataclass(frozen=True)
class Context:
    """The options of the command.

    Attributes:
        quick: fewer rounds.
        limit: the source of the hand-made kernels, or None.
        mnist: folder with the four IDX files of MNIST, or None.
        scratch: a folder for files that nobody keeps.
    """

    quick: bool
    limit: Path | None
    mnist: Path | None
    scratch: Path

    def rounds(self, full: int, quick: int) -> int:
        """How many rounds, or epochs, to take."""
        return quick if self.quick else full

    @cached_property
    def images(self) -> tuple[NDArray[np.uint8], Labels, NDArray[np.uint8], Labels]:
        """MNIST's training images (60000, 784), labels, test images (10000, 784) and labels.

        Without a folder, random bytes and labels of these shapes.

        Raises:
            ChainruleError: naming what is wrong in the folder.
        """
        if self.mnist is not None:
            data = load("idx", self.mnist)
            X_train, X_test = np.asarray(data.X_train), np.asarray(data.X_test)
            if X_train.shape != (60_000, 784) or X_train.dtype != np.uint8:
                raise DataError(f"{self.mnist}: 60,000 images of 28×28 bytes are expected")
            return X_train, data.y_train, X_test, data.y_test
        rng = np.random.default_rng(0)
        X = rng.integers(0, 256, (70_000, 784), dtype=np.uint8)
        y = rng.integers(0, 10, 70_000)
        return X[:60_000], y[:60_000], X[60_000:], y[60_000:]


def standard_digits() -> tuple[Floats, Labels]:
    """The digits' training part, standardised: (1527, 64) in single precision, and labels."""
    data = load_digits().scaled("standard")
    return np.asarray(data.X_train), data.y_train
