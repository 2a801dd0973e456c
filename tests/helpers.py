"""What several test files share: comparison to the bit, and small made-up data."""

import dataclasses
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.nn.models import NeuralNet
from chainrule.training import engines
from chainrule.training.engines import _compiled
from chainrule.training.history import Epoch, History

Labelled = tuple[Array, NDArray[np.int64]]


def examples(number: int) -> settings:
    """Settings for `number` examples of a property, however busy the machine is."""
    return settings(
        max_examples=number, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )


def assert_same_bits(
    actual: Mapping[str, NDArray[Any]], expected: Mapping[str, NDArray[Any]]
) -> None:
    """The same names in the same order, and arrays equal in type, shape and every bit."""
    assert list(actual) == list(expected)
    for name, array in expected.items():
        assert actual[name].dtype == array.dtype, name
        assert actual[name].shape == array.shape, name
        assert actual[name].tobytes() == array.tobytes(), name


def assert_close(
    actual: Mapping[str, NDArray[Any]], expected: Mapping[str, NDArray[Any]], tolerance: float
) -> None:
    """The same names in the same order, and no number further off than the tolerance.

    Where numbers are larger than 1, it is relative to the largest.
    """
    assert list(actual) == list(expected)
    for name, array in expected.items():
        atol = tolerance * max(1, np.abs(array).max())
        np.testing.assert_allclose(actual[name], array, rtol=0, atol=atol, err_msg=name)


def assert_equal(actual: NDArray[Any], expected: NDArray[Any]) -> None:
    assert type(actual) is np.ndarray
    assert_same_bits({"": actual}, {"": expected})


def clusters(
    n_samples: int, n_features: int, n_classes: int, seed: int = 0, noise: float = 1.0
) -> Labelled:
    """Samples `(N, D)` scattered about one centre for each class, and their labels `(N,)`."""
    centres = np.random.default_rng(99).normal(0, 1, (n_classes, n_features))
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_samples)
    return centres[y] + rng.normal(0, noise, (n_samples, n_features)), y


HAS_KERNEL = _compiled.why_no_kernel() is None
with_kernel = pytest.mark.skipif(
    not HAS_KERNEL,
    reason="this installation has no compiled kernel, as where there is no C compiler",
)


def forget_the_kernel() -> None:
    """Let the next call look for the library again."""
    _compiled.library.cache_clear()
    _compiled.versions.cache_clear()
    engines._warn_once.cache_clear()


def usable_engines() -> list[str]:
    """Those of this installation: without a kernel there is one less."""
    return ["numpy", "compiled"] if _compiled.why_no_kernel() is None else ["numpy"]


D, H, K = 6, 5, 3  # of the small networks below


def net(seed: int = 0) -> NeuralNet:
    return NeuralNet(D, H, K, activation="tanh", seed=seed)


def without_seconds(history: History) -> list[Epoch]:
    return [dataclasses.replace(row, seconds=0.0) for row in history]


def peak_memory(work: Callable[[], object]) -> int:
    """Bytes of Python and NumPy at the most; what is mapped from a file is not among them."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
