"""The lab's functions: its printed values, their derivatives, and numbers far from zero."""

import math
from collections.abc import Callable
from random import Random

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from chainrule.data.arrays import Array, as_floats
from chainrule.errors import ChainruleError
from chainrule.nn.functions import Reduction, log_softmax, nll, one_hot, softmax
from helpers import examples


def digits_of(values: Array) -> list[str]:
    return [f"{value:.8e}" for value in values]


def batches(limit: float) -> st.SearchStrategy[Array]:
    """Batches `(N, K)` of numbers within ±limit."""
    shapes = st.tuples(st.integers(1, 5), st.integers(2, 7))
    return hnp.arrays(np.float64, shapes, elements=st.floats(-limit, limit))


# softmax


def test_softmax_of_a_vector_gives_the_printed_digits() -> None:
    assert digits_of(softmax([10, 2, -3])) == [
        "9.99662391e-01",
        "3.35349373e-04",
        "2.25956630e-06",
    ]


def test_softmax_of_a_batch_gives_the_printed_digits() -> None:
    rows = softmax([[10, 2, -3], [-1, 5, -20]])
    assert digits_of(rows[0]) == ["9.99662391e-01", "3.35349373e-04", "2.25956630e-06"]
    assert digits_of(rows[1]) == ["2.47262316e-03", "9.97527377e-01", "1.38536042e-11"]
    assert str(rows.sum(axis=1)) == "[1. 1.]"


def test_softmax_takes_lists_and_arrays_alike() -> None:
    rows = [[10, 2, -3], [-1, 5, -20]]
    np.testing.assert_array_equal(softmax(rows), softmax(np.array(rows)))
    np.testing.assert_array_equal(softmax(rows), softmax(np.array(rows, dtype=np.float64)))


@given(batches(50))
@examples(100)
def test_softmax_of_a_batch_is_that_of_each_row(X: Array) -> None:
    for row, expected in zip(X, softmax(X), strict=True):
        np.testing.assert_allclose(softmax(row), expected, rtol=1e-14)
    for row, expected in zip(X, log_softmax(X), strict=True):
        np.testing.assert_allclose(log_softmax(row), expected, rtol=1e-14, atol=1e-14)


@given(batches(1e4))
@examples(100)
def test_softmax_is_finite_and_sums_to_one_far_from_zero(X: Array) -> None:
    P = softmax(X)
    assert np.isfinite(P).all()
    assert (P >= 0).all()
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-14)
    assert np.isfinite(log_softmax(X)).all()


def test_softmax_at_ten_thousand() -> None:
    assert softmax([1e4, -1e4]).tolist() == [1, 0]
    assert softmax([1e4, 1e4]).tolist() == [0.5, 0.5]
    assert softmax([-1e4, -1e4]).tolist() == [0.5, 0.5]
    assert log_softmax([1e4, -1e4]).tolist() == [0, -2e4]


@given(batches(20), st.floats(-20, 20))
@examples(100)
def test_softmax_does_not_change_when_a_constant_is_added(X: Array, constant: float) -> None:
    np.testing.assert_allclose(softmax(X + constant), softmax(X), rtol=1e-12)


@given(batches(300))
@examples(100)
def test_log_softmax_is_the_logarithm_of_softmax(X: Array) -> None:
    np.testing.assert_allclose(log_softmax(X), np.log(softmax(X)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_functions_leave_their_argument_alone(function: Callable[[ArrayLike], Array]) -> None:
    X = np.array([[1.5, -2.0, 0.0], [3.0, 4.0, -700.0]])
    before = X.copy()
    function(X)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_functions_keep_single_precision(function: Callable[[ArrayLike], Array]) -> None:
    assert function(np.ones((2, 3), dtype=np.float32)).dtype == np.float32


def test_rows_of_unequal_length_are_refused() -> None:
    with pytest.raises(ChainruleError, match=r"equal length, got \[\[1, 2\], \[3\]\]"):
        as_floats([[1, 2], [3]])


def test_text_in_place_of_numbers_is_refused() -> None:
    with pytest.raises(ChainruleError, match=r"got text .* such as 'seven'"):
        softmax("seven")


# nll


def test_nll_gives_the_printed_digits() -> None:
    assert repr(nll([1, 0, 0], [0.99, 0.01, 0])) == "0.01005033585350145"
    assert repr(nll([1, 0, 0], [0.01, 0.01, 0.98])) == "4.605170185988091"


def test_nll_of_three_near_perfect_rows_is_the_printed_sum() -> None:
    rows = [[1.0, 0.0, 0.0], [0.0, 0.99, 0.01], [0.0, 0.0, 1.0]]
    assert repr(nll(one_hot(3, [0, 1, 2]), rows)) == "0.010050335853503449"


def test_nll_mean_is_the_sum_over_the_number_of_samples() -> None:
    T, P = one_hot(3, [0, 1, 2, 1]), softmax(np.arange(12.0).reshape(4, 3) % 5)
    assert nll(T, P, "mean") == pytest.approx(nll(T, P, "sum") / 4, rel=1e-15)
    assert nll(T, P) == nll(T, P, "sum")


def test_nll_mean_of_one_sample_is_its_loss() -> None:
    assert nll([0, 1], [0.25, 0.75], "mean") == pytest.approx(-math.log(0.75), rel=1e-15)


@given(batches(10), st.randoms(use_true_random=False))
@examples(100)
def test_nll_of_a_batch_is_the_sum_over_its_rows(X: Array, random: Random) -> None:
    P = softmax(X)
    T = one_hot(X.shape[1], [random.randrange(X.shape[1]) for _ in X])
    rows = sum(nll(t, p) for t, p in zip(T, P, strict=True))
    assert nll(T, P) == pytest.approx(rows, rel=1e-13)


def test_nll_takes_lists_and_arrays_alike() -> None:
    T, P = [[1, 0], [0, 1]], [[0.3, 0.7], [0.4, 0.6]]
    assert nll(T, P) == nll(np.array(T), np.array(P)) == nll(np.array(T, np.float32), P)


def test_nll_never_takes_the_logarithm_of_zero() -> None:
    assert nll([1, 0], [0, 1]) == pytest.approx(-math.log(1e-15), rel=1e-15)
    assert nll([1, 0], np.array([0, 1], np.float32)) == pytest.approx(-math.log(1e-15))


def test_nll_of_certainty_is_all_but_zero() -> None:
    assert 0 <= nll([0, 1], [0, 1]) < 2e-15


@pytest.mark.parametrize("reduction", ["average", "", None])
def test_nll_refuses_an_unknown_reduction(reduction: Reduction) -> None:
    with pytest.raises(ChainruleError) as caught:
        nll([1, 0], [0.5, 0.5], reduction)
    assert repr(reduction) in str(caught.value)


def test_nll_refuses_shapes_that_differ() -> None:
    with pytest.raises(ChainruleError, match=r"shape \(3,\) and Y_pred \(2, 3\)"):
        nll([0, 1, 2], softmax(np.zeros((2, 3))))


def test_nll_of_no_samples_is_nothing_and_its_mean_is_refused() -> None:
    nothing = np.zeros((0, 3))
    assert repr(nll(nothing, nothing)) == "0.0"
    with pytest.raises(ChainruleError, match="mean loss of no samples"):
        nll(nothing, nothing, "mean")


# one_hot


def test_one_hot_of_the_lab() -> None:
    assert one_hot(10, 3).tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert one_hot(10, [0, 4, 9, 1]).tolist() == [
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ]


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8, np.float32, np.float64])
def test_one_hot_takes_whole_numbers_of_any_type(dtype: type) -> None:
    np.testing.assert_array_equal(one_hot(10, np.array([0, 9, 3], dtype)), one_hot(10, [0, 9, 3]))


def test_one_hot_takes_one_float_label() -> None:
    np.testing.assert_array_equal(one_hot(10, 3.0), one_hot(10, 3))


@given(st.integers(1, 20).flatmap(lambda k: st.tuples(st.just(k), st.integers(0, k - 1))))
@examples(100)
def test_one_hot_has_a_single_one_at_the_label(case: tuple[int, int]) -> None:
    n_classes, label = case
    row = one_hot(n_classes, label)
    assert row.shape == (n_classes,)
    assert row[label] == 1
    assert row.sum() == 1


@pytest.mark.parametrize(
    ("y", "named"),
    [
        (10, "10 is not"),
        (-1, "-1 is not"),
        (2.5, "2.5 is not"),
        (math.nan, "nan is not"),
        (math.inf, "inf is not"),
        ("three", "got 'three'"),
        (["0", "1"], r"got ['0', '1']"),
        (None, "got None"),
        ([0, 4, 10, 11], "10 is not"),
        ([[0, 1], [2]], "got [[0, 1], [2]]"),
    ],
)
def test_one_hot_names_the_label_that_is_no_class(y: ArrayLike, named: str) -> None:
    with pytest.raises(ChainruleError) as caught:
        one_hot(10, y)
    assert named in str(caught.value)
    if "is not" in named:
        assert "whole numbers 0 to 9" in str(caught.value)
