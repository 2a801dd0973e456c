"""What is taken for numbers."""

import datetime
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule import SGD, NeuralNet, fit, score, sigmoid, softmax
from chainrule.data.arrays import as_floats
from chainrule.errors import ChainruleError

Y = np.array([0, 1, 0, 1])
USES: tuple[Callable[[Any], object], ...] = (
    as_floats,
    softmax,
    sigmoid,
    lambda X: NeuralNet(3, 2, 2).forward(X),
    lambda X: fit(NeuralNet(3, 2, 2), X, Y, SGD(epochs=1)),
    lambda X: score(NeuralNet(3, 2, 2), X, Y),
)
NO_NUMBERS: tuple[tuple[Any, str], ...] = (
    (np.ones((4, 3)) + 1j, "complex numbers"),
    (np.zeros((4, 3), "datetime64[D]"), "dates"),
    (np.zeros((4, 3), "timedelta64[s]"), "durations"),
    (np.array([["1", "2", "3"]] * 4), "text"),
    (np.array([[b"1", b"2", b"3"]] * 4), "text"),
    (np.array([["1", 2, 3]] * 4, dtype=object), "text"),
    ([["1", "2", "3"]] * 4, "text"),
    (np.zeros((4, 3), "i4,i4"), "records"),
    (np.array([[datetime.date(2026, 1, 1), 2, 3]] * 4, dtype=object), "numbers in rows"),
    (np.array([[1j, 2, 3]] * 4, dtype=object), "numbers in rows"),
    ([[1, 2, 3], [4, 5]], "numbers in rows of equal length"),
)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(("X", "said"), NO_NUMBERS)
def test_what_is_no_real_number_is_refused_wherever_samples_are_taken(
    use: Callable[[Any], object], X: Any, said: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ChainruleError, match=f"expected .*{said}") as error:
            use(X)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", ">f4", "g", "O"])
def test_whatever_numpy_keeps_real_numbers_in_is_taken(dtype: str) -> None:
    X = np.array([[0, 1], [1, 0]]).astype(dtype)
    np.testing.assert_array_equal(as_floats(X).astype(float), [[0, 1], [1, 0]])
