"""How the first weights and biases of a layer are drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError

if TYPE_CHECKING:  # numpy.random is not loaded until a model is made
    Seed = int | np.random.Generator | None


def uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """Weights and biases uniform in [−0.1, 0.1], as in the lab.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.

    >>> W, b = uniform(generator(0), 64, 32)
    >>> W.shape, b.shape, bool(np.abs(W).max() < 0.1)
    ((64, 32), (32,), True)
    """
    return rng.uniform(-0.1, 0.1, (fan_in, fan_out)), rng.uniform(-0.1, 0.1, fan_out)


def glorot(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """Weights uniform within ±√(6 / (fan_in + fan_out)), biases zero.

    Keeps the variance of signals and gradients alike from layer to layer. Source: Glorot and
    Bengio, Understanding the difficulty of training deep feedforward networks (2010), equation 16.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.

    >>> W, b = glorot(generator(0), 64, 32)
    >>> bool(np.abs(W).max() < 0.25), bool(b.any())  # √(6 / 96) is 0.25
    (True, False)
    """
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out)), np.zeros(fan_out)


def he(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """Weights normal with deviation √(2 / fan_in), biases zero; made for ReLU.

    Source: He, Zhang, Ren and Sun, Delving deep into rectifiers (2015), equation 10.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.

    >>> W, b = he(generator(0), 800, 1000)
    >>> round(float(W.std()), 3)  # √(2 / 800) is 0.05
    0.05
    """
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)), np.zeros(fan_out)


def zeros(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """All zero: fine for softmax regression; in a hidden layer all units stay each other's copies.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.
    """
    return np.zeros((fan_in, fan_out)), np.zeros(fan_out)


INITIALISATIONS: dict[str, Callable[[np.random.Generator, int, int], tuple[Array, Array]]] = {
    "uniform": uniform,
    "glorot": glorot,
    "he": he,
    "zeros": zeros,
}


def generator(seed: Seed) -> np.random.Generator:
    """A NumPy generator for a seed, or the one that was given.

    >>> bool(generator(7).random() == generator(7).random())
    True

    Raises:
        ChainruleError: if the seed is negative.
    """
    if isinstance(seed, int | np.integer) and seed < 0:
        raise ChainruleError(f"seed must be a whole number, 0 or more; got {seed!r}")
    return np.random.default_rng(seed)
