"""The random arrays on which a learner's code is tried. Every size differs from every other."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.checking import chance
from chainrule.data.arrays import Array
from chainrule.nn.functions import one_hot

N, D, K = 7, 5, 3  # samples, inputs, classes
HIDDEN = (4, 6, 8, 9)  # of up to four hidden layers
SQUARE = 4  # every size of the probes in which a coincidence of sizes is wanted


@dataclass(frozen=True)
class Samples:
    """Samples to compute with.

    Attributes:
        X: `(N, D)`.
        y: labels `(N,)`.
        t: one-hot rows `(N, K)`.
    """

    X: Array
    y: NDArray[np.int64]
    t: Array


def samples(n: int, d: int, k: int, seed: int) -> Samples:
    """Random samples with every class among the labels. Shapes: `(n, d)`, `(n,)`, `(n, k)`."""
    rng = chance.generator(0, seed)
    y = rng.permutation(np.resize(np.arange(k), n))
    return Samples(rng.normal(size=(n, d)), y, one_hot(k, y))


def layer_parameters(sizes: tuple[int, ...], seed: int) -> list[tuple[Array, Array]]:
    """Random weights `(D, H)` and biases `(H,)` for each layer of a network of these sizes.

    Biases are as large as weights, so that none goes unnoticed.
    """
    rng = chance.generator(1, seed)
    return [
        (rng.normal(scale=0.7, size=(below, size)), rng.normal(scale=0.7, size=size))
        for below, size in itertools.pairwise(sizes)
    ]


def probabilities(n: int, k: int, seed: int) -> Array:
    """Rows of probabilities, none near zero. Shape: `(n, k)`."""
    rng = chance.generator(2, seed)
    raw = rng.uniform(0.2, 1.0, size=(n, k))
    rows: Array = raw / raw.sum(axis=1, keepdims=True)
    return rows
