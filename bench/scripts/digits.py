"""What the scripts share: the digits, the first weights, the order of the samples, the report.

Split, scaling, first weights and order are those of `chainrule train` with seed 0, so that every
script does the same job and prints nearly the same numbers.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # a script's start is part of what is measured
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Labels = NDArray[np.int64]
    Parts = tuple[Floats, Labels, Floats, Labels]

EPOCHS = 15
NET_RATE, SOFTMAX_RATE = 0.1, 0.01
N_TEST = 270


def load(path: str) -> Parts:
    """Split and standardise the digits of an NPZ file with `X` (1797, 64) and `y` (1797,).

    Returns:
        Training samples (1527, 64) in single precision, their labels, test samples (270, 64) and
        theirs.
    """
    with np.load(path) as file:
        X, y = file["X"], file["y"]
    shuffled = np.random.RandomState(37).permutation(len(X))
    test, train = shuffled[:N_TEST], shuffled[N_TEST:]
    mean, deviation = X[train].mean(axis=0, dtype=float), X[train].std(axis=0, dtype=float)
    X = ((X - mean) / np.where(deviation == 0, 1, deviation)).astype(np.float32)
    return X[train], y[train], X[test], y[test]


def first_weights(*sizes: int) -> list[Floats]:
    """Glorot's weights `(fan_in, fan_out)` and zero biases `(fan_out,)`, layer by layer."""
    rng = np.random.default_rng(0)
    weights: list[Floats] = []
    for fan_in, fan_out in pairwise(sizes):
        limit = np.sqrt(6 / (fan_in + fan_out))
        weights += [rng.uniform(-limit, limit, (fan_in, fan_out)), np.zeros(fan_out)]
    return weights


def order(epoch: int, n_samples: int) -> Labels:
    """Indices of the samples in an epoch, `(N,)`."""
    return np.random.default_rng([0, epoch]).permutation(n_samples)


def report(epoch: int, probabilities: Callable[[Floats], Any], parts: Parts) -> None:
    """Print loss and accuracies; `probabilities` takes `(N, 64)` to `(N, 10)`."""
    X_train, y_train, X_test, y_test = parts
    train, test = np.asarray(probabilities(X_train)), np.asarray(probabilities(X_test))
    right = np.clip(train[np.arange(len(y_train)), y_train], 1e-15, 1)
    print(
        f"Epoch #{epoch}, train loss (sum): {-np.log(right).sum():.5f}, "
        f"train acc: {(train.argmax(axis=1) == y_train).mean():.4f}, "
        f"test acc: {(test.argmax(axis=1) == y_test).mean():.4f}"
    )
