"""What the tests of searches share: data that are learned in no time."""

import numpy as np

from chainrule.data import Dataset

N_TRAIN, N_TEST = 60, 30


def small_data(seed: int = 0) -> Dataset:
    """Three kinds that overlap a little, as a table would have them."""
    rng = np.random.default_rng(seed)
    y = np.arange(N_TRAIN + N_TEST) % 3
    X = (rng.normal(size=(len(y), 4)) + 1.2 * np.eye(3, 4)[y]).astype(np.float32)
    kinds = ("rose", "iris", "lily")
    return Dataset("small", X[:N_TRAIN], y[:N_TRAIN], X[N_TRAIN:], y[N_TRAIN:], kinds)
