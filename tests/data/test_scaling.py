"""Scaling: what it measures on the training part, and what it does to the features."""

from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from chainrule.data import Scaling
from chainrule.data.samples import PIECE
from chainrule.data.scaling import KINDS, ROWS_AT_A_TIME
from chainrule.errors import ChainruleError, DataError

EPSILON = float(np.finfo(np.float32).eps)

# Half of the features repeat a value often, so that constant ones occur too.
features = hnp.array_shapes(min_dims=2, max_dims=2, max_side=30).flatmap(
    lambda shape: st.one_of(
        hnp.arrays(np.float32, shape, elements=st.floats(-1e6, 1e6, width=32)),
        hnp.arrays(np.float32, shape, elements=st.sampled_from([-3.5, 0, 0.1, 7])),
        hnp.arrays(np.uint8, shape),
        hnp.arrays(np.int64, shape, elements=st.integers(-(2**40), 2**40)),
        hnp.arrays(np.bool_, shape),
    )
)


@settings(deadline=None)
@given(features)
def test_standard_gives_mean_0_and_deviation_1(X: NDArray[Any]) -> None:
    scaling = Scaling.fit("standard", X)
    Z = scaling.apply(X).astype(np.float64)
    constant = X.min(axis=0) == X.max(axis=0)
    # The shift is a double: it cannot come nearer to the mean than its own last bit.
    last_bit = np.spacing(np.abs(scaling.shift)) / scaling.scale
    assert (np.abs(Z.mean(axis=0)) <= 1e-6 + last_bit).all()
    np.testing.assert_allclose(Z.std(axis=0)[~constant], 1, rtol=1e-5)
    np.testing.assert_allclose(Z[:, constant], 0, atol=1e-6)


@settings(deadline=None)
@given(features)
def test_standard_agrees_with_scikit_learn(X: NDArray[Any]) -> None:
    scaling, reference = Scaling.fit("standard", X), StandardScaler().fit(X.astype(np.float64))
    np.testing.assert_allclose(scaling.shift, reference.mean_, rtol=1e-12, atol=1e-12)
    # Deviations are from a mean that neither of the two can hold nearer than its last bit.
    last_bit = np.spacing(np.abs(scaling.shift))
    assert (np.abs(scaling.scale - reference.scale_) <= 1e-9 * scaling.scale + last_bit).all()


@settings(deadline=None)
@given(features)
def test_unit_gives_every_feature_the_range_0_to_1(X: NDArray[Any]) -> None:
    Z = Scaling.fit("unit", X).apply(X)
    constant = X.min(axis=0) == X.max(axis=0)
    assert (Z.min(axis=0) == 0).all()
    np.testing.assert_array_equal(Z.max(axis=0), ~constant)


@settings(deadline=None)
@given(features)
def test_unit_with_one_range_keeps_the_features_comparable(X: NDArray[Any]) -> None:
    scaling = Scaling.fit("unit", X, one_range=True)
    assert len(set(scaling.shift)) == len(set(scaling.scale)) == 1
    low, high = float(X.min()), float(X.max())
    assert scaling.shift[0] == low
    assert scaling.scale[0] == (high - low or 1)
    Z = scaling.apply(X)
    assert Z.min() == 0
    assert Z.max() == (high > low)


@settings(deadline=None)
@given(features)
def test_none_changes_nothing_but_the_precision(X: NDArray[Any]) -> None:
    np.testing.assert_array_equal(Scaling.fit("none", X).apply(X), X.astype(np.float32))


@settings(deadline=None)
@given(features, st.sampled_from(KINDS), st.booleans())
def test_undo_gives_back_what_was_scaled(X: NDArray[Any], kind: str, one_range: bool) -> None:
    scaling = Scaling.fit(kind, X, one_range=one_range)
    raw = scaling.undo(scaling.apply(X))
    # Rounding is relative to the larger of a value and its distance from the shift.
    size = np.abs(X.astype(np.float64)) + np.abs(scaling.shift)
    # Near 0 single precision has a smallest step of its own.
    step = scaling.scale * np.finfo(np.float32).smallest_subnormal
    assert (np.abs(raw - X) <= EPSILON * size + step).all()


def test_scaling_is_fitted_on_the_samples_given_and_not_changed_by_others() -> None:
    X = np.array([[0.0, 10], [2, 30]])
    scaling = Scaling.fit("standard", X)
    assert scaling.shift.tolist() == [1, 20]
    assert scaling.scale.tolist() == [1, 10]
    assert scaling.apply(np.array([[5.0, 0]])).tolist() == [[4, -2]]
    assert scaling.shift.tolist() == [1, 20]


@pytest.mark.parametrize("kind", ["standard", "unit"])
def test_constant_feature_keeps_its_scale_in_a_long_table(kind: str) -> None:
    # The mean of a million times 0.1 is off by more than rounding of one value.
    X = np.column_stack([np.full(1_000_000, 0.1), np.arange(1_000_000.0)])
    scaling = Scaling.fit(kind, X)
    assert scaling.scale[0] == 1
    np.testing.assert_allclose(scaling.apply(X[:1])[0, 0], 0, atol=1e-6)


def test_bytes_are_scaled_as_the_numbers_they_are() -> None:
    X = np.array([[0, 255], [255, 0]], dtype=np.uint8)
    scaling = Scaling.fit("standard", X)
    assert scaling.shift.tolist() == [127.5, 127.5]
    assert scaling.apply(X).tolist() == [[-1, 1], [1, -1]]
    assert X.dtype == np.uint8
    signed = np.array([[-128], [127]], dtype=np.int8)
    assert Scaling.fit("unit", signed).apply(signed).tolist() == [[0], [1]]


@pytest.mark.parametrize(
    "n_samples", [1, ROWS_AT_A_TIME - 1, ROWS_AT_A_TIME, ROWS_AT_A_TIME + 1, 3 * ROWS_AT_A_TIME]
)
def test_pieces_in_which_rows_are_worked_off_do_not_show(n_samples: int) -> None:
    X = np.random.default_rng(0).integers(0, 256, (n_samples, 3)).astype(np.uint8)
    scaling = Scaling.fit("standard", X)
    deviation = X.std(axis=0, dtype=np.float64)
    np.testing.assert_allclose(scaling.scale, np.where(deviation == 0, 1, deviation), rtol=1e-12)
    expected = ((X - scaling.shift) / scaling.scale).astype(np.float32)
    np.testing.assert_array_equal(scaling.apply(X), expected)


def test_one_sample_of_many_features_and_stacks_of_samples_keep_their_shape() -> None:
    n_features = 2 * ROWS_AT_A_TIME + 1
    X = np.random.default_rng(0).normal(3, 2, (6, n_features))
    scaling = Scaling.fit("standard", X)
    Z = scaling.apply(X)
    np.testing.assert_array_equal(scaling.apply(X[4]), Z[4])
    np.testing.assert_array_equal(scaling.apply(X.reshape(2, 3, -1)), Z.reshape(2, 3, -1))
    assert scaling.apply(X[:0]).shape == (0, n_features)


@pytest.mark.parametrize("kind", ["standard", "unit"])
@pytest.mark.parametrize("one_range", [False, True])
def test_values_too_large_to_scale_are_refused_by_feature(kind: str, one_range: bool) -> None:
    X = np.array([[0.0, 1, -1.5e308], [1.0, 2, 1.5e308]])
    with pytest.raises(DataError, match=r"feature 2, counted from 0, holds 1\.5e\+308"):
        Scaling.fit(kind, X, one_range=one_range)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [1e60, np.nan, -np.inf])
def test_value_that_does_not_fit_once_scaled_is_refused_by_sample(kind: str, value: float) -> None:
    beyond = PIECE // 16  # more rows of two doubles than are worked on at once
    X = np.zeros((beyond + 10, 2))
    X[::2] = 1
    scaling = Scaling.fit(kind, X)
    X[beyond + 7, 1] = value
    with pytest.raises(DataError, match=f"feature 1 of sample {beyond + 7}, ") as caught:
        scaling.apply(X)
    assert f"{value:g}" in str(caught.value)


def test_large_single_precision_values_are_scaled() -> None:
    largest = np.finfo(np.float32).max
    X = np.array([[-largest], [largest]])
    for kind, expected in (("standard", [-1, 1]), ("unit", [0, 1])):
        assert Scaling.fit(kind, X).apply(X)[:, 0].tolist() == expected


def test_no_samples_are_refused() -> None:
    with pytest.raises(DataError, match="no samples"):
        Scaling.fit("standard", np.zeros((0, 3)))


@pytest.mark.parametrize("kind", ["minmax", "", "x" * 10_000, "a\nb"])
def test_unknown_kind_is_refused_with_the_known_ones(kind: str) -> None:
    with pytest.raises(ChainruleError, match="one of standard, unit, none") as caught:
        Scaling.fit(kind, np.zeros((2, 2)))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
