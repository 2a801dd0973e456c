"""How the data of a recorded run look.

Data are small and made up: a file is recorded to see what it computes, not what it learns. There
are several forms of data, since code says only by running which one it takes.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

Generator = np.random.Generator  # the real one: while a file runs, it is replaced
OF_PICTURES = re.compile(r"mnist|digit|fashion")  # tables of these have the label first
SIDE = 8  # of a picture in a small model of a file
PICTURE = 64  # numbers of a sample from which on it may be a picture


Spot = tuple[int, int, int]  # cell, line and column of something in the code


@dataclass(frozen=True)
class Variant:
    """What a file runs with in the place of something that stands in it.

    Attributes:
        opened: of a 0 or 1 in whose place another rate stands, so that masks leave something out.
        added: of an assignment that adds to what stands there instead.
        anew: assignments that give a copy of what is there, or write it where the name leads.
        handed: whether it is seen where a function gives back what it was given.
        left_out: statements that are not done.
        losses: whether a loss is computed wherever a function is called that takes what it takes.
    """

    opened: Spot | None = None
    added: Spot | None = None
    anew: tuple[Spot, ...] = ()
    handed: bool = False
    left_out: tuple[Spot, ...] = ()
    losses: bool = False


PLAIN = Variant()


@dataclass(frozen=True)
class Form:
    """How samples and targets look.

    Attributes:
        samples: "rows" or "columns"; "each" for rows of which each is a column; "single" for one
            sample, "list" for one in plain Python.
        targets: "labels", "one-hot", or "numbers" of shape `(N, 1)`.
        inputs: numbers of a sample, D.
        classes: K.
        count: samples, N.
        seed: of the numbers.
        turn: by how many places the targets are moved on.
        label_last: whether tables have the label in their last column; None if that is as usual:
            last in text files, but for those of pictures, and first in what pandas reads.
        scaled: whether numbers of samples that are written in the code are made as small as the
            data are.
        side: of a picture, where other large numbers that are written in the code are made small,
            too; 0 where they stay.
        few: whether in such a model numbers are made small that are not large, as it takes where
            each is computed with by itself.
        words: for the labels in texts, where they are no numbers there.
        variant: of the code.
    """

    samples: str = "rows"
    targets: str = "labels"
    inputs: int = 784
    classes: int = 10
    count: int = 60
    seed: int = 0
    turn: int = 0
    label_last: bool | None = None
    scaled: bool = False
    side: int = 0
    few: bool = False
    words: tuple[str, ...] = ()
    variant: Variant = PLAIN

    def arrays(self) -> tuple[Any, Any]:
        """Samples and targets. Shapes: `(N, D)`, `(D, N)`, `(N, D, 1)`; targets to match."""
        draw = Generator(np.random.PCG64(50 + self.seed))
        X = draw.uniform(0.05, 1, (self.count, self.inputs))
        places = np.arange(self.count) + self.turn
        labels = places % self.classes
        Y = labels
        if self.targets == "one-hot":
            Y = np.eye(self.classes, dtype=np.int64)[labels]
        elif self.targets == "numbers":
            Y = (places % 2)[:, None]
        if self.samples == "columns":
            X, Y = X.T, Y.T
        elif self.samples == "each":
            X, Y = X[:, :, None], Y[..., None]
        elif self.samples in ("single", "list"):
            X, Y = X[1], Y[1]
        return X, Y
